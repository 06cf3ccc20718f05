/* Example: one decision of model; link it with model.c. */
#include <stdio.h>

#include "model.h"

static int16_t samples[MODEL_WINDOW * MODEL_CHANNELS]; /* [moment][channel], all zero */
static int32_t arena[16384];

int main(void) {
    lnn_model_t model;
    lnn_result_t result;
    if (lnn_arena_bytes(model_data) > sizeof arena) return 2;
    if (lnn_init(&model, model_data, MODEL_BYTES, arena, sizeof arena) != LNN_OK) return 1;
    if (lnn_push(&model, samples, MODEL_WINDOW, &result))
        printf("%s, confidence %.3f\n", result.keyword, (double)result.confidence);
    return 0;
}
