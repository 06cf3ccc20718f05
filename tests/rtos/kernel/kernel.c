/* See FreeRTOS.h. The task has a stack of its own (PSP), interrupts have main's (MSP). */
#include "FreeRTOS.h"
#include "semphr.h"
#include "task.h"

enum { PAINT = 0x5a5a5a5a };

static StaticTask_t *only;
static void (*function)(void *);
static void *argument;

SemaphoreHandle_t xSemaphoreCreateBinaryStatic(StaticSemaphore_t *room) {
    room->given = 0;
    return room;
}

BaseType_t xSemaphoreGiveFromISR(SemaphoreHandle_t semaphore, BaseType_t *woken) {
    *woken = pdTRUE;
    if (semaphore->given) return pdFALSE;
    semaphore->given = 1;
    return pdTRUE;
}

BaseType_t xSemaphoreTake(SemaphoreHandle_t semaphore, TickType_t ticks) {
    (void)ticks;
    for (;;) {
        __asm__ volatile("cpsid i" ::: "memory");
        if (semaphore->given) break;
        __asm__ volatile("wfi\n\tcpsie i\n\tisb" ::: "memory");
    }
    semaphore->given = 0;
    __asm__ volatile("cpsie i" ::: "memory");
    return pdTRUE;
}

TaskHandle_t xTaskCreateStatic(void (*run)(void *), const char *name, uint32_t stack_words,
                               void *given, UBaseType_t priority, StackType_t *stack,
                               StaticTask_t *room) {
    (void)name, (void)priority;
    function = run;
    argument = given;
    room->stack = stack;
    room->words = stack_words;
    for (volatile StackType_t *word = stack; word < stack + stack_words; word++) *word = PAINT;
    return only = room;
}

UBaseType_t uxTaskGetStackHighWaterMark(TaskHandle_t task) {
    const StaticTask_t *asked = task ? task : only;
    UBaseType_t left = 0;
    while (left < asked->words && asked->stack[left] == PAINT) left++;
    return left;
}

void vTaskStartScheduler(void) {
    const uint32_t top = (uint32_t)(uintptr_t)(only->stack + only->words) & ~7u;
    __asm__ volatile(
        "msr psp, %0\n\tmrs r3, control\n\torr r3, r3, #2\n\tmsr control, r3\n\tisb\n\t"
        "mov r0, %2\n\tblx %1\n\t1: b 1b"
        : : "r"(top), "r"(function), "r"(argument) : "r0", "r1", "r2", "r3", "ip", "lr", "memory");
}
