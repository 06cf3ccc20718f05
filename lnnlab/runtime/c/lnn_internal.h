/* What the runtime's files share: the file's records, fixed-point helpers, the kernels' calls. */
#ifndef LNN_INTERNAL_H
#define LNN_INTERNAL_H

#include <limits.h>

#include "liquid_audio_lnn.h"

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
#include "lnn_policy.h"
#endif

#endif
