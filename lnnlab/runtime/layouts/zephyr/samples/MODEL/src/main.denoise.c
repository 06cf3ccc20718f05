/* SPDX-License-Identifier: MIT
 *
 * @{name} makes silence quieter, a hop at a time; a microphone's samples belong into `samples`,
 * which then hold what is left of the hop before. */
#include <zephyr/kernel.h>
#include <zephyr/sys/printk.h>

#include "@{name}.h"

static int16_t samples[@{NAME}_HOP]; /* all zero */
static uint32_t arena[@{NAME}_ARENA_BYTES / 4];
static lnn_denoise_t denoise;

int main(void) {
    const lnn_status_t status =
        lnn_denoise_init(&denoise, @{name}_data, @{NAME}_BYTES, arena, sizeof arena);
    if (status != LNN_OK) {
        printk("%s\n", lnn_status_text(status));
        return 1;
    }
    printk("@{name} listens\n");
    printk("%u moments behind\n", (unsigned)lnn_denoise_latency(&denoise));
    for (;;) {
        k_msleep(1); /* in its place the driver's read, which waits for @{NAME}_HOP moments */
        lnn_denoise_hop(&denoise, samples, samples);
        /* here: give the hop to what plays or records it */
    }
}
