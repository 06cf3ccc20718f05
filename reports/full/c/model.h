/* SPDX-License-Identifier: MIT
 *
 * model: a liquid network of lnnlab for liquid (LinearLTC), 4 classes. */
#ifndef MODEL_H
#define MODEL_H

#ifndef LNN_STATIC_ARENA_BYTES
#define LNN_STATIC_ARENA_BYTES 888
#endif

/* SPDX-License-Identifier: MIT
 *
 * A liquid network on a microcontroller: int8 weights, int16 states, no heap, no library call.
 *
 * A model is a .lnn file (FORMAT.md defines it) that lies in flash, aligned to 8 bytes, and is used
 * in place. The caller gives the working memory. Samples go in as they come, a decision comes out
 * after every window, or after every frame of a stream; states are kept in between.
 *
 * An exported model brings its sizes as macros, here of one that is called `model`:
 *
 *     static uint32_t arena[MODEL_ARENA_BYTES / 4];
 *     static lnn_model_t model;
 *     lnn_result_t result;
 *     lnn_status_t status = lnn_init(&model, model_data, MODEL_BYTES, arena, sizeof arena);
 *     if (status != LNN_OK) stop(lnn_status_text(status));
 *     if (lnn_push(&model, samples, count, &result)) use(result.keyword, result.confidence);
 *
 * One model belongs to one thread or interrupt at a time; two models share nothing but the file.
 *
 * What a build may define, in every file alike:
 *
 *     LNN_NO_FLOAT            no float in this interface: the FPU may stay off
 *     LNN_NO_STATIC           no lnn_load_from_flash, and no static memory
 *     LNN_STATIC_ARENA_BYTES  what lnn_load_from_flash has for its model
 *     LNN_PORTABLE            no packed int16 instructions, where the core has them
 *     LNN_SLOW_MULTIPLY       half the multiplications for more of other instructions, for cores
 *                             without packed ones whose multiplier takes three cycles or more
 *     LNN_OWN_PRODUCT         products by lnn_own_product, which you link, in place of the runtime's
 *     LNN_OWN_SPECTRUM        spectra by lnn_own_spectrum, likewise
 */
#ifndef LIQUID_AUDIO_LNN_H
#define LIQUID_AUDIO_LNN_H

#include <stddef.h>
#include <stdint.h>

#define LNN_VERSION 20400 /* of this interface: 10,000 major + 100 minor + patch */

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    LNN_OK = 0,
    LNN_BAD_ALIGNMENT,   /* the file must start at a multiple of 8, the arena at one of 4 */
    LNN_BAD_MAGIC,       /* no .lnn file */
    LNN_BAD_VERSION,     /* written by a newer lnnlab */
    LNN_BAD_SIZE,        /* the header's size and the given size differ */
    LNN_BAD_CHECKSUM,    /* bytes changed */
    LNN_BAD_SECTIONS,    /* the section table is damaged, or a section is missing */
    LNN_BAD_FEATURES,    /* a field of FEAT is out of range */
    LNN_BAD_LAYER,       /* a field of a layer is out of range, or layers do not follow each other */
    LNN_BAD_ARRAY,       /* an array leaves DATA */
    LNN_BAD_LABELS,      /* the labels are damaged */
    LNN_UNSUPPORTED,     /* this build leaves out what the model needs */
    LNN_SMALL_ARENA,     /* lnn_arena_bytes says how much is needed */
    LNN_BAD_POLICY,      /* a field of PLCY is out of range, or the model cannot have a policy */
    LNN_BAD_ARGUMENT,    /* a pointer is NULL */
    LNN_BAD_STREAM,      /* a field of STRM is out of range, or the model cannot stream */
    LNN_BAD_COSTS,       /* a field of COST is out of range; exported models leave it unread */
    LNN_BAD_GAINS,       /* a field of GAIN is out of range, the model's outputs cannot be gains, or
                          * lnn_denoise_init was given a file that has no such section */
    LNN_BAD_ANOMALY      /* likewise of ANOM, outputs that are next features, lnn_anomaly_init; or
                          * numbers that are no baseline of this file */
} lnn_status_t;

/* What a status means, in a few words; never NULL. */
const char *lnn_status_text(lnn_status_t status);

typedef struct {
    const char *keyword;      /* label of the largest logit */
    const int16_t *logits;    /* [classes], Q8; valid until the next decision */
    int16_t label;            /* its number */
    int16_t confidence_q15;   /* its probability, Q15 */
    uint8_t keyword_detected; /* 1 if the confidence reaches the threshold */
    uint16_t timestep;        /* streams: hops since the decision before; 1 without a policy */
#ifndef LNN_NO_FLOAT
    float confidence;         /* its probability, 0 to 1 */
#endif
} lnn_result_t;

/* One network at work. Its fields are the runtime's own. */
typedef struct lnn_model {
    const void *feat;         /* lnn_feat_t in the file */
    const void *layers;       /* lnn_layer_t[layer_count] in the file */
    const uint8_t *data;      /* DATA section in the file */
    const char *labels;       /* NUL-terminated names in the file */
    int16_t *frame;           /* [frame][channels], the newest samples */
    int16_t *x;               /* [features rounded up to even], int8 values */
    void *scratch;            /* shared by whatever runs */
    int16_t *other;           /* [widest layer], the second activation vector */
    int16_t *states;          /* states of all step layers, one after the other */
    int32_t *pool;            /* [units of the last layer], sum over steps or leaky mean */
    uint32_t *levels;         /* [channels * bands][2], PCEN's running levels */
    int16_t *smoothed;        /* [classes], streams: smoothed probabilities, Q15 */
    int16_t *logits;          /* [classes], Q8 */
    const char *keyword;      /* label of the last decision */
    int8_t *maps[2];          /* window models: activations of a whole window */
    uint32_t state_count;     /* int16 values in states */
    uint32_t skip;            /* moments to pass over before the next frame */
    uint16_t filled;          /* moments in frame */
    uint16_t step;            /* frames of the window done */
    uint16_t pool_units;      /* length of pool */
    uint8_t layer_count;
    uint8_t windowed;         /* convolutions over a whole window */
    uint8_t streaming;        /* a decision after every frame, and no window ends */
    uint8_t smoothing_shift;  /* of the probabilities in a stream */
    uint8_t armed;            /* a stream may report a keyword */
    uint8_t told;             /* the result at hand holds a report, which stays */
    uint16_t refractory;      /* frames that a stream is silent after a report */
    uint16_t waiting;         /* frames of that which are left */
    int16_t threshold_q15;    /* from this confidence on a keyword counts as detected */
    uint16_t span;            /* hops that the frame at work stands for; 1 without a policy */
    const void *policy;       /* lnn_policy_t in the file, or NULL */
    void *gate;               /* lnn_gate_t, the policy at work, or NULL */
    int16_t named;            /* the class that keyword names, or -1 */
    uint32_t computed;        /* frames that went through the layers; of windows, once they end */
    uint32_t skipped;         /* frames that ended and did not */
} lnn_model_t;

/* Check a file of that many bytes. On failure *where (may be NULL) is the offset of what failed. */
lnn_status_t lnn_check(const void *file, uint32_t bytes, uint32_t *where);

/* Working memory that a checked file needs; 0 for NULL. */
uint32_t lnn_arena_bytes(const void *file);

/* Check a file and make it ready. bytes: of the file (0xffffffff: what its header says, where its
 * section table agrees). arena: at a multiple of 4; it must outlive the model, as the file
 * must. A file that says so (section STRM) is a stream at once, with its own threshold. On failure
 * nothing is written but the model's mark that it is none: lnn_push then does nothing. */
lnn_status_t lnn_init(lnn_model_t *model, const void *file, uint32_t bytes, void *arena,
                      uint32_t arena_bytes);

/* Forget all samples and states; the counters start anew. The last decision's logits stay to be read. */
void lnn_reset(lnn_model_t *model);

/* Take `count` moments, of each moment the channels' samples side by side. Returns how many windows
 * (in a stream: decisions) ended meanwhile; without one *result stays as it is. *result holds the
 * last decision that detected a keyword, if any did, else the last one. Of several such decisions in
 * one piece only the last is told: give at most a hop at a time where each report counts.
 * Its logits are always the newest. A policy other than a uniform one copies every sample into the
 * arena (about 3 cycles for two on a Cortex-M4 where the caller's buffer is aligned to 4 bytes), and,
 * where its ring of hops ends, what a frame has before its last hop. NULL pointers, or a model that
 * lnn_init refused: 0. */
int lnn_push(lnn_model_t *model, const int16_t *samples, uint32_t count, lnn_result_t *result);

/* The same for a buffer of so many bytes, of which a rest that is no whole moment is not taken (0: of
 * one hop, whatever arrived: do not give a count of received bytes that may be 0), and *result is written on every call: where
 * nothing ended it says keyword "", label -1, confidence 0, timestep 0; logits are those of the decision
 * before, NULL without one. */
int lnn_process(lnn_model_t *model, const int16_t *audio_buffer, uint32_t buffer_bytes,
                lnn_result_t *result);

/* lnn_process with the buffer's own size if it is an array, of any length from 5 samples on; a
 * pointer must point to lnn_hop(model) moments. */
int lnn_process_cmsis(lnn_model_t *model, const int16_t *audio_buffer, lnn_result_t *result);
#define lnn_process_cmsis(model, audio_buffer, result) \
    lnn_process(model, audio_buffer, \
                sizeof(audio_buffer) > sizeof(void *) ? (uint32_t)sizeof(audio_buffer) : 0u, result)

/* What a model that is ready was made for; NULL, or a model that was refused: 0. */
uint32_t lnn_hop(const lnn_model_t *model);      /* moments from one frame to the next */
uint32_t lnn_window(const lnn_model_t *model);   /* moments of a decision on windows */
uint32_t lnn_channels(const lnn_model_t *model); /* samples of a moment */
uint32_t lnn_classes(const lnn_model_t *model);
const char *lnn_label(const lnn_model_t *model, uint32_t number); /* of a class; "" beyond them */
uint32_t lnn_keywords(const lnn_model_t *model); /* classes that are no background: the first ones */
uint32_t lnn_rate_hz(const lnn_model_t *model);  /* moments a second, rounded */
int16_t lnn_threshold_q15(const lnn_model_t *model);
int lnn_is_streaming(const lnn_model_t *model);  /* 1: a decision after every frame */
int lnn_can_adapt(const lnn_model_t *model);     /* 1: it can follow a timestep policy */
/* Of the timestep policy at work: 0 uniform, 1 energy, 2 flux, 3 delta, 4 learned; -1: none. */
int lnn_policy_kind(const lnn_model_t *model);
#ifndef LNN_NO_FLOAT
float lnn_full_scale(const lnn_model_t *model);  /* sensor value of sample 32768 */
#endif

/* Frames since the reset: that ended, that went through the layers, that a timestep policy passed
 * over. What a uniform policy sleeps through counts when the next frame is due. */
typedef struct {
    uint32_t heard, computed, skipped;
} lnn_counts_t;
lnn_counts_t lnn_counts(const lnn_model_t *model);

/* What a file says that it takes on a board (section COST; `liquid-profile --write-costs` writes it):
 * energy on top of idling, in nJ, Q8, of a hop that ends and of a frame that is computed, by the kind
 * of policy: 0 none or uniform, then as lnn_policy_kind numbers them. Where `frame` is 0, nothing is
 * known. Mean power is idle_nw and, over the time, heard * hop + computed * frame. */
enum { LNN_COST_KINDS = 5 };
typedef struct {
    char board[24];       /* whose figures these are, NUL-terminated */
    uint32_t idle_nw;     /* asleep */
    struct {
        uint32_t hop;     /* looked at by the policy, and woken up for */
        uint32_t frame;   /* through the layers, with its decision */
        uint32_t long_frame; /* the same where it stands for several hops */
    } by_policy[LNN_COST_KINDS];
} lnn_costs_t;

/* Of a checked file; NULL where it says nothing. */
const lnn_costs_t *lnn_costs(const void *file);

/* From now on (and after lnn_reset) decide after every frame and never start anew, whatever the file
 * says; for models with a leaky pool. Probabilities are smoothed with 2^-smoothing_shift per frame (0 to 8); a keyword is
 * detected when its smoothed probability reaches the threshold, once, and again only after the
 * probability of every keyword has fallen below the threshold and `refractory` frames have passed.
 * Returns 0 if the model cannot stream. */
int lnn_set_streaming(lnn_model_t *model, uint8_t smoothing_shift, uint16_t refractory);

/* From now on decide after every window, though the file says that it is a stream; resets. */
void lnn_set_windows(lnn_model_t *model);

/* An energy gate: computes every min_timestep_ms while the samples' log-energy lies above a floor
 * that follows the quiet, otherwise up to every max_timestep_ms. */
typedef struct {
    uint16_t min_timestep_ms;    /* above 0; rounded down to hops, at least one */
    uint16_t max_timestep_ms;    /* not below min; rounded down to hops, at most 255 of them */
    int16_t energy_threshold_q10; /* opens at this many octaves of energy above the floor, Q10 */
    int16_t close_threshold_q10; /* stays open from here on; at most the one above */
    uint16_t hangover_ms;        /* stays open so long after; rounded down to hops */
} lnn_adaptive_config_t;

/* Replace the model's timestep policy by such a gate, and reset; NULL: the model's own again, or
 * none. How fast the floor moves and how far the gate looks back stay as the model's own policy has
 * them; without one the floor rises by 1/512 octave a hop and falls by a quarter of the distance,
 * and nothing is looked back on. Closed, the step is max_timestep_ms at once; if the model's own
 * policy is of the energy kind and has inner steps below its longest, it grows through these, each
 * held between min and max; of that kind it also keeps from which probability of a keyword on it
 * has heard enough: below the threshold of lnn_set_threshold, a gate may be shut before a report.
 * Works in streams. Returns 0 and changes nothing for a config out of range, or a model that cannot
 * have a policy (FORMAT.md, section 6).
 *
 * Latency: no two computed frames are more than max_timestep_ms apart (of any policy: steps[4]
 * hops), or a hop if that is longer, so no more than that passes before the network looks again.
 * What lies further back than a frame and the look-back is then past: only the gate has seen it.
 *
 * Needs LNN_USE_POLICY: whole builds have it, an exported model has it if it carries a policy. */
int lnn_set_adaptive_config(lnn_model_t *model, const lnn_adaptive_config_t *config);

/* A spectral flux gate: computes every min_timestep_ms while the features rise, of a spectrum while it
 * grows in any band, otherwise up to every max_timestep_ms. What is compared is the mean of
 * max(0, q - q before) over the features q (int8 steps) of a hop and of the hop before. Features are
 * then computed at every hop; closed, only the layers sleep, so this takes more than an energy gate and
 * hears changes that are no louder. */
typedef struct {
    uint16_t min_timestep_ms;   /* above 0; rounded down to hops, at least one */
    uint16_t max_timestep_ms;   /* not below min; rounded down to hops, at most 255 of them */
    int16_t flux_threshold_q8;  /* opens where a feature rises by so many steps on average, Q8 */
    int16_t close_threshold_q8; /* stays open from here on; at most the one above */
    uint16_t hangover_ms;       /* stays open so long after; rounded down to hops */
} lnn_flux_config_t;

/* As lnn_set_adaptive_config, for such a gate; inner steps and "enough" are those of the model's own
 * policy where that is of the flux kind. It remembers a hop's features behind everything else in the
 * arena: arena_bytes is what lnn_init was given, and must be lnn_flux_arena_bytes of the file or more.
 * Thresholds times the number of features must fit an int16. */
int lnn_set_flux_config(lnn_model_t *model, const lnn_flux_config_t *config, uint32_t arena_bytes);

/* Working memory that a checked file needs for lnn_set_flux_config; 0 for NULL. */
uint32_t lnn_flux_arena_bytes(const void *file);

/* How many moments the caller may let pass, collecting them, before lnn_push has anything to do but
 * keep them: until the next frame that is due under a uniform policy, until the hop ends under any
 * other, until the next frame without one. Push them then in one call; at least 1. */
uint32_t lnn_sleep_moments(const lnn_model_t *model);

/* Confidence (Q15) from which result.keyword_detected is 1; at the start the file's own, or 26214
 * (0.8). */
void lnn_set_threshold(lnn_model_t *model, int16_t threshold_q15);

/* ---- quieter sound: of a file whose outputs are gains of its bands (section GAIN) ----
 *
 *     static uint32_t arena[BYTES / 4];               lnn_denoise_arena_bytes says how many
 *     static lnn_denoise_t denoise;
 *     status = lnn_denoise_init(&denoise, file, bytes, arena, sizeof arena);
 *     for (;;) { take(in); lnn_denoise_hop(&denoise, in, out); give(out); }
 *
 * A hop of samples goes in, a hop comes out, which lies half a frame (a hop) further back: with
 * hops as they are collected, a sample leaves lnn_denoise_latency moments, a frame, after it came, and
 * the time of the call later. The first hop that comes out lies before the stream. Where no band is
 * turned down, samples come out as they went in. Buffers of other lengths go through lnn_denoise_push.
 *
 * Needs LNN_USE_DENOISE: whole builds have it (not with LNN_OWN_SPECTRUM, which keeps no spectrum), an
 * exported model has it if its file has the section. */
typedef struct { /* one denoiser at work; its fields are the runtime's own */
    lnn_model_t model;
    int32_t *work;       /* [hop][2], what is removed */
    uint32_t *spectrum;  /* [hop], of the frame, real part low, imaginary part high */
    int32_t *tail;       /* [hop], Q8, what the frame before removes from the hop at work */
    int16_t *removed;    /* [hop + 1], two thirds of what each bin loses, Q15 */
    const void *gains;   /* the file's section */
    uint64_t left, taken; /* 128 times the mean energy of a hop, without what full gains take, and of it */
    int32_t depth_q15;   /* the largest share of a band that is taken away */
    int32_t now_q15;     /* the share at the last sample given */
} lnn_denoise_t;

/* Working memory that a checked file needs; 0 for NULL, or where its outputs are no gains. */
uint32_t lnn_denoise_arena_bytes(const void *file);

/* As lnn_init; LNN_BAD_GAINS where the file has no section GAIN. */
lnn_status_t lnn_denoise_init(lnn_denoise_t *denoise, const void *file, uint32_t bytes, void *arena,
                              uint32_t arena_bytes);

/* Forget all samples and states. */
void lnn_denoise_reset(lnn_denoise_t *denoise);

/* in, out: [lnn_hop(&denoise->model)] samples; they may be the same. Returns 1, or 0 for NULL pointers
 * and for a denoiser that lnn_denoise_init refused, which leaves out as it is. */
int lnn_denoise_hop(lnn_denoise_t *denoise, const int16_t *in, int16_t *out);

/* The same for a buffer of any length: as many samples come out as go in, lnn_denoise_latency of them
 * further back, the first ones 0. in and out may be the same. It collects a hop in the arena, so that
 * one call in so many takes a hop's time, and a buffer of a hop comes out a hop later than from
 * lnn_denoise_hop: take that one where buffers are hops. Between two resets use one of them; after
 * hops by the other one, what was waiting is lost and silence comes first. Returns 1, or 0 as there. */
int lnn_denoise_push(lnn_denoise_t *denoise, const int16_t *in, uint32_t count, int16_t *out);

/* The largest share of a band that is taken away, Q15: 32768 all of it, 29491 leaves 20 dB less, 0 takes
 * nothing. At the start the file's own. Where the sound is nearly clean, less is taken if the file says so.
 * In mid-stream the share moves there over a hop. */
void lnn_denoise_set_depth(lnn_denoise_t *denoise, uint16_t depth_q15);

/* Moments from a sample that comes to the same sample that leaves, without the time of a call. */
uint32_t lnn_denoise_latency(const lnn_denoise_t *denoise);

/* ---- anomalies: of a file whose outputs are the next frame's features (section ANOM) ----
 *
 *     static uint32_t arena[BYTES / 4];               lnn_anomaly_arena_bytes says how many
 *     static lnn_anomaly_t anomaly;
 *     status = lnn_anomaly_init(&anomaly, file, bytes, arena, sizeof arena);
 *     if (lnn_anomaly_push(&anomaly, samples, count) && lnn_is_anomaly(&anomaly)) warn();
 *
 * The score says how far what came lay from what the network expected, smoothed over frames: the
 * mean over features of squared errors, 1 where errors vary as they did on normal running. From the
 * threshold on it is an anomaly. Needs LNN_USE_ANOMALY: whole builds have it, an exported model has it
 * if its file has the section.
 *
 * A file may ask for calibration on the machine itself, which is sound when the monitor is mounted:
 * the mean error of each feature over the first frames is taken off all errors from then on. While
 * lnn_anomaly_calibrating is not 0 the score is 0 and nothing is an anomaly. What was learned lasts
 * until lnn_anomaly_recalibrate; it is lost with the arena, so a board that loses its power on a
 * machine that may have aged keeps lnn_anomaly_baseline and puts it back. */
typedef struct { /* one detector at work; its fields are the runtime's own */
    lnn_model_t model;
    const void *record;  /* lnn_anom_t in the file */
    uint32_t score;      /* smoothed, sum over features of squares, Q12 */
    uint32_t threshold;
    uint32_t frames;     /* since the reset */
    uint32_t judged;     /* of them those that the score is the mean of */
    uint32_t left;       /* frames that are still to be calibrated on */
    int32_t *own;        /* [features] sums of errors, then their means, Q8; NULL: no calibration */
    int32_t *calm;       /* [features] smoothed errors, Q12; NULL: they are not smoothed */
} lnn_anomaly_t;

/* Bytes of arena: lnn_arena_bytes and room for what the file asks for beside it; of a file without a
 * section ANOM 0. */
uint32_t lnn_anomaly_arena_bytes(const void *file);

/* As lnn_init; LNN_BAD_ANOMALY where the file has no section ANOM. */
lnn_status_t lnn_anomaly_init(lnn_anomaly_t *anomaly, const void *file, uint32_t bytes, void *arena,
                              uint32_t arena_bytes);

/* Forget all samples, states and the score, but not this machine: for recordings with gaps. */
void lnn_anomaly_reset(lnn_anomaly_t *anomaly);

/* Forget this machine too, as when a bearing was changed, and calibrate anew. */
void lnn_anomaly_recalibrate(lnn_anomaly_t *anomaly);

/* Frames that are still to be calibrated on, 0 from then on or where the file does not ask for it. Of
 * the frames after a reset the first does not count, as nothing was expected. */
uint32_t lnn_anomaly_calibrating(const lnn_anomaly_t *anomaly);

/* What was learned of this machine: [features] mean errors, Q8, each within an int16. NULL while it
 * calibrates, or where the file asks for no calibration. */
const int32_t *lnn_anomaly_baseline(const lnn_anomaly_t *anomaly);

/* Put back the `count` numbers that lnn_anomaly_baseline gave of this file, in place of calibration, and
 * reset. LNN_BAD_ANOMALY, and nothing changes, where the file asks for no calibration, has not so many
 * features, or a number is beyond an int16; LNN_BAD_ARGUMENT without numbers or a detector. */
lnn_status_t lnn_anomaly_set_baseline(lnn_anomaly_t *anomaly, const int32_t *kept, uint32_t count);

/* Take `count` moments, of each moment the channels' samples side by side. Returns how many frames
 * ended meanwhile; the first one after a reset has the score 0, as nothing was expected. NULL pointers,
 * or a detector that lnn_anomaly_init refused: 0. */
int lnn_anomaly_push(lnn_anomaly_t *anomaly, const int16_t *samples, uint32_t count);

/* Whether the score after the newest frame reaches the threshold, 1 or 0. */
int lnn_is_anomaly(const lnn_anomaly_t *anomaly);

/* The score and the threshold, in Q8: 256 is what normal running has on average. */
uint32_t lnn_anomaly_score_q8(const lnn_anomaly_t *anomaly);
uint32_t lnn_anomaly_threshold_q8(const lnn_anomaly_t *anomaly);

#ifndef LNN_NO_STATIC
#ifndef LNN_STATIC_ARENA_BYTES /* an exported model brings its own size */
#define LNN_STATIC_ARENA_BYTES 4096
#endif
/* The same without a caller's memory: one model in a static arena of LNN_STATIC_ARENA_BYTES; a second
 * call takes the place of the first. NULL if the file is refused or needs more; *why (may be NULL)
 * says why. */
lnn_model_t *lnn_load_sized(const uint8_t *model_data, uint32_t bytes, lnn_status_t *why);

/* The same for a file that lies there whole: its size is read from its header, and refused unless
 * the section table says the same. Of anything else up to 160 bytes are read. */
lnn_model_t *lnn_load_from_flash(const uint8_t *model_data);
#endif

/* ---- an accelerator's kernels in place of the runtime's (ACCELERATORS.md) ---- */

typedef struct { /* a product, ready to run */
    const int16_t *weights; /* [(rows + 1) / 2][inputs rounded up to even], 256 * odd + even row */
    const int32_t *bias;    /* [rows] */
    const int16_t *factor;  /* [rows], 0 or more, Q16 times 2^(up - down) */
    uint32_t rows, inputs;
    uint32_t up, down;      /* shifts: left before the factor, right after it */
} lnn_product_t;

#ifdef LNN_OWN_PRODUCT
/* y[row] = sat16((((sum << up) * factor[row] >> 16) + half) >> down), the product in 48 bits,
 * half = (1 << down) >> 1, sum = bias[row] + the row's weights times x. Weights lie in -127 ... 127,
 * x: [inputs rounded up to even], -128 ... 127, the odd end 0; x and y aligned to 4 bytes. */
extern void lnn_own_product(const lnn_product_t *product, const int16_t *x, int16_t *y);
#endif

#ifdef LNN_OWN_SPECTRUM
typedef struct { /* what a frame is transformed with */
    const int16_t *window; /* [length], Q15 */
    uint32_t length;       /* samples of a transform, a power of two, 8 to 1024 */
    uint32_t channels;     /* values of x from one moment to the next */
    uint32_t most_shift;   /* the largest e */
} lnn_transform_t;

/* With X[k] = the sum over n of window[n] / 2^16 * x[n * channels] * e^(-2 pi i k n / length),
 * writes |X[k] / (length / 2)|^2 * 2^(2 e) to z[k] for k = 1 ... length / 2 - 1, and half of that to
 * z[length / 2]. Returns e, 0 ... most_shift: take the largest that leaves the sign bits of all
 * x alone, the more bits are kept. z: [length / 2 + 1], also room for the transform; z[0] is free. */
extern uint32_t lnn_own_spectrum(const lnn_transform_t *transform, const int16_t *x, uint32_t *z);
#endif

#ifdef LNN_TRACE
/* Given every observed output (FORMAT.md, section 4): `count` values of `width` bytes each. */
extern void lnn_observe(uint32_t number, const void *values, uint32_t count, uint32_t width);
#endif

#ifdef __cplusplus
}
#endif
#endif

#define MODEL_BYTES 4184u /* of the .lnn file */
#define MODEL_ARENA_BYTES 888u /* working memory, at a multiple of 4 */
#define MODEL_HOP 32 /* moments from one frame to the next */
#define MODEL_WINDOW 1024 /* moments of a decision on windows */
#define MODEL_RATE_HZ 12000 /* moments a second */
#define MODEL_CHANNELS 1 /* samples of a moment */
#define MODEL_CLASSES 4
#define MODEL_FULL_SCALE 14.5924511f /* sensor value of sample 32768 */
/* stack of lnn_init, lnn_push and what they call: the most that was measured, of
 * models of every kind, under gcc and clang; interrupts take their own */
#ifdef __OPTIMIZE__
#if defined(__ARM_ARCH_6M__) /* cortex-m0, cortex-m0plus */
#define MODEL_STACK_BYTES 640u
#elif defined(__ARM_ARCH_7M__) /* cortex-m3 */
#define MODEL_STACK_BYTES 520u
#elif defined(__ARM_ARCH_7EM__) /* cortex-m4, cortex-m7 */
#define MODEL_STACK_BYTES 624u
#elif defined(__ARM_ARCH_8M_MAIN__) /* cortex-m33 */
#define MODEL_STACK_BYTES 608u
#elif defined(__riscv) && __riscv_xlen == 32 /* rv32imc */
#define MODEL_STACK_BYTES 576u
#else
#define MODEL_STACK_BYTES 1280u
#endif
#else /* -O0 */
#if defined(__ARM_ARCH_6M__) /* cortex-m0, cortex-m0plus */
#define MODEL_STACK_BYTES 7176u
#elif defined(__ARM_ARCH_7M__) /* cortex-m3 */
#define MODEL_STACK_BYTES 6736u
#elif defined(__ARM_ARCH_7EM__) /* cortex-m4, cortex-m7 */
#define MODEL_STACK_BYTES 6200u
#elif defined(__ARM_ARCH_8M_MAIN__) /* cortex-m33 */
#define MODEL_STACK_BYTES 6200u
#elif defined(__riscv) && __riscv_xlen == 32 /* rv32imc */
#define MODEL_STACK_BYTES 6760u
#else
#define MODEL_STACK_BYTES 14352u
#endif
#endif

#ifdef __cplusplus
extern "C" {
#endif
extern const uint8_t model_data[MODEL_BYTES];
#ifdef __cplusplus
}
#endif

#endif
