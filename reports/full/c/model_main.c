/* SPDX-License-Identifier: MIT
 *
 * Example: model hears silence, a hop at a time; a sensor's samples belong into `samples`. */
#include <stdio.h>

#include "model.h"

static int16_t samples[MODEL_HOP * MODEL_CHANNELS]; /* [moment][channel], all zero */
static uint32_t arena[MODEL_ARENA_BYTES / 4];
static lnn_model_t model;

int main(void) {
    lnn_result_t result;
    const lnn_status_t status = lnn_init(&model, model_data, MODEL_BYTES, arena, sizeof arena);
    if (status != LNN_OK) {
        printf("%s\n", lnn_status_text(status));
        return 1;
    }
    for (uint32_t moments = 0; moments < MODEL_WINDOW; moments += MODEL_HOP)
        if (lnn_process(&model, samples, sizeof samples, &result))
            printf("%s, confidence %.3f\n", result.keyword, result.confidence_q15 / 32768.0);
    return 0;
}
