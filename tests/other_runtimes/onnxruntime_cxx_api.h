// Prototypes, written from the calls of the listing, over one step that adds what it hears to its
// state and says the sum: (1, 2) features, (1, 2) state.
#ifndef ONNXRUNTIME_CXX_API_H
#define ONNXRUNTIME_CXX_API_H

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

enum OrtAllocatorType { OrtArenaAllocator };
enum OrtMemType { OrtMemTypeDefault };

namespace Ort {

class Env {};
class SessionOptions {};
class AllocatorWithDefaultOptions {};

class RunOptions {
public:
    explicit RunOptions(std::nullptr_t) {}
};

class MemoryInfo {
public:
    static MemoryInfo CreateCpu(OrtAllocatorType, OrtMemType) { return {}; }
};

class TensorTypeAndShapeInfo {
public:
    explicit TensorTypeAndShapeInfo(std::vector<int64_t> shape) : shape_(std::move(shape)) {}
    std::vector<int64_t> GetShape() const { return shape_; }
    size_t GetElementCount() const {
        size_t count = 1;
        for (const int64_t each : shape_) count *= static_cast<size_t>(each);
        return count;
    }

private:
    std::vector<int64_t> shape_;
};

class TypeInfo {
public:
    TensorTypeAndShapeInfo GetTensorTypeAndShapeInfo() const {
        return TensorTypeAndShapeInfo({-1, 2});  // the batch is free
    }
};

class Value {
public:
    template <typename T>
    static Value CreateTensor(const MemoryInfo &, T *data, size_t count, const int64_t *shape,
                              size_t rank) {
        Value made;
        made.shape_.assign(shape, shape + rank);
        made.held_.assign(data, data + count);
        return made;
    }
    template <typename T>
    const T *GetTensorData() const {
        return held_.data();
    }
    TensorTypeAndShapeInfo GetTensorTypeAndShapeInfo() const {
        return TensorTypeAndShapeInfo(shape_);
    }
    Value(Value &&) = default;  // as there: it moves, and is not copied
    Value &operator=(Value &&) = default;

private:
    Value() = default;
    std::vector<int64_t> shape_;
    std::vector<float> held_;
};

using AllocatedStringPtr = std::unique_ptr<char[]>;

class Session {
public:
    Session(const Env &, const char *, const SessionOptions &) {}
    size_t GetInputCount() const { return 2; }
    size_t GetOutputCount() const { return 2; }
    AllocatedStringPtr GetInputNameAllocated(size_t index, AllocatorWithDefaultOptions) const {
        return named(index ? "h" : "features");
    }
    AllocatedStringPtr GetOutputNameAllocated(size_t index, AllocatorWithDefaultOptions) const {
        return named(index ? "h_next" : "logits");
    }
    TypeInfo GetInputTypeInfo(size_t) const { return {}; }
    std::vector<Value> Run(const RunOptions &, const char *const *in, const Value *given,
                           size_t count, const char *const *out, size_t wanted) {
        std::vector<Value> found;
        if (count != 2 || wanted != 2 || std::string(in[1]) != "h" ||
            std::string(out[1]) != "h_next" || given[1].GetTensorTypeAndShapeInfo().GetShape()[0] != 1)
            return found;
        const float *x = given[0].GetTensorData<float>(), *h = given[1].GetTensorData<float>();
        float sum[2] = {x[0] + h[0], x[1] + h[1]};
        const int64_t shape[2] = {1, 2};
        for (int k = 0; k < 2; ++k)
            found.push_back(Value::CreateTensor<float>(MemoryInfo(), sum, 2, shape, 2));
        return found;
    }

private:
    static AllocatedStringPtr named(const std::string &name) {
        AllocatedStringPtr made(new char[name.size() + 1]());
        name.copy(made.get(), name.size());
        return made;
    }
};

}  // namespace Ort

#endif
