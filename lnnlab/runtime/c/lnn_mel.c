/* Features on the mel scale: log-energies, MFCC, PCEN (FORMAT.md, section 2). */
#include "lnn_internal.h"

#ifdef LNN_USE_MEL

/* Energies of all filters, with their normalising shift: every bin between two points of the chain
 * is shared by the filter that rises there and the one that falls. */
LNN_NOINLINE static void energies(const lnn_feat_t *feat, const uint8_t *data, const uint32_t *z,
                                  uint32_t *energy) {
    const uint16_t *starts = (const uint16_t *)(const void *)(data + feat->edges_at);
    const int16_t *rising = (const int16_t *)(const void *)(data + feat->rising_at); /* Q15 */
    const uint32_t bands = feat->bands;
    uint32_t before = 0; /* what the filter to the left has collected */
    for (uint32_t segment = 0; segment <= bands; segment++) {
        uint32_t total = 0;
        uint64_t risen = 0;
        for (uint32_t k = starts[segment]; k < starts[segment + 1]; k++) {
            total += z[k];
            risen += (uint64_t)z[k] * (uint32_t)rising[k];
        }
        const uint32_t up = (uint32_t)(risen >> 15);
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
LNN_INLINE int32_t normalised(const lnn_feat_t *feat, const int16_t *curve, int32_t log,
                              uint32_t level) {
    const int32_t levels = lnn_log2_q10(level + 16 * feat->floor) - 4096;
    int32_t place = log - lnn_halved((int32_t)feat->exponent * levels, 15) + 10240;
    place = place < 0 ? 0 : place > 24575 ? 24575 : place;
    const int16_t *left = curve + (place >> 7);
    return left[0] + lnn_halved((left[1] - left[0]) * (place & 127), 7);
}

/* The running level takes an energy in; returns its mean, Q4. */
LNN_INLINE uint32_t smoothed(uint32_t *level, uint32_t energy, uint32_t shift, uint32_t fresh) {
    uint64_t sum = ((uint64_t)level[1] << 32) | level[0];
    sum = fresh ? (uint64_t)energy << shift : sum + energy - (sum >> shift);
    level[0] = (uint32_t)sum;
    level[1] = (uint32_t)(sum >> 32);
    return (uint32_t)(sum >> shift);
}
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
    energies(feat, data, z, (uint32_t *)(void *)values);
    for (uint32_t b = 0; b < bands; b++) {
        const uint32_t energy = (uint32_t)values[b];
        values[b] = lnn_log2_q10(energy + floor) - shifted;
#ifdef LNN_USE_PCEN
        if (feat->kind == LNN_PCEN) {
            const uint32_t now = level_of(energy, e), shift = feat->smoothing_shift;
            const uint32_t mean = smoothed(level + 2 * b, now, shift, fresh);
            values[b] = normalised(feat, more, values[b], mean);
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
    (void)more, (void)level, (void)fresh;
}

#endif
