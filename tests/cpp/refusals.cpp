/* What is refused, a line each, with exceptions and without: MODEL WINDOWS STEREO DAMAGED FOLDER. */
#include <liquid_audio/lnn.hpp>

#include <vector>

using liquid_audio::LNN;
using liquid_audio::Result;
using liquid_audio::Source;

static void say(const char *what, const char *why) { std::printf("%s|%s\n", what, why); }

template <class Call> static void refused(const char *what, Call call) {
#if LIQUID_AUDIO_THROWS
    try {
        call();
        say(what, "nothing");
    } catch (const liquid_audio::Error &error) {
        say(what, error.what());
    }
#else
    say(what, call());
#endif
}

static const char *opened(const char *path, const Source &source = {}) {
    static LNN model = LNN::from_file(path, source);
    model = LNN::from_file(path, source);
    const float sound[3] = {};
    if (model || model.process(sound).decisions || model.hop() || *model.label(0)) return "a model";
    return model.error();
}

static std::vector<unsigned char> bytes_of(const char *path) {
    std::vector<unsigned char> bytes;
    std::FILE *file = std::fopen(path, "rb");
    for (int byte; file && (byte = std::fgetc(file)) != EOF;)
        bytes.push_back(static_cast<unsigned char>(byte));
    if (file) std::fclose(file);
    return bytes;
}

template <std::uint32_t Bytes>
static void load(const std::vector<std::uint64_t> &words, std::size_t bytes) {
    static liquid_audio::Static<Bytes> model;
    model.load(words.data(), static_cast<std::uint32_t>(bytes));
    std::printf("Static<%u>|%s, needs %u, status %d\n", Bytes, model.error(), model.needed_bytes(),
                int(model.status()));
    const float sound[100] = {};
    const Result result = model.process(sound);
    if (!model && (result.decisions || *result.keyword)) say("Static", "wrong");
}

int main(int count, char **paths) {
    if (count != 6) return 2;
    refused("missing", [] { return opened("missing.lnn"); });
    refused("no path", [] { return opened(nullptr); });
    refused("folder", [&] { return opened(paths[5]); });
    refused("damaged", [&] { return opened(paths[4]); });
    refused("rate", [&] { return opened(paths[1], {.rate_hz = 44100}); });
    refused("stereo", [&] { return opened(paths[1], {.rate_hz = 16000, .channels = 2}); });
    refused("nothing in memory", [] { return LNN::from_memory(nullptr, 8).error(); });
    LNN windows = LNN::from_file(paths[2]), stereo = LNN::from_file(paths[3]);
    refused("windows stream", [&] { return windows.set_streaming({}), windows.error(); });
    refused("windows adapt", [&] { return windows.set_adaptive_config({}), windows.error(); });
    refused("half a moment", [&] {
        const std::int16_t sound[5] = {};
        return stereo.process(sound).decisions ? "taken" : stereo.error();
    });
    LNN model = LNN::from_file(paths[1], {.rate_hz = 16000, .channels = 1});
    const liquid_audio::AdaptiveConfig wrong[] = {
        {.min_timestep = 0.0f}, {.min_timestep = 0.2f, .max_timestep = 0.1f},
        {.max_timestep = 5.2f}, {.max_timestep = 1e9f}, {.max_timestep = __builtin_nanf("")},
        {.energy_threshold = 33.0f}, {.energy_threshold = 1.0f, .close_threshold = 2.0f},
        {.hangover = -1.0f}};
    for (const auto &each : wrong)
        refused("adapt", [&] { return model.set_adaptive_config(each), model.error(); });
    LNN fresh = LNN::from_file(paths[1]);
    refused("then well", [&] { return fresh.set_streaming({.threshold = 2.0f}), fresh.error(); });
    fresh.set_adaptive_config({.min_timestep = 0.001f, .max_timestep = 0.05f});
    say("adapted", fresh.error());
    refused("stream", [&] { return model.set_streaming({.smoothing_shift = 9}), model.error(); });
    refused("threshold", [&] { return model.set_streaming({.threshold = 1.5f}), model.error(); });
    LNN other = std::move(model);
    refused("moved stream", [&] { return model.set_streaming({}), model.error(); });
    const float sound[1000] = {};
    if (model || model.process(sound).decisions || model.sleep_moments() != 1) return 3;
    model.reset();
    LNN again = std::move(model);
    LNN &same = other;
    other = std::move(same);
    if (again || !other || !other.process(sound).decisions) return 4;
    model = std::move(other);
    model.set_streaming({});
    say("moved", model && !other ? model.error() : "wrong");
    const std::vector<float> minute(60 * 16000);
    LNN leaving = LNN::from_file(paths[1]), mixed = LNN::from_file(paths[1]),
        kept = LNN::from_file(paths[2]);
    unsigned calls = 0;
    leaving.process(minute.data(), minute.size(),
                    [&](const Result &) { kept = std::move(leaving), calls++; });
    mixed.process(minute.data(), minute.size(),
                  [&](const Result &) { mixed = LNN::from_file(paths[3]), calls++; });
    if (calls != 2 || leaving || !kept || mixed.channels() != 2) return 5;
    const auto file = bytes_of(paths[1]);
    std::vector<unsigned char> odd(file.size() + 1);
    for (std::size_t k = 0; k < file.size(); k++) odd[k + 1] = file[k];
    say("odd address", LNN::from_memory(odd.data() + 1, file.size()).error());
    std::vector<std::uint64_t> words(file.size() / 8 + 1);
    for (std::size_t k = 0; k < file.size(); k++)
        reinterpret_cast<unsigned char *>(words.data())[k] = file[k];
    load<64>(words, file.size());
    load<65536>(words, file.size());
    load<65536>(words, file.size() - 8);
    return 0;
}
