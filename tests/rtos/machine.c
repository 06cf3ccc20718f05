/* See machine.h. */
#include "machine.h"

enum { CLOCK_HZ = 25000000, ENABLED = 1, INTERRUPTS = 8, AFTER_END = 6 };

typedef struct { /* CMSDK timer: it counts down and starts anew */
    volatile uint32_t control, value, reload, interrupt;
} cmsdk_timer_t;
#define DMA_TIMER ((cmsdk_timer_t *)0x40000000u) /* interrupt 8 */

static int16_t *buffer, truth[8192]; /* what DMA has written, the newest of it */
static uint32_t length, step, place, written, file, spare;
static volatile uint32_t moments;

static void dma_interrupt(void) {
    DMA_TIMER->interrupt = 1;
    const uint32_t got = host_read(file, buffer + place, 2 * step) / 2;
    if (got < step) {
        if (++spare == AFTER_END) ended();
        return; /* a rest of less than a block is not heard */
    }
    for (uint32_t k = 0; k < step; k++) truth[(written + k) % 8192] = buffer[place + k];
    written += step;
    moments += step / MODEL_CHANNELS;
    place = (place + step) % length;
    arrived(place ? place : length);
}

void begin(void);
void fault(void);

/* VTOR wants a multiple of the table's size, rounded up to a power of two. */
static __attribute__((aligned(128))) const void *const vectors[16 + 9] = {
    0, (const void *)begin, (const void *)fault, (const void *)fault, (const void *)fault,
    (const void *)fault, (const void *)fault, [16 + 8] = (const void *)dma_interrupt};

void dma_start(int16_t *to, uint32_t samples, uint32_t block) {
    buffer = to;
    length = samples;
    step = block;
    file = host_open("samples", READ);
    *(volatile uint32_t *)0xe000ed08 = (uint32_t)(uintptr_t)vectors; /* VTOR */
    *(volatile uint32_t *)0xe000e100 = 1u << 8;                       /* its interrupt is on */
    DMA_TIMER->reload = DMA_TIMER->value =
        (uint32_t)((uint64_t)(block / MODEL_CHANNELS) * CLOCK_HZ / MODEL_RATE_HZ) - 1;
    DMA_TIMER->control = ENABLED | INTERRUPTS;
}

uint32_t dma_moments(void) { return moments; }

int is_heard(const int16_t *samples, uint32_t count, uint32_t from) {
    for (uint32_t k = 0; k < count; k++)
        if (samples[k] != truth[(from + k) % 8192]) return 0;
    return 1;
}
