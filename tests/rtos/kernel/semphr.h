/* See FreeRTOS.h. */
#ifndef SEMPHR_H
#define SEMPHR_H

#ifndef FREERTOS_H
#error "FreeRTOS.h goes first"
#endif

typedef struct {
    volatile uint32_t given;
} StaticSemaphore_t;
typedef StaticSemaphore_t *SemaphoreHandle_t;

SemaphoreHandle_t xSemaphoreCreateBinaryStatic(StaticSemaphore_t *room);
BaseType_t xSemaphoreGiveFromISR(SemaphoreHandle_t semaphore, BaseType_t *woken);
BaseType_t xSemaphoreTake(SemaphoreHandle_t semaphore, TickType_t ticks);

#endif
