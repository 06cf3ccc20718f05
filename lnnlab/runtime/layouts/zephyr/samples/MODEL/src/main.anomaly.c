/* SPDX-License-Identifier: MIT
 *
 * @{name} scores silence, a hop at a time; a sensor's samples belong into `samples`. */
#include <zephyr/kernel.h>
#include <zephyr/sys/printk.h>

#include "@{name}.h"

static int16_t samples[@{NAME}_HOP * @{NAME}_CHANNELS]; /* [moment][channel], all zero */
static uint32_t arena[@{NAME}_ARENA_BYTES / 4];
static lnn_anomaly_t anomaly;

int main(void) {
    const lnn_status_t status =
        lnn_anomaly_init(&anomaly, @{name}_data, @{NAME}_BYTES, arena, sizeof arena);
    if (status != LNN_OK) {
        printk("%s\n", lnn_status_text(status));
        return 1;
    }
    printk("@{name} listens\n");
    for (;;) {
        k_msleep(1); /* in its place the driver's read, which waits for @{NAME}_HOP moments */
        if (lnn_anomaly_push(&anomaly, samples, @{NAME}_HOP) && lnn_is_anomaly(&anomaly))
            printk("anomaly, score %u, threshold %u (Q8)\n",
                   (unsigned)lnn_anomaly_score_q8(&anomaly),
                   (unsigned)lnn_anomaly_threshold_q8(&anomaly));
    }
}
