/* See frames.h. */
#include "frames.h"

void frame_listen(frame_in_t *in, uint8_t *bytes, uint32_t room) {
    in->bytes = bytes;
    in->room = room;
    in->count = 0;
    in->left = in->zero = in->begun = in->damaged = 0;
}

static void keep(frame_in_t *in, uint8_t byte) {
    if (in->count < in->room)
        in->bytes[in->count++] = byte;
    else
        in->damaged = 1;
}

static int32_t ended(const frame_in_t *in) {
    if (!in->begun) return FRAME_NONE; /* zeros stand before and behind each frame */
    if (in->damaged || in->left || in->count < FRAME_HEAD + FRAME_CHECK) return FRAME_DAMAGED;
    const uint32_t content = in->count - FRAME_CHECK;
    if (frame_u32(in->bytes + content) != frame_crc32(in->bytes, content)) return FRAME_DAMAGED;
    return (int32_t)content;
}

int32_t frame_take(frame_in_t *in, uint8_t byte) {
    if (byte == 0) {
        const int32_t found = ended(in);
        frame_listen(in, in->bytes, in->room);
        return found;
    }
    in->begun = 1;
    if (in->left) {
        keep(in, byte);
        in->left--;
    } else {
        if (in->zero) keep(in, 0);
        in->left = (uint8_t)(byte - 1);
        in->zero = byte != 255;
    }
    return FRAME_NONE;
}

/* The polynomial of Ethernet and zlib, reflected; four bits at a time, a table of 64 bytes. */
uint32_t frame_crc32(const uint8_t *bytes, uint32_t count) {
    static const uint32_t table[16] = {
        0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
        0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
    uint32_t crc = 0xffffffffu;
    for (const uint8_t *end = bytes + count; bytes < end; bytes++) {
        crc ^= *bytes;
        crc = (crc >> 4) ^ table[crc & 15];
        crc = (crc >> 4) ^ table[crc & 15];
    }
    return ~crc;
}

void frame_send(uint8_t *bytes, uint32_t count, void (*put)(uint8_t)) {
    const uint8_t *from = bytes, *end = frame_put32(bytes + count, frame_crc32(bytes, count));
    put(0);
    for (int more = 1; more;) { /* blocks of at most 254 bytes without a zero */
        const uint8_t *to = from;
        while (to < end && *to && to - from < 254) to++;
        put((uint8_t)(to - from + 1));
        const int full = to - from == 254;
        while (from < to) put(*from++);
        more = from < end; /* a block that is not full stands for the zero behind it, too */
        if (more && !full) {
            from++;
            if (from == end) put(1); /* that zero was the last byte: an empty block follows */
            more = from < end;
        }
    }
    put(0); /* twice: a frame whose last zero is lost would be heard with the next one only */
    put(0);
}

uint32_t frame_u16(const uint8_t *at) { return at[0] | (uint32_t)at[1] << 8; }

uint32_t frame_u32(const uint8_t *at) { return frame_u16(at) | frame_u16(at + 2) << 16; }

uint8_t *frame_put16(uint8_t *at, uint32_t value) {
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
    return at + 2;
}

uint8_t *frame_put32(uint8_t *at, uint32_t value) { return frame_put16(frame_put16(at, value), value >> 16); }
