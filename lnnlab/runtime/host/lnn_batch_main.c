/* lnn_batch as a program, so that sanitizers can watch it: model, samples, windows, observed outputs,
 * classes and piece in; logits, then digests out. */
#include <stdio.h>
#include <stdlib.h>

#include "liquid_audio_lnn.h"

#define ARENA_BYTES (1u << 20)

int lnn_batch(const void *file, uint32_t bytes, void *arena, uint32_t arena_bytes,
              const int16_t *samples, uint32_t windows, int16_t *logits, uint32_t *digests,
              uint32_t observed, uint32_t piece);

/* The whole of a file in memory of exactly its size, aligned for any use. */
static void *content(const char *name, size_t *size) {
    FILE *stream = fopen(name, "rb");
    long end;
    void *data;
    if (!stream || fseek(stream, 0, SEEK_END) || (end = ftell(stream)) < 0) exit(90);
    rewind(stream);
    *size = (size_t)end;
    data = malloc(*size ? *size : 1);
    if (!data || fread(data, 1, *size, stream) != *size) exit(91);
    fclose(stream);
    return data;
}

int main(int count, char **words) {
    size_t bytes, sample_bytes;
    if (count != 8) return 92;
    void *file = content(words[1], &bytes), *samples = content(words[2], &sample_bytes);
    const uint32_t windows = (uint32_t)strtoul(words[3], 0, 10);
    const uint32_t observed = (uint32_t)strtoul(words[4], 0, 10);
    const uint32_t classes = (uint32_t)strtoul(words[5], 0, 10);
    const uint32_t piece = (uint32_t)strtoul(words[6], 0, 10);
    int16_t *logits = malloc(2u * windows * classes + 1);
    uint32_t *digests = malloc(4u * windows * observed + 1);
    void *arena = malloc(ARENA_BYTES);
    if (!logits || !digests || !arena) return 93;
    const int status = lnn_batch(file, (uint32_t)bytes, arena, ARENA_BYTES, samples, windows,
                                 logits, digests, observed, piece);
    FILE *out = fopen(words[7], "wb");
    if (!out || fwrite(logits, 2, windows * classes, out) != windows * classes
        || fwrite(digests, 4, windows * observed, out) != windows * observed || fclose(out))
        return 94;
    free(file), free(samples), free(logits), free(digests), free(arena);
    return status;
}
