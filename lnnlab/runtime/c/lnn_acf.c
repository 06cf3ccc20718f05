/* The autocorrelation of a frame: log2 r0, r_k / r0, the mean (FORMAT.md, section 2, kind 5).
 *
 * On cores with packed int16 instructions the sums are assembly: nine, then eight at a time stay in
 * registers, and the Q flag tells whether one of them left int32. */
#include "lnn_internal.h"

#ifdef LNN_USE_ACF

typedef struct { /* where products are taken */
    const int16_t *x; /* the frame's first sample; `channels` between two of them */
    uint32_t channels;
    int32_t mean;     /* taken off each sample */
    uint32_t places;
    uint32_t step;    /* samples from one place to the next, even */
    uint32_t moved;   /* samples that are moved at a time, even */
} lnn_places_t;

/* Sample n of the frame. */
LNN_INLINE int32_t sample(const lnn_places_t *at, uint32_t n) {
    return lnn_sat16(at->x[n * at->channels] - at->mean);
}

#ifdef LNN_DSP

/* Two lags more at a place: w = (x0, x1) at the place, t = (x2, x1), s = (x_2j, x_2j+1):
 * odd += x1 s.low + x2 s.high, even += x0 s.low + x1 s.high. */
#define LNN_TWO_LAGS(w, t, s, odd, even) \
    "smladx " odd ", " t ", " s ", " odd "\n\tsmlad " even ", " w ", " s ", " even "\n\t"

/* One place: r0 and lags 1 to 8 in r2 to r10. uxtah: on to the next place. */
#define LNN_LOW_LAGS \
    "ldr lr, [r0, #4]\n\tldr r11, [r0]\n\t" \
    "smlad r2, r11, r11, r2\n\tpkhbt r12, lr, r11\n\t" \
    LNN_TWO_LAGS("r11", "r12", "lr", "r3", "r4") \
    "ldr lr, [r0, #8]\n\t" LNN_TWO_LAGS("r11", "r12", "lr", "r5", "r6") \
    "ldr lr, [r0, #12]\n\t" LNN_TWO_LAGS("r11", "r12", "lr", "r7", "r8") \
    "ldr lr, [r0, #16]\n\t" LNN_TWO_LAGS("r11", "r12", "lr", "r9", "r10") \
    "uxtah r0, r0, r1\n\t"

/* One place: eight lags in r2 to r9, of words so many bytes further on. */
#define LNN_HIGH_LAGS(one, two, three, four) \
    "ldr r12, [r0, #4]\n\tldr r10, [r0]\n\tldr lr, [r0, #" one "]\n\t" \
    "pkhbt r11, r12, r10\n\t" LNN_TWO_LAGS("r10", "r11", "lr", "r2", "r3") \
    "ldr r12, [r0, #" two "]\n\tldr lr, [r0, #" three "]\n\t" \
    LNN_TWO_LAGS("r10", "r11", "r12", "r4", "r5") LNN_TWO_LAGS("r10", "r11", "lr", "r6", "r7") \
    "ldr r12, [r0, #" four "]\n\t" LNN_TWO_LAGS("r10", "r11", "r12", "r8", "r9") \
    "uxtah r0, r0, r1\n\t"

/* Adds products at all places to sums; words: at the first place; steps: pairs of places less one in
 * the upper half, bytes from place to place in the lower; odd: whether the first pair lacks its first
 * place. Returns the flags, Q set where a sum left int32 on its way. */
#define LNN_LAGS(name, registers, place) \
    __attribute__((naked, noinline)) static uint32_t name( \
        const uint32_t *words __attribute__((unused)), uint32_t steps __attribute__((unused)), \
        int32_t *sums __attribute__((unused)), uint32_t odd __attribute__((unused))) { \
        __asm__ volatile( \
            "push {r2, r4-r11, lr}\n\t" \
            "mov r12, r2\n\tmov r11, #0\n\t" \
            "msr APSR_nzcvq, r11\n\t" \
            "lsls r11, r3, #31\n\t" /* N: odd */ \
            "ldmia r12, {" registers "}\n\t" \
            "bmi 2f\n" \
            "1:\n\t" place \
            "2:\n\t" place \
            "subs r1, #65536\n\t" \
            "bpl 1b\n\t" \
            "mrs r0, APSR\n\t" \
            "pop {r1}\n\t" \
            "stmia r1, {" registers "}\n\t" \
            "pop {r4-r11, pc}\n"); \
    }
LNN_LAGS(lags_to_8, "r2-r10", LNN_LOW_LAGS)
#if LNN_MOST_LAGS >= 16
LNN_LAGS(lags_to_16, "r2-r9", LNN_HIGH_LAGS("20", "24", "28", "32"))
#endif
#if LNN_MOST_LAGS >= 24
LNN_LAGS(lags_to_24, "r2-r9", LNN_HIGH_LAGS("36", "40", "44", "48"))
#endif
#if LNN_MOST_LAGS >= 32
LNN_LAGS(lags_to_32, "r2-r9", LNN_HIGH_LAGS("52", "56", "60", "64"))
#endif

/* Adds products at places of x, aligned to 4 bytes, to sums: [lags + 1]. Returns whether a sum may
 * have left int32. */
LNN_INLINE uint32_t add_products(const int16_t *x, uint32_t places, uint32_t step, uint32_t lags,
                                 int32_t *sums) {
    const uint32_t *words = (const uint32_t *)(const void *)x;
    const uint32_t odd = places & 1, steps = (((places + 1) / 2 - 1) << 16) | (2 * step);
    uint32_t flags = lags_to_8(words, steps, sums, odd);
    (void)lags;
#if LNN_MOST_LAGS >= 16
    if (lags >= 16) flags |= lags_to_16(words, steps, sums + 9, odd);
#endif
#if LNN_MOST_LAGS >= 24
    if (lags >= 24) flags |= lags_to_24(words, steps, sums + 17, odd);
#endif
#if LNN_MOST_LAGS >= 32
    if (lags >= 32) flags |= lags_to_32(words, steps, sums + 25, odd);
#endif
    return flags >> 27 & 1;
}

LNN_INLINE uint32_t lies_ready(const int16_t *x) { return !((uintptr_t)x & 3); }

/* Two samples as a word, each less the mean and saturated. */
LNN_INLINE uint32_t joined(uint32_t low, uint32_t high, uint32_t means) {
    uint32_t y;
    __asm__("pkhbt %0, %1, %2, lsl #16" : "=r"(y) : "r"(low), "r"(high));
    __asm__("qsub16 %0, %0, %1" : "+r"(y) : "r"(means));
    return y;
}

/* Samples less the mean, side by side; count: even. Loads in a row take a cycle each. */
LNN_NOINLINE static void move(const lnn_places_t *at, const int16_t *from, uint32_t count, int16_t *room) {
    const uint32_t on = 2 * at->channels, means = (uint32_t)(at->mean & 0xffff) * 0x10001u;
    uint32_t *to = (uint32_t *)(void *)room, *end = to + count / 2;
    if (count & 2) {
        *to++ = joined((uint32_t)from[0], (uint32_t)from[on / 2], means);
        from += on;
    }
    LNN_ROLLED
    for (; to < end; to += 2, from += 2 * on) {
        uint32_t a, b, c, d;
        __asm__("ldrh %0, [%4]\n\tldrh %1, [%4, %5]\n\tldrh %2, [%4, %6]\n\tldrh %3, [%4, %7]"
                : "=&r"(a), "=&r"(b), "=&r"(c), "=&r"(d)
                : "r"(from), "r"(on), "r"(2 * on), "r"(3 * on) : "memory");
        to[0] = joined(a, b, means);
        to[1] = joined(c, d, means);
    }
}

#else

LNN_INLINE void move(const lnn_places_t *at, const int16_t *from, uint32_t count, int16_t *room) {
    LNN_ROLLED
    for (uint32_t n = 0; n < count; n++, from += at->channels)
        room[n] = (int16_t)lnn_sat16(*from - at->mean);
}

LNN_INLINE uint32_t product(int32_t a, int32_t b) { return (uint32_t)(a * b); }

/* The same; the caller has seen to it that no sum leaves int32. Four lags at a time. */
LNN_INLINE uint32_t add_products(const int16_t *x, uint32_t places, uint32_t step, uint32_t lags,
                                 int32_t *sums) {
    const int16_t *end = x + places * step;
    uint32_t energy = (uint32_t)*sums;
    LNN_ROLLED
    for (const int16_t *p = x; p < end; p += step) energy += product(p[0], p[0]) + product(p[1], p[1]);
    *sums++ = (int32_t)energy;
    LNN_ROLLED
    for (uint32_t j = 2; j <= lags; j += 4, sums += 4) {
        uint32_t a = (uint32_t)sums[0], b = (uint32_t)sums[1];
        uint32_t c = (uint32_t)sums[2], d = (uint32_t)sums[3];
        LNN_ROLLED
        for (const int16_t *p = x, *q = x + j; p < end; p += step, q += step) {
            const int32_t x0 = p[0], x1 = p[1], x2 = p[2], y0 = q[0], y1 = q[1], y2 = q[2], y3 = q[3];
            a += product(x1, y0) + product(x2, y1);
            b += product(x0, y0) + product(x1, y1);
            c += product(x1, y2) + product(x2, y3);
            d += product(x0, y2) + product(x1, y3);
        }
        sums[0] = (int32_t)a, sums[1] = (int32_t)b, sums[2] = (int32_t)c, sums[3] = (int32_t)d;
    }
    return 0;
}

LNN_INLINE uint32_t lies_ready(const int16_t *x) { return (void)x, 1; }

/* Σ x² >> 9 of every `step`-th sample from number `first` on. */
LNN_INLINE uint32_t rough_energy(const lnn_places_t *at, uint32_t first, uint32_t count) {
    const uint32_t channels = at->channels, on = at->step * channels;
    const int16_t *x = at->x + first * channels, *end = at->x + count * channels;
    const int32_t mean = at->mean;
    uint32_t sum = 0;
    if (!mean) {
        LNN_ROLLED
        for (; x < end; x += on) sum += product(*x, *x) >> 9;
        return sum;
    }
    LNN_ROLLED
    for (; x < end; x += on) {
        const int32_t away = lnn_sat16(*x - mean);
        sum += product(away, away) >> 9;
    }
    return sum;
}

/* Whether a sum may leave int32. |r_k| is at most half the energy of its first factors and half that
 * of its second ones; both are pairs of neighbours `step` samples apart, so that two classes of
 * samples modulo step bound them, each class below 2^9 (sum + its share of `count` samples). */
LNN_NOINLINE static uint32_t may_leave(const lnn_places_t *at, uint32_t count) {
    const uint32_t most = (1u << 22) - count;
    uint32_t before = rough_energy(at, 0, count);
    for (uint32_t first = 1; first <= at->step; first++) { /* the last pair is one round the end */
        const uint32_t sum = rough_energy(at, first < at->step ? first : 0, count);
        if (before + sum >= most) return 1;
        before = sum;
    }
    return 0;
}

#endif

/* r0, or some number from 2^31 on if it reaches that. */
LNN_NOINLINE static uint32_t energy_of(const lnn_places_t *at) {
    const uint32_t channels = at->channels;
    const int16_t *x = at->x, *end = x + at->places * at->step * channels;
    uint32_t sum = 0;
    for (; x < end && sum < 1u << 31; x += at->step * channels) { /* two squares are at most 2^31 */
        const int32_t a = lnn_sat16(x[0] - at->mean), b = lnn_sat16(x[channels] - at->mean);
        sum += (uint32_t)(a * a) + (uint32_t)(b * b);
    }
    return sum;
}

/* Where r0 stays below 2^31 and others need not: each exactly, then between -r0 and r0. */
LNN_SMALL static void wide_sums(const lnn_places_t *at, uint32_t lags, int32_t *sums) {
    const int32_t most = sums[0] = (int32_t)energy_of(at);
    for (uint32_t k = 1; k <= lags; k++) {
        int64_t sum = 0;
        for (uint32_t place = 0; place < at->places; place++)
            for (uint32_t i = 0; i < 2; i++) {
                const uint32_t n = place * at->step + (k & 1) + i;
                sum += sample(at, n) * sample(at, n + k);
            }
        sums[k] = sum > most ? most : sum < -most ? -most : (int32_t)sum;
    }
}

/* All sums of samples >> shift. room: [moved + lags]. Returns whether one may have left int32. */
LNN_NOINLINE static uint32_t all_sums(const lnn_places_t *at, uint32_t shift, uint32_t lags,
                                      int32_t *sums, int16_t *room) {
    const uint32_t step = at->step, most = at->moved < step ? 1 : at->moved / step;
    uint32_t left = 0;
    for (uint32_t k = 0; k <= lags; k++) {
        sums[k] = 0;
        LNN_LOOP;
    }
    if (at->channels == 1 && !at->mean && !shift && lies_ready(at->x))
        return add_products(at->x, at->places, step, lags, sums);
    LNN_ROLLED
    for (uint32_t first = 0; first < at->places; first += most) { /* a part at a time, side by side */
        const uint32_t some = at->places - first < most ? at->places - first : most;
        const uint32_t start = first * step, count = (some - 1) * step + 2 + lags;
        const int16_t *from = at->x + start * at->channels;
        move(at, from, count, room);
        LNN_ROLLED
        for (uint32_t n = 0; shift && n < count; n++) room[n] = (int16_t)(room[n] >> shift);
        left |= add_products(room, some, step, lags, sums);
    }
    return left;
}

/* Sums become log2 r0, less 16 octaves, in Q10, and r_k / r0 in Q14. louder: added to the log. */
LNN_NOINLINE static void scale(int32_t *v, uint32_t lags, int32_t louder) {
    const int32_t most = v[0], r0 = most ? most : 1;
    const uint32_t e = lnn_leading_zeros((uint32_t)r0) - 1;
    const int32_t inverse = (int32_t)(0x1fffffffu / ((uint32_t)lnn_left(r0, e) >> 16)); /* Q14 */
    v[0] = lnn_log2_q10((uint32_t)r0) - 16 * 1024 + louder;
    LNN_ROLLED
    for (uint32_t k = 1; k <= lags; k++) {
        const int32_t c = v[k] > most ? most : v[k] < -most ? -most : v[k];
        v[k] = lnn_times_q16(lnn_left(c, e), inverse) >> 15;
    }
}

/* Of one channel, rounded. */
LNN_SMALL static int32_t mean_of(const int16_t *x, uint32_t count, uint32_t channels) {
    uint32_t sum = count / 2;
    for (uint32_t n = 0; n < count; n++, x += channels) sum += (uint32_t)(*x + 32768);
    return (int32_t)(sum / count) - 32768;
}

LNN_NOINLINE void lnn_acf(const lnn_feat_t *feat, const int16_t *x, int32_t *values, uint32_t *room) {
    const uint32_t frame = feat->frame, lags = feat->bands, step = 2u * feat->exponent;
    lnn_places_t at = {x, feat->channels, 0, (frame - lags + step - 1) / step, step,
                       2 * lnn_acf_moved(feat)};
    int16_t *moved = (int16_t *)(void *)room;
    int32_t louder = 0;
    if (feat->flags & 1) at.mean = mean_of(x, frame, feat->channels);
    if ((feat->flags & 5) == 1) values[lags + 1] = at.mean;
#ifdef LNN_DSP
    const uint32_t left = all_sums(&at, 0, lags, values, moved);
#else
    const uint32_t left = may_leave(&at, frame);
    if (!left) all_sums(&at, 0, lags, values, moved);
#endif
    if (left) {
        if (energy_of(&at) >> 31) {
            all_sums(&at, 4, lags, values, moved); /* at most 2 * 255 products of 2^22 */
            louder = 8 * 1024;
        } else {
            wide_sums(&at, lags, values);
        }
    }
    scale(values, lags, louder);
}

#endif
