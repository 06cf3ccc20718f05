/* SPDX-License-Identifier: MIT
 *
 * First bring-up: one recorded window, and the logits that the integer twin gave for it. Where they
 * come out, compiler, flash, alignment and arena are right, and what is wrong from then on lies
 * between sensor and samples. For models that decide on windows. */
#include <stdio.h> /* without a console look at `differ` in a debugger */

#include "window.h" /* of lnnlab.runtime.bring_up.window_header */

static uint32_t arena[MODEL_ARENA_BYTES / 4];
static lnn_model_t model;

int main(void) {
    int differ = 0;
    lnn_result_t result;
    const lnn_status_t status = lnn_init(&model, model_data, MODEL_BYTES, arena, sizeof arena);
    if (status != LNN_OK || !lnn_push(&model, window_samples, MODEL_WINDOW, &result)) {
        printf("no decision: %s\n", lnn_status_text(status));
        return 2;
    }
    for (uint32_t k = 0; k < MODEL_CLASSES; k++) {
        printf("%-8s %6d, wanted %6d\n", lnn_label(&model, k), result.logits[k], window_logits[k]);
        differ |= result.logits[k] != window_logits[k];
    }
    puts(differ ? "differs from the twin" : "the twin's bits");
    return differ;
}
