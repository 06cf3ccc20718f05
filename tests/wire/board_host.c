/* A board that is this machine: bytes of stdin in, answers to stdout, until stdin ends. It gives a chip's
 * number and counts 100 cycles each time it is asked, so that it passes for silicon in tests. Last it
 * says on stderr how often the network computed, and how many of the counts were out of order. */
#include <stdio.h>
#include <unistd.h>

#include "board.h"
#include "serve.h"

static uint32_t cycles, computed, high, misordered;

void board_put(uint8_t byte) {
    if (write(1, &byte, 1) != 1) misordered++;
}

uint32_t board_cycles(void) { return cycles += 100; }

void board_pin(uint32_t now) {
    misordered += now == high; /* it only ever changes */
    computed += now;
    high = now;
}

const board_t *board_about(void) {
    static const board_t board = {80000000u, 921600u, 0x421u, {1u, 2u, 3u}, 0};
    return &board;
}

int main(void) {
    static uint8_t some[4096];
    ssize_t count;
    serve_start();
    while ((count = read(0, some, sizeof some)) > 0)
        for (ssize_t k = 0; k < count; k++) serve_byte(some[k]);
    fprintf(stderr, "%u %u\n", (unsigned)computed, (unsigned)misordered);
    return 0;
}
