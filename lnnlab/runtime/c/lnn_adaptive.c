/* A gate in place of a model's own timestep policy, as the caller wants it (FORMAT.md, section 6). */
#include "lnn_internal.h"

#ifdef LNN_USE_POLICY

enum { LNN_OWN_RISE = 32, LNN_OWN_FALL = 2 }; /* of a gate on a model that brings no policy */

/* ms in whole hops, at most `most`: floor(ms rate / (1000 hop)). The rate is m 2^(e - 150), from its
 * bits, so that no floating point is needed. */
LNN_SMALL static uint32_t hops_of(uint32_t ms, const lnn_feat_t *feat, uint32_t most) {
    const uint32_t e = feat->rate_hz >> 23; /* the sign with it: a rate below zero is beyond 255 */
    uint64_t moments = (uint64_t)ms * ((feat->rate_hz & 0x7fffffu) | 0x800000u), left = 0;
    uint64_t hop = (uint64_t)1000 * feat->hop;
    uint32_t hops = 0;
    if (e < 118) return 0; /* below 2^-9 Hz */
    if (e > 170) return most;
    if (e > 150) moments <<= e - 150; else hop <<= 150 - e;
    for (left = moments; hops < most && left >= hop; left -= hop) hops++;
    return hops;
}

/* Written out: an assignment may call memcpy, which an exported file must not need. */
static void take_plan(lnn_gate_t *gate, const lnn_schedule_t *plan) {
    lnn_copy((int16_t *)(void *)&gate->schedule, (const int16_t *)(const void *)plan,
             sizeof *plan / 2);
}

/* The gate works by this plan from now on, with the config's steps, thresholds (in the unit of the
 * plan's kind) and hangover; steps in between are those of the own policy if it is of the same kind.
 * Returns 0 and changes nothing where any is out of range. */
LNN_INLINE int adapt(lnn_model_t *model, const lnn_adaptive_config_t *config,
                     lnn_schedule_t *plan) {
    const lnn_feat_t *feat = lnn_feat(model);
    const lnn_policy_t *own = (const lnn_policy_t *)model->policy;
    lnn_gate_t *gate = (lnn_gate_t *)model->gate;
    const uint32_t alike = own && own->schedule.kind == plan->kind;
    uint32_t least = hops_of(config->min_timestep_ms, feat, LNN_MOST_STEP + 1);
    uint32_t most = hops_of(config->max_timestep_ms, feat, LNN_MOST_STEP + 1);
    least = least ? least : 1;
    most = most > least ? most : least;
    if (!config->min_timestep_ms || config->max_timestep_ms < config->min_timestep_ms
        || most > LNN_MOST_STEP || config->close_threshold_q10 > config->energy_threshold_q10)
        return 0;
    plan->steps[0] = (uint16_t)least;
    for (uint32_t k = 1; k < 5; k++) {
        uint32_t step = most;
        if (alike && own->schedule.steps[k] < own->schedule.steps[4]) step = own->schedule.steps[k];
        plan->steps[k] = (uint16_t)(step < least ? least : step > most ? most : step);
    }
    plan->hangover = (uint16_t)hops_of(config->hangover_ms, feat, 65535);
    plan->open = config->energy_threshold_q10;
    plan->close = config->close_threshold_q10;
    take_plan(gate, plan);
    gate->enough = alike ? own->enough : 0;
    gate->on = 1;
    lnn_reset(model);
    return 1;
}

LNN_SMALL int lnn_set_adaptive_config(lnn_model_t *model, const lnn_adaptive_config_t *config) {
    if (!lnn_ready(model)) return 0;
    const lnn_policy_t *own = (const lnn_policy_t *)model->policy;
    lnn_gate_t *gate = (lnn_gate_t *)model->gate;
    lnn_schedule_t plan; /* field by field: of a constant compilers make a call of memcpy */
    if (gate && !config) gate->on = 0; /* the arena may hold anything */
    if (!gate || !lnn_policy_suits(lnn_feat(model), lnn_layers(model), model->layer_count)) return 0;
    if (!config) {
        gate->on = own != 0;
        gate->enough = own ? own->enough : 0;
        if (own) take_plan(gate, &own->schedule);
        lnn_reset(model);
        return 1;
    }
    plan.kind = LNN_ENERGY;
    plan.look_back = 0;
    plan.rise = LNN_OWN_RISE;
    plan.fall = LNN_OWN_FALL;
    if (own && (own->schedule.kind == LNN_ENERGY || own->schedule.kind == LNN_LEARNED)) {
        plan.look_back = own->schedule.look_back;
        plan.rise = own->schedule.rise;
        plan.fall = own->schedule.fall;
    }
    return adapt(model, config, &plan);
}

/* Bytes of the arena up to the end of what a gate on features compares with, behind its own. */
LNN_SMALL static uint32_t flux_bytes(const lnn_model_t *model) {
    const uint8_t *start = (const uint8_t *)model->pool; /* the first thing in the arena */
    const uint8_t *seen = (const uint8_t *)model->gate + sizeof(lnn_gate_t);
    return ((uint32_t)(seen - start) + lnn_feat(model)->features + 3u) & ~3u;
}

/* The sum of all features' rises where a feature rises by so much, Q8. */
LNN_SMALL static int32_t rises(const lnn_model_t *model, int32_t rise_q8) {
    return (rise_q8 * (int32_t)lnn_feat(model)->features + 128) >> 8;
}

LNN_SMALL uint32_t lnn_flux_arena_bytes(const void *file) {
    const uint8_t *at = (const uint8_t *)file;
    if (!at) return 0;
    const lnn_section_t *own = lnn_section_from(at, LNN_PLCY, 4);
    const lnn_feat_t *feat = (const lnn_feat_t *)(const void *)(at + lnn_sections(at)->offset);
    const uint32_t kind =
        own ? ((const lnn_policy_t *)(const void *)(at + own->offset))->schedule.kind : LNN_UNIFORM;
    const uint32_t compares = kind == LNN_FLUX || kind == LNN_DELTA; /* then there is room */
    return lnn_arena_bytes(file) + (compares ? 0 : (feat->features + 3u) & ~3u);
}

LNN_SMALL int lnn_set_flux_config(lnn_model_t *model, const lnn_flux_config_t *config,
                                  uint32_t arena_bytes) {
    lnn_adaptive_config_t summed;
    lnn_schedule_t plan;
    if (!config || !lnn_can_adapt(model) || arena_bytes < flux_bytes(model)) return 0;
    if (config->close_threshold_q8 > config->flux_threshold_q8) return 0; /* sums may be equal */
    const int32_t open = rises(model, config->flux_threshold_q8);
    const int32_t close = rises(model, config->close_threshold_q8);
    if (open > 32767 || close > 32767 || open < -32768 || close < -32768) return 0;
    plan.kind = LNN_FLUX;
    plan.look_back = plan.rise = plan.fall = 0;
    summed.min_timestep_ms = config->min_timestep_ms;
    summed.max_timestep_ms = config->max_timestep_ms;
    summed.energy_threshold_q10 = (int16_t)open;
    summed.close_threshold_q10 = (int16_t)close;
    summed.hangover_ms = config->hangover_ms;
    return adapt(model, &summed, &plan);
}

#endif
