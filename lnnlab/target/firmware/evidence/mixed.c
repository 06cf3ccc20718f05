/* Lists, matrices, a scanner and a CRC: the kinds of work that CoreMark is made of. */
#include "evidence.h"

enum { NODES = 48, SIDE = 9, TEXT = 320, DATA = 256 };

typedef struct node {
    struct node *next;
    int16_t key, tag;
} node_t;

static node_t nodes[NODES];                     /* (node) */
static int16_t left[SIDE][SIDE], right[SIDE][SIDE]; /* (row, column) */
static int32_t product[SIDE][SIDE];             /* (row, column) */
static uint8_t text[TEXT + 1], bytes[DATA];     /* (character), (byte) */

static uint32_t random_next(uint32_t *state) {
    *state = *state * 1664525u + 1013904223u;
    return *state >> 16;
}

uint16_t evidence_crc16(uint16_t crc, uint16_t word) {
    crc ^= word;
    for (int bit = 0; bit < 16; bit++)
        crc = (uint16_t)((crc & 1u) ? (crc >> 1) ^ 0xA001u : crc >> 1);
    return crc;
}

int evidence_crc(int seed) {
    uint32_t state = (uint32_t)seed;
    for (int i = 0; i < DATA; i++) bytes[i] = (uint8_t)random_next(&state);
    uint16_t crc = 0xFFFF;
    for (int i = 0; i < DATA; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++) {
            const uint16_t low = crc & 1u;
            crc >>= 1;
            if (low) crc ^= 0xA001u;
        }
    }
    return crc;
}

static node_t *find_key(node_t *at, int16_t key) {
    while (at && at->key != key) at = at->next;
    return at;
}

static node_t *reversed(node_t *at) {
    node_t *behind = 0;
    while (at) {
        node_t *const next = at->next;
        at->next = behind;
        behind = at;
        at = next;
    }
    return behind;
}

static int by_key(const node_t *a, const node_t *b) { return a->key - b->key; }
static int by_tag(const node_t *a, const node_t *b) { return a->tag - b->tag; }

/* Merges two sorted lists. */
static node_t *merged(node_t *a, node_t *b, int (*order)(const node_t *, const node_t *)) {
    node_t head = {0, 0, 0}, *last = &head;
    while (a && b) {
        node_t **const first = order(a, b) <= 0 ? &a : &b;
        last->next = *first;
        last = *first;
        *first = last->next;
    }
    last->next = a ? a : b;
    return head.next;
}

/* Sorts by merging runs of growing length, held by their powers of two. */
static node_t *sorted(node_t *at, int (*order)(const node_t *, const node_t *)) {
    node_t *runs[8] = {0};
    while (at) {
        node_t *one = at;
        at = at->next;
        one->next = 0;
        int rank = 0;
        for (; runs[rank]; rank++) {
            one = merged(runs[rank], one, order);
            runs[rank] = 0;
        }
        runs[rank] = one;
    }
    node_t *all = 0;
    for (int rank = 0; rank < 8; rank++)
        if (runs[rank]) all = all ? merged(runs[rank], all, order) : runs[rank];
    return all;
}

int evidence_list(int seed) {
    uint32_t state = (uint32_t)seed;
    for (int i = 0; i < NODES; i++) {
        nodes[i].key = (int16_t)(random_next(&state) & 0x3FF);
        nodes[i].tag = (int16_t)i;
        nodes[i].next = i + 1 < NODES ? &nodes[i + 1] : 0;
    }
    node_t *head = nodes;
    uint16_t crc = 0;
    for (int turn = 0; turn < 12; turn++) {
        const int16_t wanted = nodes[(turn * 7) % NODES].key;
        const node_t *const found = find_key(head, wanted);
        head = reversed(head);
        crc = evidence_crc16(crc, (uint16_t)(found ? found->tag : -1));
    }
    head = sorted(head, by_key);
    for (const node_t *each = head; each; each = each->next)
        crc = evidence_crc16(crc, (uint16_t)each->key);
    head = sorted(head, by_tag);
    return evidence_crc16(crc, (uint16_t)head->tag);
}

int evidence_matrix(int seed) {
    uint32_t state = (uint32_t)seed;
    int32_t total = 0;
    for (int i = 0; i < SIDE; i++)
        for (int j = 0; j < SIDE; j++) {
            left[i][j] = (int16_t)(random_next(&state) & 0xFF);
            right[i][j] = (int16_t)(random_next(&state) & 0x7F);
        }
    for (int i = 0; i < SIDE; i++) { /* by a constant and by a vector */
        int32_t sum = 0;
        for (int j = 0; j < SIDE; j++) {
            left[i][j] = (int16_t)(left[i][j] + seed);
            sum += left[i][j] * right[0][j];
        }
        total += sum;
    }
    for (int i = 0; i < SIDE; i++)
        for (int j = 0; j < SIDE; j++) {
            int32_t sum = 0;
            for (int k = 0; k < SIDE; k++) sum += left[i][k] * right[k][j];
            product[i][j] = sum;
        }
    for (int i = 0; i < SIDE; i++) /* fields of bits of the factors */
        for (int j = 0; j < SIDE; j++) {
            int32_t sum = 0;
            for (int k = 0; k < SIDE; k++) {
                const int32_t each = left[i][k] * right[k][j];
                sum += ((each >> 2) & 0xF) * ((each >> 5) & 0x7F);
            }
            total += product[i][j] > sum ? 10 : sum & 0xFF;
        }
    return total & 0x7FFFFFFF;
}

typedef enum { BETWEEN, SIGN, WHOLE, POINT, FRACTION, POWER, POWER_SIGN, EXPONENT, WRONG } state_t;

static int is_digit(uint8_t each) { return each >= '0' && each <= '9'; }

/* The state after one more character. */
static state_t next_state(state_t state, uint8_t each) {
    if (each == ',' && state != WRONG) return BETWEEN;
    switch (state) {
    case BETWEEN:
        if (is_digit(each)) return WHOLE;
        if (each == '+' || each == '-') return SIGN;
        return each == '.' ? POINT : WRONG;
    case SIGN: return is_digit(each) ? WHOLE : each == '.' ? POINT : WRONG;
    case WHOLE:
        if (each == '.') return FRACTION;
        return is_digit(each) ? WHOLE : WRONG;
    case POINT: return is_digit(each) ? FRACTION : WRONG;
    case FRACTION:
        if (each == 'e' || each == 'E') return POWER;
        return is_digit(each) ? FRACTION : WRONG;
    case POWER: return each == '+' || each == '-' ? POWER_SIGN : WRONG;
    case POWER_SIGN:
    case EXPONENT: return is_digit(each) ? EXPONENT : WRONG;
    case WRONG: break;
    }
    return each == ',' ? BETWEEN : WRONG;
}

int evidence_scanner(int seed) {
    static const char *const words[8] = { /* numbers, whole and broken ones */
        "5012,", "-874,", "+122.5,", ".64400,", "-110.7e+10,", "+0.6e-12,", "T0.3e-1F,", "1.T++Tq,"};
    uint32_t state = (uint32_t)seed;
    int count = 0;
    while (count < TEXT - 12)
        for (const char *each = words[random_next(&state) & 7]; *each; each++)
            text[count++] = (uint8_t)*each;
    text[count] = 0;
    uint32_t ended[9] = {0}, changes[9] = {0}; /* (state) */
    for (int pass = 0; pass < 2; pass++) {
        state_t at = BETWEEN;
        for (const uint8_t *each = text; *each; each++) {
            const state_t next = next_state(at, *each);
            if (next == BETWEEN) ended[at]++;
            if (next != at) changes[next]++;
            at = next;
        }
        for (int i = 0; i < count; i += 23) text[i] ^= (uint8_t)(text[i] == ',' ? 0 : 1);
    }
    uint16_t crc = 0;
    for (int i = 0; i < 9; i++) {
        crc = evidence_crc16(crc, (uint16_t)ended[i]);
        crc = evidence_crc16(crc, (uint16_t)changes[i]);
    }
    return crc;
}

int evidence_mixed(int seed) {
    uint16_t crc = 0;
    crc = evidence_crc16(crc, (uint16_t)evidence_list(seed));
    crc = evidence_crc16(crc, (uint16_t)evidence_matrix(seed));
    crc = evidence_crc16(crc, (uint16_t)evidence_scanner(seed));
    return evidence_crc16(crc, (uint16_t)evidence_crc(seed));
}
