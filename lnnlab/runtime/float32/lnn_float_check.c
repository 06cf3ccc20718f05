/* Everything is checked before anything is used. */
#include "lnn_float_internal.h"

typedef struct {
    const uint8_t *file;
    const section_t *table;
} view_t;

static int array_fits(const view_t *view, uint32_t offset, uint32_t count, uint32_t size) {
    const uint32_t bytes = view->table[2].bytes;
    return !(offset & 3) && offset <= bytes && count <= (bytes - offset) / size;
}

static int header_fits(const uint8_t *file, uint32_t bytes) {
    const uint32_t *words = (const uint32_t *)(const void *)file;
    uint32_t crc = 0xffffffffu;
    if (!file || (uintptr_t)file & 7 || bytes < 32 || words[0] != 0x314e4e4cu
        || words[1] != (1u << 16 | 1u) || words[2] != bytes) return 0; /* version 1, float32 */
    for (uint32_t k = 16; k < bytes; k++) {
        crc ^= file[k];
        for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (0xedb88320u & (0u - (crc & 1)));
    }
    return ~crc == words[3];
}

static int sections_fit(const view_t *view, uint32_t bytes) {
    static const char tags[4][4] = {
        {'F', 'E', 'A', 'T'}, {'L', 'A', 'Y', 'R'}, {'D', 'A', 'T', 'A'}, {'L', 'A', 'B', 'L'}};
    const uint32_t count = *(const uint32_t *)(const void *)(view->file + 16);
    if (count < 4 || count > 8 || bytes < 32 + 16 * count) return 0;
    uint32_t end = (32 + 16 * count + 7) & ~7u;
    for (uint32_t k = 0; k < count; k++) {
        const section_t *entry = view->table + k;
        for (uint32_t c = 0; k < 4 && c < 4; c++)
            if (entry->tag[c] != tags[k][c]) return 0;
        if (entry->offset != end || end > bytes || entry->bytes > bytes - end) return 0;
        end = (end + entry->bytes + 7) & ~7u;
    }
    return 1;
}

static int features_fit(const view_t *view) {
    const feat_t *feat = (const feat_t *)(const void *)(view->file + view->table[0].offset);
    const uint32_t frame = feat->frame, half = frame / 2, bands = feat->kind == LOG_BANDS;
    if (view->table[0].bytes != sizeof *feat || feat->kind > 1 || !feat->channels
        || feat->channels > 16 || !frame || !feat->hop || !feat->steps || !feat->features
        || feat->features != feat->channels * (uint32_t)(bands ? feat->bands : frame)
        || feat->features > 512 || feat->window > 0x1000000u
        || feat->window < (feat->steps - 1u) * feat->hop + frame
        || !array_fits(view, feat->offset_at, feat->features, 4)
        || !array_fits(view, feat->factor_at, feat->features, 4)) return 0;
    if (!bands) return 1;
    if (frame < 8 || frame > 1024 || frame & (frame - 1) || feat->bands > half
        || !array_fits(view, feat->window_at, frame, 4)
        || !array_fits(view, feat->twiddle_at, half, 4)
        || !array_fits(view, feat->split_at, half, 4)
        || !array_fits(view, feat->reversed_at, half, 2)
        || !array_fits(view, feat->edges_at, feat->bands + 1u, 2)) return 0;
    const uint8_t *data = view->file + view->table[2].offset;
    const uint16_t *order = (const uint16_t *)(const void *)(data + feat->reversed_at);
    const uint16_t *edges = (const uint16_t *)(const void *)(data + feat->edges_at);
    for (uint32_t n = 0; n < half; n++)
        if (order[n] >= half) return 0;
    for (uint32_t b = 0; b < feat->bands; b++)
        if (edges[b] >= edges[b + 1]) return 0;
    return edges[0] >= 1 && edges[feat->bands] <= half + 1;
}

static int product_fits(const view_t *view, const layer_t *layer, int which, uint32_t rows,
                        uint32_t inputs) {
    return rows && rows <= 4096 && inputs && inputs <= 32768
        && array_fits(view, layer->arrays[3 * which], rows * inputs, 4)
        && array_fits(view, layer->arrays[3 * which + 1], rows, 4);
}

static int filters_fit(const view_t *view, const layer_t *layer) {
    const uint32_t taps = layer->hidden, units = layer->units;
    return taps && taps <= 64 && layer->inputs == units
        && array_fits(view, layer->arrays[0], taps * units, 4)
        && array_fits(view, layer->arrays[1], units, 4);
}

static int layer_fits(const view_t *view, const layer_t *layer) {
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

static int layers_fit(const view_t *view) {
    const section_t *entry = view->table + 1;
    const feat_t *feat = (const feat_t *)(const void *)(view->file + view->table[0].offset);
    const layer_t *layer = (const layer_t *)(const void *)(view->file + entry->offset);
    const uint32_t count = entry->items;
    uint32_t inputs = feat->features, steps = feat->steps, windowed = 0;
    if (count < 3 || count > 32 || entry->bytes != count * sizeof *layer) return 0;
    for (uint32_t l = 0; l < count; l++, layer++) {
        const uint32_t ending = l + 2 == count ? POOL : l + 1 == count ? READOUT : 0;
        const uint32_t over = layer->kind == CONVOLUTION || layer->kind == DEPTHWISE;
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

lnn_float_status_t lnn_float_check(const void *file, uint32_t bytes) {
    const view_t view = {(const uint8_t *)file, sections_of(file)};
    uint32_t names = 0;
    if (!header_fits(view.file, bytes)) return LNN_FLOAT_BAD_HEADER;
    if (!sections_fit(&view, bytes)) return LNN_FLOAT_BAD_SECTIONS;
    if (!features_fit(&view)) return LNN_FLOAT_BAD_FEATURES;
    if (!layers_fit(&view)) return LNN_FLOAT_BAD_LAYER;
    const section_t *labels = view.table + 3;
    const uint8_t *name = view.file + labels->offset;
    const layer_t *layers = (const layer_t *)(const void *)(view.file + view.table[1].offset);
    for (uint32_t k = 0; k < labels->bytes; k++) names += !name[k];
    return labels->bytes && !name[labels->bytes - 1] && names == labels->items
        && names == layers[view.table[1].items - 1].units ? LNN_FLOAT_OK : LNN_FLOAT_BAD_LABELS;
}
