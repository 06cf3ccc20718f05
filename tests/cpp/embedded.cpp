/* The listing's way with a model in flash: what a microcontroller's program takes of the C++. */
#include <liquid_audio/lnn.hpp>

extern "C" {
extern const uint8_t model_data[];
extern const uint32_t model_bytes;
int start(void);
int hear(const float *samples);
}

static liquid_audio::Static<20480> model;

int start(void) {
    if (!model.load(model_data, model_bytes)) return 0;
#ifdef ADAPTIVE
    return model.set_adaptive_config(
        {.min_timestep = 0.001f, .max_timestep = 0.050f, .energy_threshold = 0.1f});
#else
    return 1;
#endif
}

int hear(const float *samples) { return model.process(samples, 256).keyword_detected; }
