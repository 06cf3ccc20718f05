/* The same hops through the C and through the C++; reports are counted so that nothing is left out. */
#include <liquid_audio/lnn.hpp>

extern "C" {
int open_plain(const uint8_t *file, uint32_t bytes);
int open_wrapped(const uint8_t *file, uint32_t bytes);
int plain(const int16_t *samples, uint32_t hop, uint32_t hops);
int wrapped(const int16_t *samples, uint32_t hop, uint32_t hops);
int wrapped_float(const float *samples, uint32_t hop, uint32_t hops);
}

static lnn_model_t in_c;
alignas(8) static unsigned char arena[32768];
static liquid_audio::Static<sizeof arena> in_cpp;

int open_plain(const uint8_t *file, uint32_t bytes) {
    return lnn_init(&in_c, file, bytes, arena, sizeof arena);
}

int open_wrapped(const uint8_t *file, uint32_t bytes) { return !in_cpp.load(file, bytes); }

int plain(const int16_t *samples, uint32_t hop, uint32_t hops) {
    int sum = 0;
    lnn_result_t result;
    for (; hops; hops--, samples += hop)
        if (lnn_push(&in_c, samples, hop, &result)) sum += result.confidence_q15;
    return sum;
}

template <class Sample> static int through(const Sample *samples, uint32_t hop, uint32_t hops) {
    int sum = 0;
    for (; hops; hops--, samples += hop) {
        const auto result = in_cpp.process(samples, hop);
        if (result.decisions) sum += result.confidence_q15;
    }
    return sum;
}

int wrapped(const int16_t *samples, uint32_t hop, uint32_t hops) { return through(samples, hop, hops); }
int wrapped_float(const float *samples, uint32_t hop, uint32_t hops) {
    return through(samples, hop, hops);
}
