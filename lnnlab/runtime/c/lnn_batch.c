/* Many windows in one call, for whole test sets: logits, and a digest of every observed output.
 * Built with LNN_TRACE, for the host and for the emulated cores alike. */
#include "lnn_internal.h"

static uint32_t *lnn_digest; /* [observed outputs] of the window that runs */

/* FNV-1a over whole values (FORMAT.md, section 4). */
void lnn_observe(uint32_t number, const void *values, uint32_t count, uint32_t width) {
    uint32_t hash = lnn_digest[number];
    for (uint32_t i = 0; i < count; i++) {
        const int32_t value =
            width == 1 ? ((const int8_t *)values)[i] : ((const int16_t *)values)[i];
        hash = (hash ^ (uint32_t)value) * 16777619u;
    }
    lnn_digest[number] = hash;
}

int lnn_batch(const void *file, uint32_t bytes, void *arena, uint32_t arena_bytes,
              const int16_t *samples, uint32_t windows, int16_t *logits, uint32_t *digests,
              uint32_t observed, uint32_t piece);

/* samples: [windows][moments of a window][channels]; logits: [windows][classes]; digests:
 * [windows][observed]; piece: moments given at a time. Returns 0, or a status, or 100 for a window
 * without a decision. */
int lnn_batch(const void *file, uint32_t bytes, void *arena, uint32_t arena_bytes,
              const int16_t *samples, uint32_t windows, int16_t *logits, uint32_t *digests,
              uint32_t observed, uint32_t piece) {
    static lnn_model_t model;
    lnn_result_t result;
    const lnn_status_t status = lnn_init(&model, file, bytes, arena, arena_bytes);
    if (status != LNN_OK) return (int)status;
    lnn_set_windows(&model);
    const lnn_feat_t *feat = lnn_feat(&model);
    const uint32_t classes = lnn_layers(&model)[model.layer_count - 1].units;
    for (uint32_t w = 0; w < windows; w++, digests += observed) {
        int decisions = 0;
        lnn_digest = digests;
        for (uint32_t k = 0; k < observed; k++) digests[k] = 2166136261u;
        for (uint32_t done = 0; done < feat->window; done += piece) {
            const uint32_t left = feat->window - done, some = left < piece ? left : piece;
            decisions += lnn_push(&model, samples, some, &result);
            samples += some * feat->channels;
        }
        if (decisions != 1) return 100;
        for (uint32_t c = 0; c < classes; c++) *logits++ = result.logits[c];
    }
    return 0;
}

int lnn_batch_stream(const void *file, uint32_t bytes, void *arena, uint32_t arena_bytes,
                     const int16_t *samples, uint32_t moments, uint32_t smoothing_shift,
                     uint32_t refractory, int32_t threshold_q15, int16_t *said, uint32_t room);

/* One stream, a hop at a time. said: [room][3], of each frame label, confidence and whether a keyword
 * was detected. Returns the number of frames, or -1 - status, or -100 if the model cannot stream. */
int lnn_batch_stream(const void *file, uint32_t bytes, void *arena, uint32_t arena_bytes,
                     const int16_t *samples, uint32_t moments, uint32_t smoothing_shift,
                     uint32_t refractory, int32_t threshold_q15, int16_t *said, uint32_t room) {
    static lnn_model_t model;
    static uint32_t ignored[64];
    lnn_result_t result;
    const lnn_status_t status = lnn_init(&model, file, bytes, arena, arena_bytes);
    if (status != LNN_OK) return -1 - (int)status;
    if (!lnn_set_streaming(&model, (uint8_t)smoothing_shift, (uint16_t)refractory)) return -100;
    lnn_set_threshold(&model, (int16_t)threshold_q15);
    lnn_digest = ignored;
    const uint32_t hop = lnn_hop(&model), channels = lnn_feat(&model)->channels;
    uint32_t frames = 0;
    for (uint32_t done = 0; done < moments && frames < room; done += hop) {
        const uint32_t left = moments - done, some = left < hop ? left : hop;
        if (lnn_push(&model, samples + done * channels, some, &result)) {
            *said++ = result.label;
            *said++ = result.confidence_q15;
            *said++ = result.keyword_detected;
            frames++;
        }
    }
    return (int)frames;
}
