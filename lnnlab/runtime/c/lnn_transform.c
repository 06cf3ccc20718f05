/* The stages of a complex FFT that need products (FORMAT.md, section 2, step 4), by four values where
 * the length allows: three products for four values, and each is read and written once in two stages.
 */
#include "lnn_complex.h"

#if defined(LNN_USE_SPECTRUM) && !defined(LNN_OWN_SPECTRUM)

#ifdef LNN_DSP
/* x becomes x w / 2; r11: scratch. */
#define LNN_TURNED(x, w) \
    "smusd r11, " x ", " w "\n\tsmuadx " x ", " x ", " w "\n\tpkhtb " x ", " x ", r11, asr #16\n\t"

/* One butterfly of four: values a r4, b r5, c r6, d r7, their twiddles w^2k r8, w^k r9 and w^3k r10,
 * r12: 0. The sum of all stays in r7. */
#define LNN_OF_FOUR(one, two, three) \
    "ldr r4, [r0]\n\tldr r5, [r0, #" one "]\n\tldr r6, [r0, #" two "]\n\tldr r7, [r0, #" three "]\n\t" \
    LNN_TURNED("r5", "r8") LNN_TURNED("r6", "r9") LNN_TURNED("r7", "r10") \
    "shadd16 r4, r4, r12\n\t" \
    "sadd16 r11, r6, r7\n\tssub16 r6, r6, r7\n\t" \
    "sadd16 r7, r4, r5\n\tssub16 r4, r4, r5\n\t" \
    "shsub16 r5, r7, r11\n\tshadd16 r7, r7, r11\n\t" \
    "shsax r11, r4, r6\n\tshasx r4, r4, r6\n\t" /* (a - i b) / 2 and (a + i b) / 2 */ \
    "str r11, [r0, #" one "]\n\tstr r5, [r0, #" two "]\n\tstr r4, [r0, #" three "]\n\t"

/* A stage of four: values stand `half` apart; the distances are bytes, of half, 2 half, 3 half and
 * 4 half. step: bytes in the table from w^k to w^(k + 1). z r0 and its end r3, its first place for
 * a k r1, table r2, place of w^k in it lr. */
#define LNN_STAGE(name, one, two, three, four) \
    __attribute__((naked, noinline)) static void name( \
        uint32_t *z __attribute__((unused)), uint32_t m __attribute__((unused)), \
        const uint32_t *twiddle __attribute__((unused)), uint32_t step __attribute__((unused))) { \
        __asm__ volatile( \
            "push {r4-r11, lr}\n\t" \
            "push {r1, r3}\n\t" \
            "add r3, r0, r1, lsl #2\n\t" \
            "mov r1, r0\n\tmov lr, #0\n\tmov r12, #0\n" \
            "1:\n\t" \
            "ldr r11, [sp]\n\t" \
            "ldr r8, [r2, lr, lsl #1]\n\tldr r9, [r2, lr]\n\t" \
            "add r10, lr, lr, lsl #1\n\t" /* of w^3k; behind half a turn its negative stands there */ \
            "subs r11, r10, r11, lsl #1\n\t" \
            "ite lo\n\t" \
            "ldrlo r10, [r2, r10]\n\tldrhs r10, [r2, r11]\n\t" \
            "it hs\n\t" \
            "ssub16hs r10, r12, r10\n\t" \
            "mov r0, r1\n\tadds r1, #4\n" \
            "2:\n\t" \
            LNN_OF_FOUR(one, two, three) \
            "str r7, [r0]\n\tadd r0, r0, #" four "\n\t" \
            "cmp r0, r3\n\t" \
            "blo 2b\n\t" \
            "ldrd r11, r8, [sp]\n\t" \
            "add lr, lr, r8\n\t" \
            "cmp lr, r11\n\t" /* up to a quarter of a turn */ \
            "blo 1b\n\t" \
            "add sp, sp, #8\n\t" \
            "pop {r4-r11, pc}\n"); \
    }
LNN_STAGE(stage_of_4, "16", "32", "48", "64")
#if LNN_MOST_FRAME >= 128
LNN_STAGE(stage_of_16, "64", "128", "192", "256")
#endif
#if LNN_MOST_FRAME >= 1024
LNN_STAGE(stage_of_64, "256", "512", "768", "1024")
#endif

#if LNN_MOST_FRAME >= 512
/* The last stage of four of 256 values: k comes once. w^k r1, w^2k r2, w^3k r3: 4, 8 and 12 bytes
 * further each time; from k = 43 on w^3k lies behind half a turn, where its negative stands. */
__attribute__((naked, noinline)) static void last_stage_of_64(
    uint32_t *z __attribute__((unused)), const uint32_t *twiddle __attribute__((unused))) {
    __asm__ volatile(
        "push {r4-r11, lr}\n\t"
        "mov r2, r1\n\tmov r3, r1\n\tmov r12, #0\n\t"
        "add lr, r0, #172\n" /* k = 43 */
        "1:\n\t"
        "ldr r9, [r1], #4\n\tldr r8, [r2], #8\n\tldr r10, [r3], #12\n\t"
        LNN_OF_FOUR("256", "512", "768")
        "str r7, [r0], #4\n\t"
        "cmp r0, lr\n\t"
        "blo 1b\n\t"
        "sub r3, r3, #512\n\t"
        "add lr, lr, #84\n" /* k = 64 */
        "2:\n\t"
        "ldr r9, [r1], #4\n\tldr r8, [r2], #8\n\tldr r10, [r3], #12\n\t"
        "ssub16 r10, r12, r10\n\t"
        LNN_OF_FOUR("256", "512", "768")
        "str r7, [r0], #4\n\t"
        "cmp r0, lr\n\t"
        "blo 2b\n\t"
        "pop {r4-r11, pc}\n");
}
#endif

LNN_INLINE void stage(uint32_t *z, uint32_t m, const uint32_t *twiddle, uint32_t half) {
    const uint32_t step = m / half;
    if (half == 4) stage_of_4(z, m, twiddle, step);
#if LNN_MOST_FRAME >= 128
    if (half == 16) stage_of_16(z, m, twiddle, step);
#endif
#if LNN_MOST_FRAME >= 512
    if (half == 64 && m == 256) last_stage_of_64(z, twiddle);
#endif
#if LNN_MOST_FRAME >= 1024
    if (half == 64 && m > 256) stage_of_64(z, m, twiddle, step);
#endif
}
#else
/* A stage of four: values stand `half` apart, each is read and written once. twiddle: [m / 2] */
LNN_NOINLINE static void stage(uint32_t *z, uint32_t m, const uint32_t *twiddle, uint32_t half) {
    const uint32_t stride = m / (4 * half), *end = z + m;
    for (uint32_t k = 0; k < half * stride; k += stride) {
        const uint32_t first = twiddle[k], second = twiddle[2 * k]; /* w^k, w^2k */
        const uint32_t third = /* w^3k; behind half a turn its negative stands in the table */
            3 * k < m / 2 ? twiddle[3 * k] : difference(0, twiddle[3 * k - m / 2]);
        uint32_t *p = z++;
        do {
            uint32_t *q = p + half, *r = q + half, *s = r + half;
            const uint32_t a = half_sum(p[0], 0), b = turned(q[0], second);
            const uint32_t c = turned(r[0], first), d = turned(s[0], third);
            const uint32_t even = sum(a, b), odd = difference(a, b);
            const uint32_t both = sum(c, d), apart = difference(c, d);
            p[0] = half_sum(even, both);
            q[0] = half_sum_turned(odd, apart);
            r[0] = half_difference(even, both);
            s[0] = half_difference_turned(odd, apart);
            p = s + half;
        } while (p < end);
    }
}
#endif

void lnn_transform(uint32_t *z, uint32_t m, const uint32_t *twiddle) {
    uint32_t half = 4;
    for (; 2 * half < m; half *= 4) stage(z, m, twiddle, half);
    if (half < m) { /* a stage of two is left: half = M / 2 */
        LNN_ROLLED
        for (uint32_t *p = z, *end = z + half; p < end; p++) {
            const uint32_t t = turned(p[half], *twiddle++), h = half_sum(p[0], 0);
            p[0] = sum(h, t);
            p[half] = difference(h, t);
        }
    }
}

#endif
