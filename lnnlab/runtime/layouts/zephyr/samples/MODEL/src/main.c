/* SPDX-License-Identifier: MIT
 *
 * @{name} hears silence, a hop at a time; a sensor's samples belong into `samples`. */
#include <zephyr/kernel.h>
#include <zephyr/sys/printk.h>

#include "@{name}.h"

static int16_t samples[@{NAME}_HOP * @{NAME}_CHANNELS]; /* [moment][channel], all zero */
static uint32_t arena[@{NAME}_ARENA_BYTES / 4];
static lnn_model_t model;

int main(void) {
    const lnn_status_t status = lnn_init(&model, @{name}_data, @{NAME}_BYTES, arena, sizeof arena);
    if (status != LNN_OK) {
        printk("%s\n", lnn_status_text(status));
        return 1;
    }@{settings}
    printk("@{name} listens\n");
    for (;;) {
        lnn_result_t result;
        k_msleep(1); /* in its place the driver's read, which waits for @{NAME}_HOP moments */
        if (lnn_process(&model, samples, sizeof samples, &result)@{asks})
            printk("%s, confidence %d %%\n", result.keyword,
                   (int)(100L * result.confidence_q15 / 32768));
    }
}
