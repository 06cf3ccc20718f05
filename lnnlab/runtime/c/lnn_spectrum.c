/* A frame's spectrum: window, FFT, power of the bins (FORMAT.md, section 2, steps 1 to 5).
 *
 * On cores with packed int16 instructions the loops are assembly: compilers run out of registers.
 */
#include "lnn_internal.h"

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

/* One butterfly of a later stage: a and b become a / 2 + b w / 2 and a / 2 - b w / 2. */
#define LNN_BUTTERFLY(a, b, w) \
    do { \
        const uint32_t t_ = tops(real_product(b, w), imaginary_product(b, w)); \
        const uint32_t h_ = half_sum(a, 0); \
        a = sum(h_, t_); \
        b = difference(h_, t_); \
    } while (0)

#ifdef LNN_DSP
/* The same in assembly, t r11, 0 r12. */
#define LNN_JOINED(a, b, w) \
    "smusd r11, " b ", " w "\n\tsmuadx " b ", " b ", " w "\n\t" \
    "pkhtb r11, " b ", r11, asr #16\n\tshadd16 " a ", " a ", r12\n\t" \
    "ssub16 " b ", " a ", r11\n\tsadd16 " a ", " a ", r11\n\t"

/* Two stages in one pass over z, of half and 2 half, each value read and written once; the distances
 * are bytes: half, 2 half, 3 half, 4 half. step: bytes in the table from one twiddle of the second
 * stage to the next. Data r4 to r7, twiddles r8 (first stage), r9, r10, their place lr. */
#define LNN_TWO_STAGES(name, one, two, three, four) \
    __attribute__((naked, noinline)) static void name( \
        uint32_t *z __attribute__((unused)), uint32_t m __attribute__((unused)), \
        const uint32_t *twiddle __attribute__((unused)), uint32_t step __attribute__((unused))) { \
        __asm__ volatile( \
            "push {r4-r11, lr}\n\t" \
            "add r12, r2, r1\n\t" /* a quarter turn further in the table */ \
            "push {r1, r3, r12}\n\t" \
            "add r3, r0, r1, lsl #2\n\t" /* the end of z */ \
            "mov r1, r0\n\tmov lr, #0\n\tmov r12, #0\n" \
            "1:\n\t" \
            "ldr r11, [sp, #8]\n\tldr r8, [r2, lr, lsl #1]\n\t" \
            "ldr r9, [r2, lr]\n\tldr r10, [r11, lr]\n\t" \
            "mov r0, r1\n\tadds r1, #4\n" \
            "2:\n\t" \
            "ldr r4, [r0]\n\tldr r5, [r0, #" one "]\n\t" \
            "ldr r6, [r0, #" two "]\n\tldr r7, [r0, #" three "]\n\t" \
            LNN_JOINED("r4", "r5", "r8") LNN_JOINED("r6", "r7", "r8") \
            LNN_JOINED("r4", "r6", "r9") LNN_JOINED("r5", "r7", "r10") \
            "str r5, [r0, #" one "]\n\tstr r6, [r0, #" two "]\n\t" \
            "str r7, [r0, #" three "]\n\tstr r4, [r0]\n\t" \
            "add r0, r0, #" four "\n\t" \
            "cmp r0, r3\n\t" \
            "blo 2b\n\t" \
            "ldrd r11, r8, [sp]\n\t" \
            "add lr, lr, r8\n\t" \
            "cmp lr, r11\n\t" \
            "blo 1b\n\t" \
            "add sp, sp, #12\n\t" \
            "pop {r4-r11, pc}\n"); \
    }
LNN_TWO_STAGES(stages_of_4, "16", "32", "48", "64")
#if LNN_MOST_FRAME >= 128
LNN_TWO_STAGES(stages_of_16, "64", "128", "192", "256")
#endif
#if LNN_MOST_FRAME >= 512
LNN_TWO_STAGES(stages_of_64, "256", "512", "768", "1024")
#endif

LNN_INLINE void two_stages(uint32_t *z, uint32_t m, const uint32_t *twiddle, uint32_t half) {
    const uint32_t step = m / half;
    if (half == 4) stages_of_4(z, m, twiddle, step);
#if LNN_MOST_FRAME >= 128
    if (half == 16) stages_of_16(z, m, twiddle, step);
#endif
#if LNN_MOST_FRAME >= 512
    if (half == 64) stages_of_64(z, m, twiddle, step); /* the last pair: frames have at most 1024 */
#endif
}
#else
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
#endif

/* z[M], M a power of two from 4, behind stages 1 and 2: the rest of the FFT, divided by M. */
LNN_INLINE void transform(uint32_t *z, uint32_t m, const uint32_t *twiddle) {
    uint32_t half = 4;
    for (; 2 * half < m; half *= 4) two_stages(z, m, twiddle, half);
    if (half < m) { /* one stage is left: half = M / 2 */
        LNN_ROLLED
        for (uint32_t *p = z, *end = z + half; p < end; p++) {
            const uint32_t w = *twiddle++;
            LNN_BUTTERFLY(p[0], p[half], w);
        }
    }
}

/* z[M] becomes the power of bins, k in z[k] from 1 to M; z[M] lies behind the transform. */
LNN_NOINLINE static void to_power(uint32_t *z, uint32_t m, const uint32_t *split) {
    uint32_t *up = z + 1, *down = z + m - 1;
    const int32_t last = lnn_low(z[0]) - lnn_high(z[0]);
    split++;
#ifdef LNN_DSP
    uint32_t low, high, u, a, b;
    __asm__ volatile(
        "1:\n\t"
        "ldr %[l], [%[up]]\n\tldr %[h], [%[down]]\n\tldr %[u], [%[split]], #4\n\t"
        "shadd16 %[a], %[l], %[h]\n\tshsub16 %[b], %[l], %[h]\n\t"
        "pkhbt %[l], %[a], %[b]\n\tpkhbt %[h], %[b], %[a]\n\t" /* even, odd */
        "smusd %[a], %[h], %[u]\n\tsmuadx %[b], %[h], %[u]\n\t"
        "asr %[a], %[a], #15\n\tpkhbt %[a], %[a], %[b], lsl #1\n\t" /* Q29 to Q14 */
        "sadd16 %[b], %[l], %[a]\n\tssub16 %[a], %[l], %[a]\n\t"
        "smuad %[b], %[b], %[b]\n\tsmuad %[a], %[a], %[a]\n\t"
        "str %[b], [%[up]], #4\n\tstr %[a], [%[down]], #-4\n\t"
        "cmp %[up], %[down]\n\t"
        "blo 1b"
        : [up] "+r"(up), [down] "+r"(down), [split] "+r"(split), [l] "=&r"(low), [h] "=&r"(high),
          [u] "=&r"(u), [a] "=&r"(a), [b] "=&r"(b)
        : : "cc", "memory");
#else
    for (; up < down; up++, down--) {
        const uint32_t low = *up, high = *down, u = *split++;
        const uint32_t s = half_sum(low, high), d = half_difference(low, high);
        const uint32_t even = mixed(s, d), odd = mixed(d, s);
        const uint32_t t = tops(real_product(odd, u) << 1, imaginary_product(odd, u) << 1);
        const uint32_t x = sum(even, t), y = difference(even, t);
        *up = squares(x, x);
        *down = squares(y, y);
    }
#endif
    *up = squares(*up, *up);
    z[m] = ((uint32_t)last * (uint32_t)last) >> 1;
}

LNN_NOINLINE uint32_t lnn_spectrum(const lnn_feat_t *feat, const uint8_t *data, const int16_t *x,
                                   uint32_t *z) {
    const uint32_t frame = feat->frame, m = frame / 2, channels = feat->channels;
    const uint32_t e = headroom(x, frame, channels, feat->most_shift);
    windowed(x, channels, e, (const int16_t *)(const void *)(data + feat->window_at),
             (const uint16_t *)(const void *)(data + feat->reversed_at), m, z);
    transform(z, m, (const uint32_t *)(const void *)(data + feat->twiddle_at));
    to_power(z, m, (const uint32_t *)(const void *)(data + feat->split_at));
    return e;
}

#endif
