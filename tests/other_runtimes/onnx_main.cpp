// Two frames, a new start, one frame: what the listing hands on and what it forgets.
#include "listing.inc"

#include <cstdio>

int main() {
    Network network("model.onnx");
    for (const float each : network.step({1.0f, 10.0f})) std::printf("%g ", each);
    for (const float each : network.step({2.0f, 20.0f})) std::printf("%g ", each);
    network.reset();
    for (const float each : network.step({4.0f, 40.0f})) std::printf("%g ", each);
    return 0;
}
