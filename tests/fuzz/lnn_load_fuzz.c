/* Fuzzing the .lnn loader: whatever is accepted must run without a fault.
 *
 *     clang -g -O1 -fsanitize=fuzzer,address,undefined -I lnnlab/runtime/c \
 *         tests/fuzz/lnn_load_fuzz.c lnnlab/runtime/c/lnn_[acfgkpst]*.c lnnlab/runtime/c/lnn_mel.c \
 *         -o lnn_fuzz
 *     mkdir found && ./lnn_fuzz -max_len=8192 found tests/fuzz/corpus
 *
 * Magic, version, size and checksum are put right first, so that mutations get past them. With
 * FUZZ_MAIN the program replays the files it is given and cheap mutations of each.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "liquid_audio_lnn.h"

#define ARENA_BYTES 65536u
#define MOST_MOMENTS 4096u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint32_t crc32_of(const uint8_t *bytes, size_t count) {
    uint32_t crc = 0xffffffffu;
    while (count--) {
        crc ^= *bytes++;
        for (int k = 0; k < 8; k++) crc = (crc >> 1) ^ (0xedb88320u & (0u - (crc & 1)));
    }
    return ~crc;
}

static void put32(uint8_t *at, uint32_t value) {
    for (int k = 0; k < 4; k++) at[k] = (uint8_t)(value >> (8 * k));
}

static void try_file(const uint8_t *file, uint32_t size) {
    static uint32_t arena[ARENA_BYTES / 4];
    static int16_t samples[MOST_MOMENTS * 16];
    lnn_model_t model;
    lnn_result_t result;
    if (lnn_check(file, size, NULL) != LNN_OK || lnn_arena_bytes(file) > ARENA_BYTES) return;
    if (lnn_init(&model, file, size, arena, ARENA_BYTES) != LNN_OK) abort();
    for (size_t k = 0; k < sizeof samples / sizeof *samples; k++)
        samples[k] = (int16_t)(k * 40503u >> 3);
    for (uint32_t piece = 1; piece <= MOST_MOMENTS; piece *= 16)
        if (lnn_push(&model, samples, piece, &result) && !result.keyword) abort();
    const lnn_adaptive_config_t gate = {10, 60, 700, 300, 20};
    for (int own = 1; own >= 0 && lnn_set_streaming(&model, 2, 3); own--) {
        if (!own && !lnn_set_adaptive_config(&model, &gate)) return;
        for (uint32_t piece = 2; piece <= MOST_MOMENTS / 2; piece *= 32)
            if (lnn_push(&model, samples, piece, &result) && !result.keyword) abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    uint8_t *file; /* exactly as large as the input, so that a read beyond it is seen */
    if (size > 65536) return 0;
    file = (uint8_t *)aligned_alloc(8, size ? (size + 7) & ~(size_t)7 : 8);
    if (!file) return 0;
    memcpy(file, data, size);
    try_file(file, (uint32_t)size);
    if (size >= 32) {
        put32(file, 0x314e4e4cu);
        put32(file + 4, 1);
        put32(file + 8, (uint32_t)size);
        put32(file + 12, crc32_of(file + 16, size - 16));
        try_file(file, (uint32_t)size);
    }
    free(file);
    return 0;
}

#ifdef FUZZ_MAIN
int main(int count, char **names) {
    static uint8_t data[65536];
    unsigned long tried = 0;
    uint32_t random = 1;
    for (int n = 1; n < count; n++) {
        FILE *stream = fopen(names[n], "rb");
        if (!stream) return 2;
        const size_t size = fread(data, 1, sizeof data, stream);
        fclose(stream);
        LLVMFuzzerTestOneInput(data, size);
        for (size_t k = 0; k < size; k += size < 3000 ? 1 : 7) { /* one changed byte */
            const uint8_t before = data[k];
            random = random * 1664525u + 1013904223u;
            data[k] = (uint8_t)(random >> 24);
            LLVMFuzzerTestOneInput(data, size);
            data[k] = before;
            tried++;
        }
        for (size_t k = 0; k < size; k += 37, tried++) LLVMFuzzerTestOneInput(data, k);
    }
    printf("%lu inputs\n", tried);
    return 0;
}
#endif
