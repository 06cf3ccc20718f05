/* SPDX-License-Identifier: MIT
 *
 * @{name} hears silence, a hop at a time; a sensor's samples belong into `samples`. */
#include <@{name}.h>

static int16_t samples[@{NAME}_HOP * @{NAME}_CHANNELS]; /* [moment][channel], all zero */
static uint32_t arena[@{NAME}_ARENA_BYTES / 4];
static lnn_model_t model;

void setup() {
    Serial.begin(115200);
    while (!Serial && millis() < 3000) {} /* a USB port opens late, or never */
    const lnn_status_t status = lnn_init(&model, @{name}_data, @{NAME}_BYTES, arena, sizeof arena);
    if (status != LNN_OK) {
        Serial.println(lnn_status_text(status));
        for (;;) delay(1000);
    }@{settings}
    Serial.println("@{name} listens");
}

void loop() {
    lnn_result_t result;
    /* here: wait until the sensor has given the next @{NAME}_HOP moments */
    if (lnn_process(&model, samples, sizeof samples, &result)@{asks}) {
        Serial.print(result.keyword);
        Serial.print(", confidence in % ");
        Serial.println(100L * result.confidence_q15 / 32768);
    }
}
