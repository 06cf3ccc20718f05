/* The listing's microphone: int16 samples of the file "audio", and an end behind them. */
#include <cstdint>
#include <cstdio>
#include <cstdlib>

void read_audio(float *buffer, int count);

void read_audio(float *buffer, int count) {
    static std::FILE *const file = std::fopen("audio", "rb");
    for (int k = 0; k < count; k++) {
        std::int16_t sample = 0;
        if (!file || std::fread(&sample, sizeof sample, 1, file) != 1) std::exit(file ? 0 : 3);
        buffer[k] = sample / 32768.0f;
    }
}
