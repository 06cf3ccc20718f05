/* What gcc may call in any freestanding program (its manual, "Standards"); linked where it does. */
#include <stddef.h>

void *memcpy(void *to, const void *from, size_t count);
void *memset(void *to, int value, size_t count);

void *memcpy(void *to, const void *from, size_t count) {
    unsigned char *out = to;
    for (const unsigned char *in = from; count; count--) {
        *out++ = *in++;
        __asm__ volatile(""); /* else the loop becomes a call of itself */
    }
    return to;
}

void *memset(void *to, int value, size_t count) {
    for (unsigned char *out = to; count; count--) {
        *out++ = (unsigned char)value;
        __asm__ volatile("");
    }
    return to;
}
