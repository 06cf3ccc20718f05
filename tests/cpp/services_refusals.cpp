/* What denoisers and detectors refuse, a line each, with exceptions and without: GAINS SCORE CLASSES
 * STEREO OWN, the last two scores, of two channels and with calibration. */
#include <liquid_audio/anomaly.hpp>
#include <liquid_audio/denoiser.hpp>
#include <liquid_audio/lnn.hpp>

#include <cmath>
#include <cstring>
#include <vector>

using liquid_audio::Anomaly;
using liquid_audio::Denoiser;
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

template <class Kind> static const char *opened(const char *path, const Source &source = {}) {
    static Kind model = Kind::from_file(path, source);
    model = Kind::from_file(path, source);
    return model ? "ready" : model.error();
}

static std::vector<std::uint64_t> words_of(const char *path, std::uint32_t &bytes) {
    std::vector<std::uint64_t> words(1 << 13);
    std::FILE *file = std::fopen(path, "rb");
    bytes = file ? static_cast<std::uint32_t>(std::fread(words.data(), 1, 1 << 16, file)) : 0;
    if (file) std::fclose(file);
    return words;
}

template <class Device> static void load(const char *what, const char *path) {
    static Device model;
    std::uint32_t bytes;
    const auto words = words_of(path, bytes);
    model.load(words.data(), bytes);
    std::printf("%s|%s, needs %u, status %d\n", what, model.error(), model.needed_bytes(),
                int(model.status()));
}

static int quieter_nans(const char *path) {
    Denoiser one = Denoiser::from_file(path), other = Denoiser::from_file(path);
    std::vector<float> odd(4000), silent(4000);
    for (std::size_t k = 0; k < odd.size(); k++) {
        silent[k] = 0.9f * std::sin(float(k) * 0.1f);
        odd[k] = silent[k];
        if (k % 7 == 0) odd[k] = std::nanf(""), silent[k] = 0.0f;
        if (k % 7 == 1) odd[k] = INFINITY, silent[k] = 32767.0f / 32768.0f;
    }
    one.process(odd);
    other.process(silent);
    return std::memcmp(odd.data(), silent.data(), odd.size() * sizeof(float));
}

/* Hops straight through, then buffers: the first hop of these is silence, never what lay there. */
static const char *mixed(const char *path) {
    Denoiser denoiser = Denoiser::from_file(path);
    const std::size_t hop = denoiser.hop();
    for (int time = 0; time < 3; time++) {
        std::vector<std::int16_t> loud(hop);
        for (std::size_t k = 0; k < hop; k++) loud[k] = static_cast<std::int16_t>((k * 7919) % 30000);
        for (int n = 0; n < 5; n++) denoiser.process_hop(loud.data(), loud.data());
        std::vector<std::int16_t> more(hop, 30000), next(hop, 30000);
        denoiser.process(more.data(), 5);
        denoiser.process(more.data() + 5, hop - 5);
        for (const std::int16_t each : more)
            if (each) return "wrong";
        denoiser.process(next);
        if (next == more) return "nothing after it";
    }
    return "silence first";
}

static void denoisers(char **paths) {
    refused("classes as gains", [&] { return opened<Denoiser>(paths[3]); });
    refused("score as gains", [&] { return opened<Denoiser>(paths[2]); });
    refused("gains at 44100", [&] { return opened<Denoiser>(paths[1], {.rate_hz = 44100}); });
    refused("gains of 2", [&] { return opened<Denoiser>(paths[1], {.channels = 2}); });
    refused("missing", [] { return opened<Denoiser>("missing.lnn"); });
    Denoiser denoiser = Denoiser::from_file(paths[1], {.rate_hz = 16000, .channels = 1});
    for (const float depth : {-0.1f, 1.1f, std::nanf("")})
        refused("depth", [&] { return denoiser.set_depth(depth), denoiser.error(); });
    refused("depth_q15", [&] { return denoiser.set_depth_q15(32769), denoiser.error(); });
    denoiser.set_depth(0.5f);
    say("half", denoiser.depth_q15() == 16384 ? denoiser.error() : "wrong");
    float sound[300] = {};
    refused("no buffer", [&] {
        return denoiser.process(sound, 300, static_cast<float *>(nullptr)), denoiser.error();
    });
    refused("no hop", [&] { return denoiser.process_hop(nullptr, nullptr), denoiser.error(); });
    Denoiser other = std::move(denoiser);
    refused("moved", [&] { return denoiser.process(sound), denoiser.error(); });
    refused("moved depth", [&] { return denoiser.set_depth(0.5f), denoiser.error(); });
    refused("still well", [&] { return other.process(sound), other.error(); });
    say("mixed", mixed(paths[1]));
    refused("NaN", [&] { return quieter_nans(paths[1]) ? "differs" : other.error(); });
}

/* A machine is learned, kept, put back into another detector, and learned anew. */
static const char *learned(const char *path) {
    Anomaly one = Anomaly::from_file(path), other = Anomaly::from_file(path);
    const std::uint32_t frames = one.calibrating();
    std::vector<std::int16_t> noise(40000 * one.channels());
    for (std::size_t k = 0; k < noise.size(); k++)
        noise[k] = static_cast<std::int16_t>((k * k) % 7919);
    if (!frames || one.baseline()) return "no calibration";
    const auto first = one.process(noise.data(), one.hop() * one.channels());
    if (first.is_anomaly || first.score_q8 || one.calibrating() < frames - 1) return "judged at once";
    one.process(noise);
    if (one.calibrating() || !one.baseline()) return "not learned";
    const std::vector<std::int32_t> kept(one.baseline(), one.baseline() + one.features());
    one.reset();
    const auto wanted = one.process(noise);
    refused("baseline", [&] { return other.set_baseline(kept.data(), 1), other.error(); });
    refused("baseline", [&] { return other.set_baseline(nullptr, one.features()), other.error(); });
    std::vector<std::int32_t> wrong = kept;
    wrong[0] = 32768;
    refused("baseline", [&] { return other.set_baseline(wrong.data(), one.features()), other.error(); });
    if (other.calibrating() != frames || !other.set_baseline(kept.data(), one.features()))
        return "not put back";
    const auto said = other.process(noise);
    if (said.score_q8 != wanted.score_q8 || said.frames != wanted.frames) return "other scores";
    other.recalibrate();
    return other.calibrating() == frames && !other.baseline() ? "kept" : "not forgotten";
}

static void detectors(char **paths) {
    refused("classes as score", [&] { return opened<Anomaly>(paths[3]); });
    refused("gains as score", [&] { return opened<Anomaly>(paths[1]); });
    refused("score at 1", [&] { return opened<Anomaly>(paths[2], {.rate_hz = 1}); });
    refused("score of 9", [&] { return opened<Anomaly>(paths[2], {.channels = 9}); });
    Anomaly stereo = Anomaly::from_file(paths[4]);
    say("learned", learned(paths[5]));
    const std::int32_t none[99] = {};
    refused("baseline", [&] { return stereo.set_baseline(none, stereo.features()), stereo.error(); });
    refused("half a moment", [&] {
        const std::int16_t sound[5] = {};
        return stereo.process(sound).frames ? "taken" : stereo.error();
    });
    Anomaly other = std::move(stereo);
    const std::vector<std::int16_t> minute(20000);
    if (stereo.process(minute).frames || stereo.is_anomaly() || stereo.score_q8()) say("moved", "wrong");
    const unsigned first = other.process(minute).frames, before = other.score_q8();
    other.reset();
    if (other.score_q8() || other.process(minute).frames != first || other.score_q8() != before)
        say("reset", "wrong");
    say("moved", first ? stereo.error() : "wrong");
}

int main(int count, char **paths) {
    if (count != 6) return 2;
    denoisers(paths);
    detectors(paths);
    load<liquid_audio::StaticDenoiser<64>>("small gains", paths[1]);
    load<liquid_audio::StaticDenoiser<65536>>("large gains", paths[1]);
    load<liquid_audio::StaticDenoiser<64>>("static classes as gains", paths[3]);
    load<liquid_audio::StaticAnomaly<64>>("small score", paths[2]);
    load<liquid_audio::StaticAnomaly<65536>>("large score", paths[2]);
    load<liquid_audio::StaticAnomaly<65536>>("static classes as score", paths[3]);
    return 0;
}
