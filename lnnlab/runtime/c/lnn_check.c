/* An int8 file: everything is checked before anything is used, so that no later read can leave it.
 * Container and labels, which float32 files have too, are checked in lnn_container.c. */
#include "lnn_internal.h"

/* A bias and a factor for each of so many rows; `at` is the field that holds the biases' offset. */
LNN_SMALL static int rows_fit(lnn_view_t *view, const uint32_t *at, uint32_t rows) {
    if (!lnn_array_fits(view, at, rows, 4) || !lnn_array_fits(view, at + 1, rows, 2)) return 0;
    const int32_t *bias = (const int32_t *)(const void *)(view->data + at[0]);
    const int16_t *factor = (const int16_t *)(const void *)(view->data + at[1]);
    while (rows--) {
        if ((uint32_t)*bias++ + (1u << 23) > 2u << 23 || *factor++ < 0) return 0;
    }
    return 1;
}

/* One factor, of a pool. */
LNN_SMALL static int factor_fits(lnn_view_t *view, const uint32_t *at) {
    return lnn_array_fits(view, at, 1, 2) && *(const int16_t *)(const void *)(view->data + *at) >= 0;
}

/* Both int8 weights of every halfword lie in -127 ... 127. */
LNN_SMALL static int pairs_fit(lnn_view_t *view, uint32_t offset, uint32_t count) {
    const int16_t *pair = (const int16_t *)(const void *)(view->data + offset);
    for (uint32_t k = 0; k < count; k++) {
        const int32_t low = (int8_t)(pair[k] & 255), high = (pair[k] - low) >> 8;
        if (low < -127 || high < -127 || high > 127) return 0;
    }
    return 1;
}

LNN_SMALL static int product_fits(lnn_view_t *view, const uint32_t *at, uint32_t rows, uint32_t inputs,
                        uint32_t up, uint32_t down) {
    const uint32_t pairs = (rows + 1) / 2 * lnn_even(inputs);
    if (up > 6 || down > 15 || !rows || rows > 4096 || !inputs || inputs > 514) return 0;
    return lnn_array_fits(view, at, pairs, 2) && pairs_fit(view, at[0], pairs)
        && rows_fit(view, at + 1, rows);
}

#if defined(LNN_USE_MIX) || defined(LNN_USE_DEPTHWISE)
LNN_SMALL static int filters_fit(lnn_view_t *view, const lnn_layer_t *layer) {
    const uint32_t units = layer->units, width = (units + 3u) & ~3u;
    if (layer->up > 6 || layer->down > 15 || layer->hidden < 1 || layer->hidden > 64) return 0;
    return layer->inputs == units && lnn_array_fits(view, &layer->weights, layer->hidden * width, 1)
        && rows_fit(view, &layer->bias, units);
}
#endif

#ifdef LNN_USE_MEL
/* The mel kinds' own arrays: no filter reaches beyond the bins, no sum beyond its register. */
LNN_SMALL static int check_mel(lnn_view_t *view, const lnn_feat_t *feat) {
    const uint32_t half = feat->frame / 2, bands = feat->bands, own = feat->features / feat->channels;
    const uint32_t more = feat->kind == LNN_PCEN ? 193 : feat->kind == LNN_MFCC ? own * bands : 0;
    const uint8_t *data = view->data;
    if (!lnn_array_fits(view, &feat->edges_at, bands + 2u, 2)) return 0;
    const uint16_t *starts = (const uint16_t *)(const void *)(data + feat->edges_at);
    if (starts[bands + 1] > half + 1) return 0;
    for (uint32_t b = 0; b <= bands; b++)
        if (starts[b] > starts[b + 1]) return 0;
    if (!lnn_array_fits(view, &feat->rising_at, half + 1, 2)) return 0;
    const int16_t *rising = (const int16_t *)(const void *)(data + feat->rising_at);
    for (uint32_t k = 0; k <= half; k++)
        if (rising[k] < 0) return 0;
    if (more && !lnn_array_fits(view, &feat->more_at, more, 2)) return 0;
    const int16_t *rows = (const int16_t *)(const void *)(data + feat->more_at);
    if (feat->kind == LNN_MFCC)
        for (uint32_t c = 0; c < own; c++) {
            uint32_t size = 0;
            for (uint32_t b = 0; b < bands; b++) {
                const int32_t row = *rows++;
                size += (uint32_t)(row < 0 ? -row : row);
            }
            if (size > 65000) return 0; /* logs reach 32768 */
        }
    return feat->kind != LNN_PCEN
        || (feat->exponent <= 32768 && feat->smoothing_shift >= 1 && feat->smoothing_shift <= 12
            && feat->floor <= 1u << 20);
}
#endif

LNN_SMALL static int check_tables(lnn_view_t *view, const lnn_feat_t *feat) {
    const uint32_t frame = LNN_TRANSFORM(feat), half = frame / 2;
    const uint32_t *at = &feat->window_at; /* then twiddle_at, split_at, reversed_at */
    for (uint32_t count = frame; at <= &feat->reversed_at; at++, count = half)
        if (!lnn_array_fits(view, at, count, 2)) return 0;
    const uint8_t *data = view->data;
    const uint16_t *order = (const uint16_t *)(const void *)(data + feat->reversed_at);
    for (uint32_t n = 0; n < half; n++)
        if (order[n] != ((order[n / 2] >> 1) | (n & 1 ? half / 2 : 0))) return 0; /* n's bits reversed */
#ifdef LNN_USE_MEL
    if (feat->kind != LNN_LOG_BANDS) return check_mel(view, feat);
#endif
    if (!lnn_array_fits(view, &feat->edges_at, feat->bands + 1u, 2)) return 0;
    const uint16_t *edges = (const uint16_t *)(const void *)(data + feat->edges_at);
    if (edges[0] < 1 || edges[feat->bands] > half + 1) return 0;
    for (uint32_t b = 0; b < feat->bands; b++)
        if (edges[b] >= edges[b + 1]) return 0;
    return 1;
}

#ifdef LNN_USE_ACF
/* Every lag of every place lies in the frame, and no sum of samples >> 4 leaves int32. */
LNN_SMALL static lnn_status_t check_acf(const lnn_feat_t *feat) {
    const uint32_t frame = feat->frame, lags = feat->bands, stride = feat->exponent;
    if (frame < 8 || frame > 1024 || frame & 1 || lags < 8 || lags > 32 || lags & 7
        || frame < lags + 2 || feat->flags > 7 || (feat->flags & 5) == 4 || !stride || stride > frame / 2
        || (frame - lags) / 2 > 255 * stride
        || feat->features != feat->channels * (lags + !(feat->flags & 2) + ((feat->flags & 5) == 1)))
        return LNN_BAD_FEATURES;
    return lags > LNN_MOST_LAGS ? LNN_UNSUPPORTED : LNN_OK;
}
#endif

/* Is this kind of features in this build? */
LNN_SMALL static int kind_built(uint32_t kind) {
    switch (kind) {
#ifdef LNN_USE_RAW
    case LNN_RAW: return 1;
#endif
#ifdef LNN_USE_LOG_BANDS
    case LNN_LOG_BANDS: return 1;
#endif
#ifdef LNN_USE_LOG_MEL
    case LNN_LOG_MEL: return 1;
#endif
#ifdef LNN_USE_MFCC
    case LNN_MFCC: return 1;
#endif
#ifdef LNN_USE_PCEN
    case LNN_PCEN: return 1;
#endif
#ifdef LNN_USE_ACF
    case LNN_ACF: return 1;
#endif
    default: return 0;
    }
}

LNN_SMALL static lnn_status_t check_features(lnn_view_t *view) {
    const lnn_feat_t *feat = (const lnn_feat_t *)(const void *)(view->file + view->table[0].offset);
    const uint32_t frame = feat->frame, bands = LNN_HAS_SPECTRUM(feat->kind);
#ifdef LNN_USE_AVERAGE
    const uint32_t length = LNN_TRANSFORM(feat);
#else
    const uint32_t length = frame;
#endif
    view->where = view->table[0].offset;
    if (view->table[0].bytes != sizeof *feat || feat->kind > LNN_ACF) return LNN_BAD_FEATURES;
    if (!kind_built(feat->kind)) return LNN_UNSUPPORTED;
    if (LNN_MOST_FRAME < 1024 && bands && length > LNN_MOST_FRAME) return LNN_UNSUPPORTED;
    if (!feat->channels || feat->channels > 16 || !frame || !feat->hop || !feat->steps
        || !feat->features || feat->features > 512 || feat->features % feat->channels
        || !feat->shift || feat->shift > 30) return LNN_BAD_FEATURES;
    const uint32_t own = feat->features / feat->channels, most = bands ? feat->bands : frame;
#ifdef LNN_USE_ACF
    if (feat->kind == LNN_ACF) {
        const lnn_status_t status = check_acf(feat);
        if (status != LNN_OK) return status;
    } else
#endif
    if (feat->kind == LNN_MFCC ? own > most : own != most) return LNN_BAD_FEATURES;
    view->where += 16;
    if (feat->window > 0x1000000u || feat->window < (feat->steps - 1u) * feat->hop + frame)
        return LNN_BAD_FEATURES;
    view->where += 12;
#ifdef LNN_USE_AVERAGE
    if (bands && (frame > 1024 || length * lnn_parts(feat) != frame)) return LNN_BAD_FEATURES;
#endif
    if (bands && (length < 8 || length > 1024 || length & (length - 1) || feat->bands > length / 2
                  || !feat->bands || feat->flags > (feat->kind == LNN_LOG_BANDS) || feat->most_shift > 15 || !feat->floor
                  || feat->floor > 1u << 28 || feat->floor > (1u << 30) >> (2 * feat->most_shift)
                  || feat->reciprocal * feat->bands > 65536u + feat->bands
                  || feat->reciprocal > 65536 || !check_tables(view, feat)))
        return LNN_BAD_FEATURES;
    if (!lnn_array_fits(view, &feat->offset_at, feat->features, 2)
        || !lnn_array_fits(view, &feat->factor_at, feat->features, 2)) return LNN_BAD_ARRAY;
    const int16_t *factor = (const int16_t *)(const void *)(view->data + feat->factor_at);
    for (uint32_t f = 0; f < feat->features; f++)
        if (factor[f] < 0 || factor[f] > 16383) return LNN_BAD_FEATURES;
    return LNN_OK;
}

#define LNN_OUT_SHIFT_FITS(layer) ((layer)->out_shift >= 1 && (layer)->out_shift <= 8)

#ifdef LNN_USE_RESIDUAL
/* With a residual: as wide as its input, and no sum of both leaves int32. */
LNN_SMALL static int residual_fits(lnn_view_t *view, const lnn_layer_t *layer) {
    if (!(layer->flags & LNN_RESIDUAL)) return 1;
    if (layer->inputs != layer->units || layer->down1 > 30
        || !lnn_array_fits(view, &layer->weights1, 2, 4)) return 0;
    const int32_t *by = (const int32_t *)(const void *)(view->data + layer->weights1);
    return by[0] >= 0 && by[0] <= 32768 && by[1] >= 0 && by[1] <= 1 << 23
        && 32768u * (uint32_t)by[0] + 128u * (uint32_t)by[1] <= 1u << 30; /* at most 2^31: no wrap */
}
#else
LNN_INLINE int residual_fits(lnn_view_t *view, const lnn_layer_t *layer) {
    return (void)view, (void)layer, 1; /* layer_built refuses it */
}
#endif

/* Is this kind of layer in this build? */
LNN_SMALL static int layer_built(const lnn_layer_t *layer) {
    switch (layer->kind) {
#ifdef LNN_USE_LINEAR_LTC
    case LNN_LINEAR_LTC:
#ifndef LNN_USE_RESIDUAL
        return !(layer->flags & LNN_RESIDUAL);
#endif
#endif
#ifdef LNN_USE_CFC
    case LNN_CFC:
#endif
#ifdef LNN_USE_LSTM
    case LNN_LSTM:
#endif
#ifdef LNN_USE_GRU
    case LNN_GRU:
#endif
#ifdef LNN_USE_MIX
    case LNN_MIX:
#endif
#ifdef LNN_USE_DEPTHWISE
    case LNN_DEPTHWISE:
#endif
#ifdef LNN_USE_CONVOLUTION
    case LNN_CONVOLUTION:
#endif
#ifdef LNN_USE_DENSE
    case LNN_DENSE:
#endif
#ifdef LNN_USE_LEAKY_POOL
    case LNN_LEAKY_POOL:
#endif
    case LNN_POOL: case LNN_READOUT: return 1;
    default: return 0;
    }
}

/* Is a layer as its kind must be, and are its arrays inside DATA? */
LNN_SMALL static int layer_fits(lnn_view_t *view, const lnn_layer_t *layer) {
    const uint32_t n = layer->inputs, u = layer->units;
    switch (layer->kind) {
#ifdef LNN_USE_LINEAR_LTC
    case LNN_LINEAR_LTC:
        return LNN_OUT_SHIFT_FITS(layer) && residual_fits(view, layer)
            && product_fits(view, &layer->weights, 2 * u, n, layer->up, layer->down);
#endif
#ifdef LNN_USE_CFC
    case LNN_CFC:
        return LNN_OUT_SHIFT_FITS(layer) && layer->hidden >= 1 && layer->hidden <= 512
            && product_fits(view, &layer->weights, layer->hidden, n + u, layer->up, layer->down)
            && product_fits(view, &layer->weights1, 3 * u, layer->hidden, layer->up1, layer->down1);
#endif
#ifdef LNN_USE_LSTM
    case LNN_LSTM:
        return LNN_OUT_SHIFT_FITS(layer) && layer->cell_shift >= 2 && layer->cell_shift <= 5
            && product_fits(view, &layer->weights, 4 * u, n + u, layer->up, layer->down);
#endif
#ifdef LNN_USE_GRU
    case LNN_GRU:
        return LNN_OUT_SHIFT_FITS(layer)
            && product_fits(view, &layer->weights, 2 * u, n + u, layer->up, layer->down)
            && product_fits(view, &layer->weights1, u, n, layer->up1, layer->down1)
            && product_fits(view, &layer->weights2, u, u, layer->up2, layer->down2);
#endif
#ifdef LNN_USE_MIX
    case LNN_MIX: return filters_fit(view, layer);
#endif
#ifdef LNN_USE_DEPTHWISE
    case LNN_DEPTHWISE: return layer->stride && filters_fit(view, layer);
#endif
#ifdef LNN_USE_CONVOLUTION
    case LNN_CONVOLUTION:
        return layer->stride && layer->hidden >= 1 && layer->hidden <= 64
            && product_fits(view, &layer->weights, u, (uint32_t)layer->hidden * n, layer->up, layer->down);
#endif
#ifdef LNN_USE_DENSE
    case LNN_DENSE: return product_fits(view, &layer->weights, u, n, layer->up, layer->down);
#endif
#ifdef LNN_USE_LEAKY_POOL
    case LNN_LEAKY_POOL:
        return layer->up1 <= 6 && layer->down1 <= 15 && u == n && layer->hidden >= 1
            && layer->hidden <= 32767
            && product_fits(view, &layer->weights, 1, n, layer->up, layer->down)
            && factor_fits(view, &layer->factor1);
#endif
    case LNN_POOL:
        return layer->up <= 6 && layer->down <= 15 && u == n && factor_fits(view, &layer->factor);
    case LNN_READOUT:
        return layer->hidden < u && product_fits(view, &layer->weights, u, n, layer->up, layer->down);
    default: return 0;
    }
}

LNN_SMALL static uint32_t steps_after(const lnn_layer_t *layer) {
    const uint32_t taps = layer->hidden;
    if (lnn_is_pool(layer->kind) || layer->kind == LNN_READOUT) return 1;
    if (layer->kind != LNN_CONVOLUTION && layer->kind != LNN_DEPTHWISE) return layer->steps_in;
    if (!layer->stride || layer->steps_in + 2u * (taps / 2) < taps) return 0;
    return (layer->steps_in + 2u * (taps / 2) - taps) / layer->stride + 1;
}

LNN_SMALL static lnn_status_t check_layers(lnn_view_t *view) {
    const lnn_section_t *entry = view->table + 1;
    const lnn_feat_t *feat = (const lnn_feat_t *)(const void *)(view->file + view->table[0].offset);
    const lnn_layer_t *layer = (const lnn_layer_t *)(const void *)(view->file + entry->offset);
    const uint32_t count = entry->items;
    uint32_t inputs = feat->features, steps = feat->steps, windowed = 0;
    view->where = entry->offset;
    if (count < 3 || count > 32 || entry->bytes != count * sizeof *layer) return LNN_BAD_LAYER;
    for (uint32_t l = 0; l < count; l++, layer++) {
        const uint32_t pool = lnn_is_pool(layer->kind), readout = layer->kind == LNN_READOUT;
        const uint32_t over_window =
            layer->kind == LNN_CONVOLUTION || layer->kind == LNN_DEPTHWISE;
        const uint32_t at = entry->offset + l * (uint32_t)sizeof *layer;
        view->where = at;
        if (!layer_built(layer)) return LNN_UNSUPPORTED;
        if (pool != (l + 2 == count) || readout != (l + 1 == count)) return LNN_BAD_LAYER;
        if (l == 0) windowed = over_window;
        if (!pool && !readout && over_window != windowed) return LNN_BAD_LAYER;
        if (windowed && layer->kind == LNN_LEAKY_POOL) return LNN_BAD_LAYER;
        view->where = at + 4;
        if (layer->inputs != inputs || !layer->units || layer->units > 512
            || layer->steps_in != steps || layer->steps_out != steps_after(layer)
            || !layer->steps_out) return LNN_BAD_LAYER;
        view->where = at;
        if (!layer_fits(view, layer)) return LNN_BAD_LAYER;
        inputs = layer->units;
        steps = layer->steps_out;
    }
    return LNN_OK;
}

#ifdef LNN_USE_LEAKY_POOL
/* How the model streams, where the file says it. */
LNN_SMALL static lnn_status_t check_stream(lnn_view_t *view) {
    const lnn_layer_t *layers =
        (const lnn_layer_t *)(const void *)(view->file + view->table[1].offset);
    uint32_t at;
    if (!lnn_section_fits(view->file, LNN_STRM, sizeof(lnn_strm_t), &at)) {
        view->where = at;
        return LNN_BAD_STREAM;
    }
    if (!at) return LNN_OK;
    const lnn_strm_t *said = (const lnn_strm_t *)(const void *)(view->file + at);
    view->where = at;
    if (said->flags > 1 || layers[view->table[1].items - 2].kind != LNN_LEAKY_POOL)
        return LNN_BAD_STREAM;
    view->where = at + 2;
    if (said->smoothing_shift > 8) return LNN_BAD_STREAM;
    view->where = at + 6;
    return said->threshold_q15 > 0 ? LNN_OK : LNN_BAD_STREAM;
}
#endif

#ifdef LNN_USE_COSTS
/* What it takes on a board, where the file says it; nobody but people and doors reads it. */
LNN_SMALL static lnn_status_t check_costs(lnn_view_t *view) {
    uint32_t at;
    if (!lnn_section_fits(view->file, LNN_COST, sizeof(lnn_costs_t), &at)) {
        view->where = at;
        return LNN_BAD_COSTS;
    }
    if (!at) return LNN_OK;
    const lnn_costs_t *costs = (const lnn_costs_t *)(const void *)(view->file + at);
    view->where = at;
    uint32_t length = 0;
    while (length < sizeof costs->board && costs->board[length]) length++;
    if (!length || length == sizeof costs->board) return LNN_BAD_COSTS;
    while (length < sizeof costs->board)
        if (costs->board[length++]) return LNN_BAD_COSTS;
    for (uint32_t k = 0; k < LNN_COST_KINDS; k++) {
        view->where = at + 28 + 12 * k;
        if (!costs->by_policy[k].frame && (costs->by_policy[k].hop || costs->by_policy[k].long_frame))
            return LNN_BAD_COSTS;
    }
    return LNN_OK;
}
#endif

#ifdef LNN_USE_DENOISE
/* That the outputs are gains of the bands, where the file says it. */
LNN_SMALL static lnn_status_t check_gains(lnn_view_t *view) {
    const lnn_feat_t *feat = (const lnn_feat_t *)(const void *)(view->file + view->table[0].offset);
    const lnn_layer_t *readout =
        (const lnn_layer_t *)(const void *)(view->file + view->table[1].offset)
        + view->table[1].items - 1;
    uint32_t at;
    if (!lnn_section_fits(view->file, LNN_GAIN, sizeof(lnn_gain_t), &at)) {
        view->where = at;
        return LNN_BAD_GAINS;
    }
    if (!at) return LNN_OK;
    const lnn_gain_t *gains = (const lnn_gain_t *)(const void *)(view->file + at);
    view->where = at;
    if (!gains->depth_q15 || gains->depth_q15 > 32768) return LNN_BAD_GAINS;
    view->where = at + 2;
    if (gains->slope_q15 ? !gains->shallow_q15 || gains->shallow_q15 > gains->depth_q15
                         : gains->shallow_q15) return LNN_BAD_GAINS;
    view->where = at + 4;
    if (gains->from_q10 > (gains->slope_q15 ? 16384 : 0)) return LNN_BAD_GAINS;
    view->where = view->table[0].offset;
    if (feat->kind < LNN_LOG_MEL || feat->kind > LNN_PCEN || feat->channels != 1
        || feat->frame < 64 || feat->frame != 2 * feat->hop) return LNN_BAD_GAINS;
    view->where = view->table[1].offset;
    return lnn_is_leaky(readout[-1].kind) && !readout->hidden && readout->units == feat->bands
        && !lnn_section_from(view->file, LNN_PLCY, 4) ? LNN_OK : LNN_BAD_GAINS;
}
#endif

#ifdef LNN_USE_ANOMALY
/* That the outputs are the next frame's features, where the file says it. */
LNN_SMALL static lnn_status_t check_anomaly(lnn_view_t *view) {
    const lnn_feat_t *feat = (const lnn_feat_t *)(const void *)(view->file + view->table[0].offset);
    const lnn_layer_t *readout =
        (const lnn_layer_t *)(const void *)(view->file + view->table[1].offset)
        + view->table[1].items - 1;
    const lnn_section_t *entry = lnn_section_from(view->file, LNN_ANOM, 4);
    const uint32_t items = entry && entry->items == 2 ? 2 : 1;
    const uint32_t plain = sizeof(lnn_anom_t) + 4u * feat->features;
    const uint32_t bytes = plain + (items - 1) * (uint32_t)sizeof(lnn_own_t);
    uint32_t at;
    if (!lnn_section_of_items_fits(view->file, LNN_ANOM, items, bytes, &at)) {
        view->where = at;
        return LNN_BAD_ANOMALY;
    }
    if (!at) return LNN_OK;
    const lnn_own_t *own = lnn_own_of(view->file, entry);
    if (own) {
        view->where = at + plain;
        if (own->error_smoothing_shift > 6 || own->reserved
            || !(own->calibration_frames | own->error_smoothing_shift)) return LNN_BAD_ANOMALY;
    }
    const lnn_anom_t *said = (const lnn_anom_t *)(const void *)(view->file + at);
    view->where = at;
    if (!said->threshold || said->threshold >> 31) return LNN_BAD_ANOMALY;
    view->where = at + 4;
    if (!said->unit || said->shift > 30 || said->smoothing_shift > 8) return LNN_BAD_ANOMALY;
    view->where = at + 8;
    if (!said->most || said->most > 1023 || said->features != feat->features)
        return LNN_BAD_ANOMALY;
    for (uint32_t f = 0; f < feat->features; f++) {
        view->where = at + 12 + 4 * f;
        if (said->own[f].factor > 32767) return LNN_BAD_ANOMALY;
    }
    view->where = view->table[0].offset;
    if (feat->hop > feat->frame) return LNN_BAD_ANOMALY;
    view->where = view->table[1].offset;
    return lnn_is_leaky(readout[-1].kind) && !readout->hidden && readout->units == feat->features
        && !lnn_section_from(view->file, LNN_PLCY, 4) ? LNN_OK : LNN_BAD_ANOMALY;
}
#endif

LNN_SMALL lnn_status_t lnn_check(const void *file, uint32_t bytes, uint32_t *where) {
    lnn_view_t view;
    lnn_status_t status = lnn_open(&view, (const uint8_t *)file, bytes, 0);
    if (status == LNN_OK) status = check_features(&view);
    if (status == LNN_OK) status = check_layers(&view);
    if (status == LNN_OK) status = lnn_labels_fit(&view);
#ifdef LNN_USE_LEAKY_POOL
    if (status == LNN_OK) status = check_stream(&view);
#endif
#ifdef LNN_USE_POLICY
    if (status == LNN_OK) status = lnn_policy_check(view.file, &view.where);
#else
    if (status == LNN_OK && lnn_section_from(view.file, LNN_PLCY, 4)) status = LNN_UNSUPPORTED;
#endif
#ifdef LNN_USE_COSTS
    if (status == LNN_OK) status = check_costs(&view);
#endif
#ifdef LNN_USE_DENOISE
    if (status == LNN_OK) status = check_gains(&view);
#endif
#ifdef LNN_USE_ANOMALY
    if (status == LNN_OK) status = check_anomaly(&view);
#endif
    if (where) *where = view.where;
    return status;
}
