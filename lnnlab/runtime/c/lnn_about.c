/* What a model says of itself, and what a status means. */
#include "lnn_internal.h"

uint32_t lnn_window(const lnn_model_t *model) {
    return lnn_ready(model) ? lnn_feat(model)->window : 0;
}

uint32_t lnn_channels(const lnn_model_t *model) {
    return lnn_ready(model) ? lnn_feat(model)->channels : 0;
}

uint32_t lnn_classes(const lnn_model_t *model) {
    return lnn_ready(model) ? lnn_layers(model)[model->layer_count - 1].units : 0;
}

const char *lnn_label(const lnn_model_t *model, uint32_t number) {
    return number < lnn_classes(model) ? lnn_label_of(model, number) : "";
}

/* m 2^(e - 150) of its bits, rounded. */
uint32_t lnn_rate_hz(const lnn_model_t *model) {
    if (!lnn_ready(model)) return 0;
    const uint32_t bits = lnn_feat(model)->rate_hz, e = bits >> 23;
    const uint32_t m = (bits & 0x7fffffu) | 0x800000u, down = 150 - e;
    if (e > 157) return bits >> 31 ? 0 : 0xffffffffu;
    if (e >= 150) return m << (e - 150);
    return down > 24 ? 0 : (m + ((1u << down) >> 1)) >> down;
}

int lnn_is_streaming(const lnn_model_t *model) { return lnn_ready(model) && model->streaming; }

int lnn_can_adapt(const lnn_model_t *model) {
#ifdef LNN_USE_POLICY
    return lnn_ready(model) && model->gate
        && lnn_policy_suits(lnn_feat(model), lnn_layers(model), model->layer_count);
#else
    return (void)model, 0;
#endif
}

int lnn_policy_kind(const lnn_model_t *model) {
#ifdef LNN_USE_POLICY
    if (lnn_ready(model) && lnn_follows_policy(model))
        return ((const lnn_gate_t *)model->gate)->schedule.kind;
#endif
    return (void)model, -1;
}

uint32_t lnn_keywords(const lnn_model_t *model) {
    return lnn_ready(model) ? lnn_classes(model) - lnn_layers(model)[model->layer_count - 1].hidden : 0;
}

int16_t lnn_threshold_q15(const lnn_model_t *model) {
    return lnn_ready(model) ? model->threshold_q15 : 0;
}

const lnn_costs_t *lnn_costs(const void *file) {
    const uint8_t *at = (const uint8_t *)file;
    const lnn_section_t *entry = at ? lnn_section_from(at, LNN_COST, 4) : 0;
    return entry ? (const lnn_costs_t *)(const void *)(at + entry->offset) : 0;
}

#ifndef LNN_NO_FLOAT
float lnn_full_scale(const lnn_model_t *model) {
    union { uint32_t bits; float value; } full;
    full.bits = lnn_ready(model) ? lnn_feat(model)->full_scale : 0;
    return full.value;
}
#endif

lnn_counts_t lnn_counts(const lnn_model_t *model) {
    lnn_counts_t counts = {0, 0, 0};
    if (!lnn_ready(model)) return counts;
    counts.computed = model->computed + (model->streaming ? 0u : model->step);
    counts.heard = counts.computed + model->skipped;
    counts.skipped = model->skipped;
    return counts;
}

const char *lnn_status_text(lnn_status_t status) {
    static const char *const texts[] = {
        "ready",
        "the file does not start at a multiple of 8, or the arena at one of 4",
        "no .lnn file",
        "written by a newer lnnlab",
        "the header's size and the given size differ",
        "the checksum differs: bytes changed",
        "the section table is damaged, or a section is missing",
        "the features are damaged",
        "a layer is damaged, or layers do not follow each other",
        "an array leaves the file",
        "the labels are damaged",
        "this build leaves out what the model needs",
        "the arena is too small; lnn_arena_bytes says how much is needed",
        "the timestep policy is damaged, or not for this model",
        "a pointer is NULL",
        "the stream's settings are damaged, or not for this model",
        "the costs on a board are damaged",
        "the gains' settings are damaged, or not for this model, or the file has none",
        "the anomaly score is damaged, or not for this model, or the file has none"};
    const uint32_t number = (uint32_t)status;
    return number < sizeof texts / sizeof *texts ? texts[number] : "an unknown status";
}


int lnn_process(lnn_model_t *model, const int16_t *audio_buffer, uint32_t buffer_bytes,
                lnn_result_t *result) {
    if (!result) return 0;
    result->keyword = "";
    result->logits = lnn_ready(model) && model->named >= 0 ? model->logits : 0;
    result->label = -1;
    result->confidence_q15 = 0;
    result->keyword_detected = 0;
    result->timestep = 0;
#ifndef LNN_NO_FLOAT
    result->confidence = 0.0f;
#endif
    if (!lnn_ready(model)) return 0;
    const uint32_t moments =
        buffer_bytes ? buffer_bytes / (2 * lnn_channels(model)) : lnn_hop(model);
    return lnn_push(model, audio_buffer, moments, result);
}

#undef lnn_process_cmsis
int lnn_process_cmsis(lnn_model_t *model, const int16_t *audio_buffer, lnn_result_t *result) {
    return lnn_process(model, audio_buffer, 0, result);
}
