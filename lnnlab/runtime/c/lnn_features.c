/* Samples to int8 features: raw frames, log2 of the energy in bands (FORMAT.md, section 2); the
 * spectrum is in lnn_spectrum.c, what lies on the mel scale in lnn_mel.c. */
#include "lnn_internal.h"

LNN_INLINE const int16_t *array16(const uint8_t *data, uint32_t at) {
    return (const int16_t *)(const void *)(data + at);
}

#ifdef LNN_USE_LOG_BANDS

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
    if (feat->flags & 1) {
        const int32_t mean = (int32_t)(((int64_t)total * (int32_t)feat->reciprocal + 32768) >> 16);
        LNN_ROLLED
        for (uint32_t band = 0; band < bands; band++) logs[band] -= mean;
    }
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
    if (feat->kind != LNN_RAW) {
        const uint32_t own = feat->features / channels; /* features of one channel */
        uint32_t *z = (uint32_t *)model->scratch;
        int32_t *logs = (int32_t *)(void *)(z + feat->frame / 2 + 1); /* [bands] */
#if defined(LNN_USE_MEL) && defined(LNN_USE_POLICY)
        const uint32_t fresh = !model->step ? 1 : lnn_span(model) > 1 ? lnn_span(model) : 0;
#endif
        LNN_ROLLED
        for (uint32_t channel = 0; channel < channels; channel++) {
#ifdef LNN_USE_LOG_BANDS
            if (feat->kind == LNN_LOG_BANDS) band_logs(feat, model->data, frame + channel, z, logs);
#endif
#ifdef LNN_USE_MEL
            if (feat->kind != LNN_LOG_BANDS) {
                const uint32_t e = lnn_spectrum(feat, model->data, frame + channel, z);
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
