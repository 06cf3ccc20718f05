/* SPDX-License-Identifier: MIT
 *
 * The float32 path, for cores with an FPU: reads float32 .lnn files (FORMAT.md, section 5) and gives
 * torch's logits to 1e-4. Choose int8 (liquid_audio_lnn.h) first: it is smaller, faster and exact.
 * No heap, no libm; the caller gives the working memory. Beside an exported int8 model leave
 * lnn_container.c out: the export holds it.
 */
#ifndef LNN_FLOAT_H
#define LNN_FLOAT_H

#include "../c/liquid_audio_lnn.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    const char *keyword; /* label of the largest logit */
    const float *logits; /* [classes]; valid until the next decision */
    float confidence;    /* its probability */
    int16_t label;
} lnn_float_result_t;

typedef struct { /* one network at work; the fields are the runtime's own */
    const void *feat, *layers;
    const uint8_t *data;
    const char *labels;
    int16_t *frame;  /* [frame][channels] */
    float *scratch;  /* shared by whatever runs */
    float *x, *other; /* activation vectors of step models */
    float *states;   /* of all step layers */
    float *pool;     /* [units of the last layer] */
    float *logits;   /* [classes] */
    float *maps[2];  /* window models: [step][channel] */
    uint32_t state_count, skip;
    uint16_t filled, step;
    uint8_t layer_count, windowed;
} lnn_float_t;

/* As lnn_check, lnn_arena_bytes (of a checked file; 0 for NULL) and lnn_init: the same statuses, and
 * on failure nothing is written but the model's mark that it is none. arena: at a multiple of 4. */
lnn_status_t lnn_float_check(const void *file, uint32_t bytes, uint32_t *where);
uint32_t lnn_float_arena_bytes(const void *file);
lnn_status_t lnn_float_init(lnn_float_t *model, const void *file, uint32_t bytes, void *arena,
                            uint32_t arena_bytes);

/* As lnn_push: any number of int16 moments in; returns how many windows ended, *result is of the last.
 * NULL pointers, or a model that was refused: 0. */
int lnn_float_push(lnn_float_t *model, const int16_t *samples, uint32_t count,
                   lnn_float_result_t *result);

/* Functions without a library; errors below 2e-7 (sigmoid, tanh) and 1e-6 (log2). */
float lnn_float_sigmoid(float x);
float lnn_float_tanh(float x);
float lnn_float_log2(float x); /* x > 0 */

#ifdef __cplusplus
}
#endif
#endif
