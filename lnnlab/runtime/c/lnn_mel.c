/* Features on the mel scale: log-energies, MFCC, PCEN (FORMAT.md, section 2). */
#include "lnn_internal.h"

#ifdef LNN_USE_MEL

/* (high, low) += a b */
LNN_INLINE void add_product(uint32_t *low, uint32_t *high, uint32_t a, uint32_t b) {
#ifdef LNN_DSP
    __asm__("umlal %0, %1, %2, %3" : "+r"(*low), "+r"(*high) : "r"(a), "r"(b));
#else
    const uint64_t sum = (((uint64_t)*high << 32) | *low) + (uint64_t)a * b;
    *low = (uint32_t)sum;
    *high = (uint32_t)(sum >> 32);
#endif
}

#ifdef LNN_DSP
typedef struct { /* what the filters take; the offsets stand in the assembly */
    const uint16_t *edge;  /*  0: where the first filter falls from, [bands + 1] */
    const uint32_t *z;     /*  4: powers, by bin */
    const uint16_t *share; /*  8: of the next bin, Q15 */
    uint32_t *energy;      /* 12: [bands] */
    uint32_t before;       /* 16: what the first filter has collected */
    const uint32_t *power; /* 20: of the next bin */
    const uint16_t *last;  /* 24: behind the edges */
} lnn_filters_at_t;

/* Energies of all filters from the first one's top on: edge r0, energy r3, before r4, power r5, its
 * end r6, the sum r7, that of shares r8 and r9, last r11. */
__attribute__((naked, noinline)) static void falling(
    const lnn_filters_at_t *given __attribute__((unused))) {
    __asm__ volatile(
        "push {r4-r11, lr}\n\t"
        "ldmia r0, {r0-r5, r11}\n\t"
        "push {r1}\n"
        "1:\n\t" /* a segment between two edges */
        "ldrh r6, [r0], #2\n\tldr r10, [sp]\n\t"
        "mov r7, #0\n\tmov r8, #0\n\tmov r9, #0\n\t"
        "add r6, r10, r6, lsl #2\n\t"
        "subs r10, r6, r5\n\t"
        "beq 4f\n\t"
        "lsls r10, r10, #29\n\t" /* an odd number of bins: the first alone */
        "beq 2f\n\t"
        "ldrh r12, [r2], #2\n\tldr r7, [r5], #4\n\t"
        "umull r8, r9, r7, r12\n\t"
        "cmp r5, r6\n\t"
        "beq 4f\n"
        "2:\n\t" /* two bins */
        "ldr r1, [r5, #4]\n\tldr r10, [r5], #8\n\t"
        "ldrh lr, [r2, #2]\n\tldrh r12, [r2], #4\n\t"
        "add r7, r7, r10\n\tadd r7, r7, r1\n\t"
        "umlal r8, r9, r10, r12\n\tumlal r8, r9, r1, lr\n\t"
        "cmp r5, r6\n\t"
        "bne 2b\n"
        "4:\n\t"
        "lsr r8, r8, #15\n\t"
        "orr r8, r8, r9, lsl #17\n\t" /* what rises: Q15 of 64 bits */
        "sub r7, r7, r8\n\tadd r7, r7, r4\n\t"
        "mov r4, r8\n\t"
        "str r7, [r3], #4\n\t"
        "cmp r0, r11\n\t"
        "bne 1b\n\t"
        "pop {r1, r4-r11, pc}\n");
}
#endif

/* Energies of all filters, with their normalising shift: every bin between two points of the chain
 * is shared by the filter that rises there and the one that falls. */
LNN_NOINLINE static void energies(const lnn_feat_t *feat, const uint8_t *data, const uint32_t *z,
                                  uint32_t *energy) {
    const uint16_t *edge = (const uint16_t *)(const void *)(data + feat->edges_at);
    const uint16_t *rising = (const uint16_t *)(const void *)(data + feat->rising_at); /* Q15 */
    const uint16_t *last = edge + feat->bands + 2, *share = rising + edge[0];
    const uint32_t *power = z + edge[0], *end = z + edge[1];
    uint32_t low = 0, high = 0; /* the sum of shares, 64 bits */
    LNN_ROLLED
    while (power < end) add_product(&low, &high, *power++, *share++); /* the first filter rises */
    uint32_t before = (high << 17) | (low >> 15);
    edge += 2;
#ifdef LNN_DSP
    const lnn_filters_at_t given = {edge, z, share, energy, before, power, last};
    falling(&given);
#else
    LNN_ROLLED
    for (; edge < last; edge++) {
        uint32_t total = 0;
        end = z + *edge;
        low = 0;
        high = 0;
        if ((end - power) & 1) {
            total = *power++;
            add_product(&low, &high, total, *share++);
        }
        LNN_ROLLED
        for (; power < end; power += 2, share += 2) {
            const uint32_t first = power[0], second = power[1];
            total += first + second;
            add_product(&low, &high, first, share[0]);
            add_product(&low, &high, second, share[1]);
        }
        const uint32_t up = (high << 17) | (low >> 15);
        *energy++ = before + (total - up);
        before = up;
    }
#endif
}

#ifdef LNN_USE_PCEN
typedef struct { /* what the curve takes; the offsets stand in the assembly */
    int32_t *values;       /*  0: [bands], energies times 2^(2 e), which become PCEN's */
    const uint32_t *level; /*  4: [bands][2] */
    const int16_t *logs;   /*  8: lnn_log_table */
    const int16_t *curve;  /* 12: [193], Q7 */
    uint32_t floor;        /* 16: times 2^(2 e) */
    uint32_t quiet;        /* 20: the floor in Q4 */
    uint32_t down, up;     /* 24, 28: smoothing shift, 32 less it */
    int32_t exponent;      /* 32: Q15 */
    int32_t place;         /* 36: of a log in the curve, Q10 */
    const int32_t *end;    /* 40: of values */
} lnn_curve_t;

/* Log-energies (Q10) less exponent times the running levels', through the curve; Q7. */
#ifdef LNN_DSP
/* Both logarithms side by side: the mantissas' tops i r8, r9 and parts r4, r5, table r10, r11. */
__attribute__((naked, noinline)) static void normalised(
    const lnn_curve_t *given __attribute__((unused))) {
    __asm__ volatile(
        "push {r4-r11, lr}\n\t"
        "ldmia r0, {r0-r10}\n\t"
        "push {r6-r10}\n\t"
        "mov r12, r4\n\tmov lr, r5\n"
        "1:\n\t"
        "ldr r4, [r0]\n\tldrd r5, r6, [r1], #8\n\tldrd r7, r8, [sp]\n\t"
        "lsr r5, r5, r7\n\tlsl r6, r6, r8\n\t"
        "add r4, r4, r12\n\torr r5, r5, r6\n\tadd r5, r5, lr\n\t"
        "clz r6, r4\n\tclz r7, r5\n\tlsl r4, r4, r6\n\tlsl r5, r5, r7\n\t"
        "ubfx r8, r4, #26, #5\n\tubfx r9, r5, #26, #5\n\t"
        "add r8, r2, r8, lsl #1\n\tadd r9, r2, r9, lsl #1\n\t"
        "ubfx r4, r4, #16, #10\n\tubfx r5, r5, #16, #10\n\t"
        "ldrsh r10, [r8]\n\tldrsh r8, [r8, #2]\n\t"
        "ldrsh r11, [r9]\n\tldrsh r9, [r9, #2]\n\t"
        "sub r8, r8, r10\n\tsub r9, r9, r11\n\t"
        "mul r8, r8, r4\n\tmul r9, r9, r5\n\t"
        "add r8, r8, #512\n\tadd r9, r9, #512\n\t"
        "sub r10, r10, r6, lsl #10\n\tsub r11, r11, r7, lsl #10\n\t"
        "add r10, r10, r8, asr #10\n\tadd r11, r11, r9, asr #10\n\t" /* Q20 to Q10 */
        "ldrd r4, r5, [sp, #8]\n\t"
        "add r11, r11, #27648\n\t" /* 31 - 4 in Q10 */
        "add r10, r10, r5\n\t"
        "mul r11, r11, r4\n\t"
        "movw r6, #24575\n\t"
        "add r11, r11, #16384\n\t"
        "sub r10, r10, r11, asr #15\n\t" /* Q25 to Q10 */
        "usat r10, #15, r10\n\t"
        "cmp r10, r6\n\t"
        "it gt\n\t"
        "movgt r10, r6\n\t"
        "lsr r4, r10, #7\n\tadd r4, r3, r4, lsl #1\n\t"
        "and r10, r10, #127\n\t"
        "ldrsh r5, [r4]\n\tldrsh r4, [r4, #2]\n\t"
        "sub r4, r4, r5\n\tmul r4, r4, r10\n\tadd r4, r4, #64\n\t"
        "add r5, r5, r4, asr #7\n\t" /* Q14 to Q7 */
        "ldr r4, [sp, #16]\n\t"
        "str r5, [r0], #4\n\t"
        "cmp r0, r4\n\t"
        "bne 1b\n\t"
        "add sp, sp, #20\n\t"
        "pop {r4-r11, pc}\n");
}
#else
LNN_NOINLINE static void normalised(const lnn_curve_t *given) {
    const uint32_t *level = given->level;
    LNN_ROLLED
    for (int32_t *value = given->values; value != given->end; value++, level += 2) {
        const uint32_t mean = (level[0] >> given->down) | (level[1] << given->up);
        const int32_t levels = lnn_log2_q10(mean + given->quiet) - 4096;
        int32_t place = lnn_log2_q10((uint32_t)*value + given->floor) + given->place - 31744;
        place -= lnn_halved(given->exponent * levels, 15);
        place = place < 0 ? 0 : place > 24575 ? 24575 : place;
        const int16_t *left = given->curve + (place >> 7);
        *value = left[0] + lnn_halved((left[1] - left[0]) * (place & 127), 7);
    }
}
#endif

/* The running level takes an energy in; 1 <= shift <= 12. */
LNN_INLINE void smoothed(uint32_t *level, uint32_t energy, uint32_t shift) {
    uint32_t low = level[0], high = level[1];
    const uint32_t mean = (low >> shift) | (high << (32 - shift)); /* high < 2^shift */
    const uint32_t raised = low + energy;
    high += raised < low;
    high -= raised < mean;
    low = raised - mean;
    level[0] = low;
    level[1] = high;
}

/* It starts with one. */
LNN_INLINE void started(uint32_t *level, uint32_t energy, uint32_t shift) {
    level[0] = energy << shift;
    level[1] = energy >> (32 - shift);
}

#ifdef LNN_USE_POLICY
/* The same with an energy that is held over several hops; keep: of the old level, Q15. */
LNN_NOINLINE static void held(uint32_t *level, uint32_t energy, uint32_t shift, int32_t keep) {
    const int64_t goal = (int64_t)energy << shift;
    const int64_t before = (int64_t)(((uint64_t)level[1] << 32) | level[0]);
    const uint64_t now = (uint64_t)(goal + (((before - goal) * keep + 16384) >> 15));
    level[0] = (uint32_t)now;
    level[1] = (uint32_t)(now >> 32);
}

/* fresh: 1 in a first frame, above that the hops that the frame stands for. */
#define LNN_TAKE_IN(level, energy, shift, fresh, keep) \
    ((fresh) > 1 ? held(level, energy, shift, keep) : started(level, energy, shift))
#else
#define LNN_TAKE_IN(level, energy, shift, fresh, keep) started(level, energy, shift)
#endif
#endif

#ifdef LNN_USE_MFCC
/* Cepstral coefficients (Q7) of logs: [bands], Q10; rows: [coefficients][bands], Q12; room:
 * [coefficients]. */
LNN_NOINLINE static void cepstral(const int16_t *rows, uint32_t bands, uint32_t coefficients,
                                  const int32_t *logs, int32_t *room) {
    for (uint32_t c = 0; c < coefficients; c++) {
        int32_t sum = 0;
        for (uint32_t b = 0; b < bands; b++) sum += *rows++ * logs[b];
        room[c] = lnn_halved(sum, 15);
        LNN_LOOP;
    }
}
#endif

#ifdef LNN_USE_PCEN
/* values: [bands], energies times 2^(2 e), which become PCEN's. The levels take all energies in
 * first, without their normalising shift in Q4. */
LNN_NOINLINE static void pcen(const lnn_feat_t *feat, const int16_t *curve, uint32_t e,
                              int32_t *values, uint32_t *level, uint32_t fresh) {
    const uint32_t bands = feat->bands, smoothing = feat->smoothing_shift;
    /* a loud frame, e < 2, is bound, so that the shift loses nothing */
    const uint32_t most = (1u << ((27 + 2 * e) & 31)) - 1, left = (4 - 2 * e) & 31;
    const uint32_t right = (2 * e - 4) & 31; /* of others */
#ifdef LNN_USE_POLICY
    const int32_t keep = fresh > 1 ? lnn_power(32768 - (32768 >> smoothing), fresh) : 0; /* Q15 */
#endif
    const lnn_curve_t given = {
        values, level, lnn_log_table, curve, feat->floor << (2 * e), 16 * feat->floor, smoothing,
        32 - smoothing, feat->exponent, 31744 + 10240 - 2048 * (int32_t)e, values + bands};
    if (fresh) {
        LNN_ROLLED
        for (; values < given.end; values++, level += 2) {
            const uint32_t energy = (uint32_t)*values, bound = energy < most ? energy : most;
            LNN_TAKE_IN(level, e < 2 ? bound << left : energy >> right, smoothing, fresh, keep);
        }
    } else if (e < 2) {
        LNN_ROLLED
        for (; values < given.end; values++, level += 2) {
            const uint32_t energy = (uint32_t)*values;
            smoothed(level, (energy < most ? energy : most) << left, smoothing);
        }
    } else {
        LNN_ROLLED
        for (; values < given.end; values++, level += 2)
            smoothed(level, (uint32_t)*values >> right, smoothing);
    }
    normalised(&given);
}
#endif

LNN_NOINLINE void lnn_mel(const lnn_feat_t *feat, const uint8_t *data, const uint32_t *z,
                          uint32_t e, int32_t *values, uint32_t *level, uint32_t fresh) {
    const int16_t *more = (const int16_t *)(const void *)(data + feat->more_at);
    energies(feat, data, z, (uint32_t *)(void *)values);
#ifdef LNN_USE_PCEN
    if (feat->kind == LNN_PCEN) {
        pcen(feat, more, e, values, level, fresh);
        return;
    }
#endif
#if defined(LNN_USE_LOG_MEL) || defined(LNN_USE_MFCC)
    const uint32_t bands = feat->bands, floor = feat->floor << (2 * e);
    LNN_ROLLED
    for (uint32_t b = 0; b < bands; b++)
        values[b] = lnn_log2_q10((uint32_t)values[b] + floor) - 2048 * (int32_t)e;
#endif
#ifdef LNN_USE_MFCC
    if (feat->kind == LNN_MFCC) {
        const uint32_t coefficients = feat->features / feat->channels;
        int32_t *room = values + bands;
        cepstral(more, bands, coefficients, values, room);
        for (uint32_t c = 0; c < coefficients; c++) values[c] = room[c];
    }
#endif
    (void)more, (void)level, (void)fresh, (void)e;
}

#endif
