/* SPDX-License-Identifier: MIT
 *
 * model: liquid (LinearLTC), 4 classes.
 *
 * log_bands: frame 64, hop 32, 16 features, 31 frames a decision
 * LinearLTC: 16 -> 60
 * Pool: 60 -> 60
 * Readout: 60 -> 4
 * classes: normal, inner, outer, ball
 *
 * Compile for this machine:  cc -std=c99 -Wall -Wextra -Werror -O2 model.c model_main.c -o model
 * For a Cortex-M4:           arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16 -std=c99 -Wall -Wextra -Werror -O2 -c model.c
 * Without an FPU's registers: add -DLNN_NO_FLOAT everywhere.
 */
#include "model.h"

#define LNN_ONLY 1
#define LNN_USE_LOG_BANDS 1
#define LNN_USE_LINEAR_LTC 1
#define LNN_MOST_FRAME 64

/* What the runtime's files share: the file's records, fixed-point helpers, the kernels' calls. */
#ifndef LNN_INTERNAL_H
#define LNN_INTERNAL_H

#include <limits.h>


/* A build for one model leaves out what the model does not need; by default all is in. */
#ifndef LNN_ONLY
#define LNN_USE_RAW 1
#define LNN_USE_LOG_BANDS 1
#define LNN_USE_AVERAGE 1
#define LNN_USE_LOG_MEL 1
#define LNN_USE_MFCC 1
#define LNN_USE_PCEN 1
#define LNN_USE_ACF 1
#define LNN_USE_LINEAR_LTC 1
#define LNN_USE_RESIDUAL 1
#define LNN_USE_CFC 1
#define LNN_USE_LSTM 1
#define LNN_USE_GRU 1
#define LNN_USE_MIX 1
#define LNN_USE_CONVOLUTION 1
#define LNN_USE_DEPTHWISE 1
#define LNN_USE_DENSE 1
#define LNN_USE_LEAKY_POOL 1
#define LNN_USE_POLICY 1
#define LNN_USE_COSTS 1
#define LNN_USE_ANOMALY 1
#define LNN_USE_DENOISE 1
#endif
#ifdef LNN_OWN_SPECTRUM
#undef LNN_USE_DENOISE /* it needs the spectrum itself, not its powers alone */
#endif
#if defined(LNN_USE_LOG_MEL) || defined(LNN_USE_MFCC) || defined(LNN_USE_PCEN)
#define LNN_USE_MEL 1
#endif
#if defined(LNN_USE_LOG_BANDS) || defined(LNN_USE_MEL)
#define LNN_USE_SPECTRUM 1
#endif
#ifndef LNN_MOST_LAGS
#define LNN_MOST_LAGS 32 /* of an autocorrelation; fewer leave kernels out */
#endif
#ifndef LNN_MOST_FRAME
#define LNN_MOST_FRAME 1024 /* samples of a transform; a smaller one leaves stages out */
#endif
#if defined(LNN_USE_CONVOLUTION) || defined(LNN_USE_DEPTHWISE)
#define LNN_USE_WINDOW 1
#endif
#if defined(LNN_USE_LINEAR_LTC) || defined(LNN_USE_CFC) || defined(LNN_USE_LSTM) \
    || defined(LNN_USE_GRU) || defined(LNN_USE_MIX) || defined(LNN_USE_DENSE)
#define LNN_USE_STEP 1
#endif

#if UINT_MAX < 0xffffffffu
#error "lnn: int has less than 32 bits; the sums of the network need them"
#endif
#if defined(__BYTE_ORDER__) && defined(__ORDER_BIG_ENDIAN__)
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#error "lnn: the model's file is little-endian and is used in place; build for little-endian"
#endif
#endif

/* Loops that clang would copy several times: larger, and hardly faster. gcc does not at -O2, and
 * warns of its own pragma where the loop's condition is compound. */
#if defined(__clang__)
#define LNN_ROLLED _Pragma("clang loop unroll(disable)")
#else
#define LNN_ROLLED
#endif

/* Stands in loops that compilers would replace by a call of memset or memcpy: no library is linked. */
#if defined(__GNUC__)
#define LNN_LOOP __asm__ volatile("")
#else
#define LNN_LOOP ((void)0)
#endif

/* Packed int16 instructions in Thumb state, of Cortex-M alone; others build portably. */
#if defined(__ARM_FEATURE_DSP) && defined(__thumb2__) && defined(__ARM_ARCH_PROFILE) \
    && !defined(LNN_PORTABLE)
#if __ARM_ARCH_PROFILE == 'M'
#define LNN_DSP 1
#endif
#endif

/* What runs once need not be fast: small code for it. */
#if defined(__clang__)
#define LNN_SMALL __attribute__((minsize, noinline))
#elif defined(__GNUC__)
#define LNN_SMALL __attribute__((cold, noinline))
#else
#define LNN_SMALL
#endif

#if defined(__GNUC__)
#define LNN_NOINLINE __attribute__((noinline))
#define LNN_INLINE static inline __attribute__((always_inline, unused))
#define LNN_ALIGNED8 __attribute__((aligned(8)))
#else
#define LNN_NOINLINE
#define LNN_INLINE static inline
#define LNN_ALIGNED8
#endif

enum { LNN_RAW = 0, LNN_LOG_BANDS, LNN_LOG_MEL, LNN_MFCC, LNN_PCEN, LNN_ACF };
enum { LNN_ABSOLUTE = 1, LNN_RESIDUAL = 2 }; /* flags of LNN_LINEAR_LTC */
enum {
    LNN_LINEAR_LTC = 1, LNN_CFC, LNN_LSTM, LNN_GRU, LNN_MIX, LNN_CONVOLUTION, LNN_DEPTHWISE,
    LNN_POOL, LNN_READOUT, LNN_DENSE, LNN_LEAKY_POOL
};
enum { LNN_STRM = 0x4d525453, LNN_PLCY = 0x59434c50, LNN_COST = 0x54534f43,
       LNN_GAIN = 0x4e494147, LNN_ANOM = 0x4d4f4e41 }; /* tags of sections */

enum { LNN_LEAST_GATE = 1024 }; /* of a leaky pool, Q15 */

typedef struct { /* FEAT, 96 bytes */
    uint16_t kind, channels, frame, hop, bands, flags, features, steps; /* bands: of LNN_ACF lags */
    uint32_t window;
    uint32_t rate_hz, full_scale; /* the bits of float32 */
    uint32_t floor;
    uint16_t most_shift, shift;
    uint32_t window_at, twiddle_at, split_at, reversed_at, edges_at, offset_at, factor_at;
    uint32_t reciprocal, rising_at, more_at;
    float low_hz, high_hz, bias, root; /* for people and tools; the tables hold what they mean */
    uint16_t exponent, smoothing_shift; /* of LNN_ACF the stride, of LNN_LOG_BANDS the average */
} lnn_feat_t;

typedef struct { /* one record of LAYR, 64 bytes */
    uint16_t kind, flags, inputs, units, hidden, stride, steps_in, steps_out;
    uint8_t up, down, reserved0, out_shift, up1, down1, up2, down2, cell_shift, reserved1[3];
    uint32_t weights, bias, factor;    /* product 0 */
    uint32_t weights1, bias1, factor1; /* product 1 */
    uint32_t weights2, bias2, factor2; /* product 2 */
} lnn_layer_t;

typedef struct { /* one entry of the section table, 16 bytes */
    uint32_t tag; /* four letters, the first in the low byte */
    uint32_t offset, bytes, items;
} lnn_section_t;

typedef struct { /* STRM, 8 bytes */
    uint16_t flags; /* 1: decide after every frame */
    uint16_t smoothing_shift, refractory;
    int16_t threshold_q15;
} lnn_strm_t;

typedef struct { /* GAIN, 8 bytes */
    uint16_t depth_q15;   /* the largest share of a band that is taken away, 1 to 32768 */
    uint16_t shallow_q15; /* the largest one where hardly anything is to be taken, 1 to depth */
    uint16_t from_q10;    /* octaves of power, what is left over what is taken, from which on less is */
    uint16_t slope_q15;   /* so much less an octave; 0, as the two before: always the depth */
} lnn_gain_t;

typedef struct { /* ANOM, 12 bytes and 4 a feature */
    uint32_t threshold;       /* sum over features of squares, Q12, 1 to 2^31 - 1 */
    uint16_t unit;            /* value of an int8 step of a feature, Q16 */
    uint8_t shift;            /* of the factors, at most 30 */
    uint8_t smoothing_shift;  /* at most 8 */
    uint16_t most;            /* up to which an error counts, in spreads, Q6, 1 to 1023 */
    uint16_t features;
    struct {
        uint16_t factor;      /* at most 32767 */
        int16_t offset;       /* Q8 */
    } own[];                  /* [features]; of a section of two items lnn_own_t comes next */
} lnn_anom_t;

typedef struct {
    uint16_t calibration_frames;
    uint8_t error_smoothing_shift; /* at most 6 */
    uint8_t reserved;
} lnn_own_t;

/* Of a section that lnn_check has passed, what it says of calibration, or NULL. */
LNN_INLINE const lnn_own_t *lnn_own_of(const uint8_t *file, const lnn_section_t *entry) {
    if (entry->items != 2) return 0;
    return (const lnn_own_t *)(const void *)(file + entry->offset + entry->bytes - sizeof(lnn_own_t));
}

LNN_INLINE const lnn_section_t *lnn_sections(const uint8_t *file) {
    return (const lnn_section_t *)(const void *)(file + 32);
}

extern const int16_t lnn_sigmoid_table[257];
extern const int16_t lnn_log_table[33];
extern const uint16_t lnn_pow_table[33];

LNN_INLINE uint32_t lnn_even(uint32_t n) { return (n + 1u) & ~1u; }

/* ---- fixed point ---- */

LNN_INLINE int32_t lnn_left(int32_t x, uint32_t shift) { return (int32_t)((uint32_t)x << shift); }

/* x / 2^shift, halves up */
LNN_INLINE int32_t lnn_halved(int32_t x, uint32_t shift) {
    return (x + ((int32_t)(1u << shift) >> 1)) >> shift;
}

LNN_INLINE int32_t lnn_sat16(int32_t x) {
#ifdef LNN_DSP
    int32_t y;
    __asm__("ssat %0, #16, %1" : "=r"(y) : "r"(x) : "cc");
    return y;
#else
    return x > 32767 ? 32767 : x < -32768 ? -32768 : x;
#endif
}

LNN_INLINE int32_t lnn_sat8(int32_t x) {
#ifdef LNN_DSP
    int32_t y;
    __asm__("ssat %0, #8, %1" : "=r"(y) : "r"(x) : "cc");
    return y;
#else
    return x > 127 ? 127 : x < -128 ? -128 : x;
#endif
}

/* (x * f) >> 16 of a 48-bit product, 0 <= f <= 32767 */
LNN_INLINE int32_t lnn_times_q16(int32_t x, int32_t f) {
#ifdef LNN_DSP
    int32_t y;
    __asm__("smulwb %0, %1, %2" : "=r"(y) : "r"(x), "r"(f));
    return y;
#else
    return (x >> 16) * f + (int32_t)(((uint32_t)(x & 0xffff) * (uint32_t)f) >> 16);
#endif
}

LNN_INLINE int32_t lnn_requantise(int32_t acc, int32_t factor, uint32_t up, uint32_t down) {
    return lnn_halved(lnn_times_q16(lnn_left(acc, up), factor), down);
}

/* Zero bits above the highest one; x > 0. */
LNN_INLINE uint32_t lnn_leading_zeros(uint32_t x) {
#if defined(__GNUC__)
    return (uint32_t)__builtin_clz(x);
#else
    uint32_t n = 0;
    while (!(x & 0x80000000u)) { x <<= 1; n++; }
    return n;
#endif
}

/* Sigmoid of x in Q12 (an int16), Q15. */
LNN_INLINE int32_t lnn_sigmoid(int32_t x) {
    const int16_t *left = lnn_sigmoid_table + 128 + (x >> 8);
    return left[0] + lnn_halved((left[1] - left[0]) * (x & 255), 8);
}

/* tanh(x / 2) of x in Q12, Q15. */
LNN_INLINE int32_t lnn_tanh_of_half(int32_t x) { return 2 * lnn_sigmoid(x) - 32768; }

/* log2 of v > 0 in Q10. */
LNN_INLINE int32_t lnn_log2_q10(uint32_t v) {
    const uint32_t zeros = lnn_leading_zeros(v), mantissa = v << zeros;
    const int16_t *left = lnn_log_table + ((mantissa >> 26) & 31);
    const int32_t part = (int32_t)(mantissa >> 16) & 1023;
    return 1024 * (31 - (int32_t)zeros) + left[0] + lnn_halved((left[1] - left[0]) * part, 10);
}

/* log2 of v > 0 in Q10; of the 32 highest bits if there are more. */
LNN_INLINE int32_t lnn_wide_log2_q10(uint64_t v) {
    const uint32_t high = (uint32_t)(v >> 32), shift = high ? 32 - lnn_leading_zeros(high) : 0;
    return lnn_log2_q10((uint32_t)(v >> shift)) + 1024 * (int32_t)shift;
}

#ifdef LNN_USE_POLICY
/* k (0 to 1, Q15) to the power of `times`, 1 to 255, each product rounded. */
LNN_INLINE int32_t lnn_power(int32_t k, uint32_t times) {
    int32_t r = k;
    for (uint32_t bit = (0x80000000u >> lnn_leading_zeros(times)) >> 1; bit; bit >>= 1) {
        r = lnn_halved(r * r, 15);
        if (times & bit) r = lnn_halved(r * k, 15);
    }
    return r;
}
#endif

LNN_INLINE int16_t lnn_to8(int32_t state, uint32_t shift) {
    return (int16_t)lnn_sat8(lnn_halved(state, shift));
}

/* ---- packed int16: two to a word, the first in the low half ---- */

LNN_INLINE uint32_t lnn_pack(int32_t low, int32_t high) {
    return ((uint32_t)low & 0xffffu) | ((uint32_t)high << 16);
}
LNN_INLINE int32_t lnn_low(uint32_t pair) { return (int16_t)pair; }
LNN_INLINE int32_t lnn_high(uint32_t pair) { return (int32_t)pair >> 16; }

/* ---- calls between the files ---- */

/* Was the model made ready? */
LNN_INLINE int lnn_ready(const lnn_model_t *model) { return model && model->feat; }

typedef struct { /* a file that is being checked, and where */
    const uint8_t *file;
    const lnn_section_t *table;
    const uint8_t *data;
    uint32_t data_bytes;
    uint32_t where; /* offset of what is being checked */
} lnn_view_t;

/* As a size: what the header tells, where the section table agrees. */
#define LNN_TOLD 0xffffffffu
/* Check header and section table of a file; arithmetic: 0 int8, 1 float32. */
lnn_status_t lnn_open(lnn_view_t *view, const uint8_t *file, uint32_t bytes, uint32_t arithmetic);
/* `count` items of `size` bytes lie inside DATA; `at` is the field that holds their offset. */
int lnn_array_fits(lnn_view_t *view, const uint32_t *at, uint32_t count, uint32_t size);
/* A label for each class of the last layer. */
lnn_status_t lnn_labels_fit(lnn_view_t *view);
/* The first entry of a tag in the section table from number `from` on, or NULL. */
const lnn_section_t *lnn_section_from(const uint8_t *file, uint32_t tag, uint32_t from);
/* Check the only section of a tag, one item of so many bytes; *where: 0 if there is none, else its
 * content. Sets *where to the entry and returns 0 if it is damaged. */
int lnn_section_fits(const uint8_t *file, uint32_t tag, uint32_t bytes, uint32_t *where);
#ifdef LNN_USE_ANOMALY
/* The same of a section of several items. */
int lnn_section_of_items_fits(const uint8_t *file, uint32_t tag, uint32_t items, uint32_t bytes,
                              uint32_t *where);
#endif

/* The name of a class that there is. */
const char *lnn_label_of(const lnn_model_t *model, uint32_t number);

/* `count` words become 0. */
void lnn_zero(uint32_t *words, uint32_t count);

/* Copy forwards; the places may overlap if `to` lies in front. */
void lnn_copy(int16_t *to, const int16_t *from, uint32_t count);
#ifdef LNN_DSP
typedef struct { /* four channels at a time; the offsets stand in the assembly */
    const int16_t *x;      /*  0: [taps][units], units even */
    const int8_t *w;       /*  4: [taps][width] */
    const int32_t *bias;   /*  8 */
    const int16_t *factor; /* 12 */
    int16_t *y;            /* 16 */
    uint32_t groups;       /* 20: of four channels, at least one */
    uint32_t step, width;  /* 24, 28: bytes of a step in x and in w */
    uint32_t taps;         /* 32 */
    uint32_t up;           /* 36 */
    int32_t half;          /* 40: (1 << down) >> 1 */
    uint32_t down;         /* 44 */
} lnn_filters_t;

void lnn_four_filters(lnn_filters_t *filters);
/* pre: [units][2], z and g; h: [units], at least one, Q15 */
void lnn_relax(const int16_t *pre, int16_t *h, uint32_t units);
#endif

void lnn_product(const lnn_product_t *product, const int16_t *x, int16_t *y);
/* x: [frame] samples with `channels` between them. Writes the power of bins 1 ... frame / 2, times
 * 2^(2 e), to z[1] ... (z: [frame / 2 + 1]); returns e. */
uint32_t lnn_spectrum(const lnn_feat_t *feat, const uint8_t *data, const int16_t *x, uint32_t *z);
#ifdef LNN_USE_DENOISE
/* The same in two steps: z[frame / 2] behind the transform, times 2^e, and its powers. */
uint32_t lnn_half_spectrum(const lnn_feat_t *feat, const uint8_t *data, const int16_t *x, uint32_t *z);
void lnn_powers(const lnn_feat_t *feat, const uint8_t *data, uint32_t *z);
/* The largest left shift, at most `most`, that leaves the sign bit of every value alone. */
uint32_t lnn_headroom(const int16_t *x, uint32_t length, uint32_t most);
#endif
/* One channel's mel features from its powers; values: [bands]; level: [bands][2], PCEN's running
 * levels times 2^smoothing_shift, low words first; fresh: 1 if there was no frame before, else 0,
 * under a timestep policy the hops that the frame stands for where they are more than one. */
void lnn_mel(const lnn_feat_t *feat, const uint8_t *data, const uint32_t *z, uint32_t e,
             int32_t *values, uint32_t *level, uint32_t fresh);
#ifdef LNN_USE_ACF
/* Pairs of samples that are moved at a time where they cannot be used in place; few where that
 * is seldom. */
LNN_INLINE uint32_t lnn_acf_moved(const lnn_feat_t *feat) {
    return feat->channels > 1 || feat->flags & 1 ? 32 : 16;
}

/* Values of a channel that are no features: the level where the file leaves it out. */
LNN_INLINE uint32_t lnn_acf_unused(const lnn_feat_t *feat) { return feat->flags >> 1 & 1; }

/* One channel's autocorrelation. x: [frame] samples with `channels` between them; values: [lags + 1],
 * and one more where the mean is asked for; room: [lnn_acf_moved + lags / 2], scratch. */
void lnn_acf(const lnn_feat_t *feat, const int16_t *x, int32_t *values, uint32_t *room);
#endif
/* frame: [frame][channels]; of a denoiser NULL, the powers and, at [0], e lie in the scratch. */
void lnn_stage_features(lnn_model_t *model, const int16_t *frame);
void lnn_stage_layers(lnn_model_t *model);
/* result: of a denoiser or a detector of anomalies NULL, which take the logits alone. */
void lnn_stage_readout(lnn_model_t *model, lnn_result_t *result);
void lnn_window_layers(lnn_model_t *model);
uint32_t lnn_state_count(const lnn_layer_t *layer);

#ifdef LNN_USE_POLICY
LNN_INLINE uint32_t lnn_span(const lnn_model_t *model) { return model->span; }
#else
LNN_INLINE uint32_t lnn_span(const lnn_model_t *model) { return (void)model, 1; }
#endif

LNN_INLINE uint32_t lnn_is_leaky(uint32_t kind) { /* never, in a build without */
#ifdef LNN_USE_LEAKY_POOL
    return kind == LNN_LEAKY_POOL;
#else
    return (void)kind, 0;
#endif
}
LNN_INLINE uint32_t lnn_has_residual(const lnn_layer_t *layer) { /* never, in a build without */
#ifdef LNN_USE_RESIDUAL
    return layer->kind == LNN_LINEAR_LTC && layer->flags & LNN_RESIDUAL;
#else
    return (void)layer, 0;
#endif
}
LNN_INLINE uint32_t lnn_is_pool(uint32_t kind) { return kind == LNN_POOL || lnn_is_leaky(kind); }

/* Macros, as clang gives other bytes for an inline function, and records rest on the bytes. */
#if defined(LNN_USE_ACF) && !defined(LNN_USE_SPECTRUM)
#define LNN_HAS_SPECTRUM(kind) ((void)(kind), 0)
#elif defined(LNN_USE_ACF)
#define LNN_HAS_SPECTRUM(kind) ((kind) != LNN_RAW && (kind) != LNN_ACF)
#else
#define LNN_HAS_SPECTRUM(kind) ((kind) != LNN_RAW)
#endif

#ifdef LNN_USE_AVERAGE
/* Transforms of a frame, whose powers are averaged; of a checked file, or of one that is checked. */
LNN_INLINE uint32_t lnn_parts(const lnn_feat_t *feat) {
    return feat->kind == LNN_LOG_BANDS && feat->smoothing_shift ? feat->smoothing_shift : 1;
}
#define LNN_TRANSFORM(feat) ((feat)->frame / lnn_parts(feat)) /* samples of each */
#else
#define LNN_TRANSFORM(feat) ((feat)->frame)
#endif

LNN_INLINE const lnn_feat_t *lnn_feat(const lnn_model_t *model) {
    return (const lnn_feat_t *)model->feat;
}
LNN_INLINE const lnn_layer_t *lnn_layers(const lnn_model_t *model) {
    return (const lnn_layer_t *)model->layers;
}

/* Product number `which` of a layer, with its sizes. */
LNN_INLINE lnn_product_t lnn_product_of(const lnn_model_t *model, const lnn_layer_t *layer,
                                        int which, uint32_t rows, uint32_t inputs) {
    const uint32_t *at = which == 0 ? &layer->weights
                       : which == 1 ? &layer->weights1 : &layer->weights2;
    lnn_product_t product;
    product.weights = (const int16_t *)(const void *)(model->data + at[0]);
    product.bias = (const int32_t *)(const void *)(model->data + at[1]);
    product.factor = (const int16_t *)(const void *)(model->data + at[2]);
    product.rows = rows;
    product.inputs = inputs;
    product.up = which == 0 ? layer->up : which == 1 ? layer->up1 : layer->up2;
    product.down = which == 0 ? layer->down : which == 1 ? layer->down1 : layer->down2;
    return product;
}

#ifdef LNN_USE_POLICY
#endif

#endif

/* Complex numbers of int16, packed: real part low, imaginary part high. */
#ifndef LNN_COMPLEX_H
#define LNN_COMPLEX_H


#ifdef LNN_USE_SPECTRUM

#ifdef LNN_DSP
#define LNN_PAIRED(name, instruction) \
    LNN_INLINE uint32_t name(uint32_t a, uint32_t b) { \
        uint32_t y; \
        __asm__(instruction " %0, %1, %2" : "=r"(y) : "r"(a), "r"(b)); \
        return y; \
    }
LNN_PAIRED(half_sum, "shadd16")          /* (a + b) >> 1 */
LNN_PAIRED(half_difference, "shsub16")   /* (a - b) >> 1 */
LNN_PAIRED(half_sum_turned, "shsax")     /* (a - i b) >> 1: (re + im, im - re) */
LNN_PAIRED(half_difference_turned, "shasx") /* (a + i b) >> 1: (re - im, im + re) */
LNN_PAIRED(sum, "sadd16")
LNN_PAIRED(difference, "ssub16")
LNN_PAIRED(real_product, "smusd")        /* re re - im im */
LNN_PAIRED(imaginary_product, "smuadx")  /* re im + im re */
LNN_PAIRED(squares, "smuad")             /* re re + im im */
LNN_PAIRED(mixed, "pkhbt")               /* low half of one, high of the other */
LNN_INLINE uint32_t tops(uint32_t low, uint32_t high) { /* the upper halves of both */
    uint32_t y;
    __asm__("pkhtb %0, %1, %2, asr #16" : "=r"(y) : "r"(high), "r"(low));
    return y;
}
#else
LNN_INLINE uint32_t half_sum(uint32_t a, uint32_t b) {
    return lnn_pack((lnn_low(a) + lnn_low(b)) >> 1, (lnn_high(a) + lnn_high(b)) >> 1);
}
LNN_INLINE uint32_t half_difference(uint32_t a, uint32_t b) {
    return lnn_pack((lnn_low(a) - lnn_low(b)) >> 1, (lnn_high(a) - lnn_high(b)) >> 1);
}
LNN_INLINE uint32_t half_sum_turned(uint32_t a, uint32_t b) {
    return lnn_pack((lnn_low(a) + lnn_high(b)) >> 1, (lnn_high(a) - lnn_low(b)) >> 1);
}
LNN_INLINE uint32_t half_difference_turned(uint32_t a, uint32_t b) {
    return lnn_pack((lnn_low(a) - lnn_high(b)) >> 1, (lnn_high(a) + lnn_low(b)) >> 1);
}
LNN_INLINE uint32_t sum(uint32_t a, uint32_t b) {
    return lnn_pack(lnn_low(a) + lnn_low(b), lnn_high(a) + lnn_high(b));
}
LNN_INLINE uint32_t difference(uint32_t a, uint32_t b) {
    return lnn_pack(lnn_low(a) - lnn_low(b), lnn_high(a) - lnn_high(b));
}
LNN_INLINE uint32_t real_product(uint32_t a, uint32_t b) {
    return (uint32_t)(lnn_low(a) * lnn_low(b)) - (uint32_t)(lnn_high(a) * lnn_high(b));
}
LNN_INLINE uint32_t imaginary_product(uint32_t a, uint32_t b) {
    return (uint32_t)(lnn_low(a) * lnn_high(b)) + (uint32_t)(lnn_high(a) * lnn_low(b));
}
LNN_INLINE uint32_t squares(uint32_t a, uint32_t unused) {
    (void)unused;
    return (uint32_t)(lnn_low(a) * lnn_low(a)) + (uint32_t)(lnn_high(a) * lnn_high(a));
}
LNN_INLINE uint32_t tops(uint32_t low, uint32_t high) { return (low >> 16) | (high & 0xffff0000u); }
LNN_INLINE uint32_t mixed(uint32_t low, uint32_t high) { /* low half of one, high of the other */
    return (low & 0xffffu) | (high & 0xffff0000u);
}
#endif

/* x w / 2 of packed numbers. */
LNN_INLINE uint32_t turned(uint32_t x, uint32_t w) {
    return tops(real_product(x, w), imaginary_product(x, w));
}

/* z[M], M a power of two from 4, behind stages 1 and 2: the rest of the FFT, divided by M. twiddle:
 * [M / 2], Q15 */
void lnn_transform(uint32_t *z, uint32_t m, const uint32_t *twiddle);

#endif
#endif

/* ---- lnn_tables.c ---- */

/* The runtime's tables; lnnlab.runtime.tables() writes this file from the twin's. */

/* sigmoid((256 i - 32768) / 4096), Q15 */
const int16_t lnn_sigmoid_table[257] = {
    11, 12, 12, 13, 14, 15, 16, 17, 18, 19, 21, 22, 23, 25, 26, 28, 30, 32, 34, 36, 38, 41, 43,
    46, 49, 52, 56, 59, 63, 67, 72, 76, 81, 86, 92, 98, 104, 111, 118, 125, 133, 142, 151, 161,
    171, 182, 194, 206, 219, 233, 248, 264, 281, 299, 318, 338, 360, 383, 407, 433, 461, 490,
    521, 554, 589, 627, 666, 708, 753, 800, 851, 904, 961, 1021, 1084, 1152, 1223, 1299, 1379,
    1464, 1554, 1649, 1750, 1856, 1969, 2088, 2213, 2346, 2486, 2633, 2789, 2952, 3124, 3306,
    3496, 3696, 3906, 4126, 4357, 4599, 4851, 5115, 5391, 5678, 5978, 6289, 6613, 6949, 7297,
    7658, 8031, 8416, 8813, 9221, 9641, 10072, 10513, 10964, 11424, 11894, 12371, 12856, 13348,
    13845, 14347, 14852, 15361, 15872, 16384, 16896, 17407, 17916, 18421, 18923, 19420, 19912,
    20397, 20874, 21344, 21804, 22255, 22696, 23127, 23547, 23955, 24352, 24737, 25110, 25471,
    25819, 26155, 26479, 26790, 27090, 27377, 27653, 27917, 28169, 28411, 28642, 28862, 29072,
    29272, 29462, 29644, 29816, 29979, 30135, 30282, 30422, 30555, 30680, 30799, 30912, 31018,
    31119, 31214, 31304, 31389, 31469, 31545, 31616, 31684, 31747, 31807, 31864, 31917, 31968,
    32015, 32060, 32102, 32141, 32179, 32214, 32247, 32278, 32307, 32335, 32361, 32385, 32408,
    32430, 32450, 32469, 32487, 32504, 32520, 32535, 32549, 32562, 32574, 32586, 32597, 32607,
    32617, 32626, 32635, 32643, 32650, 32657, 32664, 32670, 32676, 32682, 32687, 32692, 32696,
    32701, 32705, 32709, 32712, 32716, 32719, 32722, 32725, 32727, 32730, 32732, 32734, 32736,
    32738, 32740, 32742, 32743, 32745, 32746, 32747, 32749, 32750, 32751, 32752, 32753, 32754,
    32755, 32756, 32756, 32757
};

/* log2(1 + i / 32), Q10 */
const int16_t lnn_log_table[33] = {
    0, 45, 90, 132, 174, 214, 254, 292, 330, 366, 402, 436, 470, 504, 536, 568, 599, 629, 659,
    689, 717, 745, 773, 800, 827, 853, 879, 904, 929, 953, 977, 1001, 1024
};

/* 2^(-i / 32), Q15 */
const uint16_t lnn_pow_table[33] = {
    32768, 32066, 31379, 30706, 30048, 29405, 28774, 28158, 27554, 26964, 26386, 25821, 25268,
    24726, 24196, 23678, 23170, 22674, 22188, 21713, 21247, 20792, 20347, 19911, 19484, 19066,
    18658, 18258, 17867, 17484, 17109, 16743, 16384
};

/* ---- lnn_container.c ---- */

/* The container of a file, int8 or float32: header, checksum, section table, labels. */

LNN_SMALL static uint32_t crc32_of(const uint8_t *bytes, uint32_t count) {
    static const uint32_t table[16] = { /* four bits at a time, polynomial 0xedb88320 */
        0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158,
        0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4,
        0xa00ae278, 0xbdbdf21c};
    uint32_t crc = 0xffffffffu;
    while (count--) {
        crc ^= *bytes++;
        crc = (crc >> 4) ^ table[crc & 15];
        crc = (crc >> 4) ^ table[crc & 15];
    }
    return ~crc;
}

LNN_SMALL int lnn_array_fits(lnn_view_t *view, const uint32_t *at, uint32_t count, uint32_t size) {
    const uint32_t offset = *at;
    view->where = (uint32_t)((const uint8_t *)at - view->file);
    return !(offset & 3) && offset <= view->data_bytes
        && count <= (view->data_bytes - offset) / size;
}

#define LNN_MAGIC 0x314e4e4cu /* "LNN1" */

LNN_SMALL static lnn_status_t check_sections(lnn_view_t *view, uint32_t bytes) {
    static const uint32_t tags[4] = {/* FEAT LAYR DATA LABL */
        0x54414546u, 0x5259414cu, 0x41544144u, 0x4c42414cu};
    const uint32_t count = *(const uint32_t *)(const void *)(view->file + 16);
    view->where = 16;
    if (count < 4 || count > 8 || bytes < 32 + 16 * count) return LNN_BAD_SECTIONS;
    uint32_t end = (32 + 16 * count + 7) & ~7u;
    for (uint32_t k = 0; k < count; k++) {
        const lnn_section_t *entry = view->table + k;
        view->where = 32 + 16 * k;
        if (k < 4 && entry->tag != tags[k]) return LNN_BAD_SECTIONS;
        if (entry->offset != end || entry->offset > bytes || entry->bytes > bytes - entry->offset)
            return LNN_BAD_SECTIONS;
        end = (entry->offset + entry->bytes + 7) & ~7u;
    }
    return end == bytes ? LNN_OK : LNN_BAD_SECTIONS;
}

/* bytes: given, or LNN_TOLD. */
LNN_SMALL static lnn_status_t check_header(lnn_view_t *view, uint32_t bytes, uint32_t arithmetic) {
    const uint32_t *words = (const uint32_t *)(const void *)view->file;
    view->where = 0;
    if (!words) return LNN_BAD_ARGUMENT;
    view->table = lnn_sections(view->file);
    if ((uintptr_t)words & 7) return LNN_BAD_ALIGNMENT;
    view->where = 8;
    if (bytes < 32) return LNN_BAD_SIZE;
    view->where = 0;
    if (words[0] != LNN_MAGIC) return LNN_BAD_MAGIC;
    view->where = 4;
    if ((words[1] & 0xffffu) != 1) return LNN_BAD_VERSION;
    if (words[1] >> 16 != arithmetic) return LNN_UNSUPPORTED;
    view->where = 8;
    if (bytes == LNN_TOLD ? check_sections(view, words[2]) != LNN_OK : words[2] != bytes)
        return LNN_BAD_SIZE;
    view->where = 12;
    return crc32_of(view->file + 16, words[2] - 16) == words[3] ? LNN_OK : LNN_BAD_CHECKSUM;
}

LNN_SMALL lnn_status_t lnn_open(lnn_view_t *view, const uint8_t *file, uint32_t bytes,
                                uint32_t arithmetic) {
    view->file = file;
    lnn_status_t status = check_header(view, bytes, arithmetic);
    if (status == LNN_OK)
        status = check_sections(view, ((const uint32_t *)(const void *)file)[2]);
    if (status != LNN_OK) return status;
    view->data = file + view->table[2].offset;
    view->data_bytes = view->table[2].bytes;
    return LNN_OK;
}

LNN_SMALL lnn_status_t lnn_labels_fit(lnn_view_t *view) {
    const lnn_section_t *entry = view->table + 3;
    const uint8_t *name = view->file + entry->offset;
    const lnn_layer_t *layers =
        (const lnn_layer_t *)(const void *)(view->file + view->table[1].offset);
    uint32_t names = 0;
    view->where = entry->offset;
    for (uint32_t k = 0; k < entry->bytes; k++) names += !name[k];
    if (!entry->bytes || name[entry->bytes - 1] || names != entry->items
        || names != layers[view->table[1].items - 1].units) return LNN_BAD_LABELS;
    return LNN_OK;
}

LNN_SMALL const lnn_section_t *lnn_section_from(const uint8_t *file, uint32_t tag, uint32_t from) {
    const uint32_t count = *(const uint32_t *)(const void *)(file + 16);
    for (const lnn_section_t *entry = lnn_sections(file) + from; from < count; from++, entry++)
        if (entry->tag == tag) return entry;
    return 0;
}

LNN_INLINE int only_section_fits(const uint8_t *file, uint32_t tag, uint32_t items, uint32_t bytes,
                                 uint32_t *where) {
    const lnn_section_t *entry = lnn_section_from(file, tag, 4); /* behind the four that must be */
    *where = 0;
    if (!entry) return 1;
    const lnn_section_t *again =
        lnn_section_from(file, tag, (uint32_t)(entry - lnn_sections(file)) + 1); /* stands once */
    *where = (uint32_t)((const uint8_t *)(again ? again : entry) - file);
    if (again || entry->bytes != bytes || entry->items != items) return 0;
    *where = entry->offset;
    return 1;
}

LNN_SMALL int lnn_section_fits(const uint8_t *file, uint32_t tag, uint32_t bytes, uint32_t *where) {
    return only_section_fits(file, tag, 1, bytes, where);
}

#ifdef LNN_USE_ANOMALY
LNN_SMALL int lnn_section_of_items_fits(const uint8_t *file, uint32_t tag, uint32_t items,
                                        uint32_t bytes, uint32_t *where) {
    return only_section_fits(file, tag, items, bytes, where);
}
#endif

/* ---- lnn_check.c ---- */

/* An int8 file: everything is checked before anything is used, so that no later read can leave it.
 * Container and labels, which float32 files have too, are checked in lnn_container.c. */

/* A bias and a factor for each of so many rows; `at` is the field that holds the biases' offset. */
LNN_SMALL static int rows_fit(lnn_view_t *view, const uint32_t *at, uint32_t rows) {
    if (!lnn_array_fits(view, at, rows, 4) || !lnn_array_fits(view, at + 1, rows, 2)) return 0;
    const int32_t *bias = (const int32_t *)(const void *)(view->data + at[0]);
    const int16_t *factor = (const int16_t *)(const void *)(view->data + at[1]);
    while (rows--) {
        if ((uint32_t)*bias++ + (1u << 23) > 2u << 23 || *factor++ < 0) return 0;
    }
    return 1;
}

/* One factor, of a pool. */
LNN_SMALL static int factor_fits(lnn_view_t *view, const uint32_t *at) {
    return lnn_array_fits(view, at, 1, 2) && *(const int16_t *)(const void *)(view->data + *at) >= 0;
}

/* Both int8 weights of every halfword lie in -127 ... 127. */
LNN_SMALL static int pairs_fit(lnn_view_t *view, uint32_t offset, uint32_t count) {
    const int16_t *pair = (const int16_t *)(const void *)(view->data + offset);
    for (uint32_t k = 0; k < count; k++) {
        const int32_t low = (int8_t)(pair[k] & 255), high = (pair[k] - low) >> 8;
        if (low < -127 || high < -127 || high > 127) return 0;
    }
    return 1;
}

LNN_SMALL static int product_fits(lnn_view_t *view, const uint32_t *at, uint32_t rows, uint32_t inputs,
                        uint32_t up, uint32_t down) {
    const uint32_t pairs = (rows + 1) / 2 * lnn_even(inputs);
    if (up > 6 || down > 15 || !rows || rows > 4096 || !inputs || inputs > 514) return 0;
    return lnn_array_fits(view, at, pairs, 2) && pairs_fit(view, at[0], pairs)
        && rows_fit(view, at + 1, rows);
}

#if defined(LNN_USE_MIX) || defined(LNN_USE_DEPTHWISE)
LNN_SMALL static int filters_fit(lnn_view_t *view, const lnn_layer_t *layer) {
    const uint32_t units = layer->units, width = (units + 3u) & ~3u;
    if (layer->up > 6 || layer->down > 15 || layer->hidden < 1 || layer->hidden > 64) return 0;
    return layer->inputs == units && lnn_array_fits(view, &layer->weights, layer->hidden * width, 1)
        && rows_fit(view, &layer->bias, units);
}
#endif

#ifdef LNN_USE_MEL
/* The mel kinds' own arrays: no filter reaches beyond the bins, no sum beyond its register. */
LNN_SMALL static int check_mel(lnn_view_t *view, const lnn_feat_t *feat) {
    const uint32_t half = feat->frame / 2, bands = feat->bands, own = feat->features / feat->channels;
    const uint32_t more = feat->kind == LNN_PCEN ? 193 : feat->kind == LNN_MFCC ? own * bands : 0;
    const uint8_t *data = view->data;
    if (!lnn_array_fits(view, &feat->edges_at, bands + 2u, 2)) return 0;
    const uint16_t *starts = (const uint16_t *)(const void *)(data + feat->edges_at);
    if (starts[bands + 1] > half + 1) return 0;
    for (uint32_t b = 0; b <= bands; b++)
        if (starts[b] > starts[b + 1]) return 0;
    if (!lnn_array_fits(view, &feat->rising_at, half + 1, 2)) return 0;
    const int16_t *rising = (const int16_t *)(const void *)(data + feat->rising_at);
    for (uint32_t k = 0; k <= half; k++)
        if (rising[k] < 0) return 0;
    if (more && !lnn_array_fits(view, &feat->more_at, more, 2)) return 0;
    const int16_t *rows = (const int16_t *)(const void *)(data + feat->more_at);
    if (feat->kind == LNN_MFCC)
        for (uint32_t c = 0; c < own; c++) {
            uint32_t size = 0;
            for (uint32_t b = 0; b < bands; b++) {
                const int32_t row = *rows++;
                size += (uint32_t)(row < 0 ? -row : row);
            }
            if (size > 65000) return 0; /* logs reach 32768 */
        }
    return feat->kind != LNN_PCEN
        || (feat->exponent <= 32768 && feat->smoothing_shift >= 1 && feat->smoothing_shift <= 12
            && feat->floor <= 1u << 20);
}
#endif

LNN_SMALL static int check_tables(lnn_view_t *view, const lnn_feat_t *feat) {
    const uint32_t frame = LNN_TRANSFORM(feat), half = frame / 2;
    const uint32_t *at = &feat->window_at; /* then twiddle_at, split_at, reversed_at */
    for (uint32_t count = frame; at <= &feat->reversed_at; at++, count = half)
        if (!lnn_array_fits(view, at, count, 2)) return 0;
    const uint8_t *data = view->data;
    const uint16_t *order = (const uint16_t *)(const void *)(data + feat->reversed_at);
    for (uint32_t n = 0; n < half; n++)
        if (order[n] != ((order[n / 2] >> 1) | (n & 1 ? half / 2 : 0))) return 0; /* n's bits reversed */
#ifdef LNN_USE_MEL
    if (feat->kind != LNN_LOG_BANDS) return check_mel(view, feat);
#endif
    if (!lnn_array_fits(view, &feat->edges_at, feat->bands + 1u, 2)) return 0;
    const uint16_t *edges = (const uint16_t *)(const void *)(data + feat->edges_at);
    if (edges[0] < 1 || edges[feat->bands] > half + 1) return 0;
    for (uint32_t b = 0; b < feat->bands; b++)
        if (edges[b] >= edges[b + 1]) return 0;
    return 1;
}

#ifdef LNN_USE_ACF
/* Every lag of every place lies in the frame, and no sum of samples >> 4 leaves int32. */
LNN_SMALL static lnn_status_t check_acf(const lnn_feat_t *feat) {
    const uint32_t frame = feat->frame, lags = feat->bands, stride = feat->exponent;
    if (frame < 8 || frame > 1024 || frame & 1 || lags < 8 || lags > 32 || lags & 7
        || frame < lags + 2 || feat->flags > 7 || (feat->flags & 5) == 4 || !stride || stride > frame / 2
        || (frame - lags) / 2 > 255 * stride
        || feat->features != feat->channels * (lags + !(feat->flags & 2) + ((feat->flags & 5) == 1)))
        return LNN_BAD_FEATURES;
    return lags > LNN_MOST_LAGS ? LNN_UNSUPPORTED : LNN_OK;
}
#endif

/* Is this kind of features in this build? */
LNN_SMALL static int kind_built(uint32_t kind) {
    switch (kind) {
#ifdef LNN_USE_RAW
    case LNN_RAW: return 1;
#endif
#ifdef LNN_USE_LOG_BANDS
    case LNN_LOG_BANDS: return 1;
#endif
#ifdef LNN_USE_LOG_MEL
    case LNN_LOG_MEL: return 1;
#endif
#ifdef LNN_USE_MFCC
    case LNN_MFCC: return 1;
#endif
#ifdef LNN_USE_PCEN
    case LNN_PCEN: return 1;
#endif
#ifdef LNN_USE_ACF
    case LNN_ACF: return 1;
#endif
    default: return 0;
    }
}

LNN_SMALL static lnn_status_t check_features(lnn_view_t *view) {
    const lnn_feat_t *feat = (const lnn_feat_t *)(const void *)(view->file + view->table[0].offset);
    const uint32_t frame = feat->frame, bands = LNN_HAS_SPECTRUM(feat->kind);
#ifdef LNN_USE_AVERAGE
    const uint32_t length = LNN_TRANSFORM(feat);
#else
    const uint32_t length = frame;
#endif
    view->where = view->table[0].offset;
    if (view->table[0].bytes != sizeof *feat || feat->kind > LNN_ACF) return LNN_BAD_FEATURES;
    if (!kind_built(feat->kind)) return LNN_UNSUPPORTED;
    if (LNN_MOST_FRAME < 1024 && bands && length > LNN_MOST_FRAME) return LNN_UNSUPPORTED;
    if (!feat->channels || feat->channels > 16 || !frame || !feat->hop || !feat->steps
        || !feat->features || feat->features > 512 || feat->features % feat->channels
        || !feat->shift || feat->shift > 30) return LNN_BAD_FEATURES;
    const uint32_t own = feat->features / feat->channels, most = bands ? feat->bands : frame;
#ifdef LNN_USE_ACF
    if (feat->kind == LNN_ACF) {
        const lnn_status_t status = check_acf(feat);
        if (status != LNN_OK) return status;
    } else
#endif
    if (feat->kind == LNN_MFCC ? own > most : own != most) return LNN_BAD_FEATURES;
    view->where += 16;
    if (feat->window > 0x1000000u || feat->window < (feat->steps - 1u) * feat->hop + frame)
        return LNN_BAD_FEATURES;
    view->where += 12;
#ifdef LNN_USE_AVERAGE
    if (bands && (frame > 1024 || length * lnn_parts(feat) != frame)) return LNN_BAD_FEATURES;
#endif
    if (bands && (length < 8 || length > 1024 || length & (length - 1) || feat->bands > length / 2
                  || !feat->bands || feat->flags > (feat->kind == LNN_LOG_BANDS) || feat->most_shift > 15 || !feat->floor
                  || feat->floor > 1u << 28 || feat->floor > (1u << 30) >> (2 * feat->most_shift)
                  || feat->reciprocal * feat->bands > 65536u + feat->bands
                  || feat->reciprocal > 65536 || !check_tables(view, feat)))
        return LNN_BAD_FEATURES;
    if (!lnn_array_fits(view, &feat->offset_at, feat->features, 2)
        || !lnn_array_fits(view, &feat->factor_at, feat->features, 2)) return LNN_BAD_ARRAY;
    const int16_t *factor = (const int16_t *)(const void *)(view->data + feat->factor_at);
    for (uint32_t f = 0; f < feat->features; f++)
        if (factor[f] < 0 || factor[f] > 16383) return LNN_BAD_FEATURES;
    return LNN_OK;
}

#define LNN_OUT_SHIFT_FITS(layer) ((layer)->out_shift >= 1 && (layer)->out_shift <= 8)

#ifdef LNN_USE_RESIDUAL
/* With a residual: as wide as its input, and no sum of both leaves int32. */
LNN_SMALL static int residual_fits(lnn_view_t *view, const lnn_layer_t *layer) {
    if (!(layer->flags & LNN_RESIDUAL)) return 1;
    if (layer->inputs != layer->units || layer->down1 > 30
        || !lnn_array_fits(view, &layer->weights1, 2, 4)) return 0;
    const int32_t *by = (const int32_t *)(const void *)(view->data + layer->weights1);
    return by[0] >= 0 && by[0] <= 32768 && by[1] >= 0 && by[1] <= 1 << 23
        && 32768u * (uint32_t)by[0] + 128u * (uint32_t)by[1] <= 1u << 30; /* at most 2^31: no wrap */
}
#else
LNN_INLINE int residual_fits(lnn_view_t *view, const lnn_layer_t *layer) {
    return (void)view, (void)layer, 1; /* layer_built refuses it */
}
#endif

/* Is this kind of layer in this build? */
LNN_SMALL static int layer_built(const lnn_layer_t *layer) {
    switch (layer->kind) {
#ifdef LNN_USE_LINEAR_LTC
    case LNN_LINEAR_LTC:
#ifndef LNN_USE_RESIDUAL
        return !(layer->flags & LNN_RESIDUAL);
#endif
#endif
#ifdef LNN_USE_CFC
    case LNN_CFC:
#endif
#ifdef LNN_USE_LSTM
    case LNN_LSTM:
#endif
#ifdef LNN_USE_GRU
    case LNN_GRU:
#endif
#ifdef LNN_USE_MIX
    case LNN_MIX:
#endif
#ifdef LNN_USE_DEPTHWISE
    case LNN_DEPTHWISE:
#endif
#ifdef LNN_USE_CONVOLUTION
    case LNN_CONVOLUTION:
#endif
#ifdef LNN_USE_DENSE
    case LNN_DENSE:
#endif
#ifdef LNN_USE_LEAKY_POOL
    case LNN_LEAKY_POOL:
#endif
    case LNN_POOL: case LNN_READOUT: return 1;
    default: return 0;
    }
}

/* Is a layer as its kind must be, and are its arrays inside DATA? */
LNN_SMALL static int layer_fits(lnn_view_t *view, const lnn_layer_t *layer) {
    const uint32_t n = layer->inputs, u = layer->units;
    switch (layer->kind) {
#ifdef LNN_USE_LINEAR_LTC
    case LNN_LINEAR_LTC:
        return LNN_OUT_SHIFT_FITS(layer) && residual_fits(view, layer)
            && product_fits(view, &layer->weights, 2 * u, n, layer->up, layer->down);
#endif
#ifdef LNN_USE_CFC
    case LNN_CFC:
        return LNN_OUT_SHIFT_FITS(layer) && layer->hidden >= 1 && layer->hidden <= 512
            && product_fits(view, &layer->weights, layer->hidden, n + u, layer->up, layer->down)
            && product_fits(view, &layer->weights1, 3 * u, layer->hidden, layer->up1, layer->down1);
#endif
#ifdef LNN_USE_LSTM
    case LNN_LSTM:
        return LNN_OUT_SHIFT_FITS(layer) && layer->cell_shift >= 2 && layer->cell_shift <= 5
            && product_fits(view, &layer->weights, 4 * u, n + u, layer->up, layer->down);
#endif
#ifdef LNN_USE_GRU
    case LNN_GRU:
        return LNN_OUT_SHIFT_FITS(layer)
            && product_fits(view, &layer->weights, 2 * u, n + u, layer->up, layer->down)
            && product_fits(view, &layer->weights1, u, n, layer->up1, layer->down1)
            && product_fits(view, &layer->weights2, u, u, layer->up2, layer->down2);
#endif
#ifdef LNN_USE_MIX
    case LNN_MIX: return filters_fit(view, layer);
#endif
#ifdef LNN_USE_DEPTHWISE
    case LNN_DEPTHWISE: return layer->stride && filters_fit(view, layer);
#endif
#ifdef LNN_USE_CONVOLUTION
    case LNN_CONVOLUTION:
        return layer->stride && layer->hidden >= 1 && layer->hidden <= 64
            && product_fits(view, &layer->weights, u, (uint32_t)layer->hidden * n, layer->up, layer->down);
#endif
#ifdef LNN_USE_DENSE
    case LNN_DENSE: return product_fits(view, &layer->weights, u, n, layer->up, layer->down);
#endif
#ifdef LNN_USE_LEAKY_POOL
    case LNN_LEAKY_POOL:
        return layer->up1 <= 6 && layer->down1 <= 15 && u == n && layer->hidden >= 1
            && layer->hidden <= 32767
            && product_fits(view, &layer->weights, 1, n, layer->up, layer->down)
            && factor_fits(view, &layer->factor1);
#endif
    case LNN_POOL:
        return layer->up <= 6 && layer->down <= 15 && u == n && factor_fits(view, &layer->factor);
    case LNN_READOUT:
        return layer->hidden < u && product_fits(view, &layer->weights, u, n, layer->up, layer->down);
    default: return 0;
    }
}

LNN_SMALL static uint32_t steps_after(const lnn_layer_t *layer) {
    const uint32_t taps = layer->hidden;
    if (lnn_is_pool(layer->kind) || layer->kind == LNN_READOUT) return 1;
    if (layer->kind != LNN_CONVOLUTION && layer->kind != LNN_DEPTHWISE) return layer->steps_in;
    if (!layer->stride || layer->steps_in + 2u * (taps / 2) < taps) return 0;
    return (layer->steps_in + 2u * (taps / 2) - taps) / layer->stride + 1;
}

LNN_SMALL static lnn_status_t check_layers(lnn_view_t *view) {
    const lnn_section_t *entry = view->table + 1;
    const lnn_feat_t *feat = (const lnn_feat_t *)(const void *)(view->file + view->table[0].offset);
    const lnn_layer_t *layer = (const lnn_layer_t *)(const void *)(view->file + entry->offset);
    const uint32_t count = entry->items;
    uint32_t inputs = feat->features, steps = feat->steps, windowed = 0;
    view->where = entry->offset;
    if (count < 3 || count > 32 || entry->bytes != count * sizeof *layer) return LNN_BAD_LAYER;
    for (uint32_t l = 0; l < count; l++, layer++) {
        const uint32_t pool = lnn_is_pool(layer->kind), readout = layer->kind == LNN_READOUT;
        const uint32_t over_window =
            layer->kind == LNN_CONVOLUTION || layer->kind == LNN_DEPTHWISE;
        const uint32_t at = entry->offset + l * (uint32_t)sizeof *layer;
        view->where = at;
        if (!layer_built(layer)) return LNN_UNSUPPORTED;
        if (pool != (l + 2 == count) || readout != (l + 1 == count)) return LNN_BAD_LAYER;
        if (l == 0) windowed = over_window;
        if (!pool && !readout && over_window != windowed) return LNN_BAD_LAYER;
        if (windowed && layer->kind == LNN_LEAKY_POOL) return LNN_BAD_LAYER;
        view->where = at + 4;
        if (layer->inputs != inputs || !layer->units || layer->units > 512
            || layer->steps_in != steps || layer->steps_out != steps_after(layer)
            || !layer->steps_out) return LNN_BAD_LAYER;
        view->where = at;
        if (!layer_fits(view, layer)) return LNN_BAD_LAYER;
        inputs = layer->units;
        steps = layer->steps_out;
    }
    return LNN_OK;
}

#ifdef LNN_USE_LEAKY_POOL
/* How the model streams, where the file says it. */
LNN_SMALL static lnn_status_t check_stream(lnn_view_t *view) {
    const lnn_layer_t *layers =
        (const lnn_layer_t *)(const void *)(view->file + view->table[1].offset);
    uint32_t at;
    if (!lnn_section_fits(view->file, LNN_STRM, sizeof(lnn_strm_t), &at)) {
        view->where = at;
        return LNN_BAD_STREAM;
    }
    if (!at) return LNN_OK;
    const lnn_strm_t *said = (const lnn_strm_t *)(const void *)(view->file + at);
    view->where = at;
    if (said->flags > 1 || layers[view->table[1].items - 2].kind != LNN_LEAKY_POOL)
        return LNN_BAD_STREAM;
    view->where = at + 2;
    if (said->smoothing_shift > 8) return LNN_BAD_STREAM;
    view->where = at + 6;
    return said->threshold_q15 > 0 ? LNN_OK : LNN_BAD_STREAM;
}
#endif

#ifdef LNN_USE_COSTS
/* What it takes on a board, where the file says it; nobody but people and doors reads it. */
LNN_SMALL static lnn_status_t check_costs(lnn_view_t *view) {
    uint32_t at;
    if (!lnn_section_fits(view->file, LNN_COST, sizeof(lnn_costs_t), &at)) {
        view->where = at;
        return LNN_BAD_COSTS;
    }
    if (!at) return LNN_OK;
    const lnn_costs_t *costs = (const lnn_costs_t *)(const void *)(view->file + at);
    view->where = at;
    uint32_t length = 0;
    while (length < sizeof costs->board && costs->board[length]) length++;
    if (!length || length == sizeof costs->board) return LNN_BAD_COSTS;
    while (length < sizeof costs->board)
        if (costs->board[length++]) return LNN_BAD_COSTS;
    for (uint32_t k = 0; k < LNN_COST_KINDS; k++) {
        view->where = at + 28 + 12 * k;
        if (!costs->by_policy[k].frame && (costs->by_policy[k].hop || costs->by_policy[k].long_frame))
            return LNN_BAD_COSTS;
    }
    return LNN_OK;
}
#endif

#ifdef LNN_USE_DENOISE
/* That the outputs are gains of the bands, where the file says it. */
LNN_SMALL static lnn_status_t check_gains(lnn_view_t *view) {
    const lnn_feat_t *feat = (const lnn_feat_t *)(const void *)(view->file + view->table[0].offset);
    const lnn_layer_t *readout =
        (const lnn_layer_t *)(const void *)(view->file + view->table[1].offset)
        + view->table[1].items - 1;
    uint32_t at;
    if (!lnn_section_fits(view->file, LNN_GAIN, sizeof(lnn_gain_t), &at)) {
        view->where = at;
        return LNN_BAD_GAINS;
    }
    if (!at) return LNN_OK;
    const lnn_gain_t *gains = (const lnn_gain_t *)(const void *)(view->file + at);
    view->where = at;
    if (!gains->depth_q15 || gains->depth_q15 > 32768) return LNN_BAD_GAINS;
    view->where = at + 2;
    if (gains->slope_q15 ? !gains->shallow_q15 || gains->shallow_q15 > gains->depth_q15
                         : gains->shallow_q15) return LNN_BAD_GAINS;
    view->where = at + 4;
    if (gains->from_q10 > (gains->slope_q15 ? 16384 : 0)) return LNN_BAD_GAINS;
    view->where = view->table[0].offset;
    if (feat->kind < LNN_LOG_MEL || feat->kind > LNN_PCEN || feat->channels != 1
        || feat->frame < 64 || feat->frame != 2 * feat->hop) return LNN_BAD_GAINS;
    view->where = view->table[1].offset;
    return lnn_is_leaky(readout[-1].kind) && !readout->hidden && readout->units == feat->bands
        && !lnn_section_from(view->file, LNN_PLCY, 4) ? LNN_OK : LNN_BAD_GAINS;
}
#endif

#ifdef LNN_USE_ANOMALY
/* That the outputs are the next frame's features, where the file says it. */
LNN_SMALL static lnn_status_t check_anomaly(lnn_view_t *view) {
    const lnn_feat_t *feat = (const lnn_feat_t *)(const void *)(view->file + view->table[0].offset);
    const lnn_layer_t *readout =
        (const lnn_layer_t *)(const void *)(view->file + view->table[1].offset)
        + view->table[1].items - 1;
    const lnn_section_t *entry = lnn_section_from(view->file, LNN_ANOM, 4);
    const uint32_t items = entry && entry->items == 2 ? 2 : 1;
    const uint32_t plain = sizeof(lnn_anom_t) + 4u * feat->features;
    const uint32_t bytes = plain + (items - 1) * (uint32_t)sizeof(lnn_own_t);
    uint32_t at;
    if (!lnn_section_of_items_fits(view->file, LNN_ANOM, items, bytes, &at)) {
        view->where = at;
        return LNN_BAD_ANOMALY;
    }
    if (!at) return LNN_OK;
    const lnn_own_t *own = lnn_own_of(view->file, entry);
    if (own) {
        view->where = at + plain;
        if (own->error_smoothing_shift > 6 || own->reserved
            || !(own->calibration_frames | own->error_smoothing_shift)) return LNN_BAD_ANOMALY;
    }
    const lnn_anom_t *said = (const lnn_anom_t *)(const void *)(view->file + at);
    view->where = at;
    if (!said->threshold || said->threshold >> 31) return LNN_BAD_ANOMALY;
    view->where = at + 4;
    if (!said->unit || said->shift > 30 || said->smoothing_shift > 8) return LNN_BAD_ANOMALY;
    view->where = at + 8;
    if (!said->most || said->most > 1023 || said->features != feat->features)
        return LNN_BAD_ANOMALY;
    for (uint32_t f = 0; f < feat->features; f++) {
        view->where = at + 12 + 4 * f;
        if (said->own[f].factor > 32767) return LNN_BAD_ANOMALY;
    }
    view->where = view->table[0].offset;
    if (feat->hop > feat->frame) return LNN_BAD_ANOMALY;
    view->where = view->table[1].offset;
    return lnn_is_leaky(readout[-1].kind) && !readout->hidden && readout->units == feat->features
        && !lnn_section_from(view->file, LNN_PLCY, 4) ? LNN_OK : LNN_BAD_ANOMALY;
}
#endif

LNN_SMALL lnn_status_t lnn_check(const void *file, uint32_t bytes, uint32_t *where) {
    lnn_view_t view;
    lnn_status_t status = lnn_open(&view, (const uint8_t *)file, bytes, 0);
    if (status == LNN_OK) status = check_features(&view);
    if (status == LNN_OK) status = check_layers(&view);
    if (status == LNN_OK) status = lnn_labels_fit(&view);
#ifdef LNN_USE_LEAKY_POOL
    if (status == LNN_OK) status = check_stream(&view);
#endif
#ifdef LNN_USE_POLICY
    if (status == LNN_OK) status = lnn_policy_check(view.file, &view.where);
#else
    if (status == LNN_OK && lnn_section_from(view.file, LNN_PLCY, 4)) status = LNN_UNSUPPORTED;
#endif
#ifdef LNN_USE_COSTS
    if (status == LNN_OK) status = check_costs(&view);
#endif
#ifdef LNN_USE_DENOISE
    if (status == LNN_OK) status = check_gains(&view);
#endif
#ifdef LNN_USE_ANOMALY
    if (status == LNN_OK) status = check_anomaly(&view);
#endif
    if (where) *where = view.where;
    return status;
}

/* ---- lnn_product.c ---- */

/* The matrix-vector product of int8 rows and int8 activations, requantised to int16.
 *
 * Two rows share a halfword as 256 * odd + even. The sum over the halfwords is 256 * B + A, the sum
 * over their sign-extended low bytes is A, so B is the difference shifted right by 8, exactly, while
 * |w| <= 127 and there are at most 514 inputs. With packed int16 instructions that is two
 * multiply-accumulates of two columns each for four weights.
 */

#ifdef LNN_OWN_PRODUCT

void lnn_product(const lnn_product_t *product, const int16_t *x, int16_t *y) {
    lnn_own_product(product, x, y);
}

#else

#ifdef LNN_DSP

/* One column pair of one row pair: %[b] += x (256 B + A), %[l] += x A. */
#define LNN_PAIR(w, both, low) \
    "smlad %[" both "], %[" w "], %[p], %[" both "]\n\t" \
    "sxtb16 %[" w "], %[" w "]\n\t" \
    "smlad %[" low "], %[" w "], %[p], %[" low "]\n\t"
#define LNN_WORD2 \
    "ldr %[p], [%[x]], #4\n\tldr %[a], [%[w]], #4\n\t" LNN_PAIR("a", "both", "low")

/* One row pair over words column pairs, at least one. sums: [2], of row A and row B */
LNN_INLINE void two_rows(const uint32_t *w, const uint32_t *x, uint32_t words, int32_t sums[2]) {
    int32_t both = 0, low = 0;
    uint32_t p, a;
    __asm__ volatile("1:\n\t" LNN_WORD2 "subs %[n], %[n], #1\n\tbne 1b"
        : [x] "+r"(x), [w] "+r"(w), [n] "+r"(words), [both] "+r"(both), [low] "+r"(low),
          [p] "=&r"(p), [a] "=&r"(a)
        : : "cc", "memory");
    sums[0] = low;
    sums[1] = (both - low) >> 8;
}

typedef struct { /* four rows at a time; all but w go onto the stack, in this order */
    const uint32_t *w;     /* the first group's first word */
    const uint32_t *x;     /*  0 */
    uint32_t bytes;        /*  4: of a row pair */
    const int32_t *bias;   /*  8 */
    const int16_t *factor; /* 12 */
    int16_t *y;            /* 16 */
    uint32_t groups;       /* 20: of four rows, at least one */
    uint32_t up;           /* 24 */
    int32_t half;          /* 28: (1 << down) >> 1 */
    uint32_t down;         /* 32 */
} lnn_rows_t;

/* Column pairs from two row pairs: x in %p, weights in %a and %c, sums in r5 to r8. */
#define LNN_QUAD(p, a, c) \
    "smlad r5, " a ", " p ", r5\n\tsxtb16 " a ", " a "\n\tsmlad r6, " a ", " p ", r6\n\t" \
    "smlad r7, " c ", " p ", r7\n\tsxtb16 " c ", " c "\n\tsmlad r8, " c ", " p ", r8\n\t"

/* The next four column pairs; six loads in a row share their wait. */
#define LNN_FOUR_PAIRS \
    "ldr r9, [r1, #8]\n\tldr r0, [r1, #12]\n\t" \
    "ldr r10, [r2, #8]\n\tldr r12, [r2, #12]\n\t" \
    "ldr r11, [r3, #8]\n\tldr lr, [r3, #12]\n\t" \
    LNN_QUAD("r9", "r10", "r11") LNN_QUAD("r0", "r12", "lr") \
    "ldr r0, [r1, #4]\n\tldr r9, [r1], #16\n\t" \
    "ldr r12, [r2, #4]\n\tldr r10, [r2], #16\n\t" \
    "ldr lr, [r3, #4]\n\tldr r11, [r3], #16\n\t" \
    LNN_QUAD("r9", "r10", "r11") LNN_QUAD("r0", "r12", "lr")

/* Groups of four rows, requantised. In assembly, since compilers run out of registers and spill:
 * x r1, both row pairs r2 and r3, count r4, sums r5 (256 B + A) r6 (A) r7 r8. Both sums of a row pair start at the even row's bias: B has none of it. */
__attribute__((naked, noinline)) static void four_rows(
    const lnn_rows_t *rows __attribute__((unused))) {
    __asm__ volatile(
        "push {r4-r11, lr}\n\t"
        "ldmia r0, {r2-r11}\n\t"
        "push {r3-r11}\n"
        "1:\n\t" /* a group */
        "ldrd r1, r12, [sp]\n\t"
        "ldr r4, [sp, #8]\n\t"
        "ldr r6, [r4]\n\tldr r8, [r4, #8]\n\t"
        "add r3, r2, r12\n\t"
        "mov r5, r6\n\tmov r7, r8\n\t"
        "lsrs r4, r12, #5\n\t"
        "beq 3f\n"
        "2:\n\t" /* eight column pairs */
        LNN_FOUR_PAIRS LNN_FOUR_PAIRS
        "subs r4, #1\n\t"
        "bne 2b\n"
        "3:\n\t"
        "ldr r4, [sp, #4]\n\t"
        "lsls r4, r4, #28\n\t" /* whether four more are left, and above bit 30 how many then */
        "bcc 6f\n\t"
        LNN_FOUR_PAIRS
        "6:\n\t"
        "lsrs r4, r4, #30\n\t"
        "beq 5f\n"
        "4:\n\t" /* up to three more */
        "ldr r9, [r1], #4\n\tldr r10, [r2], #4\n\tldr r11, [r3], #4\n\t"
        LNN_QUAD("r9", "r10", "r11")
        "subs r4, #1\n\t"
        "bne 4b\n"
        "5:\n\t"
        "add r0, sp, #8\n\t"
        "mov r2, r3\n\t"
        "ldmia r0, {r1, r4, r9, r10, r11, r12, lr}\n\t" /* bias factor y groups up half down */
        "ldr r0, [r1, #4]\n\tldr r3, [r1, #12]\n\t" /* the odd rows' biases */
        "adds r1, #16\n\t"
        "subs r5, r5, r6\n\tsubs r7, r7, r8\n\t" /* 256 B */
        "add r5, r0, r5, asr #8\n\tadd r7, r3, r7, asr #8\n\t"
        "ldrd r0, r3, [r4], #8\n\t" /* four factors, Q16 */
        "lsl r6, r6, r11\n\tlsl r5, r5, r11\n\tlsl r8, r8, r11\n\tlsl r7, r7, r11\n\t"
        "smlawb r6, r6, r0, r12\n\tsmlawt r5, r5, r0, r12\n\t"
        "smlawb r8, r8, r3, r12\n\tsmlawt r7, r7, r3, r12\n\t"
        "asr r6, r6, lr\n\tasr r5, r5, lr\n\tasr r8, r8, lr\n\tasr r7, r7, lr\n\t"
        "ssat r6, #16, r6\n\tssat r5, #16, r5\n\tssat r8, #16, r8\n\tssat r7, #16, r7\n\t"
        "pkhbt r6, r6, r5, lsl #16\n\tpkhbt r8, r8, r7, lsl #16\n\t"
        "add r0, sp, #8\n\t"
        "strd r6, r8, [r9], #8\n\t"
        "subs r10, #1\n\t"
        "stmia r0, {r1, r4, r9, r10}\n\t"
        "bne 1b\n\t"
        "add sp, sp, #36\n\t"
        "pop {r4-r11, pc}\n");
}

#elif defined(LNN_SLOW_MULTIPLY)

/* The two int8 values of a word's halfwords, the low bytes of `pair`, as first + 2^16 second. */
LNN_INLINE uint32_t low_bytes(uint32_t pair) {
    return ((pair & 0x00ff00ffu) ^ 0x00800080u) - 0x00800080u;
}

/* Two columns of a row by one multiplication: (w0 + 2^16 w1) (x1 + 2^16 x0) has w0 x0 + w1 x1, at most
 * 2 * 127 * 128, in its upper half. Below stands w0 x1, at most 127 * 128, which rounding takes away. */
LNN_INLINE void two_rows(const uint32_t *w, const uint32_t *x, uint32_t words, int32_t sums[2]) {
    int32_t even = 0, odd = 0;
    LNN_ROLLED
    for (const uint32_t *end = w + words; w < end; w++, x++) {
        const uint32_t swapped = (uint32_t)((int32_t)*x >> 16) + (*x << 16);
        const uint32_t of_even = low_bytes(*w), of_odd = low_bytes((*w - of_even) >> 8);
        even += (int32_t)(of_even * swapped + 0x8000u) >> 16;
        odd += (int32_t)(of_odd * swapped + 0x8000u) >> 16;
    }
    sums[0] = even;
    sums[1] = odd;
}

#else

/* One row pair over `words` column pairs. sums: [2], of row A and row B */
LNN_INLINE void two_rows(const uint32_t *w, const uint32_t *x, uint32_t words, int32_t sums[2]) {
    const int16_t *weight = (const int16_t *)(const void *)w;
    const int16_t *value = (const int16_t *)(const void *)x, *end = value + 2 * words;
    int32_t both = 0, low = 0;
#ifdef __riscv /* a byte is loaded with its sign: A costs one instruction less than from 256 B + A */
    const int8_t *even = (const int8_t *)(const void *)w;
    LNN_ROLLED
    for (; value < end; value += 2, weight += 2, even += 4) {
        const int32_t first = value[0], second = value[1];
        both += weight[0] * first;
        low += even[0] * first;
        both += weight[1] * second;
        low += even[2] * second;
    }
#else
    for (; value < end; value++, weight++) {
        both += *weight * *value;
        low += (int8_t)(*weight & 255) * *value;
    }
#endif
    sums[0] = low;
    sums[1] = (both - low) >> 8;
}

#endif

/* y[rows] = sat16(requantised(bias + weights * x)). x: [inputs rounded up to even], the odd end 0;
 * x and y aligned to 4 bytes. */
LNN_NOINLINE void lnn_product(const lnn_product_t *product, const int16_t *x, int16_t *y) {
    const uint32_t words = lnn_even(product->inputs) / 2;
    const uint32_t *w = (const uint32_t *)(const void *)product->weights;
    const uint32_t *pairs = (const uint32_t *)(const void *)x;
    const int32_t *bias = product->bias;
    const int16_t *factor = product->factor;
    const uint32_t up = product->up, down = product->down;
    uint32_t rows = product->rows;
    int32_t sums[2];
#ifdef LNN_DSP
    if (rows >= 4) {
        const uint32_t groups = rows / 4;
        const lnn_rows_t fours = {w, pairs, 4 * words, bias, factor, y, groups, up,
                                  (int32_t)(1u << down) >> 1, down};
        four_rows(&fours);
        w += 2 * groups * words, bias += 4 * groups, factor += 4 * groups, y += 4 * groups;
        rows &= 3;
    }
#endif
    while (rows) {
        const uint32_t some = rows < 2 ? rows : 2;
        two_rows(w, pairs, words, sums);
        w += words;
        for (uint32_t r = 0; r < some; r++)
            *y++ = (int16_t)lnn_sat16(lnn_requantise(sums[r] + *bias++, *factor++, up, down));
        rows -= some;
    }
}

#endif

/* ---- lnn_kernels.c ---- */

/* Copying, and the inner loops of the step layers in assembly for cores with packed int16. */

LNN_NOINLINE void lnn_zero(uint32_t *words, uint32_t count) {
    for (const uint32_t *end = words + count; words < end; words++) {
        *words = 0;
        LNN_LOOP;
    }
}

/* Words where both are aligned. */
LNN_NOINLINE void lnn_copy(int16_t *to, const int16_t *from, uint32_t count) {
    if (!(((uintptr_t)to | (uintptr_t)from) & 3)) {
        uint32_t *words = (uint32_t *)(void *)to;
        const uint32_t *source = (const uint32_t *)(const void *)from;
#ifdef LNN_DSP
        if (count >= 16) { /* eight words at a time */
            __asm__ volatile(
                "subs %2, #16\n"
                "1:\n\t"
                "ldmia %0!, {r2-r5, r8-r11}\n\tstmia %1!, {r2-r5, r8-r11}\n\t"
                "subs %2, #16\n\t"
                "bhs 1b\n\t"
                "adds %2, #16"
                : "+r"(source), "+r"(words), "+l"(count)
                : : "r2", "r3", "r4", "r5", "r8", "r9", "r10", "r11", "cc", "memory");
        }
#endif
        LNN_ROLLED
        for (; count >= 8; count -= 8, words += 4, source += 4) {
            const uint32_t a = source[0], b = source[1], c = source[2], d = source[3];
            words[0] = a, words[1] = b, words[2] = c, words[3] = d;
            LNN_LOOP;
        }
        to = (int16_t *)(void *)words;
        from = (const int16_t *)(const void *)source;
    }
    LNN_ROLLED
    while (count--) {
        *to++ = *from++;
        LNN_LOOP;
    }
}

#if defined(LNN_DSP) && defined(LNN_USE_LINEAR_LTC)
/* All units' states after a step, goals a tanh: both look-ups side by side hide their waits. The
 * table's middle is %m, the entry behind it %k; left entries i and j, right ones b and d, Q15. */
LNN_NOINLINE void lnn_relax(const int16_t *pre, int16_t *h, uint32_t units) {
    const int16_t *middle = lnn_sigmoid_table + 128, *next = middle + 1;
    uint32_t zg, i, j, b, d, f;
    __asm__ volatile(
        "1:\n\t"
        "ldr %[zg], [%[pre]], #4\n\t"
        "sbfx %[i], %[zg], #8, #8\n\t"
        "asr %[j], %[zg], #24\n\t"
        "ldrsh %[b], [%[k], %[i], lsl #1]\n\tldrsh %[i], [%[m], %[i], lsl #1]\n\t"
        "ldrsh %[d], [%[k], %[j], lsl #1]\n\tldrsh %[j], [%[m], %[j], lsl #1]\n\t"
        "sub %[b], %[b], %[i]\n\tsub %[d], %[d], %[j]\n\t"
        "uxtb %[f], %[zg]\n\tubfx %[zg], %[zg], #16, #8\n\t"
        "mla %[b], %[b], %[f], %[half]\n\tmla %[d], %[d], %[zg], %[half]\n\t"
        "ldrsh %[f], [%[h]]\n\t"
        "add %[i], %[i], %[b], asr #8\n\tadd %[j], %[j], %[d], asr #8\n\t" /* Q15 */
        "add %[b], %[f], #32768\n\t"
        "rsb %[j], %[b], %[j], lsl #1\n\t" /* tanh - h, Q15 */
        "mul %[i], %[i], %[j]\n\t"
        "add %[i], %[i], #16384\n\t"
        "add %[f], %[f], %[i], asr #15\n\t" /* Q30 to Q15 */
        "subs %[n], %[n], #1\n\t"
        "strh %[f], [%[h]], #2\n\t"
        "bne 1b"
        : [pre] "+r"(pre), [h] "+r"(h), [n] "+r"(units), [zg] "=&r"(zg), [i] "=&r"(i),
          [j] "=&r"(j), [b] "=&r"(b), [d] "=&r"(d), [f] "=&r"(f)
        : [m] "r"(middle), [k] "r"(next), [half] "r"(128) : "cc", "memory");
}
#endif

#if defined(LNN_DSP) && defined(LNN_USE_MIX)
/* Groups of four channels over all taps, requantised, negative ones 0: sums r5 to r8. */
__attribute__((naked, noinline)) void lnn_four_filters(
    lnn_filters_t *filters __attribute__((unused))) {
    __asm__ volatile(
        "push {r0, r4-r11, lr}\n"
        "1:\n\t"
        "ldmia r0, {r1, r2, r3}\n\t"
        "ldmia r3!, {r5-r8}\n\t" /* biases */
        "add r9, r1, #8\n\tadd r10, r2, #4\n\t"
        "str r3, [r0, #8]\n\tstrd r9, r10, [r0]\n\t"
        "ldrd r9, r10, [r0, #24]\n\tldr r3, [r0, #32]\n"
        "2:\n\t" /* a tap */
        "ldr r0, [r1]\n\tldr r4, [r1, #4]\n\tldr r12, [r2]\n\t"
        "add r1, r1, r9\n\tadd r2, r2, r10\n\t"
        "sxtb16 r11, r12\n\tsxtb16 r12, r12, ror #8\n\t" /* weights 0 and 2, 1 and 3 */
        "smlabb r5, r0, r11, r5\n\tsmlatb r6, r0, r12, r6\n\t"
        "smlabt r7, r4, r11, r7\n\tsmlatt r8, r4, r12, r8\n\t"
        "subs r3, #1\n\t"
        "bne 2b\n\t"
        "ldr r0, [sp]\n\t"
        "ldr r3, [r0, #12]\n\tldr r4, [r0, #36]\n\t"
        "ldrd r9, r10, [r3], #8\n\t" /* four factors, Q16 */
        "lsl r5, r5, r4\n\tlsl r6, r6, r4\n\tlsl r7, r7, r4\n\tlsl r8, r8, r4\n\t"
        "str r3, [r0, #12]\n\t"
        "ldrd r3, r4, [r0, #40]\n\t"
        "smlawb r5, r5, r9, r3\n\tsmlawt r6, r6, r9, r3\n\t"
        "smlawb r7, r7, r10, r3\n\tsmlawt r8, r8, r10, r3\n\t"
        "asr r5, r5, r4\n\tasr r6, r6, r4\n\tasr r7, r7, r4\n\tasr r8, r8, r4\n\t"
        "ldrd r1, r12, [r0, #16]\n\t"
        "usat r5, #7, r5\n\tusat r6, #7, r6\n\tusat r7, #7, r7\n\tusat r8, #7, r8\n\t"
        "orr r5, r5, r6, lsl #16\n\torr r7, r7, r8, lsl #16\n\t"
        "strd r5, r7, [r1], #8\n\t"
        "subs r12, #1\n\t"
        "strd r1, r12, [r0, #16]\n\t"
        "bne 1b\n\t"
        "pop {r0, r4-r11, pc}\n");
}
#endif

/* ---- lnn_transform.c ---- */

/* The stages of a complex FFT that need products (FORMAT.md, section 2, step 4), by four values where
 * the length allows: three products for four values, and each is read and written once in two stages.
 */

#if defined(LNN_USE_SPECTRUM) && !defined(LNN_OWN_SPECTRUM)

#ifdef LNN_DSP
/* x becomes x w / 2; r11: scratch. */
#define LNN_TURNED(x, w) \
    "smusd r11, " x ", " w "\n\tsmuadx " x ", " x ", " w "\n\tpkhtb " x ", " x ", r11, asr #16\n\t"

/* One butterfly of four: values a r4, b r5, c r6, d r7, their twiddles w^2k r8, w^k r9 and w^3k r10,
 * r12: 0. The sum of all stays in r7. */
#define LNN_OF_FOUR(one, two, three) \
    "ldr r4, [r0]\n\tldr r5, [r0, #" one "]\n\tldr r6, [r0, #" two "]\n\tldr r7, [r0, #" three "]\n\t" \
    LNN_TURNED("r5", "r8") LNN_TURNED("r6", "r9") LNN_TURNED("r7", "r10") \
    "shadd16 r4, r4, r12\n\t" \
    "sadd16 r11, r6, r7\n\tssub16 r6, r6, r7\n\t" \
    "sadd16 r7, r4, r5\n\tssub16 r4, r4, r5\n\t" \
    "shsub16 r5, r7, r11\n\tshadd16 r7, r7, r11\n\t" \
    "shsax r11, r4, r6\n\tshasx r4, r4, r6\n\t" /* (a - i b) / 2 and (a + i b) / 2 */ \
    "str r11, [r0, #" one "]\n\tstr r5, [r0, #" two "]\n\tstr r4, [r0, #" three "]\n\t"

/* A stage of four: values stand `half` apart; the distances are bytes, of half, 2 half, 3 half and
 * 4 half. step: bytes in the table from w^k to w^(k + 1). z r0 and its end r3, its first place for
 * a k r1, table r2, place of w^k in it lr. */
#define LNN_STAGE(name, one, two, three, four) \
    __attribute__((naked, noinline)) static void name( \
        uint32_t *z __attribute__((unused)), uint32_t m __attribute__((unused)), \
        const uint32_t *twiddle __attribute__((unused)), uint32_t step __attribute__((unused))) { \
        __asm__ volatile( \
            "push {r4-r11, lr}\n\t" \
            "push {r1, r3}\n\t" \
            "add r3, r0, r1, lsl #2\n\t" \
            "mov r1, r0\n\tmov lr, #0\n\tmov r12, #0\n" \
            "1:\n\t" \
            "ldr r11, [sp]\n\t" \
            "ldr r8, [r2, lr, lsl #1]\n\tldr r9, [r2, lr]\n\t" \
            "add r10, lr, lr, lsl #1\n\t" /* of w^3k; behind half a turn its negative stands there */ \
            "subs r11, r10, r11, lsl #1\n\t" \
            "ite lo\n\t" \
            "ldrlo r10, [r2, r10]\n\tldrhs r10, [r2, r11]\n\t" \
            "it hs\n\t" \
            "ssub16hs r10, r12, r10\n\t" \
            "mov r0, r1\n\tadds r1, #4\n" \
            "2:\n\t" \
            LNN_OF_FOUR(one, two, three) \
            "str r7, [r0]\n\tadd r0, r0, #" four "\n\t" \
            "cmp r0, r3\n\t" \
            "blo 2b\n\t" \
            "ldrd r11, r8, [sp]\n\t" \
            "add lr, lr, r8\n\t" \
            "cmp lr, r11\n\t" /* up to a quarter of a turn */ \
            "blo 1b\n\t" \
            "add sp, sp, #8\n\t" \
            "pop {r4-r11, pc}\n"); \
    }
LNN_STAGE(stage_of_4, "16", "32", "48", "64")
#if LNN_MOST_FRAME >= 128
LNN_STAGE(stage_of_16, "64", "128", "192", "256")
#endif
#if LNN_MOST_FRAME >= 1024
LNN_STAGE(stage_of_64, "256", "512", "768", "1024")
#endif

#if LNN_MOST_FRAME >= 512
/* The last stage of four of 256 values: k comes once. w^k r1, w^2k r2, w^3k r3: 4, 8 and 12 bytes
 * further each time; from k = 43 on w^3k lies behind half a turn, where its negative stands. */
__attribute__((naked, noinline)) static void last_stage_of_64(
    uint32_t *z __attribute__((unused)), const uint32_t *twiddle __attribute__((unused))) {
    __asm__ volatile(
        "push {r4-r11, lr}\n\t"
        "mov r2, r1\n\tmov r3, r1\n\tmov r12, #0\n\t"
        "add lr, r0, #172\n" /* k = 43 */
        "1:\n\t"
        "ldr r9, [r1], #4\n\tldr r8, [r2], #8\n\tldr r10, [r3], #12\n\t"
        LNN_OF_FOUR("256", "512", "768")
        "str r7, [r0], #4\n\t"
        "cmp r0, lr\n\t"
        "blo 1b\n\t"
        "sub r3, r3, #512\n\t"
        "add lr, lr, #84\n" /* k = 64 */
        "2:\n\t"
        "ldr r9, [r1], #4\n\tldr r8, [r2], #8\n\tldr r10, [r3], #12\n\t"
        "ssub16 r10, r12, r10\n\t"
        LNN_OF_FOUR("256", "512", "768")
        "str r7, [r0], #4\n\t"
        "cmp r0, lr\n\t"
        "blo 2b\n\t"
        "pop {r4-r11, pc}\n");
}
#endif

LNN_INLINE void stage(uint32_t *z, uint32_t m, const uint32_t *twiddle, uint32_t half) {
    const uint32_t step = m / half;
    if (half == 4) stage_of_4(z, m, twiddle, step);
#if LNN_MOST_FRAME >= 128
    if (half == 16) stage_of_16(z, m, twiddle, step);
#endif
#if LNN_MOST_FRAME >= 512
    if (half == 64 && m == 256) last_stage_of_64(z, twiddle);
#endif
#if LNN_MOST_FRAME >= 1024
    if (half == 64 && m > 256) stage_of_64(z, m, twiddle, step);
#endif
}
#else
/* A stage of four: values stand `half` apart, each is read and written once. twiddle: [m / 2] */
LNN_NOINLINE static void stage(uint32_t *z, uint32_t m, const uint32_t *twiddle, uint32_t half) {
    const uint32_t stride = m / (4 * half), *end = z + m;
    for (uint32_t k = 0; k < half * stride; k += stride) {
        const uint32_t first = twiddle[k], second = twiddle[2 * k]; /* w^k, w^2k */
        const uint32_t third = /* w^3k; behind half a turn its negative stands in the table */
            3 * k < m / 2 ? twiddle[3 * k] : difference(0, twiddle[3 * k - m / 2]);
        uint32_t *p = z++;
        do {
            uint32_t *q = p + half, *r = q + half, *s = r + half;
            const uint32_t a = half_sum(p[0], 0), b = turned(q[0], second);
            const uint32_t c = turned(r[0], first), d = turned(s[0], third);
            const uint32_t even = sum(a, b), odd = difference(a, b);
            const uint32_t both = sum(c, d), apart = difference(c, d);
            p[0] = half_sum(even, both);
            q[0] = half_sum_turned(odd, apart);
            r[0] = half_difference(even, both);
            s[0] = half_difference_turned(odd, apart);
            p = s + half;
        } while (p < end);
    }
}
#endif

void lnn_transform(uint32_t *z, uint32_t m, const uint32_t *twiddle) {
    uint32_t half = 4;
    for (; 2 * half < m; half *= 4) stage(z, m, twiddle, half);
    if (half < m) { /* a stage of two is left: half = M / 2 */
        LNN_ROLLED
        for (uint32_t *p = z, *end = z + half; p < end; p++) {
            const uint32_t t = turned(p[half], *twiddle++), h = half_sum(p[0], 0);
            p[0] = sum(h, t);
            p[half] = difference(h, t);
        }
    }
}

#endif

/* ---- lnn_spectrum.c ---- */

/* A frame's spectrum: window, FFT, power of the bins (FORMAT.md, section 2, steps 1 to 5); the FFT's
 * later stages are in lnn_transform.c.
 *
 * On cores with packed int16 instructions the loops are assembly: compilers run out of registers.
 */

#ifdef LNN_USE_SPECTRUM
#ifdef LNN_OWN_SPECTRUM

uint32_t lnn_spectrum(const lnn_feat_t *feat, const uint8_t *data, const int16_t *x, uint32_t *z) {
    lnn_transform_t transform;
    transform.window = (const int16_t *)(const void *)(data + feat->window_at);
    transform.length = feat->frame; /* of one part, where a frame has several */
    transform.channels = feat->channels;
    transform.most_shift = feat->most_shift;
    return lnn_own_spectrum(&transform, x, z);
}

#else

/* Where the bits of two samples change. */
LNN_INLINE uint32_t changes(uint32_t pair) { return pair ^ (pair << 1); }

#ifdef LNN_DSP
#define LNN_CHANGES(x) "eor " x ", " x ", " x ", lsl #1\n\torr %[bits], %[bits], " x "\n\t"
/* The same of eight pairs at once, joined into bits. */
LNN_INLINE void eight_changes(const uint32_t **pairs, uint32_t *bits) {
    __asm__ volatile(
        "ldmia %[pairs]!, {r2-r5, r8-r11}\n\t"
        LNN_CHANGES("r2") LNN_CHANGES("r3") LNN_CHANGES("r4") LNN_CHANGES("r5")
        LNN_CHANGES("r8") LNN_CHANGES("r9") LNN_CHANGES("r10") LNN_CHANGES("r11")
        : [pairs] "+r"(*pairs), [bits] "+r"(*bits)
        : : "r2", "r3", "r4", "r5", "r8", "r9", "r10", "r11", "memory");
}
#endif

/* The largest left shift, at most `most`, that leaves the sign bit of every sample alone. */
LNN_NOINLINE static uint32_t headroom(const int16_t *x, uint32_t length, uint32_t channels, uint32_t most) {
    uint32_t bits = 0, zeros;
    if (channels == 1 && !((uintptr_t)x & 3)) { /* two samples a word: where bits change */
        const uint32_t *pair = (const uint32_t *)(const void *)x, *end = pair + length / 2;
#ifdef LNN_DSP
        while (end - pair >= 8) eight_changes(&pair, &bits);
#endif
        LNN_ROLLED
        for (; pair < end; pair++) bits |= changes(*pair);
        bits = ((bits | (bits >> 16)) & 0xffffu) >> 1;
    } else {
        LNN_ROLLED
        for (uint32_t n = 0; n < length; n++, x += channels) {
            const uint32_t changed = (uint32_t)(*x ^ (*x >> 15));
            bits |= changed;
        }
    }
    if (!bits) return most;
    zeros = lnn_leading_zeros(bits) - 17;
    return zeros < most ? zeros : most;
}

#ifdef LNN_DSP
typedef struct { /* what a window takes; the offsets stand in the assembly */
    const int16_t *x;      /*  0: [frame] */
    const int16_t *window; /*  4: [frame], Q15 */
    int32_t half;          /*  8: 32768 >> e */
    uint32_t e;            /* 12 */
} lnn_window_t;

/* Two samples by two weights in w, each (x w + half) 2^e, the upper halves. */
#define LNN_WEIGHTED(x, w) \
    "smlabb lr, " x ", " w ", r3\n\tsmlatt " x ", " x ", " w ", r3\n\t" \
    "lsl lr, lr, r4\n\tlsl " x ", " x ", r4\n\tpkhtb " x ", " x ", lr, asr #16\n\t"

/* The window and stages 1 and 2 in one pass over z: place 4 g takes the pair n = reversed[4 g], the
 * places behind it n + M/2, n + M/4, n + 3M/4, by the order of bits. r2: m, in bytes M/4 pairs */
__attribute__((naked, noinline)) static void windowed_quads(
    const uint16_t *reversed __attribute__((unused)), uint32_t *z __attribute__((unused)),
    uint32_t m __attribute__((unused)), const lnn_window_t *window __attribute__((unused))) {
    __asm__ volatile(
        "push {r4-r11, lr}\n\t"
        "add r12, r1, r2, lsl #2\n\t" /* the end of z */
        "ldrd r5, r6, [r3]\n\t"
        "push {r5, r6, r12}\n\t"
        "ldrd r3, r4, [r3, #8]\n"
        "1:\n\t"
        "ldrh r12, [r0], #8\n\tldrd r5, r6, [sp]\n\t"
        "add r5, r5, r12, lsl #2\n\tadd r6, r6, r12, lsl #2\n\t" /* pair n */
        "ldr r8, [r5]\n\tldr r7, [r6]\n\t"
        "ldr r9, [r5, r2, lsl #1]\n\tldr r12, [r6, r2, lsl #1]\n\t"
        LNN_WEIGHTED("r8", "r7") LNN_WEIGHTED("r9", "r12")
        "ldr r10, [r5, r2]\n\tldr r7, [r6, r2]\n\t"
        "add r5, r5, r2\n\tadd r6, r6, r2\n\t"
        "ldr r11, [r5, r2, lsl #1]\n\tldr r12, [r6, r2, lsl #1]\n\t"
        LNN_WEIGHTED("r10", "r7") LNN_WEIGHTED("r11", "r12")
        "shadd16 r5, r8, r9\n\tshsub16 r8, r8, r9\n\t" /* stage 1, Q14 */
        "shadd16 r6, r10, r11\n\tshsub16 r10, r10, r11\n\t"
        "shsub16 r9, r5, r6\n\tshadd16 r5, r5, r6\n\t" /* stage 2: (a - i b) / 2 and (a + i b) / 2 */
        "shsax r7, r8, r10\n\tshasx r10, r8, r10\n\t"
        "ldr r12, [sp, #8]\n\t"
        "stmia r1!, {r5, r7, r9, r10}\n\t"
        "cmp r1, r12\n\t"
        "blo 1b\n\t"
        "add sp, sp, #12\n\t"
        "pop {r4-r11, pc}\n");
}
#endif

/* y = x 2^e window, Q15 in, Q14 out; pairs go to bit-reversed places, and stages 1 and 2 follow.
 * z: [frame / 2] */
LNN_NOINLINE static void windowed(const int16_t *x, uint32_t channels, uint32_t e, const int16_t *window,
                         const uint16_t *reversed, uint32_t m, uint32_t *z) {
    const int32_t half = 32768 >> e; /* (x w + half) 2^e is x 2^e w + 32768, exactly */
#ifdef LNN_DSP
    if (channels == 1 && !((uintptr_t)x & 3)) { /* two samples and two weights a word */
        const lnn_window_t given = {x, window, half, e};
        windowed_quads(reversed, z, m, &given);
        return;
    }
#endif
    LNN_ROLLED
    for (const uint16_t *end = reversed + m; reversed < end; reversed++) {
        const int32_t re = lnn_left(x[0] * window[0] + half, e);
        const int32_t im = lnn_left(x[channels] * window[1] + half, e);
        z[*reversed] = tops((uint32_t)re, (uint32_t)im);
        x += 2 * channels;
        window += 2;
    }
    LNN_ROLLED
    for (uint32_t *p = z; p < z + m; p += 4) { /* stages 1 and 2 */
        const uint32_t a = half_sum(p[0], p[1]), b = half_difference(p[0], p[1]);
        const uint32_t c = half_sum(p[2], p[3]), d = half_difference(p[2], p[3]);
        p[0] = half_sum(a, c);
        p[1] = half_sum_turned(b, d);
        p[2] = half_difference(a, c);
        p[3] = half_difference_turned(b, d);
    }
}

#ifdef LNN_DSP
/* Powers of bins k and M - k, from z r0 and z r1 with their twiddle: the sums of both halves, even
 * and odd, then P; k in `up` becomes P[k], `down` P[M - k]. */
#define LNN_POWERS(up, down, u, even, odd) \
    "shadd16 " even ", " up ", " down "\n\tshsub16 " odd ", " up ", " down "\n\t" \
    "pkhbt " up ", " even ", " odd "\n\tpkhbt " down ", " odd ", " even "\n\t" \
    "smusd " even ", " down ", " u "\n\tsmuadx " odd ", " down ", " u "\n\t" \
    "asr " even ", " even ", #15\n\tpkhbt " even ", " even ", " odd ", lsl #1\n\t" /* Q29 to Q14 */ \
    "ssub16 " down ", " up ", " even "\n\tsadd16 " up ", " up ", " even "\n\t" \
    "smuad " down ", " down ", " down "\n\tsmuad " up ", " up ", " up "\n\t"

/* The powers of bins 1 ... M/2 - 1 and M/2 + 1 ... M - 1, the first pair alone, then two at a time.
 * up: z + 1; down: z + M - 1; split: [M / 2], from 1 on. */
__attribute__((naked, noinline)) static void powers(
    uint32_t *up __attribute__((unused)), uint32_t *down __attribute__((unused)),
    const uint32_t *split __attribute__((unused))) {
    __asm__ volatile(
        "push {r4-r11, lr}\n\t"
        "ldr r4, [r0]\n\tldr r5, [r1]\n\tldr r6, [r2], #4\n\t"
        LNN_POWERS("r4", "r5", "r6", "r7", "r8")
        "str r4, [r0], #4\n\tstr r5, [r1], #-4\n\t"
        "subs r3, r1, r0\n\t"
        "bls 2f\n"
        "1:\n\t"
        "ldr r9, [r0, #4]\n\tldr r10, [r1, #-4]\n\tldr r11, [r2, #4]\n\t"
        "ldr r4, [r0]\n\tldr r5, [r1]\n\tldr r6, [r2], #8\n\t"
        LNN_POWERS("r4", "r5", "r6", "r7", "r8")
        LNN_POWERS("r9", "r10", "r11", "r7", "r8")
        "subs r3, #16\n\t"
        "str r9, [r0, #4]\n\tstr r10, [r1, #-4]\n\t"
        "str r4, [r0], #8\n\tstr r5, [r1], #-8\n\t"
        "bhi 1b\n"
        "2:\n\t"
        "pop {r4-r11, pc}\n");
}
#endif

/* z[M] becomes the power of bins, k in z[k] from 1 to M; z[M] lies behind the transform. */
LNN_NOINLINE static void to_power(uint32_t *z, uint32_t m, const uint32_t *split) {
    uint32_t *middle = z + m / 2;
    const int32_t last = lnn_low(z[0]) - lnn_high(z[0]);
#ifdef LNN_DSP
    powers(z + 1, z + m - 1, split + 1);
#else
    for (uint32_t *up = z + 1, *down = z + m - 1; up < down; up++, down--) {
        const uint32_t low = *up, high = *down, u = *++split;
        const uint32_t s = half_sum(low, high), d = half_difference(low, high);
        const uint32_t even = mixed(s, d), odd = mixed(d, s);
        const uint32_t t = tops(real_product(odd, u) << 1, imaginary_product(odd, u) << 1);
        const uint32_t x = sum(even, t), y = difference(even, t);
        *up = squares(x, x);
        *down = squares(y, y);
    }
#endif
    *middle = squares(*middle, *middle);
    z[m] = ((uint32_t)last * (uint32_t)last) >> 1;
}

LNN_NOINLINE uint32_t lnn_spectrum(const lnn_feat_t *feat, const uint8_t *data, const int16_t *x,
                                   uint32_t *z) {
    const uint32_t frame = feat->frame, m = frame / 2, channels = feat->channels;
    const uint32_t e = headroom(x, frame, channels, feat->most_shift);
    windowed(x, channels, e, (const int16_t *)(const void *)(data + feat->window_at),
             (const uint16_t *)(const void *)(data + feat->reversed_at), m, z);
    lnn_transform(z, m, (const uint32_t *)(const void *)(data + feat->twiddle_at));
    to_power(z, m, (const uint32_t *)(const void *)(data + feat->split_at));
    return e;
}

#ifdef LNN_USE_DENOISE
LNN_NOINLINE uint32_t lnn_half_spectrum(const lnn_feat_t *feat, const uint8_t *data, const int16_t *x,
                                        uint32_t *z) {
    const uint32_t m = feat->frame / 2u, e = headroom(x, feat->frame, 1, feat->most_shift);
    windowed(x, 1, e, (const int16_t *)(const void *)(data + feat->window_at),
             (const uint16_t *)(const void *)(data + feat->reversed_at), m, z);
    lnn_transform(z, m, (const uint32_t *)(const void *)(data + feat->twiddle_at));
    return e;
}

uint32_t lnn_headroom(const int16_t *x, uint32_t length, uint32_t most) {
    return headroom(x, length, 1, most);
}

void lnn_powers(const lnn_feat_t *feat, const uint8_t *data, uint32_t *z) {
    to_power(z, feat->frame / 2u, (const uint32_t *)(const void *)(data + feat->split_at));
}
#endif

#endif
#endif

/* ---- lnn_features.c ---- */

/* Samples to int8 features: raw frames, log2 of the energy in bands (FORMAT.md, section 2); the
 * spectrum is in lnn_spectrum.c, what lies on the mel scale in lnn_mel.c, autocorrelations in
 * lnn_acf.c. */

LNN_INLINE const int16_t *array16(const uint8_t *data, uint32_t at) {
    return (const int16_t *)(const void *)(data + at);
}

#ifdef LNN_USE_LOG_BANDS

/* The logs' mean is taken off them where the file asks for it. A macro: clang gives other bytes for an
 * inline function, and records rest on the bytes. */
#define LNN_RELATIVE(feat, logs, bands, total) \
    if ((feat)->flags & 1) { \
        const int32_t mean = (int32_t)(((int64_t)(total) * (int32_t)(feat)->reciprocal + 32768) >> 16); \
        LNN_ROLLED \
        for (uint32_t band = 0; band < (bands); band++) (logs)[band] -= mean; \
    }

#ifdef LNN_USE_AVERAGE
/* The same of a frame in parts: logs of the bands' powers summed over the parts, in units of 2^-10;
 * logs: [bands][2], of which the first [bands] are the result. */
LNN_NOINLINE static void averaged_logs(const lnn_feat_t *feat, const uint8_t *data, const int16_t *x,
                                       uint32_t *z, int32_t *logs) {
    const uint32_t bands = feat->bands, parts = lnn_parts(feat);
    const uint16_t *edges = (const uint16_t *)(const void *)(data + feat->edges_at);
    const uint64_t floor = (uint64_t)(feat->floor * (uint64_t)parts) << 10;
    uint32_t *sums = (uint32_t *)(void *)logs; /* [bands][2], low words first */
    int32_t total = 0;
    lnn_feat_t part; /* of it what a transform reads */
    part.frame = (uint16_t)(feat->frame / parts);
    part.channels = feat->channels;
    part.most_shift = feat->most_shift;
    part.window_at = feat->window_at;
    part.twiddle_at = feat->twiddle_at;
    part.split_at = feat->split_at;
    part.reversed_at = feat->reversed_at;
    for (uint32_t band = 0; band < bands; band++) {
        sums[2 * band] = (uint32_t)floor;
        sums[2 * band + 1] = (uint32_t)(floor >> 32);
    }
    for (uint32_t k = 0; k < parts; k++, x += part.frame * feat->channels) {
        const uint32_t e = 2 * lnn_spectrum(&part, data, x, z), *p = z + edges[0];
        LNN_ROLLED
        for (uint32_t band = 0; band < bands; band++) {
            const uint32_t *end = z + edges[band + 1];
            uint32_t power = 0;
            LNN_ROLLED
            while (p < end) power += *p++;
            uint64_t sum = ((uint64_t)sums[2 * band + 1] << 32) | sums[2 * band];
            sum += e <= 10 ? (uint64_t)power << (10 - e) : power >> (e - 10);
            sums[2 * band] = (uint32_t)sum;
            sums[2 * band + 1] = (uint32_t)(sum >> 32);
        }
    }
    for (uint32_t band = 0; band < bands; band++) { /* a log takes a place that was read before */
        const uint64_t sum = ((uint64_t)sums[2 * band + 1] << 32) | sums[2 * band];
        logs[band] = lnn_wide_log2_q10(sum) - 10 * 1024;
        total += logs[band];
    }
    LNN_RELATIVE(feat, logs, bands, total)
}
#endif

/* One channel: x[frame] with `channels` between its samples; z: [frame / 2 + 1] scratch; logs:
 * [bands], Q10. */
LNN_NOINLINE static void band_logs(const lnn_feat_t *feat, const uint8_t *data, const int16_t *x,
                                   uint32_t *z, int32_t *logs) {
    const uint32_t bands = feat->bands, e = lnn_spectrum(feat, data, x, z);
    const uint16_t *edges = (const uint16_t *)(const void *)(data + feat->edges_at);
    const uint32_t floor = feat->floor << (2 * e), *p = z + edges[0];
    const int32_t shifted = 2048 * (int32_t)e;
    int32_t total = 0;
    LNN_ROLLED
    for (uint32_t band = 0; band < bands; band++) {
        const uint32_t *end = z + edges[band + 1];
        uint32_t power = floor;
        LNN_ROLLED
        while (p < end) power += *p++;
        logs[band] = lnn_log2_q10(power) - shifted;
        total += logs[band];
    }
    LNN_RELATIVE(feat, logs, bands, total)
}

#endif

LNN_INLINE int16_t affine(int32_t v, int32_t offset, int32_t factor, uint32_t shift) {
    return (int16_t)lnn_sat8(lnn_halved((v - offset) * factor, shift));
}

/* frame: [frame][channels] samples. Writes model->x: [features], int8 values. */
LNN_NOINLINE void lnn_stage_features(lnn_model_t *model, const int16_t *frame) {
    const lnn_feat_t *feat = lnn_feat(model);
    const int16_t *offset = array16(model->data, feat->offset_at);
    const int16_t *factor = array16(model->data, feat->factor_at);
    const uint32_t channels = feat->channels, shift = feat->shift;
    int16_t *q = model->x;
#ifdef LNN_USE_SPECTRUM
    if (LNN_HAS_SPECTRUM(feat->kind)) {
        const uint32_t own = feat->features / channels; /* features of one channel */
        uint32_t *z = (uint32_t *)model->scratch;
        int32_t *logs = (int32_t *)(void *)(z + LNN_TRANSFORM(feat) / 2 + 1); /* [bands] */
#if defined(LNN_USE_MEL) && defined(LNN_USE_POLICY)
        const uint32_t fresh = !model->step ? 1 : lnn_span(model) > 1 ? lnn_span(model) : 0;
#endif
        LNN_ROLLED
        for (uint32_t channel = 0; channel < channels; channel++) {
#ifdef LNN_USE_AVERAGE
            if (lnn_parts(feat) > 1)
                averaged_logs(feat, model->data, frame + channel, z, logs);
            else
#endif
#ifdef LNN_USE_LOG_BANDS
            if (feat->kind == LNN_LOG_BANDS) band_logs(feat, model->data, frame + channel, z, logs);
#endif
#ifdef LNN_USE_MEL
            if (feat->kind != LNN_LOG_BANDS) {
#ifdef LNN_USE_DENOISE
                const uint32_t e =
                    frame ? lnn_spectrum(feat, model->data, frame + channel, z) : z[0];
#else
                const uint32_t e = lnn_spectrum(feat, model->data, frame + channel, z);
#endif
#ifdef LNN_USE_PCEN
                uint32_t *const level = model->levels + 2 * channel * feat->bands;
#else
                uint32_t *const level = 0;
#endif
                lnn_mel(feat, model->data, z, e, logs, level,
#ifdef LNN_USE_POLICY
                        fresh);
#else
                        !model->step);
#endif
            }
#endif
            LNN_ROLLED
            for (uint32_t k = 0; k < own; k++)
                *q++ = affine(logs[k], *offset++, *factor++, shift);
        }
    }
#endif
#ifdef LNN_USE_ACF
    if (feat->kind == LNN_ACF) {
        const uint32_t own = feat->features / channels; /* features of one channel */
        const uint32_t unused = lnn_acf_unused(feat);
        int32_t *values = (int32_t *)model->scratch;    /* [unused + own] */
        LNN_ROLLED
        for (uint32_t channel = 0; channel < channels; channel++) {
            lnn_acf(feat, frame + channel, values, (uint32_t *)(void *)(values + unused + own));
            LNN_ROLLED
            for (uint32_t k = 0; k < own; k++)
                *q++ = affine(values[unused + k], *offset++, *factor++, shift);
        }
    }
#endif
#ifdef LNN_USE_RAW
    if (feat->kind == LNN_RAW)
        for (uint32_t channel = 0; channel < channels; channel++)
            for (uint32_t n = 0; n < feat->frame; n++)
                *q++ = affine(frame[n * channels + channel], *offset++, *factor++, shift);
#endif
    if (feat->features & 1) *q = 0; /* the kernels read two at a time */
#ifdef LNN_TRACE
    lnn_observe(0, model->x, feat->features, 2);
#endif
}

/* ---- lnn_cells.c ---- */

/* The layers that run once a frame: liquid cells, LSTM, GRU, causal mixing (FORMAT.md, section 3).
 *
 * Each takes x, [inputs rounded up to even] int8 values, and its state, and writes y, [units rounded
 * up to even] int8 values; the odd end of both is zero.
 */

#ifdef LNN_USE_STEP

typedef struct { /* one layer at work */
    const lnn_model_t *model;
    const lnn_layer_t *layer;
    const int16_t *x; /* [inputs] */
    int16_t *y;       /* [units] */
    int16_t *state;   /* the layer's own part of the states */
    int16_t *pre;     /* [rows], scratch */
} lnn_turn_t;

/* The output from the state; a plain pool takes the state itself. */
LNN_NOINLINE static void to_int8(const lnn_turn_t *turn) {
    const uint32_t units = turn->layer->units, shift = turn->layer->out_shift;
    const int16_t *h = turn->state;
    int16_t *y = turn->y;
    if (turn->layer[1].kind == LNN_POOL) return;
    LNN_ROLLED
    for (uint32_t i = 0; i < units; i++) y[i] = lnn_to8(h[i], shift);
    if (units & 1) y[units] = 0;
}

#if defined(LNN_USE_CFC) || defined(LNN_USE_LSTM) || defined(LNN_USE_GRU)
/* v = [x, h in int8], its odd end zero; v: [inputs + units rounded up to even] */
LNN_NOINLINE static void join(const lnn_turn_t *turn, int16_t *v) {
    const uint32_t inputs = turn->layer->inputs, units = turn->layer->units;
    for (uint32_t i = 0; i < inputs; i++) *v++ = turn->x[i];
    for (uint32_t i = 0; i < units; i++) *v++ = lnn_to8(turn->state[i], 8);
    *v = 0;
}
#endif

#ifdef LNN_USE_LINEAR_LTC
/* The state of one unit after `span` hops: h + a (goal - h), halves up; pre: z, g; Q15. */
LNN_INLINE int32_t relaxed(const int16_t *pre, int32_t before, uint32_t absolute, uint32_t span) {
    int32_t gate = lnn_sigmoid(pre[0]);
    int32_t goal = pre[1];
#ifdef LNN_USE_POLICY
    if (span > 1) gate = 32768 - lnn_power(32768 - gate, span);
#endif
    (void)span;
    if (absolute)
        goal = goal < -32767 ? 32767 : goal < 0 ? -goal : goal;
    else
        goal = lnn_tanh_of_half(goal);
    return before + lnn_halved(gate * (goal - before), 15);
}

#ifndef LNN_DSP
/* All units' states after a step; pre: [units][2]; h: [units], at least one. */
LNN_NOINLINE static void lnn_relax(const int16_t *pre, int16_t *h, uint32_t units) {
    LNN_ROLLED
    for (; units; units--, pre += 2, h++) *h = (int16_t)relaxed(pre, *h, 0, 1);
}
#endif

/* h += sigmoid(z) (g - h); rows z0 g0 z1 g1 ... ; h in Q15 (abs: in steps of its own). With a
 * residual y = (state h + input x) / 2^down1. */
LNN_NOINLINE static void linear_ltc(const lnn_turn_t *turn) {
    const lnn_layer_t *layer = turn->layer;
    const uint32_t units = layer->units, span = lnn_span(turn->model);
    const int16_t *pre = turn->pre;
    int16_t *h = turn->state;
    const lnn_product_t product = lnn_product_of(turn->model, layer, 0, 2 * units, layer->inputs);
    lnn_product(&product, turn->x, turn->pre);
    if (layer->flags & LNN_ABSOLUTE || span > 1) {
        const uint32_t absolute = span > 1 ? layer->flags & LNN_ABSOLUTE : 1;
        LNN_ROLLED
        for (uint32_t i = 0; i < units; i++)
            h[i] = (int16_t)relaxed(pre + 2 * i, h[i], absolute, span);
    } else {
        lnn_relax(pre, h, units);
    }
    if (lnn_has_residual(layer)) {
        const int32_t *by = (const int32_t *)(const void *)(turn->model->data + layer->weights1);
        const int16_t *x = turn->x;
        int16_t *y = turn->y;
        const int32_t of_state = by[0], of_input = by[1];
        const uint32_t shift = layer->down1;
        const int32_t half = (int32_t)(1u << shift) >> 1;
        LNN_ROLLED
        for (uint32_t i = 0; i < units; i++)
            y[i] = (int16_t)lnn_sat8((h[i] * of_state + x[i] * of_input + half) >> shift);
        if (units & 1) y[units] = 0;
    } else {
        to_int8(turn);
    }
}
#endif

#ifdef LNN_USE_DENSE
/* y = relu(weights x); every step by itself. */
LNN_NOINLINE static void dense(const lnn_turn_t *turn) {
    const uint32_t units = turn->layer->units, relu = turn->layer->flags & 1;
    const lnn_product_t product =
        lnn_product_of(turn->model, turn->layer, 0, units, turn->layer->inputs);
    lnn_product(&product, turn->x, turn->pre);
#ifdef LNN_DSP
    const uint32_t *from = (const uint32_t *)(const void *)turn->pre, *end = from + (units + 1) / 2;
    uint32_t *to = (uint32_t *)(void *)turn->y, two;
    LNN_ROLLED
    while (from < end) { /* two values a word; 7 bits without sign: relu too */
        if (relu)
            __asm__("usat16 %0, #7, %1" : "=r"(two) : "r"(*from++));
        else
            __asm__("ssat16 %0, #8, %1" : "=r"(two) : "r"(*from++));
        *to++ = two;
    }
#else
    for (uint32_t i = 0; i < units; i++) {
        const int32_t y = turn->pre[i];
        turn->y[i] = (int16_t)lnn_sat8(relu && y < 0 ? 0 : y);
    }
#endif
    if (units & 1) turn->y[units] = 0;
}
#endif

#ifdef LNN_USE_LEAKY_POOL
/* Means that forget: pool[i] += rate (a y[i] - pool[i]) in Q8 of the int8 values y, and behind them
 * pool[units] += rate (a - pool[units]) in Q15, a = sigmoid(gate y). */
LNN_NOINLINE static void leaky_pool(const lnn_model_t *model, const lnn_layer_t *pool, const int16_t *y) {
    const lnn_product_t product = lnn_product_of(model, pool, 0, 1, pool->inputs);
    int32_t rate = pool->hidden; /* Q15 */
    int32_t *p = model->pool, *end = p + pool->units;
    int16_t gate;
    lnn_product(&product, y, &gate);
#ifdef LNN_USE_POLICY
    if (lnn_span(model) > 1) {
        rate = 32768 - lnn_power(32768 - rate, lnn_span(model));
        rate = rate < 32767 ? rate : 32767;
    }
#endif
    const int32_t open = lnn_sigmoid(gate);
    for (; p < end; p++) *p += lnn_halved(rate * (lnn_halved(open * *y++, 7) - *p), 15);
    *p += lnn_halved(rate * (open - *p), 15);
}
#endif

#ifdef LNN_USE_CFC
/* h = f1 + sigmoid(t) (f2 - f1) of a shared hidden layer; everything Q15. */
static void cfc(const lnn_turn_t *turn) {
    const lnn_layer_t *layer = turn->layer;
    const uint32_t units = layer->units, hidden = layer->hidden;
    int16_t *v = turn->pre, *b = v + lnn_even((uint32_t)layer->inputs + units + 1);
    int16_t *heads = b + lnn_even(hidden);
    const lnn_product_t shared = lnn_product_of(turn->model, layer, 0, hidden,
                                                (uint32_t)layer->inputs + units);
    const lnn_product_t out = lnn_product_of(turn->model, layer, 1, 3 * units, hidden);
    join(turn, v);
    lnn_product(&shared, v, b);
    for (uint32_t i = 0; i < hidden; i++) b[i] = lnn_to8(lnn_tanh_of_half(b[i]), 8);
    if (hidden & 1) b[hidden] = 0;
    lnn_product(&out, b, heads);
    for (uint32_t i = 0; i < units; i++) {
        const int32_t first = lnn_tanh_of_half(heads[2 * i]);
        const int32_t second = lnn_tanh_of_half(heads[2 * i + 1]);
        const int32_t gate = lnn_sigmoid(heads[2 * units + i]);
        turn->state[i] = (int16_t)(first + lnn_halved(gate * (second - first), 15));
    }
    to_int8(turn);
}
#endif

#ifdef LNN_USE_LSTM
/* cell = f cell + i g in Q(15 - shift); h = o tanh(cell) in Q15; rows i f g o of each unit. */
static void lstm(const lnn_turn_t *turn) {
    const lnn_layer_t *layer = turn->layer;
    const uint32_t units = layer->units, inputs = (uint32_t)layer->inputs + units;
    const uint32_t shift = layer->cell_shift;
    int16_t *v = turn->pre, *pre = v + lnn_even(inputs + 1);
    int16_t *cells = turn->state + lnn_even(units);
    const lnn_product_t product = lnn_product_of(turn->model, layer, 0, 4 * units, inputs);
    join(turn, v);
    lnn_product(&product, v, pre);
    for (uint32_t i = 0; i < units; i++, pre += 4) {
        const int32_t enter = lnn_sigmoid(pre[0]), forget = lnn_sigmoid(pre[1]);
        const int32_t new = lnn_tanh_of_half(pre[2]), leave = lnn_sigmoid(pre[3]);
        const int32_t cell = lnn_sat16(lnn_halved(forget * cells[i], 15)
                                       + lnn_halved(enter * new, 15 + shift));
        cells[i] = (int16_t)cell;
        const int32_t seen = lnn_tanh_of_half(lnn_sat16(lnn_left(cell, shift - 2)));
        turn->state[i] = (int16_t)lnn_halved(leave * seen, 15);
    }
    to_int8(turn);
}
#endif

#ifdef LNN_USE_GRU
/* h = n + z (h - n), n = tanh(W x + r (U h)); rows r z of each unit; everything Q15. */
static void gru(const lnn_turn_t *turn) {
    const lnn_layer_t *layer = turn->layer;
    const uint32_t units = layer->units, inputs = layer->inputs;
    int16_t *v = turn->pre, *gates = v + lnn_even(inputs + units + 1);
    int16_t *own = gates + 2 * units, *recalled = own + lnn_even(units);
    const lnn_product_t both = lnn_product_of(turn->model, layer, 0, 2 * units, inputs + units);
    const lnn_product_t from_x = lnn_product_of(turn->model, layer, 1, units, inputs);
    const lnn_product_t from_h = lnn_product_of(turn->model, layer, 2, units, units);
    join(turn, v);
    lnn_product(&both, v, gates);
    lnn_product(&from_x, turn->x, own);
    for (uint32_t i = 0; i < units; i++) v[i] = lnn_to8(turn->state[i], 8);
    if (units & 1) v[units] = 0;
    lnn_product(&from_h, v, recalled);
    for (uint32_t i = 0; i < units; i++) {
        const int32_t reset = lnn_sigmoid(gates[2 * i]), update = lnn_sigmoid(gates[2 * i + 1]);
        const int32_t new = lnn_tanh_of_half(
            lnn_sat16(own[i] + lnn_halved(reset * recalled[i], 15)));
        turn->state[i] = (int16_t)(new + lnn_halved(update * (turn->state[i] - new), 15));
    }
    to_int8(turn);
}
#endif

#ifdef LNN_USE_MIX
/* The past moves on by `steps` and each takes x in; past: [taps][units], the newest last. */
LNN_INLINE void remember(int16_t *past, const int16_t *x, uint32_t steps, uint32_t taps,
                         uint32_t units) {
    lnn_copy(past, past + steps * units, (taps - steps) * units);
    for (past += (taps - steps) * units; steps--; past += units) lnn_copy(past, x, units);
}

LNN_INLINE int16_t filtered(int32_t acc, int32_t factor, uint32_t up, uint32_t down) {
    const int32_t y = lnn_requantise(acc, factor, up, down);
    return (int16_t)lnn_sat8(y > 0 ? y : 0);
}

/* y = relu(causal depthwise convolution); state: the last inputs, [taps][units], newest last. */
LNN_NOINLINE static void mix(const lnn_turn_t *turn) {
    const lnn_layer_t *layer = turn->layer;
    const uint32_t units = layer->units, taps = layer->hidden, width = (units + 3u) & ~3u;
    const uint32_t up = layer->up, down = layer->down;
    const int8_t *weights = (const int8_t *)(turn->model->data + layer->weights); /* [taps][width] */
    const int32_t *bias = (const int32_t *)(const void *)(turn->model->data + layer->bias);
    const int16_t *factor = (const int16_t *)(const void *)(turn->model->data + layer->factor);
    int16_t *past = turn->state, *y = turn->y;
    uint32_t i = 0;
#ifdef LNN_USE_POLICY
    const uint32_t span = lnn_span(turn->model);
    remember(past, turn->x, span < taps ? span : taps, taps, units);
#else
    remember(past, turn->x, 1, taps, units);
#endif
#ifdef LNN_DSP
    if (units >= 4 && !(units & 1)) {
        lnn_filters_t fours = {past, weights, bias, factor, y, units / 4, 2 * units, width, taps, up,
                               (int32_t)(1u << down) >> 1, down};
        lnn_four_filters(&fours);
        i = units & ~3u;
    }
#endif
    for (; i < units; i++) {
        int32_t acc = bias[i];
        for (uint32_t k = 0; k < taps; k++) acc += weights[k * width + i] * past[k * units + i];
        y[i] = filtered(acc, factor[i], up, down);
    }
    if (units & 1) y[units] = 0;
}
#endif

/* Whether a layer shows its int16 state; else its int8 output. */
LNN_INLINE uint32_t lnn_state_seen(const lnn_layer_t *layer) {
    return layer->kind != LNN_MIX && layer->kind != LNN_DENSE;
}

#ifdef LNN_TRACE
/* What a layer shows of itself; returns the number for the next one. */
static uint32_t observe(const lnn_turn_t *turn, uint32_t number) {
    const uint32_t units = turn->layer->units;
    lnn_observe(number++, lnn_state_seen(turn->layer) ? turn->state : turn->y, units, 2);
    if (turn->layer->kind == LNN_LSTM)
        lnn_observe(number++, turn->state + lnn_even(units), units, 2);
    return number;
}
#endif

/* One frame through all step layers, and its state into the pool. */
LNN_NOINLINE void lnn_stage_layers(lnn_model_t *model) {
    const lnn_layer_t *layer = lnn_layers(model);
    lnn_turn_t turn = {model, layer, model->x, model->other, model->states,
                       (int16_t *)model->scratch};
#ifdef LNN_TRACE
    uint32_t number = 1;
#endif
    for (; !lnn_is_pool(layer->kind); layer++) {
        turn.layer = layer;
        switch (layer->kind) {
#ifdef LNN_USE_LINEAR_LTC
        case LNN_LINEAR_LTC: linear_ltc(&turn); break;
#endif
#ifdef LNN_USE_CFC
        case LNN_CFC: cfc(&turn); break;
#endif
#ifdef LNN_USE_LSTM
        case LNN_LSTM: lstm(&turn); break;
#endif
#ifdef LNN_USE_GRU
        case LNN_GRU: gru(&turn); break;
#endif
#ifdef LNN_USE_MIX
        case LNN_MIX: mix(&turn); break;
#endif
#ifdef LNN_USE_DENSE
        case LNN_DENSE: dense(&turn); break;
#endif
        default: break;
        }
#ifdef LNN_TRACE
        number = observe(&turn, number);
#endif
        if (!lnn_is_pool(layer[1].kind)) {
            turn.state += lnn_state_count(layer);
            turn.x = turn.y;
            turn.y = turn.y == model->other ? model->x : model->other;
        }
    }
#ifdef LNN_USE_LEAKY_POOL
    if (layer->kind == LNN_LEAKY_POOL) {
        leaky_pool(model, layer, turn.y);
        return;
    }
#endif
    const int16_t *gathered =
        lnn_state_seen(turn.layer) && !lnn_has_residual(turn.layer) ? turn.state : turn.y;
    const uint32_t last = layer->flags & 1; /* of the pool: the last step alone */
    int32_t *pool = model->pool, *end = pool + layer->inputs;
    if (last) lnn_zero((uint32_t *)(void *)pool, layer->inputs);
    LNN_ROLLED
    for (; pool < end; pool++) *pool += *gathered++;
}

#endif

/* ---- lnn_setup.c ---- */

/* A model made ready: its file opened, its working memory laid out. */

/* int16 values of state that a layer keeps. */
uint32_t lnn_state_count(const lnn_layer_t *layer) {
    switch (layer->kind) {
    case LNN_LINEAR_LTC: case LNN_CFC: case LNN_GRU: return lnn_even(layer->units);
#ifdef LNN_USE_LSTM
    case LNN_LSTM: return 2 * lnn_even(layer->units); /* h, then the cell */
#endif
#ifdef LNN_USE_MIX
    case LNN_MIX: return lnn_even((uint32_t)layer->hidden * layer->units); /* [taps][units] */
#endif
    default: return 0;
    }
}

static uint32_t larger(uint32_t a, uint32_t b) { return a > b ? a : b; }

/* Scratch that the features and each layer need; they take turns. */
LNN_SMALL static uint32_t scratch_bytes(const lnn_feat_t *feat, const lnn_layer_t *layers, uint32_t count) {
    uint32_t bytes =
        LNN_HAS_SPECTRUM(feat->kind) ? 4u * (LNN_TRANSFORM(feat) / 2u + 1u + feat->bands) : 0;
#ifdef LNN_USE_AVERAGE
    if (lnn_parts(feat) > 1) bytes += 4u * feat->bands; /* sums of 64 bits */
#endif
#ifdef LNN_USE_ACF
    if (feat->kind == LNN_ACF)
        bytes = 4u * (lnn_acf_unused(feat) + feat->features / feat->channels + lnn_acf_moved(feat)
                      + feat->bands / 2u);
#endif
#ifdef LNN_USE_MFCC
    if (feat->kind == LNN_MFCC) bytes += 4u * (feat->features / feat->channels);
#endif
    for (uint32_t l = 0; l < count; l++) {
        const uint32_t n = layers[l].inputs, u = layers[l].units, hidden = layers[l].hidden;
        const uint32_t joined = lnn_even(n + u + 1);
        uint32_t values = 0;
        (void)hidden, (void)joined;
        switch (layers[l].kind) {
#ifdef LNN_USE_LINEAR_LTC
        case LNN_LINEAR_LTC: values = 2 * u; break;
#endif
#ifdef LNN_USE_CFC
        case LNN_CFC: values = joined + lnn_even(hidden) + 3 * u; break;
#endif
#ifdef LNN_USE_LSTM
        case LNN_LSTM: values = joined + 4 * u; break;
#endif
#ifdef LNN_USE_GRU
        case LNN_GRU: values = joined + 2 * u + 2 * lnn_even(u); break;
#endif
#ifdef LNN_USE_CONVOLUTION
        case LNN_CONVOLUTION: values = lnn_even(n * hidden) + u; break;
#endif
#ifdef LNN_USE_DENSE
        case LNN_DENSE: values = lnn_even(u); break;
#endif
        case LNN_READOUT: values = lnn_even(n); break;
        default: break;
        }
        bytes = larger(bytes, 2 * lnn_even(values));
    }
    return bytes;
}

LNN_SMALL static void *take(uint8_t *arena, uint32_t *used, uint32_t bytes) {
    void *start = arena ? arena + *used : 0;
    *used += (bytes + 3u) & ~3u;
    return start;
}

/* Lay the working memory out in `arena` (NULL: only count); returns its bytes. */
LNN_SMALL static uint32_t lay_out(lnn_model_t *model, uint8_t *arena) {
    const lnn_feat_t *feat = lnn_feat(model);
    const lnn_layer_t *layers = lnn_layers(model);
    const uint32_t count = model->layer_count, features = lnn_even(feat->features);
    const uint32_t leaky = lnn_is_leaky(layers[count - 2].kind);
    uint32_t widest = 0, states = 0, used = 0;
    model->windowed = 0;
#ifdef LNN_USE_WINDOW
    uint32_t map[2] = {(uint32_t)feat->features * feat->steps, 0};
    model->windowed = layers[0].kind == LNN_CONVOLUTION || layers[0].kind == LNN_DEPTHWISE;
    for (uint32_t l = 0; l + 2 < count; l++) {
        uint32_t *own = map + ((l + 1) & 1);
        *own = larger(*own, (uint32_t)layers[l].units * layers[l].steps_out);
    }
#endif
    for (uint32_t l = 0; l + 2 < count; l++) {
        if (!model->windowed) widest = larger(widest, lnn_even(layers[l].units));
        states += lnn_state_count(layers + l);
    }
    model->pool_units = (uint16_t)(layers[count - 2].inputs + leaky);
    model->state_count = states;
    model->pool = (int32_t *)take(arena, &used, 4u * model->pool_units);
    model->scratch = take(arena, &used, scratch_bytes(feat, layers, count));
#ifdef LNN_USE_POLICY
    const uint32_t moments = lnn_policy_moments(feat, (const lnn_policy_t *)model->policy);
#else
    const uint32_t moments = feat->frame;
#endif
    model->frame = (int16_t *)take(arena, &used, 2u * moments * feat->channels);
    /* two step layers or more give their outputs in turn to `other` and back to `x` */
    model->x = (int16_t *)take(arena, &used, 2 * (count > 3 ? larger(features, widest) : features));
    model->other = (int16_t *)take(arena, &used, 2 * widest);
    model->states = (int16_t *)take(arena, &used, 2 * states);
#ifdef LNN_USE_PCEN
    model->levels = (uint32_t *)take(
        arena, &used, feat->kind == LNN_PCEN ? 8u * feat->channels * feat->bands : 0);
#endif
    model->logits = (int16_t *)take(arena, &used, 2u * layers[count - 1].units);
#ifdef LNN_USE_LEAKY_POOL
    model->smoothed = (int16_t *)take(arena, &used, leaky ? 2u * layers[count - 1].units : 0);
#endif
#ifdef LNN_USE_WINDOW
    model->maps[0] = (int8_t *)take(arena, &used, model->windowed ? map[0] : 0);
    model->maps[1] = (int8_t *)take(arena, &used, model->windowed ? map[1] : 0);
#endif
    model->gate = 0;
#ifdef LNN_USE_POLICY
    if (layers[count - 2].kind == LNN_LEAKY_POOL) {
        const lnn_policy_t *own = (const lnn_policy_t *)model->policy;
        const uint32_t compares = own && (own->schedule.kind == LNN_FLUX
                                          || own->schedule.kind == LNN_DELTA);
        lnn_gate_t *gate = (lnn_gate_t *)take(
            arena, &used, (uint32_t)sizeof *gate + (compares ? feat->features : 0));
        model->gate = gate;
        if (gate) gate->capacity = (uint16_t)moments;
    }
#endif
    return used;
}

/* The records and arrays of a checked file; its first sections are FEAT LAYR DATA LABL. */
LNN_SMALL static void open_file(lnn_model_t *model, const uint8_t *file) {
    const lnn_section_t *table = lnn_sections(file);
    model->feat = file + table[0].offset;
    model->layers = file + table[1].offset;
    model->layer_count = (uint8_t)table[1].items;
    model->data = file + table[2].offset;
    model->labels = (const char *)(file + table[3].offset);
    model->policy = 0;
#ifdef LNN_USE_POLICY
    const lnn_section_t *entry = lnn_section_from(file, LNN_PLCY, 4);
    if (entry) model->policy = file + entry->offset;
#endif
}

LNN_SMALL uint32_t lnn_arena_bytes(const void *file) {
    lnn_model_t model;
    if (!file) return 0;
    open_file(&model, (const uint8_t *)file);
    return lay_out(&model, (uint8_t *)0);
}

#ifdef LNN_USE_LEAKY_POOL
/* What the file says of its stream. */
LNN_SMALL static void take_stream(lnn_model_t *model, const uint8_t *file) {
    const lnn_section_t *entry = lnn_section_from(file, LNN_STRM, 4);
    if (!entry) return;
    const lnn_strm_t *said = (const lnn_strm_t *)(const void *)(file + entry->offset);
    model->streaming = (uint8_t)said->flags;
    model->smoothing_shift = (uint8_t)said->smoothing_shift;
    model->refractory = said->refractory;
    model->threshold_q15 = said->threshold_q15;
}
#endif

/* Is all of what lnn_init is given as it must be? */
LNN_SMALL static lnn_status_t fits(const void *file, uint32_t bytes, const void *arena,
                                   uint32_t arena_bytes) {
    const lnn_status_t status = lnn_check(file, bytes, 0);
    if (status != LNN_OK) return status;
    if (!arena) return LNN_BAD_ARGUMENT;
    if ((uintptr_t)arena & 3) return LNN_BAD_ALIGNMENT;
    return lnn_arena_bytes(file) > arena_bytes ? LNN_SMALL_ARENA : LNN_OK;
}

LNN_SMALL lnn_status_t lnn_init(lnn_model_t *model, const void *file, uint32_t bytes, void *arena,
                      uint32_t arena_bytes) {
    const lnn_status_t status = fits(file, bytes, arena, arena_bytes);
    if (!model) return LNN_BAD_ARGUMENT;
    model->feat = 0; /* no model: lnn_push does nothing */
    if (status != LNN_OK) return status;
    open_file(model, (const uint8_t *)file);
    lay_out(model, (uint8_t *)arena);
    model->threshold_q15 = 26214;
    model->streaming = 0;
    model->named = -1;
#ifdef LNN_USE_LEAKY_POOL
    take_stream(model, (const uint8_t *)file);
#endif
#ifdef LNN_USE_POLICY
    if (model->gate) lnn_set_adaptive_config(model, 0);
#endif
    lnn_reset(model);
    return LNN_OK;
}

#ifndef LNN_NO_STATIC
LNN_SMALL lnn_model_t *lnn_load_sized(const uint8_t *model_data, uint32_t bytes, lnn_status_t *why) {
    static lnn_model_t model;
    static LNN_ALIGNED8 uint8_t arena[LNN_STATIC_ARENA_BYTES];
    const lnn_status_t status = lnn_init(&model, model_data, bytes, arena, sizeof arena);
    if (why) *why = status;
    return status == LNN_OK ? &model : 0;
}

LNN_SMALL lnn_model_t *lnn_load_from_flash(const uint8_t *model_data) {
    return lnn_load_sized(model_data, LNN_TOLD, 0);
}
#endif

/* ---- lnn_stream.c ---- */

/* Samples in, decisions out: frames, windows, the pool, the readout. */

/* states: [state_count] int16, an even number of them; pool: [pool_units] int32 */
LNN_SMALL static void start_window(lnn_model_t *model) {
    lnn_zero((uint32_t *)(void *)model->states, model->state_count / 2);
    lnn_zero((uint32_t *)(void *)model->pool, model->pool_units);
    model->step = 0;
    model->filled = 0;
}

LNN_SMALL void lnn_reset(lnn_model_t *model) {
    if (!lnn_ready(model)) return;
    start_window(model);
    model->computed = 0;
    model->skipped = 0;
    model->skip = 0;
    model->span = 1;
#ifdef LNN_USE_LEAKY_POOL
    model->armed = 1;
    model->waiting = 0;
#ifdef LNN_USE_POLICY
    if (model->gate) lnn_policy_start(model);
#endif
    if (model->streaming)
        lnn_zero((uint32_t *)(void *)model->smoothed,
                 (lnn_layers(model)[model->layer_count - 1].units + 1u) / 2);
#endif
}

LNN_SMALL int lnn_set_streaming(lnn_model_t *model, uint8_t smoothing_shift, uint16_t refractory) {
#ifdef LNN_USE_LEAKY_POOL
    if (!lnn_ready(model) || smoothing_shift > 8
        || lnn_layers(model)[model->layer_count - 2].kind != LNN_LEAKY_POOL) return 0;
    model->streaming = 1;
    model->smoothing_shift = smoothing_shift;
    model->refractory = refractory;
    lnn_reset(model);
    return 1;
#else
    (void)model, (void)smoothing_shift, (void)refractory;
    return 0;
#endif
}

LNN_SMALL void lnn_set_windows(lnn_model_t *model) {
#ifdef LNN_USE_LEAKY_POOL
    if (!lnn_ready(model)) return;
    model->streaming = 0;
    lnn_reset(model);
#else
    (void)model;
#endif
}

void lnn_set_threshold(lnn_model_t *model, int16_t threshold_q15) {
    if (model) model->threshold_q15 = threshold_q15;
}

uint32_t lnn_hop(const lnn_model_t *model) { return lnn_ready(model) ? lnn_feat(model)->hop : 0; }

LNN_SMALL const char *lnn_label_of(const lnn_model_t *model, uint32_t number) {
    const char *name = model->labels;
    while (number) number -= !*name++;
    return name;
}

/* 2^(-d log2 e) of d in Q8, Q15 */
static uint32_t share(int32_t d) {
    const uint32_t g = (uint32_t)(d * 369 + 128) >> 8, n = g >> 8;
    const uint16_t *left = lnn_pow_table + ((g >> 3) & 31);
    const int32_t x = left[0] + lnn_halved((left[1] - left[0]) * (int32_t)(g & 7), 3);
    return (uint32_t)x >> (n < 31 ? n : 31);
}

typedef struct { /* a decision */
    uint32_t label;
    int32_t confidence_q15;
    int detected;
} lnn_said_t;

#ifdef LNN_USE_LEAKY_POOL
/* The decision of a stream: probabilities are smoothed; a keyword is reported once. total: of all
 * classes' shares. */
static void decide_in_stream(lnn_model_t *model, int32_t largest, uint32_t total,
                             lnn_said_t *said) {
    const lnn_layer_t *readout = lnn_layers(model) + model->layer_count - 1;
    const uint32_t classes = readout->units, keywords = classes - readout->hidden;
    uint32_t best = 0;
#ifdef LNN_USE_POLICY
    const uint32_t span = lnn_span(model);
    const int32_t rate = 32768 - lnn_power(32768 - (32768 >> model->smoothing_shift), span);
    model->waiting = (uint16_t)(model->waiting - (model->waiting < span ? model->waiting : span - 1));
#endif
    for (uint32_t c = 0; c < classes; c++) {
        const int32_t now = (int32_t)((share(largest - model->logits[c]) << 15) / total);
        const int32_t before = model->smoothed[c], away = (now > 32767 ? 32767 : now) - before;
#ifdef LNN_USE_POLICY
        const int32_t step =
            span > 1 ? lnn_halved(rate * away, 15) : lnn_halved(away, model->smoothing_shift);
#else
        const int32_t step = lnn_halved(away, model->smoothing_shift);
#endif
        model->smoothed[c] = (int16_t)(before + step);
        if (model->smoothed[c] > model->smoothed[best]) best = c;
    }
    said->label = best;
    said->confidence_q15 = model->smoothed[best];
    const int reached = best < keywords && model->smoothed[best] >= model->threshold_q15;
    said->detected = reached && model->armed && !model->waiting;
    if (model->waiting) model->waiting--;
    if (said->detected) {
        model->armed = 0;
        model->waiting = model->refractory;
    } else if (!reached) {
        model->armed = 1;
    }
}
#endif

/* Pool and readout of a window, and the decision. */
LNN_NOINLINE void lnn_stage_readout(lnn_model_t *model, lnn_result_t *result) {
    const lnn_layer_t *pool = lnn_layers(model) + model->layer_count - 2, *readout = pool + 1;
    const uint32_t units = pool->units, classes = readout->units;
    const uint32_t leaky = lnn_is_leaky(pool->kind); /* its product 0 is the gate */
    const uint32_t up = leaky ? pool->up1 : pool->up, down = leaky ? pool->down1 : pool->down;
    const int32_t factor =
        *(const int16_t *)(const void *)(model->data + (leaky ? pool->factor1 : pool->factor));
    int16_t *pooled = (int16_t *)model->scratch; /* [units rounded up to even] */
    const int32_t reciprocal = /* 2^9 over the weights' mean */
        leaky ? (int32_t)((1u << 24) / (uint32_t)(model->pool[units] + LNN_LEAST_GATE)) : 1;
    LNN_ROLLED
    for (uint32_t i = 0; i < units; i++) {
        const int32_t sum = (model->pool[i] * reciprocal) >> (leaky ? 9 : 0);
        pooled[i] = (int16_t)lnn_sat8(lnn_requantise(sum, factor, up, down));
    }
    if (units & 1) pooled[units] = 0;
    const lnn_product_t product = lnn_product_of(model, readout, 0, classes, units);
    lnn_product(&product, pooled, model->logits);
#if defined(LNN_USE_DENOISE) || defined(LNN_USE_ANOMALY)
    if (!result) return;
#endif
    uint32_t best = 0, total = 0;
    LNN_ROLLED
    for (uint32_t c = 1; c < classes; c++)
        if (model->logits[c] > model->logits[best]) best = c;
    LNN_ROLLED
    for (uint32_t c = 0; c < classes; c++)
        total += share(model->logits[best] - model->logits[c]);
    const uint32_t q15 = (1u << 30) / total;
    lnn_said_t said;
    said.label = best;
    said.confidence_q15 = (int32_t)(q15 < 32767 ? q15 : 32767);
    said.detected = said.confidence_q15 >= model->threshold_q15;
#ifdef LNN_USE_LEAKY_POOL
    if (model->streaming) decide_in_stream(model, model->logits[best], total, &said);
#endif
#ifdef LNN_TRACE
    uint32_t number = 1; /* of the pool, behind the layers' */
    for (uint32_t l = 0; l + 2 < model->layer_count; l++)
        number += lnn_layers(model)[l].kind == LNN_LSTM ? 2 : 1;
    lnn_observe(number, pooled, units, 2);
    lnn_observe(number + 1, model->logits, classes, 2);
#endif
    if (model->told && !said.detected) return;
    model->told = (uint8_t)said.detected;
    result->label = (int16_t)said.label;
    result->confidence_q15 = (int16_t)said.confidence_q15;
    result->keyword_detected = (uint8_t)said.detected;
    result->timestep = (uint16_t)lnn_span(model);
    if (model->named != result->label) { /* names are looked for along the labels */
        model->named = result->label;
        model->keyword = lnn_label_of(model, said.label);
    }
    result->keyword = model->keyword;
    result->logits = model->logits;
#ifndef LNN_NO_FLOAT
    result->confidence = (float)result->confidence_q15 * (1.0f / 32768.0f);
#endif
}

enum { LNN_NOTHING, LNN_WINDOW_ENDED, LNN_STREAM_DECIDED };

/* One frame; unless it returns LNN_NOTHING, *result holds a decision. */
LNN_NOINLINE static int frame_done(lnn_model_t *model, const int16_t *frame, lnn_result_t *result) {
    const lnn_feat_t *feat = lnn_feat(model);
    lnn_stage_features(model, frame);
#ifdef LNN_USE_WINDOW
    if (model->windowed) {
        int8_t *map = model->maps[0] + (uint32_t)model->step * feat->features;
        for (uint32_t i = 0; i < feat->features; i++) map[i] = (int8_t)model->x[i];
    } else
#endif
    {
#ifdef LNN_USE_STEP
        lnn_stage_layers(model);
#endif
    }
#ifdef LNN_USE_LEAKY_POOL
    if (model->streaming) {
        model->step = 1; /* no frame but the first starts PCEN's levels */
        model->computed++;
        lnn_stage_readout(model, result);
        return LNN_STREAM_DECIDED;
    }
#endif
    if (++model->step < feat->steps) return LNN_NOTHING;
#ifdef LNN_USE_WINDOW
    if (model->windowed) lnn_window_layers(model);
#endif
    lnn_stage_readout(model, result);
    return LNN_WINDOW_ENDED;
}

/* Fill the frame that comes in pieces; returns how many moments it took. */
LNN_NOINLINE static uint32_t gather(lnn_model_t *model, const int16_t *samples, uint32_t count) {
    const uint32_t channels = lnn_feat(model)->channels;
    const uint32_t missing = (uint32_t)lnn_feat(model)->frame - model->filled;
    const uint32_t some = missing < count ? missing : count;
    lnn_copy(model->frame + (uint32_t)model->filled * channels, samples, some * channels);
    model->filled = (uint16_t)(model->filled + some);
    return some;
}

/* Keep of a gathered frame what the next one begins with. */
LNN_NOINLINE static void slide(lnn_model_t *model) {
    const lnn_feat_t *feat = lnn_feat(model);
    const uint32_t hop = feat->hop, channels = feat->channels;
    const uint32_t kept = hop < feat->frame ? feat->frame - hop : 0;
    lnn_copy(model->frame, model->frame + hop * channels, kept * channels);
    model->filled = (uint16_t)kept;
    model->skip = hop > feat->frame ? hop - feat->frame : 0;
}

LNN_SMALL int lnn_push(lnn_model_t *model, const int16_t *samples, uint32_t count,
                       lnn_result_t *result) {
    if (!lnn_ready(model) || !samples || !result) return 0;
    const lnn_feat_t *feat = lnn_feat(model);
    const uint32_t frame = feat->frame, hop = feat->hop;
    int decisions = 0;
    model->told = 0;
#ifdef LNN_USE_POLICY
    if (lnn_follows_policy(model)) return lnn_policy_push(model, samples, count, result);
#endif
    while (count) {
        uint32_t used;
        int done = LNN_NOTHING;
        if (model->skip) {
            used = model->skip < count ? model->skip : count;
            model->skip -= used;
        } else if (model->filled || count < frame) {
            used = gather(model, samples, count);
            if (model->filled == frame) {
                done = frame_done(model, model->frame, result);
                if (done != LNN_WINDOW_ENDED) slide(model);
            }
        } else { /* a whole frame, used where it lies */
            done = frame_done(model, samples, result);
            used = done == LNN_WINDOW_ENDED ? frame : hop < count ? hop : count;
            if (done != LNN_WINDOW_ENDED) model->skip = hop - used;
        }
        if (done != LNN_NOTHING) {
            decisions++;
            if (done == LNN_WINDOW_ENDED) {
                model->computed += feat->steps;
                start_window(model);
                model->skip = feat->window - ((feat->steps - 1u) * hop + frame); /* what is left */
            }
        }
        samples += used * feat->channels;
        count -= used;
    }
    return decisions;
}

LNN_SMALL uint32_t lnn_sleep_moments(const lnn_model_t *model) {
    if (!lnn_ready(model)) return 1;
#ifdef LNN_USE_POLICY
    if (lnn_follows_policy(model))
        return model->skip + ((const lnn_gate_t *)model->gate)->next - model->filled;
#endif
    return model->skip + lnn_feat(model)->frame - model->filled;
}

/* ---- lnn_about.c ---- */

/* What a model says of itself, and what a status means. */

uint32_t lnn_window(const lnn_model_t *model) {
    return lnn_ready(model) ? lnn_feat(model)->window : 0;
}

uint32_t lnn_channels(const lnn_model_t *model) {
    return lnn_ready(model) ? lnn_feat(model)->channels : 0;
}

uint32_t lnn_classes(const lnn_model_t *model) {
    return lnn_ready(model) ? lnn_layers(model)[model->layer_count - 1].units : 0;
}

const char *lnn_label(const lnn_model_t *model, uint32_t number) {
    return number < lnn_classes(model) ? lnn_label_of(model, number) : "";
}

/* m 2^(e - 150) of its bits, rounded. */
uint32_t lnn_rate_hz(const lnn_model_t *model) {
    if (!lnn_ready(model)) return 0;
    const uint32_t bits = lnn_feat(model)->rate_hz, e = bits >> 23;
    const uint32_t m = (bits & 0x7fffffu) | 0x800000u, down = 150 - e;
    if (e > 157) return bits >> 31 ? 0 : 0xffffffffu;
    if (e >= 150) return m << (e - 150);
    return down > 24 ? 0 : (m + ((1u << down) >> 1)) >> down;
}

int lnn_is_streaming(const lnn_model_t *model) { return lnn_ready(model) && model->streaming; }

int lnn_can_adapt(const lnn_model_t *model) {
#ifdef LNN_USE_POLICY
    return lnn_ready(model) && model->gate
        && lnn_policy_suits(lnn_feat(model), lnn_layers(model), model->layer_count);
#else
    return (void)model, 0;
#endif
}

int lnn_policy_kind(const lnn_model_t *model) {
#ifdef LNN_USE_POLICY
    if (lnn_ready(model) && lnn_follows_policy(model))
        return ((const lnn_gate_t *)model->gate)->schedule.kind;
#endif
    return (void)model, -1;
}

uint32_t lnn_keywords(const lnn_model_t *model) {
    return lnn_ready(model) ? lnn_classes(model) - lnn_layers(model)[model->layer_count - 1].hidden : 0;
}

int16_t lnn_threshold_q15(const lnn_model_t *model) {
    return lnn_ready(model) ? model->threshold_q15 : 0;
}

const lnn_costs_t *lnn_costs(const void *file) {
    const uint8_t *at = (const uint8_t *)file;
    const lnn_section_t *entry = at ? lnn_section_from(at, LNN_COST, 4) : 0;
    return entry ? (const lnn_costs_t *)(const void *)(at + entry->offset) : 0;
}

#ifndef LNN_NO_FLOAT
float lnn_full_scale(const lnn_model_t *model) {
    union { uint32_t bits; float value; } full;
    full.bits = lnn_ready(model) ? lnn_feat(model)->full_scale : 0;
    return full.value;
}
#endif

lnn_counts_t lnn_counts(const lnn_model_t *model) {
    lnn_counts_t counts = {0, 0, 0};
    if (!lnn_ready(model)) return counts;
    counts.computed = model->computed + (model->streaming ? 0u : model->step);
    counts.heard = counts.computed + model->skipped;
    counts.skipped = model->skipped;
    return counts;
}

const char *lnn_status_text(lnn_status_t status) {
    static const char *const texts[] = {
        "ready",
        "the file does not start at a multiple of 8, or the arena at one of 4",
        "no .lnn file",
        "written by a newer lnnlab",
        "the header's size and the given size differ",
        "the checksum differs: bytes changed",
        "the section table is damaged, or a section is missing",
        "the features are damaged",
        "a layer is damaged, or layers do not follow each other",
        "an array leaves the file",
        "the labels are damaged",
        "this build leaves out what the model needs",
        "the arena is too small; lnn_arena_bytes says how much is needed",
        "the timestep policy is damaged, or not for this model",
        "a pointer is NULL",
        "the stream's settings are damaged, or not for this model",
        "the costs on a board are damaged",
        "the gains' settings are damaged, or not for this model, or the file has none",
        "the anomaly score is damaged, or not for this model, or the file has none"};
    const uint32_t number = (uint32_t)status;
    return number < sizeof texts / sizeof *texts ? texts[number] : "an unknown status";
}


int lnn_process(lnn_model_t *model, const int16_t *audio_buffer, uint32_t buffer_bytes,
                lnn_result_t *result) {
    if (!result) return 0;
    result->keyword = "";
    result->logits = lnn_ready(model) && model->named >= 0 ? model->logits : 0;
    result->label = -1;
    result->confidence_q15 = 0;
    result->keyword_detected = 0;
    result->timestep = 0;
#ifndef LNN_NO_FLOAT
    result->confidence = 0.0f;
#endif
    if (!lnn_ready(model)) return 0;
    const uint32_t moments =
        buffer_bytes ? buffer_bytes / (2 * lnn_channels(model)) : lnn_hop(model);
    return lnn_push(model, audio_buffer, moments, result);
}

#undef lnn_process_cmsis
int lnn_process_cmsis(lnn_model_t *model, const int16_t *audio_buffer, lnn_result_t *result) {
    return lnn_process(model, audio_buffer, 0, result);
}

/* ---- the model, a .lnn file ---- */

#if defined(__GNUC__)
__attribute__((aligned(8)))
#endif
const uint8_t model_data[MODEL_BYTES] = {
    0x4c, 0x4e, 0x4e, 0x31, 0x01, 0x00, 0x00, 0x00, 0x58, 0x10, 0x00, 0x00, 0x9f, 0x28, 0x3c, 0xcd,
    0x05, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x46, 0x45, 0x41, 0x54, 0x70, 0x00, 0x00, 0x00, 0x60, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00,
    0x4c, 0x41, 0x59, 0x52, 0xd0, 0x00, 0x00, 0x00, 0xc0, 0x00, 0x00, 0x00, 0x03, 0x00, 0x00, 0x00,
    0x44, 0x41, 0x54, 0x41, 0x90, 0x01, 0x00, 0x00, 0x00, 0x0d, 0x00, 0x00, 0x00, 0x0d, 0x00, 0x00,
    0x4c, 0x41, 0x42, 0x4c, 0x90, 0x0e, 0x00, 0x00, 0x18, 0x00, 0x00, 0x00, 0x04, 0x00, 0x00, 0x00,
    0x4d, 0x45, 0x54, 0x41, 0xa8, 0x0e, 0x00, 0x00, 0xae, 0x01, 0x00, 0x00, 0xae, 0x01, 0x00, 0x00,
    0x01, 0x00, 0x01, 0x00, 0x40, 0x00, 0x20, 0x00, 0x10, 0x00, 0x00, 0x00, 0x10, 0x00, 0x1f, 0x00,
    0x00, 0x04, 0x00, 0x00, 0x00, 0x80, 0x3b, 0x46, 0xae, 0x7a, 0x69, 0x41, 0xc0, 0x00, 0x00, 0x00,
    0x0b, 0x00, 0x10, 0x00, 0x00, 0x00, 0x00, 0x00, 0x80, 0x00, 0x00, 0x00, 0xc0, 0x00, 0x00, 0x00,
    0x00, 0x01, 0x00, 0x00, 0x40, 0x01, 0x00, 0x00, 0x64, 0x01, 0x00, 0x00, 0x84, 0x01, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x01, 0x00, 0x00, 0x00, 0x10, 0x00, 0x3c, 0x00, 0x00, 0x00, 0x00, 0x00, 0x1f, 0x00, 0x1f, 0x00,
    0x04, 0x00, 0x00, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xa4, 0x01, 0x00, 0x00,
    0x24, 0x09, 0x00, 0x00, 0x04, 0x0b, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x08, 0x00, 0x00, 0x00, 0x3c, 0x00, 0x3c, 0x00, 0x00, 0x00, 0x00, 0x00, 0x1f, 0x00, 0x01, 0x00,
    0x00, 0x0b, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0xf4, 0x0b, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x09, 0x00, 0x00, 0x00, 0x3c, 0x00, 0x04, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x01, 0x00,
    0x00, 0x04, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xf8, 0x0b, 0x00, 0x00,
    0xe8, 0x0c, 0x00, 0x00, 0xf8, 0x0c, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x4f, 0x00, 0x3b, 0x01, 0xc1, 0x02, 0xdf, 0x04, 0x8f, 0x07, 0xc9, 0x0a, 0x87, 0x0e,
    0xbf, 0x12, 0x66, 0x17, 0x71, 0x1c, 0xd4, 0x21, 0x82, 0x27, 0x6c, 0x2d, 0x83, 0x33, 0xba, 0x39,
    0xff, 0x3f, 0x45, 0x46, 0x7c, 0x4c, 0x93, 0x52, 0x7d, 0x58, 0x2b, 0x5e, 0x8e, 0x63, 0x99, 0x68,
    0x40, 0x6d, 0x78, 0x71, 0x36, 0x75, 0x70, 0x78, 0x20, 0x7b, 0x3e, 0x7d, 0xc4, 0x7e, 0xb0, 0x7f,
    0xff, 0x7f, 0xb0, 0x7f, 0xc4, 0x7e, 0x3e, 0x7d, 0x20, 0x7b, 0x70, 0x78, 0x36, 0x75, 0x78, 0x71,
    0x40, 0x6d, 0x99, 0x68, 0x8e, 0x63, 0x2b, 0x5e, 0x7d, 0x58, 0x93, 0x52, 0x7c, 0x4c, 0x45, 0x46,
    0x00, 0x40, 0xba, 0x39, 0x83, 0x33, 0x6c, 0x2d, 0x82, 0x27, 0xd4, 0x21, 0x71, 0x1c, 0x66, 0x17,
    0xbf, 0x12, 0x87, 0x0e, 0xc9, 0x0a, 0x8f, 0x07, 0xdf, 0x04, 0xc1, 0x02, 0x3b, 0x01, 0x4f, 0x00,
    0xff, 0x7f, 0x00, 0x00, 0x89, 0x7d, 0x07, 0xe7, 0x41, 0x76, 0x05, 0xcf, 0x6d, 0x6a, 0xe4, 0xb8,
    0x82, 0x5a, 0x7e, 0xa5, 0x1c, 0x47, 0x93, 0x95, 0xfb, 0x30, 0xbf, 0x89, 0xf9, 0x18, 0x77, 0x82,
    0x00, 0x00, 0x01, 0x80, 0x07, 0xe7, 0x77, 0x82, 0x05, 0xcf, 0xbf, 0x89, 0xe4, 0xb8, 0x93, 0x95,
    0x7e, 0xa5, 0x7e, 0xa5, 0x93, 0x95, 0xe4, 0xb8, 0xbf, 0x89, 0x05, 0xcf, 0x77, 0x82, 0x07, 0xe7,
    0x00, 0x00, 0x01, 0x80, 0x74, 0xf3, 0x9f, 0x80, 0x07, 0xe7, 0x77, 0x82, 0xd8, 0xda, 0x84, 0x85,
    0x05, 0xcf, 0xbf, 0x89, 0xaa, 0xc3, 0x1e, 0x8f, 0xe4, 0xb8, 0x93, 0x95, 0xcd, 0xae, 0x0f, 0x9d,
    0x7e, 0xa5, 0x7e, 0xa5, 0x0f, 0x9d, 0xcd, 0xae, 0x93, 0x95, 0xe4, 0xb8, 0x1e, 0x8f, 0xaa, 0xc3,
    0xbf, 0x89, 0x05, 0xcf, 0x84, 0x85, 0xd8, 0xda, 0x77, 0x82, 0x07, 0xe7, 0x9f, 0x80, 0x74, 0xf3,
    0x00, 0x00, 0x10, 0x00, 0x08, 0x00, 0x18, 0x00, 0x04, 0x00, 0x14, 0x00, 0x0c, 0x00, 0x1c, 0x00,
    0x02, 0x00, 0x12, 0x00, 0x0a, 0x00, 0x1a, 0x00, 0x06, 0x00, 0x16, 0x00, 0x0e, 0x00, 0x1e, 0x00,
    0x01, 0x00, 0x11, 0x00, 0x09, 0x00, 0x19, 0x00, 0x05, 0x00, 0x15, 0x00, 0x0d, 0x00, 0x1d, 0x00,
    0x03, 0x00, 0x13, 0x00, 0x0b, 0x00, 0x1b, 0x00, 0x07, 0x00, 0x17, 0x00, 0x0f, 0x00, 0x1f, 0x00,
    0x01, 0x00, 0x03, 0x00, 0x05, 0x00, 0x07, 0x00, 0x09, 0x00, 0x0b, 0x00, 0x0d, 0x00, 0x0f, 0x00,
    0x11, 0x00, 0x13, 0x00, 0x15, 0x00, 0x17, 0x00, 0x19, 0x00, 0x1b, 0x00, 0x1d, 0x00, 0x1f, 0x00,
    0x21, 0x00, 0x00, 0x00, 0x0f, 0x28, 0x79, 0x2c, 0x9f, 0x28, 0x34, 0x2a, 0x69, 0x26, 0x7a, 0x27,
    0x19, 0x32, 0xf4, 0x34, 0x67, 0x35, 0xfb, 0x2f, 0x22, 0x26, 0x01, 0x23, 0xf2, 0x20, 0x53, 0x21,
    0xac, 0x1f, 0x61, 0x1e, 0x9e, 0x01, 0x06, 0x01, 0x5e, 0x01, 0x16, 0x01, 0x27, 0x01, 0x1d, 0x01,
    0xc2, 0x00, 0xb9, 0x00, 0xeb, 0x00, 0x02, 0x01, 0x60, 0x01, 0xba, 0x01, 0x79, 0x02, 0x62, 0x02,
    0xed, 0x03, 0xfa, 0x3a, 0xc1, 0xd9, 0x90, 0xc4, 0xdb, 0x35, 0xe4, 0xa7, 0x35, 0xc6, 0xe9, 0x0d,
    0xd4, 0x31, 0x16, 0x03, 0xed, 0x30, 0x5d, 0xee, 0x55, 0xa9, 0x65, 0x20, 0x17, 0x73, 0x33, 0x7f,
    0x7f, 0x46, 0x0c, 0x3b, 0x7f, 0x41, 0x56, 0x7f, 0x07, 0xec, 0xd8, 0x16, 0x5c, 0x35, 0x50, 0x0d,
    0xfe, 0x42, 0x6f, 0x0c, 0x28, 0xab, 0xf8, 0x0a, 0x22, 0xe3, 0x35, 0xcd, 0xf5, 0xc9, 0x0c, 0x2b,
    0x2c, 0x43, 0xf6, 0x19, 0x7f, 0x19, 0x49, 0x34, 0x00, 0x21, 0xcb, 0xf4, 0x0e, 0xec, 0xd0, 0x1f,
    0x2f, 0x25, 0x59, 0x15, 0x40, 0x54, 0x1a, 0x5f, 0x61, 0x7f, 0x05, 0x02, 0x0c, 0x19, 0x31, 0x03,
    0x3d, 0x9b, 0x07, 0xd0, 0x69, 0xfb, 0xa7, 0xb8, 0x9e, 0xc9, 0xb2, 0x07, 0xb1, 0xf1, 0xa1, 0xd9,
    0xe0, 0xe5, 0xe3, 0x17, 0xf2, 0x7e, 0x81, 0xe7, 0xc0, 0xb3, 0xad, 0x5c, 0xf3, 0x5d, 0x3a, 0x16,
    0xd5, 0xe8, 0x00, 0x38, 0x6c, 0xd3, 0x77, 0xb3, 0x14, 0xf2, 0x30, 0x43, 0x2d, 0x18, 0xda, 0x49,
    0x81, 0x2e, 0xa2, 0x15, 0xf8, 0xfa, 0x0f, 0xad, 0x14, 0xda, 0x52, 0x03, 0x50, 0xcb, 0x6a, 0xa7,
    0x79, 0x81, 0x04, 0xf4, 0x7f, 0xf0, 0x42, 0x33, 0x0a, 0xeb, 0xc5, 0xfa, 0x06, 0x13, 0xe2, 0x61,
    0x1b, 0x72, 0x3b, 0x40, 0x54, 0x21, 0x23, 0x67, 0x66, 0x7f, 0x29, 0xfa, 0x2e, 0x20, 0x20, 0x1c,
    0xf3, 0xcc, 0x09, 0x02, 0x28, 0x99, 0xe9, 0x95, 0xee, 0xd5, 0x7f, 0x97, 0x64, 0xcf, 0x25, 0x33,
    0xca, 0x3b, 0xd9, 0x4f, 0x1e, 0x49, 0x1a, 0x4a, 0xd8, 0x7e, 0x1a, 0x50, 0x5b, 0x1d, 0x62, 0x59,
    0x3a, 0x4b, 0xf3, 0x1d, 0x34, 0x23, 0x4f, 0xb8, 0x00, 0x7f, 0xca, 0x81, 0x0e, 0xeb, 0xb4, 0xe2,
    0xf6, 0x6b, 0xd1, 0x32, 0x8d, 0xc4, 0xb1, 0xfc, 0x81, 0x4c, 0xad, 0xd8, 0xaf, 0xe1, 0x11, 0x49,
    0x4d, 0x71, 0x06, 0xef, 0xcf, 0x07, 0xb0, 0x98, 0xe1, 0xe3, 0x42, 0x7f, 0xd8, 0x10, 0x81, 0x59,
    0xc8, 0x18, 0xc4, 0x44, 0x12, 0x78, 0xe9, 0xc0, 0xee, 0xa6, 0x3b, 0x1e, 0x4b, 0x38, 0xe6, 0x18,
    0x2c, 0x0b, 0x0e, 0x09, 0xab, 0xdc, 0x99, 0xeb, 0xe6, 0xf2, 0xbd, 0xc2, 0xb3, 0xee, 0x81, 0xed,
    0xc8, 0xf9, 0xb8, 0xfb, 0xf8, 0x1a, 0x1d, 0x16, 0x34, 0x81, 0xe4, 0x95, 0x0b, 0xcb, 0xd1, 0xd9,
    0xde, 0xdc, 0xbc, 0xbb, 0x08, 0x0b, 0x8e, 0xb6, 0x87, 0xba, 0x81, 0x3b, 0x82, 0xde, 0x8b, 0x1f,
    0xbb, 0xf6, 0xdb, 0x13, 0xfc, 0x7e, 0xcd, 0x25, 0xf7, 0x8e, 0xd4, 0x32, 0x1f, 0x5f, 0x31, 0x46,
    0xa6, 0xc9, 0xf2, 0xad, 0x01, 0x22, 0xfe, 0x1c, 0xe9, 0x39, 0xe7, 0x7e, 0x12, 0x5b, 0x7f, 0x3a,
    0x68, 0xfa, 0x3f, 0xf5, 0x4d, 0xee, 0x2a, 0x06, 0x48, 0x1a, 0x43, 0x27, 0x49, 0x25, 0x58, 0xd8,
    0x5a, 0x3b, 0x20, 0xf6, 0xf5, 0xd4, 0xde, 0xcc, 0x81, 0x3f, 0xd8, 0xb4, 0xb7, 0xf7, 0xbb, 0x1b,
    0x06, 0x0a, 0x10, 0x1f, 0xf1, 0x80, 0xe9, 0xd6, 0xa5, 0x0b, 0xcb, 0x18, 0xc3, 0xea, 0x1b, 0xe9,
    0xe4, 0x3a, 0xfd, 0x24, 0x09, 0x34, 0x13, 0x2a, 0xf1, 0xfe, 0xe1, 0x46, 0xcd, 0xe8, 0xa1, 0xf1,
    0x98, 0xe4, 0x81, 0xd3, 0x95, 0xdf, 0xce, 0x3f, 0xe2, 0xd3, 0x95, 0x80, 0xa3, 0xe8, 0xc8, 0x12,
    0xaf, 0x07, 0x02, 0x9b, 0x37, 0x15, 0x00, 0x14, 0xe4, 0xeb, 0xd5, 0x25, 0x0f, 0x12, 0xb9, 0xf9,
    0x1e, 0x04, 0x2c, 0x03, 0x03, 0x0e, 0x39, 0x7d, 0x7f, 0x7f, 0x30, 0xec, 0x2c, 0x20, 0x19, 0xf7,
    0x1b, 0xe2, 0x07, 0x0c, 0xc1, 0xe8, 0x81, 0xe0, 0xbb, 0xfb, 0xcc, 0xc2, 0xec, 0xd7, 0xab, 0xdf,
    0xfe, 0xf4, 0xc6, 0x1b, 0xf1, 0x32, 0xf0, 0xe7, 0x0a, 0x81, 0x0a, 0x86, 0x07, 0xb8, 0xe5, 0xde,
    0xd9, 0xd5, 0xd7, 0x9e, 0xfb, 0x0d, 0x1a, 0xe8, 0xf3, 0xfb, 0xc6, 0xf3, 0xed, 0xfe, 0xfb, 0xbd,
    0x47, 0xb4, 0x66, 0xd6, 0x33, 0xea, 0x0d, 0xc7, 0x7f, 0x81, 0x43, 0x0d, 0x3c, 0xf1, 0x40, 0xe0,
    0xed, 0x19, 0xdf, 0x24, 0x57, 0xc7, 0x54, 0xd1, 0xbc, 0xe9, 0xdb, 0xec, 0x5e, 0xe8, 0xb8, 0x00,
    0x46, 0xfd, 0x7f, 0xb8, 0x55, 0xb4, 0x61, 0x34, 0x54, 0x7f, 0xe3, 0x2d, 0x0a, 0x1f, 0x24, 0x05,
    0xfa, 0x1f, 0xdf, 0x38, 0x4b, 0xdd, 0x62, 0xb4, 0x26, 0x0e, 0x3c, 0x73, 0x6a, 0x2d, 0x81, 0xfb,
    0x84, 0x20, 0xa2, 0x1d, 0x29, 0x1e, 0xde, 0x80, 0x60, 0xc1, 0x4c, 0x20, 0x53, 0xc7, 0x6e, 0xb5,
    0x3a, 0xd1, 0xf1, 0xc2, 0xbe, 0x04, 0x81, 0x38, 0xd0, 0xf7, 0xcf, 0x4a, 0xea, 0x2c, 0xaf, 0x21,
    0xbb, 0xea, 0xb9, 0xf8, 0xdb, 0xd4, 0xd7, 0x03, 0x03, 0x7f, 0xf4, 0x71, 0xd2, 0x52, 0xe0, 0x15,
    0xeb, 0x20, 0xd8, 0x64, 0xd1, 0xf0, 0xd8, 0xf5, 0x34, 0x03, 0x7f, 0xef, 0x29, 0xd7, 0x37, 0xd8,
    0x00, 0xf1, 0xd3, 0xde, 0x20, 0x81, 0x4b, 0x07, 0x30, 0x42, 0x32, 0xf2, 0x3e, 0xdd, 0x00, 0x07,
    0xed, 0x05, 0x26, 0xee, 0x53, 0x4f, 0x2d, 0x73, 0x12, 0x4b, 0x7f, 0xf7, 0x4c, 0x37, 0x40, 0x3a,
    0x31, 0x4a, 0x2e, 0x38, 0x12, 0xc0, 0xeb, 0x0a, 0xaf, 0xd6, 0x1a, 0xac, 0x02, 0x81, 0xd9, 0xc3,
    0xf3, 0x14, 0x6a, 0xef, 0x20, 0x19, 0x12, 0xfd, 0x25, 0x19, 0x15, 0xe8, 0x37, 0xce, 0x1b, 0xeb,
    0xf2, 0x3d, 0x1e, 0x18, 0xcb, 0xae, 0xb1, 0x08, 0x08, 0xee, 0x2d, 0x8d, 0x09, 0x81, 0x49, 0x3f,
    0x7f, 0x41, 0x4f, 0xf8, 0x18, 0x1c, 0xfd, 0x12, 0xcd, 0x49, 0x01, 0x2a, 0xe1, 0x0c, 0x15, 0xd6,
    0x1e, 0xc7, 0x13, 0xcd, 0x41, 0xb3, 0x38, 0xc7, 0x7f, 0xa8, 0x42, 0xc2, 0x4a, 0xaa, 0x6f, 0x8c,
    0x70, 0x81, 0x04, 0xe9, 0x08, 0x8d, 0xcb, 0xbc, 0xf6, 0x26, 0xb5, 0xeb, 0x81, 0x12, 0xd7, 0x33,
    0xca, 0xdb, 0xb5, 0x5a, 0x9a, 0x7e, 0xa2, 0x62, 0xa8, 0x04, 0xd9, 0x74, 0xe5, 0xfb, 0xc9, 0xfb,
    0x96, 0xf6, 0xea, 0x30, 0x7b, 0x2d, 0x34, 0x7f, 0xf9, 0x15, 0x65, 0x08, 0x41, 0x3b, 0x1f, 0x44,
    0x42, 0x30, 0x5c, 0x0d, 0x5d, 0x96, 0xe3, 0x05, 0x81, 0xe8, 0xc2, 0xf3, 0x1d, 0x93, 0xee, 0xd6,
    0xef, 0x12, 0xfc, 0xfd, 0x39, 0x13, 0x07, 0x41, 0x06, 0x03, 0x16, 0x1c, 0x13, 0x20, 0xe6, 0x15,
    0x3e, 0x32, 0x50, 0x11, 0x4f, 0x30, 0x21, 0x70, 0x7f, 0x7f, 0x55, 0xfb, 0x02, 0x04, 0x16, 0x06,
    0xd1, 0xde, 0x03, 0x16, 0x5f, 0x22, 0x35, 0x7f, 0xee, 0x45, 0x20, 0x05, 0x33, 0x46, 0x18, 0x30,
    0x2a, 0x38, 0x2c, 0x1a, 0x12, 0xa1, 0xd5, 0xf6, 0xb5, 0xe6, 0x32, 0xd3, 0xe3, 0xca, 0xfd, 0xd0,
    0x1d, 0x0f, 0x7f, 0xdf, 0xde, 0xd1, 0xda, 0x18, 0x3d, 0x0b, 0xd0, 0x43, 0x11, 0x50, 0x37, 0x7f,
    0xe6, 0x50, 0x31, 0xf4, 0x08, 0xb4, 0xb5, 0xd6, 0x97, 0xf9, 0x29, 0x95, 0x7f, 0xc0, 0x12, 0x8a,
    0x72, 0x8c, 0x59, 0xa0, 0x34, 0x1f, 0x72, 0x05, 0x1d, 0x69, 0xcb, 0x33, 0xb4, 0x04, 0xa3, 0xd3,
    0xda, 0xc9, 0xe4, 0xef, 0xde, 0xfb, 0xf9, 0x11, 0xeb, 0x80, 0x81, 0xb6, 0xa6, 0xdd, 0xd6, 0xf4,
    0xbd, 0x05, 0xd5, 0x33, 0x31, 0x03, 0x16, 0x81, 0xe3, 0x93, 0x40, 0xca, 0x45, 0xc3, 0x7f, 0xd4,
    0x56, 0xb0, 0x5e, 0xe9, 0x6d, 0x3a, 0xf2, 0xc7, 0x8f, 0x0c, 0xef, 0x59, 0x16, 0x48, 0xe1, 0x37,
    0x13, 0x2a, 0xf8, 0x20, 0x0c, 0xf5, 0x00, 0x81, 0x20, 0xa5, 0x6f, 0xf1, 0x2d, 0xc7, 0x7f, 0xcb,
    0x5e, 0xb6, 0x5a, 0xd9, 0x7c, 0x38, 0xe2, 0xcf, 0xbf, 0xfd, 0x17, 0x59, 0xfe, 0x63, 0xef, 0x3a,
    0xdc, 0x29, 0xf8, 0x26, 0xfc, 0x49, 0xd0, 0x00, 0x0e, 0xe2, 0xfe, 0xac, 0xd2, 0xda, 0xcc, 0xda,
    0xd5, 0x09, 0xc8, 0x2c, 0xf4, 0x75, 0x33, 0xc9, 0x15, 0x81, 0x04, 0xef, 0x27, 0x52, 0x49, 0x70,
    0x7f, 0x69, 0x3b, 0x2b, 0xc2, 0xfd, 0x81, 0x48, 0x12, 0xe2, 0xf6, 0x4a, 0xe2, 0x31, 0xc7, 0xb7,
    0xeb, 0xb0, 0xd9, 0xe6, 0xa1, 0x02, 0xe8, 0x9a, 0xe4, 0x42, 0xd9, 0x34, 0xaa, 0x44, 0x41, 0x81,
    0x1d, 0xe5, 0xb8, 0x52, 0xff, 0xd8, 0x2e, 0xe9, 0x2b, 0xe9, 0x7f, 0x0a, 0x19, 0xcb, 0x2a, 0xfe,
    0xcc, 0xee, 0xd0, 0xa4, 0x31, 0x81, 0x58, 0x15, 0x1a, 0x3a, 0xf9, 0xf8, 0x86, 0x33, 0x81, 0x30,
    0x8d, 0x46, 0xe6, 0x36, 0x9b, 0x30, 0xd9, 0x59, 0x07, 0xfa, 0x34, 0xf8, 0xf4, 0xfd, 0x32, 0x0f,
    0x06, 0x00, 0xef, 0xdd, 0x02, 0x91, 0x7f, 0x16, 0x6c, 0x7f, 0x12, 0xd3, 0x28, 0xc4, 0xe3, 0xae,
    0xf7, 0xcd, 0xec, 0xcd, 0x05, 0x81, 0x1c, 0xec, 0xdd, 0xe1, 0xbd, 0x55, 0xc7, 0x55, 0x81, 0x5a,
    0x96, 0x74, 0xce, 0x29, 0x05, 0xc0, 0x0f, 0xe8, 0x61, 0xe7, 0x04, 0x9a, 0x28, 0x84, 0x20, 0xab,
    0x0a, 0xb0, 0xeb, 0xe9, 0xf7, 0x56, 0x5d, 0xf4, 0xf1, 0x1e, 0xb6, 0x1b, 0x81, 0xdd, 0xbe, 0x99,
    0xd4, 0x8a, 0xc0, 0xba, 0xcc, 0x0a, 0xe6, 0x52, 0xda, 0x83, 0xc7, 0x80, 0xac, 0x05, 0xa7, 0x30,
    0xd7, 0x24, 0x12, 0xdc, 0x10, 0x74, 0x25, 0x72, 0x08, 0x08, 0x2b, 0x17, 0x74, 0x50, 0xf8, 0xb8,
    0xb6, 0xc3, 0xf8, 0xed, 0x7f, 0xbf, 0x11, 0x81, 0xd3, 0xa7, 0x2a, 0xb8, 0x7b, 0x13, 0x53, 0xd2,
    0x24, 0xd8, 0xee, 0xec, 0x14, 0xde, 0x5c, 0xb9, 0x3c, 0xcd, 0x11, 0xc7, 0x0f, 0x15, 0xb8, 0x35,
    0xf4, 0x7e, 0x06, 0x59, 0x35, 0xcc, 0x4e, 0xbf, 0x7f, 0x16, 0x3c, 0xef, 0x24, 0xbe, 0x00, 0x7b,
    0xf6, 0x6e, 0x15, 0x31, 0xc1, 0x9c, 0xfd, 0x1b, 0xa6, 0x37, 0xd6, 0xbc, 0xac, 0xfb, 0xde, 0xf8,
    0xa8, 0x4e, 0xbc, 0x25, 0x94, 0xa0, 0xb9, 0x45, 0xbf, 0x7c, 0x8b, 0xb1, 0xcb, 0xf9, 0x81, 0x53,
    0xa6, 0x0a, 0xe2, 0x80, 0x72, 0x23, 0x7f, 0x19, 0x24, 0xed, 0xed, 0xfe, 0x0a, 0x0a, 0xe2, 0x06,
    0x0c, 0x13, 0xf2, 0x3d, 0xef, 0x7e, 0xf3, 0xf7, 0x95, 0x3c, 0xbe, 0x2c, 0xc9, 0x52, 0xf6, 0x16,
    0xa9, 0xf2, 0xee, 0xfe, 0xd4, 0x1f, 0xc6, 0x16, 0x20, 0xc4, 0x7f, 0xed, 0xf4, 0x39, 0x31, 0x22,
    0x04, 0x09, 0xd2, 0x60, 0x04, 0x7f, 0x65, 0xca, 0x48, 0xc3, 0x4d, 0xfb, 0x2e, 0x31, 0x0c, 0xf8,
    0xee, 0xdb, 0x16, 0xe2, 0x3b, 0xcd, 0x14, 0x81, 0x03, 0x20, 0xf7, 0x22, 0x24, 0xec, 0x43, 0xe5,
    0xfa, 0x3b, 0xf3, 0x31, 0x97, 0xea, 0x81, 0xd1, 0xd2, 0x0f, 0x51, 0x62, 0x55, 0x32, 0x75, 0x45,
    0x5a, 0x54, 0x7c, 0x7e, 0x0e, 0xa2, 0x53, 0x9e, 0x28, 0xd3, 0x11, 0x79, 0x0e, 0x42, 0xe0, 0x7e,
    0xbf, 0x72, 0xc7, 0x40, 0xb8, 0xb6, 0xe6, 0x93, 0x7f, 0xef, 0x6d, 0x5c, 0x44, 0xde, 0x2d, 0xd2,
    0x2a, 0xe4, 0x23, 0x10, 0x2a, 0x23, 0x34, 0x43, 0xd3, 0x24, 0xcf, 0xbe, 0x81, 0xec, 0xa9, 0x9f,
    0xa5, 0xab, 0xa2, 0xe4, 0x0c, 0xbe, 0xd8, 0x19, 0xf4, 0x7e, 0xee, 0x50, 0xf6, 0x2a, 0x02, 0x03,
    0x02, 0x26, 0x11, 0x26, 0xd1, 0x1f, 0xd2, 0x2b, 0x81, 0xfb, 0xf5, 0x14, 0xd1, 0x17, 0xca, 0x04,
    0xc0, 0x03, 0xc0, 0xfa, 0x08, 0xfa, 0x1e, 0x8f, 0x1e, 0x81, 0xf7, 0x05, 0x0e, 0xc0, 0xe5, 0xc8,
    0xd5, 0xf2, 0x23, 0x53, 0x42, 0xe2, 0x7f, 0x93, 0xdf, 0xde, 0xd0, 0xd0, 0xf1, 0xf6, 0xc7, 0x50,
    0xb6, 0x5f, 0xfa, 0x33, 0x60, 0x1d, 0x24, 0x85, 0x0e, 0x81, 0x2f, 0xcc, 0x60, 0xd1, 0x1f, 0x0e,
    0xf5, 0x43, 0xf7, 0x2f, 0xb9, 0xee, 0xe9, 0x04, 0xfa, 0x15, 0x0e, 0x7b, 0xee, 0x7e, 0x35, 0x71,
    0x4d, 0x1a, 0xf5, 0xf7, 0xbf, 0xc9, 0x24, 0xc4, 0x7f, 0xf5, 0x16, 0x34, 0x21, 0xf7, 0x3b, 0x13,
    0x15, 0x33, 0x0a, 0x27, 0x12, 0x2b, 0xaa, 0x0b, 0xea, 0x11, 0xfa, 0x00, 0xa8, 0xfc, 0x8d, 0x07,
    0x81, 0x0e, 0x9b, 0x25, 0xf9, 0x3f, 0x44, 0xcf, 0x24, 0x81, 0xf5, 0xa9, 0x02, 0xd1, 0xfd, 0x06,
    0x0c, 0xe5, 0x11, 0xee, 0xfd, 0x2d, 0x81, 0xea, 0xd7, 0xd7, 0xf4, 0xda, 0xb7, 0x24, 0xd9, 0x11,
    0xcf, 0x25, 0xdf, 0x6f, 0x1c, 0x7f, 0x4e, 0xb3, 0x3d, 0x8d, 0x3a, 0xf8, 0x26, 0x01, 0x3f, 0x1c,
    0x0c, 0xe1, 0x20, 0xe4, 0x27, 0x8e, 0x7f, 0xb7, 0x02, 0x01, 0x0e, 0x71, 0x2b, 0x56, 0xba, 0x7e,
    0x99, 0x55, 0xaa, 0x06, 0xc2, 0x14, 0xf7, 0x09, 0x61, 0xae, 0xfe, 0xa5, 0x2e, 0xba, 0xfe, 0xbd,
    0x09, 0xb5, 0xff, 0xbb, 0xed, 0x61, 0xdf, 0x7e, 0x09, 0x38, 0xca, 0xff, 0x24, 0x20, 0xfa, 0xdb,
    0x15, 0xef, 0x66, 0x0a, 0x7f, 0x15, 0xdc, 0xeb, 0xc7, 0x12, 0x2e, 0xf5, 0x2d, 0xfe, 0x19, 0x02,
    0xff, 0xea, 0xeb, 0x01, 0x73, 0xd5, 0x7a, 0xc6, 0x08, 0x0d, 0xf2, 0x11, 0xf0, 0x1c, 0xcc, 0x7e,
    0xe4, 0x6d, 0xef, 0x4d, 0xfd, 0xfc, 0x11, 0xe4, 0x7f, 0xf1, 0x38, 0x08, 0x34, 0xd6, 0x38, 0xf5,
    0xf8, 0xe9, 0x06, 0xdd, 0x3a, 0xd0, 0x10, 0xf8, 0xeb, 0xda, 0xaa, 0x01, 0xca, 0xf8, 0xaf, 0xc8,
    0xe5, 0x80, 0x12, 0xb6, 0x1b, 0xf4, 0x04, 0xe7, 0x7f, 0xf7, 0x33, 0x18, 0x64, 0x40, 0x4f, 0xe3,
    0x08, 0xcd, 0x08, 0xfc, 0xbb, 0x00, 0xc7, 0xde, 0x0d, 0xb7, 0x7f, 0xc7, 0x34, 0xed, 0x34, 0x25,
    0xeb, 0x34, 0xd6, 0x53, 0x11, 0x7f, 0x41, 0x07, 0x04, 0x00, 0x4f, 0x09, 0x40, 0x07, 0xf1, 0x08,
    0xe0, 0xfc, 0xf2, 0x11, 0x4a, 0xec, 0x30, 0xc6, 0x08, 0xfd, 0x5d, 0xf9, 0x1d, 0x36, 0x4a, 0x2b,
    0x2c, 0x47, 0x06, 0x33, 0xcf, 0xdf, 0xb3, 0xeb, 0x81, 0x22, 0xb1, 0x1a, 0xa6, 0xe2, 0xce, 0x3f,
    0x0b, 0x7f, 0x11, 0x52, 0x53, 0x3e, 0x7f, 0x1c, 0x10, 0x1a, 0xbe, 0xcf, 0x9c, 0xe1, 0xa7, 0x80,
    0x9f, 0xa6, 0xe2, 0xd4, 0x34, 0xfc, 0xd0, 0x1b, 0xaf, 0x18, 0xe3, 0x07, 0x78, 0x10, 0x37, 0x0d,
    0x03, 0x1d, 0xcb, 0x1b, 0x26, 0xec, 0x7e, 0x00, 0x67, 0x1f, 0x53, 0x1a, 0x7f, 0x29, 0x3d, 0x09,
    0x44, 0xdb, 0x42, 0xe9, 0xb7, 0xfc, 0xec, 0x1c, 0xf9, 0x7e, 0x1f, 0x43, 0xfc, 0x66, 0xc8, 0x24,
    0x07, 0xff, 0x1b, 0xf2, 0xf4, 0x34, 0x1b, 0x26, 0xf8, 0x17, 0x04, 0x25, 0x15, 0x12, 0xf5, 0x18,
    0x05, 0x01, 0xe7, 0xef, 0xbf, 0xe8, 0x02, 0xe4, 0x7f, 0x6e, 0x2e, 0x7f, 0x06, 0x2e, 0xe4, 0x0e,
    0x0c, 0x25, 0x07, 0x52, 0x62, 0xff, 0xff, 0xff, 0xc9, 0xff, 0xff, 0xff, 0x4d, 0x01, 0x00, 0x00,
    0x00, 0xff, 0xff, 0xff, 0x24, 0x00, 0x00, 0x00, 0xc2, 0xff, 0xff, 0xff, 0xeb, 0x03, 0x00, 0x00,
    0xd5, 0xff, 0xff, 0xff, 0x10, 0xfb, 0xff, 0xff, 0xe3, 0x00, 0x00, 0x00, 0xc0, 0x00, 0x00, 0x00,
    0x4a, 0x03, 0x00, 0x00, 0x33, 0xfb, 0xff, 0xff, 0xb0, 0xfe, 0xff, 0xff, 0x88, 0xf9, 0xff, 0xff,
    0x9c, 0x01, 0x00, 0x00, 0x5d, 0x00, 0x00, 0x00, 0xb3, 0x03, 0x00, 0x00, 0x57, 0xfb, 0xff, 0xff,
    0xcd, 0x00, 0x00, 0x00, 0xe7, 0xfe, 0xff, 0xff, 0x7e, 0x01, 0x00, 0x00, 0x76, 0xff, 0xff, 0xff,
    0x75, 0xfe, 0xff, 0xff, 0xf0, 0xf9, 0xff, 0xff, 0x17, 0x01, 0x00, 0x00, 0xbb, 0xef, 0xff, 0xff,
    0x5f, 0x01, 0x00, 0x00, 0x1f, 0xfe, 0xff, 0xff, 0xf3, 0x01, 0x00, 0x00, 0xea, 0xf9, 0xff, 0xff,
    0x3a, 0x01, 0x00, 0x00, 0xa5, 0xfb, 0xff, 0xff, 0x2e, 0xfd, 0xff, 0xff, 0xcd, 0xfe, 0xff, 0xff,
    0x2f, 0xfe, 0xff, 0xff, 0x7e, 0xf4, 0xff, 0xff, 0xc8, 0x01, 0x00, 0x00, 0x2c, 0xf2, 0xff, 0xff,
    0x7d, 0xfe, 0xff, 0xff, 0xf6, 0xf7, 0xff, 0xff, 0x45, 0xff, 0xff, 0xff, 0xd6, 0xfa, 0xff, 0xff,
    0x6f, 0xfb, 0xff, 0xff, 0x6f, 0xf7, 0xff, 0xff, 0xa0, 0xff, 0xff, 0xff, 0x57, 0xfc, 0xff, 0xff,
    0x02, 0xfe, 0xff, 0xff, 0xd4, 0xeb, 0xff, 0xff, 0xae, 0xfe, 0xff, 0xff, 0x99, 0xfa, 0xff, 0xff,
    0x71, 0xfc, 0xff, 0xff, 0xb7, 0xfc, 0xff, 0xff, 0x4c, 0x03, 0x00, 0x00, 0x96, 0xfa, 0xff, 0xff,
    0xb1, 0xfd, 0xff, 0xff, 0xd3, 0xf7, 0xff, 0xff, 0xb6, 0x01, 0x00, 0x00, 0x27, 0xee, 0xff, 0xff,
    0x60, 0xfe, 0xff, 0xff, 0x2b, 0xf9, 0xff, 0xff, 0x22, 0x02, 0x00, 0x00, 0x60, 0xf8, 0xff, 0xff,
    0x74, 0x02, 0x00, 0x00, 0x5e, 0xf5, 0xff, 0xff, 0x73, 0x02, 0x00, 0x00, 0x65, 0xf0, 0xff, 0xff,
    0xf7, 0xfc, 0xff, 0xff, 0x04, 0xf5, 0xff, 0xff, 0x04, 0xfd, 0xff, 0xff, 0x9c, 0xf7, 0xff, 0xff,
    0xc1, 0x01, 0x00, 0x00, 0xd2, 0xf4, 0xff, 0xff, 0xfd, 0x00, 0x00, 0x00, 0x93, 0xed, 0xff, 0xff,
    0xb8, 0xfc, 0xff, 0xff, 0xba, 0xf5, 0xff, 0xff, 0x28, 0x02, 0x00, 0x00, 0x0d, 0xfb, 0xff, 0xff,
    0xda, 0x00, 0x00, 0x00, 0xbd, 0xea, 0xff, 0xff, 0x82, 0x03, 0x00, 0x00, 0x3f, 0xeb, 0xff, 0xff,
    0xdc, 0x00, 0x00, 0x00, 0xd1, 0xf6, 0xff, 0xff, 0x53, 0x01, 0x00, 0x00, 0x4e, 0xf1, 0xff, 0xff,
    0xb4, 0xfc, 0xff, 0xff, 0x03, 0xf5, 0xff, 0xff, 0xef, 0xfe, 0xff, 0xff, 0xe7, 0xf5, 0xff, 0xff,
    0xfc, 0x00, 0x00, 0x00, 0x5f, 0xe9, 0xff, 0xff, 0x5f, 0xff, 0xff, 0xff, 0xff, 0xf4, 0xff, 0xff,
    0xd4, 0x00, 0x00, 0x00, 0x14, 0xf6, 0xff, 0xff, 0x29, 0xfc, 0xff, 0xff, 0xd7, 0xe9, 0xff, 0xff,
    0x2f, 0xff, 0xff, 0xff, 0x83, 0xf4, 0xff, 0xff, 0xe7, 0x03, 0x00, 0x00, 0x25, 0xf3, 0xff, 0xff,
    0x7d, 0x02, 0x00, 0x00, 0xa0, 0xf1, 0xff, 0xff, 0xaa, 0xff, 0xff, 0xff, 0x67, 0xfb, 0xff, 0xff,
    0xd9, 0x00, 0x00, 0x00, 0xb5, 0xf5, 0xff, 0xff, 0xde, 0xfd, 0xff, 0xff, 0x94, 0xf5, 0xff, 0xff,
    0xa6, 0xff, 0xff, 0xff, 0xc8, 0xed, 0xff, 0xff, 0x61, 0xfe, 0xff, 0xff, 0x05, 0xeb, 0xff, 0xff,
    0x4f, 0xfe, 0xff, 0xff, 0xc2, 0xf1, 0xff, 0xff, 0x9b, 0xfd, 0xff, 0xff, 0x90, 0xf2, 0xff, 0xff,
    0xf1, 0xfe, 0xff, 0xff, 0xb7, 0x16, 0x01, 0x1a, 0x5e, 0x14, 0xba, 0x1a, 0x1d, 0x29, 0x3a, 0x2b,
    0xbe, 0x12, 0xc6, 0x23, 0x63, 0x1b, 0xc1, 0x2f, 0xa2, 0x2c, 0x68, 0x29, 0x82, 0x1b, 0xc7, 0x27,
    0x7d, 0x1c, 0xf5, 0x17, 0x96, 0x18, 0xb4, 0x18, 0xc7, 0x14, 0x0b, 0x47, 0x7e, 0x15, 0x33, 0x23,
    0x08, 0x42, 0x3d, 0x49, 0x78, 0x0f, 0xad, 0x1e, 0xe5, 0x13, 0xe6, 0x25, 0xf5, 0x30, 0x39, 0x41,
    0x22, 0x1b, 0xf0, 0x3e, 0x05, 0x25, 0xce, 0x35, 0xf1, 0x1d, 0x7f, 0x3c, 0x9f, 0x1a, 0xac, 0x24,
    0x19, 0x12, 0x94, 0x34, 0x95, 0x24, 0xc0, 0x42, 0x2b, 0x1d, 0x8e, 0x22, 0x0c, 0x2e, 0x9d, 0x25,
    0x80, 0x21, 0x3b, 0x38, 0x93, 0x08, 0x7c, 0x16, 0x60, 0x20, 0x65, 0x38, 0x23, 0x22, 0xbb, 0x30,
    0x2e, 0x2b, 0x99, 0x2d, 0x0a, 0x17, 0xf9, 0x20, 0x22, 0x14, 0xf4, 0x27, 0x15, 0x1c, 0xf4, 0x2b,
    0xa3, 0x17, 0x8e, 0x25, 0x79, 0x26, 0x33, 0x24, 0xa2, 0x10, 0xd7, 0x13, 0x70, 0x1f, 0xa8, 0x31,
    0x25, 0x23, 0xd1, 0x2a, 0x15, 0x1f, 0x17, 0x20, 0x54, 0x19, 0x08, 0x2a, 0xb3, 0x1e, 0x76, 0x31,
    0xc7, 0x4b, 0xda, 0x44, 0x1d, 0x10, 0xc0, 0x14, 0xde, 0x14, 0x52, 0x31, 0xe6, 0x2b, 0x32, 0x44,
    0x43, 0x18, 0x3e, 0x25, 0x0c, 0x25, 0x25, 0x28, 0xa9, 0x29, 0xfd, 0x33, 0xf3, 0x20, 0x34, 0x45,
    0x89, 0x28, 0x17, 0x2a, 0xeb, 0x35, 0xd7, 0x41, 0xc5, 0x23, 0xc4, 0x55, 0xe4, 0x29, 0xf8, 0x2e,
    0x94, 0x1e, 0xd0, 0x29, 0x67, 0x2a, 0x79, 0x6a, 0x97, 0x39, 0x9a, 0x5a, 0x2b, 0x2a, 0x6d, 0x53,
    0xca, 0x2e, 0x06, 0x53, 0xd2, 0x1a, 0x0a, 0x44, 0xa7, 0x17, 0x3c, 0x4a, 0xd6, 0x24, 0x4a, 0x40,
    0xe9, 0x28, 0x52, 0x54, 0x25, 0x42, 0x00, 0x00, 0xf1, 0xeb, 0xe1, 0xfa, 0x06, 0x27, 0x17, 0xf9,
    0x31, 0x2b, 0xe4, 0x37, 0x19, 0xe9, 0xf3, 0xee, 0xd5, 0xf7, 0xdf, 0x09, 0xdb, 0xf7, 0xf8, 0xc0,
    0x04, 0xf6, 0xc3, 0x09, 0xd4, 0x36, 0xe0, 0x04, 0x2a, 0xd5, 0xf9, 0x2a, 0xf7, 0x1b, 0x25, 0xff,
    0xf7, 0x24, 0x0b, 0xe7, 0xe8, 0xe1, 0x1a, 0xdc, 0x05, 0xf7, 0x17, 0xf6, 0xd8, 0x2a, 0xde, 0xf5,
    0xe0, 0x17, 0xe5, 0xf7, 0xc7, 0x03, 0xe3, 0xff, 0xd0, 0xd9, 0x24, 0x07, 0x13, 0x2f, 0x03, 0x2c,
    0x05, 0x30, 0x8c, 0xf1, 0xf3, 0x4a, 0x17, 0x7f, 0xe7, 0x02, 0x06, 0x0e, 0xfd, 0xb9, 0x37, 0xd5,
    0x12, 0x0d, 0xec, 0xd3, 0x45, 0xfd, 0x06, 0x2f, 0xcb, 0xb3, 0xe7, 0xcf, 0xe9, 0xd0, 0xd3, 0x33,
    0x19, 0x63, 0xdf, 0x62, 0x00, 0xc6, 0x19, 0xb5, 0xfa, 0xec, 0xf5, 0xbd, 0xcc, 0x06, 0x7f, 0xe9,
    0x10, 0x19, 0x12, 0xf0, 0xf3, 0xde, 0xe0, 0x29, 0xc0, 0x28, 0x06, 0xbd, 0x31, 0xed, 0x21, 0xf3,
    0xe9, 0x32, 0x1d, 0xe4, 0xe5, 0x23, 0x03, 0x59, 0x18, 0xf8, 0x02, 0x0e, 0x07, 0xc2, 0x21, 0xe7,
    0xeb, 0x51, 0xfd, 0xd6, 0xd5, 0x19, 0xe9, 0x0f, 0xd1, 0x0a, 0x30, 0xc8, 0x2f, 0xe1, 0xbd, 0x57,
    0xfb, 0x07, 0x54, 0xd6, 0x1c, 0xb5, 0x40, 0xd2, 0xf5, 0xe3, 0xf5, 0x0d, 0xc7, 0x2c, 0xdc, 0x35,
    0x17, 0x41, 0xf8, 0xf7, 0xea, 0xcf, 0xf1, 0xd1, 0xe1, 0xed, 0xf6, 0x22, 0xbb, 0x11, 0x81, 0xf8,
    0x17, 0xf0, 0xfc, 0xeb, 0x61, 0x11, 0x03, 0x2e, 0xc4, 0x30, 0x65, 0xbf, 0xb5, 0x2e, 0xbb, 0x19,
    0xf5, 0x76, 0xbf, 0x7e, 0xee, 0x77, 0xb8, 0x12, 0xae, 0xda, 0x8c, 0x18, 0x57, 0xee, 0x6e, 0xef,
    0x3c, 0xd7, 0x2f, 0x11, 0xb2, 0x6c, 0xc8, 0x26, 0xf1, 0xf8, 0xff, 0xff, 0x2d, 0x02, 0x00, 0x00,
    0x5f, 0x02, 0x00, 0x00, 0x27, 0x06, 0x00, 0x00, 0x26, 0x2d, 0x68, 0x49, 0xf3, 0x36, 0xd8, 0x32,
    0x6e, 0x6f, 0x72, 0x6d, 0x61, 0x6c, 0x00, 0x69, 0x6e, 0x6e, 0x65, 0x72, 0x00, 0x6f, 0x75, 0x74,
    0x65, 0x72, 0x00, 0x62, 0x61, 0x6c, 0x6c, 0x00, 0x7b, 0x22, 0x62, 0x61, 0x73, 0x69, 0x73, 0x22,
    0x3a, 0x20, 0x7b, 0x22, 0x64, 0x61, 0x74, 0x61, 0x22, 0x3a, 0x20, 0x22, 0x38, 0x36, 0x32, 0x65,
    0x35, 0x61, 0x35, 0x66, 0x30, 0x31, 0x63, 0x34, 0x30, 0x63, 0x65, 0x31, 0x22, 0x2c, 0x20, 0x22,
    0x70, 0x72, 0x6f, 0x62, 0x65, 0x22, 0x3a, 0x20, 0x5b, 0x2d, 0x31, 0x30, 0x2e, 0x30, 0x32, 0x33,
    0x38, 0x2c, 0x20, 0x35, 0x2e, 0x38, 0x30, 0x34, 0x30, 0x39, 0x2c, 0x20, 0x31, 0x2e, 0x33, 0x37,
    0x32, 0x34, 0x2c, 0x20, 0x31, 0x2e, 0x32, 0x37, 0x37, 0x39, 0x38, 0x2c, 0x20, 0x2d, 0x30, 0x2e,
    0x30, 0x30, 0x30, 0x36, 0x31, 0x38, 0x32, 0x32, 0x36, 0x2c, 0x20, 0x2d, 0x30, 0x2e, 0x30, 0x32,
    0x32, 0x30, 0x38, 0x32, 0x37, 0x5d, 0x2c, 0x20, 0x22, 0x73, 0x70, 0x6c, 0x69, 0x74, 0x22, 0x3a,
    0x20, 0x22, 0x31, 0x38, 0x66, 0x62, 0x65, 0x62, 0x36, 0x38, 0x31, 0x39, 0x61, 0x37, 0x22, 0x7d,
    0x2c, 0x20, 0x22, 0x63, 0x68, 0x61, 0x6e, 0x6e, 0x65, 0x6c, 0x73, 0x22, 0x3a, 0x20, 0x5b, 0x22,
    0x64, 0x72, 0x69, 0x76, 0x65, 0x5f, 0x65, 0x6e, 0x64, 0x5f, 0x67, 0x22, 0x5d, 0x2c, 0x20, 0x22,
    0x63, 0x6f, 0x72, 0x70, 0x75, 0x73, 0x22, 0x3a, 0x20, 0x22, 0x63, 0x77, 0x72, 0x75, 0x22, 0x2c,
    0x20, 0x22, 0x64, 0x61, 0x74, 0x61, 0x5f, 0x68, 0x61, 0x73, 0x68, 0x22, 0x3a, 0x20, 0x22, 0x38,
    0x36, 0x32, 0x65, 0x35, 0x61, 0x35, 0x66, 0x30, 0x31, 0x63, 0x34, 0x30, 0x63, 0x65, 0x31, 0x22,
    0x2c, 0x20, 0x22, 0x66, 0x6f, 0x6c, 0x64, 0x22, 0x3a, 0x20, 0x22, 0x6c, 0x6f, 0x61, 0x64, 0x20,
    0x30, 0x22, 0x2c, 0x20, 0x22, 0x6c, 0x61, 0x62, 0x65, 0x6c, 0x22, 0x3a, 0x20, 0x22, 0x6c, 0x69,
    0x71, 0x75, 0x69, 0x64, 0x20, 0x28, 0x4c, 0x69, 0x6e, 0x65, 0x61, 0x72, 0x4c, 0x54, 0x43, 0x29,
    0x22, 0x2c, 0x20, 0x22, 0x6d, 0x6f, 0x64, 0x65, 0x6c, 0x22, 0x3a, 0x20, 0x22, 0x6c, 0x69, 0x6e,
    0x65, 0x61, 0x72, 0x5f, 0x6c, 0x74, 0x63, 0x22, 0x2c, 0x20, 0x22, 0x72, 0x75, 0x6e, 0x22, 0x3a,
    0x20, 0x22, 0x66, 0x37, 0x62, 0x63, 0x64, 0x61, 0x38, 0x61, 0x64, 0x39, 0x34, 0x66, 0x22, 0x2c,
    0x20, 0x22, 0x73, 0x65, 0x65, 0x64, 0x22, 0x3a, 0x20, 0x30, 0x2c, 0x20, 0x22, 0x73, 0x70, 0x6c,
    0x69, 0x74, 0x22, 0x3a, 0x20, 0x22, 0x6c, 0x65, 0x61, 0x76, 0x65, 0x20, 0x6f, 0x6e, 0x65, 0x20,
    0x6c, 0x6f, 0x61, 0x64, 0x20, 0x6f, 0x75, 0x74, 0x20, 0x28, 0x6e, 0x6f, 0x72, 0x6d, 0x61, 0x6c,
    0x3a, 0x20, 0x63, 0x75, 0x74, 0x20, 0x69, 0x6e, 0x20, 0x74, 0x69, 0x6d, 0x65, 0x2c, 0x20, 0x66,
    0x69, 0x72, 0x73, 0x74, 0x20, 0x36, 0x30, 0x20, 0x25, 0x20, 0x74, 0x72, 0x61, 0x69, 0x6e, 0x2c,
    0x20, 0x6c, 0x61, 0x73, 0x74, 0x20, 0x34, 0x30, 0x20, 0x25, 0x20, 0x74, 0x65, 0x73, 0x74, 0x29,
    0x22, 0x2c, 0x20, 0x22, 0x73, 0x79, 0x6e, 0x74, 0x68, 0x65, 0x74, 0x69, 0x63, 0x22, 0x3a, 0x20,
    0x66, 0x61, 0x6c, 0x73, 0x65, 0x7d, 0x00, 0x00
};
