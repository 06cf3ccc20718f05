/* Fuzzing the float32 path: whatever is accepted must run without a fault.
 *
 *     clang -std=c99 -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
 *         -I lnnlab/runtime/float32 tests/fuzz/lnn_float_fuzz.c lnnlab/runtime/c/lnn_container.c \
 *         lnnlab/runtime/float32/lnn_float.c lnnlab/runtime/float32/lnn_float_check.c \
 *         lnnlab/runtime/float32/lnn_float_layers.c -o lnn_float_fuzz
 *     mkdir -p found_float
 *     ./lnn_float_fuzz -max_len=8192 -timeout=10 found_float tests/fuzz/corpus_float
 *
 * What is found goes to the first folder, not to the committed one. With FUZZ_MAIN the program runs
 * the files that it is given and mutations of each (fuzz_main.h).
 */
#include "lnn_float.h"

#define FUZZ_ARITHMETIC 1
#define FUZZ_CALL(name) lnn_float_##name
typedef lnn_float_t fuzz_model_t;
typedef lnn_float_result_t fuzz_result_t;
static const size_t fuzz_parts[] = {
    offsetof(lnn_float_t, scratch), offsetof(lnn_float_t, x), offsetof(lnn_float_t, other),
    offsetof(lnn_float_t, states), offsetof(lnn_float_t, pool), offsetof(lnn_float_t, logits),
    offsetof(lnn_float_t, maps), offsetof(lnn_float_t, maps) + sizeof(float *),
    offsetof(lnn_float_t, frame)};

#include "fuzz_run.h"

static void fuzz_use(fuzz_model_t *model, fuzz_work_t *work, fuzz_random_t *random) {
    lnn_float_result_t result;
    while (work->left) {
        const uint32_t some = fuzz_draw(random, 4) ? 0 : work->hop;
        const uint32_t moments = fuzz_moments(work, some, random);
        int16_t *samples = fuzz_samples(2 * moments * work->channels, random);
        memset(&result, 0xa5, sizeof result);
        const int decisions = lnn_float_push(model, samples, moments, &result);
        free(samples);
        FUZZ_EXPECT(decisions >= 0 && (uint32_t)decisions <= moments);
        if (!decisions) {
            FUZZ_EXPECT(fuzz_untouched(&result, sizeof result));
            continue;
        }
        FUZZ_EXPECT(result.label >= 0 && strlen(result.keyword) < FUZZ_MOST_BYTES);
        FUZZ_EXPECT(result.confidence >= 0.0f && result.confidence <= 1.0f);
        FUZZ_EXPECT(result.logits == model->logits);
    }
}
