/* SPDX-License-Identifier: MIT
 *
 * @{name} scores silence, a hop at a time; a sensor's samples belong into `samples`. */
#include <@{name}.h>

static int16_t samples[@{NAME}_HOP * @{NAME}_CHANNELS]; /* [moment][channel], all zero */
static uint32_t arena[@{NAME}_ARENA_BYTES / 4];
static lnn_anomaly_t anomaly;

void setup() {
    Serial.begin(115200);
    while (!Serial && millis() < 3000) {} /* a USB port opens late, or never */
    const lnn_status_t status =
        lnn_anomaly_init(&anomaly, @{name}_data, @{NAME}_BYTES, arena, sizeof arena);
    if (status != LNN_OK) {
        Serial.println(lnn_status_text(status));
        for (;;) delay(1000);
    }
    Serial.println("@{name} listens");
    Serial.print("threshold in Q8: ");
    Serial.println((long)lnn_anomaly_threshold_q8(&anomaly));
}

void loop() {
    /* here: wait until the sensor has given the next @{NAME}_HOP moments */
    if (lnn_anomaly_push(&anomaly, samples, @{NAME}_HOP) && lnn_is_anomaly(&anomaly)) {
        Serial.print("anomaly, score in Q8: ");
        Serial.println((long)lnn_anomaly_score_q8(&anomaly));
    }
}
