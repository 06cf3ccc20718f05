/* The matrix-vector product of int8 rows and int8 activations, requantised to int16.
 *
 * Two rows share a halfword as 256 * odd + even. The sum over the halfwords is 256 * B + A, the sum
 * over their sign-extended low bytes is A, so B is the difference shifted right by 8, exactly, while
 * |w| <= 127 and there are at most 514 inputs. With packed int16 instructions that is two
 * multiply-accumulates of two columns each for four weights.
 */
#include "lnn_internal.h"

#ifdef LNN_DSP

LNN_INLINE int32_t smlad(uint32_t a, uint32_t b, int32_t sum) {
    int32_t y;
    __asm__("smlad %0, %1, %2, %3" : "=r"(y) : "r"(a), "r"(b), "r"(sum));
    return y;
}

LNN_INLINE uint32_t low_bytes(uint32_t w) { /* the low byte of each half, sign-extended */
    uint32_t y;
    __asm__("sxtb16 %0, %1" : "=r"(y) : "r"(w));
    return y;
}

/* One row pair; `words` is half the columns. sums: [2] = A, 256 * B + A */
#define LNN_COLUMNS(w, x, both, low) \
    do { \
        both = smlad(w, x, both); \
        low = smlad(low_bytes(w), x, low); \
    } while (0)

LNN_INLINE void two_rows(const uint32_t *w, const uint32_t *x, uint32_t words, int32_t sums[2]) {
    int32_t both = 0, low = 0;
    while (words--) {
        const uint32_t pair = *x++, a = *w++;
        LNN_COLUMNS(a, pair, both, low);
    }
    sums[0] = low;
    sums[1] = (both - low) >> 8;
}

/* Two row pairs at once: the activations are read once for four rows. */
LNN_INLINE void four_rows(const uint32_t *w, const uint32_t *x, uint32_t words, int32_t sums[4]) {
    const uint32_t *v = w + words;
    int32_t both = 0, low = 0, both2 = 0, low2 = 0;
    uint32_t fours = words >> 2;
    words &= 3;
    while (fours--) {
        uint32_t x0 = x[0], x1 = x[1], a0 = w[0], a1 = w[1], b0 = v[0], b1 = v[1];
        LNN_COLUMNS(a0, x0, both, low);
        LNN_COLUMNS(b0, x0, both2, low2);
        LNN_COLUMNS(a1, x1, both, low);
        LNN_COLUMNS(b1, x1, both2, low2);
        x0 = x[2], x1 = x[3], a0 = w[2], a1 = w[3], b0 = v[2], b1 = v[3];
        LNN_COLUMNS(a0, x0, both, low);
        LNN_COLUMNS(b0, x0, both2, low2);
        LNN_COLUMNS(a1, x1, both, low);
        LNN_COLUMNS(b1, x1, both2, low2);
        x += 4, w += 4, v += 4;
    }
    while (words--) {
        const uint32_t pair = *x++, a = *w++, b = *v++;
        LNN_COLUMNS(a, pair, both, low);
        LNN_COLUMNS(b, pair, both2, low2);
    }
    sums[0] = low;
    sums[1] = (both - low) >> 8;
    sums[2] = low2;
    sums[3] = (both2 - low2) >> 8;
}

#else

LNN_INLINE void two_rows(const uint32_t *w, const uint32_t *x, uint32_t words, int32_t sums[2]) {
    const int16_t *weight = (const int16_t *)(const void *)w;
    const int16_t *value = (const int16_t *)(const void *)x;
    int32_t both = 0, low = 0;
    for (uint32_t j = 0; j < 2 * words; j++) {
        both += weight[j] * value[j];
        low += (int8_t)(weight[j] & 255) * value[j];
    }
    sums[0] = low;
    sums[1] = (both - low) >> 8;
}

LNN_INLINE void four_rows(const uint32_t *w, const uint32_t *x, uint32_t words, int32_t sums[4]) {
    two_rows(w, x, words, sums);
    two_rows(w + words, x, words, sums + 2);
}

#endif

/* y[rows] = sat16(requantised(bias + weights * x)); x: [inputs rounded up to even], the odd end 0. */
LNN_NOINLINE void lnn_product(const lnn_product_t *product, const int16_t *x, int16_t *y) {
    const uint32_t words = lnn_even(product->inputs) / 2;
    const uint32_t *w = (const uint32_t *)(const void *)product->weights;
    const uint32_t *pairs = (const uint32_t *)(const void *)x;
    const int32_t *bias = product->bias;
    const int16_t *factor = product->factor;
    const uint32_t up = product->up, down = product->down;
    uint32_t rows = product->rows;
    int32_t sums[4];
    for (; rows >= 4; rows -= 4) {
        four_rows(w, pairs, words, sums);
        w += 2 * words;
        for (uint32_t r = 0; r < 4; r++)
            *y++ = (int16_t)lnn_sat16(lnn_requantise(sums[r] + *bias++, *factor++, up, down));
    }
    while (rows) {
        const uint32_t some = rows < 2 ? rows : 2;
        two_rows(w, pairs, words, sums);
        w += words;
        for (uint32_t r = 0; r < some; r++)
            *y++ = (int16_t)lnn_sat16(lnn_requantise(sums[r] + *bias++, *factor++, up, down));
        rows -= some;
    }
}
