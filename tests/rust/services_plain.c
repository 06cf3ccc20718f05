/* The same hops as services_m4.rs, through the C alone. */
#include "liquid_audio_lnn.h"

int open_quiet_c(const uint8_t *file, uint32_t bytes);
int quiet_c(int16_t *samples, uint32_t piece, uint32_t pieces, int hops);
int open_odd_c(const uint8_t *file, uint32_t bytes);
int odd_c(const int16_t *samples, uint32_t piece, uint32_t pieces, uint32_t *rows);

static lnn_denoise_t denoise;
static lnn_anomaly_t anomaly;
static uint32_t arena[8192];

int open_quiet_c(const uint8_t *file, uint32_t bytes) {
    return lnn_denoise_init(&denoise, file, bytes, arena, sizeof arena);
}

int quiet_c(int16_t *samples, uint32_t piece, uint32_t pieces, int hops) {
    static int16_t room[512];
    for (uint32_t n = 0; n < pieces; n++, samples += piece) {
        if (!hops) {
            lnn_denoise_push(&denoise, samples, piece, samples);
            continue;
        }
        lnn_denoise_hop(&denoise, samples, room);
        for (uint32_t k = 0; k < piece; k++) samples[k] = room[k];
    }
    return (int)pieces;
}

int open_odd_c(const uint8_t *file, uint32_t bytes) {
    return lnn_anomaly_init(&anomaly, file, bytes, arena, sizeof arena);
}

int odd_c(const int16_t *samples, uint32_t piece, uint32_t pieces, uint32_t *rows) {
    int done = 0;
    const uint32_t channels = lnn_channels(&anomaly.model);
    for (; pieces; pieces--, samples += piece) {
        if (!lnn_anomaly_push(&anomaly, samples, piece / channels)) continue;
        *rows++ = lnn_anomaly_score_q8(&anomaly);
        *rows++ = (uint32_t)lnn_is_anomaly(&anomaly);
        done++;
    }
    return done;
}
