/* One recording through a denoiser, hop by hop: for this machine and for the emulated cores alike. */
#include "lnn_internal.h"

#ifdef LNN_TRACE
void lnn_observe(uint32_t number, const void *values, uint32_t count, uint32_t width) {
    (void)number, (void)values, (void)count, (void)width;
}
#endif

int lnn_denoised(const void *file, uint32_t bytes, void *arena, uint32_t arena_bytes,
                 uint32_t depth_q15, const int16_t *in, uint32_t hops, int16_t *out);

/* in, out: [hops][hop]; depth: 65535 as the file says. Returns hops, or -1 - status. */
int lnn_denoised(const void *file, uint32_t bytes, void *arena, uint32_t arena_bytes,
                 uint32_t depth_q15, const int16_t *in, uint32_t hops, int16_t *out) {
    lnn_denoise_t denoise;
    const lnn_status_t status = lnn_denoise_init(&denoise, file, bytes, arena, arena_bytes);
    if (status != LNN_OK) return -1 - (int)status;
    if (depth_q15 <= 32768) lnn_denoise_set_depth(&denoise, (uint16_t)depth_q15);
    const uint32_t hop = lnn_hop(&denoise.model);
    for (uint32_t t = 0; t < hops; t++)
        if (!lnn_denoise_hop(&denoise, in + t * hop, out + t * hop)) return -100;
    return (int)hops;
}
