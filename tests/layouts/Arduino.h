/* As much of Arduino's core as the sketches use, on this machine. */
#ifndef ARDUINO_H
#define ARDUINO_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

class Port {
public:
    void begin(unsigned long) {}
    explicit operator bool() const { return true; }
    void print(const char *text) { fputs(text, stdout); }
    void println(const char *text) { puts(text); }
    void println(long value) { printf("%ld\n", value); }
};

extern Port Serial; /* sketch.cpp has it */
static inline unsigned long millis() { return 0; }
static inline void delay(unsigned long) { exit(3); } /* a sketch that gave up */
void setup();
void loop();

#endif
