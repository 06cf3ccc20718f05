/* The last header in front of the task, which stays as printed: here the test puts an ear to what the
 * task is told. */
#ifndef ARM_MATH_H
#define ARM_MATH_H

#include "heard.h"

#undef lnn_process_cmsis
#define lnn_process_cmsis(model, audio_buffer, result) \
    heard(model, audio_buffer, \
          sizeof(audio_buffer) > sizeof(void *) ? (uint32_t)sizeof(audio_buffer) : 0u, result)

#endif
