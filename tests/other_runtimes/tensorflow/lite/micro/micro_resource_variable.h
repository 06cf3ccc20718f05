#ifndef MICRO_RESOURCE_VARIABLE_H
#define MICRO_RESOURCE_VARIABLE_H

#include "tensorflow/lite/micro/micro_interpreter.h"

namespace tflite {

class MicroResourceVariables {
public:
    static MicroResourceVariables *Create(MicroAllocator *, int variables);
};

}  // namespace tflite

#endif
