/* SPDX-License-Identifier: MIT
 *
 * A transform of one's own in place of the runtime's, for parts that have an FFT unit or a fast FPU.
 * `unit_fft` stands for the hardware; here it is an FFT in float. Its powers are closer to the true ones
 * than the runtime's, so they are not its bits: decisions have to be compared on recordings. */
#include "own_kernels.h"

enum { MOST_LENGTH = 1024 };

typedef struct {
    float re, im;
} complex_t;

static complex_t points[MOST_LENGTH]; /* [length] */

/* e^(-2 pi i / 2^j) for j = 1 ... 10 */
static const complex_t roots[] = {
    {-1.0f, 0.0f}, {0.0f, -1.0f}, {0.70710678f, -0.70710678f},
    {0.92387953f, -0.38268343f}, {0.98078528f, -0.19509032f}, {0.99518473f, -0.09801714f},
    {0.99879546f, -0.04906767f}, {0.99969882f, -0.02454123f}, {0.99992470f, -0.01227154f},
    {0.99998118f, -0.00613588f}
};

static complex_t times(complex_t a, complex_t b) {
    const complex_t y = {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
    return y;
}

/* In place, decimation in frequency: bin k ends at the place whose number is k with its bits in
 * reverse order. */
static void unit_fft(uint32_t length) {
    uint32_t stage = 0;
    while (2u << stage < length) stage++; /* length = 2^(stage + 1) */
    for (uint32_t half = length / 2; half; half /= 2, stage--) {
        complex_t root = {1.0f, 0.0f};
        for (uint32_t k = 0; k < half; k++, root = times(root, roots[stage]))
            for (uint32_t first = k; first < length; first += 2 * half) {
                complex_t *a = points + first, *b = a + half;
                const complex_t sum = {a->re + b->re, a->im + b->im};
                const complex_t difference = {a->re - b->re, a->im - b->im};
                *a = sum;
                *b = times(difference, root);
            }
    }
}

/* k with its bits in reverse order, of numbers below `length` */
static uint32_t reversed(uint32_t k, uint32_t length) {
    uint32_t place = 0;
    for (uint32_t bit = 1; bit < length; bit *= 2, k /= 2) place = 2 * place + (k & 1);
    return place;
}

/* The largest shift that leaves the sign bits of all samples alone. */
static uint32_t headroom(const lnn_transform_t *transform, const int16_t *x) {
    int32_t most = 0;
    uint32_t e = 0;
    for (uint32_t n = 0; n < transform->length; n++) {
        const int32_t sample = x[n * transform->channels];
        most |= sample < 0 ? ~sample : sample;
    }
    while (e < transform->most_shift && most << (e + 1) < 32768) e++;
    return e;
}

uint32_t lnn_own_spectrum(const lnn_transform_t *transform, const int16_t *x, uint32_t *z) {
    const uint32_t length = transform->length, half = length / 2, e = headroom(transform, x);
    const float scale = (float)(1u << e) / 65536.0f / (float)half;
    for (uint32_t n = 0; n < length; n++) {
        points[n].re = (float)x[n * transform->channels] * (float)transform->window[n] * scale;
        points[n].im = 0.0f;
    }
    unit_fft(length);
    for (uint32_t k = 1; k <= half; k++) {
        const complex_t bin = points[reversed(k, length)];
        const float power = bin.re * bin.re + bin.im * bin.im;
        z[k] = (uint32_t)((k < half ? power : power / 2) + 0.5f);
    }
    own_counts.spectra++;
    own_counts.samples += length;
    return e;
}
