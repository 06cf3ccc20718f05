/* A core's way to its flash, block by block, on this machine: lnnlab/target/flash.py says what it
 * models, tests/literal_flash.py is the same in plain steps.
 *
 * Addresses are handled in pieces: what one read of the array gives. Times are cycles of the core,
 * as doubles, since a block's cost is the middle of a band.
 */
#include <stddef.h>
#include <stdint.h>

enum { MOST_LINES = 4096 };

typedef struct {
    int32_t lines, ways;      /* 0 lines: no cache; ways divide lines */
    int32_t line_pieces;      /* pieces of a line, at most 32 */
    uint64_t clock;           /* of uses, for least recently used */
    int64_t tag[MOST_LINES];  /* number of the line that lies here, -1: none; (set, way) */
    uint32_t held[MOST_LINES]; /* which of its pieces are there, bits */
    uint64_t used[MOST_LINES]; /* when it was last asked for */
} cache_t;

typedef struct {
    int32_t piece_bytes, wait_states, core_ahead_bytes, read_ahead, shared;
    int64_t current, next;     /* piece in use, piece read ahead; -1: none */
    double next_ready, busy_until, clock, fetch_free;
    int64_t end;               /* of the block before */
    cache_t code, data;
} port_t;

typedef struct {
    int32_t piece_bytes, wait_states, core_ahead_bytes, read_ahead, shared;
    int32_t code_lines, data_lines, code_ways, data_ways, line_pieces;
} config_t;

size_t flash_state_bytes(void);
void flash_start(port_t *port, const config_t *config);
void flash_run(port_t *port, int32_t blocks, const uint32_t *address, const uint32_t *size,
               const double *cycles, const int32_t *first_read, const uint32_t *reads,
               double *waited);

static void cache_start(cache_t *cache, int32_t lines, int32_t ways, int32_t line_pieces) {
    cache->lines = lines;
    cache->ways = ways;
    cache->line_pieces = line_pieces;
    cache->clock = 0;
    for (int32_t i = 0; i < lines; i++) cache->tag[i] = -1;
}

/* Where the line of a piece lies; where it would go, if it lies nowhere. */
static int32_t place_of(const cache_t *cache, int64_t line) {
    const int32_t set = (int32_t)(line % (cache->lines / cache->ways)) * cache->ways;
    int32_t oldest = set;
    for (int32_t i = set; i < set + cache->ways; i++) {
        if (cache->tag[i] == line) return i;
        if (cache->tag[oldest] >= 0 && (cache->tag[i] < 0 || cache->used[i] < cache->used[oldest]))
            oldest = i;
    }
    return oldest;
}

static int cache_holds(const cache_t *cache, int64_t piece) {
    if (!cache->lines) return 0;
    const int64_t line = piece / cache->line_pieces;
    const int32_t at = place_of(cache, line);
    return cache->tag[at] == line && (cache->held[at] >> (piece % cache->line_pieces) & 1u);
}

/* Whether a piece was held; it is from now on. */
static int cache_access(cache_t *cache, int64_t piece) {
    if (!cache->lines) return 0;
    const int64_t line = piece / cache->line_pieces;
    const int32_t at = place_of(cache, line);
    const uint32_t bit = 1u << (piece % cache->line_pieces);
    if (cache->tag[at] != line) {
        cache->tag[at] = line;
        cache->held[at] = 0;
    }
    cache->used[at] = ++cache->clock;
    const int there = (cache->held[at] & bit) != 0;
    cache->held[at] |= bit;
    return there;
}

/* A read of the array: it lets the one under way end, then takes its wait states. */
static double array_read(port_t *port, double now) {
    const double free = now > port->busy_until ? now : port->busy_until;
    port->busy_until = free + port->wait_states + 1;
    return free - now + port->wait_states;
}

/* Cycles until a piece of code answers. */
static double latency(port_t *port, int64_t piece, double now) {
    double wait = 0;
    if (piece == port->current) return 0;
    if (port->read_ahead && piece == port->next) {
        if (port->next_ready > now) wait = port->next_ready - now;
        (void)cache_access(&port->code, piece);
    } else if (!cache_access(&port->code, piece)) {
        wait = array_read(port, now);
    }
    if (port->read_ahead && port->next != piece + 1) {
        port->next = -1;
        if (!cache_holds(&port->code, piece + 1)) {
            const double free = now + wait > port->busy_until ? now + wait : port->busy_until;
            port->next = piece + 1;
            port->next_ready = free + port->wait_states;
            port->busy_until = port->next_ready + 1;
        }
    }
    return wait;
}

/* Cycles that execution waits for a piece that it needs at a time. */
static double fetch(port_t *port, int64_t piece, int64_t words, double needed, double lead) {
    const double early = needed - lead;
    const double asked = port->fetch_free > early ? port->fetch_free : early;
    const double ready = asked + latency(port, piece, asked);
    port->fetch_free = ready + (double)words;
    port->current = piece;
    return ready > needed ? ready - needed : 0;
}

static double read_constant(port_t *port, uint32_t address, double now) {
    cache_t *const cache = port->shared ? &port->code : &port->data;
    return cache_access(cache, address / port->piece_bytes) ? 0 : array_read(port, now);
}

static double run_block(port_t *port, int64_t address, int64_t size, double cycles,
                        const uint32_t *reads, int32_t count) {
    const double began = port->clock, pace = cycles / (double)size, gap = cycles / (count + 1);
    const int64_t end = address + size, bytes = port->piece_bytes;
    double waited = 0;
    int32_t done = 0;
    if (address != port->end) port->fetch_free = began; /* what was fetched ahead is of no use */
    for (int64_t piece = address / bytes; piece <= (end - 1) / bytes; piece++) {
        const int64_t first = piece * bytes > address ? piece * bytes : address;
        const int64_t last = (piece + 1) * bytes < end ? (piece + 1) * bytes : end;
        const double at = (double)(first - address) * pace;
        for (; done < count && (done + 1) * gap < at; done++)
            waited += read_constant(port, reads[done], began + (done + 1) * gap + waited);
        waited += fetch(port, piece, (last - first + 3) / 4, began + at + waited,
                        port->core_ahead_bytes * pace);
    }
    for (; done < count; done++)
        waited += read_constant(port, reads[done], began + (done + 1) * gap + waited);
    port->clock = began + cycles + waited;
    port->end = end;
    return waited;
}

size_t flash_state_bytes(void) { return sizeof(port_t); }

void flash_start(port_t *port, const config_t *config) {
    port->piece_bytes = config->piece_bytes;
    port->wait_states = config->wait_states;
    port->core_ahead_bytes = config->core_ahead_bytes;
    port->read_ahead = config->read_ahead;
    port->shared = config->shared;
    port->current = port->next = port->end = -1;
    port->next_ready = port->busy_until = port->clock = port->fetch_free = 0;
    cache_start(&port->code, config->code_lines, config->code_ways, config->line_pieces);
    cache_start(&port->data, config->data_lines, config->data_ways, config->line_pieces);
}

void flash_run(port_t *port, int32_t blocks, const uint32_t *address, const uint32_t *size,
               const double *cycles, const int32_t *first_read, const uint32_t *reads,
               double *waited) {
    for (int32_t i = 0; i < blocks; i++)
        waited[i] = port->wait_states && size[i]
                        ? run_block(port, address[i], size[i], cycles[i], reads + first_read[i],
                                    first_read[i + 1] - first_read[i])
                        : 0;
}
