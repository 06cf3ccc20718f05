/* Of the standard header what CMSIS-DSP's own headers name, for targets that bring none. */
#include <stddef.h>
void *memcpy(void *to, const void *from, size_t bytes);
void *memset(void *to, int value, size_t bytes);
