/* What both fuzz targets know of a .lnn file, int8 or float32: its bytes, its sections, and how its
 * header is put right, so that mutations get past magic, size and checksum.
 *
 * A target says before it includes fuzz_run.h which runtime it is for:
 *     FUZZ_ARITHMETIC        0 int8, 1 float32: the upper half of the version
 *     FUZZ_CALL(name)        the runtime's function of that name
 *     fuzz_model_t           the runtime's model
 *     fuzz_parts             where the model keeps the parts of its arena, in the arena's order
 *     fuzz_use               runs a model that is ready
 *     FUZZ_LOAD(file, size)  if there are other ways to load a file
 */
#ifndef FUZZ_FILE_H
#define FUZZ_FILE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FUZZ_MOST_BYTES 65536u

enum { FUZZ_FEAT, FUZZ_LAYR, FUZZ_DATA, FUZZ_LABL, FUZZ_MORE }; /* the order of sections */
enum { /* kinds of layers */
    FUZZ_CFC = 2, FUZZ_MIX = 5, FUZZ_CONVOLUTION, FUZZ_DEPTHWISE, FUZZ_POOL, FUZZ_READOUT,
    FUZZ_LEAKY = 11
};
enum { FUZZ_LAYER_BYTES = 64 };
enum { FUZZ_MFCC = 3, FUZZ_ACF = 5 }; /* kinds of features */
enum { /* offsets of fields: of FEAT, of a layer */
    FUZZ_KIND = 0, FUZZ_CHANNELS = 2, FUZZ_FRAME = 4, FUZZ_HOP = 6, FUZZ_BANDS = 8, FUZZ_FLAGS = 10,
    FUZZ_FEATURES = 12, FUZZ_STEPS = 14, FUZZ_WINDOW = 16,
    FUZZ_INPUTS = 4, FUZZ_UNITS = 6, FUZZ_HIDDEN = 8, FUZZ_STRIDE = 10, FUZZ_STEPS_IN = 12,
    FUZZ_STEPS_OUT = 14
};

/* Sanitizers report their own; this reports a promise of the headers that is not kept. */
#define FUZZ_EXPECT(truth) ((truth) ? (void)0 : fuzz_fail(#truth, __FILE__, __LINE__))

static void fuzz_fail(const char *what, const char *file, int line) {
    fprintf(stderr, "%s:%d: not true: %s\n", file, line, what);
    abort();
}

typedef struct {
    uint32_t state; /* never 0 */
} fuzz_random_t;

static fuzz_random_t fuzz_random(uint32_t seed) {
    const fuzz_random_t random = {seed * 2654435761u | 1u};
    return random;
}

/* A number below `below`, which is not 0. */
static uint32_t fuzz_draw(fuzz_random_t *random, uint32_t below) {
    random->state ^= random->state << 13;
    random->state ^= random->state >> 17;
    random->state ^= random->state << 5;
    return (uint32_t)((uint64_t)random->state * below >> 32);
}

static uint32_t fuzz_get16(const uint8_t *at) { return at[0] | (uint32_t)at[1] << 8; }
static uint32_t fuzz_get32(const uint8_t *at) { return fuzz_get16(at) | fuzz_get16(at + 2) << 16; }
static void fuzz_put16(uint8_t *at, uint32_t value) {
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
}
static void fuzz_put32(uint8_t *at, uint32_t value) {
    fuzz_put16(at, value & 0xffffu);
    fuzz_put16(at + 2, value >> 16);
}

/* The file format's checksum by a table: it is most of the work for a file that is refused. */
static uint32_t fuzz_crc(const uint8_t *bytes, size_t count) {
    static uint32_t table[256];
    uint32_t crc = 0xffffffffu;
    for (uint32_t k = 0; !table[255] && k < 256; k++) {
        uint32_t entry = k;
        for (int bit = 0; bit < 8; bit++) entry = entry >> 1 ^ (0xedb88320u & (0u - (entry & 1u)));
        table[k] = entry;
    }
    while (count--) crc = crc >> 8 ^ table[(crc ^ *bytes++) & 255u];
    return ~crc;
}

/* Magic, version, size and checksum as they must be. */
static void fuzz_seal(uint8_t *file, size_t size) {
    if (size < 32) return;
    fuzz_put32(file, 0x314e4e4cu);
    fuzz_put32(file + 4, 1u | (uint32_t)FUZZ_ARITHMETIC << 16);
    fuzz_put32(file + 8, (uint32_t)size);
    fuzz_put32(file + 12, fuzz_crc(file + 16, size - 16));
}

typedef struct {
    uint32_t at, bytes; /* bytes: 0 if the file has no such section */
} fuzz_section_t;

static uint32_t fuzz_section_count(const uint8_t *file, size_t size) {
    const uint32_t count = size < 96 ? 0 : fuzz_get32(file + 16);
    return count < 4 || count > 8 || size < 32 + 16 * count ? 0 : count;
}

static fuzz_section_t fuzz_section(const uint8_t *file, size_t size, uint32_t number) {
    fuzz_section_t found = {0, 0};
    if (number >= fuzz_section_count(file, size)) return found;
    found.at = fuzz_get32(file + 32 + 16 * number + 4);
    found.bytes = fuzz_get32(file + 32 + 16 * number + 8);
    if (found.at > size || found.bytes > size - found.at) found.bytes = 0;
    return found;
}

#endif
