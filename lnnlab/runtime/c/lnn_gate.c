/* How many hops a timestep policy lets pass before the next frame: from the energy of raw samples,
 * from changes of the features, or from a small network (FORMAT.md, section 6). */
#include "lnn_internal.h"

#ifdef LNN_USE_POLICY

#ifdef LNN_DSP
/* (high, low) += a.low b.low + a.high b.high */
LNN_INLINE void add_squares(uint32_t *low, uint32_t *high, uint32_t a) {
    __asm__("smlald %0, %1, %2, %2" : "+r"(*low), "+r"(*high) : "r"(a));
}
LNN_INLINE uint32_t halved_change(uint32_t now, uint32_t before) { /* (now - before) >> 1 */
    uint32_t y;
    __asm__("shsub16 %0, %1, %2" : "=r"(y) : "r"(now), "r"(before));
    return y;
}
#endif

/* Squares of samples, and of half the change over `lag`; x: [count]; sums: energy, change. */
LNN_NOINLINE static void plain_sums(const int16_t *x, uint32_t count, uint32_t lag,
                                    uint64_t sums[2]) {
    const int16_t *before = x, *end = x + count;
    uint64_t energy = 0, change = 0;
    for (; lag && x < end; lag--, x++) energy += (uint32_t)(*x * *x);
    for (; end - x >= 2; x += 2, before += 2) { /* two squares fit 32 bits */
        const int32_t a = x[0], b = x[1], c = (a - before[0]) >> 1, d = (b - before[1]) >> 1;
        energy += (uint32_t)(a * a) + (uint32_t)(b * b);
        change += (uint32_t)(c * c) + (uint32_t)(d * d);
    }
    if (x < end) {
        const int32_t away = (*x - *before) >> 1;
        energy += (uint32_t)(*x * *x);
        change += (uint32_t)(away * away);
    }
    sums[0] = energy;
    sums[1] = change;
}

#ifdef LNN_DSP
#define LNN_SAMPLES(now, before) \
    do { \
        add_squares(&energy, &energy_high, now); \
        add_squares(&change, &change_high, halved_change(now, before)); \
    } while (0)

/* Four words in a row: loads that follow each other overlap, which compilers give up. */
#define LNN_FOUR(at) \
    __asm__ volatile("ldr %0, [%4, #" #at "]\n\tldr %1, [%4, #" #at " + 4]\n\t" \
                     "ldr %2, [%4, #" #at " + 8]\n\tldr %3, [%4, #" #at " + 12]" \
                     : "=&r"(a), "=&r"(b), "=&r"(c), "=&r"(d) : "r"(pair) : "memory")

#define LNN_EIGHT_SAMPLES(at) \
    do { \
        const uint32_t before = d; \
        LNN_FOUR(at); \
        LNN_SAMPLES(a, before); \
        LNN_SAMPLES(b, a); \
        LNN_SAMPLES(c, b); \
        LNN_SAMPLES(d, c); \
    } while (0)

/* Eight words at a time, as loads in one instruction take a cycle each. */
#define LNN_SQUARE(word) "smlald %1, %2, " word ", " word "\n\t"
#define LNN_EIGHT_SQUARES \
    "ldmia %0!, {r2-r5, r8-r11}\n\t" \
    LNN_SQUARE("r2") LNN_SQUARE("r3") LNN_SQUARE("r4") LNN_SQUARE("r5") \
    LNN_SQUARE("r8") LNN_SQUARE("r9") LNN_SQUARE("r10") LNN_SQUARE("r11")

/* The same, two samples a word; x aligned, lag and count even. */
LNN_NOINLINE static void paired_sums(const int16_t *x, uint32_t count, uint32_t lag,
                                     uint64_t sums[2]) {
    const uint32_t *pair = (const uint32_t *)(const void *)x, *end = pair + count / 2;
    uint32_t behind = lag / 2;
    uint32_t energy = 0, energy_high = 0, change = 0, change_high = 0;
    if (behind == 1) { /* one channel; the first word changes against itself, by nothing */
        for (uint32_t a, b, c, d = *pair; end - pair >= 16; pair += 16) {
            LNN_EIGHT_SAMPLES(0);
            LNN_EIGHT_SAMPLES(16);
            LNN_EIGHT_SAMPLES(32);
            LNN_EIGHT_SAMPLES(48);
        }
        if (count >= 32) behind = 0;
    }
    for (; behind && pair < end; behind--) add_squares(&energy, &energy_high, *pair++);
    for (; pair < end; pair++) LNN_SAMPLES(pair[0], pair[-(int32_t)(lag / 2)]);
    sums[0] = ((uint64_t)energy_high << 32) | energy;
    sums[1] = ((uint64_t)change_high << 32) | change;
}

/* The energy alone; x aligned, count even. */
LNN_NOINLINE static uint64_t paired_energy(const int16_t *x, uint32_t count) {
    const uint32_t *pair = (const uint32_t *)(const void *)x, *end = pair + count / 2;
    uint32_t energy = 0, energy_high = 0;
    while (end - pair >= 16)
        __asm__ volatile(LNN_EIGHT_SQUARES LNN_EIGHT_SQUARES
            : "+r"(pair), "+r"(energy), "+r"(energy_high)
            : : "r2", "r3", "r4", "r5", "r8", "r9", "r10", "r11", "memory");
    while (pair < end) add_squares(&energy, &energy_high, *pair++);
    return ((uint64_t)energy_high << 32) | energy;
}
#endif

/* log2 of energy and, if both are wanted, lag-2 change of a hop's new samples, Q10;
 * x: [hop][channels]. */
static void statistics(const lnn_feat_t *feat, const int16_t *x, uint32_t both, int32_t logs[2]) {
    const uint32_t lag = 2u * feat->channels, count = (uint32_t)feat->hop * feat->channels;
    uint64_t sums[2] = {0, 0};
#ifdef LNN_DSP
    const uint32_t paired = !((uintptr_t)x & 3) && !(count & 1);
    if (paired && both)
        paired_sums(x, count, lag, sums);
    else if (paired)
        sums[0] = paired_energy(x, count);
    else
#endif
    plain_sums(x, count, both ? lag : count, sums);
    for (uint32_t k = 0; k <= both; k++) logs[k] = lnn_log2_q10((uint32_t)(sums[k] >> 8) | 1);
}

/* A floor follows a log-energy: slowly up, by a share of the distance down; returns how far the
 * value lies above it, Q10. fresh: it starts there. */
static int32_t above_floor(int32_t *floor, int32_t value, const lnn_schedule_t *plan,
                           uint32_t fresh) {
    const int32_t now = 16 * value;
    int32_t at = *floor;
    if (fresh)
        at = now;
    else if (now < at)
        at -= (at - now) >> plan->fall;
    else
        at = at + plan->rise < now ? at + plan->rise : now;
    *floor = at;
    return value - (at >> 4);
}

/* Smoothed probability of the likeliest keyword, Q15. */
static int32_t heard_keyword(const lnn_model_t *model) {
    const lnn_layer_t *readout = lnn_layers(model) + model->layer_count - 1;
    int32_t heard = 0;
    for (uint32_t c = 0; c + readout->hidden < readout->units; c++)
        heard = model->smoothed[c] > heard ? model->smoothed[c] : heard;
    return heard;
}

/* Open from `open` on, until the score has been below `close` for the hangover, or a keyword was
 * heard with enough: then shut until the score is below `close`. Once shut, the step grows with the
 * frames computed since. Returns the step. */
static uint32_t held_open(const lnn_model_t *model, int32_t score) {
    lnn_gate_t *gate = (lnn_gate_t *)model->gate;
    const lnn_schedule_t *plan = &gate->schedule;
    if (gate->hold && gate->enough && heard_keyword(model) >= gate->enough) {
        gate->sated = 1;
        gate->hold = 0;
    }
    if (score < plan->close) gate->sated = 0;
    if (!gate->sated && (score >= plan->open || (gate->hold && score >= plan->close)))
        gate->hold = plan->hangover + 1u;
    else if (gate->hold)
        gate->hold--;
    if (gate->hold) gate->memory.rest = 0;
    return plan->steps[gate->hold ? 0 : 1 + gate->memory.rest];
}

/* Score of the features against those remembered; flux: rises only, and every hop is remembered. */
LNN_NOINLINE static int32_t feature_score(const lnn_model_t *model, lnn_gate_t *gate, uint32_t fresh) {
    const uint32_t count = lnn_feat(model)->features, flux = gate->schedule.kind == LNN_FLUX;
    const int16_t *x = model->x;
    int8_t *seen = (int8_t *)(gate + 1);
    int32_t score = 0;
    for (uint32_t f = 0; f < count; f++) {
        const int32_t now = x[f], away = now - seen[f];
        score += away > 0 ? away : flux ? 0 : -away;
        if (flux) seen[f] = (int8_t)now;
    }
    return fresh ? 0 : score;
}

LNN_INLINE int32_t within(int32_t x, int32_t most) { return x > most ? most : x < -most ? -most : x; }

/* The step that a small network wants; s: five statistics, Q10. */
LNN_INLINE uint32_t wanted_step(const lnn_policy_t *policy, lnn_gate_t *gate, int32_t s[5]) {
    int32_t sum = 0, urge;
    uint32_t k = 0;
    for (uint32_t i = 0; i < 5; i++) s[i] = within(s[i], 8191);
    for (uint32_t j = 0; j < policy->hidden; j++) {
        int32_t h = 0;
        for (uint32_t i = 0; i < 5; i++) h += policy->w[j][i] * s[i];
        h = lnn_halved(h, 8) + policy->b[j];
        sum += policy->v[j] * (h < 0 ? 0 : h > 32767 ? 32767 : h);
    }
    urge = lnn_sat16(lnn_halved(sum, 8) + policy->bias);
    if (urge < gate->memory.urge - policy->decay) urge = gate->memory.urge - policy->decay;
    gate->memory.urge = urge < -32768 ? -32768 : urge;
    while (k < 4 && gate->memory.urge < policy->levels[k]) k++;
    return policy->schedule.steps[k];
}

/* The learned kind; s: five statistics, of which the first two are there; logs: Q10. */
LNN_NOINLINE static uint32_t learned_step(const lnn_model_t *model, int32_t s[5],
                                          const int32_t logs[2], uint32_t fresh) {
    lnn_gate_t *gate = (lnn_gate_t *)model->gate;
    s[2] = fresh ? 0 : logs[0] - gate->before;
    s[3] = logs[1] - logs[0];
    s[4] = heard_keyword(model) >> 5;
    gate->before = logs[0];
    return wanted_step((const lnn_policy_t *)model->policy, gate, s);
}

LNN_NOINLINE uint32_t lnn_stage_gate(lnn_model_t *model, const int16_t *x) {
    lnn_gate_t *gate = (lnn_gate_t *)model->gate;
    const lnn_schedule_t *plan = &gate->schedule;
    const uint32_t fresh = !model->step;
    int32_t logs[2], s[5];
    if (plan->kind == LNN_UNIFORM) return plan->steps[0];
    if (plan->kind == LNN_FLUX || plan->kind == LNN_DELTA)
        return held_open(model, feature_score(model, gate, fresh));
    statistics(lnn_feat(model), x, plan->kind == LNN_LEARNED, logs);
    s[0] = above_floor(gate->floors, logs[0], plan, fresh);
    if (plan->kind == LNN_ENERGY) return held_open(model, s[0]);
    s[1] = above_floor(gate->floors + 1, logs[1], plan, fresh);
    return learned_step(model, s, logs, fresh);
}

#endif
