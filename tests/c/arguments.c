/* Every argument of the runtime wrong in turn: a status and nothing written. Built with sanitizers;
 * memory is given exactly, so that a byte beyond it is seen. argv: a .lnn file. Prints how many calls
 * were tried; ends with 1 and a line at the first that was not refused as it should be. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "liquid_audio_lnn.h"

#define EXPECT(what) \
    do { \
        tried++; \
        if (!(what)) { \
            printf("line %d: %s\n", __LINE__, #what); \
            exit(1); \
        } \
    } while (0)

static unsigned long tried;
static unsigned char *file; /* the model, in memory of exactly its size */
static uint32_t bytes, need;

static int untouched(const unsigned char *place, size_t count) {
    while (count--)
        if (*place++ != 0xa5) return 0;
    return 1;
}

/* lnn_init in so many bytes, `away` from a multiple of 8. */
static void arena_of(uint32_t size, uint32_t away) {
    unsigned char *block = malloc(size + away + (size_t)1), *arena = block + away;
    lnn_model_t model;
    lnn_result_t result;
    const int16_t silence[64] = {0};
    memset(&model, 0xa5, sizeof model);
    memset(block, 0xa5, size + away + (size_t)1);
    const lnn_status_t wanted =
        away & 3 ? LNN_BAD_ALIGNMENT : size < need ? LNN_SMALL_ARENA : LNN_OK;
    EXPECT(lnn_init(&model, file, bytes, arena, size) == wanted);
    if (wanted != LNN_OK) {
        EXPECT(untouched(block, size + away + (size_t)1));
        EXPECT(lnn_push(&model, silence, 1, &result) == 0);
        EXPECT(lnn_hop(&model) == 0 && lnn_classes(&model) == 0);
    }
    EXPECT(block[size + away] == 0xa5);
    free(block);
}

static void null_pointers(void) {
    uint32_t *arena = malloc(need);
    const int16_t silence[64] = {0};
    lnn_model_t model;
    lnn_result_t result;
    lnn_status_t why;
    EXPECT(lnn_check(NULL, bytes, NULL) == LNN_BAD_ARGUMENT);
    EXPECT(lnn_arena_bytes(NULL) == 0);
    EXPECT(lnn_init(NULL, file, bytes, arena, need) == LNN_BAD_ARGUMENT);
    EXPECT(lnn_init(&model, NULL, bytes, arena, need) == LNN_BAD_ARGUMENT);
    EXPECT(lnn_push(&model, silence, 1, &result) == 0);
    EXPECT(lnn_init(&model, file, bytes, NULL, need) == LNN_BAD_ARGUMENT);
    EXPECT(!lnn_load_from_flash(NULL) && !lnn_load_sized(NULL, bytes, NULL));
    EXPECT(!lnn_load_sized(NULL, bytes, &why) && why == LNN_BAD_ARGUMENT);
    EXPECT(lnn_init(&model, file, bytes, arena, need) == LNN_OK);
    EXPECT(lnn_push(NULL, silence, 1, &result) == 0);
    EXPECT(lnn_push(&model, NULL, 1, &result) == 0);
    EXPECT(lnn_push(&model, silence, 1, NULL) == 0);
    EXPECT((lnn_process_cmsis)(NULL, silence, &result) == 0 && result.label == -1);
    EXPECT(lnn_process(&model, silence, 2, NULL) == 0);
    EXPECT(lnn_process(&model, NULL, 0, &result) == 0 && !result.keyword[0]);
    lnn_reset(NULL);
    lnn_set_windows(NULL);
    lnn_set_threshold(NULL, 1);
    EXPECT(!lnn_set_streaming(NULL, 1, 1) && !lnn_set_adaptive_config(NULL, NULL));
    EXPECT(!lnn_is_streaming(NULL) && !lnn_can_adapt(NULL) && lnn_policy_kind(NULL) == -1);
    EXPECT(!lnn_keywords(NULL) && !lnn_threshold_q15(NULL) && !lnn_costs(NULL));
    EXPECT(lnn_sleep_moments(NULL) == 1 && lnn_hop(NULL) == 0 && lnn_window(NULL) == 0);
    EXPECT(lnn_channels(NULL) == 0 && lnn_classes(NULL) == 0 && lnn_rate_hz(NULL) == 0);
    EXPECT(!lnn_label(NULL, 0)[0] && lnn_counts(NULL).heard == 0);
    EXPECT(!lnn_label(&model, lnn_classes(&model))[0] && lnn_label(&model, 0)[0]);
    EXPECT(!lnn_set_streaming(&model, 9, 1));
    free(arena);
}

/* The file cut, moved, and with every bit of its header flipped. */
static void damaged_files(void) {
    unsigned char *moved = malloc(bytes + (size_t)8);
    lnn_status_t why;
    for (uint32_t away = 1; away < 8; away++) {
        memcpy(moved + away, file, bytes);
        EXPECT(lnn_check(moved + away, bytes, NULL) == LNN_BAD_ALIGNMENT);
        EXPECT(!lnn_load_from_flash(moved + away));
    }
    free(moved);
    for (uint32_t bit = 0; bit < 32 * 8; bit++) {
        file[bit / 8] = (unsigned char)(file[bit / 8] ^ 1 << bit % 8);
        if (bit < 20 * 8) EXPECT(!lnn_load_from_flash(file)); /* beyond are reserved fields */
        if (bit < 20 * 8) EXPECT(!lnn_load_sized(file, bytes, &why) && why != LNN_OK);
        file[bit / 8] = (unsigned char)(file[bit / 8] ^ 1 << bit % 8);
    }
    for (uint32_t size = 0; size < bytes; size += size < 512 ? 1 : 37) {
        unsigned char *part = malloc(size ? size : 1);
        memcpy(part, file, size);
        EXPECT(!lnn_load_sized(part, size, &why) && why != LNN_OK && *lnn_status_text(why));
        free(part);
    }
}

/* *result is written on every call, whatever stood there. */
static void results(void) {
    uint32_t *arena = malloc(need);
    lnn_model_t model;
    lnn_result_t result;
    EXPECT(lnn_init(&model, file, bytes, arena, need) == LNN_OK);
    const uint32_t hop = lnn_hop(&model), channels = lnn_channels(&model);
    for (uint32_t n = 0; n < 400; n++) {
        const size_t size = 2 * channels * (n % 3 ? hop : 1 + n % 7);
        int16_t *buffer = malloc(size); /* exactly what is given */
        for (size_t k = 0; k < size / 2; k++) buffer[k] = (int16_t)((k + n) * 40503u >> 3);
        memset(&result, 0x7f, sizeof result);
        const int ended = lnn_process(&model, buffer, n % 3 == 1 ? 0 : (uint32_t)size, &result);
        EXPECT(ended ? result.label >= 0 && result.keyword[0] : result.label == -1);
        EXPECT(result.keyword_detected <= 1 && (ended || !result.keyword_detected));
        EXPECT(result.confidence >= 0.0f && result.confidence <= 1.0f);
        EXPECT(ended || result.confidence <= 0.0f);
        free(buffer);
    }
    int16_t array[24];
    memset(array, 0, sizeof array);
    lnn_reset(&model);
    for (uint32_t moments = 0; moments < 2 * lnn_window(&model);) { /* an array gives its size */
        const int ended = lnn_process_cmsis(&model, array, &result);
        moments += 24 / channels;
        if (ended) break;
        EXPECT(moments < 2 * lnn_window(&model));
    }
    free(arena);
}

int main(int count, char **words) {
    FILE *stream = count == 2 ? fopen(words[1], "rb") : NULL;
    if (!stream || fseek(stream, 0, SEEK_END)) return 2;
    bytes = (uint32_t)ftell(stream);
    rewind(stream);
    file = malloc(bytes);
    if (fread(file, 1, bytes, stream) != bytes || fclose(stream)) return 2;
    EXPECT(lnn_check(file, bytes, NULL) == LNN_OK);
    need = lnn_arena_bytes(file);
    for (uint32_t size = 0; size <= need + 8; size += need > 4000 ? 41 : 1) arena_of(size, 0);
    for (uint32_t size = need > 40 ? need - 40 : 0; size <= need + 8; size++)
        for (uint32_t away = 0; away < 8; away++) arena_of(size, away);
    null_pointers();
    damaged_files();
    results();
    for (int status = -1; status < 40; status++)
        EXPECT(strlen(lnn_status_text((lnn_status_t)status)) > 4);
    printf("%lu calls\n", tried);
    free(file);
    return 0;
}
