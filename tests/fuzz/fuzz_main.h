/* Stands in for libFuzzer where that is not at hand: runs files and so many mutations of each.
 *
 *     program MUTATIONS FILE ...
 */
#ifndef FUZZ_MAIN_H
#define FUZZ_MAIN_H

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most) {
    static fuzz_random_t random = {1};
    if (!size) return 0;
    if (fuzz_draw(&random, 8) == 0) return fuzz_draw(&random, (uint32_t)size); /* cut off */
    data[fuzz_draw(&random, (uint32_t)size)] = (uint8_t)fuzz_draw(&random, 256);
    return size < most ? size : most;
}

int main(int count, char **names) {
    static uint8_t data[FUZZ_MOST_BYTES], changed[FUZZ_MOST_BYTES];
    const unsigned long mutations = count > 1 ? strtoul(names[1], NULL, 10) : 0;
    unsigned long tried = 0;
    for (int n = 2; n < count; n++) {
        FILE *stream = fopen(names[n], "rb");
        if (!stream) return 2;
        const size_t size = fread(data, 1, sizeof data, stream);
        fclose(stream);
        LLVMFuzzerTestOneInput(data, size);
        for (unsigned long k = 0; k < mutations; k++, tried++) {
            size_t now = size;
            memcpy(changed, data, size);
            for (uint32_t again = 0; again <= k % 3; again++) /* also mutations of mutations */
                now = LLVMFuzzerCustomMutator(changed, now, sizeof changed,
                                              (unsigned int)(3 * tried + again));
            LLVMFuzzerTestOneInput(changed, now);
        }
    }
    printf("%lu inputs, %lu ran\n", tried, fuzz_ran);
    return 0;
}

#endif
