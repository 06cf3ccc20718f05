/* How far what came lies from what the network expected (FORMAT.md, section 10): after each frame the
 * logits are the features of the next one, and stay where they are until that one has been judged.
 */
#include "lnn_internal.h"

#ifdef LNN_USE_ANOMALY

LNN_SMALL void lnn_anomaly_reset(lnn_anomaly_t *anomaly) {
    if (!anomaly || !lnn_ready(&anomaly->model)) return;
    lnn_reset(&anomaly->model);
    anomaly->score = 0;
    anomaly->frames = 0;
}

LNN_SMALL lnn_status_t lnn_anomaly_init(lnn_anomaly_t *anomaly, const void *file, uint32_t bytes,
                                        void *arena, uint32_t arena_bytes) {
    if (!anomaly) return LNN_BAD_ARGUMENT;
    const lnn_status_t status = lnn_init(&anomaly->model, file, bytes, arena, arena_bytes);
    if (status != LNN_OK) return status;
    const uint8_t *at = (const uint8_t *)file;
    const lnn_section_t *entry = lnn_section_from(at, LNN_ANOM, 4);
    if (!entry) {
        anomaly->model.feat = 0; /* no model: lnn_anomaly_push does nothing */
        return LNN_BAD_ANOMALY;
    }
    anomaly->record = at + entry->offset;
    anomaly->threshold = ((const lnn_anom_t *)anomaly->record)->threshold;
    anomaly->model.streaming = 1; /* whatever the file says: no window ends */
    lnn_anomaly_reset(anomaly);
    return LNN_OK;
}

/* Sum over features of squared errors, Q12. x: [features], what came, int8 values; expected: [features],
 * Q8. */
LNN_NOINLINE static int32_t frame_score(const lnn_anom_t *said, const int16_t *x,
                                        const int16_t *expected) {
    const int32_t unit = said->unit, most = said->most;
    int32_t sum = 0; /* at most 512 * 1023^2 */
    LNN_ROLLED
    for (uint32_t f = 0; f < said->features; f++) {
        const int32_t came = (x[f] * unit + 128) >> 8; /* Q16 to Q8 */
        const int32_t error = lnn_sat16(came - expected[f] - said->own[f].offset);
        const int32_t size = error < 0 ? -error : error;
        int32_t z = lnn_halved(size * said->own[f].factor, said->shift); /* in spreads, Q6 */
        z = z < most ? z : most;
        sum += z * z;
    }
    return sum;
}

/* frame: [frame][channels], gathered in the model. */
LNN_NOINLINE static void judge_frame(lnn_anomaly_t *anomaly) {
    lnn_model_t *model = &anomaly->model;
    const lnn_anom_t *said = (const lnn_anom_t *)anomaly->record;
    lnn_stage_features(model, model->frame);
    if (anomaly->frames) {
        const uint32_t most = 1u << said->smoothing_shift;
        const int32_t count = (int32_t)(anomaly->frames < most ? anomaly->frames : most);
        const int32_t apart = frame_score(said, model->x, model->logits)
            - (int32_t)anomaly->score + (count >> 1);
        const int32_t step = apart / count; /* towards zero; below it one less unless exact */
        anomaly->score = (uint32_t)((int32_t)anomaly->score + step - (step * count > apart));
    }
    lnn_stage_layers(model);
    model->step = 1; /* no frame but the first starts PCEN's levels */
    model->computed++;
    if (anomaly->frames < 0xffffffffu) anomaly->frames++;
    lnn_stage_readout(model, 0);
}

int lnn_anomaly_push(lnn_anomaly_t *anomaly, const int16_t *samples, uint32_t count) {
    if (!anomaly || !lnn_ready(&anomaly->model) || !samples) return 0;
    lnn_model_t *model = &anomaly->model;
    const lnn_feat_t *feat = lnn_feat(model);
    const uint32_t frame = feat->frame, hop = feat->hop, channels = feat->channels;
    int ended = 0;
    while (count) {
        const uint32_t missing = frame - model->filled, some = missing < count ? missing : count;
        lnn_copy(model->frame + (uint32_t)model->filled * channels, samples, some * channels);
        model->filled = (uint16_t)(model->filled + some);
        samples += some * channels;
        count -= some;
        if (model->filled < frame) break;
        judge_frame(anomaly);
        ended++;
        lnn_copy(model->frame, model->frame + hop * channels, (frame - hop) * channels);
        model->filled = (uint16_t)(frame - hop);
    }
    return ended;
}

int lnn_is_anomaly(const lnn_anomaly_t *anomaly) {
    return anomaly && lnn_ready(&anomaly->model) && anomaly->score >= anomaly->threshold;
}

/* A sum over features in Q12 as their mean in Q8. */
static uint32_t mean_q8(const lnn_anomaly_t *anomaly, uint32_t sum) {
    if (!anomaly || !lnn_ready(&anomaly->model)) return 0;
    return (sum >> 4) / lnn_feat(&anomaly->model)->features;
}

uint32_t lnn_anomaly_score_q8(const lnn_anomaly_t *anomaly) {
    return anomaly ? mean_q8(anomaly, anomaly->score) : 0;
}

uint32_t lnn_anomaly_threshold_q8(const lnn_anomaly_t *anomaly) {
    return anomaly ? mean_q8(anomaly, anomaly->threshold) : 0;
}

#endif
