/* The layers that run once a frame: liquid cells, LSTM, GRU, causal mixing (FORMAT.md, section 3).
 *
 * Each takes x, [inputs rounded up to even] int8 values, and its state, and writes y, [units rounded
 * up to even] int8 values; the odd end of both is zero.
 */
#include "lnn_internal.h"

#ifdef LNN_USE_STEP

typedef struct { /* one layer at work */
    const lnn_model_t *model;
    const lnn_layer_t *layer;
    const int16_t *x; /* [inputs] */
    int16_t *y;       /* [units] */
    int16_t *state;   /* the layer's own part of the states */
    int16_t *pre;     /* [rows], scratch */
} lnn_turn_t;

/* The output from the state; a plain pool takes the state itself. */
LNN_NOINLINE static void to_int8(const lnn_turn_t *turn) {
    const uint32_t units = turn->layer->units, shift = turn->layer->out_shift;
    const int16_t *h = turn->state;
    int16_t *y = turn->y;
    if (turn->layer[1].kind == LNN_POOL) return;
    LNN_ROLLED
    for (uint32_t i = 0; i < units; i++) y[i] = lnn_to8(h[i], shift);
    if (units & 1) y[units] = 0;
}

#if defined(LNN_USE_CFC) || defined(LNN_USE_LSTM) || defined(LNN_USE_GRU)
/* v = [x, h in int8], its odd end zero; v: [inputs + units rounded up to even] */
LNN_NOINLINE static void join(const lnn_turn_t *turn, int16_t *v) {
    const uint32_t inputs = turn->layer->inputs, units = turn->layer->units;
    for (uint32_t i = 0; i < inputs; i++) *v++ = turn->x[i];
    for (uint32_t i = 0; i < units; i++) *v++ = lnn_to8(turn->state[i], 8);
    *v = 0;
}
#endif

#ifdef LNN_USE_LINEAR_LTC
/* The state of one unit after `span` hops: h + a (goal - h), halves up; pre: z, g; Q15. */
LNN_INLINE int32_t relaxed(const int16_t *pre, int32_t before, uint32_t absolute, uint32_t span) {
    int32_t gate = lnn_sigmoid(pre[0]);
    int32_t goal = pre[1];
#ifdef LNN_USE_POLICY
    if (span > 1) gate = 32768 - lnn_power(32768 - gate, span);
#endif
    (void)span;
    if (absolute)
        goal = goal < -32767 ? 32767 : goal < 0 ? -goal : goal;
    else
        goal = lnn_tanh_of_half(goal);
    return before + lnn_halved(gate * (goal - before), 15);
}

#ifndef LNN_DSP
/* All units' states after a step; pre: [units][2]; h: [units], at least one. */
LNN_NOINLINE static void lnn_relax(const int16_t *pre, int16_t *h, uint32_t units) {
    LNN_ROLLED
    for (; units; units--, pre += 2, h++) *h = (int16_t)relaxed(pre, *h, 0, 1);
}
#endif

/* h += sigmoid(z) (g - h); rows z0 g0 z1 g1 ... ; h in Q15 (abs: in steps of its own). With a
 * residual y = (state h + input x) / 2^down1. */
LNN_NOINLINE static void linear_ltc(const lnn_turn_t *turn) {
    const lnn_layer_t *layer = turn->layer;
    const uint32_t units = layer->units, span = lnn_span(turn->model);
    const int16_t *pre = turn->pre;
    int16_t *h = turn->state;
    const lnn_product_t product = lnn_product_of(turn->model, layer, 0, 2 * units, layer->inputs);
    lnn_product(&product, turn->x, turn->pre);
    if (layer->flags & LNN_ABSOLUTE || span > 1) {
        const uint32_t absolute = span > 1 ? layer->flags & LNN_ABSOLUTE : 1;
        LNN_ROLLED
        for (uint32_t i = 0; i < units; i++)
            h[i] = (int16_t)relaxed(pre + 2 * i, h[i], absolute, span);
    } else {
        lnn_relax(pre, h, units);
    }
    if (lnn_has_residual(layer)) {
        const int32_t *by = (const int32_t *)(const void *)(turn->model->data + layer->weights1);
        const int16_t *x = turn->x;
        int16_t *y = turn->y;
        const int32_t of_state = by[0], of_input = by[1];
        const uint32_t shift = layer->down1;
        const int32_t half = (int32_t)(1u << shift) >> 1;
        LNN_ROLLED
        for (uint32_t i = 0; i < units; i++)
            y[i] = (int16_t)lnn_sat8((h[i] * of_state + x[i] * of_input + half) >> shift);
        if (units & 1) y[units] = 0;
    } else {
        to_int8(turn);
    }
}
#endif

#ifdef LNN_USE_DENSE
/* y = relu(weights x); every step by itself. */
LNN_NOINLINE static void dense(const lnn_turn_t *turn) {
    const uint32_t units = turn->layer->units, relu = turn->layer->flags & 1;
    const lnn_product_t product =
        lnn_product_of(turn->model, turn->layer, 0, units, turn->layer->inputs);
    lnn_product(&product, turn->x, turn->pre);
#ifdef LNN_DSP
    const uint32_t *from = (const uint32_t *)(const void *)turn->pre, *end = from + (units + 1) / 2;
    uint32_t *to = (uint32_t *)(void *)turn->y, two;
    LNN_ROLLED
    while (from < end) { /* two values a word; 7 bits without sign: relu too */
        if (relu)
            __asm__("usat16 %0, #7, %1" : "=r"(two) : "r"(*from++));
        else
            __asm__("ssat16 %0, #8, %1" : "=r"(two) : "r"(*from++));
        *to++ = two;
    }
#else
    for (uint32_t i = 0; i < units; i++) {
        const int32_t y = turn->pre[i];
        turn->y[i] = (int16_t)lnn_sat8(relu && y < 0 ? 0 : y);
    }
#endif
    if (units & 1) turn->y[units] = 0;
}
#endif

#ifdef LNN_USE_LEAKY_POOL
/* Means that forget: pool[i] += rate (a y[i] - pool[i]) in Q8 of the int8 values y, and behind them
 * pool[units] += rate (a - pool[units]) in Q15, a = sigmoid(gate y). */
LNN_NOINLINE static void leaky_pool(const lnn_model_t *model, const lnn_layer_t *pool, const int16_t *y) {
    const lnn_product_t product = lnn_product_of(model, pool, 0, 1, pool->inputs);
    int32_t rate = pool->hidden; /* Q15 */
    int32_t *p = model->pool, *end = p + pool->units;
    int16_t gate;
    lnn_product(&product, y, &gate);
#ifdef LNN_USE_POLICY
    if (lnn_span(model) > 1) {
        rate = 32768 - lnn_power(32768 - rate, lnn_span(model));
        rate = rate < 32767 ? rate : 32767;
    }
#endif
    const int32_t open = lnn_sigmoid(gate);
    for (; p < end; p++) *p += lnn_halved(rate * (lnn_halved(open * *y++, 7) - *p), 15);
    *p += lnn_halved(rate * (open - *p), 15);
}
#endif

#ifdef LNN_USE_CFC
/* h = f1 + sigmoid(t) (f2 - f1) of a shared hidden layer; everything Q15. */
static void cfc(const lnn_turn_t *turn) {
    const lnn_layer_t *layer = turn->layer;
    const uint32_t units = layer->units, hidden = layer->hidden;
    int16_t *v = turn->pre, *b = v + lnn_even((uint32_t)layer->inputs + units + 1);
    int16_t *heads = b + lnn_even(hidden);
    const lnn_product_t shared = lnn_product_of(turn->model, layer, 0, hidden,
                                                (uint32_t)layer->inputs + units);
    const lnn_product_t out = lnn_product_of(turn->model, layer, 1, 3 * units, hidden);
    join(turn, v);
    lnn_product(&shared, v, b);
    for (uint32_t i = 0; i < hidden; i++) b[i] = lnn_to8(lnn_tanh_of_half(b[i]), 8);
    if (hidden & 1) b[hidden] = 0;
    lnn_product(&out, b, heads);
    for (uint32_t i = 0; i < units; i++) {
        const int32_t first = lnn_tanh_of_half(heads[2 * i]);
        const int32_t second = lnn_tanh_of_half(heads[2 * i + 1]);
        const int32_t gate = lnn_sigmoid(heads[2 * units + i]);
        turn->state[i] = (int16_t)(first + lnn_halved(gate * (second - first), 15));
    }
    to_int8(turn);
}
#endif

#ifdef LNN_USE_LSTM
/* cell = f cell + i g in Q(15 - shift); h = o tanh(cell) in Q15; rows i f g o of each unit. */
static void lstm(const lnn_turn_t *turn) {
    const lnn_layer_t *layer = turn->layer;
    const uint32_t units = layer->units, inputs = (uint32_t)layer->inputs + units;
    const uint32_t shift = layer->cell_shift;
    int16_t *v = turn->pre, *pre = v + lnn_even(inputs + 1);
    int16_t *cells = turn->state + lnn_even(units);
    const lnn_product_t product = lnn_product_of(turn->model, layer, 0, 4 * units, inputs);
    join(turn, v);
    lnn_product(&product, v, pre);
    for (uint32_t i = 0; i < units; i++, pre += 4) {
        const int32_t enter = lnn_sigmoid(pre[0]), forget = lnn_sigmoid(pre[1]);
        const int32_t new = lnn_tanh_of_half(pre[2]), leave = lnn_sigmoid(pre[3]);
        const int32_t cell = lnn_sat16(lnn_halved(forget * cells[i], 15)
                                       + lnn_halved(enter * new, 15 + shift));
        cells[i] = (int16_t)cell;
        const int32_t seen = lnn_tanh_of_half(lnn_sat16(lnn_left(cell, shift - 2)));
        turn->state[i] = (int16_t)lnn_halved(leave * seen, 15);
    }
    to_int8(turn);
}
#endif

#ifdef LNN_USE_GRU
/* h = n + z (h - n), n = tanh(W x + r (U h)); rows r z of each unit; everything Q15. */
static void gru(const lnn_turn_t *turn) {
    const lnn_layer_t *layer = turn->layer;
    const uint32_t units = layer->units, inputs = layer->inputs;
    int16_t *v = turn->pre, *gates = v + lnn_even(inputs + units + 1);
    int16_t *own = gates + 2 * units, *recalled = own + lnn_even(units);
    const lnn_product_t both = lnn_product_of(turn->model, layer, 0, 2 * units, inputs + units);
    const lnn_product_t from_x = lnn_product_of(turn->model, layer, 1, units, inputs);
    const lnn_product_t from_h = lnn_product_of(turn->model, layer, 2, units, units);
    join(turn, v);
    lnn_product(&both, v, gates);
    lnn_product(&from_x, turn->x, own);
    for (uint32_t i = 0; i < units; i++) v[i] = lnn_to8(turn->state[i], 8);
    if (units & 1) v[units] = 0;
    lnn_product(&from_h, v, recalled);
    for (uint32_t i = 0; i < units; i++) {
        const int32_t reset = lnn_sigmoid(gates[2 * i]), update = lnn_sigmoid(gates[2 * i + 1]);
        const int32_t new = lnn_tanh_of_half(
            lnn_sat16(own[i] + lnn_halved(reset * recalled[i], 15)));
        turn->state[i] = (int16_t)(new + lnn_halved(update * (turn->state[i] - new), 15));
    }
    to_int8(turn);
}
#endif

#ifdef LNN_USE_MIX
/* The past moves on by `steps` and each takes x in; past: [taps][units], the newest last. */
LNN_INLINE void remember(int16_t *past, const int16_t *x, uint32_t steps, uint32_t taps,
                         uint32_t units) {
    lnn_copy(past, past + steps * units, (taps - steps) * units);
    for (past += (taps - steps) * units; steps--; past += units) lnn_copy(past, x, units);
}

LNN_INLINE int16_t filtered(int32_t acc, int32_t factor, uint32_t up, uint32_t down) {
    const int32_t y = lnn_requantise(acc, factor, up, down);
    return (int16_t)lnn_sat8(y > 0 ? y : 0);
}

/* y = relu(causal depthwise convolution); state: the last inputs, [taps][units], newest last. */
LNN_NOINLINE static void mix(const lnn_turn_t *turn) {
    const lnn_layer_t *layer = turn->layer;
    const uint32_t units = layer->units, taps = layer->hidden, width = (units + 3u) & ~3u;
    const uint32_t up = layer->up, down = layer->down;
    const int8_t *weights = (const int8_t *)(turn->model->data + layer->weights); /* [taps][width] */
    const int32_t *bias = (const int32_t *)(const void *)(turn->model->data + layer->bias);
    const int16_t *factor = (const int16_t *)(const void *)(turn->model->data + layer->factor);
    int16_t *past = turn->state, *y = turn->y;
    uint32_t i = 0;
#ifdef LNN_USE_POLICY
    const uint32_t span = lnn_span(turn->model);
    remember(past, turn->x, span < taps ? span : taps, taps, units);
#else
    remember(past, turn->x, 1, taps, units);
#endif
#ifdef LNN_DSP
    if (units >= 4 && !(units & 1)) {
        lnn_filters_t fours = {past, weights, bias, factor, y, units / 4, 2 * units, width, taps, up,
                               (int32_t)(1u << down) >> 1, down};
        lnn_four_filters(&fours);
        i = units & ~3u;
    }
#endif
    for (; i < units; i++) {
        int32_t acc = bias[i];
        for (uint32_t k = 0; k < taps; k++) acc += weights[k * width + i] * past[k * units + i];
        y[i] = filtered(acc, factor[i], up, down);
    }
    if (units & 1) y[units] = 0;
}
#endif

/* Whether a layer shows its int16 state; else its int8 output. */
LNN_INLINE uint32_t lnn_state_seen(const lnn_layer_t *layer) {
    return layer->kind != LNN_MIX && layer->kind != LNN_DENSE;
}

#ifdef LNN_TRACE
/* What a layer shows of itself; returns the number for the next one. */
static uint32_t observe(const lnn_turn_t *turn, uint32_t number) {
    const uint32_t units = turn->layer->units;
    lnn_observe(number++, lnn_state_seen(turn->layer) ? turn->state : turn->y, units, 2);
    if (turn->layer->kind == LNN_LSTM)
        lnn_observe(number++, turn->state + lnn_even(units), units, 2);
    return number;
}
#endif

/* One frame through all step layers, and its state into the pool. */
LNN_NOINLINE void lnn_stage_layers(lnn_model_t *model) {
    const lnn_layer_t *layer = lnn_layers(model);
    lnn_turn_t turn = {model, layer, model->x, model->other, model->states,
                       (int16_t *)model->scratch};
#ifdef LNN_TRACE
    uint32_t number = 1;
#endif
    for (; !lnn_is_pool(layer->kind); layer++) {
        turn.layer = layer;
        switch (layer->kind) {
#ifdef LNN_USE_LINEAR_LTC
        case LNN_LINEAR_LTC: linear_ltc(&turn); break;
#endif
#ifdef LNN_USE_CFC
        case LNN_CFC: cfc(&turn); break;
#endif
#ifdef LNN_USE_LSTM
        case LNN_LSTM: lstm(&turn); break;
#endif
#ifdef LNN_USE_GRU
        case LNN_GRU: gru(&turn); break;
#endif
#ifdef LNN_USE_MIX
        case LNN_MIX: mix(&turn); break;
#endif
#ifdef LNN_USE_DENSE
        case LNN_DENSE: dense(&turn); break;
#endif
        default: break;
        }
#ifdef LNN_TRACE
        number = observe(&turn, number);
#endif
        if (!lnn_is_pool(layer[1].kind)) {
            turn.state += lnn_state_count(layer);
            turn.x = turn.y;
            turn.y = turn.y == model->other ? model->x : model->other;
        }
    }
#ifdef LNN_USE_LEAKY_POOL
    if (layer->kind == LNN_LEAKY_POOL) {
        leaky_pool(model, layer, turn.y);
        return;
    }
#endif
    const int16_t *gathered =
        lnn_state_seen(turn.layer) && !lnn_has_residual(turn.layer) ? turn.state : turn.y;
    const uint32_t last = layer->flags & 1; /* of the pool: the last step alone */
    int32_t *pool = model->pool, *end = pool + layer->inputs;
    if (last) lnn_zero((uint32_t *)(void *)pool, layer->inputs);
    LNN_ROLLED
    for (; pool < end; pool++) *pool += *gathered++;
}

#endif
