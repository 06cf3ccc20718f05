/* The layers that run over a whole window: convolutions along time (FORMAT.md, section 3).
 *
 * Activations of a window are maps of int8, [step][channel], in two buffers that take turns.
 */
#include "lnn_internal.h"

#ifdef LNN_USE_WINDOW

#ifdef LNN_DSP
LNN_INLINE uint32_t even_bytes(uint32_t w) { /* bytes 0 and 2, sign-extended to halves */
    uint32_t y;
    __asm__("sxtb16 %0, %1" : "=r"(y) : "r"(w));
    return y;
}
LNN_INLINE uint32_t odd_bytes(uint32_t w) { /* bytes 1 and 3 */
    uint32_t y;
    __asm__("sxtb16 %0, %1, ror #8" : "=r"(y) : "r"(w));
    return y;
}
LNN_INLINE int32_t low_times(uint32_t a, uint32_t b, int32_t acc) {
    int32_t y;
    __asm__("smlabb %0, %1, %2, %3" : "=r"(y) : "r"(a), "r"(b), "r"(acc));
    return y;
}
LNN_INLINE int32_t high_times(uint32_t a, uint32_t b, int32_t acc) {
    int32_t y;
    __asm__("smlatt %0, %1, %2, %3" : "=r"(y) : "r"(a), "r"(b), "r"(acc));
    return y;
}
#endif

LNN_INLINE int8_t rectified(int32_t y, uint32_t relu) {
#ifdef LNN_DSP
    if (relu) { /* clamps to 0 ... 127 at once */
        __asm__("usat %0, #7, %1" : "=r"(y) : "r"(y) : "cc");
        return (int8_t)y;
    }
#endif
    return (int8_t)lnn_sat8(relu && y < 0 ? 0 : y);
}

/* count int8 values as int16; from and to aligned to 4 bytes where the count is a multiple of 4. */
LNN_INLINE void widen(const int8_t *from, int16_t *to, uint32_t count) {
#ifdef LNN_DSP
    if (!(count & 3) && !((uintptr_t)from & 3)) {
        const uint32_t *word = (const uint32_t *)(const void *)from, *end = word + count / 4;
        uint32_t *pair = (uint32_t *)(void *)to;
        for (; word < end; pair += 2) {
            const uint32_t four = *word++, even = even_bytes(four), odd = odd_bytes(four);
            uint32_t first, second;
            __asm__("pkhbt %0, %1, %2, lsl #16" : "=r"(first) : "r"(even), "r"(odd));
            __asm__("pkhtb %0, %1, %2, asr #16" : "=r"(second) : "r"(odd), "r"(even));
            pair[0] = first;
            pair[1] = second;
        }
        return;
    }
#endif
    for (uint32_t i = 0; i < count; i++) to[i] = from[i];
}

#ifdef LNN_USE_CONVOLUTION
/* columns: [taps * inputs rounded up to even], what the kernel sees at one step; then pre: [units] */
static void convolution(const lnn_model_t *model, const lnn_layer_t *layer, const int8_t *in,
                        int8_t *out) {
    const uint32_t inputs = layer->inputs, taps = layer->hidden, length = taps * inputs;
    const uint32_t units = layer->units, relu = layer->flags & 1;
    int16_t *columns = (int16_t *)model->scratch, *pre = columns + lnn_even(length);
    const lnn_product_t product = lnn_product_of(model, layer, 0, units, length);
    for (uint32_t t = 0; t < layer->steps_out; t++) {
        int32_t first = (int32_t)(t * layer->stride) - (int32_t)(taps / 2);
        if (first >= 0 && (uint32_t)first + taps <= layer->steps_in) {
            const int8_t *from = in + (uint32_t)first * inputs;
            widen(from, columns, length);
        } else {
            int16_t *to = columns;
            for (uint32_t k = 0; k < taps; k++, first++)
                for (uint32_t i = 0; i < inputs; i++) {
                    *to++ = first < 0 || first >= layer->steps_in
                          ? 0 : in[first * (int32_t)inputs + (int32_t)i];
                    LNN_LOOP;
                }
        }
        if (length & 1) columns[length] = 0;
        lnn_product(&product, columns, pre);
        for (const int16_t *y = pre, *end = pre + units; y < end; y++) *out++ = rectified(*y, relu);
    }
}
#endif

#ifdef LNN_USE_DEPTHWISE
static void depthwise(const lnn_model_t *model, const lnn_layer_t *layer, const int8_t *in,
                      int8_t *out) {
    const uint32_t units = layer->units, taps = layer->hidden, width = (units + 3u) & ~3u;
    const uint32_t relu = layer->flags & 1, up = layer->up, down = layer->down;
    const int8_t *weights = (const int8_t *)(model->data + layer->weights); /* [taps][width] */
    const int32_t *bias = (const int32_t *)(const void *)(model->data + layer->bias);
    const int16_t *factor = (const int16_t *)(const void *)(model->data + layer->factor);
    for (uint32_t t = 0; t < layer->steps_out; t++, out += units) {
        const int32_t first = (int32_t)(t * layer->stride) - (int32_t)(taps / 2);
        const uint32_t low = first < 0 ? (uint32_t)-first : 0; /* taps inside the map */
        const uint32_t beyond = (uint32_t)(layer->steps_in - first);
        const uint32_t high = taps < beyond ? taps : beyond;
        const int8_t *from = in + (first + (int32_t)low) * (int32_t)units;
        const int8_t *weight = weights + low * width;
        uint32_t i = 0;
#ifdef LNN_DSP
        for (; i + 4 <= units && !(units & 3); i += 4) { /* four channels: a word of both */
            int32_t a = bias[i], b = bias[i + 1], c = bias[i + 2], d = bias[i + 3];
            const int8_t *x = from + i, *w = weight + i;
            for (uint32_t k = low; k < high; k++, x += units, w += width) {
                const uint32_t four = *(const uint32_t *)(const void *)x;
                const uint32_t by = *(const uint32_t *)(const void *)w;
                const uint32_t xe = even_bytes(four), we = even_bytes(by);
                const uint32_t xo = odd_bytes(four), wo = odd_bytes(by);
                a = low_times(xe, we, a);
                c = high_times(xe, we, c);
                b = low_times(xo, wo, b);
                d = high_times(xo, wo, d);
            }
            out[i] = rectified(lnn_requantise(a, factor[i], up, down), relu);
            out[i + 1] = rectified(lnn_requantise(b, factor[i + 1], up, down), relu);
            out[i + 2] = rectified(lnn_requantise(c, factor[i + 2], up, down), relu);
            out[i + 3] = rectified(lnn_requantise(d, factor[i + 3], up, down), relu);
        }
#endif
        for (; i < units; i++) {
            int32_t acc = bias[i];
            for (uint32_t k = low, at = i; k < high; k++, at += units)
                acc += from[at] * weight[(k - low) * width + i];
            out[i] = rectified(lnn_requantise(acc, factor[i], up, down), relu);
        }
    }
}
#endif

/* A whole window through the convolutions, and its sum into the pool. */
LNN_NOINLINE void lnn_window_layers(lnn_model_t *model) {
    const lnn_layer_t *layer = lnn_layers(model);
    uint32_t turn = 0;
#ifdef LNN_TRACE
    uint32_t number = 1;
#endif
    for (; layer->kind != LNN_POOL; layer++, turn ^= 1) {
        const int8_t *in = model->maps[turn];
        int8_t *out = model->maps[turn ^ 1];
#ifdef LNN_USE_CONVOLUTION
        if (layer->kind == LNN_CONVOLUTION) convolution(model, layer, in, out);
#endif
#ifdef LNN_USE_DEPTHWISE
        if (layer->kind == LNN_DEPTHWISE) depthwise(model, layer, in, out);
#endif
#ifdef LNN_TRACE
        lnn_observe(number++, out, (uint32_t)layer->steps_out * layer->units, 1);
#endif
    }
    const int8_t *map = model->maps[turn]; /* [steps][units] */
    const uint32_t units = layer->inputs, last = layer->flags & 1;
    lnn_zero((uint32_t *)(void *)model->pool, units);
    for (uint32_t t = last ? layer->steps_in - 1u : 0; t < layer->steps_in; t++)
        for (uint32_t i = 0; i < units; i++) model->pool[i] += map[t * units + i];
}

#endif
