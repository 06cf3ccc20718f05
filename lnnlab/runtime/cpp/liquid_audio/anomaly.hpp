/* SPDX-License-Identifier: MIT
 *
 * Anomalies in C++17: of a file whose outputs are the next frame's features (section ANOM), over
 * lnn_anomaly_* of liquid_audio_lnn.h. A score says how far what came lies from what was expected; it
 * names no class, as lnn.hpp does.
 *
 *     auto anomaly = liquid_audio::Anomaly::from_file("pump.lnn", {.rate_hz = 16000});
 *     const auto heard = anomaly.process(buffer); // an array of float or int16_t, of any length
 *     if (heard.is_anomaly) warn(heard.score(), anomaly.threshold());
 *
 * On a microcontroller, without a heap, exceptions, RTTI or the C++ library, an exported model called
 * `pump` brings its size:
 *
 *     static liquid_audio::StaticAnomaly<PUMP_ARENA_BYTES> anomaly; // all zero, so it takes no flash
 *     if (!anomaly.load(pump_data, PUMP_BYTES)) stop(anomaly.error());
 *
 * A file may ask for calibration on the machine that it is mounted on: while calibrating() is not 0
 * nothing is an anomaly; baseline() and set_baseline() keep what was learned over a loss of power.
 *
 * What is refused is said as in lnn.hpp. A score of 1 (256 in Q8) is what normal running has on average.
 *
 * What it takes, on an emulated Cortex-M4 over the cycles of lnn_anomaly_push: 130 a hop, and 22 for
 * every sample that is a float. tests/test_runtime_services_cpp.py counts them.
 */
#ifndef LIQUID_AUDIO_ANOMALY_HPP
#define LIQUID_AUDIO_ANOMALY_HPP

#include "detail.hpp"

namespace liquid_audio {

/* What the samples of one process() brought about; of no earlier ones. Where no frame ended, all is as
 * it stands here. */
struct Scored {
    unsigned frames = 0;     /* that ended */
    bool is_anomaly = false; /* after any of them */
    uint32_t score_q8 = 0;   /* the largest after any of them, Q8 */
#ifndef LNN_NO_FLOAT
    float score() const { return float(score_q8) / 256.0f; }
#endif
};

namespace detail {

constexpr const char *BAD_BASELINE = "give what baseline() gave of this model: a number of 16 bits for "
                                     "each feature, of a file that calibrates";
constexpr const char *NO_SCORE = "the outputs are no expected features (the file has no section ANOM): "
                                 "open it as LNN, or train a model with --task anomaly";

struct Score {
    using State = lnn_anomaly_t;
    static constexpr lnn_status_t OTHER = LNN_BAD_ANOMALY;
    static constexpr const char *OTHER_TEXT = NO_SCORE;
    static const lnn_model_t *model(const State *state) { return &state->model; }
    static uint32_t arena_bytes(const void *file) { return lnn_anomaly_arena_bytes(file); }
    static lnn_status_t start(State *state, const void *file, uint32_t bytes, void *arena,
                              uint32_t arena_bytes) {
        return lnn_anomaly_init(state, file, bytes, arena, arena_bytes);
    }
    static void reset(State *state) { lnn_anomaly_reset(state); }
};

template <bool Throws> class AnomalyCore : public Device<Score, Throws> {
    using Base = Device<Score, Throws>;
    using Base::accept;
    using Base::refuse;
    using Base::state_;

public:
    /* Take samples, of each moment the channels' side by side, and tell what they brought about.
     * float: sensor values, full_scale() of them being sample 32768; what is no number is silence. A
     * rest that is no whole moment is refused, and nothing of the buffer is taken then. */
    Scored process(const int16_t *samples, size_t count) {
        return process(samples, count, [](const Scored &) {});
    }
#ifndef LNN_NO_FLOAT
    Scored process(const float *samples, size_t count) {
        return process(samples, count, [](const Scored &) {});
    }
#endif
    /* The same; `each` is called after every frame, with it alone. */
    template <class Sample, class Each>
    typename OnlyIf<is_sample<Sample>, Scored>::type process(const Sample *samples, size_t count,
                                                             Each &&each) {
        Scored told;
        if (samples && *this)
            this->give_on(samples, count,
                          [&](const int16_t *given, uint32_t moments, const Room<Sample> &) {
                              push(given, moments, told, each);
                          });
        return told;
    }
    /* An array, or what has data() and size(): std::vector, std::array, std::span. */
    template <class Sample, size_t Count> Scored process(const Sample (&buffer)[Count]) {
        return process(static_cast<const Sample *>(buffer), Count);
    }
    template <class Range>
    auto process(const Range &buffer) -> decltype(this->process(buffer.data(), buffer.size())) {
        return process(buffer.data(), buffer.size());
    }

    /* After the newest frame; 0 before the second one, as nothing was expected of the first. */
    uint32_t score_q8() const { return lnn_anomaly_score_q8(&state_); }
    bool is_anomaly() const { return lnn_is_anomaly(&state_) != 0; }
    uint32_t threshold_q8() const { return lnn_anomaly_threshold_q8(&state_); } /* the file's */
    /* Frames that are still to be calibrated on, in which the score is 0 and nothing is an anomaly; 0 from
     * then on, or where the file asks for no calibration. reset() keeps what was learned. */
    uint32_t calibrating() const { return lnn_anomaly_calibrating(&state_); }
    /* Forget this machine too, as when a bearing was changed, and calibrate anew. */
    void recalibrate() { lnn_anomaly_recalibrate(&state_); }
    uint32_t features() const { return lnn_classes(this->model()); }
    /* What was learned of this machine, [features()], Q8, to be kept where the power may go; null while it
     * calibrates, or where the file asks for none. */
    const int32_t *baseline() const { return lnn_anomaly_baseline(&state_); }
    /* Put back what was kept, in place of calibration; starts anew. */
    bool set_baseline(const int32_t *kept, uint32_t count) {
        if (!*this) return refuse(LNN_BAD_ARGUMENT, NO_MODEL);
        return lnn_anomaly_set_baseline(&state_, kept, count) == LNN_OK
                   ? accept()
                   : refuse(LNN_BAD_ANOMALY, BAD_BASELINE);
    }
#ifndef LNN_NO_FLOAT
    float score() const { return float(score_q8()) / 256.0f; }
    float threshold() const { return float(threshold_q8()) / 256.0f; }
#endif

protected:
    constexpr AnomalyCore() = default;
    ~AnomalyCore() = default;

private:
    /* A hop at most, in which no second frame ends. */
    template <class Each>
    void push(const int16_t *samples, uint32_t moments, Scored &told, Each &each) {
        if (!lnn_anomaly_push(&state_, samples, moments)) return;
        Scored now;
        now.frames = 1;
        now.is_anomaly = is_anomaly();
        now.score_q8 = score_q8();
        told.frames++;
        told.is_anomaly = told.is_anomaly || now.is_anomaly;
        if (now.score_q8 > told.score_q8) told.score_q8 = now.score_q8;
        each(now);
    }
};

} // namespace detail

/* A detector whose file lies in flash, at a multiple of 8, and whose working memory lies in the object:
 * choose it for firmware. load(), needed_bytes(): detail::InObject has them. */
template <uint32_t ArenaBytes>
using StaticAnomaly = detail::InObject<detail::AnomalyCore<false>, ArenaBytes>;

#if LIQUID_AUDIO_HOSTED
/* A detector that owns its file's bytes and its working memory: choose it on a computer. from_file(),
 * from_memory(): detail::Owned has them. */
using Anomaly = detail::Owned<detail::AnomalyCore<LIQUID_AUDIO_THROWS != 0>>;
#endif

} // namespace liquid_audio
#endif
