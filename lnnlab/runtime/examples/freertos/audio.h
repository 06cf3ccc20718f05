/* SPDX-License-Identifier: MIT
 *
 * What the task in audio_processing_task.inc works with: two halves of a buffer that DMA fills in turn,
 * a semaphore that says that one is full. */
#ifndef AUDIO_H
#define AUDIO_H

#include "FreeRTOS.h"
#include "semphr.h"
#include "task.h"

#include "liquid_audio_lnn.h"

/* Samples of a half: a hop, as lnn_process_cmsis takes it of a pointer. audio_dma.c knows the model's;
 * the task declares model_data itself, so model.h stays away from it. */
#define AUDIO_BUFFER_SIZE audio_buffer_samples

extern const uint32_t audio_buffer_samples;
extern SemaphoreHandle_t audio_ready_sem;
extern int16_t *volatile audio_buffer;   /* the half that is full, [moment][channel] */
extern volatile uint32_t audio_overruns; /* halves that the task had not yet asked for */

/* Check the model and make semaphore and task; call it before vTaskStartScheduler. */
lnn_status_t start_audio(void);
void configure_audio_dma(uint32_t samples); /* of a half */
void audio_processing_task(void);

#endif
