/* Samples to int8 features: raw frames, log2 of the energy in bands (FORMAT.md, section 2); the
 * spectrum is in lnn_spectrum.c, what lies on the mel scale in lnn_mel.c, autocorrelations in
 * lnn_acf.c. */
#include "lnn_internal.h"

LNN_INLINE const int16_t *array16(const uint8_t *data, uint32_t at) {
    return (const int16_t *)(const void *)(data + at);
}

#ifdef LNN_USE_LOG_BANDS

/* The logs' mean is taken off them where the file asks for it. A macro: clang gives other bytes for an
 * inline function, and records rest on the bytes. */
#define LNN_RELATIVE(feat, logs, bands, total) \
    if ((feat)->flags & 1) { \
        const int32_t mean = (int32_t)(((int64_t)(total) * (int32_t)(feat)->reciprocal + 32768) >> 16); \
        LNN_ROLLED \
        for (uint32_t band = 0; band < (bands); band++) (logs)[band] -= mean; \
    }

#ifdef LNN_USE_AVERAGE
/* The same of a frame in parts: logs of the bands' powers summed over the parts, in units of 2^-10;
 * logs: [bands][2], of which the first [bands] are the result. */
LNN_NOINLINE static void averaged_logs(const lnn_feat_t *feat, const uint8_t *data, const int16_t *x,
                                       uint32_t *z, int32_t *logs) {
    const uint32_t bands = feat->bands, parts = lnn_parts(feat);
    const uint16_t *edges = (const uint16_t *)(const void *)(data + feat->edges_at);
    const uint64_t floor = (uint64_t)(feat->floor * (uint64_t)parts) << 10;
    uint32_t *sums = (uint32_t *)(void *)logs; /* [bands][2], low words first */
    int32_t total = 0;
    lnn_feat_t part; /* of it what a transform reads */
    part.frame = (uint16_t)(feat->frame / parts);
    part.channels = feat->channels;
    part.most_shift = feat->most_shift;
    part.window_at = feat->window_at;
    part.twiddle_at = feat->twiddle_at;
    part.split_at = feat->split_at;
    part.reversed_at = feat->reversed_at;
    for (uint32_t band = 0; band < bands; band++) {
        sums[2 * band] = (uint32_t)floor;
        sums[2 * band + 1] = (uint32_t)(floor >> 32);
    }
    for (uint32_t k = 0; k < parts; k++, x += part.frame * feat->channels) {
        const uint32_t e = 2 * lnn_spectrum(&part, data, x, z), *p = z + edges[0];
        LNN_ROLLED
        for (uint32_t band = 0; band < bands; band++) {
            const uint32_t *end = z + edges[band + 1];
            uint32_t power = 0;
            LNN_ROLLED
            while (p < end) power += *p++;
            uint64_t sum = ((uint64_t)sums[2 * band + 1] << 32) | sums[2 * band];
            sum += e <= 10 ? (uint64_t)power << (10 - e) : power >> (e - 10);
            sums[2 * band] = (uint32_t)sum;
            sums[2 * band + 1] = (uint32_t)(sum >> 32);
        }
    }
    for (uint32_t band = 0; band < bands; band++) { /* a log takes a place that was read before */
        const uint64_t sum = ((uint64_t)sums[2 * band + 1] << 32) | sums[2 * band];
        logs[band] = lnn_wide_log2_q10(sum) - 10 * 1024;
        total += logs[band];
    }
    LNN_RELATIVE(feat, logs, bands, total)
}
#endif

/* One channel: x[frame] with `channels` between its samples; z: [frame / 2 + 1] scratch; logs:
 * [bands], Q10. */
LNN_NOINLINE static void band_logs(const lnn_feat_t *feat, const uint8_t *data, const int16_t *x,
                                   uint32_t *z, int32_t *logs) {
    const uint32_t bands = feat->bands, e = lnn_spectrum(feat, data, x, z);
    const uint16_t *edges = (const uint16_t *)(const void *)(data + feat->edges_at);
    const uint32_t floor = feat->floor << (2 * e), *p = z + edges[0];
    const int32_t shifted = 2048 * (int32_t)e;
    int32_t total = 0;
    LNN_ROLLED
    for (uint32_t band = 0; band < bands; band++) {
        const uint32_t *end = z + edges[band + 1];
        uint32_t power = floor;
        LNN_ROLLED
        while (p < end) power += *p++;
        logs[band] = lnn_log2_q10(power) - shifted;
        total += logs[band];
    }
    LNN_RELATIVE(feat, logs, bands, total)
}

#endif

LNN_INLINE int16_t affine(int32_t v, int32_t offset, int32_t factor, uint32_t shift) {
    return (int16_t)lnn_sat8(lnn_halved((v - offset) * factor, shift));
}

/* frame: [frame][channels] samples. Writes model->x: [features], int8 values. */
LNN_NOINLINE void lnn_stage_features(lnn_model_t *model, const int16_t *frame) {
    const lnn_feat_t *feat = lnn_feat(model);
    const int16_t *offset = array16(model->data, feat->offset_at);
    const int16_t *factor = array16(model->data, feat->factor_at);
    const uint32_t channels = feat->channels, shift = feat->shift;
    int16_t *q = model->x;
#ifdef LNN_USE_SPECTRUM
    if (LNN_HAS_SPECTRUM(feat->kind)) {
        const uint32_t own = feat->features / channels; /* features of one channel */
        uint32_t *z = (uint32_t *)model->scratch;
        int32_t *logs = (int32_t *)(void *)(z + LNN_TRANSFORM(feat) / 2 + 1); /* [bands] */
#if defined(LNN_USE_MEL) && defined(LNN_USE_POLICY)
        const uint32_t fresh = !model->step ? 1 : lnn_span(model) > 1 ? lnn_span(model) : 0;
#endif
        LNN_ROLLED
        for (uint32_t channel = 0; channel < channels; channel++) {
#ifdef LNN_USE_AVERAGE
            if (lnn_parts(feat) > 1)
                averaged_logs(feat, model->data, frame + channel, z, logs);
            else
#endif
#ifdef LNN_USE_LOG_BANDS
            if (feat->kind == LNN_LOG_BANDS) band_logs(feat, model->data, frame + channel, z, logs);
#endif
#ifdef LNN_USE_MEL
            if (feat->kind != LNN_LOG_BANDS) {
#ifdef LNN_USE_DENOISE
                const uint32_t e =
                    frame ? lnn_spectrum(feat, model->data, frame + channel, z) : z[0];
#else
                const uint32_t e = lnn_spectrum(feat, model->data, frame + channel, z);
#endif
#ifdef LNN_USE_PCEN
                uint32_t *const level = model->levels + 2 * channel * feat->bands;
#else
                uint32_t *const level = 0;
#endif
                lnn_mel(feat, model->data, z, e, logs, level,
#ifdef LNN_USE_POLICY
                        fresh);
#else
                        !model->step);
#endif
            }
#endif
            LNN_ROLLED
            for (uint32_t k = 0; k < own; k++)
                *q++ = affine(logs[k], *offset++, *factor++, shift);
        }
    }
#endif
#ifdef LNN_USE_ACF
    if (feat->kind == LNN_ACF) {
        const uint32_t own = feat->features / channels; /* features of one channel */
        const uint32_t unused = lnn_acf_unused(feat);
        int32_t *values = (int32_t *)model->scratch;    /* [unused + own] */
        LNN_ROLLED
        for (uint32_t channel = 0; channel < channels; channel++) {
            lnn_acf(feat, frame + channel, values, (uint32_t *)(void *)(values + unused + own));
            LNN_ROLLED
            for (uint32_t k = 0; k < own; k++)
                *q++ = affine(values[unused + k], *offset++, *factor++, shift);
        }
    }
#endif
#ifdef LNN_USE_RAW
    if (feat->kind == LNN_RAW)
        for (uint32_t channel = 0; channel < channels; channel++)
            for (uint32_t n = 0; n < feat->frame; n++)
                *q++ = affine(frame[n * channels + channel], *offset++, *factor++, shift);
#endif
    if (feat->features & 1) *q = 0; /* the kernels read two at a time */
#ifdef LNN_TRACE
    lnn_observe(0, model->x, feat->features, 2);
#endif
}
