/* A float32 file: what is its own is checked here, the container and the labels in
 * ../c/lnn_container.c as of int8 files. */
#include "lnn_float_internal.h"

static int features_fit(lnn_view_t *view) {
    const feat_t *feat = (const feat_t *)(const void *)(view->file + view->table[0].offset);
    const uint32_t frame = feat->frame, half = frame / 2, bands = feat->kind == LOG_BANDS;
    view->where = view->table[0].offset;
    if (view->table[0].bytes != sizeof *feat || feat->kind > 1 || !feat->channels
        || feat->channels > 16 || !frame || !feat->hop || !feat->steps || !feat->features
        || feat->features != feat->channels * (uint32_t)(bands ? feat->bands : frame)
        || feat->features > 512 || feat->window > 0x1000000u
        || feat->window < (feat->steps - 1u) * feat->hop + frame
        || !lnn_array_fits(view, &feat->offset_at, feat->features, 4)
        || !lnn_array_fits(view, &feat->factor_at, feat->features, 4)) return 0;
    if (!bands) return 1;
    if (frame < 8 || frame > 1024 || frame & (frame - 1) || feat->bands > half
        || !lnn_array_fits(view, &feat->window_at, frame, 4)
        || !lnn_array_fits(view, &feat->twiddle_at, half, 4)
        || !lnn_array_fits(view, &feat->split_at, half, 4)
        || !lnn_array_fits(view, &feat->reversed_at, half, 2)) return 0;
    const uint8_t *data = view->data;
    const uint16_t *order = (const uint16_t *)(const void *)(data + feat->reversed_at);
    for (uint32_t n = 0; n < half; n++) /* n's bits reversed: else parts of the spectrum stay unset */
        if (order[n] != ((order[n / 2] >> 1) | (n & 1 ? half / 2 : 0))) return 0;
    if (!lnn_array_fits(view, &feat->edges_at, feat->bands + 1u, 2)) return 0;
    const uint16_t *edges = (const uint16_t *)(const void *)(data + feat->edges_at);
    for (uint32_t b = 0; b < feat->bands; b++)
        if (edges[b] >= edges[b + 1]) return 0;
    return edges[0] >= 1 && edges[feat->bands] <= half + 1;
}

static int product_fits(lnn_view_t *view, const layer_t *layer, int which, uint32_t rows,
                        uint32_t inputs) {
    return rows && rows <= 4096 && inputs && inputs <= 32768
        && lnn_array_fits(view, layer->arrays + (3 * which), rows * inputs, 4)
        && lnn_array_fits(view, layer->arrays + (3 * which + 1), rows, 4);
}

static int filters_fit(lnn_view_t *view, const layer_t *layer) {
    const uint32_t taps = layer->hidden, units = layer->units;
    return taps && taps <= 64 && layer->inputs == units
        && lnn_array_fits(view, layer->arrays, taps * units, 4)
        && lnn_array_fits(view, layer->arrays + 1, units, 4);
}

static int layer_fits(lnn_view_t *view, const layer_t *layer) {
    const uint32_t n = layer->inputs, u = layer->units, hidden = layer->hidden;
    switch (layer->kind) {
    case LINEAR_LTC: return product_fits(view, layer, 0, 2 * u, n);
    case CFC:
        return hidden && hidden <= 512 && product_fits(view, layer, 0, hidden, n + u)
            && product_fits(view, layer, 1, 3 * u, hidden);
    case LSTM: return product_fits(view, layer, 0, 4 * u, n + u);
    case GRU:
        return product_fits(view, layer, 0, 2 * u, n + u) && product_fits(view, layer, 1, u, n)
            && product_fits(view, layer, 2, u, u);
    case MIX: return filters_fit(view, layer);
    case CONVOLUTION:
        return layer->stride && hidden && hidden <= 64
            && product_fits(view, layer, 0, u, hidden * n);
    case DEPTHWISE: return layer->stride && filters_fit(view, layer);
    case POOL: return u == n;
    default: return product_fits(view, layer, 0, u, n);
    }
}

static uint32_t steps_after(const layer_t *layer) {
    const uint32_t taps = layer->hidden, padded = layer->steps_in + 2u * (taps / 2);
    if (layer->kind >= POOL) return 1;
    if (layer->kind < CONVOLUTION) return layer->steps_in;
    return layer->stride && padded >= taps ? (padded - taps) / layer->stride + 1 : 0;
}

static int layers_fit(lnn_view_t *view) {
    const lnn_section_t *entry = view->table + 1;
    const feat_t *feat = (const feat_t *)(const void *)(view->file + view->table[0].offset);
    const layer_t *layer = (const layer_t *)(const void *)(view->file + entry->offset);
    const uint32_t count = entry->items;
    uint32_t inputs = feat->features, steps = feat->steps, windowed = 0;
    view->where = entry->offset;
    if (count < 3 || count > 32 || entry->bytes != count * sizeof *layer) return 0;
    for (uint32_t l = 0; l < count; l++, layer++) {
        const uint32_t ending = l + 2 == count ? POOL : l + 1 == count ? READOUT : 0;
        const uint32_t over = layer->kind == CONVOLUTION || layer->kind == DEPTHWISE;
        view->where = (uint32_t)((const uint8_t *)layer - view->file);
        if (!layer->kind || (ending ? layer->kind != ending : layer->kind >= POOL)) return 0;
        if (l == 0) windowed = over;
        if ((!ending && over != windowed) || layer->inputs != inputs || !layer->units
            || layer->units > 512 || layer->steps_in != steps || !layer->steps_out
            || layer->steps_out != steps_after(layer) || !layer_fits(view, layer)) return 0;
        inputs = layer->units;
        steps = layer->steps_out;
    }
    return 1;
}

lnn_status_t lnn_float_check(const void *file, uint32_t bytes, uint32_t *where) {
    lnn_view_t view;
    lnn_status_t status = lnn_open(&view, (const uint8_t *)file, bytes, 1);
    if (status == LNN_OK && !features_fit(&view)) status = LNN_BAD_FEATURES;
    if (status == LNN_OK && !layers_fit(&view)) status = LNN_BAD_LAYER;
    if (status == LNN_OK) status = lnn_labels_fit(&view);
    if (where) *where = view.where;
    return status;
}
