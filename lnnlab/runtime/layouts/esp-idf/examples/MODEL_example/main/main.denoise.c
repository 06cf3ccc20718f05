/* SPDX-License-Identifier: MIT
 *
 * @{name} makes silence quieter, a hop at a time; a microphone's samples belong into `samples`,
 * which then hold what is left of the hop before. */
#include "@{name}.h"
#include "esp_log.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"

static const char *const TAG = "@{name}";
static int16_t samples[@{NAME}_HOP]; /* all zero */
static uint32_t arena[@{NAME}_ARENA_BYTES / 4];
static lnn_denoise_t denoise;

void app_main(void) {
    const lnn_status_t status =
        lnn_denoise_init(&denoise, @{name}_data, @{NAME}_BYTES, arena, sizeof arena);
    if (status != LNN_OK) {
        ESP_LOGE(TAG, "%s", lnn_status_text(status));
        return;
    }
    ESP_LOGI(TAG, "@{name} listens");
    ESP_LOGI(TAG, "%u moments behind", (unsigned)lnn_denoise_latency(&denoise));
    for (;;) {
        vTaskDelay(1); /* in its place the driver's read, which waits for @{NAME}_HOP moments */
        lnn_denoise_hop(&denoise, samples, samples);
        /* here: give the hop to what plays or records it */
    }
}
