/* Samples in, decisions out: frames, windows, the pool, the readout, the working memory. */
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
    uint32_t bytes = feat->kind != LNN_RAW ? 4u * (feat->frame / 2u + 1u + feat->bands) : 0;
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
    const lnn_section_t *entry = lnn_policy_section(file);
    if (entry) model->policy = file + entry->offset;
#endif
}

LNN_SMALL uint32_t lnn_arena_bytes(const void *file) {
    lnn_model_t model;
    open_file(&model, (const uint8_t *)file);
    return lay_out(&model, (uint8_t *)0);
}

LNN_SMALL lnn_status_t lnn_init(lnn_model_t *model, const void *file, uint32_t bytes, void *arena,
                      uint32_t arena_bytes) {
    const lnn_status_t status = lnn_check(file, bytes, 0);
    if (status != LNN_OK) return status;
    open_file(model, (const uint8_t *)file);
    if (lay_out(model, (uint8_t *)arena) > arena_bytes) return LNN_SMALL_ARENA;
    model->threshold_q15 = 26214;
    model->streaming = 0;
#ifdef LNN_USE_POLICY
    if (model->gate) lnn_set_adaptive_config(model, 0);
#endif
    model->named = -1;
    lnn_reset(model);
    return LNN_OK;
}

LNN_SMALL static void start_window(lnn_model_t *model) {
    for (uint32_t i = 0; i < model->state_count; i++) model->states[i] = 0;
    for (uint32_t i = 0; i < model->pool_units; i++) model->pool[i] = 0;
    model->step = 0;
    model->filled = 0;
}

LNN_SMALL void lnn_reset(lnn_model_t *model) {
    start_window(model);
    model->skip = 0;
    model->span = 1;
#ifdef LNN_USE_LEAKY_POOL
    model->armed = 1;
    model->waiting = 0;
#ifdef LNN_USE_POLICY
    if (model->gate) lnn_policy_start(model);
#endif
    if (model->streaming)
        for (uint32_t c = 0; c < lnn_layers(model)[model->layer_count - 1].units; c++)
            model->smoothed[c] = 0;
#endif
}

LNN_SMALL int lnn_set_streaming(lnn_model_t *model, uint8_t smoothing_shift, uint16_t refractory) {
#ifdef LNN_USE_LEAKY_POOL
    if (lnn_layers(model)[model->layer_count - 2].kind != LNN_LEAKY_POOL || smoothing_shift > 8)
        return 0;
    model->streaming = 1;
    model->smoothing_shift = smoothing_shift;
    model->refractory = refractory;
    lnn_reset(model);
    return 1;
#else
    (void)model, (void)smoothing_shift, (void)refractory;
    return 0;
#endif
}

void lnn_set_threshold(lnn_model_t *model, int16_t threshold_q15) {
    model->threshold_q15 = threshold_q15;
}

uint32_t lnn_hop(const lnn_model_t *model) { return lnn_feat(model)->hop; }

LNN_SMALL static const char *label(const lnn_model_t *model, uint32_t number) {
    const char *name = model->labels;
    while (number) number -= !*name++;
    return name;
}

/* 2^(-d log2 e) of d in Q8, Q15 */
static uint32_t share(int32_t d) {
    const uint32_t g = (uint32_t)(d * 369 + 128) >> 8, n = g >> 8;
    const uint16_t *left = lnn_pow_table + ((g >> 3) & 31);
    const int32_t x = left[0] + lnn_halved((left[1] - left[0]) * (int32_t)(g & 7), 3);
    return (uint32_t)x >> (n < 31 ? n : 31);
}

#ifdef LNN_USE_LEAKY_POOL
/* The decision of a stream: probabilities are smoothed; a keyword is reported once. total: of all
 * classes' shares. */
static void decide_in_stream(lnn_model_t *model, int32_t largest, uint32_t total,
                             lnn_result_t *result) {
    const lnn_layer_t *readout = lnn_layers(model) + model->layer_count - 1;
    const uint32_t classes = readout->units, keywords = classes - readout->hidden;
    uint32_t best = 0;
#ifdef LNN_USE_POLICY
    const uint32_t span = lnn_span(model);
    const int32_t rate = 32768 - lnn_power(32768 - (32768 >> model->smoothing_shift), span);
    model->waiting = (uint16_t)(model->waiting - (model->waiting < span ? model->waiting : span - 1));
#endif
    for (uint32_t c = 0; c < classes; c++) {
        const int32_t now = (int32_t)((share(largest - model->logits[c]) << 15) / total);
        const int32_t before = model->smoothed[c], away = (now > 32767 ? 32767 : now) - before;
#ifdef LNN_USE_POLICY
        const int32_t step =
            span > 1 ? lnn_halved(rate * away, 15) : lnn_halved(away, model->smoothing_shift);
#else
        const int32_t step = lnn_halved(away, model->smoothing_shift);
#endif
        model->smoothed[c] = (int16_t)(before + step);
        if (model->smoothed[c] > model->smoothed[best]) best = c;
    }
    result->label = (int16_t)best;
    result->confidence_q15 = model->smoothed[best];
    const int reached = best < keywords && model->smoothed[best] >= model->threshold_q15;
    result->keyword_detected = (uint8_t)(reached && model->armed && !model->waiting);
    if (model->waiting) model->waiting--;
    if (result->keyword_detected) {
        model->armed = 0;
        model->waiting = model->refractory;
    } else if (!reached) {
        model->armed = 1;
    }
}
#endif

/* Pool and readout of a window, and the decision. */
LNN_NOINLINE void lnn_stage_readout(lnn_model_t *model, lnn_result_t *result) {
    const lnn_layer_t *pool = lnn_layers(model) + model->layer_count - 2, *readout = pool + 1;
    const uint32_t units = pool->units, classes = readout->units;
    const uint32_t leaky = lnn_is_leaky(pool->kind); /* its product 0 is the gate */
    const uint32_t up = leaky ? pool->up1 : pool->up, down = leaky ? pool->down1 : pool->down;
    const int32_t factor =
        *(const int16_t *)(const void *)(model->data + (leaky ? pool->factor1 : pool->factor));
    int16_t *pooled = (int16_t *)model->scratch; /* [units rounded up to even] */
    const int32_t reciprocal = /* 2^9 over the weights' mean */
        leaky ? (int32_t)((1u << 24) / (uint32_t)(model->pool[units] + LNN_LEAST_GATE)) : 1;
    LNN_ROLLED
    for (uint32_t i = 0; i < units; i++) {
        const int32_t sum = (model->pool[i] * reciprocal) >> (leaky ? 9 : 0);
        pooled[i] = (int16_t)lnn_sat8(lnn_requantise(sum, factor, up, down));
    }
    if (units & 1) pooled[units] = 0;
    const lnn_product_t product = lnn_product_of(model, readout, 0, classes, units);
    lnn_product(&product, pooled, model->logits);
    uint32_t best = 0, total = 0;
    LNN_ROLLED
    for (uint32_t c = 1; c < classes; c++)
        if (model->logits[c] > model->logits[best]) best = c;
    LNN_ROLLED
    for (uint32_t c = 0; c < classes; c++)
        total += share(model->logits[best] - model->logits[c]);
    const uint32_t q15 = (1u << 30) / total;
    result->confidence_q15 = (int16_t)(q15 < 32767 ? q15 : 32767);
    result->label = (int16_t)best;
    result->keyword_detected = result->confidence_q15 >= model->threshold_q15;
#ifdef LNN_USE_LEAKY_POOL
    if (model->streaming) decide_in_stream(model, model->logits[best], total, result);
#endif
    result->timestep = (uint16_t)lnn_span(model);
    if (model->named != result->label) { /* names are looked for along the labels */
        model->named = result->label;
        model->keyword = label(model, (uint32_t)result->label);
    }
    result->keyword = model->keyword;
    result->logits = model->logits;
#ifndef LNN_NO_FLOAT
    result->confidence = (float)result->confidence_q15 * (1.0f / 32768.0f);
#endif
#ifdef LNN_TRACE
    uint32_t number = 1; /* of the pool, behind the layers' */
    for (uint32_t l = 0; l + 2 < model->layer_count; l++)
        number += lnn_layers(model)[l].kind == LNN_LSTM ? 2 : 1;
    lnn_observe(number, pooled, units, 2);
    lnn_observe(number + 1, model->logits, classes, 2);
#endif
}

enum { LNN_NOTHING, LNN_WINDOW_ENDED, LNN_STREAM_DECIDED };

/* One frame; unless it returns LNN_NOTHING, *result holds a decision. */
static int frame_done(lnn_model_t *model, const int16_t *frame, lnn_result_t *result) {
    const lnn_feat_t *feat = lnn_feat(model);
    lnn_stage_features(model, frame);
#ifdef LNN_USE_WINDOW
    if (model->windowed) {
        int8_t *map = model->maps[0] + (uint32_t)model->step * feat->features;
        for (uint32_t i = 0; i < feat->features; i++) map[i] = (int8_t)model->x[i];
    } else
#endif
    {
#ifdef LNN_USE_STEP
        lnn_stage_layers(model);
#endif
    }
#ifdef LNN_USE_LEAKY_POOL
    if (model->streaming) {
        model->step = 1; /* no frame but the first starts PCEN's levels */
        lnn_stage_readout(model, result);
        return LNN_STREAM_DECIDED;
    }
#endif
    if (++model->step < feat->steps) return LNN_NOTHING;
#ifdef LNN_USE_WINDOW
    if (model->windowed) lnn_window_layers(model);
#endif
    lnn_stage_readout(model, result);
    return LNN_WINDOW_ENDED;
}

/* Fill the frame that comes in pieces; returns how many moments it took. */
LNN_NOINLINE static uint32_t gather(lnn_model_t *model, const int16_t *samples, uint32_t count) {
    const uint32_t channels = lnn_feat(model)->channels;
    const uint32_t missing = (uint32_t)lnn_feat(model)->frame - model->filled;
    const uint32_t some = missing < count ? missing : count;
    lnn_copy(model->frame + (uint32_t)model->filled * channels, samples, some * channels);
    model->filled = (uint16_t)(model->filled + some);
    return some;
}

/* Keep of a gathered frame what the next one begins with. */
LNN_NOINLINE static void slide(lnn_model_t *model) {
    const lnn_feat_t *feat = lnn_feat(model);
    const uint32_t hop = feat->hop, channels = feat->channels;
    const uint32_t kept = hop < feat->frame ? feat->frame - hop : 0;
    lnn_copy(model->frame, model->frame + hop * channels, kept * channels);
    model->filled = (uint16_t)kept;
    model->skip = hop > feat->frame ? hop - feat->frame : 0;
}

LNN_SMALL int lnn_push(lnn_model_t *model, const int16_t *samples, uint32_t count, lnn_result_t *result) {
    const lnn_feat_t *feat = lnn_feat(model);
    const uint32_t frame = feat->frame, hop = feat->hop;
    const uint32_t rest = feat->window - ((feat->steps - 1u) * hop + frame); /* after the last */
    int decisions = 0;
#ifdef LNN_USE_POLICY
    if (lnn_follows_policy(model)) return lnn_policy_push(model, samples, count, result);
#endif
    while (count) {
        uint32_t used;
        int done = LNN_NOTHING;
        if (model->skip) {
            used = model->skip < count ? model->skip : count;
            model->skip -= used;
        } else if (model->filled || count < frame) {
            used = gather(model, samples, count);
            if (model->filled == frame) {
                done = frame_done(model, model->frame, result);
                if (done != LNN_WINDOW_ENDED) slide(model);
            }
        } else { /* a whole frame, used where it lies */
            done = frame_done(model, samples, result);
            used = done == LNN_WINDOW_ENDED ? frame : hop < count ? hop : count;
            if (done != LNN_WINDOW_ENDED) model->skip = hop - used;
        }
        if (done != LNN_NOTHING) decisions++;
        if (done == LNN_WINDOW_ENDED) {
            start_window(model);
            model->skip = rest;
        }
        samples += used * feat->channels;
        count -= used;
    }
    return decisions;
}

LNN_SMALL uint32_t lnn_sleep_moments(const lnn_model_t *model) {
#ifdef LNN_USE_POLICY
    if (lnn_follows_policy(model))
        return model->skip + ((const lnn_gate_t *)model->gate)->next - model->filled;
#endif
    return model->skip + lnn_feat(model)->frame - model->filled;
}

int lnn_process_cmsis(lnn_model_t *model, const int16_t *audio_buffer, lnn_result_t *result) {
    return lnn_push(model, audio_buffer, lnn_hop(model), result);
}

#ifndef LNN_NO_STATIC
lnn_model_t *lnn_load_from_flash(const uint8_t *model_data) {
    static lnn_model_t model;
    static LNN_ALIGNED8 uint8_t arena[LNN_STATIC_ARENA_BYTES];
    uint32_t bytes = 0;
    if (!model_data) return 0;
    for (uint32_t k = 0; k < 4; k++) bytes |= (uint32_t)model_data[8 + k] << (8 * k);
    return lnn_init(&model, model_data, bytes, arena, sizeof arena) == LNN_OK ? &model : 0;
}
#endif
