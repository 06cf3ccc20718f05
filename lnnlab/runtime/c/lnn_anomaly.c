/* How far what came lies from what the network expected (FORMAT.md, section 10): after each frame the
 * logits are the features of the next one, and stay where they are until that one has been judged. The
 * first frames of a machine that is sound may calibrate: what is left of them on average is taken off
 * all that follow.
 */
#include "lnn_internal.h"

#ifdef LNN_USE_ANOMALY

static const lnn_section_t *anomaly_entry(const uint8_t *file) {
    return lnn_section_from(file, LNN_ANOM, 4);
}

/* Words behind the model's own arena, [features] of each kind that the file asks for. */
LNN_SMALL static uint32_t baseline_words(const uint8_t *file, const lnn_section_t *entry) {
    const lnn_own_t *own = lnn_own_of(file, entry);
    const lnn_anom_t *said = (const lnn_anom_t *)(const void *)(file + entry->offset);
    return own ? said->features * (uint32_t)(!!own->calibration_frames + !!own->error_smoothing_shift)
               : 0;
}

LNN_SMALL uint32_t lnn_anomaly_arena_bytes(const void *file) {
    const uint8_t *at = (const uint8_t *)file;
    const lnn_section_t *entry = file ? anomaly_entry(at) : 0;
    return entry ? lnn_arena_bytes(file) + 4 * baseline_words(at, entry) : 0;
}

LNN_SMALL void lnn_anomaly_reset(lnn_anomaly_t *anomaly) {
    if (!anomaly || !lnn_ready(&anomaly->model)) return;
    lnn_reset(&anomaly->model);
    anomaly->score = 0;
    anomaly->frames = 0;
    anomaly->judged = 0;
}

/* What the file says of calibration; not NULL where there is an array of it. */
LNN_INLINE const lnn_own_t *baseline_of(const lnn_anomaly_t *anomaly) {
    const lnn_anom_t *said = (const lnn_anom_t *)anomaly->record;
    return (const lnn_own_t *)(const void *)(said->own + said->features);
}

LNN_SMALL void lnn_anomaly_recalibrate(lnn_anomaly_t *anomaly) {
    if (!anomaly || !lnn_ready(&anomaly->model)) return;
    lnn_anomaly_reset(anomaly);
    anomaly->left = 0;
    if (!anomaly->own) return;
    anomaly->left = baseline_of(anomaly)->calibration_frames;
    lnn_zero((uint32_t *)anomaly->own, lnn_feat(&anomaly->model)->features);
}

LNN_SMALL lnn_status_t lnn_anomaly_init(lnn_anomaly_t *anomaly, const void *file, uint32_t bytes,
                                        void *arena, uint32_t arena_bytes) {
    if (!anomaly) return LNN_BAD_ARGUMENT;
    const lnn_status_t status = lnn_init(&anomaly->model, file, bytes, arena, arena_bytes);
    if (status != LNN_OK) return status;
    const uint8_t *at = (const uint8_t *)file;
    const lnn_section_t *entry = anomaly_entry(at);
    if (!entry || lnn_anomaly_arena_bytes(file) > arena_bytes) {
        anomaly->model.feat = 0; /* no model: lnn_anomaly_push does nothing */
        return entry ? LNN_SMALL_ARENA : LNN_BAD_ANOMALY;
    }
    anomaly->record = at + entry->offset;
    anomaly->threshold = ((const lnn_anom_t *)anomaly->record)->threshold;
    const lnn_own_t *own = lnn_own_of(at, entry);
    int32_t *room = (int32_t *)(void *)((uint8_t *)arena + lnn_arena_bytes(file));
    anomaly->own = own && own->calibration_frames ? room : 0;
    room += anomaly->own ? lnn_feat(&anomaly->model)->features : 0;
    anomaly->calm = own && own->error_smoothing_shift ? room : 0;
    anomaly->model.streaming = 1; /* whatever the file says: no window ends */
    lnn_anomaly_recalibrate(anomaly);
    return LNN_OK;
}

/* How far a mean of `count` values moves towards a new one that lies `apart` from it:
 * floor((apart + n / 2) / n), n = min(count, 2^shift). */
LNN_INLINE int32_t mean_step(int32_t apart, uint32_t count, uint32_t shift) {
    if (count >> shift) return lnn_halved(apart, shift);
    const int32_t n = (int32_t)count, rounded = apart + (n >> 1), step = rounded / n;
    return step - (step * n > rounded); /* C rounds towards zero */
}

/* What came less what was expected, Q8. x: int8 value; expected: Q8. */
LNN_INLINE int32_t error_of(const lnn_anom_t *said, uint32_t f, int32_t x, int32_t expected) {
    const int32_t came = (x * said->unit + 128) >> 8; /* Q16 to Q8 */
    return lnn_sat16(came - expected - said->own[f].offset);
}

/* One more frame to calibrate on; the last makes means of the sums, and scores start anew. */
LNN_NOINLINE static void calibrate_frame(lnn_anomaly_t *anomaly) {
    const lnn_anom_t *said = (const lnn_anom_t *)anomaly->record;
    const lnn_model_t *model = &anomaly->model;
    const int32_t count = baseline_of(anomaly)->calibration_frames; /* sums stay below 65536 * 2^15 */
    int32_t *own = anomaly->own;
    LNN_ROLLED
    for (uint32_t f = 0; f < said->features; f++)
        own[f] += error_of(said, f, model->x[f], model->logits[f]);
    if (--anomaly->left) return;
    LNN_ROLLED
    for (uint32_t f = 0; f < said->features; f++)
        own[f] = mean_step(own[f], (uint32_t)count, 16);
}

/* Sum over features of squared errors, Q12. x: [features], what came, int8 values; expected: [features],
 * Q8. */
LNN_NOINLINE static int32_t frame_score(const lnn_anomaly_t *anomaly, const int16_t *x,
                                        const int16_t *expected) {
    const lnn_anom_t *said = (const lnn_anom_t *)anomaly->record;
    const int32_t most = said->most;
    int32_t sum = 0; /* at most 512 * 1023^2 */
    LNN_ROLLED
    for (uint32_t f = 0; f < said->features; f++) {
        int32_t error = error_of(said, f, x[f], expected[f]);
        if (anomaly->own) error = lnn_sat16(error - anomaly->own[f]);
        if (anomaly->calm) {
            int32_t *calm = anomaly->calm + f; /* Q12 */
            const int32_t before = anomaly->judged > 1 ? *calm : 0;
            *calm = before + mean_step(error * 16 - before, anomaly->judged,
                                   baseline_of(anomaly)->error_smoothing_shift);
            error = lnn_halved(*calm, 4);
        }
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
    lnn_stage_features(model, model->frame);
    if (anomaly->frames && anomaly->left) {
        calibrate_frame(anomaly);
    } else if (anomaly->frames) {
        const lnn_anom_t *said = (const lnn_anom_t *)anomaly->record;
        if (anomaly->judged < 0xffffffffu) anomaly->judged++;
        const int32_t apart = frame_score(anomaly, model->x, model->logits) - (int32_t)anomaly->score;
        anomaly->score =
            (uint32_t)((int32_t)anomaly->score + mean_step(apart, anomaly->judged, said->smoothing_shift));
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

uint32_t lnn_anomaly_calibrating(const lnn_anomaly_t *anomaly) {
    return anomaly && lnn_ready(&anomaly->model) ? anomaly->left : 0;
}

const int32_t *lnn_anomaly_baseline(const lnn_anomaly_t *anomaly) {
    return anomaly && lnn_ready(&anomaly->model) && !anomaly->left ? anomaly->own : 0;
}

/* kept: [count], Q8 */
LNN_SMALL lnn_status_t lnn_anomaly_set_baseline(lnn_anomaly_t *anomaly, const int32_t *kept,
                                                uint32_t count) {
    if (!anomaly || !lnn_ready(&anomaly->model) || !kept) return LNN_BAD_ARGUMENT;
    if (!anomaly->own || count != lnn_feat(&anomaly->model)->features) return LNN_BAD_ANOMALY;
    for (uint32_t f = 0; f < count; f++)
        if (kept[f] != lnn_sat16(kept[f])) return LNN_BAD_ANOMALY;
    lnn_anomaly_reset(anomaly);
    for (uint32_t f = 0; f < count; f++) anomaly->own[f] = kept[f];
    anomaly->left = 0;
    return LNN_OK;
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
