/* A network behind a wire: frames in, decisions out. README.md has the layouts. */
#ifndef SERVE_H
#define SERVE_H

#include <stdint.h>

void serve_start(void);        /* checks the model; once, before the first byte */
void serve_byte(uint8_t byte); /* one of the line; what is to be answered is sent meanwhile */

#endif
