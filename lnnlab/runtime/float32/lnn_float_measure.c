/* Measures one float32 model: set up once, then one call a window. */
#include "lnn_float.h"

extern const uint8_t model_data[];
extern const uint32_t model_bytes;

static lnn_float_t model;
static uint32_t arena[65536];

int measure_setup(void);
int measure_arena_bytes(void);
int measure_static_bytes(void);
int measure_window(const int16_t *samples, uint32_t moments);

int measure_setup(void) {
    return (int)lnn_float_init(&model, model_data, model_bytes, arena, sizeof arena);
}

int measure_arena_bytes(void) { return (int)lnn_float_arena_bytes(model_data); }

int measure_static_bytes(void) { return (int)sizeof model; }

int measure_window(const int16_t *samples, uint32_t moments) {
    lnn_float_result_t result;
    if (lnn_float_push(&model, samples, moments, &result) != 1) return -1;
    return result.label;
}
