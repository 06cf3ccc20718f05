/* Samples in, decisions out: frames, windows, the pool, the readout. */
#include "lnn_internal.h"

/* states: [state_count] int16, an even number of them; pool: [pool_units] int32 */
LNN_SMALL static void start_window(lnn_model_t *model) {
    lnn_zero((uint32_t *)(void *)model->states, model->state_count / 2);
    lnn_zero((uint32_t *)(void *)model->pool, model->pool_units);
    model->step = 0;
    model->filled = 0;
}

LNN_SMALL void lnn_reset(lnn_model_t *model) {
    if (!lnn_ready(model)) return;
    start_window(model);
    model->computed = 0;
    model->skipped = 0;
    model->skip = 0;
    model->span = 1;
#ifdef LNN_USE_LEAKY_POOL
    model->armed = 1;
    model->waiting = 0;
#ifdef LNN_USE_POLICY
    if (model->gate) lnn_policy_start(model);
#endif
    if (model->streaming)
        lnn_zero((uint32_t *)(void *)model->smoothed,
                 (lnn_layers(model)[model->layer_count - 1].units + 1u) / 2);
#endif
}

LNN_SMALL int lnn_set_streaming(lnn_model_t *model, uint8_t smoothing_shift, uint16_t refractory) {
#ifdef LNN_USE_LEAKY_POOL
    if (!lnn_ready(model) || smoothing_shift > 8
        || lnn_layers(model)[model->layer_count - 2].kind != LNN_LEAKY_POOL) return 0;
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

LNN_SMALL void lnn_set_windows(lnn_model_t *model) {
#ifdef LNN_USE_LEAKY_POOL
    if (!lnn_ready(model)) return;
    model->streaming = 0;
    lnn_reset(model);
#else
    (void)model;
#endif
}

void lnn_set_threshold(lnn_model_t *model, int16_t threshold_q15) {
    if (model) model->threshold_q15 = threshold_q15;
}

uint32_t lnn_hop(const lnn_model_t *model) { return lnn_ready(model) ? lnn_feat(model)->hop : 0; }

LNN_SMALL const char *lnn_label_of(const lnn_model_t *model, uint32_t number) {
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

typedef struct { /* a decision */
    uint32_t label;
    int32_t confidence_q15;
    int detected;
} lnn_said_t;

#ifdef LNN_USE_LEAKY_POOL
/* The decision of a stream: probabilities are smoothed; a keyword is reported once. total: of all
 * classes' shares. */
static void decide_in_stream(lnn_model_t *model, int32_t largest, uint32_t total,
                             lnn_said_t *said) {
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
    said->label = best;
    said->confidence_q15 = model->smoothed[best];
    const int reached = best < keywords && model->smoothed[best] >= model->threshold_q15;
    said->detected = reached && model->armed && !model->waiting;
    if (model->waiting) model->waiting--;
    if (said->detected) {
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
#if defined(LNN_USE_DENOISE) || defined(LNN_USE_ANOMALY)
    if (!result) return;
#endif
    uint32_t best = 0, total = 0;
    LNN_ROLLED
    for (uint32_t c = 1; c < classes; c++)
        if (model->logits[c] > model->logits[best]) best = c;
    LNN_ROLLED
    for (uint32_t c = 0; c < classes; c++)
        total += share(model->logits[best] - model->logits[c]);
    const uint32_t q15 = (1u << 30) / total;
    lnn_said_t said;
    said.label = best;
    said.confidence_q15 = (int32_t)(q15 < 32767 ? q15 : 32767);
    said.detected = said.confidence_q15 >= model->threshold_q15;
#ifdef LNN_USE_LEAKY_POOL
    if (model->streaming) decide_in_stream(model, model->logits[best], total, &said);
#endif
#ifdef LNN_TRACE
    uint32_t number = 1; /* of the pool, behind the layers' */
    for (uint32_t l = 0; l + 2 < model->layer_count; l++)
        number += lnn_layers(model)[l].kind == LNN_LSTM ? 2 : 1;
    lnn_observe(number, pooled, units, 2);
    lnn_observe(number + 1, model->logits, classes, 2);
#endif
    if (model->told && !said.detected) return;
    model->told = (uint8_t)said.detected;
    result->label = (int16_t)said.label;
    result->confidence_q15 = (int16_t)said.confidence_q15;
    result->keyword_detected = (uint8_t)said.detected;
    result->timestep = (uint16_t)lnn_span(model);
    if (model->named != result->label) { /* names are looked for along the labels */
        model->named = result->label;
        model->keyword = lnn_label_of(model, said.label);
    }
    result->keyword = model->keyword;
    result->logits = model->logits;
#ifndef LNN_NO_FLOAT
    result->confidence = (float)result->confidence_q15 * (1.0f / 32768.0f);
#endif
}

enum { LNN_NOTHING, LNN_WINDOW_ENDED, LNN_STREAM_DECIDED };

/* One frame; unless it returns LNN_NOTHING, *result holds a decision. */
LNN_NOINLINE static int frame_done(lnn_model_t *model, const int16_t *frame, lnn_result_t *result) {
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
        model->computed++;
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

LNN_SMALL int lnn_push(lnn_model_t *model, const int16_t *samples, uint32_t count,
                       lnn_result_t *result) {
    if (!lnn_ready(model) || !samples || !result) return 0;
    const lnn_feat_t *feat = lnn_feat(model);
    const uint32_t frame = feat->frame, hop = feat->hop;
    int decisions = 0;
    model->told = 0;
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
        if (done != LNN_NOTHING) {
            decisions++;
            if (done == LNN_WINDOW_ENDED) {
                model->computed += feat->steps;
                start_window(model);
                model->skip = feat->window - ((feat->steps - 1u) * hop + frame); /* what is left */
            }
        }
        samples += used * feat->channels;
        count -= used;
    }
    return decisions;
}

LNN_SMALL uint32_t lnn_sleep_moments(const lnn_model_t *model) {
    if (!lnn_ready(model)) return 1;
#ifdef LNN_USE_POLICY
    if (lnn_follows_policy(model))
        return model->skip + ((const lnn_gate_t *)model->gate)->next - model->filled;
#endif
    return model->skip + lnn_feat(model)->frame - model->filled;
}
