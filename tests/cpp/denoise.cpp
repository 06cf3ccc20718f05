/* A sound made quieter in buffers of any length: MODEL SAMPLES BUFFER float|int16|hops [DEPTH]. Writes
 * int16 samples, as many as came. */
#include <liquid_audio/denoiser.hpp>

#include <cstdlib>
#include <cstring>
#include <vector>

using liquid_audio::Denoiser;

/* In place, into another buffer and through a denoiser that moves, in turn. */
template <class Sample>
static void pass(Denoiser &denoiser, std::vector<Sample> &buffer, std::size_t call) {
    if (call % 3 == 0) {
        denoiser.process(buffer);
    } else if (call % 3 == 1) {
        const std::vector<Sample> in = buffer;
        denoiser.process(in.data(), in.size(), buffer.data());
    } else {
        Denoiser moved(std::move(denoiser));
        moved.process(buffer.data(), buffer.size());
        denoiser = std::move(moved);
    }
}

static std::vector<std::int16_t> quieter(Denoiser &denoiser, std::vector<std::int16_t> samples,
                                         std::size_t call, const char *kind) {
    if (!std::strcmp(kind, "int16")) {
        pass(denoiser, samples, call);
    } else if (!std::strcmp(kind, "hops")) {
        if (samples.size() == denoiser.hop()) denoiser.process_hop(samples.data(), samples.data());
        else samples.clear();
    } else {
        const float unit = denoiser.full_scale() / 32768.0f;
        std::vector<float> values;
        for (const std::int16_t each : samples) values.push_back(float(each) * unit);
        pass(denoiser, values, call);
        for (std::size_t k = 0; k < values.size(); k++) {
            samples[k] = static_cast<std::int16_t>(values[k] / unit);
            if (float(samples[k]) * unit < values[k] || float(samples[k]) * unit > values[k])
                std::exit(5); /* no sample of 16 bits */
        }
    }
    return samples;
}

int main(int count, char **arguments) {
    if (count < 5) return 2;
    Denoiser denoiser = Denoiser::from_file(arguments[1]);
    if (!denoiser || denoiser.latency() != 2 * denoiser.hop()) return 3;
    if (count > 5 && !denoiser.set_depth(std::strtof(arguments[5], nullptr))) return 6;
    std::FILE *file = std::fopen(arguments[2], "rb");
    const auto length = std::strtoul(arguments[3], nullptr, 10);
    if (!file) return 4;
    std::vector<std::int16_t> read(length);
    for (std::size_t call = 0;; call++) {
        const std::size_t got = std::fread(read.data(), 2, length, file);
        if (!got) break;
        const std::vector<std::int16_t> heard(read.begin(), read.begin() + long(got));
        const auto out = quieter(denoiser, heard, call, arguments[4]);
        std::fwrite(out.data(), 2, out.size(), stdout);
    }
    std::fclose(file);
    return 0;
}
