/* What a caller does, so that its stack can be measured: any file, any samples. */
#include "liquid_audio_lnn.h"

static lnn_model_t model;

int stack_init(const void *file, uint32_t bytes, void *arena, uint32_t arena_bytes);
int stack_window(const int16_t *samples, uint32_t bytes);
int stack_stream(const int16_t *samples, uint32_t bytes);

int stack_init(const void *file, uint32_t bytes, void *arena, uint32_t arena_bytes) {
    return (int)lnn_init(&model, file, bytes, arena, arena_bytes);
}

int stack_window(const int16_t *samples, uint32_t bytes) {
    lnn_result_t result;
    lnn_set_windows(&model);
    return lnn_process(&model, samples, bytes, &result);
}

int stack_stream(const int16_t *samples, uint32_t bytes) {
    lnn_result_t result;
    return lnn_set_streaming(&model, 3, 25) ? lnn_process(&model, samples, bytes, &result) : 0;
}
