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

/* Energies of all filters, with their normalising shift: every bin between two points of the chain
 * is shared by the filter that rises there and the one that falls. */
LNN_NOINLINE static void energies(const lnn_feat_t *feat, const uint8_t *data, const uint32_t *z,
                                  uint32_t *energy) {
    const uint16_t *starts = (const uint16_t *)(const void *)(data + feat->edges_at);
    const uint16_t *rising = (const uint16_t *)(const void *)(data + feat->rising_at); /* Q15 */
    const uint32_t bands = feat->bands;
    uint32_t before = 0; /* what the filter to the left has collected */
    for (uint32_t segment = 0; segment <= bands; segment++) {
        const uint32_t *power = z + starts[segment], *end = z + starts[segment + 1];
        const uint16_t *share = rising + starts[segment];
        uint32_t total = 0, low = 0, high = 0; /* the sum of shares, 64 bits */
        if ((end - power) & 1) {
            total = *power++;
            add_product(&low, &high, total, *share++);
        }
        for (; power < end; power += 2, share += 2) {
            const uint32_t first = power[0], second = power[1];
            total += first + second;
            add_product(&low, &high, first, share[0]);
            add_product(&low, &high, second, share[1]);
        }
        const uint32_t up = (high << 17) | (low >> 15);
        if (segment) energy[segment - 1] = before + (total - up);
        before = up;
    }
}

#ifdef LNN_USE_PCEN
/* An energy without its normalising shift, Q4. */
LNN_INLINE uint32_t level_of(uint32_t energy, uint32_t e) {
    if (e >= 2) return energy >> (2 * e - 4);
    const uint32_t most = (1u << (27 + 2 * e)) - 1;
    return (energy < most ? energy : most) << (4 - 2 * e);
}

/* Log-energy (Q10) less exponent times the running level's, through the curve; Q7. */
LNN_INLINE int32_t normalised(const int16_t *curve, int32_t exponent, int32_t log,
                              uint32_t level) {
    const int32_t levels = lnn_log2_q10(level) - 4096;
    int32_t place = log - lnn_halved(exponent * levels, 15) + 10240;
    place = place < 0 ? 0 : place > 24575 ? 24575 : place;
    const int16_t *left = curve + (place >> 7);
    return left[0] + lnn_halved((left[1] - left[0]) * (place & 127), 7);
}

/* The running level takes an energy in; returns its mean, Q4. */
LNN_INLINE uint32_t smoothed(uint32_t *level, uint32_t energy, uint32_t shift, uint32_t fresh) {
    const uint32_t up = 32 - shift; /* 1 <= shift <= 12 */
    uint32_t low = level[0], high = level[1];
    if (fresh) {
        low = energy << shift;
        high = energy >> up;
    } else {
        const uint32_t mean = (low >> shift) | (high << up); /* high < 2^shift */
        const uint32_t raised = low + energy;
        high += raised < low;
        high -= raised < mean;
        low = raised - mean;
    }
    level[0] = low;
    level[1] = high;
    return (low >> shift) | (high << up);
}

#ifdef LNN_USE_POLICY
/* The same with an energy that is held over several hops; keep: of the old level, Q15. */
LNN_NOINLINE static uint32_t held(uint32_t *level, uint32_t energy, uint32_t shift, int32_t keep) {
    const int64_t goal = (int64_t)energy << shift;
    const int64_t before = (int64_t)(((uint64_t)level[1] << 32) | level[0]);
    const uint64_t now = (uint64_t)(goal + (((before - goal) * keep + 16384) >> 15));
    level[0] = (uint32_t)now;
    level[1] = (uint32_t)(now >> 32);
    return (uint32_t)(now >> shift);
}
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
    }
}
#endif

LNN_NOINLINE void lnn_mel(const lnn_feat_t *feat, const uint8_t *data, const uint32_t *z,
                          uint32_t e, int32_t *values, uint32_t *level, uint32_t fresh) {
    const uint32_t bands = feat->bands, floor = feat->floor << (2 * e);
    const int32_t shifted = 2048 * (int32_t)e;
    const int16_t *more = (const int16_t *)(const void *)(data + feat->more_at);
    const uint32_t quiet = 16 * feat->floor, smoothing = feat->smoothing_shift;
    const uint32_t pcen = feat->kind == LNN_PCEN;
    const int32_t exponent = feat->exponent;
#if defined(LNN_USE_POLICY) && defined(LNN_USE_PCEN)
    const int32_t keep =
        fresh > 1 && pcen ? lnn_power(32768 - (32768 >> smoothing), fresh) : 0; /* Q15 */
#endif
    energies(feat, data, z, (uint32_t *)(void *)values);
    for (uint32_t b = 0; b < bands; b++) {
        const uint32_t energy = (uint32_t)values[b];
        values[b] = lnn_log2_q10(energy + floor) - shifted;
#ifdef LNN_USE_PCEN
        if (pcen) {
#ifdef LNN_USE_POLICY
            const uint32_t mean =
                fresh > 1 ? held(level + 2 * b, level_of(energy, e), smoothing, keep)
                          : smoothed(level + 2 * b, level_of(energy, e), smoothing, fresh);
#else
            const uint32_t mean = smoothed(level + 2 * b, level_of(energy, e), smoothing, fresh);
#endif
            values[b] = normalised(more, exponent, values[b], mean + quiet);
        }
#endif
    }
#ifdef LNN_USE_MFCC
    if (feat->kind == LNN_MFCC) {
        const uint32_t coefficients = feat->features / feat->channels;
        int32_t *room = values + bands;
        cepstral(more, bands, coefficients, values, room);
        for (uint32_t c = 0; c < coefficients; c++) values[c] = room[c];
    }
#endif
    (void)more, (void)level, (void)fresh, (void)quiet, (void)smoothing, (void)exponent,
        (void)pcen;
}

#endif
