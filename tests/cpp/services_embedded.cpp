/* A denoiser and a detector in flash, as a microcontroller's program has them, and the same hops
 * through the C: samples of two kinds, in pieces of any length. */
#include <liquid_audio/anomaly.hpp>
#include <liquid_audio/denoiser.hpp>

extern "C" {
int open_denoise(const uint8_t *file, uint32_t bytes);
int denoise_c(const int16_t *in, uint32_t piece, uint32_t pieces, int16_t *out);
int denoise_push(const int16_t *in, uint32_t piece, uint32_t pieces, int16_t *out);
int denoise_hop(const int16_t *in, uint32_t piece, uint32_t pieces, int16_t *out);
int denoise_int16(const int16_t *in, uint32_t piece, uint32_t pieces, int16_t *out);
int denoise_float(const float *in, uint32_t piece, uint32_t pieces, float *out);
int open_anomaly(const uint8_t *file, uint32_t bytes);
int anomaly_c(const int16_t *in, uint32_t piece, uint32_t pieces, uint32_t *out);
int anomaly_int16(const int16_t *in, uint32_t piece, uint32_t pieces, uint32_t *out);
int anomaly_float(const float *in, uint32_t piece, uint32_t pieces, uint32_t *out);
}

#ifndef ONLY_ANOMALY
static liquid_audio::StaticDenoiser<20480> denoiser;

int open_denoise(const uint8_t *file, uint32_t bytes) { return !denoiser.load(file, bytes); }

template <class Sample, class Call>
static int quieter(const Sample *in, uint32_t piece, uint32_t pieces, Sample *out, Call call) {
    int done = 0;
    for (; pieces; pieces--, in += piece, out += piece) done += call(in, out);
    return done;
}
int denoise_c(const int16_t *in, uint32_t piece, uint32_t pieces, int16_t *out) {
    return quieter(in, piece, pieces, out, [](const int16_t *from, int16_t *to) {
        return lnn_denoise_hop(denoiser.handle(), from, to);
    });
}
int denoise_push(const int16_t *in, uint32_t piece, uint32_t pieces, int16_t *out) {
    return quieter(in, piece, pieces, out, [piece](const int16_t *from, int16_t *to) {
        return lnn_denoise_push(denoiser.handle(), from, piece, to);
    });
}
int denoise_hop(const int16_t *in, uint32_t piece, uint32_t pieces, int16_t *out) {
    return quieter(in, piece, pieces, out, [](const int16_t *from, int16_t *to) {
        return int(denoiser.process_hop(from, to));
    });
}
int denoise_int16(const int16_t *in, uint32_t piece, uint32_t pieces, int16_t *out) {
    return quieter(in, piece, pieces, out, [piece](const int16_t *from, int16_t *to) {
        return int(denoiser.process(from, piece, to));
    });
}
int denoise_float(const float *in, uint32_t piece, uint32_t pieces, float *out) {
    return quieter(in, piece, pieces, out, [piece](const float *from, float *to) {
        return int(denoiser.process(from, piece, to));
    });
}
#endif

#ifndef ONLY_DENOISE
static liquid_audio::StaticAnomaly<20480> anomaly;

int open_anomaly(const uint8_t *file, uint32_t bytes) { return !anomaly.load(file, bytes); }

/* out: the score and whether it is an anomaly, for each frame */
template <class Sample, class Call>
static int scored(const Sample *in, uint32_t piece, uint32_t pieces, uint32_t *out, Call call) {
    int done = 0;
    for (; pieces; pieces--, in += piece) {
        const int said = call(in);
        if (said < 0) continue;
        *out++ = anomaly.handle()->score;
        *out++ = static_cast<uint32_t>(said);
        done++;
    }
    return done;
}
int anomaly_c(const int16_t *in, uint32_t piece, uint32_t pieces, uint32_t *out) {
    return scored(in, piece, pieces, out, [piece](const int16_t *from) {
        const int ended = lnn_anomaly_push(anomaly.handle(), from, piece / anomaly.channels());
        return ended ? lnn_is_anomaly(anomaly.handle()) : -1;
    });
}
template <class Sample> static int heard(const Sample *from, uint32_t piece) {
    const auto said = anomaly.process(from, piece);
    return said.frames ? int(said.is_anomaly) : -1;
}
int anomaly_int16(const int16_t *in, uint32_t piece, uint32_t pieces, uint32_t *out) {
    return scored(in, piece, pieces, out, [piece](const int16_t *from) { return heard(from, piece); });
}
int anomaly_float(const float *in, uint32_t piece, uint32_t pieces, uint32_t *out) {
    return scored(in, piece, pieces, out, [piece](const float *from) { return heard(from, piece); });
}
#endif
