/* What serve.c asks of a board: a byte's way out, a cycle counter, a pin, and what it is. stm32f4.c
 * answers for the STM32F4; another family is another such file. */
#ifndef BOARD_H
#define BOARD_H

#include <stdint.h>

typedef struct {
    uint32_t clock_hz;  /* of the core, nominal */
    uint32_t baud;      /* of the wire */
    uint32_t device;    /* the number that the chip gives of its kind; 0: none */
    uint32_t unique[3]; /* the chip's own, as no other has it; 0: none */
    uint8_t emulated;   /* no silicon: nothing counts cycles */
} board_t;

void board_put(uint8_t byte);   /* waits until it can go */
uint32_t board_cycles(void);    /* modulo 2^32; 0 where nothing counts */
void board_pin(uint32_t high);  /* for a meter: high while the network computes */
const board_t *board_about(void);

#endif
