/* See machine.h. */
#include "machine.h"

enum { CLOCK_HZ = 25000000, ENABLED = 1, INTERRUPTS = 8, AFTER_END = 6 };

typedef struct { /* CMSDK timer: it counts down and starts anew */
    volatile uint32_t control, value, reload, interrupt;
} cmsdk_timer_t;
#define DMA_TIMER ((cmsdk_timer_t *)0x40000000u) /* interrupt 8 */
#define WAKE_TIMER ((cmsdk_timer_t *)0x40001000u) /* interrupt 9 */

static int16_t *buffer, truth[8192]; /* what DMA has written, the newest of it */
static uint32_t length, step, place, written, file, spare;
static volatile uint32_t moments, fired;

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

static void wake_interrupt(void) {
    WAKE_TIMER->control = 0;
    WAKE_TIMER->interrupt = 1;
    fired = 1;
}

void begin(void);
void fault(void);

/* VTOR wants a multiple of the table's size, rounded up to a power of two. */
static __attribute__((aligned(128))) const void *const vectors[16 + 10] = {
    0, (const void *)begin, (const void *)fault, (const void *)fault, (const void *)fault,
    (const void *)fault, (const void *)fault, [16 + 8] = (const void *)dma_interrupt,
    [16 + 9] = (const void *)wake_interrupt};

/* Ticks of so many moments. */
static uint32_t ticks(uint32_t count) {
    return (uint32_t)((uint64_t)count * CLOCK_HZ / MODEL_RATE_HZ);
}

void dma_start(int16_t *to, uint32_t samples, uint32_t block) {
    buffer = to;
    length = samples;
    step = block;
    file = host_open("samples", READ);
    *(volatile uint32_t *)0xe000ed08 = (uint32_t)(uintptr_t)vectors; /* VTOR */
    *(volatile uint32_t *)0xe000e100 = 3u << 8;                       /* both interrupts on */
    DMA_TIMER->reload = DMA_TIMER->value = ticks(block / MODEL_CHANNELS) - 1;
    DMA_TIMER->control = ENABLED | INTERRUPTS;
}

uint32_t dma_moments(void) { return moments; }

int is_newest(const int16_t *samples, uint32_t count, uint32_t newer) {
    for (uint32_t k = 0; k < count; k++)
        if (samples[k] != truth[(written - newer - count + k) % 8192]) return 0;
    return 1;
}

void wake_after(uint32_t count) {
    fired = 0;
    WAKE_TIMER->reload = WAKE_TIMER->value = ticks(count);
    WAKE_TIMER->control = ENABLED | INTERRUPTS;
}

int woken(void) { return (int)fired; }
