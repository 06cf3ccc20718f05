/* The listing as printed, and what it leaves to its reader: a main and read_audio. */
#include <liquid_audio/lnn.hpp>

void read_audio(float *buffer, int count);

int main() {
#include "listing.inc"
}
