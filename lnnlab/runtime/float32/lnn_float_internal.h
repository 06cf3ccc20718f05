/* Records of a float32 file and what its three C files share. */
#ifndef LNN_FLOAT_INTERNAL_H
#define LNN_FLOAT_INTERNAL_H

#include "../c/lnn_internal.h"
#include "lnn_float.h"

enum { RAW, LOG_BANDS };
enum { LINEAR_LTC = 1, CFC, LSTM, GRU, MIX, CONVOLUTION, DEPTHWISE, POOL, READOUT };

typedef struct { /* FEAT, 96 bytes; floor holds a float */
    uint16_t kind, channels, frame, hop, bands, flags, features, steps;
    uint32_t window;
    float rate_hz, full_scale, floor;
    uint16_t most_shift, shift;
    uint32_t window_at, twiddle_at, split_at, reversed_at, edges_at, offset_at, factor_at;
    uint32_t reciprocal;
    uint8_t reserved[28];
} feat_t;

typedef struct { /* a record of LAYR, 64 bytes; `arrays`: weights, bias, 0 of three products */
    uint16_t kind, flags, inputs, units, hidden, stride, steps_in, steps_out;
    uint8_t shifts[12];
    uint32_t arrays[9];
} layer_t;

static inline const feat_t *feat_of(const lnn_float_t *model) {
    return (const feat_t *)model->feat;
}
static inline const layer_t *layers_of(const lnn_float_t *model) {
    return (const layer_t *)model->layers;
}
static inline const float *floats_at(const lnn_float_t *model, uint32_t offset) {
    return (const float *)(const void *)(model->data + offset);
}

uint32_t lnn_float_state_count(const layer_t *layer);
uint32_t lnn_float_scratch(const feat_t *feat, const layer_t *layers, uint32_t count);
void lnn_float_features(lnn_float_t *model, const int16_t *frame, float *x);
void lnn_float_step(lnn_float_t *model);
void lnn_float_window(lnn_float_t *model);
void lnn_float_product(const lnn_float_t *model, const layer_t *layer, int which, uint32_t rows,
                       uint32_t inputs, const float *x, float *y);

#endif
