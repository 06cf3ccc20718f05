/* SPDX-License-Identifier: MIT
 *
 * A product of one's own in place of the runtime's. `unit_two_rows` stands for the hardware: write its
 * operands to your unit there and wait until it is done. All else is what any unit needs around it. */
#include "own_kernels.h"

own_counts_t own_counts;

/* Two rows over all columns. pairs: [columns] weights, 256 * odd + even row; x: [columns], int8 values.
 * A unit that takes int8 rows wants them apart: unpack them once, at the start, into memory of its own. */
static void unit_two_rows(const int16_t *pairs, const int16_t *x, uint32_t columns, int32_t sums[2]) {
    sums[0] = sums[1] = 0;
    for (uint32_t column = 0; column < columns; column++) {
        const int32_t low = pairs[column] & 255, even = low < 128 ? low : low - 256;
        const int32_t odd = (pairs[column] - even) / 256; /* exact */
        sums[0] += even * x[column];
        sums[1] += odd * x[column];
    }
}

/* A sum as the layer's output. factor: Q16 times 2^(up - down) */
static int16_t requantised(int32_t sum, int32_t factor, uint32_t up, uint32_t down) {
    const int64_t wide = (int64_t)(int32_t)((uint32_t)sum << up) * factor;
    const int32_t y = ((int32_t)(wide >> 16) + ((int32_t)(1u << down) >> 1)) >> down;
    return (int16_t)(y > 32767 ? 32767 : y < -32768 ? -32768 : y);
}

void lnn_own_product(const lnn_product_t *product, const int16_t *x, int16_t *y) {
    const uint32_t columns = (product->inputs + 1u) & ~1u;
    const int16_t *pairs = product->weights;
    int32_t sums[2];
    for (uint32_t row = 0; row < product->rows; row += 2, pairs += columns) {
        unit_two_rows(pairs, x, columns, sums);
        for (uint32_t r = row; r < row + 2 && r < product->rows; r++)
            y[r] = requantised(sums[r - row] + product->bias[r], product->factor[r], product->up,
                               product->down);
    }
    own_counts.products++;
    own_counts.multiplications += product->rows * product->inputs;
}
