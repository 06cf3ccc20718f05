/* lnn_process, and a record of it; see freertos.c. */
#ifndef HEARD_H
#define HEARD_H

#include "liquid_audio_lnn.h"

int heard(lnn_model_t *model, const int16_t *audio_buffer, uint32_t bytes, lnn_result_t *result);

#endif
