/* SPDX-License-Identifier: MIT
 *
 * @{name} makes silence quieter, in pieces of any length; a microphone's samples belong into
 * `samples`, which then hold what is left of earlier ones. Given the path of a .lnn file, the program
 * reads that one. */
#include "@{name}.h"

#include <liquid_audio/denoiser.hpp>

#include <vector>

using liquid_audio::Denoiser;

int main(int count, char **arguments) try {
    Denoiser denoiser = count > 1 ? Denoiser::from_file(arguments[1])
                                  : Denoiser::from_memory(@{name}_data, @{NAME}_BYTES);
    std::printf("@{name} listens\n%u moments behind\n", unsigned(denoiser.latency()));
    std::vector<int16_t> samples(denoiser.hop()); // all zero; of any length
    for (uint32_t moments = 0; moments < @{NAME}_@{tried}; moments += denoiser.hop()) {
        denoiser.process(samples);
        /* here: give them to what plays or records them */
    }
    return 0;
} catch (const liquid_audio::Error &error) {
    std::printf("%s\n", error.what());
    return 1;
}
