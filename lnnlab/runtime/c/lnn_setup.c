/* A model made ready: its file opened, its working memory laid out. */
#include "lnn_internal.h"

/* int16 values of state that a layer keeps. */
uint32_t lnn_state_count(const lnn_layer_t *layer) {
    switch (layer->kind) {
    case LNN_LINEAR_LTC: case LNN_CFC: case LNN_GRU: return lnn_even(layer->units);
#ifdef LNN_USE_LSTM
    case LNN_LSTM: return 2 * lnn_even(layer->units); /* h, then the cell */
#endif
#ifdef LNN_USE_MIX
    case LNN_MIX: return lnn_even((uint32_t)layer->hidden * layer->units); /* [taps][units] */
#endif
    default: return 0;
    }
}

static uint32_t larger(uint32_t a, uint32_t b) { return a > b ? a : b; }

/* Scratch that the features and each layer need; they take turns. */
LNN_SMALL static uint32_t scratch_bytes(const lnn_feat_t *feat, const lnn_layer_t *layers, uint32_t count) {
    uint32_t bytes =
        LNN_HAS_SPECTRUM(feat->kind) ? 4u * (LNN_TRANSFORM(feat) / 2u + 1u + feat->bands) : 0;
#ifdef LNN_USE_AVERAGE
    if (lnn_parts(feat) > 1) bytes += 4u * feat->bands; /* sums of 64 bits */
#endif
#ifdef LNN_USE_ACF
    if (feat->kind == LNN_ACF)
        bytes = 4u * (lnn_acf_unused(feat) + feat->features / feat->channels + lnn_acf_moved(feat)
                      + feat->bands / 2u);
#endif
#ifdef LNN_USE_MFCC
    if (feat->kind == LNN_MFCC) bytes += 4u * (feat->features / feat->channels);
#endif
    for (uint32_t l = 0; l < count; l++) {
        const uint32_t n = layers[l].inputs, u = layers[l].units, hidden = layers[l].hidden;
        const uint32_t joined = lnn_even(n + u + 1);
        uint32_t values = 0;
        (void)hidden, (void)joined;
        switch (layers[l].kind) {
#ifdef LNN_USE_LINEAR_LTC
        case LNN_LINEAR_LTC: values = 2 * u; break;
#endif
#ifdef LNN_USE_CFC
        case LNN_CFC: values = joined + lnn_even(hidden) + 3 * u; break;
#endif
#ifdef LNN_USE_LSTM
        case LNN_LSTM: values = joined + 4 * u; break;
#endif
#ifdef LNN_USE_GRU
        case LNN_GRU: values = joined + 2 * u + 2 * lnn_even(u); break;
#endif
#ifdef LNN_USE_CONVOLUTION
        case LNN_CONVOLUTION: values = lnn_even(n * hidden) + u; break;
#endif
#ifdef LNN_USE_DENSE
        case LNN_DENSE: values = lnn_even(u); break;
#endif
        case LNN_READOUT: values = lnn_even(n); break;
        default: break;
        }
        bytes = larger(bytes, 2 * lnn_even(values));
    }
    return bytes;
}

LNN_SMALL static void *take(uint8_t *arena, uint32_t *used, uint32_t bytes) {
    void *start = arena ? arena + *used : 0;
    *used += (bytes + 3u) & ~3u;
    return start;
}

/* Lay the working memory out in `arena` (NULL: only count); returns its bytes. */
LNN_SMALL static uint32_t lay_out(lnn_model_t *model, uint8_t *arena) {
    const lnn_feat_t *feat = lnn_feat(model);
    const lnn_layer_t *layers = lnn_layers(model);
    const uint32_t count = model->layer_count, features = lnn_even(feat->features);
    const uint32_t leaky = lnn_is_leaky(layers[count - 2].kind);
    uint32_t widest = 0, states = 0, used = 0;
    model->windowed = 0;
#ifdef LNN_USE_WINDOW
    uint32_t map[2] = {(uint32_t)feat->features * feat->steps, 0};
    model->windowed = layers[0].kind == LNN_CONVOLUTION || layers[0].kind == LNN_DEPTHWISE;
    for (uint32_t l = 0; l + 2 < count; l++) {
        uint32_t *own = map + ((l + 1) & 1);
        *own = larger(*own, (uint32_t)layers[l].units * layers[l].steps_out);
    }
#endif
    for (uint32_t l = 0; l + 2 < count; l++) {
        if (!model->windowed) widest = larger(widest, lnn_even(layers[l].units));
        states += lnn_state_count(layers + l);
    }
    model->pool_units = (uint16_t)(layers[count - 2].inputs + leaky);
    model->state_count = states;
    model->pool = (int32_t *)take(arena, &used, 4u * model->pool_units);
    model->scratch = take(arena, &used, scratch_bytes(feat, layers, count));
#ifdef LNN_USE_POLICY
    const uint32_t moments = lnn_policy_moments(feat, (const lnn_policy_t *)model->policy);
#else
    const uint32_t moments = feat->frame;
#endif
    model->frame = (int16_t *)take(arena, &used, 2u * moments * feat->channels);
    /* two step layers or more give their outputs in turn to `other` and back to `x` */
    model->x = (int16_t *)take(arena, &used, 2 * (count > 3 ? larger(features, widest) : features));
    model->other = (int16_t *)take(arena, &used, 2 * widest);
    model->states = (int16_t *)take(arena, &used, 2 * states);
#ifdef LNN_USE_PCEN
    model->levels = (uint32_t *)take(
        arena, &used, feat->kind == LNN_PCEN ? 8u * feat->channels * feat->bands : 0);
#endif
    model->logits = (int16_t *)take(arena, &used, 2u * layers[count - 1].units);
#ifdef LNN_USE_LEAKY_POOL
    model->smoothed = (int16_t *)take(arena, &used, leaky ? 2u * layers[count - 1].units : 0);
#endif
#ifdef LNN_USE_WINDOW
    model->maps[0] = (int8_t *)take(arena, &used, model->windowed ? map[0] : 0);
    model->maps[1] = (int8_t *)take(arena, &used, model->windowed ? map[1] : 0);
#endif
    model->gate = 0;
#ifdef LNN_USE_POLICY
    if (layers[count - 2].kind == LNN_LEAKY_POOL) {
        const lnn_policy_t *own = (const lnn_policy_t *)model->policy;
        const uint32_t compares = own && (own->schedule.kind == LNN_FLUX
                                          || own->schedule.kind == LNN_DELTA);
        lnn_gate_t *gate = (lnn_gate_t *)take(
            arena, &used, (uint32_t)sizeof *gate + (compares ? feat->features : 0));
        model->gate = gate;
        if (gate) gate->capacity = (uint16_t)moments;
    }
#endif
    return used;
}

/* The records and arrays of a checked file; its first sections are FEAT LAYR DATA LABL. */
LNN_SMALL static void open_file(lnn_model_t *model, const uint8_t *file) {
    const lnn_section_t *table = lnn_sections(file);
    model->feat = file + table[0].offset;
    model->layers = file + table[1].offset;
    model->layer_count = (uint8_t)table[1].items;
    model->data = file + table[2].offset;
    model->labels = (const char *)(file + table[3].offset);
    model->policy = 0;
#ifdef LNN_USE_POLICY
    const lnn_section_t *entry = lnn_section_from(file, LNN_PLCY, 4);
    if (entry) model->policy = file + entry->offset;
#endif
}

LNN_SMALL uint32_t lnn_arena_bytes(const void *file) {
    lnn_model_t model;
    if (!file) return 0;
    open_file(&model, (const uint8_t *)file);
    return lay_out(&model, (uint8_t *)0);
}

#ifdef LNN_USE_LEAKY_POOL
/* What the file says of its stream. */
LNN_SMALL static void take_stream(lnn_model_t *model, const uint8_t *file) {
    const lnn_section_t *entry = lnn_section_from(file, LNN_STRM, 4);
    if (!entry) return;
    const lnn_strm_t *said = (const lnn_strm_t *)(const void *)(file + entry->offset);
    model->streaming = (uint8_t)said->flags;
    model->smoothing_shift = (uint8_t)said->smoothing_shift;
    model->refractory = said->refractory;
    model->threshold_q15 = said->threshold_q15;
}
#endif

/* Is all of what lnn_init is given as it must be? */
LNN_SMALL static lnn_status_t fits(const void *file, uint32_t bytes, const void *arena,
                                   uint32_t arena_bytes) {
    const lnn_status_t status = lnn_check(file, bytes, 0);
    if (status != LNN_OK) return status;
    if (!arena) return LNN_BAD_ARGUMENT;
    if ((uintptr_t)arena & 3) return LNN_BAD_ALIGNMENT;
    return lnn_arena_bytes(file) > arena_bytes ? LNN_SMALL_ARENA : LNN_OK;
}

LNN_SMALL lnn_status_t lnn_init(lnn_model_t *model, const void *file, uint32_t bytes, void *arena,
                      uint32_t arena_bytes) {
    const lnn_status_t status = fits(file, bytes, arena, arena_bytes);
    if (!model) return LNN_BAD_ARGUMENT;
    model->feat = 0; /* no model: lnn_push does nothing */
    if (status != LNN_OK) return status;
    open_file(model, (const uint8_t *)file);
    lay_out(model, (uint8_t *)arena);
    model->threshold_q15 = 26214;
    model->streaming = 0;
    model->named = -1;
#ifdef LNN_USE_LEAKY_POOL
    take_stream(model, (const uint8_t *)file);
#endif
#ifdef LNN_USE_POLICY
    if (model->gate) lnn_set_adaptive_config(model, 0);
#endif
    lnn_reset(model);
    return LNN_OK;
}

#ifndef LNN_NO_STATIC
LNN_SMALL lnn_model_t *lnn_load_sized(const uint8_t *model_data, uint32_t bytes, lnn_status_t *why) {
    static lnn_model_t model;
    static LNN_ALIGNED8 uint8_t arena[LNN_STATIC_ARENA_BYTES];
    const lnn_status_t status = lnn_init(&model, model_data, bytes, arena, sizeof arena);
    if (why) *why = status;
    return status == LNN_OK ? &model : 0;
}

LNN_SMALL lnn_model_t *lnn_load_from_flash(const uint8_t *model_data) {
    return lnn_load_sized(model_data, LNN_TOLD, 0);
}
#endif
