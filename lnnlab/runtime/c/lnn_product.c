/* The matrix-vector product of int8 rows and int8 activations, requantised to int16.
 *
 * Two rows share a halfword as 256 * odd + even. The sum over the halfwords is 256 * B + A, the sum
 * over their sign-extended low bytes is A, so B is the difference shifted right by 8, exactly, while
 * |w| <= 127 and there are at most 514 inputs. With packed int16 instructions that is two
 * multiply-accumulates of two columns each for four weights.
 */
#include "lnn_internal.h"

#ifdef LNN_OWN_PRODUCT

void lnn_product(const lnn_product_t *product, const int16_t *x, int16_t *y) {
    lnn_own_product(product, x, y);
}

#else

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

typedef struct { /* four rows at a time; all but w go onto the stack, in this order */
    const uint32_t *w;     /* the first group's first word */
    const uint32_t *x;     /*  0 */
    uint32_t bytes;        /*  4: of a row pair */
    const int32_t *bias;   /*  8 */
    const int16_t *factor; /* 12 */
    int16_t *y;            /* 16 */
    uint32_t groups;       /* 20: of four rows, at least one */
    uint32_t up;           /* 24 */
    int32_t half;          /* 28: (1 << down) >> 1 */
    uint32_t down;         /* 32 */
} lnn_rows_t;

/* Column pairs from two row pairs: x in %p, weights in %a and %c, sums in r5 to r8. */
#define LNN_QUAD(p, a, c) \
    "smlad r5, " a ", " p ", r5\n\tsxtb16 " a ", " a "\n\tsmlad r6, " a ", " p ", r6\n\t" \
    "smlad r7, " c ", " p ", r7\n\tsxtb16 " c ", " c "\n\tsmlad r8, " c ", " p ", r8\n\t"

/* The next four column pairs; six loads in a row share their wait. */
#define LNN_FOUR_PAIRS \
    "ldr r9, [r1, #8]\n\tldr r0, [r1, #12]\n\t" \
    "ldr r10, [r2, #8]\n\tldr r12, [r2, #12]\n\t" \
    "ldr r11, [r3, #8]\n\tldr lr, [r3, #12]\n\t" \
    LNN_QUAD("r9", "r10", "r11") LNN_QUAD("r0", "r12", "lr") \
    "ldr r0, [r1, #4]\n\tldr r9, [r1], #16\n\t" \
    "ldr r12, [r2, #4]\n\tldr r10, [r2], #16\n\t" \
    "ldr lr, [r3, #4]\n\tldr r11, [r3], #16\n\t" \
    LNN_QUAD("r9", "r10", "r11") LNN_QUAD("r0", "r12", "lr")

/* Groups of four rows, requantised. In assembly, since compilers run out of registers and spill:
 * x r1, both row pairs r2 and r3, count r4, sums r5 (256 B + A) r6 (A) r7 r8. Both sums of a row pair start at the even row's bias: B has none of it. */
__attribute__((naked, noinline)) static void four_rows(
    const lnn_rows_t *rows __attribute__((unused))) {
    __asm__ volatile(
        "push {r4-r11, lr}\n\t"
        "ldmia r0, {r2-r11}\n\t"
        "push {r3-r11}\n"
        "1:\n\t" /* a group */
        "ldrd r1, r12, [sp]\n\t"
        "ldr r4, [sp, #8]\n\t"
        "ldr r6, [r4]\n\tldr r8, [r4, #8]\n\t"
        "add r3, r2, r12\n\t"
        "mov r5, r6\n\tmov r7, r8\n\t"
        "lsrs r4, r12, #5\n\t"
        "beq 3f\n"
        "2:\n\t" /* eight column pairs */
        LNN_FOUR_PAIRS LNN_FOUR_PAIRS
        "subs r4, #1\n\t"
        "bne 2b\n"
        "3:\n\t"
        "ldr r4, [sp, #4]\n\t"
        "lsls r4, r4, #28\n\t" /* whether four more are left, and above bit 30 how many then */
        "bcc 6f\n\t"
        LNN_FOUR_PAIRS
        "6:\n\t"
        "lsrs r4, r4, #30\n\t"
        "beq 5f\n"
        "4:\n\t" /* up to three more */
        "ldr r9, [r1], #4\n\tldr r10, [r2], #4\n\tldr r11, [r3], #4\n\t"
        LNN_QUAD("r9", "r10", "r11")
        "subs r4, #1\n\t"
        "bne 4b\n"
        "5:\n\t"
        "add r0, sp, #8\n\t"
        "mov r2, r3\n\t"
        "ldmia r0, {r1, r4, r9, r10, r11, r12, lr}\n\t" /* bias factor y groups up half down */
        "ldr r0, [r1, #4]\n\tldr r3, [r1, #12]\n\t" /* the odd rows' biases */
        "adds r1, #16\n\t"
        "subs r5, r5, r6\n\tsubs r7, r7, r8\n\t" /* 256 B */
        "add r5, r0, r5, asr #8\n\tadd r7, r3, r7, asr #8\n\t"
        "ldrd r0, r3, [r4], #8\n\t" /* four factors, Q16 */
        "lsl r6, r6, r11\n\tlsl r5, r5, r11\n\tlsl r8, r8, r11\n\tlsl r7, r7, r11\n\t"
        "smlawb r6, r6, r0, r12\n\tsmlawt r5, r5, r0, r12\n\t"
        "smlawb r8, r8, r3, r12\n\tsmlawt r7, r7, r3, r12\n\t"
        "asr r6, r6, lr\n\tasr r5, r5, lr\n\tasr r8, r8, lr\n\tasr r7, r7, lr\n\t"
        "ssat r6, #16, r6\n\tssat r5, #16, r5\n\tssat r8, #16, r8\n\tssat r7, #16, r7\n\t"
        "pkhbt r6, r6, r5, lsl #16\n\tpkhbt r8, r8, r7, lsl #16\n\t"
        "add r0, sp, #8\n\t"
        "strd r6, r8, [r9], #8\n\t"
        "subs r10, #1\n\t"
        "stmia r0, {r1, r4, r9, r10}\n\t"
        "bne 1b\n\t"
        "add sp, sp, #36\n\t"
        "pop {r4-r11, pc}\n");
}

#elif defined(LNN_SLOW_MULTIPLY)

/* The two int8 values of a word's halfwords, the low bytes of `pair`, as first + 2^16 second. */
LNN_INLINE uint32_t low_bytes(uint32_t pair) {
    return ((pair & 0x00ff00ffu) ^ 0x00800080u) - 0x00800080u;
}

/* Two columns of a row by one multiplication: (w0 + 2^16 w1) (x1 + 2^16 x0) has w0 x0 + w1 x1, at most
 * 2 * 127 * 128, in its upper half. Below stands w0 x1, at most 127 * 128, which rounding takes away. */
LNN_INLINE void two_rows(const uint32_t *w, const uint32_t *x, uint32_t words, int32_t sums[2]) {
    int32_t even = 0, odd = 0;
    LNN_ROLLED
    for (const uint32_t *end = w + words; w < end; w++, x++) {
        const uint32_t swapped = (uint32_t)((int32_t)*x >> 16) + (*x << 16);
        const uint32_t of_even = low_bytes(*w), of_odd = low_bytes((*w - of_even) >> 8);
        even += (int32_t)(of_even * swapped + 0x8000u) >> 16;
        odd += (int32_t)(of_odd * swapped + 0x8000u) >> 16;
    }
    sums[0] = even;
    sums[1] = odd;
}

#else

/* One row pair over `words` column pairs. sums: [2], of row A and row B */
LNN_INLINE void two_rows(const uint32_t *w, const uint32_t *x, uint32_t words, int32_t sums[2]) {
    const int16_t *weight = (const int16_t *)(const void *)w;
    const int16_t *value = (const int16_t *)(const void *)x, *end = value + 2 * words;
    int32_t both = 0, low = 0;
#ifdef __riscv /* a byte is loaded with its sign: A costs one instruction less than from 256 B + A */
    const int8_t *even = (const int8_t *)(const void *)w;
    LNN_ROLLED
    for (; value < end; value += 2, weight += 2, even += 4) {
        const int32_t first = value[0], second = value[1];
        both += weight[0] * first;
        low += even[0] * first;
        both += weight[1] * second;
        low += even[2] * second;
    }
#else
    for (; value < end; value++, weight++) {
        both += *weight * *value;
        low += (int8_t)(*weight & 255) * *value;
    }
#endif
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
        const uint32_t groups = rows / 4;
        const lnn_rows_t fours = {w, pairs, 4 * words, bias, factor, y, groups, up,
                                  (int32_t)(1u << down) >> 1, down};
        four_rows(&fours);
        w += 2 * groups * words, bias += 4 * groups, factor += 4 * groups, y += 4 * groups;
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

#endif
