/* SPDX-License-Identifier: MIT
 *
 * @{name} scores silence, a hop at a time; a sensor's samples belong into `samples`. */
#include <@{name}.h>

#ifdef ARDUINO
#include <Arduino.h>
static void say(const char *text) { Serial.println(text); }
static void say_number(long value) { Serial.println(value); }
#else
#include <stdio.h>
static void say(const char *text) { puts(text); }
static void say_number(long value) { printf("%ld\n", value); }
#endif

static int16_t samples[@{NAME}_HOP * @{NAME}_CHANNELS]; /* [moment][channel], all zero */
static uint32_t arena[@{NAME}_ARENA_BYTES / 4];
static lnn_anomaly_t anomaly;

static bool start() {
    const lnn_status_t status =
        lnn_anomaly_init(&anomaly, @{name}_data, @{NAME}_BYTES, arena, sizeof arena);
    if (status != LNN_OK) {
        say(lnn_status_text(status));
        return false;
    }
    say("@{name} listens");
    say("threshold in Q8:");
    say_number((long)lnn_anomaly_threshold_q8(&anomaly));
    return true;
}

static void listen() {
    /* here: wait until the sensor has given the next @{NAME}_HOP moments */
    if (lnn_anomaly_push(&anomaly, samples, @{NAME}_HOP) && lnn_is_anomaly(&anomaly)) {
        say("anomaly, score in Q8:");
        say_number((long)lnn_anomaly_score_q8(&anomaly));
    }
}

#ifdef ARDUINO
static bool ready;

void setup() {
    Serial.begin(115200);
    ready = start();
}

void loop() {
    if (ready) listen();
}
#else
int main() {
    if (!start()) return 1;
    for (uint32_t moments = 0; moments < @{NAME}_@{tried}; moments += @{NAME}_HOP) listen();
    return 0;
}
#endif
