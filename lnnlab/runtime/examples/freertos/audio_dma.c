/* SPDX-License-Identifier: MIT
 *
 * Halves of a circular DMA buffer: while the task works on one, the other is filled, so a half must be
 * done within the time of a hop. The DMA of AUDIO_I2S is circular, of halfwords, and its interrupt's
 * priority allows kernel calls (configMAX_SYSCALL_INTERRUPT_PRIORITY, or a larger number). */
#include "model.h" /* of lnnlab export --name model */

#include "audio.h"
#include "main.h" /* CubeMX's: the HAL, Error_Handler */

#ifndef AUDIO_I2S
#define AUDIO_I2S hi2s2
#endif
#if MODEL_ARENA_BYTES > LNN_STATIC_ARENA_BYTES
#error "LNN_STATIC_ARENA_BYTES: define it as MODEL_ARENA_BYTES, for all files alike"
#endif
#if 2 * MODEL_HOP * MODEL_CHANNELS > 65535
#error "a hop of this model is more than the HAL gives to a DMA at once: let DMA fill smaller halves"
#endif
#define STACK_WORDS ((MODEL_STACK_BYTES + 512) / sizeof(StackType_t)) /* the task's own frames: 512 */

extern I2S_HandleTypeDef AUDIO_I2S;

SemaphoreHandle_t audio_ready_sem;
int16_t *volatile audio_buffer;
volatile uint32_t audio_overruns;

const uint32_t audio_buffer_samples = MODEL_HOP * MODEL_CHANNELS;

static int16_t halves[2][MODEL_HOP * MODEL_CHANNELS]; /* [half][moment * channel] */

static void full(uint32_t half) {
    BaseType_t woken = pdFALSE;
    audio_buffer = halves[half];
    if (xSemaphoreGiveFromISR(audio_ready_sem, &woken) != pdTRUE) audio_overruns++;
    portYIELD_FROM_ISR(woken);
}

void HAL_I2S_RxHalfCpltCallback(I2S_HandleTypeDef *i2s) {
    if (i2s == &AUDIO_I2S) full(0);
}

void HAL_I2S_RxCpltCallback(I2S_HandleTypeDef *i2s) {
    if (i2s == &AUDIO_I2S) full(1);
}

void configure_audio_dma(uint32_t samples) {
    if (HAL_I2S_Receive_DMA(&AUDIO_I2S, (uint16_t *)halves[0], (uint16_t)(2 * samples)) != HAL_OK)
        Error_Handler();
}

static void run(void *unused) {
    (void)unused;
    audio_processing_task();
}

lnn_status_t start_audio(void) {
    static StaticSemaphore_t semaphore;
    static StaticTask_t task;
    static StackType_t stack[STACK_WORDS];
    const lnn_status_t status = lnn_check(model_data, MODEL_BYTES, 0);
    if (status != LNN_OK) return status; /* the task asks no more */
    audio_ready_sem = xSemaphoreCreateBinaryStatic(&semaphore);
    xTaskCreateStatic(run, "audio", STACK_WORDS, 0, tskIDLE_PRIORITY + 2, stack, &task);
    return LNN_OK;
}
