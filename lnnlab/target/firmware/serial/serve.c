/* See serve.h. */
#include "serve.h"

#include "board.h"
#include "frames.h"
#include "model.h"

#ifndef BOARD_NAME
#define BOARD_NAME "unnamed"
#endif
#ifndef FIRMWARE_BUILD
#define FIRMWARE_BUILD 0u /* a digest of what it was built of */
#endif
#ifndef MOST_SAMPLE_BYTES
#define MOST_SAMPLE_BYTES 1024u /* in one frame */
#endif

enum { VERSION = 2 };
enum { HELLO = 1, BEGIN, SAMPLES, DAMAGED = 0x7f, ANSWER = 0x80 };  /* kinds */
enum { DONE, ELSEWHERE, OTHER_MODEL, NO_STREAM, REFUSED, NO_MODEL }; /* how an answer begins */
enum { WINDOWS, STREAM };                                            /* what a recording is */
enum { EMULATED = 1 };                                               /* flags of a hello */

#define NAME_BYTES (sizeof BOARD_NAME - 1)
#define SAMPLES_HEAD (FRAME_HEAD + 8u)  /* recording, first moment */
#define BEGIN_BYTES (FRAME_HEAD + 14u)
#define ROW_BYTES (16u + 2u * MODEL_CLASSES)
#define MOST_ROWS (512u / ROW_BYTES + 1u)
#define MOMENT_BYTES (2u * MODEL_CHANNELS)
#define REQUEST_ROOM (SAMPLES_HEAD + MOST_SAMPLE_BYTES + FRAME_CHECK)
#if MOST_SAMPLE_BYTES % 2 || MOST_SAMPLE_BYTES > 65535
#error "MOST_SAMPLE_BYTES: choose an even number below 65536"
#endif
#define ANSWER_ROOM (FRAME_HEAD + 64u + MOST_ROWS * ROW_BYTES + FRAME_CHECK)

typedef char name_fits[NAME_BYTES <= 24 ? 1 : -1]; /* the hosts' most */
typedef char moment_fits[MOMENT_BYTES <= MOST_SAMPLE_BYTES ? 1 : -1];

static lnn_model_t model;
static uint32_t arena[MODEL_ARENA_BYTES / 4];
static lnn_status_t model_status;
static uint32_t model_crc;

static struct { /* what is being heard */
    uint32_t number;  /* the host's; 0: nothing */
    uint32_t moments; /* taken so far */
    uint32_t cycles;  /* since the decision before */
    uint8_t kind;     /* WINDOWS or STREAM */
} recording;

static frame_in_t in;
static uint8_t request[REQUEST_ROOM];
static uint8_t answer[ANSWER_ROOM];
static uint32_t answer_bytes;  /* of the last one, to be sent again; 0: none yet */
static uint32_t answered_crc;  /* of the request that it answers */
static int16_t samples[MOST_SAMPLE_BYTES / 2]; /* [moment][channel] */

/* An answer's content ends there. */
static void reply(const uint8_t *end) {
    answer_bytes = (uint32_t)(end - answer);
    frame_send(answer, answer_bytes, board_put);
}

static void hello(void) {
    static const char name[] = BOARD_NAME;
    const board_t *board = board_about();
    uint8_t *at = answer + FRAME_HEAD;
    *at++ = VERSION; /* stays the first byte, whatever follows it in other versions */
    *at++ = board->emulated ? EMULATED : 0;
    *at++ = (uint8_t)model_status;
    *at++ = 0;
    at = frame_put16(at, MODEL_CHANNELS);
    at = frame_put16(at, MODEL_CLASSES);
    at = frame_put16(at, MOST_SAMPLE_BYTES);
    at = frame_put16(at, board->device);
    at = frame_put32(at, MODEL_WINDOW);
    at = frame_put32(at, MODEL_HOP);
    at = frame_put32(at, MODEL_BYTES);
    at = frame_put32(at, model_crc);
    at = frame_put32(at, board->clock_hz);
    at = frame_put32(at, board->baud);
    at = frame_put32(at, FIRMWARE_BUILD);
    for (uint32_t k = 0; k < 3; k++) at = frame_put32(at, board->unique[k]);
    for (uint32_t k = 0; k < NAME_BYTES; k++) *at++ = (uint8_t)name[k];
    reply(at);
}

/* How it went, and where the recording stands; rows follow. */
static uint8_t *state(uint8_t status, uint8_t rows) {
    const lnn_counts_t counts = lnn_counts(&model);
    uint8_t *at = answer + FRAME_HEAD;
    *at++ = status;
    *at++ = rows;
    at = frame_put32(at, recording.number);
    at = frame_put32(at, recording.moments);
    at = frame_put32(at, counts.heard);
    at = frame_put32(at, counts.computed);
    return frame_put32(at, counts.skipped);
}

static uint8_t *row(uint8_t *at, const lnn_result_t *result) {
    at = frame_put32(at, recording.moments);
    at = frame_put32(at, recording.cycles);
    at = frame_put16(at, (uint32_t)result->label);
    at = frame_put16(at, (uint32_t)result->confidence_q15);
    at = frame_put16(at, result->timestep);
    at = frame_put16(at, result->keyword_detected);
    for (uint32_t k = 0; k < MODEL_CLASSES; k++) at = frame_put16(at, (uint32_t)result->logits[k]);
    return at;
}

/* The model from its file anew, so that nothing of the recording before is left. */
static uint8_t begun(const uint8_t *payload) {
    const uint32_t number = frame_u32(payload), kind = payload[8];
    if (frame_u32(payload + 4) != model_crc) return OTHER_MODEL;
    if (number == 0 || kind > STREAM || payload[9] > 8) return REFUSED;
    if (number == recording.number) return DONE; /* an old frame that comes twice */
    recording.number = 0;
    model_status = lnn_init(&model, model_data, MODEL_BYTES, arena, sizeof arena);
    if (model_status != LNN_OK) return NO_MODEL;
    if (kind == WINDOWS)
        lnn_set_windows(&model);
    else if (!lnn_set_streaming(&model, payload[9], (uint16_t)frame_u16(payload + 10)))
        return NO_STREAM;
    if (kind == STREAM) lnn_set_threshold(&model, (int16_t)frame_u16(payload + 12));
    recording.number = number;
    recording.kind = (uint8_t)kind;
    recording.moments = recording.cycles = 0;
    return DONE;
}

/* Moments that end at most one decision. */
static uint32_t piece(uint32_t most) {
    const uint32_t step = recording.kind == STREAM ? MODEL_HOP : MODEL_WINDOW;
    const uint32_t left = step - recording.moments % step;
    return left < most ? left : most;
}

static void compute(uint32_t moments) {
    uint8_t *rows = state(DONE, 0); /* where they begin */
    uint8_t *at = rows;
    uint8_t count = 0;
    for (uint32_t given = 0; given < moments && count < MOST_ROWS;) {
        const uint32_t some = piece(moments - given);
        lnn_result_t result;
        board_pin(1);
        const uint32_t start = board_cycles();
        const int decided = lnn_push(&model, samples + given * MODEL_CHANNELS, some, &result);
        recording.cycles += board_cycles() - start;
        board_pin(0);
        given += some;
        recording.moments += some;
        if (!decided) continue;
        at = row(at, &result);
        count++;
        recording.cycles = 0;
    }
    state(DONE, count);
    reply(at);
}

static void take_samples(uint32_t bytes) {
    const uint8_t *payload = request + FRAME_HEAD;
    const uint32_t sample_bytes = bytes - SAMPLES_HEAD;
    if (sample_bytes == 0 || sample_bytes % MOMENT_BYTES) {
        reply(state(REFUSED, 0));
    } else if (recording.number == 0 || frame_u32(payload) != recording.number
               || frame_u32(payload + 4) != recording.moments) {
        reply(state(ELSEWHERE, 0));
    } else {
        for (uint32_t k = 0; k < sample_bytes / 2; k++)
            samples[k] = (int16_t)frame_u16(payload + 8 + 2 * k);
        compute(sample_bytes / MOMENT_BYTES);
    }
}

static void serve(uint32_t bytes) {
    const uint32_t crc = frame_u32(request + bytes); /* of the whole request: it stands behind it */
    if (answer_bytes && crc == answered_crc && answer[1] == request[1] && answer[2] == request[2]) {
        frame_send(answer, answer_bytes, board_put); /* heard before: no step is computed twice */
        return;
    }
    answered_crc = crc;
    answer[0] = (uint8_t)(request[0] | ANSWER);
    answer[1] = request[1];
    answer[2] = request[2];
    if (request[0] == HELLO)
        hello();
    else if (request[0] == BEGIN && bytes == BEGIN_BYTES)
        reply(state(begun(request + FRAME_HEAD), 0));
    else if (request[0] == SAMPLES && bytes >= SAMPLES_HEAD)
        take_samples(bytes);
    else
        reply(state(REFUSED, 0));
}

static void complain(void) { /* at once, so that the host need not wait */
    static uint8_t damaged[FRAME_HEAD + FRAME_CHECK];
    damaged[0] = DAMAGED | ANSWER;
    frame_send(damaged, FRAME_HEAD, board_put);
}

void serve_start(void) {
    model_crc = frame_crc32(model_data, MODEL_BYTES);
    model_status = lnn_init(&model, model_data, MODEL_BYTES, arena, sizeof arena);
    recording.number = 0;
    answer_bytes = 0;
    frame_listen(&in, request, sizeof request);
}

void serve_byte(uint8_t byte) {
    const int32_t found = frame_take(&in, byte);
    if (found == FRAME_DAMAGED)
        complain();
    else if (found != FRAME_NONE)
        serve((uint32_t)found);
}
