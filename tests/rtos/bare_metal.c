/* The board of the bare-metal example: mps2-an386. Decisions go to "decisions"; then how it went. */
#include "board.h"
#include "machine.h"

#ifndef TURNS
#define TURNS 0 /* of a loop that makes the work of a decision longer */
#endif

static uint32_t rows, sleeps, overruns;

void board_start(int16_t *ring, uint32_t samples) {
    rows = host_open("decisions", WRITE);
    dma_start(ring, samples, 64 * MODEL_CHANNELS);
}

uint32_t board_moments(void) { return dma_moments(); }

/* The timer is that of DMA: the sleep goes on behind its interrupts until there is enough. */
void board_sleep(uint32_t moments) {
    const uint32_t due = dma_moments() + moments;
    sleeps++;
    for (;;) {
        __asm__ volatile("cpsid i" ::: "memory");
        if ((int32_t)(dma_moments() - due) >= 0) break;
        __asm__ volatile("wfi\n\tcpsie i\n\tisb" ::: "memory");
    }
    __asm__ volatile("cpsie i" ::: "memory");
}

void board_heard(const lnn_result_t *result) {
    const int16_t row[4] = {result->label, result->confidence_q15, result->keyword_detected,
                            (int16_t)result->timestep};
    host_write(rows, row, sizeof row);
    for (volatile uint32_t k = TURNS; k; k--) {
    }
}

void board_overrun(void) { overruns++; }

void board_stop(const char *why) {
    (void)why;
    host_exit(REFUSED);
}

void arrived(uint32_t filled) { (void)filled; }

void ended(void) {
    const uint32_t last[4] = {dma_moments(), overruns, sleeps, stack_bytes()};
    host_write(rows, last, sizeof last);
    host_exit(0);
}
