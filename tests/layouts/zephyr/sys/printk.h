/* As Zephyr prints, on this machine. */
#include <stdio.h>
#define printk(...) ((void)printf(__VA_ARGS__))
