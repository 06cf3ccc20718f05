/* Prototypes, written from the calls of the example: of the HAL, and of a project's own main.h. */
#ifndef MAIN_H
#define MAIN_H

#include <stdint.h>

typedef enum { HAL_OK, HAL_ERROR } HAL_StatusTypeDef;
typedef enum { GPIO_PIN_RESET, GPIO_PIN_SET } GPIO_PinState;
typedef struct {
    int unused;
} I2S_HandleTypeDef, GPIO_TypeDef;

#define LED_GPIO_Port ((GPIO_TypeDef *)0)
#define LED_Pin ((uint16_t)1)
#define PWR_MAINREGULATOR_ON 0u
#define PWR_SLEEPENTRY_WFI ((uint8_t)1)

void HAL_GPIO_WritePin(GPIO_TypeDef *port, uint16_t pin, GPIO_PinState state);
void HAL_PWR_EnterSLEEPMode(uint32_t regulator, uint8_t entry);
HAL_StatusTypeDef HAL_I2S_Receive_DMA(I2S_HandleTypeDef *i2s, uint16_t *samples, uint16_t count);
void HAL_I2S_RxHalfCpltCallback(I2S_HandleTypeDef *i2s);
void HAL_I2S_RxCpltCallback(I2S_HandleTypeDef *i2s);
void Error_Handler(void);

#endif
