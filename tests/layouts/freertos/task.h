/* Waits end the program after HOPS hops. */
#ifndef FREERTOS_IS_HERE
#error "FreeRTOS.h goes first"
#endif
#include <stdlib.h>
static inline void vTaskDelay(unsigned ticks) {
    static int hops;
    if (hops++ == HOPS) exit(ticks ? 0 : 4);
}
