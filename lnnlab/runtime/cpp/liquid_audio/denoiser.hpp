/* SPDX-License-Identifier: MIT
 *
 * Quieter sound in C++17: of a file whose outputs are gains of its bands (section GAIN), over lnn_denoise_*
 * of liquid_audio_lnn.h. What a network decides lnn.hpp says, how odd a sound is anomaly.hpp.
 *
 *     auto denoiser = liquid_audio::Denoiser::from_file("quiet.lnn", {.rate_hz = 16000});
 *     denoiser.process(audio_buffer);               // in place, float or int16_t, of any length
 *     denoiser.process(microphone, count, speaker); // or from one buffer into another
 *
 * As many samples come out as go in, latency() of them further back. On a microcontroller, without a
 * heap, exceptions, RTTI or the C++ library, an exported model called `quiet` brings its size:
 *
 *     static liquid_audio::StaticDenoiser<QUIET_ARENA_BYTES> denoiser; // all zero: no flash
 *     if (!denoiser.load(quiet_data, QUIET_BYTES)) stop(denoiser.error());
 *
 * What is refused is said as in lnn.hpp. Where buffers are hops, as DMA fills them, process_hop() gives
 * the sound a hop earlier.
 *
 * What it takes, on an emulated Cortex-M4 with hops of 128 samples, over the 90,000 cycles a hop of
 * lnn_denoise_hop: process_hop() 20 cycles, process() of int16_t 600 (540 of them in lnn_denoise_push,
 * which collects the hop), of float 5,300. tests/test_runtime_services_cpp.py counts them.
 */
#ifndef LIQUID_AUDIO_DENOISER_HPP
#define LIQUID_AUDIO_DENOISER_HPP

#include "detail.hpp"

namespace liquid_audio {
namespace detail {

constexpr const char *NO_GAINS = "the outputs are no gains of bands (the file has no section GAIN): open "
                                 "it as LNN, or train a model with --task denoise";
constexpr const char *BAD_DEPTH =
    "choose a depth of 0 (nothing is taken away) to 1 (a band may be taken away whole)";
constexpr const char *NO_SAMPLES = "no buffer to read from, or none to write to";

struct Gains {
    using State = lnn_denoise_t;
    static constexpr lnn_status_t OTHER = LNN_BAD_GAINS;
    static constexpr const char *OTHER_TEXT = NO_GAINS;
    static const lnn_model_t *model(const State *state) { return &state->model; }
    static uint32_t arena_bytes(const void *file) { return lnn_denoise_arena_bytes(file); }
    static lnn_status_t start(State *state, const void *file, uint32_t bytes, void *arena,
                              uint32_t arena_bytes) {
        return lnn_denoise_init(state, file, bytes, arena, arena_bytes);
    }
    static void reset(State *state) { lnn_denoise_reset(state); }
};

template <bool Throws> class DenoiserCore : public Device<Gains, Throws> {
    using Base = Device<Gains, Throws>;
    using Base::accept;
    using Base::refuse;
    using Base::state_;

public:
    /* Samples in, as many out, latency() of them further back; in and out may be the same. float: sensor
     * values, full_scale() of them being sample 32768 (audio: -1 to 1); what is no number is silence.
     * False, and out as it is, without a model or without a buffer. */
    bool process(const int16_t *in, size_t count, int16_t *out) {
        if (!in || !out || !*this) return refuse_buffers();
        this->give_on(in, count, [&](const int16_t *given, uint32_t moments, const Room<int16_t> &) {
            lnn_denoise_push(&state_, given, moments, out);
            out += moments;
        });
        return accept();
    }
#ifndef LNN_NO_FLOAT
    bool process(const float *in, size_t count, float *out) {
        if (!in || !out || !*this) return refuse_buffers();
        const float unit = this->full_scale() / 32768.0f;
        this->give_on(in, count, [&](const int16_t *, uint32_t moments, Room<float> &room) {
            lnn_denoise_push(&state_, room.samples, moments, room.samples);
            for (uint32_t k = 0; k < moments; k++) *out++ = float(room.samples[k]) * unit;
        });
        return accept();
    }
#endif
    /* The same in place. */
    template <class Sample>
    typename OnlyIf<is_sample<Sample>, bool>::type process(Sample *samples, size_t count) {
        return process(static_cast<const Sample *>(samples), count, samples);
    }
    template <class Sample, size_t Count> bool process(Sample (&buffer)[Count]) {
        return process(static_cast<Sample *>(buffer), Count);
    }
    /* In place in what has data() and size(): std::vector, std::array, std::span. */
    template <class Range>
    auto process(Range &&buffer) -> decltype(this->process(buffer.data(), buffer.size())) {
        return process(buffer.data(), buffer.size());
    }
    /* hop() samples in, as many out, hop() of them further back: a hop less than process(). Use one of
     * both between two resets; the other one begins with silence. */
    bool process_hop(const int16_t *in, int16_t *out) {
        return lnn_denoise_hop(&state_, in, out) ? accept() : refuse_buffers();
    }

    /* Samples from one that goes into process() to the same one that comes out. */
    uint32_t latency() const { return lnn_denoise_latency(&state_); }

    /* The largest share of a band that is taken away, Q15 (32768: all of it); at first the file's. */
    bool set_depth_q15(uint16_t depth_q15) {
        if (!*this) return refuse(LNN_BAD_ARGUMENT, NO_MODEL);
        if (depth_q15 > 32768) return refuse(LNN_BAD_GAINS, BAD_DEPTH);
        lnn_denoise_set_depth(&state_, depth_q15);
        return accept();
    }
    uint16_t depth_q15() const { return static_cast<uint16_t>(state_.depth_q15); }
#ifndef LNN_NO_FLOAT
    /* The same, 0 to 1: 0.9 leaves a band 20 dB less at most. */
    bool set_depth(float depth) {
        int32_t depth_q15 = 0;
        if (!*this) return refuse(LNN_BAD_ARGUMENT, NO_MODEL);
        if (!to_whole(depth, 32768.0f, 0, 32768, depth_q15)) return refuse(LNN_BAD_GAINS, BAD_DEPTH);
        return set_depth_q15(static_cast<uint16_t>(depth_q15));
    }
#endif

protected:
    constexpr DenoiserCore() = default;
    ~DenoiserCore() = default;

private:
    bool refuse_buffers() { return refuse(LNN_BAD_ARGUMENT, *this ? NO_SAMPLES : NO_MODEL); }
};

} // namespace detail

/* A denoiser whose file lies in flash, at a multiple of 8, and whose working memory lies in the object:
 * choose it for firmware. load(), needed_bytes(): detail::InObject has them. */
template <uint32_t ArenaBytes>
using StaticDenoiser = detail::InObject<detail::DenoiserCore<false>, ArenaBytes>;

#if LIQUID_AUDIO_HOSTED
/* A denoiser that owns its file's bytes and its working memory: choose it on a computer. from_file(),
 * from_memory(): detail::Owned has them. */
using Denoiser = detail::Owned<detail::DenoiserCore<LIQUID_AUDIO_THROWS != 0>>;
#endif

} // namespace liquid_audio
#endif
