/* SPDX-License-Identifier: MIT
 *
 * @{name} scores silence, a hop at a time; a sensor's samples belong into `samples`. */
#include "@{name}.h"
#include "esp_log.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"

static const char *const TAG = "@{name}";
static int16_t samples[@{NAME}_HOP * @{NAME}_CHANNELS]; /* [moment][channel], all zero */
static uint32_t arena[@{NAME}_ARENA_BYTES / 4];
static lnn_anomaly_t anomaly;

void app_main(void) {
    const lnn_status_t status =
        lnn_anomaly_init(&anomaly, @{name}_data, @{NAME}_BYTES, arena, sizeof arena);
    if (status != LNN_OK) {
        ESP_LOGE(TAG, "%s", lnn_status_text(status));
        return;
    }
    ESP_LOGI(TAG, "@{name} listens");
    for (;;) {
        vTaskDelay(1); /* in its place the driver's read, which waits for @{NAME}_HOP moments */
        if (lnn_anomaly_push(&anomaly, samples, @{NAME}_HOP) && lnn_is_anomaly(&anomaly))
            ESP_LOGI(TAG, "anomaly, score %u, threshold %u (Q8)",
                     (unsigned)lnn_anomaly_score_q8(&anomaly),
                     (unsigned)lnn_anomaly_threshold_q8(&anomaly));
    }
}
