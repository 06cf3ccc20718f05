#ifndef MICRO_MUTABLE_OP_RESOLVER_H
#define MICRO_MUTABLE_OP_RESOLVER_H

#include "tensorflow/lite/micro/micro_interpreter.h"

namespace tflite {

template <unsigned int kMost>
class MicroMutableOpResolver : public MicroOpResolver {
public:
    TfLiteStatus AddAbs();
    TfLiteStatus AddAdd();
    TfLiteStatus AddAssignVariable();
    TfLiteStatus AddCallOnce();
    TfLiteStatus AddConcatenation();
    TfLiteStatus AddDiv();
    TfLiteStatus AddExp();
    TfLiteStatus AddFullyConnected();
    TfLiteStatus AddLog();
    TfLiteStatus AddLogistic();
    TfLiteStatus AddMaximum();
    TfLiteStatus AddMul();
    TfLiteStatus AddNeg();
    TfLiteStatus AddReadVariable();
    TfLiteStatus AddRelu();
    TfLiteStatus AddReshape();
    TfLiteStatus AddSlice();
    TfLiteStatus AddSub();
    TfLiteStatus AddSum();
    TfLiteStatus AddTanh();
    TfLiteStatus AddVarHandle();
};

}  // namespace tflite

#endif
