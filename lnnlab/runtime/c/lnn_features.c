/* Samples to int8 features: raw frames, the spectrum, log2 of the energy in bands (FORMAT.md,
 * section 2); what lies on the mel scale is in lnn_mel.c. */
#include "lnn_internal.h"

LNN_INLINE const int16_t *array16(const uint8_t *data, uint32_t at) {
    return (const int16_t *)(const void *)(data + at);
}

#ifdef LNN_USE_SPECTRUM

/* Complex numbers are packed: real part low, imaginary part high. */
#ifdef LNN_DSP
#define LNN_PAIRED(name, instruction) \
    LNN_INLINE uint32_t name(uint32_t a, uint32_t b) { \
        uint32_t y; \
        __asm__(instruction " %0, %1, %2" : "=r"(y) : "r"(a), "r"(b)); \
        return y; \
    }
LNN_PAIRED(half_sum, "shadd16")          /* (a + b) >> 1 */
LNN_PAIRED(half_difference, "shsub16")   /* (a - b) >> 1 */
LNN_PAIRED(half_sum_turned, "shsax")     /* (a - i b) >> 1: (re + im, im - re) */
LNN_PAIRED(half_difference_turned, "shasx") /* (a + i b) >> 1: (re - im, im + re) */
LNN_PAIRED(sum, "sadd16")
LNN_PAIRED(difference, "ssub16")
LNN_PAIRED(real_product, "smusd")        /* re re - im im */
LNN_PAIRED(imaginary_product, "smuadx")  /* re im + im re */
LNN_PAIRED(squares, "smuad")             /* re re + im im */
LNN_INLINE uint32_t tops(uint32_t low, uint32_t high) { /* the upper halves of both */
    uint32_t y;
    __asm__("pkhtb %0, %1, %2, asr #16" : "=r"(y) : "r"(high), "r"(low));
    return y;
}
LNN_INLINE uint32_t mixed(uint32_t low, uint32_t high) { /* low half of one, high of the other */
    uint32_t y;
    __asm__("pkhbt %0, %1, %2" : "=r"(y) : "r"(low), "r"(high));
    return y;
}
#else
LNN_INLINE uint32_t half_sum(uint32_t a, uint32_t b) {
    return lnn_pack((lnn_low(a) + lnn_low(b)) >> 1, (lnn_high(a) + lnn_high(b)) >> 1);
}
LNN_INLINE uint32_t half_difference(uint32_t a, uint32_t b) {
    return lnn_pack((lnn_low(a) - lnn_low(b)) >> 1, (lnn_high(a) - lnn_high(b)) >> 1);
}
LNN_INLINE uint32_t half_sum_turned(uint32_t a, uint32_t b) {
    return lnn_pack((lnn_low(a) + lnn_high(b)) >> 1, (lnn_high(a) - lnn_low(b)) >> 1);
}
LNN_INLINE uint32_t half_difference_turned(uint32_t a, uint32_t b) {
    return lnn_pack((lnn_low(a) - lnn_high(b)) >> 1, (lnn_high(a) + lnn_low(b)) >> 1);
}
LNN_INLINE uint32_t sum(uint32_t a, uint32_t b) {
    return lnn_pack(lnn_low(a) + lnn_low(b), lnn_high(a) + lnn_high(b));
}
LNN_INLINE uint32_t difference(uint32_t a, uint32_t b) {
    return lnn_pack(lnn_low(a) - lnn_low(b), lnn_high(a) - lnn_high(b));
}
LNN_INLINE uint32_t real_product(uint32_t a, uint32_t b) {
    return (uint32_t)(lnn_low(a) * lnn_low(b)) - (uint32_t)(lnn_high(a) * lnn_high(b));
}
LNN_INLINE uint32_t imaginary_product(uint32_t a, uint32_t b) {
    return (uint32_t)(lnn_low(a) * lnn_high(b)) + (uint32_t)(lnn_high(a) * lnn_low(b));
}
LNN_INLINE uint32_t squares(uint32_t a, uint32_t unused) {
    (void)unused;
    return (uint32_t)(lnn_low(a) * lnn_low(a)) + (uint32_t)(lnn_high(a) * lnn_high(a));
}
LNN_INLINE uint32_t tops(uint32_t low, uint32_t high) { return (low >> 16) | (high & 0xffff0000u); }
LNN_INLINE uint32_t mixed(uint32_t low, uint32_t high) {
    return (low & 0xffffu) | (high & 0xffff0000u);
}
#endif

#define LNN_CHANGES(k) (pair[k] ^ (pair[k] << 1)) /* where the bits of two samples change */

/* The largest left shift, at most `most`, that leaves the sign bit of every sample alone. */
LNN_NOINLINE static uint32_t headroom(const int16_t *x, uint32_t length, uint32_t channels, uint32_t most) {
    uint32_t bits = 0, zeros;
    if (channels == 1 && !((uintptr_t)x & 3)) { /* two samples a word: where bits change */
        const uint32_t *pair = (const uint32_t *)(const void *)x, *end = pair + length / 2;
        for (; end - pair >= 8; pair += 8)
            bits |= LNN_CHANGES(0) | LNN_CHANGES(1) | LNN_CHANGES(2) | LNN_CHANGES(3)
                  | LNN_CHANGES(4) | LNN_CHANGES(5) | LNN_CHANGES(6) | LNN_CHANGES(7);
        LNN_ROLLED
        for (; pair < end; pair++) bits |= LNN_CHANGES(0);
        bits = ((bits | (bits >> 16)) & 0xffffu) >> 1;
    } else {
        LNN_ROLLED
        for (uint32_t n = 0; n < length; n++, x += channels)
            bits |= (uint32_t)(*x ^ (*x >> 15));
    }
    if (!bits) return most;
    zeros = lnn_leading_zeros(bits) - 17;
    return zeros < most ? zeros : most;
}

#ifdef LNN_DSP
/* Two samples by two weights, each (x w + half) 2^e, the upper halves. */
LNN_INLINE uint32_t weighted(uint32_t two, uint32_t w, int32_t half, uint32_t e) {
    int32_t re, im;
    __asm__("smlabb %0, %1, %2, %3" : "=r"(re) : "r"(two), "r"(w), "r"(half));
    __asm__("smlatt %0, %1, %2, %3" : "=r"(im) : "r"(two), "r"(w), "r"(half));
    return tops((uint32_t)lnn_left(re, e), (uint32_t)lnn_left(im, e));
}
#endif

/* y = x 2^e window, Q15 in, Q14 out; pairs go to bit-reversed places. z: [frame / 2] */
LNN_NOINLINE static void windowed(const int16_t *x, uint32_t channels, uint32_t e, const int16_t *window,
                         const uint16_t *reversed, uint32_t m, uint32_t *z) {
    const int32_t half = 32768 >> e; /* (x w + half) 2^e is x 2^e w + 32768, exactly */
#ifdef LNN_DSP
    if (channels == 1 && !((uintptr_t)x & 3)) { /* two samples and two weights a word */
        const uint32_t *pair = (const uint32_t *)(const void *)x;
        const uint32_t *by = (const uint32_t *)(const void *)window;
        for (const uint16_t *end = reversed + m; reversed < end; reversed += 2) {
            const uint32_t first = pair[0], second = pair[1], w = by[0], v = by[1];
            pair += 2;
            by += 2;
            z[reversed[0]] = weighted(first, w, half, e);
            z[reversed[1]] = weighted(second, v, half, e);
        }
        return;
    }
#endif
    for (const uint16_t *end = reversed + m; reversed < end; reversed++) {
        const int32_t re = lnn_left(x[0] * window[0] + half, e);
        const int32_t im = lnn_left(x[channels] * window[1] + half, e);
        z[*reversed] = tops((uint32_t)re, (uint32_t)im);
        x += 2 * channels;
        window += 2;
    }
}

/* One butterfly of a later stage: a and b become a / 2 + b w / 2 and a / 2 - b w / 2. */
#define LNN_BUTTERFLY(a, b, w) \
    do { \
        const uint32_t t_ = tops(real_product(b, w), imaginary_product(b, w)); \
        const uint32_t h_ = half_sum(a, 0); \
        a = sum(h_, t_); \
        b = difference(h_, t_); \
    } while (0)

/* Two stages in one pass over z, of half and 2 half: each value is read and written once. */
LNN_NOINLINE static void two_stages(uint32_t *z, uint32_t m, const uint32_t *twiddle, uint32_t half) {
    const uint32_t stride = m / (4 * half), *w = twiddle, *end = z + m;
    for (uint32_t k = 0; k < half; k++, w += stride, twiddle += 2 * stride) {
        const uint32_t first = twiddle[0], low = w[0], high = w[m / 4];
        uint32_t *p = z++;
        do {
            uint32_t *q = p + half, a = p[0], b = q[0];
            LNN_BUTTERFLY(a, b, first);
            uint32_t c = q[half], d = q[2 * half];
            LNN_BUTTERFLY(c, d, first);
            LNN_BUTTERFLY(a, c, low);
            LNN_BUTTERFLY(b, d, high);
            p[0] = a;
            q[0] = b;
            q[half] = c;
            q[2 * half] = d;
            p = q + 3 * half;
        } while (p < end);
    }
}

/* z[M], M a power of two from 4: FFT of bit-reversed values in place, divided by M. */
LNN_INLINE void transform(uint32_t *z, uint32_t m, const uint32_t *twiddle) {
    for (uint32_t *p = z; p < z + m; p += 4) { /* stages 1 and 2 */
        const uint32_t a = half_sum(p[0], p[1]), b = half_difference(p[0], p[1]);
        const uint32_t c = half_sum(p[2], p[3]), d = half_difference(p[2], p[3]);
        p[0] = half_sum(a, c);
        p[1] = half_sum_turned(b, d);
        p[2] = half_difference(a, c);
        p[3] = half_difference_turned(b, d);
    }
    uint32_t half = 4;
    for (; 2 * half < m; half *= 4) two_stages(z, m, twiddle, half);
    if (half < m) /* one stage is left: half = M / 2 */
        for (uint32_t *p = z, *end = z + half; p < end; p++) {
            const uint32_t w = *twiddle++;
            LNN_BUTTERFLY(p[0], p[half], w);
        }
}

/* z[M] becomes the power of bins, k in z[k] from 1 to M; z[M] lies behind the transform. */
LNN_NOINLINE static void to_power(uint32_t *z, uint32_t m, const uint32_t *split) {
    uint32_t *up = z + 1, *down = z + m - 1;
    const int32_t last = lnn_low(z[0]) - lnn_high(z[0]);
    for (split++; up < down; up++, down--) {
        const uint32_t low = *up, high = *down, u = *split++;
        const uint32_t s = half_sum(low, high), d = half_difference(low, high);
        const uint32_t even = mixed(s, d), odd = mixed(d, s);
        const uint32_t t = tops(real_product(odd, u) << 1, imaginary_product(odd, u) << 1);
        const uint32_t x = sum(even, t), y = difference(even, t);
        *up = squares(x, x);
        *down = squares(y, y);
    }
    *up = squares(*up, *up);
    z[m] = ((uint32_t)last * (uint32_t)last) >> 1;
}

LNN_NOINLINE uint32_t lnn_spectrum(const lnn_feat_t *feat, const uint8_t *data, const int16_t *x,
                                   uint32_t *z) {
    const uint32_t frame = feat->frame, m = frame / 2, channels = feat->channels;
    const uint32_t e = headroom(x, frame, channels, feat->most_shift);
    windowed(x, channels, e, array16(data, feat->window_at),
             (const uint16_t *)(const void *)(data + feat->reversed_at), m, z);
    transform(z, m, (const uint32_t *)(const void *)(data + feat->twiddle_at));
    to_power(z, m, (const uint32_t *)(const void *)(data + feat->split_at));
    return e;
}

#endif

#ifdef LNN_USE_LOG_BANDS

/* One channel: x[frame] with `channels` between its samples; z: [frame / 2 + 1] scratch; logs:
 * [bands], Q10. */
LNN_NOINLINE static void band_logs(const lnn_feat_t *feat, const uint8_t *data, const int16_t *x,
                                   uint32_t *z, int32_t *logs) {
    const uint32_t bands = feat->bands, e = lnn_spectrum(feat, data, x, z);
    const uint16_t *edges = (const uint16_t *)(const void *)(data + feat->edges_at);
    const uint32_t floor = feat->floor << (2 * e), *p = z + edges[0];
    const int32_t shifted = 2048 * (int32_t)e;
    int32_t total = 0;
    LNN_ROLLED
    for (uint32_t band = 0; band < bands; band++) {
        const uint32_t *end = z + edges[band + 1];
        uint32_t power = floor;
        LNN_ROLLED
        while (p < end) power += *p++;
        logs[band] = lnn_log2_q10(power) - shifted;
        total += logs[band];
    }
    if (feat->flags & 1) {
        const int32_t mean = (int32_t)(((int64_t)total * (int32_t)feat->reciprocal + 32768) >> 16);
        LNN_ROLLED
        for (uint32_t band = 0; band < bands; band++) logs[band] -= mean;
    }
}

#endif

LNN_INLINE int16_t affine(int32_t v, int32_t offset, int32_t factor, uint32_t shift) {
    return (int16_t)lnn_sat8(lnn_halved((v - offset) * factor, shift));
}

/* frame: [frame][channels] samples. Writes model->x: [features], int8 values. */
LNN_NOINLINE void lnn_stage_features(lnn_model_t *model, const int16_t *frame) {
    const lnn_feat_t *feat = lnn_feat(model);
    const int16_t *offset = array16(model->data, feat->offset_at);
    const int16_t *factor = array16(model->data, feat->factor_at);
    const uint32_t channels = feat->channels, shift = feat->shift;
    int16_t *q = model->x;
#ifdef LNN_USE_SPECTRUM
    if (feat->kind != LNN_RAW) {
        const uint32_t own = feat->features / channels; /* features of one channel */
        uint32_t *z = (uint32_t *)model->scratch;
        int32_t *logs = (int32_t *)(void *)(z + feat->frame / 2 + 1); /* [bands] */
        LNN_ROLLED
        for (uint32_t channel = 0; channel < channels; channel++) {
#ifdef LNN_USE_LOG_BANDS
            if (feat->kind == LNN_LOG_BANDS) band_logs(feat, model->data, frame + channel, z, logs);
#endif
#ifdef LNN_USE_MEL
            if (feat->kind != LNN_LOG_BANDS) {
                const uint32_t e = lnn_spectrum(feat, model->data, frame + channel, z);
                lnn_mel(feat, model->data, z, e, logs, model->levels + 2 * channel * feat->bands,
                        !model->step);
            }
#endif
            LNN_ROLLED
            for (uint32_t k = 0; k < own; k++)
                *q++ = affine(logs[k], *offset++, *factor++, shift);
        }
    }
#endif
#ifdef LNN_USE_RAW
    if (feat->kind == LNN_RAW)
        for (uint32_t channel = 0; channel < channels; channel++)
            for (uint32_t n = 0; n < feat->frame; n++)
                *q++ = affine(frame[n * channels + channel], *offset++, *factor++, shift);
#endif
    if (feat->features & 1) *q = 0; /* the kernels read two at a time */
#ifdef LNN_TRACE
    lnn_observe(0, model->x, feat->features, 2);
#endif
}
