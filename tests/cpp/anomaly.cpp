/* A sound scored in buffers of any length: MODEL SAMPLES BUFFER float|int16. Writes a row for each frame
 * as the callback tells it (each), and for each call in which any ended (call): every second one of
 * these goes without a callback and through a detector that moves. */
#include <liquid_audio/anomaly.hpp>

#include <cstdlib>
#include <cstring>
#include <vector>

using liquid_audio::Anomaly;
using liquid_audio::Scored;

template <class Sample> static Sample sample_of(std::int16_t value, float unit) {
    return static_cast<Sample>(float(value) * unit);
}

template <class Sample>
static void listen(Anomaly anomaly, std::FILE *file, std::size_t length, float unit) {
    std::vector<std::int16_t> read(length);
    std::vector<Sample> buffer;
    std::size_t told = 0;
    while (const std::size_t got = std::fread(read.data(), 2, length, file)) {
        buffer.clear();
        for (std::size_t k = 0; k < got; k++) buffer.push_back(sample_of<Sample>(read[k], unit));
        Scored said;
        if (told % 2 == 0) {
            Anomaly *const at = &anomaly;
            said = anomaly.process(buffer.data(), got, [at](const Scored &each) {
                std::printf("each %u %d %u\n", at->handle()->score, each.is_anomaly, each.score_q8);
            });
        } else {
            Anomaly moved(std::move(anomaly));
            said = moved.process(buffer);
            anomaly = std::move(moved);
        }
        if (said.frames) {
            told++;
            std::printf("call %u %d %u %u\n", anomaly.handle()->score, said.is_anomaly, said.score_q8,
                        said.frames);
            if (said.frames == 1
                && (said.is_anomaly != anomaly.is_anomaly() || said.score_q8 != anomaly.score_q8()
                    || said.score() > anomaly.score() || said.score() < anomaly.score())) std::exit(6);
        } else if (said.is_anomaly || said.score_q8 || said.score() > 0) {
            std::exit(5); /* of an earlier call */
        }
    }
}

int main(int count, char **arguments) {
    if (count != 5) return 2;
    Anomaly anomaly = Anomaly::from_file(arguments[1]);
    std::FILE *file = std::fopen(arguments[2], "rb");
    const auto length = std::strtoul(arguments[3], nullptr, 10);
    const float unit = anomaly.full_scale() / 32768.0f;
    if (!file || !anomaly) return 4;
    std::printf("threshold %u %.9g\n", anomaly.threshold_q8(), double(anomaly.threshold()));
    if (!std::strcmp(arguments[4], "float"))
        listen<float>(std::move(anomaly), file, length, unit);
    else
        listen<std::int16_t>(std::move(anomaly), file, length, 1.0f);
    std::fclose(file);
    return 0;
}
