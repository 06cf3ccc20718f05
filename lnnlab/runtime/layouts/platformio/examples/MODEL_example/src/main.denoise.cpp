/* SPDX-License-Identifier: MIT
 *
 * @{name} makes silence quieter, a hop at a time; a microphone's samples belong into `samples`,
 * which then hold what is left of the hop before. */
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

static int16_t samples[@{NAME}_HOP]; /* all zero */
static uint32_t arena[@{NAME}_ARENA_BYTES / 4];
static lnn_denoise_t denoise;

static bool start() {
    const lnn_status_t status =
        lnn_denoise_init(&denoise, @{name}_data, @{NAME}_BYTES, arena, sizeof arena);
    if (status != LNN_OK) {
        say(lnn_status_text(status));
        return false;
    }
    say("@{name} listens");
    say("moments behind:");
    say_number((long)lnn_denoise_latency(&denoise));
    return true;
}

static void listen() {
    /* here: wait until the sensor has given the next @{NAME}_HOP moments */
    lnn_denoise_hop(&denoise, samples, samples);
    /* here: give the hop to what plays or records it */
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
