/* Records, strings and small calls: the kinds of work that Dhrystone is made of. */
#include "evidence.h"

enum { LENGTH = 24, ROUNDS = 20, PLACES = 40 };

typedef enum { SENSOR, VALVE, PUMP, SPARE } part_t;

typedef struct record {
    struct record *next;
    part_t part;
    int32_t level, limit;
    char name[LENGTH + 1];
} record_t;

static record_t first, second;
static record_t *current;
static int32_t table[PLACES], grid[PLACES][8]; /* (place), (place, column) */
static int32_t total;
static uint8_t flag, mark;

static void copy_text(char *to, const char *from) {
    while ((*to++ = *from++)) {}
}

static int compare_text(const char *a, const char *b) {
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return (int)(uint8_t)*a - (int)(uint8_t)*b;
}

__attribute__((noinline)) static part_t after(part_t part) {
    switch (part) {
    case SENSOR: return total > 100 ? SENSOR : SPARE;
    case VALVE: return flag ? SENSOR : PUMP;
    case PUMP: return VALVE;
    default: return PUMP;
    }
}

__attribute__((noinline)) static void add_with_offset(int32_t a, int32_t b, int32_t *sum) {
    *sum = a + 2 + b;
}

__attribute__((noinline)) static int same_letter(char a, char b) {
    if (a != b) return 0;
    mark = (uint8_t)a;
    return 1;
}

__attribute__((noinline)) static int later(const char *a, const char *b) {
    int at = 2;
    while (at <= 2)
        if (!same_letter(a[at], b[at + 1])) at++;
    if (compare_text(a, b) <= 0) return 0;
    total += at;
    return 1;
}

__attribute__((noinline)) static void fill(int32_t *line, int32_t (*plane)[8], int32_t i,
                                           int32_t j) {
    const int32_t at = i + 5;
    line[at] = j;
    line[at + 1] = line[at];
    line[at + 30 < PLACES ? at + 30 : at] = at;
    for (int32_t k = 0; k < 2; k++) plane[at][k] = at;
    plane[at][1] += 1;
    total = 5;
}

__attribute__((noinline)) static void advance(record_t *record) {
    record_t *const next = record->next;
    *next = *current;
    record->level = 5;
    next->level = record->level;
    next->next = record->next;
    add_with_offset(total, next->limit, &next->limit);
    if (next->part == SENSOR) {
        next->level = 6;
        next->part = after(record->part);
        next->next = current->next;
        add_with_offset(next->level, 10, &next->level);
    } else {
        *record = *next;
    }
}

int evidence_records(int seed) {
    char one[LENGTH + 1], two[LENGTH + 1];
    first = (record_t){&second, SENSOR, 40, seed, ""};
    copy_text(first.name, "A PUMP, AND ITS RECORD  ");
    copy_text(one, "READINGS, THE FIRST LOT ");
    current = &first;
    total = 0;
    int32_t a = 2, b = 3, c = seed;
    for (int round = 0; round < ROUNDS; round++) {
        flag = 1;
        copy_text(two, "READINGS, THE OTHER LOT ");
        flag = (uint8_t)!later(one, two);
        while (a < b) {
            c = 5 * a - b;
            add_with_offset(a, b, &c);
            a++;
        }
        fill(table, grid, a & 3, c);
        advance(current);
        for (char letter = 'A'; letter <= 'B'; letter++)
            if (after((part_t)(letter & 3)) == SPARE) copy_text(two, "READINGS, A THIRD LOT   ");
        b = a * 7;
        a = b / (c | 1);
        c = 7 * (b - c) - a;
        a = 2; /* so that the loop above runs once a round */
        b = 3;
    }
    return (total + first.level + second.limit + table[7] + a + b + mark) & 0x7FFFFFFF;
}
