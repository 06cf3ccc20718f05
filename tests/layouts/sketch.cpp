/* What runs a sketch: HOPS times its loop. */
#include <Arduino.h>

Port Serial;

int main() {
    setup();
    for (int hop = 0; hop < HOPS; hop++) loop();
    return 0;
}
