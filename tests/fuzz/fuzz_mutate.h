/* Mutations that know the file format: edge values in fields, layers and sections that come and
 * go, sizes that agree again afterwards. Random bytes hardly ever give a file that is accepted. */
#ifndef FUZZ_MUTATE_H
#define FUZZ_MUTATE_H

#include "fuzz_file.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned int seed);

typedef struct { /* a file that is being changed */
    uint8_t *file;
    size_t size, most;
    fuzz_random_t random;
} fuzz_change_t;

/* Around limits of the format, and around what does not fit a type. */
static uint32_t fuzz_edge(fuzz_random_t *random) {
    static const uint32_t edges[] = {
        0, 1, 2, 3, 4, 6, 7, 8, 15, 16, 17, 24, 30, 31, 32, 63, 64, 65, 127, 128, 129, 193, 254,
        255, 256, 257, 511, 512, 513, 514, 515, 1023, 1024, 1025, 2047, 2048, 4095, 4096, 4097,
        16383, 32766, 32767, 32768, 65000, 65533, 65535, 65536, 65537, 1u << 20, 1u << 23, 1u << 24,
        0x1000001u, 1u << 30, 0x7fffffffu, 1u << 31, 0xfffffffcu, 0xffffffffu};
    return edges[fuzz_draw(random, sizeof edges / sizeof *edges)];
}

/* A number as it may follow another one. */
static uint32_t fuzz_near(fuzz_random_t *random, uint32_t value) {
    switch (fuzz_draw(random, 4)) {
    case 0: return fuzz_edge(random);
    case 1: return 1u << fuzz_draw(random, 32);
    case 2: return value + 4 * fuzz_draw(random, 9) - 16;
    default: return value + fuzz_draw(random, 5) - 2;
    }
}

static uint32_t fuzz_layers(const fuzz_change_t *change, uint32_t *count) {
    const fuzz_section_t layers = fuzz_section(change->file, change->size, FUZZ_LAYR);
    *count = layers.bytes / FUZZ_LAYER_BYTES;
    return layers.at;
}

/* A field of a section, a byte, two or four of them. */
static void fuzz_field(fuzz_change_t *change) {
    static const uint32_t likely[] = {FUZZ_FEAT, FUZZ_LAYR, FUZZ_LAYR, FUZZ_MORE, FUZZ_MORE + 1};
    fuzz_random_t *random = &change->random;
    const uint32_t any = fuzz_draw(random, 16);
    const uint32_t number = any < 8 ? any : likely[fuzz_draw(random, 5)];
    const fuzz_section_t section = fuzz_section(change->file, change->size, number);
    if (section.bytes < 4) return;
    uint8_t *start = change->file + section.at;
    uint8_t *at = start + 2 * fuzz_draw(random, section.bytes / 2 - 1);
    switch (fuzz_draw(random, 5)) {
    case 0: *at = (uint8_t)fuzz_near(random, *at); break;
    case 1: fuzz_put32(at, fuzz_near(random, fuzz_get32(at))); break;
    case 2: fuzz_put16(at, fuzz_get16(start + 2 * fuzz_draw(random, section.bytes / 2))); break;
    default: fuzz_put16(at, fuzz_near(random, fuzz_get16(at)) & 0xffffu);
    }
}

/* Units of a layer, and with them what the next one takes. */
static void fuzz_units(fuzz_change_t *change) {
    uint32_t count;
    uint8_t *layers = change->file + fuzz_layers(change, &count);
    if (count < 2) return;
    uint8_t *layer = layers + FUZZ_LAYER_BYTES * fuzz_draw(&change->random, count - 1);
    const uint32_t units = fuzz_near(&change->random, fuzz_get16(layer + FUZZ_UNITS)) & 0xffffu;
    fuzz_put16(layer + FUZZ_UNITS, units);
    fuzz_put16(layer + FUZZ_LAYER_BYTES + FUZZ_INPUTS, units);
}

/* `grow` zero bytes more at `at`, which lies in section `number` or at its end (8: in the table),
 * or that many bytes fewer; the table follows. */
static int fuzz_room(fuzz_change_t *change, uint32_t number, uint32_t at, uint32_t grow,
                     int fewer) {
    const uint32_t count = fuzz_section_count(change->file, change->size);
    uint8_t *start = change->file + at;
    if (fewer ? at + grow > change->size : change->size + grow > change->most) return 0;
    if (fewer) {
        memmove(start, start + grow, change->size - at - grow);
        change->size -= grow;
    } else {
        memmove(start + grow, start, change->size - at);
        memset(start, 0, grow);
        change->size += grow;
    }
    for (uint32_t k = 0; k < count; k++) {
        uint8_t *entry = change->file + 32 + 16 * k;
        uint8_t *field = entry + (k == number ? 8 : 4); /* its bytes, or the offset of later ones */
        if (k >= number || number == 8)
            fuzz_put32(field, fuzz_get32(field) + (fewer ? 0u - grow : grow));
    }
    return 1;
}

/* A layer more, the copy of another; one fewer; or one in another's place. Pool, readout stay. */
static void fuzz_layer(fuzz_change_t *change) {
    uint32_t count;
    const uint32_t at = fuzz_layers(change, &count);
    if (count < 3) return;
    const uint32_t from = at + FUZZ_LAYER_BYTES * fuzz_draw(&change->random, count - 2);
    const uint32_t to = at + FUZZ_LAYER_BYTES * fuzz_draw(&change->random, count - 2);
    uint8_t copy[FUZZ_LAYER_BYTES], *items = change->file + 32 + 16 * FUZZ_LAYR + 12;
    const uint32_t how = fuzz_draw(&change->random, 3);
    memcpy(copy, change->file + from, sizeof copy);
    if (how == 0 && count > 3 && fuzz_room(change, FUZZ_LAYR, to, FUZZ_LAYER_BYTES, 1))
        fuzz_put32(items, count - 1);
    if (how == 1 && fuzz_room(change, FUZZ_LAYR, to, FUZZ_LAYER_BYTES, 0))
        fuzz_put32(items, count + 1);
    if (how) memcpy(change->file + to, copy, sizeof copy);
}

/* A section more at the end, of a stream or of a policy: small numbers, then a threshold. */
static void fuzz_add_section(fuzz_change_t *change, uint32_t count) {
    static const uint32_t tags[] = {0x4d525453u, 0x59434c50u}, bytes[] = {8, 152}; /* STRM, PLCY */
    const uint32_t which = fuzz_draw(&change->random, 2);
    if (!fuzz_room(change, 8, 32 + 16 * count, 16, 0)) return;
    const uint32_t at = (uint32_t)change->size;
    const uint32_t entry[4] = {tags[which], at, 0, 1};
    for (uint32_t k = 0; k < 4; k++)
        fuzz_put32(change->file + 32 + 16 * count + 4 * k, entry[k]);
    fuzz_put32(change->file + 16, count + 1);
    if (!fuzz_room(change, count, at, bytes[which], 0)) return;
    for (uint32_t k = 0; k < 3; k++)
        fuzz_put16(change->file + at + 2 * k, fuzz_draw(&change->random, 9));
    fuzz_put16(change->file + at + 6, 1 + fuzz_draw(&change->random, 32767));
}

/* A section more, or the last one fewer; or DATA or the labels grow. */
static void fuzz_sections(fuzz_change_t *change) {
    const uint32_t count = fuzz_section_count(change->file, change->size);
    const uint32_t how = fuzz_draw(&change->random, 3);
    const uint32_t grown = fuzz_draw(&change->random, 4) ? FUZZ_DATA : FUZZ_LABL;
    const fuzz_section_t last = fuzz_section(change->file, change->size, count - 1);
    const fuzz_section_t longer = fuzz_section(change->file, change->size, grown);
    if (how == 0 && count < 8) {
        fuzz_add_section(change, count);
    } else if (how == 1 && count > 4 && last.bytes) {
        fuzz_room(change, count - 1, last.at, (uint32_t)change->size - last.at, 1);
        fuzz_room(change, 8, 32 + 16 * (count - 1), 16, 1);
        fuzz_put32(change->file + 16, count - 1);
    } else if (how == 2 && longer.bytes) {
        const uint32_t grow = 8 + 8 * fuzz_draw(&change->random, 64);
        fuzz_room(change, grown, longer.at + longer.bytes, grow, 0);
    }
}

/* As many names as the last layer has units, where the section is long enough. */
static void fuzz_name(fuzz_change_t *change, uint32_t names) {
    const fuzz_section_t labels = fuzz_section(change->file, change->size, FUZZ_LABL);
    if (!names || labels.bytes < names) return;
    memset(change->file + labels.at, 'a', labels.bytes - names);
    memset(change->file + labels.at + labels.bytes - names, 0, names);
    fuzz_put32(change->file + 32 + 16 * FUZZ_LABL + 12, names);
}

static uint32_t fuzz_steps_out(const uint8_t *layer, uint32_t steps) {
    const uint32_t kind = fuzz_get16(layer), taps = fuzz_get16(layer + FUZZ_HIDDEN);
    const uint32_t stride = fuzz_get16(layer + FUZZ_STRIDE), padded = steps + 2 * (taps / 2);
    if (kind == FUZZ_POOL || kind == FUZZ_READOUT || kind == FUZZ_LEAKY) return 1;
    if (kind != FUZZ_CONVOLUTION && kind != FUZZ_DEPTHWISE) return steps;
    return stride && padded >= taps ? (padded - taps) / stride + 1 : 0;
}

/* Make sizes agree from the samples to the labels. */
static void fuzz_agree(fuzz_change_t *change) {
    const fuzz_section_t front = fuzz_section(change->file, change->size, FUZZ_FEAT);
    uint32_t count;
    uint8_t *layer = change->file + fuzz_layers(change, &count), *feat = change->file + front.at;
    if (front.bytes < 96 || !count) return;
    const uint32_t kind = fuzz_get16(feat), frame = fuzz_get16(feat + FUZZ_FRAME);
    uint32_t each = kind ? fuzz_get16(feat + FUZZ_BANDS) : frame;
    if (kind == FUZZ_ACF) each += 1 + (fuzz_get16(feat + FUZZ_FLAGS) & 1);
    if (kind != FUZZ_MFCC) /* which alone may have fewer features than bands */
        fuzz_put16(feat + FUZZ_FEATURES, (fuzz_get16(feat + FUZZ_CHANNELS) * each) & 0xffffu);
    uint32_t units = fuzz_get16(feat + FUZZ_FEATURES), steps = fuzz_get16(feat + FUZZ_STEPS);
    const uint32_t least = (steps - 1u) * fuzz_get16(feat + FUZZ_HOP) + frame;
    if (fuzz_get32(feat + FUZZ_WINDOW) < least) fuzz_put32(feat + FUZZ_WINDOW, least);
    for (; count--; layer += FUZZ_LAYER_BYTES) {
        const uint32_t own = fuzz_get16(layer);
        fuzz_put16(layer + FUZZ_INPUTS, units);
        if (own == FUZZ_MIX || own == FUZZ_DEPTHWISE || own == FUZZ_POOL || own == FUZZ_LEAKY)
            fuzz_put16(layer + FUZZ_UNITS, units);
        fuzz_put16(layer + FUZZ_STEPS_IN, steps);
        steps = fuzz_steps_out(layer, steps) & 0xffffu;
        fuzz_put16(layer + FUZZ_STEPS_OUT, steps);
        units = fuzz_get16(layer + FUZZ_UNITS);
    }
    fuzz_name(change, units);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned int seed) {
    fuzz_change_t change = {data, size, most, fuzz_random(seed)};
    for (uint32_t times = 1 + !fuzz_draw(&change.random, 4); times--;) {
        const uint32_t how = fuzz_draw(&change.random, 16);
        if (!fuzz_section_count(change.file, change.size) || how == 0)
            change.size = LLVMFuzzerMutate(change.file, change.size, most);
        else if (how < 9)
            fuzz_field(&change);
        else if (how < 12)
            fuzz_units(&change);
        else if (how < 14)
            fuzz_layer(&change);
        else
            fuzz_sections(&change);
    }
    if (fuzz_draw(&change.random, 8)) fuzz_agree(&change);
    fuzz_seal(change.file, change.size);
    return change.size;
}

#endif
