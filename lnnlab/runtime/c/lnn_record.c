/* One stream in any pieces, and all that it says: decisions, smoothed probabilities, logits, what was
 * computed. Built with LNN_TRACE, for the host and for the emulated cores alike. */
#include "lnn_internal.h"

static uint32_t lnn_computed[2]; /* frames' features, frames through the layers */

/* Number 0 is seen once a frame's features, number 1 once a frame's way through the layers. */
void lnn_observe(uint32_t number, const void *values, uint32_t count, uint32_t width) {
    (void)values, (void)count, (void)width;
    if (number < 2) lnn_computed[number]++;
}

typedef struct { /* what a stream is given, 32 bytes */
    uint32_t moments, pieces, room;
    uint16_t smoothing_shift, refractory;
    int32_t threshold_q15; /* 0: all three as the file says, or their defaults */
    uint16_t configured; /* 1: `config` replaces the model's policy; 2: it is a flux gate's, whose
                          * fields are of the same widths */
    lnn_adaptive_config_t config;
} lnn_record_task_t;

static int configure(lnn_model_t *model, const lnn_record_task_t *task, uint32_t arena_bytes) {
    const lnn_adaptive_config_t *given = &task->config;
    lnn_flux_config_t flux;
    if (task->configured == 1) return lnn_set_adaptive_config(model, given);
    flux.min_timestep_ms = given->min_timestep_ms;
    flux.max_timestep_ms = given->max_timestep_ms;
    flux.flux_threshold_q8 = given->energy_threshold_q10;
    flux.close_threshold_q8 = given->close_threshold_q10;
    flux.hangover_ms = given->hangover_ms;
    return lnn_set_flux_config(model, &flux, arena_bytes);
}

int lnn_record(const void *file, uint32_t bytes, void *arena, uint32_t arena_bytes,
               const lnn_record_task_t *task, const int16_t *samples, const uint32_t *pieces,
               int32_t *said, int16_t *smoothed, uint32_t *counts);

/* samples: [moments][channels]; pieces: [pieces] moments given at a time, over and over, 0: as many
 * as lnn_sleep_moments says; said: [room][6], a row for each call that ended decisions: how many,
 * last hop that ended, timestep, label, confidence, whether a keyword was detected; smoothed:
 * [room][2][classes], probabilities (Q15), then the logits (Q8); counts: [4], frames' features, frames through the layers, frames heard, frames
 * passed over. Returns the number of rows, or -1 - status, -100 if the model cannot stream, -101 if it refuses the config. */
int lnn_record(const void *file, uint32_t bytes, void *arena, uint32_t arena_bytes,
               const lnn_record_task_t *task, const int16_t *samples, const uint32_t *pieces,
               int32_t *said, int16_t *smoothed, uint32_t *counts) {
    static lnn_model_t model;
    lnn_result_t result;
    const lnn_status_t status = lnn_init(&model, file, bytes, arena, arena_bytes);
    uint32_t rows = 0, piece = 0;
    if (status != LNN_OK) return -1 - (int)status;
    if (!task->threshold_q15 && model.streaming) {
        /* lnn_init has taken them */
    } else if (!lnn_set_streaming(&model, (uint8_t)task->smoothing_shift, task->refractory)) {
        return -100;
    }
    if (task->configured && !configure(&model, task, arena_bytes)) return -101;
    if (task->threshold_q15) lnn_set_threshold(&model, (int16_t)task->threshold_q15);
    const lnn_feat_t *feat = lnn_feat(&model);
    const uint32_t classes = lnn_layers(&model)[model.layer_count - 1].units;
    lnn_computed[0] = lnn_computed[1] = 0;
    for (uint32_t done = 0; done < task->moments && rows < task->room;) {
        uint32_t some = pieces[piece], left = task->moments - done;
        piece = piece + 1 < task->pieces ? piece + 1 : 0;
        some = some ? some : lnn_sleep_moments(&model);
        some = some < left ? some : left;
        const int decisions = lnn_push(&model, samples + done * feat->channels, some, &result);
        done += some;
        if (!decisions) continue;
        const int32_t row[6] = {decisions, (int32_t)((done - feat->frame) / feat->hop),
                                result.timestep, result.label, result.confidence_q15,
                                result.keyword_detected};
        for (uint32_t k = 0; k < 6; k++) *said++ = row[k];
        for (uint32_t c = 0; c < classes; c++) *smoothed++ = model.smoothed[c];
        for (uint32_t c = 0; c < classes; c++) *smoothed++ = result.logits[c];
        rows++;
    }
    counts[0] = lnn_computed[0];
    counts[1] = lnn_computed[1];
    counts[2] = lnn_counts(&model).heard;
    counts[3] = lnn_counts(&model).skipped;
    return (int)rows;
}
