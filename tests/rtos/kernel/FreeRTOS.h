/* Prototypes, written from the calls of the example: one task, whose semaphore interrupts give. */
#ifndef FREERTOS_H
#define FREERTOS_H

#include <stdint.h>

typedef long BaseType_t;
typedef unsigned long UBaseType_t;
typedef uint32_t TickType_t, StackType_t;

#define pdTRUE 1L
#define pdFALSE 0L
#define portMAX_DELAY 0xffffffffu
#define portYIELD_FROM_ISR(woken) ((void)(woken)) /* the one task goes on where it slept */

#endif
