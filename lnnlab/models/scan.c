/* The scan of LinearLTC over a batch of sequences, and its gradient.
 *
 *     k = exp(-softplus(z) dt),   g = tanh(a) or |a|,   h <- g + k (h - g)
 *
 * A row holds one step of one sequence: of pre-activations [z | a], (2 * units), or of states,
 * (units). Rows lie in any order that two strides describe. Loops over units have no branch and no
 * call, so that compilers make vectors of them; exp, sigmoid and tanh are therefore written out,
 * within 2e-7 of the true value, exp relatively. Equal input gives equal bits.
 */

#include <stdint.h>

typedef struct {
    int64_t time, batch, units;
    int64_t time_rows, batch_rows; /* rows from a step to the next, from a sequence to the next */
    int64_t time_grad, batch_grad; /* the same of the output's gradient, in floats */
    int64_t absolute;              /* 1: g = |a|, 0: g = tanh(a) */
} Shape;

typedef union {
    float value;
    uint32_t bits;
} Float;

/* e^x, x held to +-87 so that the result is a normal number: 2^n e^r with |r| <= ln 2 / 2 */
static inline float exponential(float x)
{
    const float whole = 12582912.0f; /* 1.5 * 2^23: what is added to it is rounded to a whole */
    x = x < -87.0f ? -87.0f : x;
    x = x > 87.0f ? 87.0f : x;
    const Float shifted = {x * 1.44269504f + whole};
    const float n = shifted.value - whole;
    const float r = (x - n * 0.693359375f) + n * 2.12194440e-4f; /* ln 2 in two parts */
    float p = 1.0f / 5040.0f; /* Taylor's series to the seventh power: 5e-9 short at most */
    p = p * r + 1.0f / 720.0f;
    p = p * r + 1.0f / 120.0f;
    p = p * r + 1.0f / 24.0f;
    p = p * r + 1.0f / 6.0f;
    p = p * r + 0.5f;
    p = p * r * r + r + 1.0f;
    Float scale;
    scale.bits = (shifted.bits << 23) + 0x3f800000u; /* 2^n */
    return p * scale.value;
}

static inline float sigmoid(float x)
{
    return 1.0f / (1.0f + exponential(-x));
}

/* ln(1 + e), 0 <= e <= 1: 2 artanh(e / (2 + e)), whose series is 1.4e-8 short at most */
static inline float log1p_unit(float e)
{
    const float s = e / (2.0f + e), q = s * s;
    float p = 1.0f / 13.0f;
    p = p * q + 1.0f / 11.0f;
    p = p * q + 1.0f / 9.0f;
    p = p * q + 1.0f / 7.0f;
    p = p * q + 1.0f / 5.0f;
    p = p * q + 1.0f / 3.0f;
    return 2.0f * s * (1.0f + q * p);
}

static inline float target(float a, int absolute)
{
    return absolute ? (a < 0.0f ? -a : a) : 2.0f * sigmoid(2.0f * a) - 1.0f;
}

/* g + k (h - g), exactly g at k = 0 and h at k = 1 */
static inline float between(float g, float h, float k)
{
    return k < 0.5f ? g + k * (h - g) : h - (h - g) * (1.0f - k);
}

static void forward_row(int64_t units, float *restrict z, float *restrict a,
                        const float *restrict before, float *restrict h, int absolute)
{
    for (int64_t u = 0; u < units; u++) {
        const float k = sigmoid(-z[u]), g = target(a[u], absolute);
        h[u] = between(g, before[u], k);
        z[u] = k;
        a[u] = absolute ? a[u] : g;
    }
}

/* slope: dk/dz = -slope k; rate: dk/ddt = -rate k */
static void forward_timed_row(int64_t units, float dt, float *restrict z, float *restrict a,
                              const float *restrict before, float *restrict h,
                              float *restrict rate, float *restrict slope, int absolute)
{
    for (int64_t u = 0; u < units; u++) {
        const float e = exponential(z[u] < 0.0f ? z[u] : -z[u]); /* e^-|z| */
        const float share = 1.0f / (1.0f + e), g = target(a[u], absolute);
        rate[u] = (z[u] > 0.0f ? z[u] : 0.0f) + log1p_unit(e);
        slope[u] = (z[u] > 0.0f ? share : e * share) * dt;
        const float k = exponential(-rate[u] * dt);
        h[u] = between(g, before[u], k);
        z[u] = k;
        a[u] = absolute ? a[u] : g;
    }
}

/* carry: what the later steps pass back, k delta of the step after, then of this one */
static void backward_row(int64_t units, const float *restrict k, const float *restrict a,
                         const float *restrict slope, const float *restrict before,
                         const float *restrict h_grad, float *restrict carry,
                         float *restrict z_grad, float *restrict a_grad, int absolute)
{
    for (int64_t u = 0; u < units; u++) {
        const float delta = h_grad[u] + carry[u], passed = 1.0f - k[u];
        const float g = absolute ? (a[u] < 0.0f ? -a[u] : a[u]) : a[u];
        const float bend = absolute ? (float)(a[u] > 0.0f) - (float)(a[u] < 0.0f) : 1.0f - g * g;
        carry[u] = k[u] * delta;
        z_grad[u] = (g - before[u]) * carry[u] * (slope ? slope[u] : passed);
        a_grad[u] = passed * delta * bend;
    }
}

/* What the gradients of z and of dt share, times the rate, summed over the units. */
static float dt_grad(int64_t units, const float *a, const float *before, const float *carry,
                     const float *rate, int absolute)
{
    float sum = 0.0f;
    for (int64_t u = 0; u < units; u++) {
        const float g = absolute && a[u] < 0.0f ? -a[u] : a[u];
        sum += (g - before[u]) * carry[u] * rate[u];
    }
    return sum;
}

/* pre (row, 2 * units): [z | a] becomes [k | a or tanh(a)]; initial (batch, units); spans (row) or
 * NULL: 1; timed (row, 2 * units), with spans: [rate | slope]; sequence (row, units): h. */
void lnnlab_scan_forward(const Shape *n, float *pre, const float *initial, const float *spans,
                         float *timed, float *sequence)
{
    const int64_t units = n->units, by_time = n->time_rows < n->batch_rows;
    const int64_t outer = by_time ? n->batch : n->time, inner = by_time ? n->time : n->batch;
    for (int64_t i = 0; i < outer; i++) {
        for (int64_t j = 0; j < inner; j++) {
            const int64_t t = by_time ? j : i, b = by_time ? i : j;
            const int64_t row = t * n->time_rows + b * n->batch_rows;
            float *z = pre + 2 * row * units, *h = sequence + row * units;
            const float *before = t ? h - n->time_rows * units : initial + b * units;
            if (spans) {
                float *rate = timed + 2 * row * units;
                forward_timed_row(units, spans[row], z, z + units, before, h, rate, rate + units,
                                  (int)n->absolute);
            } else if (n->absolute) {
                forward_row(units, z, z + units, before, h, 1);
            } else {
                forward_row(units, z, z + units, before, h, 0);
            }
        }
    }
}

/* pre, initial, timed and sequence as the forward pass left them; grad: of the sequence; pre_grad
 * (row, 2 * units); initial_grad (batch, units), zero at the start; spans_grad (row) or NULL. */
void lnnlab_scan_backward(const Shape *n, const float *pre, const float *initial,
                          const float *timed, const float *sequence, const float *grad,
                          float *pre_grad, float *initial_grad, float *spans_grad)
{
    const int64_t units = n->units, by_time = n->time_rows < n->batch_rows;
    const int64_t outer = by_time ? n->batch : n->time, inner = by_time ? n->time : n->batch;
    for (int64_t i = 0; i < outer; i++) {
        for (int64_t j = 0; j < inner; j++) {
            const int64_t t = n->time - 1 - (by_time ? j : i), b = by_time ? i : j;
            const int64_t row = t * n->time_rows + b * n->batch_rows;
            const float *k = pre + 2 * row * units, *a = k + units;
            const float *h = sequence + row * units, *rate = timed ? timed + 2 * row * units : 0;
            const float *before = t ? h - n->time_rows * units : initial + b * units;
            const float *h_grad = grad + t * n->time_grad + b * n->batch_grad;
            float *carry = initial_grad + b * units, *z_grad = pre_grad + 2 * row * units;
            if (rate) {
                backward_row(units, k, a, rate + units, before, h_grad, carry, z_grad,
                             z_grad + units, (int)n->absolute);
            } else if (n->absolute) {
                backward_row(units, k, a, 0, before, h_grad, carry, z_grad, z_grad + units, 1);
            } else {
                backward_row(units, k, a, 0, before, h_grad, carry, z_grad, z_grad + units, 0);
            }
            if (spans_grad) {
                spans_grad[row] = dt_grad(units, a, before, carry, rate, (int)n->absolute);
            }
        }
    }
}
