/* Measures one exported denoiser: set up once, then one call a hop. */
#include "model.h"

static lnn_denoise_t denoise;
static uint32_t arena[65536]; /* larger than any board's; what is used of it is reported */

int measure_denoise_setup(void);
int measure_denoise_arena_bytes(void);
int measure_denoise_static_bytes(void);
int measure_denoise_hop(const int16_t *in, int16_t *out);

int measure_denoise_setup(void) {
    return (int)lnn_denoise_init(&denoise, model_data, MODEL_BYTES, arena, sizeof arena);
}

int measure_denoise_arena_bytes(void) { return (int)lnn_denoise_arena_bytes(model_data); }

int measure_denoise_static_bytes(void) { return (int)sizeof denoise; }

int measure_denoise_hop(const int16_t *in, int16_t *out) { return lnn_denoise_hop(&denoise, in, out); }
