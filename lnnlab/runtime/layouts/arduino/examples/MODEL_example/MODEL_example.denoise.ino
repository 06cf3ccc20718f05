/* SPDX-License-Identifier: MIT
 *
 * @{name} makes silence quieter, a hop at a time; a microphone's samples belong into `samples`,
 * which then hold what is left of the hop before. */
#include <@{name}.h>

static int16_t samples[@{NAME}_HOP]; /* all zero */
static uint32_t arena[@{NAME}_ARENA_BYTES / 4];
static lnn_denoise_t denoise;

void setup() {
    Serial.begin(115200);
    while (!Serial && millis() < 3000) {} /* a USB port opens late, or never */
    const lnn_status_t status =
        lnn_denoise_init(&denoise, @{name}_data, @{NAME}_BYTES, arena, sizeof arena);
    if (status != LNN_OK) {
        Serial.println(lnn_status_text(status));
        for (;;) delay(1000);
    }
    Serial.println("@{name} listens");
    Serial.print("moments behind: ");
    Serial.println((long)lnn_denoise_latency(&denoise));
}

void loop() {
    /* here: wait until the sensor has given the next @{NAME}_HOP moments */
    lnn_denoise_hop(&denoise, samples, samples);
    /* here: give the hop to what plays or records it */
}
