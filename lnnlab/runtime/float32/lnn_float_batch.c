/* Many windows in one call, for comparisons with torch, on the host and on emulated cores. */
#include "lnn_float_internal.h"

int lnn_float_batch(const void *file, uint32_t bytes, void *arena, uint32_t arena_bytes,
                    const int16_t *samples, uint32_t windows, float *logits, float *confidence);
float lnn_float_try(int which, float x);

/* samples: [windows][moments][channels]; logits: [windows][classes]; confidence: [windows].
 * Returns 0, or a status, or 100 for a window without a decision. */
int lnn_float_batch(const void *file, uint32_t bytes, void *arena, uint32_t arena_bytes,
                    const int16_t *samples, uint32_t windows, float *logits, float *confidence) {
    static lnn_float_t model;
    lnn_float_result_t result;
    const lnn_status_t status = lnn_float_init(&model, file, bytes, arena, arena_bytes);
    if (status != LNN_OK) return (int)status;
    const feat_t *feat = feat_of(&model);
    const uint32_t classes = layers_of(&model)[model.layer_count - 1].units;
    for (uint32_t w = 0; w < windows; w++) {
        if (lnn_float_push(&model, samples, feat->window, &result) != 1) return 100;
        samples += feat->window * feat->channels;
        for (uint32_t c = 0; c < classes; c++) *logits++ = result.logits[c];
        *confidence++ = result.confidence;
    }
    return 0;
}

float lnn_float_try(int which, float x) {
    return which == 0 ? lnn_float_sigmoid(x) : which == 1 ? lnn_float_tanh(x) : lnn_float_log2(x);
}
