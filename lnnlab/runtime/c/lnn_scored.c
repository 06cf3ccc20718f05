/* One recording through a detector of anomalies: for this machine and for the emulated cores alike. */
#include "lnn_internal.h"

#ifdef LNN_TRACE
void lnn_observe(uint32_t number, const void *values, uint32_t count, uint32_t width) {
    (void)number, (void)values, (void)count, (void)width;
}
#endif

int lnn_scored(const void *file, uint32_t bytes, void *arena, uint32_t arena_bytes,
               const int16_t *samples, uint32_t moments, uint32_t piece, uint32_t window,
               uint32_t *scores);

/* samples: [moments][channels], given `piece` moments at a time, at most a hop, with a reset
 * after every `window` of them (0: none); scores: [frames][2], the score and whether it is an anomaly.
 * Returns frames, or -1 - status. */
int lnn_scored(const void *file, uint32_t bytes, void *arena, uint32_t arena_bytes,
               const int16_t *samples, uint32_t moments, uint32_t piece, uint32_t window,
               uint32_t *scores) {
    lnn_anomaly_t anomaly;
    const lnn_status_t status = lnn_anomaly_init(&anomaly, file, bytes, arena, arena_bytes);
    if (status != LNN_OK) return -1 - (int)status;
    const uint32_t channels = lnn_channels(&anomaly.model);
    int frames = 0;
    for (uint32_t done = 0; done < moments;) {
        const uint32_t end = window ? done / window * window + window : moments;
        const uint32_t left = (end < moments ? end : moments) - done, some = piece < left ? piece : left;
        if (window && done % window == 0) lnn_anomaly_reset(&anomaly);
        const int ended = lnn_anomaly_push(&anomaly, samples + done * channels, some);
        done += some;
        if (ended > 1) return -100;
        if (!ended) continue;
        *scores++ = anomaly.score;
        *scores++ = (uint32_t)lnn_is_anomaly(&anomaly);
        frames++;
    }
    return frames;
}
