/* lnn_record as a program, so that sanitizers can watch it: model, task, samples, pieces, classes and
 * the file for its answer: rows, counts, said, smoothed. */
#include <stdio.h>
#include <stdlib.h>

#include "liquid_audio_lnn.h"

#define ARENA_BYTES (1u << 20)

int lnn_record(const void *file, uint32_t bytes, void *arena, uint32_t arena_bytes,
               const void *task, const int16_t *samples, const uint32_t *pieces, int32_t *said,
               int16_t *smoothed, uint32_t *counts);

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
    size_t bytes, other;
    if (count != 7) return 92;
    void *file = content(words[1], &bytes), *task = content(words[2], &other);
    void *samples = content(words[3], &other), *pieces = content(words[4], &other);
    const uint32_t classes = (uint32_t)strtoul(words[5], 0, 10);
    const uint32_t room = ((const uint32_t *)task)[2];
    int32_t *said = malloc(24u * room + 1);
    int16_t *smoothed = malloc(4u * room * classes + 1);
    uint32_t counts[4] = {0, 0, 0, 0};
    void *arena = malloc(ARENA_BYTES);
    if (!said || !smoothed || !arena) return 93;
    const int32_t rows = lnn_record(file, (uint32_t)bytes, arena, ARENA_BYTES, task, samples, pieces,
                                    said, smoothed, counts);
    const size_t used = rows > 0 ? (size_t)rows : 0;
    FILE *out = fopen(words[6], "wb");
    if (!out || fwrite(&rows, 4, 1, out) != 1 || fwrite(counts, 4, 4, out) != 4
        || fwrite(said, 24, used, out) != used
        || fwrite(smoothed, 4, used * classes, out) != used * classes || fclose(out))
        return 94;
    free(file), free(task), free(samples), free(pieces), free(said), free(smoothed), free(arena);
    return 0;
}
