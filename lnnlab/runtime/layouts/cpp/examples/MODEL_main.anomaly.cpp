/* SPDX-License-Identifier: MIT
 *
 * @{name} scores silence, a hop at a time; a sensor's samples belong into `samples`. Given the path of a
 * .lnn file, the program reads that one. */
#include "@{name}.h"

#include <liquid_audio/anomaly.hpp>

#include <vector>

using liquid_audio::Anomaly;

int main(int count, char **arguments) try {
    Anomaly anomaly = count > 1 ? Anomaly::from_file(arguments[1])
                                : Anomaly::from_memory(@{name}_data, @{NAME}_BYTES);
    std::printf("@{name} listens\n");
    std::vector<int16_t> samples(anomaly.hop() * anomaly.channels()); // [moment][channel], zero
    for (uint32_t moments = 0; moments < @{NAME}_@{tried}; moments += anomaly.hop()) {
        const auto heard = anomaly.process(samples);
        if (heard.is_anomaly)
            std::printf("anomaly, score %u, threshold %u (Q8)\n", unsigned(heard.score_q8),
                        unsigned(anomaly.threshold_q8()));
    }
    return 0;
} catch (const liquid_audio::Error &error) {
    std::printf("%s\n", error.what());
    return 1;
}
