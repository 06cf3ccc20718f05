/* SPDX-License-Identifier: MIT
 *
 * What main.c asks of a board; yours to write. */
#ifndef BOARD_H
#define BOARD_H

#include "model.h" /* of lnnlab export --name model */

/* Clocks and pins; then let DMA fill the ring again and again. */
void board_start(int16_t *ring, uint32_t samples);

/* Moments that DMA has put there since the start, modulo 2^32: whole rounds, and what its counter
 * says. */
uint32_t board_moments(void);

/* Sleep until about so many more have come: a timer that fires then, or interrupts of DMA, and WFI.
 * Mask interrupts before the timer is set and unmask them behind the WFI, which a masked one ends too:
 * else one that comes in between is slept through. Any interrupt may end the sleep sooner; a timer
 * that fires early costs one more short sleep, so round up. */
void board_sleep(uint32_t moments);

/* A decision; result->keyword_detected says whether it reports a keyword. */
void board_heard(const lnn_result_t *result);

/* Samples were lost; the network has started anew. */
void board_overrun(void);

/* The model was refused. Does not return. */
void board_stop(const char *why);

#endif
