/* The example for FreeRTOS on mps2-an386: what it is told goes to "decisions", a row for each decision
 * and one for each time the LED is lit; then how it went. */
#include "machine.h"

#include "audio.h"
#include "heard.h"
#include "main.h"

#ifndef TURNS
#define TURNS 0 /* of a loop that makes the work of a half longer */
#endif

I2S_HandleTypeDef hi2s2;

static uint32_t rows, halves, torn, lit, lit_at;

void HAL_GPIO_WritePin(GPIO_TypeDef *port, uint16_t pin, GPIO_PinState state) {
    if (port == LED_GPIO_Port && pin == LED_Pin && state == GPIO_PIN_SET) lit++;
}

void HAL_PWR_EnterSLEEPMode(uint32_t regulator, uint8_t entry) {
    (void)regulator, (void)entry;
    if (lit != lit_at) { /* behind the row of the half that lit it */
        const int16_t row[4] = {-1, 0, 0, 0};
        host_write(rows, row, sizeof row);
        lit_at = lit;
    }
    __asm__ volatile("wfi" ::: "memory");
}

HAL_StatusTypeDef HAL_I2S_Receive_DMA(I2S_HandleTypeDef *i2s, uint16_t *samples, uint16_t count) {
    (void)i2s;
    dma_start((int16_t *)samples, count, count / 8u); /* four blocks a half */
    return HAL_OK;
}

void arrived(uint32_t filled) {
    if (filled == AUDIO_BUFFER_SIZE) HAL_I2S_RxHalfCpltCallback(&hi2s2);
    else if (filled == 2 * AUDIO_BUFFER_SIZE) HAL_I2S_RxCpltCallback(&hi2s2);
    else return;
    halves++;
}

void Error_Handler(void) { host_exit(FAULT); }

int heard(lnn_model_t *model, const int16_t *samples, uint32_t bytes, lnn_result_t *result) {
    const uint32_t from = (halves - 1) * AUDIO_BUFFER_SIZE;
    const int decisions = lnn_process(model, samples, bytes, result);
    for (volatile uint32_t k = TURNS; k; k--) {
    }
    const int16_t row[4] = {result->label, result->confidence_q15, result->keyword_detected,
                            (int16_t)result->timestep};
    if (decisions) host_write(rows, row, sizeof row);
    if (!is_heard(samples, AUDIO_BUFFER_SIZE, from)) torn++; /* DMA has begun to write it over */
    return decisions;
}

void ended(void) {
    const uint32_t last[5] = {halves, audio_overruns, torn,
                              4 * (uint32_t)uxTaskGetStackHighWaterMark(0), stack_bytes()};
    host_write(rows, last, sizeof last);
    host_exit(0);
}

int main(void) {
    const lnn_status_t status = start_audio();
    if (status != LNN_OK) return REFUSED + (int)status;
    rows = host_open("decisions", WRITE);
    vTaskStartScheduler();
    return FAULT;
}
