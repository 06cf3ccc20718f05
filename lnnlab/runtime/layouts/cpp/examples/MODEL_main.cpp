/* SPDX-License-Identifier: MIT
 *
 * @{name} hears silence, a hop at a time; a sensor's samples belong into `samples`. Given the path of
 * a .lnn file, the program reads that one. */
#include "@{name}.h"

#include <liquid_audio/lnn.hpp>

#include <vector>

using liquid_audio::LNN;

int main(int count, char **arguments) try {
    LNN model = count > 1 ? LNN::from_file(arguments[1])
                          : LNN::from_memory(@{name}_data, @{NAME}_BYTES);@{cpp_settings}
    std::printf("@{name} listens\n");
    const std::vector<int16_t> samples(model.hop() * model.channels()); // [moment][channel], zero
    for (uint32_t moments = 0; moments < @{NAME}_@{tried}; moments += model.hop()) {
        const auto result = model.process(samples);
        if (result.decisions@{asks})
            std::printf("%s\n%ld %%\n", result.keyword, 100L * result.confidence_q15 / 32768);
    }
    return 0;
} catch (const liquid_audio::Error &error) {
    std::printf("%s\n", error.what());
    return 1;
}
