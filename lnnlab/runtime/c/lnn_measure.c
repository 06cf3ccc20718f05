/* Measures one exported model: set up once, then one call a window, or a hop of a stream. */
#include "model.h"

static lnn_model_t model;
static uint32_t arena[65536]; /* larger than any board's; what is used of it is reported */

int measure_setup(void);
int measure_arena_bytes(void);
int measure_static_bytes(void);
int measure_window(const int16_t *samples, uint32_t moments);
int measure_stream_setup(void);
int measure_hop(const int16_t *samples, uint32_t moments);
int measure_sleep(void);

int measure_setup(void) {
    const lnn_status_t status = lnn_init(&model, model_data, MODEL_BYTES, arena, sizeof arena);
    lnn_set_windows(&model);
    return (int)status;
}

int measure_arena_bytes(void) { return (int)lnn_arena_bytes(model_data); }

int measure_static_bytes(void) { return (int)sizeof model; }

int measure_window(const int16_t *samples, uint32_t moments) {
    lnn_result_t result;
    if (lnn_push(&model, samples, moments, &result) != 1) return -1;
    return result.label;
}

/* The same reports whatever the file says, so that figures compare. */
int measure_stream_setup(void) {
    lnn_set_threshold(&model, 26214);
    return lnn_set_streaming(&model, 3, 25);
}

/* Returns how many frames were decided on. */
int measure_hop(const int16_t *samples, uint32_t moments) {
    lnn_result_t result;
    return lnn_push(&model, samples, moments, &result);
}

#ifdef LNN_USE_ANOMALY
static lnn_anomaly_t anomaly;
int measure_anomaly_setup(void);
int measure_anomaly_hop(const int16_t *samples, uint32_t moments);

int measure_anomaly_setup(void) {
    return (int)lnn_anomaly_init(&anomaly, model_data, MODEL_BYTES, arena, sizeof arena);
}

/* Returns how many frames were judged. */
int measure_anomaly_hop(const int16_t *samples, uint32_t moments) {
    return lnn_anomaly_push(&anomaly, samples, moments);
}
#endif

/* Moments until the next call has anything to do. */
int measure_sleep(void) { return (int)lnn_sleep_moments(&model); }
