/* SPDX-License-Identifier: MIT
 *
 * A liquid network in C++17: this header alone, over the C of liquid_audio_lnn.h.
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

#ifndef LIQUID_AUDIO_LNN_H /* the header of a plain export holds it */
#include "liquid_audio_lnn.h"
#endif

#ifndef LIQUID_AUDIO_HOSTED
#if __STDC_HOSTED__ && __has_include(<cstdio>) && __has_include(<memory>)
#define LIQUID_AUDIO_HOSTED 1
#else
#define LIQUID_AUDIO_HOSTED 0
#endif
#endif

#if LIQUID_AUDIO_HOSTED && defined(__cpp_exceptions)
#define LIQUID_AUDIO_THROWS 1
#else
#define LIQUID_AUDIO_THROWS 0
#endif

#if LIQUID_AUDIO_HOSTED
#include <cstdio>
#include <memory>
#include <new>
#include <string>
#include <utility>
#if LIQUID_AUDIO_THROWS
#include <stdexcept>
#endif
#endif
#ifndef __GNUC__
#include <cstring>
#endif

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

/* What the samples come from; 0: not known, and not compared with what the model was made for. */
struct Source {
    uint32_t rate_hz = 0;  /* moments a second */
    uint32_t channels = 0; /* samples of a moment */
};

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

#if LIQUID_AUDIO_THROWS
/* What LNN refuses, in one line. */
class Error : public std::runtime_error {
public:
    Error(const std::string &what, lnn_status_t status)
        : std::runtime_error(what), status_(status) {}
    lnn_status_t status() const { return status_; }

private:
    lnn_status_t status_;
};
#endif

namespace detail {

constexpr const char *NO_MODEL = "no model: none was loaded, it was refused, or it was moved away";
constexpr const char *NO_STREAM =
    "the model cannot stream: it decides on whole windows, as one without a leaky pool does";
constexpr const char *NO_POLICY = "the model cannot have a timestep policy: it needs a leaky pool "
                                  "behind LinearLTC, mix and dense layers, and hop <= frame";
constexpr const char *BAD_ADAPTIVE = "choose 0 < min_timestep <= max_timestep, of 255 hops and 65 s at "
                                     "most, and close_threshold <= energy_threshold";
constexpr const char *BAD_STREAM =
    "choose smoothing_shift 0 to 8, refractory 0 to 65535, 0 < threshold <= 1";
constexpr const char *BAD_COUNT = "the samples are no whole moments of all channels side by side";
constexpr const char *BAD_SOURCE = "the source's rate or channels are not those that the model was "
                                   "made for; resample or mix it, or train a model on such sound";
constexpr const char *NO_FILE = "cannot be read: there is no such file, or no permission";
constexpr const char *NO_MEMORY = "there is not as much memory";

template <bool, class Type> struct OnlyIf {};
template <class Type> struct OnlyIf<true, Type> { using type = Type; };
template <class Type> constexpr bool is_sample = false;
template <> inline constexpr bool is_sample<int16_t> = true;
#ifndef LNN_NO_FLOAT
template <> inline constexpr bool is_sample<float> = true;

/* Any float as an int16 sample: halves to even, larger values saturate, NaN is silence. */
inline int16_t sample_of(float scaled) {
    if (!(scaled > -32768.0f)) return scaled <= -32768.0f ? INT16_MIN : int16_t(0);
    if (scaled >= 32767.0f) return INT16_MAX;
    const float moved = scaled + 12582912.0f; /* 1.5 * 2^23: the rounded value is its low bits */
    uint32_t bits;
#ifdef __GNUC__
    __builtin_memcpy(&bits, &moved, sizeof bits);
#else
    std::memcpy(&bits, &moved, sizeof bits);
#endif
    return static_cast<int16_t>(bits & 0xffffu);
}

/* value * scale as an integer from low to high, halves away from 0; false where it is none. */
inline bool to_whole(float value, float scale, int32_t low, int32_t high, int32_t &whole) {
    const float scaled = value * scale;
    if (!(scaled > float(low) - 0.5f && scaled < float(high) + 0.5f)) return false;
    whole = static_cast<int32_t>(scaled + (scaled < 0 ? -0.5f : 0.5f));
    return whole >= low && whole <= high;
}
#endif

/* A model at work; what owns its file and its memory stands behind it. Throws: refusals are
 * exceptions. All zero before a model is there, so that static objects take no flash. */
template <bool Throws> class Model {
public:
    Model(const Model &) = delete;
    Model &operator=(const Model &) = delete;

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
        if (!samples || !*this) return told;
        if (count % channels_) {
            refuse(LNN_BAD_ARGUMENT, BAD_COUNT);
            return told;
        }
        const uint32_t channels = channels_;
        for (size_t left = count / channels; left && channels_ == channels;) {
            const uint32_t taken = push(samples, left, told, each);
            samples += size_t(taken) * channels;
            left -= taken;
        }
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
        if (!lnn_can_adapt(&model_)) return refuse(LNN_BAD_POLICY, NO_POLICY);
        if (!fits(config, close, c)) return refuse(LNN_BAD_POLICY, BAD_ADAPTIVE);
        if (!lnn_set_adaptive_config(&model_, &c)) return refuse(LNN_BAD_POLICY, NO_POLICY);
        return lnn_is_streaming(&model_) ? accept() : set_streaming({});
    }
    /* Decide after every frame, and report so; starts anew. */
    bool set_streaming(const StreamConfig &config) {
        int32_t threshold_q15 = 0;
        if (!*this) return refuse(LNN_BAD_ARGUMENT, NO_MODEL);
        if (config.smoothing_shift > 8 || config.refractory > 65535 || !(config.threshold > 0)
            || !to_whole(config.threshold, 32768.0f, 0, 32768, threshold_q15))
            return refuse(LNN_BAD_STREAM, BAD_STREAM);
        if (!lnn_set_streaming(&model_, static_cast<uint8_t>(config.smoothing_shift),
                               static_cast<uint16_t>(config.refractory)))
            return refuse(LNN_BAD_STREAM, NO_STREAM);
        lnn_set_threshold(&model_, static_cast<int16_t>(threshold_q15 < 32767 ? threshold_q15 : 32767));
        return accept();
    }
    float full_scale() const { return lnn_full_scale(&model_); } /* sensor value of sample 32768 */
#endif

    /* Whether samples of this source are what the model was made for. */
    bool expects(const Source &source) const {
        const uint32_t rate_hz = lnn_rate_hz(&model_);
        return (!source.channels || source.channels == channels())
            && (!source.rate_hz || !rate_hz || source.rate_hz == rate_hz);
    }
    void reset() { lnn_reset(&model_); } /* forgets all samples and states */

    uint32_t hop() const { return hop_; } /* moments from one frame to the next */
    uint32_t rate_hz() const { return lnn_rate_hz(&model_); } /* moments a second; 0: not known */
    uint32_t channels() const { return channels_; }
    uint32_t classes() const { return lnn_classes(&model_); }
    const char *label(uint32_t number) const { return *this ? lnn_label(&model_, number) : ""; }
    lnn_counts_t counts() const { return lnn_counts(&model_); }
    /* Moments that may pass before process() has anything to do but keep them. */
    uint32_t sleep_moments() const { return lnn_sleep_moments(&model_); }

    explicit operator bool() const { return hop_ != 0; } /* there is a model */
    lnn_status_t status() const { return error_ || *this ? status_ : LNN_BAD_ARGUMENT; }
    /* Why the last call that can be refused was, in a line; never null. */
    const char *error() const { return error_ ? error_ : *this ? lnn_status_text(LNN_OK) : NO_MODEL; }
    lnn_model_t *handle() { return &model_; } /* for the C functions */

protected:
    constexpr Model() = default;
    ~Model() = default;

    lnn_status_t start(const void *file, uint32_t bytes, void *arena, uint32_t arena_bytes) {
        const lnn_status_t status = lnn_init(&model_, file, bytes, arena, arena_bytes);
        hop_ = lnn_hop(&model_);
        channels_ = lnn_channels(&model_);
#ifndef LNN_NO_FLOAT
        scale_ = *this ? 32768.0f / lnn_full_scale(&model_) : 0.0f;
#endif
        note(status, status == LNN_OK ? nullptr : lnn_status_text(status));
        return status;
    }
    void take(Model &other) { /* and leave it without a model */
        model_ = other.model_; /* its pointers lead to the file and to the arena, never to itself */
        hop_ = other.hop_;
        channels_ = other.channels_;
        note(other.status_, other.error_);
#ifndef LNN_NO_FLOAT
        scale_ = other.scale_;
#endif
        other.drop();
    }
    void drop() {
        model_ = lnn_model_t{};
        hop_ = channels_ = 0;
        note(LNN_OK, nullptr);
    }
    void note(lnn_status_t status, const char *why) {
        status_ = status;
        error_ = why;
    }
    bool accept() {
        note(LNN_OK, nullptr);
        return true;
    }
    bool refuse(lnn_status_t status, const char *why) {
        note(status, why);
#if LIQUID_AUDIO_THROWS
        if constexpr (Throws) throw Error(why, status);
#endif
        return false;
    }

    lnn_model_t model_{};

private:
    static constexpr uint32_t ROOM = 128; /* samples that are converted at a time */

    /* A hop at most, in which no second decision ends; returns how many moments it took. */
    template <class Sample, class Each>
    uint32_t push(const Sample *samples, size_t left, Result &told, Each &each) {
        uint32_t moments = left < hop_ ? static_cast<uint32_t>(left) : hop_;
        lnn_result_t found;
        if (push_some(samples, moments, &found)) {
            const unsigned decisions = told.decisions + 1;
            const Result now = result_of(found);
            if (now.keyword_detected || !told.keyword_detected) told = now;
            told.decisions = decisions;
            each(now);
        }
        return moments;
    }
    int push_some(const int16_t *samples, uint32_t &moments, lnn_result_t *found) {
        return lnn_push(&model_, samples, moments, found);
    }
#ifndef LNN_NO_FLOAT
    int push_some(const float *samples, uint32_t &moments, lnn_result_t *found) {
        alignas(4) int16_t room[ROOM];
        const uint32_t most = ROOM / channels_; /* of at most 16 channels */
        if (moments > most) moments = most;
        const uint32_t count = moments * channels_;
        for (uint32_t k = 0; k < count; k++) room[k] = sample_of(samples[k] * scale_);
        return lnn_push(&model_, room, moments, found);
    }
    bool fits(const AdaptiveConfig &config, float close, lnn_adaptive_config_t &c) const {
        int32_t least = 0, most = 0, open_q10 = 0, close_q10 = 0, hangover = 0;
        const float hop_ms = rate_hz() ? 1000.0f * float(hop()) / float(rate_hz()) : 0.0f;
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

    const char *error_ = nullptr;
    uint32_t hop_ = 0, channels_ = 0; /* 0: there is no model */
    lnn_status_t status_ = LNN_OK;
#ifndef LNN_NO_FLOAT
    float scale_ = 0.0f; /* from sensor values to samples */
#endif
};

} // namespace detail

/* A model whose file lies in flash, at a multiple of 8, and whose working memory lies in the object.
 * Choose it for firmware. It is neither copied nor moved, throws nothing and asks no heap; an arena
 * that is too small is status LNN_SMALL_ARENA, and needed_bytes() says what it must be. */
template <uint32_t ArenaBytes> class Static : public detail::Model<false> {
public:
    constexpr Static() = default;
    Static(const void *file, uint32_t bytes) { load(file, bytes); }

    /* Check a file of so many bytes and make it ready, in place of the one before. */
    bool load(const void *file, uint32_t bytes) {
        needed_bytes_ = lnn_check(file, bytes, nullptr) == LNN_OK ? lnn_arena_bytes(file) : 0;
        return start(file, bytes, arena_, ArenaBytes) == LNN_OK;
    }
    uint32_t needed_bytes() const { return needed_bytes_; } /* 0 for a file that is refused */

private:
    uint32_t needed_bytes_ = 0;
    alignas(8) unsigned char arena_[ArenaBytes] = {};
};

#if LIQUID_AUDIO_HOSTED
/* A model that owns its file's bytes and its working memory. Choose it on a computer. It is moved and
 * not copied; what it was moved from has no model, answers all calls and can be given another. */
class LNN : public detail::Model<LIQUID_AUDIO_THROWS != 0> {
public:
    /* Read a .lnn file. source: what the samples will come from, compared with the model.
     * Refused (an Error, or status() and error()): a file that is missing or damaged, or a source
     * that does not fit. */
    static LNN from_file(const char *path, const Source &source = Source{}) {
        return LNN(read(path), path ? path : "no path", source);
    }
    /* The same of bytes in memory, at any address; they are copied. */
    static LNN from_memory(const void *file, size_t bytes, const Source &source = Source{}) {
        File copy = room(file ? bytes : 0);
        const auto *from = static_cast<const unsigned char *>(file);
        auto *to = reinterpret_cast<unsigned char *>(copy.words.get());
        for (size_t k = 0; k < copy.bytes; k++) to[k] = from[k];
        return LNN(std::move(copy), "model in memory", source);
    }
    LNN(LNN &&other) noexcept { *this = std::move(other); }
    LNN &operator=(LNN &&other) noexcept {
        if (this == &other) return *this;
        file_ = std::move(other.file_);
        arena_ = std::move(other.arena_);
        take(other);
        return *this;
    }
    ~LNN() = default;

private:
    using Words = std::unique_ptr<uint64_t[]>; /* memory at a multiple of 8 */
    struct File {
        Words words;
        uint32_t bytes = 0;
        const char *wrong = nullptr;
    };
    static constexpr size_t MOST_BYTES = size_t(1) << 28; /* of a file: no model has as many */

    static Words words_for(size_t bytes) {
        return Words(new (std::nothrow) uint64_t[(bytes + 7) / 8]());
    }
    static File room(size_t bytes) {
        File made;
        if (bytes <= MOST_BYTES) made.words = words_for(bytes);
        made.wrong = made.words ? nullptr : detail::NO_MEMORY;
        made.bytes = made.words ? static_cast<uint32_t>(bytes) : 0;
        return made;
    }
    static File read(const char *path) {
        File made;
        std::FILE *stream = path ? std::fopen(path, "rb") : nullptr;
        const long end = stream && !std::fseek(stream, 0, SEEK_END) ? std::ftell(stream) : -1;
        const bool found = end >= 0 && !std::fseek(stream, 0, SEEK_SET);
        if (found) made = room(static_cast<size_t>(end));
        if (!found || std::fread(made.words.get(), 1, made.bytes, stream) != made.bytes)
            made.wrong = detail::NO_FILE;
        if (stream) std::fclose(stream);
        return made;
    }

    LNN(File file, const char *name, const Source &source) : file_(std::move(file.words)) {
        uint32_t where = 0;
        lnn_status_t status = LNN_BAD_ARGUMENT;
        if (!file.wrong) status = lnn_check(file_.get(), file.bytes, &where);
        if (status == LNN_OK) {
            const uint32_t arena_bytes = lnn_arena_bytes(file_.get());
            arena_ = words_for(arena_bytes);
            if (!arena_) file.wrong = detail::NO_MEMORY;
            status = start(file_.get(), file.bytes, arena_.get(), arena_bytes);
        }
        const Source own{rate_hz(), channels()};
        if (status == LNN_OK && !expects(source)) {
            drop();
            status = LNN_UNSUPPORTED;
            file.wrong = detail::BAD_SOURCE;
        }
        if (status == LNN_OK) return;
        note(status, file.wrong ? file.wrong : lnn_status_text(status));
#if LIQUID_AUDIO_THROWS
        std::string said = std::string(name) + ": " + error();
        if (where && !file.wrong) said += " (at byte " + std::to_string(where) + ")";
        if (own.channels) said += ": " + figures(source) + " instead of " + figures(own);
        throw Error(said, status);
#else
        (void)name, (void)own;
#endif
    }
#if LIQUID_AUDIO_THROWS
    static std::string figures(const Source &source) {
        return (source.rate_hz ? std::to_string(source.rate_hz) : std::string("any number of"))
            + " moments a second of "
            + (source.channels ? std::to_string(source.channels) : std::string("any number of"))
            + " channels";
    }
#endif

    Words file_, arena_;
};
#endif

} // namespace liquid_audio
#endif
