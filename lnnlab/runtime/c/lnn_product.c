/* The matrix-vector product of int8 rows and int8 activations, requantised to int16.
 *
 * Two rows share a halfword as 256 * odd + even. The sum over the halfwords is 256 * B + A, the sum
 * over their sign-extended low bytes is A, so B is the difference shifted right by 8, exactly, while
 * |w| <= 127 and there are at most 514 inputs. With packed int16 instructions that is two
 * multiply-accumulates of two columns each for four weights.
 */
#include "lnn_internal.h"

#ifdef LNN_DSP

/* One column pair of one row pair: %[b] += x (256 B + A), %[l] += x A. */
#define LNN_PAIR(w, both, low) \
    "smlad %[" both "], %[" w "], %[p], %[" both "]\n\t" \
    "sxtb16 %[" w "], %[" w "]\n\t" \
    "smlad %[" low "], %[" w "], %[p], %[" low "]\n\t"
#define LNN_WORD2 \
    "ldr %[p], [%[x]], #4\n\tldr %[a], [%[w]], #4\n\t" LNN_PAIR("a", "both", "low")

/* One row pair over words column pairs, at least one. sums: [2], of row A and row B */
LNN_INLINE void two_rows(const uint32_t *w, const uint32_t *x, uint32_t words, int32_t sums[2]) {
    int32_t both = 0, low = 0;
    uint32_t p, a;
    __asm__ volatile("1:\n\t" LNN_WORD2 "subs %[n], %[n], #1\n\tbne 1b"
        : [x] "+r"(x), [w] "+r"(w), [n] "+r"(words), [both] "+r"(both), [low] "+r"(low),
          [p] "=&r"(p), [a] "=&r"(a)
        : : "cc", "memory");
    sums[0] = low;
    sums[1] = (both - low) >> 8;
}

typedef struct { /* four rows at a time; the offsets stand in the assembly */
    const uint32_t *w;     /*  0: the next group's first word */
    const uint32_t *x;     /*  4 */
    uint32_t bytes;        /*  8: of a row pair */
    const int32_t *bias;   /* 12 */
    const int16_t *factor; /* 16 */
    int16_t *y;            /* 20 */
    uint32_t groups;       /* 24: of four rows, at least one */
    uint32_t up;           /* 28 */
    int32_t half;          /* 32: (1 << down) >> 1 */
    uint32_t down;         /* 36 */
} lnn_rows_t;

/* Column pairs from two row pairs: x in %p, weights in %a and %c, sums in r5 to r8. */
#define LNN_QUAD(p, a, c) \
    "smlad r5, " a ", " p ", r5\n\tsxtb16 " a ", " a "\n\tsmlad r6, " a ", " p ", r6\n\t" \
    "smlad r7, " c ", " p ", r7\n\tsxtb16 " c ", " c "\n\tsmlad r8, " c ", " p ", r8\n\t"

/* Groups of four rows, requantised. In assembly, since compilers run out of registers and spill:
 * x r1, both row pairs r2 and r3, count r4, sums r5 (256 B + A) r6 (A) r7 r8; six loads in a row
 * share their wait. */
__attribute__((naked, noinline)) static void four_rows(lnn_rows_t *rows __attribute__((unused))) {
    __asm__ volatile(
        "push {r0, r4-r11, lr}\n\t"
        "ldr r2, [r0]\n"
        "1:\n\t" /* a group */
        "ldrd r1, r12, [r0, #4]\n\t"
        "add r3, r2, r12\n\t"
        "movs r5, #0\n\tmovs r6, #0\n\tmovs r7, #0\n\tmov r8, r7\n\t"
        "lsrs r4, r12, #4\n\t"
        "beq 3f\n"
        "2:\n\t" /* four column pairs */
        "ldr r9, [r1, #8]\n\tldr r0, [r1, #12]\n\t"
        "ldr r10, [r2, #8]\n\tldr r12, [r2, #12]\n\t"
        "ldr r11, [r3, #8]\n\tldr lr, [r3, #12]\n\t"
        LNN_QUAD("r9", "r10", "r11") LNN_QUAD("r0", "r12", "lr")
        "ldr r0, [r1, #4]\n\tldr r9, [r1], #16\n\t"
        "ldr r12, [r2, #4]\n\tldr r10, [r2], #16\n\t"
        "ldr lr, [r3, #4]\n\tldr r11, [r3], #16\n\t"
        LNN_QUAD("r9", "r10", "r11") LNN_QUAD("r0", "r12", "lr")
        "subs r4, #1\n\t"
        "bne 2b\n"
        "3:\n\t"
        "ldr r0, [sp]\n\t"
        "ldr r4, [r0, #8]\n\t"
        "ubfx r4, r4, #2, #2\n\t"
        "cbz r4, 5f\n"
        "4:\n\t" /* up to three more */
        "ldr r9, [r1], #4\n\tldr r10, [r2], #4\n\tldr r11, [r3], #4\n\t"
        LNN_QUAD("r9", "r10", "r11")
        "subs r4, #1\n\t"
        "bne 4b\n"
        "5:\n\t"
        "subs r5, r5, r6\n\tsub r7, r7, r8\n\t" /* 256 B */
        "mov r2, r3\n\t"
        "ldrd r1, r3, [r0, #12]\n\t"
        "ldmia r1!, {r4, r9, r10, r11}\n\t" /* biases */
        "str r1, [r0, #12]\n\t"
        "add r4, r4, r6\n\tadd r9, r9, r5, asr #8\n\t"
        "add r10, r10, r8\n\tadd r11, r11, r7, asr #8\n\t"
        "ldr r1, [r0, #28]\n\t"
        "ldrd r5, r6, [r3], #8\n\t" /* four factors */
        "str r3, [r0, #16]\n\t"
        "lsl r4, r4, r1\n\tlsl r9, r9, r1\n\tlsl r10, r10, r1\n\tlsl r11, r11, r1\n\t"
        "smulwb r4, r4, r5\n\tsmulwt r9, r9, r5\n\t"
        "smulwb r10, r10, r6\n\tsmulwt r11, r11, r6\n\t"
        "ldrd r5, r6, [r0, #32]\n\t"
        "cbz r6, 6f\n\t"
        "add r4, r4, r5\n\tasr r4, r4, r6\n\tadd r9, r9, r5\n\tasr r9, r9, r6\n\t"
        "add r10, r10, r5\n\tasr r10, r10, r6\n\tadd r11, r11, r5\n\tasr r11, r11, r6\n"
        "6:\n\t"
        "ldrd r1, r12, [r0, #20]\n\t"
        "ssat r4, #16, r4\n\tssat r9, #16, r9\n\tssat r10, #16, r10\n\tssat r11, #16, r11\n\t"
        "pkhbt r4, r4, r9, lsl #16\n\tpkhbt r10, r10, r11, lsl #16\n\t"
        "strd r4, r10, [r1], #8\n\t"
        "subs r12, #1\n\t"
        "strd r1, r12, [r0, #20]\n\t"
        "bne 1b\n\t"
        "str r2, [r0]\n\t"
        "pop {r0, r4-r11, pc}\n");
}

#else

/* One row pair over `words` column pairs. sums: [2], of row A and row B */
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

#endif

/* y[rows] = sat16(requantised(bias + weights * x)). x: [inputs rounded up to even], the odd end 0;
 * x and y aligned to 4 bytes. */
LNN_NOINLINE void lnn_product(const lnn_product_t *product, const int16_t *x, int16_t *y) {
    const uint32_t words = lnn_even(product->inputs) / 2;
    const uint32_t *w = (const uint32_t *)(const void *)product->weights;
    const uint32_t *pairs = (const uint32_t *)(const void *)x;
    const int32_t *bias = product->bias;
    const int16_t *factor = product->factor;
    const uint32_t up = product->up, down = product->down;
    uint32_t rows = product->rows;
    int32_t sums[2];
#ifdef LNN_DSP
    if (rows >= 4) {
        lnn_rows_t fours = {w, pairs, 4 * words, bias, factor, y, rows / 4, up,
                            (int32_t)(1u << down) >> 1, down};
        four_rows(&fours);
        w = fours.w, bias = fours.bias, factor = fours.factor, y = fours.y;
        rows &= 3;
    }
#endif
    while (rows) {
        const uint32_t some = rows < 2 ? rows : 2;
        two_rows(w, pairs, words, sums);
        w += words;
        for (uint32_t r = 0; r < some; r++)
            *y++ = (int16_t)lnn_sat16(lnn_requantise(sums[r] + *bias++, *factor++, up, down));
        rows -= some;
    }
}
