/* An exported model as firmware: samples come from the file "samples", decisions go to "decisions". */
#include "host.h"
#include "model.h"

#ifndef PIECE
#define PIECE MODEL_HOP /* moments given at a time */
#endif

typedef struct { /* a call of lnn_push that ended decisions; MODEL_CLASSES logits follow */
    uint32_t moments; /* heard so far */
    uint16_t decisions, timestep;
    int16_t label, confidence_q15, detected, float_q15;
} row_t;

static lnn_model_t model;
static uint32_t arena[MODEL_ARENA_BYTES / 4];
static int16_t samples[PIECE * MODEL_CHANNELS]; /* [moment][channel] */

static void tell(uint32_t file, uint32_t moments, int decisions, const lnn_result_t *result) {
    row_t row = {moments, (uint16_t)decisions, result->timestep, result->label,
                 result->confidence_q15, result->keyword_detected, result->confidence_q15};
#ifndef LNN_NO_FLOAT
    row.float_q15 = (int16_t)(result->confidence * 32768.0f);
#endif
    host_write(file, &row, sizeof row);
    host_write(file, result->logits, 2 * MODEL_CLASSES);
}

int main(void) {
    const uint32_t given = host_open("samples", READ), said = host_open("decisions", WRITE);
    const uint32_t moment_bytes = 2 * MODEL_CHANNELS;
    uint32_t heard = 0, bytes;
    lnn_result_t result;
    const lnn_status_t status = lnn_init(&model, model_data, MODEL_BYTES, arena, sizeof arena);
    if (status != LNN_OK) return REFUSED + (int)status;
#ifdef WINDOWS
    lnn_set_windows(&model);
#endif
    while ((bytes = host_read(given, samples, sizeof samples)) != 0) {
        const int decisions = lnn_push(&model, samples, bytes / moment_bytes, &result);
        heard += bytes / moment_bytes;
        if (decisions) tell(said, heard, decisions, &result);
    }
    const lnn_counts_t counts = lnn_counts(&model);
    const uint32_t last[4] = {counts.heard, counts.computed, counts.skipped, stack_bytes()};
    host_write(said, last, sizeof last);
    return 0;
}
