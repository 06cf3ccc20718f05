// Prototypes, written from the calls of the listing.
#ifndef MICRO_INTERPRETER_H
#define MICRO_INTERPRETER_H

#include <cstddef>
#include <cstdint>

enum TfLiteStatus { kTfLiteOk, kTfLiteError };

namespace tflite {

struct Model;
class MicroOpResolver {};
class MicroResourceVariables;

class MicroAllocator {
public:
    static MicroAllocator *Create(uint8_t *arena, size_t bytes);
};

class MicroInterpreter {
public:
    MicroInterpreter(const Model *, const MicroOpResolver &, MicroAllocator *,
                     MicroResourceVariables * = nullptr);
    TfLiteStatus AllocateTensors();
};

}  // namespace tflite

#endif
