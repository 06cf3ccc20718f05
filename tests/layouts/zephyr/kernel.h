/* Waits end the program after HOPS hops. */
#include <stdlib.h>
static inline int k_msleep(int milliseconds) {
    static int hops;
    if (hops++ == HOPS) exit(milliseconds > 0 ? 0 : 4);
    return 0;
}
