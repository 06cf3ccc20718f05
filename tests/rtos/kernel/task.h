/* See FreeRTOS.h. */
#ifndef TASK_H
#define TASK_H

#ifndef FREERTOS_H
#error "FreeRTOS.h goes first"
#endif

#define tskIDLE_PRIORITY 0UL

typedef struct {
    StackType_t *stack;
    uint32_t words;
} StaticTask_t;
typedef StaticTask_t *TaskHandle_t;

TaskHandle_t xTaskCreateStatic(void (*run)(void *), const char *name, uint32_t stack_words,
                               void *given, UBaseType_t priority, StackType_t *stack,
                               StaticTask_t *room);
UBaseType_t uxTaskGetStackHighWaterMark(TaskHandle_t task); /* words never used; NULL: the one task */
void vTaskStartScheduler(void);

#endif
