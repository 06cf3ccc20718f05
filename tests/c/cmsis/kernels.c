/* The two kernels of CMSIS-DSP beside the runtime's, with the same arguments.
 *
 * CMSIS-DSP's sources are not here: bench_cmsis.py takes them from the registry's source package, and
 * LNN_WITH_CMSIS says that they are there. Its arm_math.h and ours stand in one file. */
#ifdef LNN_WITH_CMSIS
#pragma GCC diagnostic ignored "-Wall"
#pragma GCC diagnostic ignored "-Wextra"
#pragma GCC diagnostic ignored "-Wimplicit-fallthrough"
#include <arm_math.h>

#include "BasicMathFunctions/arm_mult_q15.c"
#include "BasicMathFunctions/arm_shift_q15.c"
#include "CommonTables/arm_common_tables.c"
#include "CommonTables/arm_const_structs.c"
#include "ComplexMathFunctions/arm_cmplx_mag_squared_q15.c"
#include "MatrixFunctions/arm_mat_vec_mult_q7.c"
#include "TransformFunctions/arm_bitreversal.c"
#include "TransformFunctions/arm_bitreversal2.c"
#include "TransformFunctions/arm_cfft_q15.c"
#include "TransformFunctions/arm_cfft_radix4_q15.c"
#include "TransformFunctions/arm_cfft_init_q15.c"
#include "TransformFunctions/arm_rfft_init_q15.c"
#include "TransformFunctions/arm_rfft_q15.c"
#endif

#include "lnn_internal.h"

enum { LENGTH = 512, ROWS = 32, INPUTS = 64 };

static lnn_model_t model;

int own_setup(const uint8_t *file, uint32_t bytes, void *arena, uint32_t arena_bytes);
uint32_t own_spectrum(const int16_t *x, uint32_t *z);
void own_product(const int16_t *weights, const int32_t *bias, const int16_t *x, int16_t *y);

int own_setup(const uint8_t *file, uint32_t bytes, void *arena, uint32_t arena_bytes) {
    return (int)lnn_init(&model, file, bytes, arena, arena_bytes);
}

/* x: [LENGTH]; z: [LENGTH / 2 + 1] */
uint32_t own_spectrum(const int16_t *x, uint32_t *z) {
    return lnn_spectrum(lnn_feat(&model), model.data, x, z);
}

/* weights: [ROWS / 2][INPUTS]; y: [ROWS] */
void own_product(const int16_t *weights, const int32_t *bias, const int16_t *x, int16_t *y) {
    static const int16_t factor[ROWS] = {1}; /* the time of a product does not depend on it */
    const lnn_product_t product = {weights, bias, factor, ROWS, INPUTS, 0, 0};
    lnn_product(&product, x, y);
}

#ifdef LNN_WITH_CMSIS
static arm_rfft_instance_q15 transform;
static q15_t weighted[LENGTH];

int cmsis_setup(void);
void cmsis_spectrum(const q15_t *x, const q15_t *window, q15_t *bins, q15_t *powers);
void cmsis_product(const q7_t *weights, const q7_t *x, q7_t *y);

int cmsis_setup(void) { return arm_rfft_init_q15(&transform, LENGTH, 0, 1); }

/* x, window: [LENGTH]; bins: [2 * LENGTH], real and imaginary parts; powers: [LENGTH / 2 + 1] */
void cmsis_spectrum(const q15_t *x, const q15_t *window, q15_t *bins, q15_t *powers) {
    arm_mult_q15(x, window, weighted, LENGTH);
    arm_rfft_q15(&transform, weighted, bins);
    arm_cmplx_mag_squared_q15(bins, powers, LENGTH / 2 + 1);
}

/* weights: [ROWS][INPUTS] */
void cmsis_product(const q7_t *weights, const q7_t *x, q7_t *y) {
    const arm_matrix_instance_q7 matrix = {ROWS, INPUTS, (q7_t *)weights};
    arm_mat_vec_mult_q7(&matrix, x, y);
}
#endif
