/* Copying, and the inner loops of the step layers in assembly for cores with packed int16. */
#include "lnn_internal.h"

LNN_NOINLINE void lnn_zero(uint32_t *words, uint32_t count) {
    for (const uint32_t *end = words + count; words < end; words++) {
        *words = 0;
        LNN_LOOP;
    }
}

/* Words where both are aligned. */
LNN_NOINLINE void lnn_copy(int16_t *to, const int16_t *from, uint32_t count) {
    if (!(((uintptr_t)to | (uintptr_t)from) & 3)) {
        uint32_t *words = (uint32_t *)(void *)to;
        const uint32_t *source = (const uint32_t *)(const void *)from;
#ifdef LNN_DSP
        if (count >= 16) { /* eight words at a time */
            __asm__ volatile(
                "subs %2, #16\n"
                "1:\n\t"
                "ldmia %0!, {r2-r5, r8-r11}\n\tstmia %1!, {r2-r5, r8-r11}\n\t"
                "subs %2, #16\n\t"
                "bhs 1b\n\t"
                "adds %2, #16"
                : "+r"(source), "+r"(words), "+l"(count)
                : : "r2", "r3", "r4", "r5", "r8", "r9", "r10", "r11", "cc", "memory");
        }
#endif
        LNN_ROLLED
        for (; count >= 8; count -= 8, words += 4, source += 4) {
            const uint32_t a = source[0], b = source[1], c = source[2], d = source[3];
            words[0] = a, words[1] = b, words[2] = c, words[3] = d;
            LNN_LOOP;
        }
        to = (int16_t *)(void *)words;
        from = (const int16_t *)(const void *)source;
    }
    LNN_ROLLED
    while (count--) {
        *to++ = *from++;
        LNN_LOOP;
    }
}

#if defined(LNN_DSP) && defined(LNN_USE_LINEAR_LTC)
/* All units' states after a step, goals a tanh: both look-ups side by side hide their waits. The
 * table's middle is %m, the entry behind it %k; left entries i and j, right ones b and d, Q15. */
LNN_NOINLINE void lnn_relax(const int16_t *pre, int16_t *h, uint32_t units) {
    const int16_t *middle = lnn_sigmoid_table + 128, *next = middle + 1;
    uint32_t zg, i, j, b, d, f;
    __asm__ volatile(
        "1:\n\t"
        "ldr %[zg], [%[pre]], #4\n\t"
        "sbfx %[i], %[zg], #8, #8\n\t"
        "asr %[j], %[zg], #24\n\t"
        "ldrsh %[b], [%[k], %[i], lsl #1]\n\tldrsh %[i], [%[m], %[i], lsl #1]\n\t"
        "ldrsh %[d], [%[k], %[j], lsl #1]\n\tldrsh %[j], [%[m], %[j], lsl #1]\n\t"
        "sub %[b], %[b], %[i]\n\tsub %[d], %[d], %[j]\n\t"
        "uxtb %[f], %[zg]\n\tubfx %[zg], %[zg], #16, #8\n\t"
        "mla %[b], %[b], %[f], %[half]\n\tmla %[d], %[d], %[zg], %[half]\n\t"
        "ldrsh %[f], [%[h]]\n\t"
        "add %[i], %[i], %[b], asr #8\n\tadd %[j], %[j], %[d], asr #8\n\t" /* Q15 */
        "add %[b], %[f], #32768\n\t"
        "rsb %[j], %[b], %[j], lsl #1\n\t" /* tanh - h, Q15 */
        "mul %[i], %[i], %[j]\n\t"
        "add %[i], %[i], #16384\n\t"
        "add %[f], %[f], %[i], asr #15\n\t" /* Q30 to Q15 */
        "subs %[n], %[n], #1\n\t"
        "strh %[f], [%[h]], #2\n\t"
        "bne 1b"
        : [pre] "+r"(pre), [h] "+r"(h), [n] "+r"(units), [zg] "=&r"(zg), [i] "=&r"(i),
          [j] "=&r"(j), [b] "=&r"(b), [d] "=&r"(d), [f] "=&r"(f)
        : [m] "r"(middle), [k] "r"(next), [half] "r"(128) : "cc", "memory");
}
#endif

#if defined(LNN_DSP) && defined(LNN_USE_MIX)
/* Groups of four channels over all taps, requantised, negative ones 0: sums r5 to r8. */
__attribute__((naked, noinline)) void lnn_four_filters(
    lnn_filters_t *filters __attribute__((unused))) {
    __asm__ volatile(
        "push {r0, r4-r11, lr}\n"
        "1:\n\t"
        "ldmia r0, {r1, r2, r3}\n\t"
        "ldmia r3!, {r5-r8}\n\t" /* biases */
        "add r9, r1, #8\n\tadd r10, r2, #4\n\t"
        "str r3, [r0, #8]\n\tstrd r9, r10, [r0]\n\t"
        "ldrd r9, r10, [r0, #24]\n\tldr r3, [r0, #32]\n"
        "2:\n\t" /* a tap */
        "ldr r0, [r1]\n\tldr r4, [r1, #4]\n\tldr r12, [r2]\n\t"
        "add r1, r1, r9\n\tadd r2, r2, r10\n\t"
        "sxtb16 r11, r12\n\tsxtb16 r12, r12, ror #8\n\t" /* weights 0 and 2, 1 and 3 */
        "smlabb r5, r0, r11, r5\n\tsmlatb r6, r0, r12, r6\n\t"
        "smlabt r7, r4, r11, r7\n\tsmlatt r8, r4, r12, r8\n\t"
        "subs r3, #1\n\t"
        "bne 2b\n\t"
        "ldr r0, [sp]\n\t"
        "ldr r3, [r0, #12]\n\tldr r4, [r0, #36]\n\t"
        "ldrd r9, r10, [r3], #8\n\t" /* four factors, Q16 */
        "lsl r5, r5, r4\n\tlsl r6, r6, r4\n\tlsl r7, r7, r4\n\tlsl r8, r8, r4\n\t"
        "str r3, [r0, #12]\n\t"
        "ldrd r3, r4, [r0, #40]\n\t"
        "smlawb r5, r5, r9, r3\n\tsmlawt r6, r6, r9, r3\n\t"
        "smlawb r7, r7, r10, r3\n\tsmlawt r8, r8, r10, r3\n\t"
        "asr r5, r5, r4\n\tasr r6, r6, r4\n\tasr r7, r7, r4\n\tasr r8, r8, r4\n\t"
        "ldrd r1, r12, [r0, #16]\n\t"
        "usat r5, #7, r5\n\tusat r6, #7, r6\n\tusat r7, #7, r7\n\tusat r8, #7, r8\n\t"
        "orr r5, r5, r6, lsl #16\n\torr r7, r7, r8, lsl #16\n\t"
        "strd r5, r7, [r1], #8\n\t"
        "subs r12, #1\n\t"
        "strd r1, r12, [r0, #16]\n\t"
        "bne 1b\n\t"
        "pop {r0, r4-r11, pc}\n");
}
#endif
