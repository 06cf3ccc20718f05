/* SPDX-License-Identifier: MIT
 *
 * What own_kernels.c counts of the runtime's calls. */
#ifndef OWN_KERNELS_H
#define OWN_KERNELS_H

#include "liquid_audio_lnn.h"

typedef struct {
    uint32_t products, multiplications; /* calls, and weights that they took */
    uint32_t spectra, samples;          /* calls, and samples that they took */
} own_counts_t;

extern own_counts_t own_counts;

#endif
