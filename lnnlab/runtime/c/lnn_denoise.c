/* Sound less what a network's gains take from its bands: one spectrum a hop serves the features and
 * the synthesis (FORMAT.md, section 9). What is removed is made from the spectrum and taken off the
 * samples, so that nothing removed leaves them as they were.
 */
#include "lnn_complex.h"

#ifdef LNN_USE_DENOISE

LNN_INLINE const lnn_gain_t *gains_of(const void *file) {
    const uint8_t *at = (const uint8_t *)file;
    const lnn_section_t *entry = lnn_section_from(at, LNN_GAIN, 4);
    return entry ? (const lnn_gain_t *)(const void *)(at + entry->offset) : 0;
}

/* Behind the model's own memory: what is removed as complex numbers of int32 [hop], z [hop] of the
 * frame, the tail [hop], R [hop + 1]. */
LNN_INLINE uint32_t own_words(const lnn_feat_t *feat) {
    const uint32_t m = feat->frame / 2u;
    return 2 * m + m + m + m / 2 + 1;
}

LNN_SMALL uint32_t lnn_denoise_arena_bytes(const void *file) {
    if (!file || !gains_of(file)) return 0;
    const uint8_t *at = (const uint8_t *)file;
    const lnn_feat_t *feat = (const lnn_feat_t *)(const void *)(at + lnn_sections(at)->offset);
    return lnn_arena_bytes(file) + 4 * own_words(feat);
}

LNN_SMALL void lnn_denoise_reset(lnn_denoise_t *denoise) {
    if (!denoise || !lnn_ready(&denoise->model)) return;
    lnn_reset(&denoise->model);
    lnn_zero((uint32_t *)denoise->tail, lnn_feat(&denoise->model)->hop);
    denoise->left = denoise->taken = 0;
    denoise->now_q15 = denoise->depth_q15;
    lnn_zero((uint32_t *)(void *)denoise->model.frame, lnn_feat(&denoise->model)->frame / 2u);
}

LNN_SMALL lnn_status_t lnn_denoise_init(lnn_denoise_t *denoise, const void *file, uint32_t bytes,
                                        void *arena, uint32_t arena_bytes) {
    if (!denoise) return LNN_BAD_ARGUMENT;
    const lnn_status_t status = lnn_init(&denoise->model, file, bytes, arena, arena_bytes);
    if (status != LNN_OK) return status;
    const uint32_t own = lnn_arena_bytes(file), needed = lnn_denoise_arena_bytes(file);
    if (!needed || needed > arena_bytes) {
        denoise->model.feat = 0; /* no model: lnn_denoise_hop does nothing */
        return needed ? LNN_SMALL_ARENA : LNN_BAD_GAINS;
    }
    const uint32_t m = lnn_feat(&denoise->model)->frame / 2u;
    denoise->work = (int32_t *)(void *)((uint8_t *)arena + own);
    denoise->spectrum = (uint32_t *)(void *)(denoise->work + 2 * m);
    denoise->tail = (int32_t *)(void *)(denoise->spectrum + m);
    denoise->removed = (int16_t *)(void *)(denoise->tail + m);
    denoise->gains = gains_of(file);
    denoise->depth_q15 = gains_of(file)->depth_q15;
    denoise->model.streaming = 1; /* whatever the file says: no window ends */
    lnn_denoise_reset(denoise);
    return LNN_OK;
}

void lnn_denoise_set_depth(lnn_denoise_t *denoise, uint16_t depth_q15) {
    if (!denoise) return;
    const int32_t depth = depth_q15 < 32768 ? depth_q15 : 32768;
    denoise->depth_q15 = depth;
    if (!denoise->model.computed) denoise->now_q15 = depth; /* later it moves there over a hop */
}

uint32_t lnn_denoise_latency(const lnn_denoise_t *denoise) {
    return denoise && lnn_ready(&denoise->model) ? lnn_feat(&denoise->model)->frame : 0;
}

/* R of a band, Q15: two thirds of what is taken from it, as the windows' squares add up to 3/4. */
LNN_INLINE int32_t removal(const lnn_denoise_t *denoise, uint32_t band) {
    const int32_t gain = lnn_sigmoid(lnn_sat16(denoise->model.logits[band] * 16)); /* Q8 to Q12; Q15 */
    return ((32768 - gain) * 21845 + 16384) >> 15;
}

/* R of each bin, Q15, along the filters' slopes. removed: [frame / 2 + 1] */
LNN_NOINLINE static void to_bins(const lnn_denoise_t *denoise) {
    const lnn_model_t *model = &denoise->model;
    const lnn_feat_t *feat = lnn_feat(model);
    const uint32_t bands = feat->bands, bins = feat->frame / 2u + 1u;
    const uint16_t *start = (const uint16_t *)(const void *)(model->data + feat->edges_at);
    const int16_t *rising = (const int16_t *)(const void *)(model->data + feat->rising_at); /* Q15 */
    int32_t low = removal(denoise, 0), high = low;
    uint32_t k = 0;
    for (uint32_t j = 0; j < bands + 3; j++) { /* up to each filter's foot or top, then the last bin */
        const uint32_t end = j < bands + 2 ? start[j] : bins;
        LNN_ROLLED
        for (; k < end; k++) /* Q30 to Q15 */
            denoise->removed[k] = (int16_t)(low + (((high - low) * rising[k] + 16384) >> 15));
        low = high;
        if (j < bands) high = removal(denoise, j); /* filter j rises behind point j */
    }
}

/* As x + 2^14 >> 15 of sums that wrap. */
LNN_INLINE int32_t q15(uint32_t x) { return (int32_t)(x + 16384u) >> 15; }

/* (x w) / 2^16 of a 48-bit product, rounded down; w an int16 */
LNN_INLINE int32_t times_q16(int32_t x, int32_t w) {
#ifdef LNN_DSP
    int32_t y;
    __asm__("smulwb %0, %1, %2" : "=r"(y) : "r"(x), "r"(w));
    return y;
#else
    return (x >> 16) * w + (((int32_t)(x & 0xffff) * w) >> 16);
#endif
}

LNN_INLINE int32_t wrapped_sum(int32_t a, int32_t b) { return (int32_t)((uint32_t)a + (uint32_t)b); }
LNN_INLINE int32_t wrapped_difference(int32_t a, int32_t b) {
    return (int32_t)((uint32_t)a - (uint32_t)b);
}

/* (p z + q t / 2) / 2^down */
LNN_INLINE int32_t mixed_part(int32_t p, int32_t z, int32_t q, int32_t t, uint32_t down) {
    return wrapped_sum(p * z, (int32_t)((uint32_t)q * (uint32_t)t) >> 1) >> down;
}

/* A complex number of int32 takes its place, its parts exchanged. */
LNN_INLINE void place(int32_t *w, int32_t re, int32_t im) {
    w[0] = im;
    w[1] = re;
}

/* Both parts times 2^h and halved, below 2^14. */
LNN_INLINE uint32_t grown(uint32_t z, uint32_t h) {
    return lnn_pack(lnn_left(lnn_low(z), h) >> 1, lnn_left(lnn_high(z), h) >> 1);
}

/* The spectrum of what is removed, parts exchanged, into places of reversed order. h: bits by which
 * z can grow; w: [hop][2], times 2^(15 - log2 hop) */
LNN_NOINLINE static void attenuated(const lnn_denoise_t *denoise, uint32_t h, int32_t *w) {
    const lnn_model_t *model = &denoise->model;
    const lnn_feat_t *feat = lnn_feat(model);
    const uint32_t m = feat->frame / 2u, *z = denoise->spectrum;
    const uint16_t *order = (const uint16_t *)(const void *)(model->data + feat->reversed_at);
    const uint32_t *split = (const uint32_t *)(const void *)(model->data + feat->split_at);
    const int16_t *removed = denoise->removed;
    const uint32_t down = 32 - lnn_leading_zeros(m); /* log2 M + 1 */
    for (uint32_t k = 0; k <= m / 2; k += m / 2) { /* bins 0 and M, both real, share z[0]; of M / 2 q is 0 */
        const uint32_t one = grown(z[k], h);
        const int32_t p = removed[k] + removed[m - k], q = 2 * (removed[k] - removed[m - k]);
        const int32_t a = lnn_low(one), b = lnn_high(one);
        place(w + 2 * order[k], mixed_part(p, a, q, b, down), mixed_part(p, b, q, a, down));
    }
    LNN_ROLLED
    for (uint32_t k = 1; k < m / 2; k++) {
        const uint32_t low = grown(z[k], h), high = grown(z[m - k], h), u = split[k];
        const uint32_t s = sum(low, high), d = difference(low, high); /* below 2^15 */
        const uint32_t even = mixed(s, d), odd = mixed(d, s); /* twice even and odd */
        const uint32_t back = mixed(u, (uint32_t)-lnn_high(u) << 16); /* the other way round */
        const int32_t p = removed[k] + removed[m - k], q = removed[k] - removed[m - k];
        const int32_t tr = q15(real_product(odd, u)), ti = q15(imaginary_product(odd, u));
        const int32_t vr = q15(real_product(even, back)), vi = q15(imaginary_product(even, back));
        place(w + 2 * order[k], mixed_part(p, lnn_low(low), q, tr + vr, down),
              mixed_part(p, lnn_high(low), q, ti + vi, down));
        place(w + 2 * order[m - k], mixed_part(p, lnn_low(high), q, tr - vr, down),
              mixed_part(p, lnn_high(high), q, vi - ti, down));
    }
}

/* FFT of M complex numbers of int32 in bit-reversed order, in place and undivided. w: [M][2];
 * twiddle: [M / 2], Q15 */
LNN_NOINLINE static void summed(int32_t *w, uint32_t m, const uint32_t *twiddle) {
    int32_t *const end = w + 2 * m;
    LNN_ROLLED
    for (int32_t *p = w; p < end; p += 8) { /* two stages without products */
        const int32_t ar = wrapped_sum(p[0], p[2]), ai = wrapped_sum(p[1], p[3]);
        const int32_t br = wrapped_difference(p[0], p[2]), bi = wrapped_difference(p[1], p[3]);
        const int32_t cr = wrapped_sum(p[4], p[6]), ci = wrapped_sum(p[5], p[7]);
        const int32_t dr = wrapped_difference(p[4], p[6]), di = wrapped_difference(p[5], p[7]);
        p[0] = wrapped_sum(ar, cr), p[1] = wrapped_sum(ai, ci);
        p[2] = wrapped_sum(br, di), p[3] = wrapped_difference(bi, dr); /* b - i d */
        p[4] = wrapped_difference(ar, cr), p[5] = wrapped_difference(ai, ci);
        p[6] = wrapped_difference(br, di), p[7] = wrapped_sum(bi, dr);
    }
    for (uint32_t half = 4; half < m; half *= 2) {
        const uint32_t step = m / (2 * half);
        for (uint32_t k = 0; k < half; k++) {
            const int32_t wr = lnn_low(twiddle[k * step]), wi = lnn_high(twiddle[k * step]); /* Q15 */
            LNN_ROLLED
            for (int32_t *p = w + 2 * k; p < end; p += 4 * half) {
                int32_t *q = p + 2 * half;
                const int32_t tr =
                    lnn_left(wrapped_difference(times_q16(q[0], wr), times_q16(q[1], wi)), 1);
                const int32_t ti = lnn_left(wrapped_sum(times_q16(q[0], wi), times_q16(q[1], wr)), 1);
                q[0] = wrapped_difference(p[0], tr), q[1] = wrapped_difference(p[1], ti);
                p[0] = wrapped_sum(p[0], tr), p[1] = wrapped_sum(p[1], ti);
            }
        }
    }
}

/* taken: [hop], what two frames remove from a hop; tail: [hop], Q8, what this frame removes from the
 * next one. w: [2 hop] samples, of each pair the second one first; window: [2 hop] */
LNN_NOINLINE static void overlapped(const int32_t *w, const int16_t *window, int32_t *tail,
                                    int32_t shift, int16_t *taken, uint32_t hop) {
    const uint32_t left = shift < 0 ? (uint32_t)-shift : 0, right = shift < 0 ? 0 : (uint32_t)shift;
    const int32_t half = (int32_t)(1u << right) >> 1;
    LNN_ROLLED
    for (uint32_t n = 0; n < hop; n++) {
        const int32_t v = lnn_left(times_q16(w[n ^ 1], window[n]), left);
        const int32_t all = wrapped_sum(tail[n], wrapped_sum(v, half) >> right); /* Q8 */
        taken[n] = (int16_t)lnn_sat16(wrapped_sum(all, 128) >> 8);
    }
    w += hop;
    window += hop;
    LNN_ROLLED
    for (uint32_t n = 0; n < hop; n++)
        tail[n] = wrapped_sum(lnn_left(times_q16(w[n ^ 1], window[n]), left), half) >> right;
}

/* The share that is taken from now on, Q15: less of it the more is left beside what full gains take.
 * x, taken: [hop] */
LNN_NOINLINE static int32_t share_of(lnn_denoise_t *denoise, const int16_t *x, const int16_t *taken,
                                     uint32_t hop) {
    const lnn_gain_t *gains = (const lnn_gain_t *)denoise->gains;
    const int32_t depth = denoise->depth_q15, shallow = gains->shallow_q15;
    uint64_t left = 0, gone = 0; /* sums of squares, each below 2^30 */
    if (!gains->slope_q15) return depth;
    LNN_ROLLED
    for (uint32_t n = 0; n < hop; n++) {
        const int32_t rest = lnn_sat16(x[n] - taken[n]);
        left += (uint32_t)(rest * rest);
        gone += (uint32_t)(taken[n] * taken[n]);
    }
    denoise->left += left - (denoise->left >> 7);
    denoise->taken += gone - (denoise->taken >> 7);
    const int32_t above = lnn_wide_log2_q10(denoise->left | 1) - lnn_wide_log2_q10(denoise->taken | 1)
        - gains->from_q10; /* octaves, Q10, within 63 */
    if (above <= 0 || shallow >= depth) return depth;
    const int32_t less = (int32_t)(((uint32_t)above * gains->slope_q15) >> 10);
    return depth - less > shallow ? depth - less : shallow;
}

/* out: [hop], holding what full gains take; in its place x less the share of it, which moves from the one
 * of the hop before to this one's. octaves: log2 hop */
LNN_NOINLINE static void given(const int16_t *x, int32_t before, int32_t now, int16_t *out,
                               uint32_t octaves) {
    const uint32_t hop = 1u << octaves;
    LNN_ROLLED
    for (uint32_t n = 0; n < hop; n++) { /* Q15 */
        const int32_t share = before + (((now - before) * (int32_t)(n + 1)) >> octaves);
        out[n] = (int16_t)lnn_sat16(x[n] - ((share * out[n] + 16384) >> 15));
    }
}

LNN_SMALL int lnn_denoise_hop(lnn_denoise_t *denoise, const int16_t *in, int16_t *out) {
    if (!denoise || !in || !out || !lnn_ready(&denoise->model)) return 0;
    lnn_model_t *model = &denoise->model;
    const lnn_feat_t *feat = lnn_feat(model);
    const uint32_t hop = feat->hop, m = feat->frame / 2u;
    uint32_t *z = (uint32_t *)model->scratch;
    lnn_copy(model->frame + hop, in, hop);
    const uint32_t e = lnn_half_spectrum(feat, model->data, model->frame, z);
    lnn_copy((int16_t *)(void *)denoise->spectrum, (const int16_t *)(const void *)z, 2 * m);
    lnn_powers(feat, model->data, z);
    z[0] = e;
    lnn_stage_features(model, 0);
    lnn_stage_layers(model);
    model->step = 1; /* no frame but the first starts PCEN's levels */
    model->computed++;
    lnn_stage_readout(model, 0);
    to_bins(denoise);
    const uint32_t h = lnn_headroom((const int16_t *)(const void *)denoise->spectrum, 2 * m, 14);
    attenuated(denoise, h, denoise->work);
    summed(denoise->work, m, (const uint32_t *)(const void *)(model->data + feat->twiddle_at));
    const int32_t octaves = 31 - (int32_t)lnn_leading_zeros(m);
    overlapped(denoise->work, (const int16_t *)(const void *)(model->data + feat->window_at),
               denoise->tail, (int32_t)(e + h) + 3 - octaves, out, hop);
    const int32_t now = share_of(denoise, model->frame, out, hop);
    given(model->frame, denoise->now_q15, now, out, (uint32_t)octaves);
    denoise->now_q15 = now;
    lnn_copy(model->frame, model->frame + hop, hop);
    return 1;
}

LNN_INLINE uint16_t hop_mark(const lnn_model_t *model) {
    return (uint16_t)((model->computed & 0x7fffu) + 1u);
}

/* What waits for the end of its hop lies in the frame's newest half, what is ready to leave in the
 * memory of the spectrum, where lnn_denoise_hop leaves a spectrum. model->waiting says at which hop
 * that was made so, 0 after a reset. */
LNN_SMALL int lnn_denoise_push(lnn_denoise_t *denoise, const int16_t *in, uint32_t count,
                               int16_t *out) {
    if (!denoise || !in || !out || !lnn_ready(&denoise->model)) return 0;
    lnn_model_t *model = &denoise->model;
    const uint32_t hop = lnn_feat(model)->hop;
    int16_t *ready = (int16_t *)(void *)denoise->spectrum;
    if (model->waiting != hop_mark(model)) { /* nothing is ready */
        lnn_zero(denoise->spectrum, hop / 2);
        model->waiting = hop_mark(model);
        model->filled = 0;
    }
    while (count) {
        const uint32_t at = model->filled, missing = hop - at, some = missing < count ? missing : count;
        lnn_copy(model->frame + hop + at, in, some);
        lnn_copy(out, ready + at, some);
        in += some;
        out += some;
        count -= some;
        model->filled = (uint16_t)(at + some);
        if (some < missing) break;
        lnn_denoise_hop(denoise, model->frame + hop, ready);
        model->waiting = hop_mark(model);
        model->filled = 0;
    }
    return 1;
}

#endif
