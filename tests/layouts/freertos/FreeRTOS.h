/* The sum of what the examples need of FreeRTOS is one call. */
#define FREERTOS_IS_HERE
