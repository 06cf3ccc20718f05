/* As ESP-IDF prints, on this machine. */
#include <stdio.h>
#define ESP_LOGI(tag, ...) ((void)(tag), printf(__VA_ARGS__), printf("\n"))
#define ESP_LOGE(tag, ...) ESP_LOGI(tag, __VA_ARGS__)
