/* A timer of QEMU's mps2-an386 (Arm's application note AN386) stands for DMA. */
#ifndef MACHINE_H
#define MACHINE_H

#include "host.h"
#include "model.h"

/* Every `block` samples of the file "samples" interrupt once and go into the buffer, round and round;
 * then arrived() is called with how many of the buffer are full. */
void dma_start(int16_t *buffer, uint32_t samples, uint32_t block);
void arrived(uint32_t filled);

uint32_t dma_moments(void); /* since the start */

/* Whether these samples are those of the file from number `from` on, which DMA has brought. */
int is_heard(const int16_t *samples, uint32_t count, uint32_t from);

/* The file is at its end, and time was left for the rest. Does not return. */
void ended(void);

#endif
