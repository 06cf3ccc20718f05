/* Samples in, decisions out, and the working memory. */
#include "lnn_float_internal.h"

static void *take(uint8_t *arena, uint32_t *used, uint32_t bytes) {
    void *start = arena ? arena + *used : 0;
    *used += (bytes + 3u) & ~3u;
    return start;
}

static uint32_t lay_out(lnn_float_t *model, uint8_t *arena) {
    const feat_t *feat = feat_of(model);
    const layer_t *layers = layers_of(model);
    const uint32_t count = model->layer_count;
    uint32_t widest = feat->features, states = 0, used = 0, map[2] = {0, 0};
    model->windowed = layers[0].kind == CONVOLUTION || layers[0].kind == DEPTHWISE;
    if (model->windowed) map[0] = (uint32_t)feat->features * feat->steps;
    for (uint32_t l = 0; l + 2 < count; l++) {
        const uint32_t size = (uint32_t)layers[l].units * layers[l].steps_out;
        uint32_t *own = map + ((l + 1) & 1);
        if (model->windowed && size > *own) *own = size;
        if (layers[l].units > widest) widest = layers[l].units;
        states += lnn_float_state_count(layers + l);
    }
    model->state_count = states;
    model->scratch = take(arena, &used, 4 * lnn_float_scratch(feat, layers, count));
    model->x = take(arena, &used, 4 * widest);
    model->other = take(arena, &used, model->windowed ? 0 : 4 * widest);
    model->states = take(arena, &used, 4 * states);
    model->pool = take(arena, &used, 4u * layers[count - 2].inputs);
    model->logits = take(arena, &used, 4u * layers[count - 1].units);
    model->maps[0] = take(arena, &used, 4 * map[0]);
    model->maps[1] = take(arena, &used, 4 * map[1]);
    model->frame = take(arena, &used, 2u * feat->frame * feat->channels);
    return used;
}

static void open_file(lnn_float_t *model, const void *file) {
    const uint8_t *bytes = (const uint8_t *)file;
    const lnn_section_t *table = lnn_sections(bytes);
    model->feat = bytes + table[0].offset;
    model->layers = bytes + table[1].offset;
    model->layer_count = (uint8_t)table[1].items;
    model->data = bytes + table[2].offset;
    model->labels = (const char *)(bytes + table[3].offset);
}

uint32_t lnn_float_arena_bytes(const void *file) {
    lnn_float_t model;
    if (!file) return 0;
    open_file(&model, file);
    return lay_out(&model, 0);
}

static void start_window(lnn_float_t *model) {
    const uint32_t units = layers_of(model)[model->layer_count - 2].inputs;
    float *state = model->states, *end = state + model->state_count;
    for (; state < end; state++) {
        *state = 0.0f;
        LNN_LOOP;
    }
    for (uint32_t i = 0; i < units; i++) {
        model->pool[i] = 0.0f;
        LNN_LOOP;
    }
    model->step = model->filled = 0;
}

static lnn_status_t fits(const void *file, uint32_t bytes, const void *arena,
                         uint32_t arena_bytes) {
    const lnn_status_t status = lnn_float_check(file, bytes, 0);
    if (status != LNN_OK) return status;
    if (!arena) return LNN_BAD_ARGUMENT;
    if ((uintptr_t)arena & 3) return LNN_BAD_ALIGNMENT;
    return lnn_float_arena_bytes(file) > arena_bytes ? LNN_SMALL_ARENA : LNN_OK;
}

lnn_status_t lnn_float_init(lnn_float_t *model, const void *file, uint32_t bytes, void *arena,
                            uint32_t arena_bytes) {
    const lnn_status_t status = fits(file, bytes, arena, arena_bytes);
    if (!model) return LNN_BAD_ARGUMENT;
    model->feat = 0; /* no model: lnn_float_push does nothing */
    if (status != LNN_OK) return status;
    open_file(model, file);
    lay_out(model, (uint8_t *)arena);
    model->skip = 0;
    start_window(model);
    return LNN_OK;
}

static void decide(lnn_float_t *model, lnn_float_result_t *result) {
    const layer_t *pool = layers_of(model) + model->layer_count - 2;
    const uint32_t units = pool->inputs, classes = pool[1].units;
    const float share = pool->flags & 1 ? 1.0f : 1.0f / (float)pool->steps_in;
    uint32_t best = 0;
    float total = 0.0f;
    for (uint32_t i = 0; i < units; i++) model->pool[i] *= share;
    lnn_float_product(model, pool + 1, 0, classes, units, model->pool, model->logits);
    for (uint32_t c = 1; c < classes; c++)
        if (model->logits[c] > model->logits[best]) best = c;
    for (uint32_t c = 0; c < classes; c++) { /* e^-d = s / (1 - s) with s = sigmoid(-d) */
        const float s = lnn_float_sigmoid(model->logits[c] - model->logits[best]);
        total += s / (1.0f - s);
    }
    const char *name = model->labels;
    for (uint32_t c = 0; c < best; c++)
        while (*name++) {}
    result->keyword = name;
    result->label = (int16_t)best;
    result->confidence = 1.0f / total;
    result->logits = model->logits;
}

/* The gathered frame; returns 1 if it was the window's last. */
static int frame_done(lnn_float_t *model, lnn_float_result_t *result) {
    const feat_t *feat = feat_of(model);
    float *x = model->x;
    if (model->windowed) x = model->maps[0] + (uint32_t)model->step * feat->features;
    lnn_float_features(model, model->frame, x);
    if (!model->windowed) lnn_float_step(model);
    if (++model->step < feat->steps) return 0;
    if (model->windowed) lnn_float_window(model);
    decide(model, result);
    return 1;
}

int lnn_float_push(lnn_float_t *model, const int16_t *samples, uint32_t count,
                   lnn_float_result_t *result) {
    if (!model || !model->feat || !samples || !result) return 0;
    const feat_t *feat = feat_of(model);
    const uint32_t frame = feat->frame, hop = feat->hop, channels = feat->channels;
    int decisions = 0;
    while (count) {
        uint32_t used = model->skip < count ? model->skip : count;
        if (model->skip) {
            model->skip -= used;
        } else {
            const uint32_t missing = frame - model->filled;
            int16_t *to = model->frame + (uint32_t)model->filled * channels;
            used = missing < count ? missing : count;
            for (uint32_t i = 0; i < used * channels; i++) to[i] = samples[i];
            model->filled = (uint16_t)(model->filled + used);
            if (model->filled == frame) {
                if (frame_done(model, result)) {
                    decisions++;
                    model->skip = feat->window - ((feat->steps - 1u) * hop + frame);
                    start_window(model);
                } else {
                    const uint32_t kept = hop < frame ? frame - hop : 0;
                    for (uint32_t i = 0; i < kept * channels; i++)
                        model->frame[i] = model->frame[i + hop * channels];
                    model->filled = (uint16_t)kept;
                    model->skip = hop > frame ? hop - frame : 0;
                }
            }
        }
        samples += used * channels;
        count -= used;
    }
    return decisions;
}
