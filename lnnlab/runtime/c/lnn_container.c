/* The container of a file, int8 or float32: header, checksum, section table, labels. */
#include "lnn_internal.h"

LNN_SMALL static uint32_t crc32_of(const uint8_t *bytes, uint32_t count) {
    static const uint32_t table[16] = { /* four bits at a time, polynomial 0xedb88320 */
        0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158,
        0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4,
        0xa00ae278, 0xbdbdf21c};
    uint32_t crc = 0xffffffffu;
    while (count--) {
        crc ^= *bytes++;
        crc = (crc >> 4) ^ table[crc & 15];
        crc = (crc >> 4) ^ table[crc & 15];
    }
    return ~crc;
}

LNN_SMALL int lnn_array_fits(lnn_view_t *view, const uint32_t *at, uint32_t count, uint32_t size) {
    const uint32_t offset = *at;
    view->where = (uint32_t)((const uint8_t *)at - view->file);
    return !(offset & 3) && offset <= view->data_bytes
        && count <= (view->data_bytes - offset) / size;
}

#define LNN_MAGIC 0x314e4e4cu /* "LNN1" */

LNN_SMALL static lnn_status_t check_sections(lnn_view_t *view, uint32_t bytes) {
    static const uint32_t tags[4] = {/* FEAT LAYR DATA LABL */
        0x54414546u, 0x5259414cu, 0x41544144u, 0x4c42414cu};
    const uint32_t count = *(const uint32_t *)(const void *)(view->file + 16);
    view->where = 16;
    if (count < 4 || count > 8 || bytes < 32 + 16 * count) return LNN_BAD_SECTIONS;
    uint32_t end = (32 + 16 * count + 7) & ~7u;
    for (uint32_t k = 0; k < count; k++) {
        const lnn_section_t *entry = view->table + k;
        view->where = 32 + 16 * k;
        if (k < 4 && entry->tag != tags[k]) return LNN_BAD_SECTIONS;
        if (entry->offset != end || entry->offset > bytes || entry->bytes > bytes - entry->offset)
            return LNN_BAD_SECTIONS;
        end = (entry->offset + entry->bytes + 7) & ~7u;
    }
    return end == bytes ? LNN_OK : LNN_BAD_SECTIONS;
}

/* bytes: given, or LNN_TOLD. */
LNN_SMALL static lnn_status_t check_header(lnn_view_t *view, uint32_t bytes, uint32_t arithmetic) {
    const uint32_t *words = (const uint32_t *)(const void *)view->file;
    view->where = 0;
    if (!words) return LNN_BAD_ARGUMENT;
    view->table = lnn_sections(view->file);
    if ((uintptr_t)words & 7) return LNN_BAD_ALIGNMENT;
    view->where = 8;
    if (bytes < 32) return LNN_BAD_SIZE;
    view->where = 0;
    if (words[0] != LNN_MAGIC) return LNN_BAD_MAGIC;
    view->where = 4;
    if ((words[1] & 0xffffu) != 1) return LNN_BAD_VERSION;
    if (words[1] >> 16 != arithmetic) return LNN_UNSUPPORTED;
    view->where = 8;
    if (bytes == LNN_TOLD ? check_sections(view, words[2]) != LNN_OK : words[2] != bytes)
        return LNN_BAD_SIZE;
    view->where = 12;
    return crc32_of(view->file + 16, words[2] - 16) == words[3] ? LNN_OK : LNN_BAD_CHECKSUM;
}

LNN_SMALL lnn_status_t lnn_open(lnn_view_t *view, const uint8_t *file, uint32_t bytes,
                                uint32_t arithmetic) {
    view->file = file;
    lnn_status_t status = check_header(view, bytes, arithmetic);
    if (status == LNN_OK)
        status = check_sections(view, ((const uint32_t *)(const void *)file)[2]);
    if (status != LNN_OK) return status;
    view->data = file + view->table[2].offset;
    view->data_bytes = view->table[2].bytes;
    return LNN_OK;
}

LNN_SMALL lnn_status_t lnn_labels_fit(lnn_view_t *view) {
    const lnn_section_t *entry = view->table + 3;
    const uint8_t *name = view->file + entry->offset;
    const lnn_layer_t *layers =
        (const lnn_layer_t *)(const void *)(view->file + view->table[1].offset);
    uint32_t names = 0;
    view->where = entry->offset;
    for (uint32_t k = 0; k < entry->bytes; k++) names += !name[k];
    if (!entry->bytes || name[entry->bytes - 1] || names != entry->items
        || names != layers[view->table[1].items - 1].units) return LNN_BAD_LABELS;
    return LNN_OK;
}

LNN_SMALL const lnn_section_t *lnn_section_from(const uint8_t *file, uint32_t tag, uint32_t from) {
    const uint32_t count = *(const uint32_t *)(const void *)(file + 16);
    for (const lnn_section_t *entry = lnn_sections(file) + from; from < count; from++, entry++)
        if (entry->tag == tag) return entry;
    return 0;
}

LNN_INLINE int only_section_fits(const uint8_t *file, uint32_t tag, uint32_t items, uint32_t bytes,
                                 uint32_t *where) {
    const lnn_section_t *entry = lnn_section_from(file, tag, 4); /* behind the four that must be */
    *where = 0;
    if (!entry) return 1;
    const lnn_section_t *again =
        lnn_section_from(file, tag, (uint32_t)(entry - lnn_sections(file)) + 1); /* stands once */
    *where = (uint32_t)((const uint8_t *)(again ? again : entry) - file);
    if (again || entry->bytes != bytes || entry->items != items) return 0;
    *where = entry->offset;
    return 1;
}

LNN_SMALL int lnn_section_fits(const uint8_t *file, uint32_t tag, uint32_t bytes, uint32_t *where) {
    return only_section_fits(file, tag, 1, bytes, where);
}

#ifdef LNN_USE_ANOMALY
LNN_SMALL int lnn_section_of_items_fits(const uint8_t *file, uint32_t tag, uint32_t items,
                                        uint32_t bytes, uint32_t *where) {
    return only_section_fits(file, tag, items, bytes, where);
}
#endif
