/* Firmware: lnn_init in arenas of every size up to the need, at every alignment. What it was not given
 * stays as it was. Exit code 0, or 1 at the first that is not refused, 2 at the first byte written. */
#include "host.h"
#include "model.h"

enum { GUARD = 64, ROOM = MODEL_ARENA_BYTES + 16 };

static uint64_t block[(2 * GUARD + ROOM) / 8 + 1];
static lnn_model_t model;

static int untouched(const volatile uint8_t *from, const volatile uint8_t *to) {
    while (from < to)
        if (*from++ != 0xa5) return 0;
    return 1;
}

static int tried(uint32_t size, uint32_t away) {
    volatile uint8_t *all = (volatile uint8_t *)block, *end = all + sizeof block;
    uint8_t *arena = (uint8_t *)block + GUARD + away;
    const lnn_status_t wanted = away & 3 ? LNN_BAD_ALIGNMENT
                              : size < MODEL_ARENA_BYTES ? LNN_SMALL_ARENA : LNN_OK;
    for (volatile uint8_t *byte = all; byte < end; byte++) *byte = 0xa5;
    if (lnn_init(&model, model_data, MODEL_BYTES, arena, size) != wanted) return 1;
    if (wanted != LNN_OK) return untouched(all, end) ? 0 : 2;
    return untouched(all, arena) && untouched(arena + size, end) ? 0 : 2;
}

int main(void) {
    for (uint32_t size = 0; size <= MODEL_ARENA_BYTES + 8; size++)
        for (uint32_t away = 0; away < 8; away += size % 16 ? 4 : 1) {
            const int wrong = tried(size, away);
            if (wrong) return wrong;
        }
    return 0;
}
