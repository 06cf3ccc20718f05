/* A frame's spectrum: window, FFT, power of the bins (FORMAT.md, section 2, steps 1 to 5); the FFT's
 * later stages are in lnn_transform.c.
 *
 * On cores with packed int16 instructions the loops are assembly: compilers run out of registers.
 */
#include "lnn_complex.h"

#ifdef LNN_USE_SPECTRUM
#ifdef LNN_OWN_SPECTRUM

uint32_t lnn_spectrum(const lnn_feat_t *feat, const uint8_t *data, const int16_t *x, uint32_t *z) {
    lnn_transform_t transform;
    transform.window = (const int16_t *)(const void *)(data + feat->window_at);
    transform.length = feat->frame; /* of one part, where a frame has several */
    transform.channels = feat->channels;
    transform.most_shift = feat->most_shift;
    return lnn_own_spectrum(&transform, x, z);
}

#else

/* Where the bits of two samples change. */
LNN_INLINE uint32_t changes(uint32_t pair) { return pair ^ (pair << 1); }

#ifdef LNN_DSP
#define LNN_CHANGES(x) "eor " x ", " x ", " x ", lsl #1\n\torr %[bits], %[bits], " x "\n\t"
/* The same of eight pairs at once, joined into bits. */
LNN_INLINE void eight_changes(const uint32_t **pairs, uint32_t *bits) {
    __asm__ volatile(
        "ldmia %[pairs]!, {r2-r5, r8-r11}\n\t"
        LNN_CHANGES("r2") LNN_CHANGES("r3") LNN_CHANGES("r4") LNN_CHANGES("r5")
        LNN_CHANGES("r8") LNN_CHANGES("r9") LNN_CHANGES("r10") LNN_CHANGES("r11")
        : [pairs] "+r"(*pairs), [bits] "+r"(*bits)
        : : "r2", "r3", "r4", "r5", "r8", "r9", "r10", "r11", "memory");
}
#endif

/* The largest left shift, at most `most`, that leaves the sign bit of every sample alone. */
LNN_NOINLINE static uint32_t headroom(const int16_t *x, uint32_t length, uint32_t channels, uint32_t most) {
    uint32_t bits = 0, zeros;
    if (channels == 1 && !((uintptr_t)x & 3)) { /* two samples a word: where bits change */
        const uint32_t *pair = (const uint32_t *)(const void *)x, *end = pair + length / 2;
#ifdef LNN_DSP
        while (end - pair >= 8) eight_changes(&pair, &bits);
#endif
        LNN_ROLLED
        for (; pair < end; pair++) bits |= changes(*pair);
        bits = ((bits | (bits >> 16)) & 0xffffu) >> 1;
    } else {
        LNN_ROLLED
        for (uint32_t n = 0; n < length; n++, x += channels) {
            const uint32_t changed = (uint32_t)(*x ^ (*x >> 15));
            bits |= changed;
        }
    }
    if (!bits) return most;
    zeros = lnn_leading_zeros(bits) - 17;
    return zeros < most ? zeros : most;
}

#ifdef LNN_DSP
typedef struct { /* what a window takes; the offsets stand in the assembly */
    const int16_t *x;      /*  0: [frame] */
    const int16_t *window; /*  4: [frame], Q15 */
    int32_t half;          /*  8: 32768 >> e */
    uint32_t e;            /* 12 */
} lnn_window_t;

/* Two samples by two weights in w, each (x w + half) 2^e, the upper halves. */
#define LNN_WEIGHTED(x, w) \
    "smlabb lr, " x ", " w ", r3\n\tsmlatt " x ", " x ", " w ", r3\n\t" \
    "lsl lr, lr, r4\n\tlsl " x ", " x ", r4\n\tpkhtb " x ", " x ", lr, asr #16\n\t"

/* The window and stages 1 and 2 in one pass over z: place 4 g takes the pair n = reversed[4 g], the
 * places behind it n + M/2, n + M/4, n + 3M/4, by the order of bits. r2: m, in bytes M/4 pairs */
__attribute__((naked, noinline)) static void windowed_quads(
    const uint16_t *reversed __attribute__((unused)), uint32_t *z __attribute__((unused)),
    uint32_t m __attribute__((unused)), const lnn_window_t *window __attribute__((unused))) {
    __asm__ volatile(
        "push {r4-r11, lr}\n\t"
        "add r12, r1, r2, lsl #2\n\t" /* the end of z */
        "ldrd r5, r6, [r3]\n\t"
        "push {r5, r6, r12}\n\t"
        "ldrd r3, r4, [r3, #8]\n"
        "1:\n\t"
        "ldrh r12, [r0], #8\n\tldrd r5, r6, [sp]\n\t"
        "add r5, r5, r12, lsl #2\n\tadd r6, r6, r12, lsl #2\n\t" /* pair n */
        "ldr r8, [r5]\n\tldr r7, [r6]\n\t"
        "ldr r9, [r5, r2, lsl #1]\n\tldr r12, [r6, r2, lsl #1]\n\t"
        LNN_WEIGHTED("r8", "r7") LNN_WEIGHTED("r9", "r12")
        "ldr r10, [r5, r2]\n\tldr r7, [r6, r2]\n\t"
        "add r5, r5, r2\n\tadd r6, r6, r2\n\t"
        "ldr r11, [r5, r2, lsl #1]\n\tldr r12, [r6, r2, lsl #1]\n\t"
        LNN_WEIGHTED("r10", "r7") LNN_WEIGHTED("r11", "r12")
        "shadd16 r5, r8, r9\n\tshsub16 r8, r8, r9\n\t" /* stage 1, Q14 */
        "shadd16 r6, r10, r11\n\tshsub16 r10, r10, r11\n\t"
        "shsub16 r9, r5, r6\n\tshadd16 r5, r5, r6\n\t" /* stage 2: (a - i b) / 2 and (a + i b) / 2 */
        "shsax r7, r8, r10\n\tshasx r10, r8, r10\n\t"
        "ldr r12, [sp, #8]\n\t"
        "stmia r1!, {r5, r7, r9, r10}\n\t"
        "cmp r1, r12\n\t"
        "blo 1b\n\t"
        "add sp, sp, #12\n\t"
        "pop {r4-r11, pc}\n");
}
#endif

/* y = x 2^e window, Q15 in, Q14 out; pairs go to bit-reversed places, and stages 1 and 2 follow.
 * z: [frame / 2] */
LNN_NOINLINE static void windowed(const int16_t *x, uint32_t channels, uint32_t e, const int16_t *window,
                         const uint16_t *reversed, uint32_t m, uint32_t *z) {
    const int32_t half = 32768 >> e; /* (x w + half) 2^e is x 2^e w + 32768, exactly */
#ifdef LNN_DSP
    if (channels == 1 && !((uintptr_t)x & 3)) { /* two samples and two weights a word */
        const lnn_window_t given = {x, window, half, e};
        windowed_quads(reversed, z, m, &given);
        return;
    }
#endif
    LNN_ROLLED
    for (const uint16_t *end = reversed + m; reversed < end; reversed++) {
        const int32_t re = lnn_left(x[0] * window[0] + half, e);
        const int32_t im = lnn_left(x[channels] * window[1] + half, e);
        z[*reversed] = tops((uint32_t)re, (uint32_t)im);
        x += 2 * channels;
        window += 2;
    }
    LNN_ROLLED
    for (uint32_t *p = z; p < z + m; p += 4) { /* stages 1 and 2 */
        const uint32_t a = half_sum(p[0], p[1]), b = half_difference(p[0], p[1]);
        const uint32_t c = half_sum(p[2], p[3]), d = half_difference(p[2], p[3]);
        p[0] = half_sum(a, c);
        p[1] = half_sum_turned(b, d);
        p[2] = half_difference(a, c);
        p[3] = half_difference_turned(b, d);
    }
}

#ifdef LNN_DSP
/* Powers of bins k and M - k, from z r0 and z r1 with their twiddle: the sums of both halves, even
 * and odd, then P; k in `up` becomes P[k], `down` P[M - k]. */
#define LNN_POWERS(up, down, u, even, odd) \
    "shadd16 " even ", " up ", " down "\n\tshsub16 " odd ", " up ", " down "\n\t" \
    "pkhbt " up ", " even ", " odd "\n\tpkhbt " down ", " odd ", " even "\n\t" \
    "smusd " even ", " down ", " u "\n\tsmuadx " odd ", " down ", " u "\n\t" \
    "asr " even ", " even ", #15\n\tpkhbt " even ", " even ", " odd ", lsl #1\n\t" /* Q29 to Q14 */ \
    "ssub16 " down ", " up ", " even "\n\tsadd16 " up ", " up ", " even "\n\t" \
    "smuad " down ", " down ", " down "\n\tsmuad " up ", " up ", " up "\n\t"

/* The powers of bins 1 ... M/2 - 1 and M/2 + 1 ... M - 1, the first pair alone, then two at a time.
 * up: z + 1; down: z + M - 1; split: [M / 2], from 1 on. */
__attribute__((naked, noinline)) static void powers(
    uint32_t *up __attribute__((unused)), uint32_t *down __attribute__((unused)),
    const uint32_t *split __attribute__((unused))) {
    __asm__ volatile(
        "push {r4-r11, lr}\n\t"
        "ldr r4, [r0]\n\tldr r5, [r1]\n\tldr r6, [r2], #4\n\t"
        LNN_POWERS("r4", "r5", "r6", "r7", "r8")
        "str r4, [r0], #4\n\tstr r5, [r1], #-4\n\t"
        "subs r3, r1, r0\n\t"
        "bls 2f\n"
        "1:\n\t"
        "ldr r9, [r0, #4]\n\tldr r10, [r1, #-4]\n\tldr r11, [r2, #4]\n\t"
        "ldr r4, [r0]\n\tldr r5, [r1]\n\tldr r6, [r2], #8\n\t"
        LNN_POWERS("r4", "r5", "r6", "r7", "r8")
        LNN_POWERS("r9", "r10", "r11", "r7", "r8")
        "subs r3, #16\n\t"
        "str r9, [r0, #4]\n\tstr r10, [r1, #-4]\n\t"
        "str r4, [r0], #8\n\tstr r5, [r1], #-8\n\t"
        "bhi 1b\n"
        "2:\n\t"
        "pop {r4-r11, pc}\n");
}
#endif

/* z[M] becomes the power of bins, k in z[k] from 1 to M; z[M] lies behind the transform. */
LNN_NOINLINE static void to_power(uint32_t *z, uint32_t m, const uint32_t *split) {
    uint32_t *middle = z + m / 2;
    const int32_t last = lnn_low(z[0]) - lnn_high(z[0]);
#ifdef LNN_DSP
    powers(z + 1, z + m - 1, split + 1);
#else
    for (uint32_t *up = z + 1, *down = z + m - 1; up < down; up++, down--) {
        const uint32_t low = *up, high = *down, u = *++split;
        const uint32_t s = half_sum(low, high), d = half_difference(low, high);
        const uint32_t even = mixed(s, d), odd = mixed(d, s);
        const uint32_t t = tops(real_product(odd, u) << 1, imaginary_product(odd, u) << 1);
        const uint32_t x = sum(even, t), y = difference(even, t);
        *up = squares(x, x);
        *down = squares(y, y);
    }
#endif
    *middle = squares(*middle, *middle);
    z[m] = ((uint32_t)last * (uint32_t)last) >> 1;
}

LNN_NOINLINE uint32_t lnn_spectrum(const lnn_feat_t *feat, const uint8_t *data, const int16_t *x,
                                   uint32_t *z) {
    const uint32_t frame = feat->frame, m = frame / 2, channels = feat->channels;
    const uint32_t e = headroom(x, frame, channels, feat->most_shift);
    windowed(x, channels, e, (const int16_t *)(const void *)(data + feat->window_at),
             (const uint16_t *)(const void *)(data + feat->reversed_at), m, z);
    lnn_transform(z, m, (const uint32_t *)(const void *)(data + feat->twiddle_at));
    to_power(z, m, (const uint32_t *)(const void *)(data + feat->split_at));
    return e;
}

#ifdef LNN_USE_DENOISE
LNN_NOINLINE uint32_t lnn_half_spectrum(const lnn_feat_t *feat, const uint8_t *data, const int16_t *x,
                                        uint32_t *z) {
    const uint32_t m = feat->frame / 2u, e = headroom(x, feat->frame, 1, feat->most_shift);
    windowed(x, 1, e, (const int16_t *)(const void *)(data + feat->window_at),
             (const uint16_t *)(const void *)(data + feat->reversed_at), m, z);
    lnn_transform(z, m, (const uint32_t *)(const void *)(data + feat->twiddle_at));
    return e;
}

uint32_t lnn_headroom(const int16_t *x, uint32_t length, uint32_t most) {
    return headroom(x, length, 1, most);
}

void lnn_powers(const lnn_feat_t *feat, const uint8_t *data, uint32_t *z) {
    to_power(z, feat->frame / 2u, (const uint32_t *)(const void *)(data + feat->split_at));
}
#endif

#endif
#endif
