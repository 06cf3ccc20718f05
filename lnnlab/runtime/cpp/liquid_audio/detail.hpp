/* SPDX-License-Identifier: MIT
 *
 * What lnn.hpp, denoiser.hpp and anomaly.hpp have in common: include one of those. A kind of network
 * is its C struct and the C's calls for it (Classes, Gains, Score); Device adds samples of either type
 * and refusals in a line, InObject memory for firmware, Owned a file and memory on a computer.
 */
#ifndef LIQUID_AUDIO_DETAIL_HPP
#define LIQUID_AUDIO_DETAIL_HPP

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

/* What the samples come from; 0: not known, and not compared with what the model was made for. */
struct Source {
    uint32_t rate_hz = 0;  /* moments a second */
    uint32_t channels = 0; /* samples of a moment */
};

#if LIQUID_AUDIO_THROWS
/* What an owning class refuses, in one line. */
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
constexpr const char *BAD_COUNT = "the samples are no whole moments of all channels side by side";
constexpr const char *BAD_SOURCE = "the source's rate or channels are not those that the model was "
                                   "made for; resample or mix it, or train a model on such sound";
constexpr const char *NO_FILE = "cannot be read: there is no such file, or no permission";
constexpr const char *NO_MEMORY = "there is not as much memory";

template <bool, class Type> struct OnlyIf {};
template <class Type> struct OnlyIf<true, Type> { using type = Type; };
template <class Type> constexpr bool is_sample = false;
template <> inline constexpr bool is_sample<int16_t> = true;

/* Where samples become int16: nothing is needed for those that are. */
template <class Sample> struct Room {};

#ifndef LNN_NO_FLOAT
template <> inline constexpr bool is_sample<float> = true;
template <> struct Room<float> {
    static constexpr uint32_t COUNT = 128; /* samples that are converted at a time */
    alignas(4) int16_t samples[COUNT];
};

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

/* A network of some kind at work; what owns its file and its memory stands behind it. Kind: its State
 * in C, of which model() is the network, how much memory it wants, what starts it and starts it anew,
 * and what is said of a file of another kind. Throws: refusals are exceptions. All zero before a model
 * is there, so that static objects take no flash. */
template <class Kind, bool Throws> class Device {
public:
    using State = typename Kind::State;
    Device(const Device &) = delete;
    Device &operator=(const Device &) = delete;

    /* Whether samples of this source are what the model was made for. */
    bool expects(const Source &source) const {
        const uint32_t rate = rate_hz();
        return (!source.channels || source.channels == channels())
            && (!source.rate_hz || !rate || source.rate_hz == rate);
    }
    void reset() { Kind::reset(&state_); } /* forgets all samples and states */

    uint32_t hop() const { return hop_; } /* moments from one frame to the next */
    uint32_t rate_hz() const { return lnn_rate_hz(model()); } /* moments a second; 0: not known */
    uint32_t channels() const { return channels_; }
#ifndef LNN_NO_FLOAT
    float full_scale() const { return lnn_full_scale(model()); } /* sensor value of sample 32768 */
#endif

    explicit operator bool() const { return hop_ != 0; } /* there is a model */
    lnn_status_t status() const { return error_ || *this ? status_ : LNN_BAD_ARGUMENT; }
    /* Why the last call that can be refused was, in a line; never null. */
    const char *error() const { return error_ ? error_ : *this ? lnn_status_text(LNN_OK) : NO_MODEL; }
    State *handle() { return &state_; } /* for the C functions */

protected:
    constexpr Device() = default;
    ~Device() = default;

    const lnn_model_t *model() const { return Kind::model(&state_); }

    /* Check a file. Returns the memory that it wants, or 0 and notes why it is refused; where: the byte
     * that is wrong. */
    uint32_t check(const void *file, uint32_t bytes, uint32_t *where = nullptr) {
        const lnn_status_t status = lnn_check(file, bytes, where);
        const uint32_t needed = status == LNN_OK ? Kind::arena_bytes(file) : 0;
        if (where && status == LNN_OK) *where = 0;
        if (needed) accept();
        else if (status == LNN_OK) note(Kind::OTHER, Kind::OTHER_TEXT);
        else note(status, lnn_status_text(status));
        return needed;
    }
    /* Make a file that was checked ready, in place of the one before: what the check noted stays. */
    bool start(const void *file, uint32_t bytes, void *arena, uint32_t arena_bytes) {
        const lnn_status_t status = Kind::start(&state_, file, bytes, arena, arena_bytes);
        hop_ = lnn_hop(model());
        channels_ = lnn_channels(model());
#ifndef LNN_NO_FLOAT
        scale_ = *this ? 32768.0f / full_scale() : 0.0f;
#endif
        if (status == LNN_OK) return accept();
        if (!error_) note(status, status == Kind::OTHER ? Kind::OTHER_TEXT : lnn_status_text(status));
        return false;
    }
    void take(Device &other) { /* and leave it without a model */
        state_ = other.state_; /* its pointers lead to the file and to the arena, never to itself */
        hop_ = other.hop_;
        channels_ = other.channels_;
        note(other.status_, other.error_);
#ifndef LNN_NO_FLOAT
        scale_ = other.scale_;
#endif
        other.drop();
    }
    void drop() {
        state_ = State{};
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

    /* Give samples on in pieces of a hop at most: give(int16 samples, moments, their room). It may put
     * another model in this one's place: the rest is that one's, or is left where there is none or it
     * has other channels. False, and nothing given, where a rest is no whole moment. */
    template <class Sample, class Give> bool give_on(const Sample *samples, size_t count, Give &&give) {
        if (count % channels_) return refuse(LNN_BAD_ARGUMENT, BAD_COUNT);
        const uint32_t channels = channels_;
        for (size_t left = count / channels; left && channels_ == channels;) {
            Room<Sample> room;
            uint32_t moments = left < hop_ ? static_cast<uint32_t>(left) : hop_;
            const int16_t *given = as_int16(samples, moments, room);
            give(given, moments, room);
            samples += size_t(moments) * channels;
            left -= moments;
        }
        return true;
    }

    State state_{};

private:
    static const int16_t *as_int16(const int16_t *samples, uint32_t &, Room<int16_t> &) {
        return samples;
    }
#ifndef LNN_NO_FLOAT
    const int16_t *as_int16(const float *samples, uint32_t &moments, Room<float> &room) const {
        const uint32_t most = Room<float>::COUNT / channels_; /* of at most 16 channels */
        if (moments > most) moments = most;
        const uint32_t count = moments * channels_;
        for (uint32_t k = 0; k < count; k++) room.samples[k] = sample_of(samples[k] * scale_);
        return room.samples;
    }
#endif

    const char *error_ = nullptr;
    uint32_t hop_ = 0, channels_ = 0; /* 0: there is no model */
    lnn_status_t status_ = LNN_OK;
#ifndef LNN_NO_FLOAT
    float scale_ = 0.0f; /* from sensor values to samples */
#endif
};

/* A device whose file lies in flash, at a multiple of 8, and whose working memory lies in the object.
 * It is neither copied nor moved, throws nothing and asks no heap; an arena that is too small is status
 * LNN_SMALL_ARENA, and needed_bytes() says what it must be. */
template <class Core, uint32_t ArenaBytes> class InObject : public Core {
public:
    constexpr InObject() = default;
    InObject(const void *file, uint32_t bytes) { load(file, bytes); }

    /* Check a file of so many bytes and make it ready, in place of the one before. */
    bool load(const void *file, uint32_t bytes) {
        needed_bytes_ = this->check(file, bytes);
        return this->start(file, bytes, arena_, ArenaBytes);
    }
    uint32_t needed_bytes() const { return needed_bytes_; } /* 0 for a file that is refused */

private:
    uint32_t needed_bytes_ = 0;
    alignas(8) unsigned char arena_[ArenaBytes] = {};
};

#if LIQUID_AUDIO_HOSTED
/* A device that owns its file's bytes and its working memory. It is moved and not copied; what it was
 * moved from has no model, answers all calls and can be given another. */
template <class Core> class Owned : public Core {
public:
    /* Read a .lnn file. source: what the samples will come from, compared with the model.
     * Refused (an Error, or status() and error()): a file that is missing, damaged or of another kind,
     * or a source that does not fit. */
    static Owned from_file(const char *path, const Source &source = Source{}) {
        return Owned(read(path), path ? path : "no path", source);
    }
    /* The same of bytes in memory, at any address; they are copied. */
    static Owned from_memory(const void *file, size_t bytes, const Source &source = Source{}) {
        File copy = room(file ? bytes : 0);
        const auto *from = static_cast<const unsigned char *>(file);
        auto *to = reinterpret_cast<unsigned char *>(copy.words.get());
        for (size_t k = 0; k < copy.bytes; k++) to[k] = from[k];
        return Owned(std::move(copy), "model in memory", source);
    }
    Owned(Owned &&other) noexcept { *this = std::move(other); }
    Owned &operator=(Owned &&other) noexcept {
        if (this == &other) return *this;
        file_ = std::move(other.file_);
        arena_ = std::move(other.arena_);
        this->take(other);
        return *this;
    }
    ~Owned() = default;

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
        made.wrong = made.words ? nullptr : NO_MEMORY;
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
            made.wrong = NO_FILE;
        if (stream) std::fclose(stream);
        return made;
    }

    Owned(File file, const char *name, const Source &source) : file_(std::move(file.words)) {
        uint32_t where = 0;
        if (file.wrong) {
            this->note(LNN_BAD_ARGUMENT, file.wrong);
        } else if (const uint32_t needed = this->check(file_.get(), file.bytes, &where)) {
            arena_ = words_for(needed);
            if (arena_) this->start(file_.get(), file.bytes, arena_.get(), needed);
            else this->note(LNN_SMALL_ARENA, NO_MEMORY);
        }
        const Source own{this->rate_hz(), this->channels()};
        const bool fits = !*this || this->expects(source);
        if (*this && fits) return;
        if (!fits) {
            this->drop();
            this->note(LNN_UNSUPPORTED, BAD_SOURCE);
        }
#if LIQUID_AUDIO_THROWS
        std::string said = std::string(name) + ": " + this->error();
        if (where) said += " (at byte " + std::to_string(where) + ")";
        if (own.channels) said += ": " + figures(source) + " instead of " + figures(own);
        throw Error(said, this->status());
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

} // namespace detail
} // namespace liquid_audio
#endif
