/* Fuzzing the int8 loader and runtime: whatever is accepted must run without a fault.
 *
 *     clang -std=c99 -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
 *         -I lnnlab/runtime/c tests/fuzz/lnn_load_fuzz.c lnnlab/runtime/c/lnn_[acdfgkpst]*.c \
 *         lnnlab/runtime/c/lnn_mel.c -o lnn_load_fuzz
 *     mkdir -p found
 *     ./lnn_load_fuzz -max_len=8192 -timeout=10 found tests/fuzz/corpus
 *
 * What is found goes to the first folder, not to the committed one. With FUZZ_MAIN the program runs
 * the files that it is given and mutations of each (fuzz_main.h).
 */
#include "liquid_audio_lnn.h"

#define FUZZ_ARITHMETIC 0
#define FUZZ_CALL(name) lnn_##name
typedef lnn_model_t fuzz_model_t;
typedef lnn_result_t fuzz_result_t;
static const size_t fuzz_parts[] = {
    offsetof(lnn_model_t, pool), offsetof(lnn_model_t, scratch), offsetof(lnn_model_t, frame),
    offsetof(lnn_model_t, x), offsetof(lnn_model_t, other), offsetof(lnn_model_t, states),
    offsetof(lnn_model_t, levels), offsetof(lnn_model_t, logits), offsetof(lnn_model_t, smoothed),
    offsetof(lnn_model_t, maps), offsetof(lnn_model_t, maps) + sizeof(int8_t *),
    offsetof(lnn_model_t, gate)};

static void fuzz_load(const uint8_t *file, uint32_t size);
#define FUZZ_LOAD fuzz_load
#include "fuzz_run.h"

/* What a result holds after a call that ended so many windows or decisions. */
static void fuzz_said(const lnn_model_t *model, const lnn_result_t *said) {
    FUZZ_EXPECT(said->label >= 0 && (uint32_t)said->label < lnn_classes(model));
    FUZZ_EXPECT(said->keyword == lnn_label(model, (uint32_t)said->label));
    FUZZ_EXPECT(said->confidence_q15 >= 0 && said->keyword_detected <= 1);
    FUZZ_EXPECT(said->confidence == (float)said->confidence_q15 / 32768.0f);
    FUZZ_EXPECT(said->timestep >= 1 && said->timestep <= 255);
    FUZZ_EXPECT(said->logits == model->logits);
    if (said->keyword_detected) FUZZ_EXPECT(said->confidence_q15 >= model->threshold_q15);
}

static void fuzz_said_nothing(const lnn_model_t *model, const lnn_result_t *said) {
    FUZZ_EXPECT(said->keyword && !*said->keyword && said->label == -1);
    FUZZ_EXPECT(!said->confidence_q15 && !said->keyword_detected && !said->timestep);
    FUZZ_EXPECT(said->confidence == 0.0f);
    FUZZ_EXPECT(said->logits == (model->named < 0 ? NULL : model->logits));
}

/* One piece of samples through lnn_push or lnn_process. */
static void fuzz_piece(lnn_model_t *model, fuzz_work_t *work, fuzz_random_t *random) {
    const uint32_t asleep = lnn_sleep_moments(model), how = fuzz_draw(random, 5);
    const uint32_t some = how == 0 ? asleep : how == 1 ? asleep - 1 : how == 2 ? work->hop : 0;
    const uint32_t moments = fuzz_moments(work, some, random), width = 2 * work->channels;
    const uint32_t odd = fuzz_draw(random, width); /* too few bytes for one more moment */
    const uint32_t process = fuzz_draw(random, 2), one_hop = moments == work->hop;
    const uint32_t bytes = moments * width + (process && !one_hop ? odd : 0);
    int16_t *samples = fuzz_samples(bytes, random);
    lnn_result_t result;
    FUZZ_EXPECT(asleep >= 1);
    memset(&result, 0xa5, sizeof result);
    const int decisions = process
        ? lnn_process(model, samples, one_hop ? 0 : bytes, &result)
        : lnn_push(model, samples, moments, &result);
    free(samples);
    FUZZ_EXPECT(decisions >= 0 && (uint32_t)decisions <= moments);
    FUZZ_EXPECT(!decisions || moments >= asleep);
    if (decisions)
        fuzz_said(model, &result);
    else if (process)
        fuzz_said_nothing(model, &result);
    else
        FUZZ_EXPECT(fuzz_untouched(&result, sizeof result));
}

static lnn_adaptive_config_t fuzz_config(fuzz_random_t *random) {
    const uint32_t valid = fuzz_draw(random, 4), most = valid ? 40 : 65536;
    lnn_adaptive_config_t config;
    config.min_timestep_ms = (uint16_t)(fuzz_draw(random, most) + (valid ? 1 : 0));
    config.max_timestep_ms =
        (uint16_t)(fuzz_draw(random, 10 * most) + (valid ? config.min_timestep_ms : 0));
    config.energy_threshold_q10 = (int16_t)(fuzz_draw(random, valid ? 4096 : 65536) & 0xffff);
    config.close_threshold_q10 =
        (int16_t)((int32_t)fuzz_draw(random, 1024) - (valid ? 1023 : 0));
    config.hangover_ms = (uint16_t)fuzz_draw(random, most);
    return config;
}

/* Another way of working: streams, windows, policies, thresholds, a new start. */
static void fuzz_setting(lnn_model_t *model, fuzz_random_t *random) {
    const uint32_t shift = fuzz_draw(random, 10);
    const lnn_adaptive_config_t config = fuzz_config(random);
    switch (fuzz_draw(random, 9)) {
    case 0: case 1: case 2:
        if (lnn_set_streaming(model, (uint8_t)shift, (uint16_t)fuzz_draw(random, 60)))
            FUZZ_EXPECT(shift <= 8 && model->streaming);
        break;
    case 3: lnn_set_windows(model); break;
    case 4: lnn_set_adaptive_config(model, NULL); break;
    case 5: case 6:
        if (lnn_set_adaptive_config(model, &config))
            FUZZ_EXPECT(config.min_timestep_ms && config.min_timestep_ms <= config.max_timestep_ms
                        && config.close_threshold_q10 <= config.energy_threshold_q10);
        break;
    case 7: lnn_set_threshold(model, (int16_t)((int32_t)fuzz_draw(random, 65536) - 32768)); break;
    default: lnn_reset(model);
    }
}

/* What a model says of itself, and every call without a model. */
static void fuzz_about(const lnn_model_t *model, const fuzz_work_t *work) {
    const int16_t sample = 0;
    lnn_result_t result;
    FUZZ_EXPECT(lnn_channels(model) == work->channels && lnn_hop(model) == work->hop);
    for (uint32_t c = 0; c < lnn_classes(model) + 2; c++)
        FUZZ_EXPECT(strlen(lnn_label(model, c)) < FUZZ_MOST_BYTES);
    (void)lnn_rate_hz(model), (void)lnn_full_scale(model), (void)lnn_window(model);
    lnn_reset(NULL);
    lnn_set_windows(NULL);
    lnn_set_threshold(NULL, 0);
    FUZZ_EXPECT(!lnn_channels(NULL) && !lnn_hop(NULL) && !lnn_classes(NULL) && !lnn_window(NULL));
    FUZZ_EXPECT(!*lnn_label(NULL, 0) && !lnn_rate_hz(NULL) && !lnn_counts(NULL).heard);
    FUZZ_EXPECT(!lnn_set_streaming(NULL, 1, 1) && !lnn_set_adaptive_config(NULL, NULL));
    FUZZ_EXPECT(!lnn_set_flux_config(NULL, NULL, 0) && !lnn_flux_arena_bytes(NULL));
    FUZZ_EXPECT(!lnn_is_streaming(NULL) && !lnn_can_adapt(NULL) && lnn_policy_kind(NULL) == -1);
    FUZZ_EXPECT(!lnn_keywords(NULL) && !lnn_threshold_q15(NULL) && !lnn_costs(NULL));
    FUZZ_EXPECT(!lnn_anomaly_push(NULL, &sample, 1) && !lnn_is_anomaly(NULL));
    FUZZ_EXPECT(!lnn_anomaly_calibrating(NULL) && !lnn_anomaly_arena_bytes(NULL));
    FUZZ_EXPECT(!lnn_anomaly_score_q8(NULL) && !lnn_anomaly_threshold_q8(NULL));
    FUZZ_EXPECT(!lnn_anomaly_baseline(NULL) && lnn_anomaly_set_baseline(NULL, NULL, 0));
    FUZZ_EXPECT(!lnn_denoise_arena_bytes(NULL) && !lnn_denoise_hop(NULL, &sample, NULL));
    FUZZ_EXPECT(lnn_keywords(model) >= 1 && lnn_keywords(model) <= lnn_classes(model));
    FUZZ_EXPECT(lnn_is_streaming(model) == model->streaming);
    if (lnn_policy_kind(model) >= 0) FUZZ_EXPECT(lnn_can_adapt(model));
    FUZZ_EXPECT(lnn_sleep_moments(NULL) == 1 && !lnn_process(NULL, &sample, 2, NULL));
    FUZZ_EXPECT(!lnn_process(NULL, &sample, 2, &result) && !*result.keyword && !result.logits);
}

/* A flux gate in an arena of exactly its size, on a few hops; a byte less is refused. */
static void fuzz_flux(const uint8_t *file, uint32_t size, fuzz_random_t *random) {
    const uint32_t need = lnn_flux_arena_bytes(file);
    const lnn_adaptive_config_t times = fuzz_config(random);
    const lnn_flux_config_t config = {
        times.min_timestep_ms, times.max_timestep_ms, (int16_t)(times.energy_threshold_q10 / 8),
        times.close_threshold_q10, times.hangover_ms};
    lnn_model_t model;
    lnn_result_t result;
    FUZZ_EXPECT(need >= lnn_arena_bytes(file) && !(need & 3));
    if (need > FUZZ_MOST_ARENA) return;
    uint8_t *arena = malloc(need);
    if (!arena) exit(2);
    memset(arena, 0xa5, need);
    FUZZ_EXPECT(lnn_init(&model, file, size, arena, need) == LNN_OK);
    FUZZ_EXPECT(!lnn_set_flux_config(&model, &config, need - 1));
    FUZZ_EXPECT(!lnn_set_flux_config(&model, NULL, need));
    if (lnn_set_flux_config(&model, &config, need)) {
        FUZZ_EXPECT(lnn_can_adapt(&model) && config.min_timestep_ms <= config.max_timestep_ms);
        FUZZ_EXPECT(config.close_threshold_q8 <= config.flux_threshold_q8);
        FUZZ_EXPECT(lnn_set_streaming(&model, 2, 3) && lnn_policy_kind(&model) == 2);
        const uint32_t values = lnn_hop(&model) * lnn_channels(&model);
        for (uint32_t hops = fuzz_draw(random, 12); hops--;) {
            int16_t *samples = fuzz_samples(2 * values, random);
            if (lnn_push(&model, samples, lnn_hop(&model), &result)) fuzz_said(&model, &result);
            free(samples);
        }
    }
    free(arena);
}

/* What a file says of its costs lies in it, and ends. */
static void fuzz_costs(const uint8_t *file, uint32_t size) {
    const lnn_costs_t *costs = lnn_costs(file);
    if (!costs) return;
    FUZZ_EXPECT((const uint8_t *)costs + sizeof *costs <= file + size);
    FUZZ_EXPECT(strlen(costs->board) && strlen(costs->board) < sizeof costs->board);
}

/* Numbers put back in place of calibration: taken where each is of 16 bits, else nothing changes. */
static void fuzz_baseline(lnn_anomaly_t *anomaly, fuzz_random_t *random) {
    int32_t kept[512] = {0};
    const uint32_t features = lnn_classes(&anomaly->model), left = lnn_anomaly_calibrating(anomaly);
    if (!features || features > 512) return;
    for (uint32_t f = 0; f < features; f++) kept[f] = (int32_t)fuzz_draw(random, 65536) - 32768;
    const int wide = !fuzz_draw(random, 3);
    if (wide) kept[fuzz_draw(random, features)] = fuzz_draw(random, 2) ? INT32_MIN : 32768;
    const int taken = lnn_anomaly_set_baseline(anomaly, kept, features) == LNN_OK;
    FUZZ_EXPECT(taken == (!wide && anomaly->own) && (taken || lnn_anomaly_calibrating(anomaly) == left));
    FUZZ_EXPECT(!taken || !memcmp(lnn_anomaly_baseline(anomaly), kept, features * sizeof kept[0]));
}

/* A detector of anomalies in an arena of exactly its size, on a few hops in odd pieces. */
static void fuzz_anomaly(const uint8_t *file, uint32_t size, fuzz_random_t *random) {
    const uint32_t own = lnn_anomaly_arena_bytes(file), need = own ? own : lnn_arena_bytes(file);
    lnn_anomaly_t anomaly;
    if (need > FUZZ_MOST_ARENA) return;
    FUZZ_EXPECT(!(need & 3) && need >= lnn_arena_bytes(file));
    uint8_t *arena = malloc(need);
    if (!arena) exit(2);
    memset(arena, 0xa5, need);
    const lnn_status_t status = lnn_anomaly_init(&anomaly, file, size, arena, need);
    FUZZ_EXPECT(status == (own ? LNN_OK : LNN_BAD_ANOMALY));
    for (uint32_t pieces = fuzz_draw(random, 12); pieces--;) {
        const uint32_t some = fuzz_draw(random, 200);
        int16_t *samples = fuzz_samples(2 * some * lnn_channels(&anomaly.model), random);
        const int frames = lnn_anomaly_push(&anomaly, samples, some);
        FUZZ_EXPECT(frames >= 0 && (uint32_t)frames <= some && (status == LNN_OK || !frames));
        if (status == LNN_OK)
            FUZZ_EXPECT(lnn_is_anomaly(&anomaly) == (anomaly.score >= anomaly.threshold));
        if (lnn_anomaly_calibrating(&anomaly)) FUZZ_EXPECT(!lnn_is_anomaly(&anomaly));
        if (!fuzz_draw(random, 6)) lnn_anomaly_reset(&anomaly);
        if (!fuzz_draw(random, 8)) lnn_anomaly_recalibrate(&anomaly);
        if (status == LNN_OK && !fuzz_draw(random, 8)) fuzz_baseline(&anomaly, random);
        free(samples);
    }
    lnn_anomaly_reset(&anomaly);
    FUZZ_EXPECT(status != LNN_OK || !lnn_anomaly_score_q8(&anomaly));
    free(arena);
}

/* A denoiser in an arena of exactly its size, at any depth, on a few hops. */
static void fuzz_denoise(const uint8_t *file, uint32_t size, fuzz_random_t *random) {
    const uint32_t need = lnn_denoise_arena_bytes(file);
    lnn_denoise_t denoise;
    if (!need || need > FUZZ_MOST_ARENA) return;
    FUZZ_EXPECT(need > lnn_arena_bytes(file) && !(need & 3));
    uint8_t *arena = malloc(need);
    if (!arena) exit(2);
    memset(arena, 0xa5, need);
    FUZZ_EXPECT(lnn_denoise_init(&denoise, file, size, arena, need - 1) == LNN_SMALL_ARENA);
    FUZZ_EXPECT(lnn_denoise_init(&denoise, file, size, arena, need) == LNN_OK);
    const uint32_t hop = lnn_hop(&denoise.model);
    FUZZ_EXPECT(lnn_denoise_latency(&denoise) == 2 * hop);
    for (uint32_t hops = fuzz_draw(random, 5); hops--;) {
        int16_t *samples = fuzz_samples(2 * hop, random);
        if (!fuzz_draw(random, 3)) lnn_denoise_set_depth(&denoise, (uint16_t)fuzz_draw(random, 65536));
        FUZZ_EXPECT(lnn_denoise_hop(&denoise, samples, samples) == 1);
        free(samples);
    }
    lnn_denoise_reset(&denoise);
    free(arena);
}

/* The loaders with an arena of their own; the second must find the size by itself. */
static void fuzz_load(const uint8_t *file, uint32_t size) {
    lnn_status_t why;
    const lnn_status_t checked = lnn_check(file, size, NULL);
    const lnn_model_t *model = lnn_load_sized(file, size, &why);
    FUZZ_EXPECT(!model == (why != LNN_OK) && lnn_status_text(why));
    FUZZ_EXPECT(checked == LNN_OK ? !why || why == LNN_SMALL_ARENA : why == checked);
    if (checked == LNN_OK) {
        fuzz_random_t random = fuzz_random(fuzz_get32(file + 12));
        fuzz_flux(file, size, &random);
        fuzz_costs(file, size);
        fuzz_denoise(file, size, &random);
        fuzz_anomaly(file, size, &random);
    }
    if (size < 160 || fuzz_get32(file + 8) > size) return;
    FUZZ_EXPECT(!lnn_load_from_flash(file) == !model || fuzz_get32(file + 8) != size);
}

static void fuzz_use(fuzz_model_t *model, fuzz_work_t *work, fuzz_random_t *random) {
    if (!fuzz_draw(random, 8)) fuzz_about(model, work);
    while (work->left) {
        if (!fuzz_draw(random, 4)) fuzz_setting(model, random);
        fuzz_piece(model, work, random);
        const lnn_counts_t counts = lnn_counts(model);
        FUZZ_EXPECT(counts.heard == counts.computed + counts.skipped);
    }
}
