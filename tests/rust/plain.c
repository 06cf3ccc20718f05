/* The same hops as m4.rs, through the C alone. */
#include "liquid_audio_lnn.h"

int open_plain(const uint8_t *file, uint32_t bytes);
int plain(const int16_t *samples, uint32_t hop, uint32_t hops);

static lnn_model_t model;
static uint32_t arena[8192];

int open_plain(const uint8_t *file, uint32_t bytes) {
    return lnn_init(&model, file, bytes, arena, sizeof arena);
}

int plain(const int16_t *samples, uint32_t hop, uint32_t hops) {
    int sum = 0;
    lnn_result_t result;
    for (; hops; hops--, samples += hop)
        if (lnn_push(&model, samples, hop, &result)) sum += result.confidence_q15;
    return sum;
}
