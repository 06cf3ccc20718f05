/* What both targets do with an input: the file and the arena lie in memory of exactly their size,
 * at addresses good and bad; what is refused has written nothing; what is accepted runs. */
#ifndef FUZZ_RUN_H
#define FUZZ_RUN_H

#include "fuzz_file.h"
#include "fuzz_mutate.h"

#define FUZZ_MOST_ARENA (1u << 18)
#ifndef FUZZ_MOST_WORK
#define FUZZ_MOST_WORK 60000u /* multiplications and samples for one input, about */
#endif
enum { FUZZ_MOST_PARTS = 16 };

static unsigned long fuzz_ran; /* files that were accepted and ran */

typedef struct { /* what a model may still do */
    uint32_t channels, hop;
    uint32_t frame_work; /* of one frame's features and layers */
    uint32_t left;
} fuzz_work_t;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
static void fuzz_use(fuzz_model_t *model, fuzz_work_t *work, fuzz_random_t *random);

/* Multiplications of a layer for each frame of a window, about. */
static uint32_t fuzz_layer_work(const uint8_t *layer, uint32_t steps) {
    const uint32_t kind = fuzz_get16(layer), n = fuzz_get16(layer + FUZZ_INPUTS);
    const uint32_t u = fuzz_get16(layer + FUZZ_UNITS), hidden = fuzz_get16(layer + FUZZ_HIDDEN);
    const uint64_t out = fuzz_get16(layer + FUZZ_STEPS_OUT);
    uint64_t work = (uint64_t)u * 4 * (n + u);
    if (kind == FUZZ_CFC || kind == FUZZ_MIX) work = (uint64_t)hidden * (n + 4 * u);
    if (kind == FUZZ_CONVOLUTION || kind == FUZZ_DEPTHWISE)
        work = ((uint64_t)u * hidden * (kind == FUZZ_DEPTHWISE ? 1 : n) * out) / steps + 1;
    return work < FUZZ_MOST_WORK ? (uint32_t)work : FUZZ_MOST_WORK;
}

/* Of a file that was accepted. */
static fuzz_work_t fuzz_work(const uint8_t *file, uint32_t size) {
    const fuzz_section_t layers = fuzz_section(file, size, FUZZ_LAYR);
    const uint8_t *feat = file + fuzz_section(file, size, FUZZ_FEAT).at;
    const uint32_t frame = fuzz_get16(feat + FUZZ_FRAME);
    fuzz_work_t work;
    work.channels = fuzz_get16(feat + FUZZ_CHANNELS);
    work.hop = fuzz_get16(feat + FUZZ_HOP);
    work.frame_work = work.channels * frame * (fuzz_get16(feat) ? 8 : 1);
    for (uint32_t at = 0; at < layers.bytes; at += FUZZ_LAYER_BYTES)
        work.frame_work += fuzz_layer_work(file + layers.at + at, fuzz_get16(feat + FUZZ_STEPS));
    work.left = FUZZ_MOST_WORK;
    return work;
}

/* Moments for the next call, at least one; `some` unless that is 0 or too much. */
static uint32_t fuzz_moments(fuzz_work_t *work, uint32_t some, fuzz_random_t *random) {
    const uint32_t each = work->channels + work->frame_work / work->hop + 1;
    const uint32_t most = work->left / each + 1, call = 100;
    uint32_t moments = some ? some : 1 + fuzz_draw(random, fuzz_draw(random, 2) ? 7 : 1500);
    if (moments > most) moments = most;
    const uint32_t cost = moments * each + call;
    work->left = cost < work->left ? work->left - cost : 0;
    return moments;
}

/* Samples in memory of exactly so many bytes; odd ones behind the last sample. */
static int16_t *fuzz_samples(uint32_t bytes, fuzz_random_t *random) {
    int16_t *samples = (int16_t *)malloc(bytes ? bytes : 1);
    const uint32_t quiet = fuzz_draw(random, 18);
    uint32_t noise = random->state;
    if (!samples) exit(2);
    for (uint32_t k = 0; k < bytes / 2; k++, noise = noise * 1664525u + 1013904223u) {
        const int32_t loud = (int32_t)(noise >> 16) - 32768;
        samples[k] = (int16_t)(quiet == 17 ? (loud < 0 ? -32768 : 32767) : loud / (1 << quiet));
    }
    return samples;
}

/* Memory of `bytes` bytes, `off` behind an address that malloc gives; no byte behind them. */
typedef struct {
    uint8_t *block, *start;
} fuzz_memory_t;

static fuzz_memory_t fuzz_memory(uint32_t off, uint32_t bytes) {
    fuzz_memory_t memory;
    memory.block = (uint8_t *)malloc(off + bytes ? off + bytes : 1);
    if (!memory.block) exit(2);
    memset(memory.block, 0xa5, off);
    memory.start = memory.block + off;
    return memory;
}

static int fuzz_untouched(const void *start, size_t bytes) {
    for (const uint8_t *at = (const uint8_t *)start; bytes--; at++)
        if (*at != 0xa5) return 0;
    return 1;
}

/* A model that lnn_init refuses: nothing is written but the mark that it is none. */
static void fuzz_refused(const uint8_t *file, uint32_t size, uint32_t off, uint32_t bytes,
                         lnn_status_t wanted) {
    const fuzz_memory_t arena = fuzz_memory(off, bytes);
    const int16_t samples[16] = {0};
    fuzz_model_t model, expected;
    fuzz_result_t result;
    memset(arena.start, 0xa5, bytes);
    memset(&model, 0xa5, sizeof model);
    memset(&result, 0xa5, sizeof result);
    memcpy(&expected, &model, sizeof model);
    expected.feat = NULL;
    FUZZ_EXPECT(FUZZ_CALL(init)(&model, file, size, arena.start, bytes) == wanted);
    FUZZ_EXPECT(!memcmp(&model, &expected, sizeof model));
    FUZZ_EXPECT(FUZZ_CALL(push)(&model, samples, 1, &result) == 0);
    FUZZ_EXPECT(fuzz_untouched(arena.block, off + bytes));
    FUZZ_EXPECT(fuzz_untouched(&result, sizeof result));
    free(arena.block);
}

static void fuzz_null_arguments(const uint8_t *file, uint32_t size, uint8_t *arena,
                                uint32_t bytes) {
    fuzz_model_t model;
    fuzz_result_t result;
    const int16_t sample[16] = {0};
    FUZZ_EXPECT(FUZZ_CALL(check)(NULL, size, NULL) == LNN_BAD_ARGUMENT);
    FUZZ_EXPECT(FUZZ_CALL(arena_bytes)(NULL) == 0);
    FUZZ_EXPECT(FUZZ_CALL(init)(NULL, file, size, arena, bytes) == LNN_BAD_ARGUMENT);
    FUZZ_EXPECT(FUZZ_CALL(init)(&model, NULL, size, arena, bytes) == LNN_BAD_ARGUMENT);
    FUZZ_EXPECT(FUZZ_CALL(init)(&model, file, size, NULL, bytes) == LNN_BAD_ARGUMENT);
    FUZZ_EXPECT(FUZZ_CALL(push)(NULL, sample, 1, &result) == 0);
    FUZZ_EXPECT(FUZZ_CALL(init)(&model, file, size, arena, bytes) == LNN_OK);
    FUZZ_EXPECT(FUZZ_CALL(push)(&model, NULL, 1, &result) == 0);
    FUZZ_EXPECT(FUZZ_CALL(push)(&model, sample, 1, NULL) == 0);
    FUZZ_EXPECT(FUZZ_CALL(push)(&model, sample, 0, &result) == 0);
}

/* Move each part of the arena into memory of its own, so that a sanitizer sees one that is too
 * small for what is put there: in the arena the next part would take it in silence. */
static void fuzz_scatter(fuzz_model_t *model, const fuzz_memory_t *arena, uint32_t bytes,
                         void *blocks[FUZZ_MOST_PARTS]) {
    const uint8_t *end = arena->start + bytes;
    for (size_t k = sizeof fuzz_parts / sizeof *fuzz_parts; k--;) {
        uint8_t *field = (uint8_t *)model + fuzz_parts[k], *start;
        blocks[k] = NULL;
        memcpy(&start, field, sizeof start);
        if (!start) continue; /* the model has no such part */
        FUZZ_EXPECT(start >= arena->start && start <= end);
        const size_t own = (size_t)(end - start);
        blocks[k] = malloc(own ? own : 1);
        if (!blocks[k]) exit(2);
        if (own) memcpy(blocks[k], start, own);
        memcpy(field, blocks + k, sizeof *blocks);
        end = start;
    }
    FUZZ_EXPECT(end == arena->start);
}

/* A file that was accepted. */
static void fuzz_accepted(const uint8_t *file, uint32_t size, fuzz_random_t *random) {
    const uint32_t need = FUZZ_CALL(arena_bytes)(file), off = 4 * fuzz_draw(random, 4);
    fuzz_work_t work = fuzz_work(file, size);
    void *blocks[FUZZ_MOST_PARTS] = {NULL};
    fuzz_model_t model;
    FUZZ_EXPECT(need && !(need & 3));
    if (need > FUZZ_MOST_ARENA) return;
    fuzz_refused(file, size, 0, fuzz_draw(random, 4) ? fuzz_draw(random, need) : need - 1,
                 LNN_SMALL_ARENA);
    if (!fuzz_draw(random, 8))
        fuzz_refused(file, size, 1 + fuzz_draw(random, 3), need, LNN_BAD_ALIGNMENT);
    const fuzz_memory_t arena = fuzz_memory(off, need);
    if (!fuzz_draw(random, 8)) fuzz_null_arguments(file, size, arena.start, need);
    FUZZ_EXPECT(FUZZ_CALL(init)(&model, file, size, arena.start, need) == LNN_OK);
    const uint32_t scattered = fuzz_draw(random, 2);
    if (scattered) fuzz_scatter(&model, &arena, need, blocks);
    fuzz_use(&model, &work, random);
    fuzz_ran++;
    FUZZ_EXPECT(fuzz_untouched(arena.block, off));
    free(arena.block);
    for (uint32_t k = 0; k < FUZZ_MOST_PARTS; k++) free(blocks[k]);
}

/* What is said to be wrong lies in the section that the status names. */
static void fuzz_where(const uint8_t *file, uint32_t size, lnn_status_t status, uint32_t where) {
    const uint32_t number = status == LNN_BAD_FEATURES ? FUZZ_FEAT
                          : status == LNN_BAD_LAYER ? FUZZ_LAYR
                          : status == LNN_BAD_LABELS ? FUZZ_LABL : 8;
    const fuzz_section_t section = fuzz_section(file, size, number);
    FUZZ_EXPECT(where <= (size < 32 ? 32 : size));
    FUZZ_EXPECT(number == 8 || (where >= section.at && where <= section.at + section.bytes));
}

static void fuzz_try(const uint8_t *data, uint32_t size, uint32_t sealed) {
    fuzz_random_t random = fuzz_random(fuzz_crc(data, size));
    const uint32_t off = fuzz_draw(&random, 32) ? 0 : 1 + fuzz_draw(&random, 7);
    const fuzz_memory_t memory = fuzz_memory(off, size);
    uint8_t *file = memory.start;
    uint32_t where = 0;
    if (size) memcpy(file, data, size);
    if (sealed) fuzz_seal(file, size);
    const lnn_status_t status = FUZZ_CALL(check)(file, size, &where);
    fuzz_where(file, size, status, where);
    FUZZ_EXPECT(!off || status == LNN_BAD_ALIGNMENT);
    if (status == LNN_OK)
        fuzz_accepted(file, size, &random);
    else if (!fuzz_draw(&random, 8))
        fuzz_refused(file, size, 0, fuzz_draw(&random, 4096), status);
#ifdef FUZZ_LOAD
    if (!fuzz_draw(&random, 8)) FUZZ_LOAD(file, size);
#endif
    free(memory.block);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size > FUZZ_MOST_BYTES) return 0;
    if (size < 32 || !(data[size - 1] & 15)) fuzz_try(data, (uint32_t)size, 0);
    if (size >= 32) fuzz_try(data, (uint32_t)size, 1);
    return 0;
}

#ifdef FUZZ_MAIN
#include "fuzz_main.h"
#endif

#endif
