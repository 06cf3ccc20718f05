/* Frames on a wire: COBS between zero bytes, a CRC-32 behind the content. README.md has the layouts. */
#ifndef FRAMES_H
#define FRAMES_H

#include <stdint.h>

enum { FRAME_HEAD = 3, FRAME_CHECK = 4 }; /* bytes: kind and sequence number; CRC-32 */
enum { FRAME_NONE = 0, FRAME_DAMAGED = -1 };

typedef struct { /* a frame as it comes in */
    uint8_t *bytes; /* [room] */
    uint32_t room;
    uint32_t count;   /* bytes of it so far */
    uint8_t left;     /* bytes until the next length byte */
    uint8_t zero;     /* a zero stands between the block at work and the next */
    uint8_t begun;    /* something came since the last zero on the line */
    uint8_t damaged;  /* it did not fit */
} frame_in_t;

void frame_listen(frame_in_t *in, uint8_t *bytes, uint32_t room);

/* Take a byte of the line. Returns the length of a frame that is whole and sound, its checksum taken
 * off; it stands in in->bytes until the next byte is taken. Else FRAME_NONE, or, where a frame ended that is
 * no such, FRAME_DAMAGED. */
int32_t frame_take(frame_in_t *in, uint8_t byte);

uint32_t frame_crc32(const uint8_t *bytes, uint32_t count);

/* Put the checksum behind `count` bytes of content, which has room for it, and send both by `put`. */
void frame_send(uint8_t *bytes, uint32_t count, void (*put)(uint8_t));

/* Numbers lie in frames with their lowest byte first, at any address. */
uint32_t frame_u16(const uint8_t *at);
uint32_t frame_u32(const uint8_t *at);
uint8_t *frame_put16(uint8_t *at, uint32_t value); /* returns what lies behind it */
uint8_t *frame_put32(uint8_t *at, uint32_t value);

#endif
