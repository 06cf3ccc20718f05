/* SPDX-License-Identifier: MIT
 *
 * A liquid network in C++17: headers alone, over the C of liquid_audio_lnn.h. This one is for networks
 * that decide; denoiser.hpp is for those that make sound quieter, anomaly.hpp for those that score it.
 *
 * On a computer the network comes from its file, and memory from the heap:
 *
 *     auto model = liquid_audio::LNN::from_file("keyword_model.lnn");
 *     auto result = model.process(audio_buffer); // an array of float or int16_t, of any length
 *     if (result.keyword_detected) printf("%s\n", result.keyword);
 *
 * On a microcontroller it lies in flash, and its memory inside the object: no heap, no exceptions,
 * no RTTI, no part of the C++ library. An exported model called `words` brings its size:
 *
 *     static liquid_audio::Static<WORDS_ARENA_BYTES> model; // all zero, so it takes no flash
 *     if (!model.load(words_data, WORDS_BYTES)) stop(model.error());
 *
 * LNN says what is wrong by an exception, liquid_audio::Error, where the build has exceptions. Without
 * them, and in Static always, a call that is refused returns false, error() says why in a line, and
 * process() of an object without a model returns an empty result.
 *
 * One object belongs to one thread or interrupt at a time, as its C model does. What a build may
 * define, beside the macros of liquid_audio_lnn.h:
 *
 *     LIQUID_AUDIO_HOSTED  0: no LNN and nothing of the C++ library, though the compiler has one
 *     LNN_NO_FLOAT         samples as int16_t and confidence_q15 only; settings by the C functions
 *                          on handle()
 */
#ifndef LIQUID_AUDIO_LNN_HPP
#define LIQUID_AUDIO_LNN_HPP

#include "detail.hpp"

namespace liquid_audio {

#ifndef LNN_NO_FLOAT
/* When to compute, as lnn_set_adaptive_config has it: every min_timestep while the sound's energy lies
 * energy_threshold octaves above a floor that follows the quiet, else up to every max_timestep. */
struct AdaptiveConfig {
    float min_timestep = 0.020f;     /* seconds; rounded to ms, then down to hops, at least one */
    float max_timestep = 1.0f;       /* seconds; not below min_timestep, at most 255 hops */
    float energy_threshold = 1.44f;  /* octaves above the floor that open the gate */
    float close_threshold = -1.0f;   /* it stays open from here on; below 0: as energy_threshold */
    float hangover = 0.0f;           /* seconds; it stays open so long after */
};

/* How probabilities become reports, as lnn_set_streaming has it. A file's own settings hold unless
 * these are set. */
struct StreamConfig {
    unsigned smoothing_shift = 3; /* probabilities move by 2^-shift of the difference a frame, 0 to 8 */
    unsigned refractory = 25;     /* frames of silence after a report */
    float threshold = 0.8f;       /* smoothed probability that is a report; above 0, at most 1 */
};
#endif

/* What the samples of one process() brought about; of no earlier ones. Where no decision ended, all is
 * as it stands here. The texts and logits are the model's: they last as long as it does, the logits
 * until the next decision. */
struct Result {
    bool keyword_detected = false;   /* in any decision of this call */
    const char *keyword = "";        /* label of the decision; never null */
#ifndef LNN_NO_FLOAT
    float confidence = 0.0f;         /* its probability, 0 to 1 */
#endif
    int16_t confidence_q15 = 0;      /* the same, times 32768 */
    int label = -1;                  /* its number, or -1 */
    unsigned timestep = 0;           /* of streams: hops since the decision before */
    unsigned decisions = 0;          /* that ended; told is the last that detected, else the last */
    const int16_t *logits = nullptr; /* [classes], Q8 */
};

namespace detail {

constexpr const char *NO_STREAM =
    "the model cannot stream: it decides on whole windows, as one without a leaky pool does";
constexpr const char *NO_POLICY = "the model cannot have a timestep policy: it needs a leaky pool "
                                  "behind LinearLTC, mix and dense layers, and hop <= frame";
constexpr const char *BAD_ADAPTIVE = "choose 0 < min_timestep <= max_timestep, of 255 hops and 65 s at "
                                     "most, and close_threshold <= energy_threshold";
constexpr const char *BAD_STREAM =
    "choose smoothing_shift 0 to 8, refractory 0 to 65535, 0 < threshold <= 1";
/* Outputs that are classes; every file's can be taken for that. */
struct Classes {
    using State = lnn_model_t;
    static constexpr lnn_status_t OTHER = LNN_OK;
    static constexpr const char *OTHER_TEXT = nullptr;
    static const lnn_model_t *model(const State *state) { return state; }
    static uint32_t arena_bytes(const void *file) { return lnn_arena_bytes(file); }
    static lnn_status_t start(State *state, const void *file, uint32_t bytes, void *arena,
                              uint32_t arena_bytes) {
        return lnn_init(state, file, bytes, arena, arena_bytes);
    }
    static void reset(State *state) { lnn_reset(state); }
};

/* A classifier at work. */
template <bool Throws> class Model : public Device<Classes, Throws> {
    using Base = Device<Classes, Throws>;
    using Base::accept;
    using Base::refuse;
    using Base::state_;

public:
    /* Take samples, of each moment the channels' side by side, and tell what they brought about.
     * float: sensor values, full_scale() of them being sample 32768 (audio: -1 to 1). A rest that is
     * no whole moment is refused, and nothing of the buffer is taken then. */
    Result process(const int16_t *samples, size_t count) {
        return process(samples, count, [](const Result &) {});
    }
#ifndef LNN_NO_FLOAT
    Result process(const float *samples, size_t count) {
        return process(samples, count, [](const Result &) {});
    }
#endif
    /* The same; `each` is called with every decision, so that of several reports none is missed. It
     * may load, move or reset the model: the rest of the buffer is the next one's, or is left where
     * there is none or it has other channels; texts of the one before are gone with it. */
    template <class Sample, class Each>
    typename OnlyIf<is_sample<Sample>, Result>::type process(const Sample *samples, size_t count,
                                                             Each &&each) {
        Result told;
        if (samples && *this)
            this->give_on(samples, count,
                          [&](const int16_t *given, uint32_t moments, const Room<Sample> &) {
                              push(given, moments, told, each);
                          });
        return told;
    }
    /* An array, or what has data() and size(): std::vector, std::array, std::span. */
    template <class Sample, size_t Count> Result process(const Sample (&buffer)[Count]) {
        return process(static_cast<const Sample *>(buffer), Count);
    }
    template <class Range>
    auto process(const Range &buffer) -> decltype(this->process(buffer.data(), buffer.size())) {
        return process(buffer.data(), buffer.size());
    }

#ifndef LNN_NO_FLOAT
    /* Compute more seldom while it is quiet, in place of the model's own policy; starts anew. A model
     * whose file does not say that it is a stream becomes one. Where an exported runtime has no
     * policies, the linker misses lnn_set_adaptive_config. */
    bool set_adaptive_config(const AdaptiveConfig &config) {
        lnn_adaptive_config_t c{};
        const float close =
            config.close_threshold < 0 ? config.energy_threshold : config.close_threshold;
        if (!*this) return refuse(LNN_BAD_ARGUMENT, NO_MODEL);
        if (!lnn_can_adapt(&state_)) return refuse(LNN_BAD_POLICY, NO_POLICY);
        if (!fits(config, close, c)) return refuse(LNN_BAD_POLICY, BAD_ADAPTIVE);
        if (!lnn_set_adaptive_config(&state_, &c)) return refuse(LNN_BAD_POLICY, NO_POLICY);
        return lnn_is_streaming(&state_) ? accept() : set_streaming({});
    }
    /* Decide after every frame, and report so; starts anew. */
    bool set_streaming(const StreamConfig &config) {
        int32_t threshold_q15 = 0;
        if (!*this) return refuse(LNN_BAD_ARGUMENT, NO_MODEL);
        if (config.smoothing_shift > 8 || config.refractory > 65535 || !(config.threshold > 0)
            || !to_whole(config.threshold, 32768.0f, 0, 32768, threshold_q15))
            return refuse(LNN_BAD_STREAM, BAD_STREAM);
        if (!lnn_set_streaming(&state_, static_cast<uint8_t>(config.smoothing_shift),
                               static_cast<uint16_t>(config.refractory)))
            return refuse(LNN_BAD_STREAM, NO_STREAM);
        lnn_set_threshold(&state_, static_cast<int16_t>(threshold_q15 < 32767 ? threshold_q15 : 32767));
        return accept();
    }
#endif

    uint32_t classes() const { return lnn_classes(&state_); }
    const char *label(uint32_t number) const { return *this ? lnn_label(&state_, number) : ""; }
    lnn_counts_t counts() const { return lnn_counts(&state_); }
    /* Moments that may pass before process() has anything to do but keep them. */
    uint32_t sleep_moments() const { return lnn_sleep_moments(&state_); }

protected:
    constexpr Model() = default;
    ~Model() = default;

private:
    /* A hop at most, in which no second decision ends. */
    template <class Each>
    void push(const int16_t *samples, uint32_t moments, Result &told, Each &each) {
        lnn_result_t found;
        if (!lnn_push(&state_, samples, moments, &found)) return;
        const unsigned decisions = told.decisions + 1;
        const Result now = result_of(found);
        if (now.keyword_detected || !told.keyword_detected) told = now;
        told.decisions = decisions;
        each(now);
    }
#ifndef LNN_NO_FLOAT
    bool fits(const AdaptiveConfig &config, float close, lnn_adaptive_config_t &c) const {
        int32_t least = 0, most = 0, open_q10 = 0, close_q10 = 0, hangover = 0;
        const uint32_t rate_hz = this->rate_hz();
        const float hop_ms = rate_hz ? 1000.0f * float(this->hop()) / float(rate_hz) : 0.0f;
        if (!(config.min_timestep > 0 && config.max_timestep >= config.min_timestep)
            || !to_whole(config.min_timestep, 1000.0f, 0, 65535, least)
            || !to_whole(config.max_timestep, 1000.0f, 0, 65535, most)
            || !to_whole(config.hangover, 1000.0f, 0, 65535, hangover)
            || !to_whole(config.energy_threshold, 1024.0f, -32767, 32767, open_q10)
            || !to_whole(close, 1024.0f, -32767, 32767, close_q10)
            || close_q10 > open_q10 || (hop_ms > 0 && float(most) >= 256.0f * hop_ms)) return false;
        c.min_timestep_ms = static_cast<uint16_t>(least ? least : 1);
        c.max_timestep_ms = static_cast<uint16_t>(most ? most : 1);
        c.hangover_ms = static_cast<uint16_t>(hangover);
        c.energy_threshold_q10 = static_cast<int16_t>(open_q10);
        c.close_threshold_q10 = static_cast<int16_t>(close_q10);
        return true;
    }
#endif
    static Result result_of(const lnn_result_t &found) {
        Result now;
        now.keyword_detected = found.keyword_detected != 0;
        now.keyword = found.keyword;
#ifndef LNN_NO_FLOAT
        now.confidence = found.confidence;
#endif
        now.confidence_q15 = found.confidence_q15;
        now.label = found.label;
        now.timestep = found.timestep;
        now.decisions = 1;
        now.logits = found.logits;
        return now;
    }
};

} // namespace detail

/* A model whose file lies in flash, at a multiple of 8, and whose working memory lies in the object:
 * choose it for firmware. load(), needed_bytes(): detail::InObject has them. */
template <uint32_t ArenaBytes>
using Static = detail::InObject<detail::Model<false>, ArenaBytes>;

#if LIQUID_AUDIO_HOSTED
/* A model that owns its file's bytes and its working memory: choose it on a computer. from_file(),
 * from_memory(): detail::Owned has them. */
using LNN = detail::Owned<detail::Model<LIQUID_AUDIO_THROWS != 0>>;
#endif

} // namespace liquid_audio
#endif
