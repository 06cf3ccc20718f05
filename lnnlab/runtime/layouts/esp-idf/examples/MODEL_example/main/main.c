/* SPDX-License-Identifier: MIT
 *
 * @{name} hears silence, a hop at a time; a sensor's samples belong into `samples`. */
#include "@{name}.h"
#include "esp_log.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"

static const char *const TAG = "@{name}";
static int16_t samples[@{NAME}_HOP * @{NAME}_CHANNELS]; /* [moment][channel], all zero */
static uint32_t arena[@{NAME}_ARENA_BYTES / 4];
static lnn_model_t model;

void app_main(void) {
    const lnn_status_t status = lnn_init(&model, @{name}_data, @{NAME}_BYTES, arena, sizeof arena);
    if (status != LNN_OK) {
        ESP_LOGE(TAG, "%s", lnn_status_text(status));
        return;
    }@{settings}
    ESP_LOGI(TAG, "@{name} listens");
    for (;;) {
        lnn_result_t result;
        vTaskDelay(1); /* in its place the driver's read, which waits for @{NAME}_HOP moments */
        if (lnn_process(&model, samples, sizeof samples, &result)@{asks})
            ESP_LOGI(TAG, "%s, confidence %d %%", result.keyword,
                     (int)(100L * result.confidence_q15 / 32768));
    }
}
