/* Functions, features and layers in float32. */
#include "lnn_float_internal.h"

/* ---- functions ---- */

static float from_bits(uint32_t bits) {
    union { uint32_t u; float f; } both;
    both.u = bits;
    return both.f;
}

/* e^x for x <= 0: 2^n by its bits, 2^f by a polynomial on -1/2 ... 1/2. */
static float exponential(float x) {
    if (!(x > -87.0f)) return 0.0f;
    const float y = x * 1.44269504f; /* log2(e) */
    const int32_t n = (int32_t)(y - 0.5f);
    /* x - n ln 2 in two parts, so that it stays exact */
    const float r = (x - (float)n * 0.693359375f) + (float)n * 2.12194440e-4f;
    const float p = 1.0f + r * (1.0f + r * (0.5f + r * (0.166666667f + r * (0.0416666667f
                  + r * (0.00833333333f + r * 0.00138888889f)))));
    return p * from_bits((uint32_t)(n + 127) << 23);
}

float lnn_float_sigmoid(float x) {
    const float e = exponential(x < 0.0f ? x : -x);
    return x < 0.0f ? e / (1.0f + e) : 1.0f / (1.0f + e);
}

float lnn_float_tanh(float x) {
    const float e = exponential(x < 0.0f ? 2.0f * x : -2.0f * x);
    const float t = (1.0f - e) / (1.0f + e);
    return x < 0.0f ? -t : t;
}

/* log2 of the mantissa by atanh's series on 1/sqrt(2) ... sqrt(2). */
float lnn_float_log2(float x) {
    union { float f; uint32_t u; } both;
    both.f = x;
    int32_t n = (int32_t)(both.u >> 23) - 127;
    float m = from_bits((both.u & 0x7fffffu) | 0x3f800000u);
    if (m > 1.41421356f) { m *= 0.5f; n++; }
    const float s = (m - 1.0f) / (m + 1.0f), q = s * s;
    const float series = 1.0f + q * (0.333333333f + q * (0.2f + q * (0.142857143f
                       + q * 0.111111111f)));
    return (float)n + 2.88539008f * s * series; /* 2 / ln 2 */
}

/* ---- features ---- */

/* z: [m][2], bit-reversed order in, spectrum out. */
static void transform(float *z, uint32_t m, const float *twiddle) {
    for (uint32_t half = 1; half < m; half *= 2)
        for (uint32_t k = 0; k < half; k++) {
            const float *w = twiddle + 2 * (k * (m / 2) / half);
            for (uint32_t g = k; g < m; g += 2 * half) {
                float *a = z + 2 * g, *b = a + 2 * half;
                const float re = b[0] * w[0] - b[1] * w[1], im = b[0] * w[1] + b[1] * w[0];
                b[0] = a[0] - re;
                b[1] = a[1] - im;
                a[0] += re;
                a[1] += im;
            }
        }
}

/* Power of bin k, 1 ... m, of 2 m real samples. */
static float power(const float *z, uint32_t m, uint32_t k, const float *split) {
    if (k == m) return 0.5f * (z[0] - z[1]) * (z[0] - z[1]);
    if (k == m / 2) return z[2 * k] * z[2 * k] + z[2 * k + 1] * z[2 * k + 1];
    const uint32_t j = k < m / 2 ? k : m - k, i = m - j;
    const float sr = 0.5f * (z[2 * j] + z[2 * i]), si = 0.5f * (z[2 * j + 1] + z[2 * i + 1]);
    const float dr = 0.5f * (z[2 * j] - z[2 * i]), di = 0.5f * (z[2 * j + 1] - z[2 * i + 1]);
    const float ur = split[2 * j], ui = split[2 * j + 1];
    const float tr = dr * ur - si * ui, ti = dr * ui + si * ur;
    const float re = k == j ? sr + tr : sr - tr, im = k == j ? di + ti : di - ti;
    return re * re + im * im;
}

/* One channel's log2 band powers. z: [frame / 2][2] scratch; logs: [bands] */
static void bands_of(const lnn_float_t *model, const int16_t *x, float *z, float *logs) {
    const feat_t *feat = feat_of(model);
    const uint32_t m = feat->frame / 2u, channels = feat->channels, bands = feat->bands;
    const float *window = floats_at(model, feat->window_at);
    const uint16_t *reversed =
        (const uint16_t *)(const void *)(model->data + feat->reversed_at);
    const uint16_t *edges = (const uint16_t *)(const void *)(model->data + feat->edges_at);
    const float scale = 16.0f / (3.0f * (float)feat->frame * (float)feat->frame);
    float total = 0.0f;
    for (uint32_t n = 0; n < m; n++) {
        float *to = z + 2u * reversed[n];
        to[0] = (float)x[2 * n * channels] * (1.0f / 32768.0f) * window[2 * n];
        to[1] = (float)x[(2 * n + 1) * channels] * (1.0f / 32768.0f) * window[2 * n + 1];
    }
    transform(z, m, floats_at(model, feat->twiddle_at));
    for (uint32_t b = 0; b < bands; b++) {
        float sum = 0.0f;
        for (uint32_t k = edges[b]; k < edges[b + 1]; k++)
            sum += power(z, m, k, floats_at(model, feat->split_at));
        logs[b] = lnn_float_log2(sum * scale + feat->floor);
        total += logs[b];
    }
    if (feat->flags & 1)
        for (uint32_t b = 0; b < bands; b++) logs[b] -= total / (float)bands;
}

/* frame: [frame][channels]; x: [features] */
void lnn_float_features(lnn_float_t *model, const int16_t *frame, float *x) {
    const feat_t *feat = feat_of(model);
    const float *offset = floats_at(model, feat->offset_at);
    const float *factor = floats_at(model, feat->factor_at);
    float *to = x;
    for (uint32_t channel = 0; channel < feat->channels; channel++) {
        if (feat->kind == LOG_BANDS) {
            bands_of(model, frame + channel, model->scratch, to);
            to += feat->bands;
        } else {
            for (uint32_t n = 0; n < feat->frame; n++)
                *to++ = (float)frame[n * feat->channels + channel] * (1.0f / 32768.0f);
        }
    }
    for (uint32_t f = 0; f < feat->features; f++) x[f] = (x[f] - offset[f]) * factor[f];
}

/* ---- layers ---- */

/* y[rows] = bias + weights x, weights [rows][inputs] */
void lnn_float_product(const lnn_float_t *model, const layer_t *layer, int which, uint32_t rows,
                       uint32_t inputs, const float *x, float *y) {
    const float *w = floats_at(model, layer->arrays[3 * which]);
    const float *bias = floats_at(model, layer->arrays[3 * which + 1]);
    for (uint32_t r = 0; r < rows; r++, w += inputs) {
        float sum = bias[r];
        for (uint32_t j = 0; j < inputs; j++) sum += w[j] * x[j];
        y[r] = sum;
    }
}

uint32_t lnn_float_state_count(const layer_t *layer) {
    if (layer->kind == LSTM) return 2u * layer->units; /* h, then the cell */
    if (layer->kind == MIX) return (uint32_t)layer->hidden * layer->units; /* [taps][units] */
    return layer->kind <= GRU ? layer->units : 0;
}

uint32_t lnn_float_scratch(const feat_t *feat, const layer_t *layers, uint32_t count) {
    uint32_t most = feat->kind == LOG_BANDS ? feat->frame : 0;
    for (uint32_t l = 0; l < count; l++) {
        const uint32_t n = layers[l].inputs, u = layers[l].units, hidden = layers[l].hidden;
        const uint32_t own = layers[l].kind == CONVOLUTION ? n * hidden
                           : n + 5 * u + (layers[l].kind == CFC ? hidden : 0);
        if (own > most) most = own;
    }
    return most;
}

static void mix(const lnn_float_t *model, const layer_t *layer, const float *x, float *past,
                float *y) {
    const uint32_t units = layer->units, taps = layer->hidden;
    const float *w = floats_at(model, layer->arrays[0]); /* [taps][units] */
    const float *bias = floats_at(model, layer->arrays[1]);
    for (uint32_t i = 0; i < (taps - 1) * units; i++) past[i] = past[i + units];
    for (uint32_t i = 0; i < units; i++) past[(taps - 1) * units + i] = x[i];
    for (uint32_t i = 0; i < units; i++) {
        float sum = bias[i];
        for (uint32_t k = 0; k < taps; k++) sum += w[k * units + i] * past[k * units + i];
        y[i] = sum > 0.0f ? sum : 0.0f;
    }
}

/* One step of a recurrent layer: h (and an LSTM's cell behind it) from x. */
static void recur(const lnn_float_t *model, const layer_t *layer, const float *x, float *h) {
    const uint32_t n = layer->inputs, u = layer->units;
    float *v = model->scratch, *pre = v + n + u; /* v: [x, h] */
    for (uint32_t i = 0; i < n; i++) v[i] = x[i];
    for (uint32_t i = 0; i < u; i++) v[n + i] = h[i];
    if (layer->kind == LINEAR_LTC) {
        lnn_float_product(model, layer, 0, 2 * u, n, x, pre);
        for (uint32_t i = 0; i < u; i++) {
            const float g = pre[2 * i + 1];
            const float goal = layer->flags & 1 ? (g < 0.0f ? -g : g) : lnn_float_tanh(g);
            h[i] += lnn_float_sigmoid(pre[2 * i]) * (goal - h[i]);
        }
    } else if (layer->kind == CFC) {
        float *heads = pre + layer->hidden;
        lnn_float_product(model, layer, 0, layer->hidden, n + u, v, pre);
        for (uint32_t i = 0; i < layer->hidden; i++) pre[i] = lnn_float_tanh(pre[i]);
        lnn_float_product(model, layer, 1, 3 * u, layer->hidden, pre, heads);
        for (uint32_t i = 0; i < u; i++) {
            const float first = lnn_float_tanh(heads[2 * i]);
            const float second = lnn_float_tanh(heads[2 * i + 1]);
            h[i] = first + lnn_float_sigmoid(heads[2 * u + i]) * (second - first);
        }
    } else if (layer->kind == LSTM) {
        lnn_float_product(model, layer, 0, 4 * u, n + u, v, pre);
        for (uint32_t i = 0; i < u; i++, pre += 4) {
            float *cell = h + u + i;
            *cell = lnn_float_sigmoid(pre[1]) * *cell
                  + lnn_float_sigmoid(pre[0]) * lnn_float_tanh(pre[2]);
            h[i] = lnn_float_sigmoid(pre[3]) * lnn_float_tanh(*cell);
        }
    } else { /* GRU; gates [2u], candidate's parts [u] each */
        float *own = pre + 2 * u, *recalled = own + u;
        lnn_float_product(model, layer, 0, 2 * u, n + u, v, pre);
        lnn_float_product(model, layer, 1, u, n, x, own);
        lnn_float_product(model, layer, 2, u, u, v + n, recalled);
        for (uint32_t i = 0; i < u; i++) {
            const float reset = lnn_float_sigmoid(pre[2 * i]);
            const float new = lnn_float_tanh(own[i] + reset * recalled[i]);
            h[i] = new + lnn_float_sigmoid(pre[2 * i + 1]) * (h[i] - new);
        }
    }
}

/* One frame through all step layers, and its state into the pool. */
void lnn_float_step(lnn_float_t *model) {
    const layer_t *layer = layers_of(model);
    const float *x = model->x;
    float *state = model->states, *y = model->other;
    for (; layer->kind < POOL; layer++) {
        if (layer->kind == MIX) {
            mix(model, layer, x, state, y);
            x = y;
            y = y == model->other ? model->x : model->other;
        } else {
            recur(model, layer, x, state);
            x = state;
        }
        state += lnn_float_state_count(layer);
    }
    for (uint32_t i = 0; i < layer->inputs; i++)
        model->pool[i] = x[i] + (layer->flags & 1 ? 0.0f : model->pool[i]);
}

static void convolve(lnn_float_t *model, const layer_t *layer, const float *in, float *out) {
    const uint32_t n = layer->inputs, u = layer->units, taps = layer->hidden;
    const uint32_t deep = layer->kind == DEPTHWISE;
    const float *w = floats_at(model, layer->arrays[0]);
    const float *bias = floats_at(model, layer->arrays[1]);
    for (uint32_t t = 0; t < layer->steps_out; t++, out += u) {
        const int32_t first = (int32_t)(t * layer->stride) - (int32_t)(taps / 2);
        for (uint32_t i = 0; i < u; i++) {
            out[i] = bias[i];
            LNN_LOOP;
        }
        for (uint32_t k = 0; k < taps; k++) {
            const int32_t at = first + (int32_t)k;
            if (at < 0 || at >= layer->steps_in) continue;
            const float *x = in + (uint32_t)at * n;
            for (uint32_t i = 0; i < u; i++) {
                if (deep) {
                    out[i] += w[k * u + i] * x[i];
                    continue;
                }
                const float *row = w + (i * taps + k) * n; /* [u][taps][n] */
                for (uint32_t j = 0; j < n; j++) out[i] += row[j] * x[j];
            }
        }
        if (layer->flags & 1)
            for (uint32_t i = 0; i < u; i++) out[i] = out[i] > 0.0f ? out[i] : 0.0f;
    }
}

/* A whole window through the convolutions, and its sum into the pool. */
void lnn_float_window(lnn_float_t *model) {
    const layer_t *layer = layers_of(model);
    uint32_t turn = 0;
    for (; layer->kind < POOL; layer++, turn ^= 1)
        convolve(model, layer, model->maps[turn], model->maps[turn ^ 1]);
    const float *map = model->maps[turn];
    const uint32_t units = layer->inputs, first = layer->flags & 1 ? layer->steps_in - 1u : 0;
    for (uint32_t i = 0; i < units; i++) {
        model->pool[i] = 0.0f;
        LNN_LOOP;
        for (uint32_t t = first; t < layer->steps_in; t++) model->pool[i] += map[t * units + i];
    }
}
