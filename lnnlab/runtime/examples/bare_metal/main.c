/* SPDX-License-Identifier: MIT
 *
 * A network without an operating system. DMA fills a ring; the core sleeps for as long as the network
 * has nothing to do but let samples pass, which under a timestep policy is many hops. */
#include "board.h"

#ifndef RING_MOMENTS
#define RING_MOMENTS 4096u /* a power of two, so that places in the ring outlive 2^32 moments */
#endif
#if RING_MOMENTS & (RING_MOMENTS - 1) || RING_MOMENTS < 4 * MODEL_HOP
#error "RING_MOMENTS: choose a power of two of four hops or more"
#endif

static int16_t ring[RING_MOMENTS * MODEL_CHANNELS]; /* [moment][channel] */
static uint32_t arena[MODEL_ARENA_BYTES / 4];
static lnn_model_t model;

/* Give the network so many moments from `taken` on, in two pieces where the ring ends. */
static void give(uint32_t taken, uint32_t moments) {
    while (moments) {
        lnn_result_t result;
        const uint32_t place = taken % RING_MOMENTS, left = RING_MOMENTS - place;
        const uint32_t some = moments < left ? moments : left;
        if (lnn_push(&model, ring + place * MODEL_CHANNELS, some, &result)) board_heard(&result);
        taken += some;
        moments -= some;
    }
}

int main(void) {
    const lnn_status_t status = lnn_init(&model, model_data, MODEL_BYTES, arena, sizeof arena);
    uint32_t taken = 0;
    if (status != LNN_OK) board_stop(lnn_status_text(status));
    board_start(ring, sizeof ring / sizeof *ring);
    for (;;) {
        const uint32_t due = lnn_sleep_moments(&model);
        const uint32_t wanted = due < RING_MOMENTS / 2 ? due : RING_MOMENTS / 2; /* it keeps no more */
        const uint32_t there = board_moments() - taken;
        if (there < wanted) {
            board_sleep(wanted - there);
            continue;
        }
        give(taken, wanted);
        taken += wanted;
        if (board_moments() - taken > RING_MOMENTS - wanted) { /* written over while it was read */
            board_overrun();
            lnn_reset(&model);
            taken = board_moments();
        }
    }
}
