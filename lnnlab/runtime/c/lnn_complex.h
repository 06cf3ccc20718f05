/* Complex numbers of int16, packed: real part low, imaginary part high. */
#ifndef LNN_COMPLEX_H
#define LNN_COMPLEX_H

#include "lnn_internal.h"

#ifdef LNN_USE_SPECTRUM

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
LNN_PAIRED(mixed, "pkhbt")               /* low half of one, high of the other */
LNN_INLINE uint32_t tops(uint32_t low, uint32_t high) { /* the upper halves of both */
    uint32_t y;
    __asm__("pkhtb %0, %1, %2, asr #16" : "=r"(y) : "r"(high), "r"(low));
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
LNN_INLINE uint32_t mixed(uint32_t low, uint32_t high) { /* low half of one, high of the other */
    return (low & 0xffffu) | (high & 0xffff0000u);
}
#endif

/* x w / 2 of packed numbers. */
LNN_INLINE uint32_t turned(uint32_t x, uint32_t w) {
    return tops(real_product(x, w), imaginary_product(x, w));
}

/* z[M], M a power of two from 4, behind stages 1 and 2: the rest of the FFT, divided by M. twiddle:
 * [M / 2], Q15 */
void lnn_transform(uint32_t *z, uint32_t m, const uint32_t *twiddle);

#endif
#endif
