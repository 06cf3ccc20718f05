/* When a stream's network computes: the timestep policy's record and hops (FORMAT.md, section 6); what
 * it looks at is in lnn_gate.c, what a caller may set in lnn_adaptive.c. */
#include "lnn_internal.h"

#ifdef LNN_USE_POLICY

enum {
    LNN_MOST_LOOK_BACK = 16, LNN_MOST_HIDDEN = 8, LNN_MOST_WEIGHT = 2047,
    LNN_MOST_HOP = 512 /* samples of all channels */
};

/* ---- the record ---- */

LNN_SMALL int lnn_policy_suits(const lnn_feat_t *feat, const lnn_layer_t *layers, uint32_t count) {
    if (layers[count - 2].kind != LNN_LEAKY_POOL || feat->hop > feat->frame
        || (uint32_t)feat->hop * feat->channels > LNN_MOST_HOP) return 0;
    for (uint32_t l = 0; l + 2 < count; l++)
        if (layers[l].kind != LNN_LINEAR_LTC && layers[l].kind != LNN_MIX
            && layers[l].kind != LNN_DENSE) return 0;
    return 1;
}

/* Offset of the first field of the plan, up to `close`, that is wrong, or -1. */
LNN_SMALL static int schedule_wrong(const lnn_schedule_t *plan) {
    const uint32_t kind = plan->kind, on_samples = kind == LNN_ENERGY || kind == LNN_LEARNED;
    const uint32_t automaton = kind >= LNN_ENERGY && kind <= LNN_DELTA;
    if (kind > LNN_LEARNED) return 0;
    if (plan->look_back > (on_samples ? LNN_MOST_LOOK_BACK : 0)) return 2;
    for (uint32_t k = 0; k < 5; k++) {
        const uint32_t step = plan->steps[k], last = plan->steps[4];
        if (!step || step > LNN_MOST_STEP || (k && step < plan->steps[k - 1])
            || (kind == LNN_UNIFORM && step != last)) return 4 + 2 * (int)k;
    }
    if (plan->hangover && !automaton) return 14;
    if (plan->rise && !on_samples) return 16;
    if (plan->fall > (on_samples ? 8 : 0)) return 18;
    if (plan->open && !automaton) return 20;
    return plan->close > plan->open || (plan->close && !automaton) ? 22 : -1;
}

/* Offset of the first wrong one of `rows` rows of parameters, or -1; at: offset of the first; used:
 * rows that may differ from zero. */
LNN_SMALL static int rows_wrong(const int16_t *values, uint32_t width, uint32_t used, int most,
                                int at) {
    for (uint32_t k = 0; k < width * LNN_MOST_HIDDEN; k++)
        if (values[k] > most || values[k] < -most - (most == 32767) || (values[k] && k >= used * width))
            return at + 2 * (int)k;
    return -1;
}

/* Offset of the first field that is wrong, or -1. */
LNN_SMALL static int policy_wrong(const lnn_policy_t *policy) {
    const uint32_t learned = policy->schedule.kind == LNN_LEARNED, hidden = policy->hidden;
    const uint32_t automaton = !learned && policy->schedule.kind != LNN_UNIFORM;
    int wrong = schedule_wrong(&policy->schedule);
    for (uint32_t k = 0; k < 4 && wrong < 0; k++)
        if (learned ? k && policy->levels[k] > policy->levels[k - 1] : policy->levels[k] != 0)
            wrong = 24 + 2 * (int)k;
    if (wrong >= 0) return wrong;
    if (policy->decay > (learned ? 32767 : 0)) return 32;
    if (hidden > (learned ? LNN_MOST_HIDDEN : 0)) return 34;
    if (policy->bias && !learned) return 36;
    if (policy->enough > (automaton ? 32767 : 0)) return 38;
    wrong = rows_wrong(policy->w[0], 5, hidden, LNN_MOST_WEIGHT, 40);
    if (wrong < 0) wrong = rows_wrong(policy->b, 1, hidden, 32767, 120);
    return wrong < 0 ? rows_wrong(policy->v, 1, hidden, LNN_MOST_WEIGHT, 136) : wrong;
}

LNN_SMALL lnn_status_t lnn_policy_check(const uint8_t *file, uint32_t *where) {
    const lnn_section_t *table = lnn_sections(file);
    uint32_t at;
    if (!lnn_section_fits(file, LNN_PLCY, sizeof(lnn_policy_t), &at)) {
        *where = at;
        return LNN_BAD_POLICY;
    }
    if (!at) return LNN_OK;
    *where = at;
    if (!lnn_policy_suits((const lnn_feat_t *)(const void *)(file + table[0].offset),
                          (const lnn_layer_t *)(const void *)(file + table[1].offset), table[1].items))
        return LNN_BAD_POLICY;
    const int wrong = policy_wrong((const lnn_policy_t *)(const void *)(file + at));
    *where += wrong < 0 ? 0 : (uint32_t)wrong;
    return wrong < 0 ? LNN_OK : LNN_BAD_POLICY;
}

/* A gate's buffer is a ring of hops, and in front of it what a frame has before its last hop, so
 * that every frame lies in one piece: the one that ends with hop j of the ring starts at j hop.
 * A frame of the look-back must still be whole when the newest hop has been written. */
LNN_SMALL uint32_t lnn_policy_moments(const lnn_feat_t *feat, const lnn_policy_t *policy) {
    const uint32_t hop = feat->hop, front = feat->frame - hop;
    uint32_t ring = hop;
    if (!policy || policy->schedule.kind == LNN_UNIFORM) return feat->frame;
    while (ring < policy->schedule.look_back * hop + hop + front) ring += hop;
    return front + ring;
}

LNN_SMALL void lnn_policy_start(lnn_model_t *model) {
    lnn_gate_t *gate = (lnn_gate_t *)model->gate;
    gate->next = lnn_feat(model)->frame;
    gate->elapsed = 0;
    gate->hold = 0;
    if (gate->on && gate->schedule.kind == LNN_LEARNED)
        gate->memory.urge = -32768;
    else
        gate->memory.rest = 3;
    gate->sated = 0;
}

/* ---- hops ---- */

/* The frame so many hops before the one at `frame`. */
static const int16_t *frame_before(const lnn_model_t *model, const int16_t *frame, uint32_t hops) {
    const lnn_feat_t *feat = lnn_feat(model);
    const uint32_t front = (uint32_t)(feat->frame - feat->hop), channels = feat->channels;
    const uint32_t ring = (((const lnn_gate_t *)model->gate)->capacity - front) * channels;
    const uint32_t away = hops * feat->hop * channels;
    if (!hops) return frame; /* which may lie outside the buffer */
    const uint32_t at = (uint32_t)(frame - model->frame);
    return model->frame + (at < away ? at + ring - away : at - away);
}

/* A hop has ended with the frame at `frame`; hops: since the hop before that was looked at. Computes
 * what is due; returns whether that gave a decision. */
static int hop_done(lnn_model_t *model, const int16_t *frame, uint32_t hops, lnn_result_t *result) {
    lnn_gate_t *gate = (lnn_gate_t *)model->gate;
    const lnn_feat_t *feat = lnn_feat(model);
    const uint32_t kind = gate->schedule.kind, channels = feat->channels, fresh = !model->step;
    const uint32_t on_features = kind == LNN_FLUX || kind == LNN_DELTA;
    const uint32_t automaton = on_features || kind == LNN_ENERGY;
    const uint32_t elapsed = fresh ? 1 : gate->elapsed + hops;
    uint32_t back = 0; /* frames to compute before this one */
    if (on_features) lnn_stage_features(model, frame);
    const uint32_t wanted =
        lnn_stage_gate(model, frame + (uint32_t)(feat->frame - feat->hop) * channels);
    gate->elapsed = (uint16_t)elapsed;
    model->skipped += fresh ? 1 : hops;
    if (!fresh && elapsed < wanted) return 0;
    if (!fresh && gate->schedule.look_back) {
        const uint32_t most = gate->schedule.look_back;
        back = (most < elapsed - 1 ? most : elapsed - 1) / wanted;
    }
    if (automaton && !gate->hold && gate->memory.rest < 3) gate->memory.rest++; /* the next step is longer */
    if (kind == LNN_DELTA)
        for (uint32_t f = 0; f < feat->features; f++)
            ((int8_t *)(gate + 1))[f] = (int8_t)model->x[f];
    model->skipped -= back + 1;
    model->computed += back + 1;
    model->span = (uint16_t)(elapsed - back * wanted);
    for (uint32_t k = back + 1; k--; model->span = (uint16_t)(k ? wanted : elapsed)) {
        if (!on_features) lnn_stage_features(model, frame_before(model, frame, k * wanted));
        lnn_stage_layers(model);
    }
    lnn_stage_readout(model, result);
    model->step = 1; /* no frame but the first starts PCEN's levels */
    model->span = 1;
    gate->elapsed = 0;
    return 1;
}

/* Make room for the next hop that is looked at, so many moments on: at the buffer's end it goes on
 * in front, behind what the next frame still needs. */
static void move_on(lnn_model_t *model, uint32_t moments) {
    lnn_gate_t *gate = (lnn_gate_t *)model->gate;
    const uint32_t frame = lnn_feat(model)->frame, channels = lnn_feat(model)->channels;
    const uint32_t kept = moments < frame ? frame - moments : 0;
    if ((uint32_t)model->filled + moments > gate->capacity) {
        lnn_copy(model->frame, model->frame + (model->filled - kept) * channels, kept * channels);
        model->filled = (uint16_t)kept;
    }
    model->skip = moments > frame ? moments - frame : 0;
    gate->next = (uint16_t)(model->filled + moments - model->skip);
}

int lnn_policy_push(lnn_model_t *model, const int16_t *samples, uint32_t count,
                    lnn_result_t *result) {
    lnn_gate_t *gate = (lnn_gate_t *)model->gate;
    const lnn_feat_t *feat = lnn_feat(model);
    const uint32_t channels = feat->channels, uniform = gate->schedule.kind == LNN_UNIFORM;
    const uint32_t hops = uniform ? gate->schedule.steps[0] : 1, moments = hops * feat->hop;
    int decisions = 0;
    while (count) {
        uint32_t used;
        const int16_t *frame = 0;
        if (model->skip) {
            used = model->skip < count ? model->skip : count;
            model->skip -= used;
        } else if (uniform && !model->filled && count >= feat->frame) { /* used where it lies */
            frame = samples;
            used = moments < count ? moments : count;
        } else {
            used = (uint32_t)gate->next - model->filled;
            used = used < count ? used : count;
            lnn_copy(model->frame + (uint32_t)model->filled * channels, samples, used * channels);
            model->filled = (uint16_t)(model->filled + used);
            if (model->filled == gate->next)
                frame = model->frame + (uint32_t)(gate->next - feat->frame) * channels;
        }
        if (frame) {
            decisions += hop_done(model, frame, hops, result);
            if (frame == samples)
                model->skip = moments - used;
            else
                move_on(model, moments);
        }
        samples += used * channels;
        count -= used;
    }
    return decisions;
}

#endif
