/* A stream in buffers of any length: MODEL SAMPLES BUFFER float|int16 file|listing|config. Writes a row
 * for each decision as the callback tells it, and one for each call in which any ended. */
#include <liquid_audio/lnn.hpp>

#include <cstdlib>
#include <cstring>
#include <vector>

using liquid_audio::LNN;
using liquid_audio::Result;

static void row(const char *what, std::size_t heard, const Result &result) {
    std::printf("%s %zu %d %d %d %u %u %.9g %s\n", what, heard, result.label,
                result.confidence_q15, result.keyword_detected, result.timestep, result.decisions,
                double(result.confidence), result.keyword);
}

/* Nothing of an earlier call, and no null. */
static bool is_empty(const Result &result) {
    return result.label == -1 && !*result.keyword && !result.keyword_detected
        && !result.confidence_q15 && !(result.confidence > 0) && !result.timestep && !result.logits;
}

template <class Sample>
static void listen(LNN model, std::FILE *file, std::size_t length, float scale) {
    std::vector<std::int16_t> read(length);
    std::vector<Sample> buffer;
    std::size_t heard = 0, calls = 0;
    while (const std::size_t got = std::fread(read.data(), 2, length, file)) {
        buffer.clear();
        for (std::size_t k = 0; k < got; k++)
            buffer.push_back(static_cast<Sample>(static_cast<float>(read[k]) * scale));
        heard += got;
        Result result;
        if (++calls % 2) {
            result = model.process(buffer.data(), got,
                                   [&](const Result &each) { row("each", heard, each); });
        } else { /* a range, and a model that moves on the way */
            LNN moved(std::move(model));
            result = moved.process(buffer);
            model = std::move(moved);
        }
        if (result.decisions) row("call", heard, result);
        else if (!is_empty(result)) std::exit(5);
    }
}

int main(int count, char **arguments) {
    if (count != 6) return 2;
    LNN model = LNN::from_file(arguments[1]);
    if (!model) return 3;
    if (!std::strcmp(arguments[5], "listing"))
        model.set_adaptive_config({.min_timestep = 0.001f, .max_timestep = 0.050f,
                                   .energy_threshold = 0.1f});
    if (!std::strcmp(arguments[5], "config"))
        model.set_streaming({.smoothing_shift = 1, .refractory = 3, .threshold = 0.25f});
    std::FILE *file = std::fopen(arguments[2], "rb");
    const auto length = std::strtoul(arguments[3], nullptr, 10);
    const float scale = model.full_scale() / 32768.0f;
    if (!file) return 4;
    if (!std::strcmp(arguments[4], "float"))
        listen<float>(std::move(model), file, length, scale);
    else
        listen<std::int16_t>(std::move(model), file, length, 1.0f);
    std::fclose(file);
    return 0;
}
