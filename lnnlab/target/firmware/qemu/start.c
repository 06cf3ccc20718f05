/* What a machine runs before main: memory made ready, the FPU switched on where the build uses it, and
 * a fault that ends the run. */
#include "host.h"

extern uint32_t image_data[], start_data[], end_data[], start_bss[], end_bss[], top_of_ram[];

void begin(void);

void begin(void) {
    const uint32_t *from = image_data;
    for (uint32_t *to = start_data; to < end_data;) *to++ = *from++;
    for (volatile uint32_t *to = start_bss; to < end_bss;) *to++ = 0;
#if defined(__ARM_FP) && !defined(LNN_NO_FLOAT) && !defined(FPU_OFF)
    *(volatile uint32_t *)0xe000ed88 |= 0xfu << 20; /* CPACR: coprocessors 10 and 11 */
    __asm__ volatile("dsb\n\tisb" ::: "memory");
#endif
    paint_stack(end_bss);
    host_exit((uint32_t)main());
}

void fault(void);

/* At a multiple of 4: the low bits of RISC-V's mtvec are its mode. */
__attribute__((aligned(4))) void fault(void) { host_exit(FAULT); }

#ifdef __arm__
__attribute__((section(".start"), used)) static const void *const vectors[16] = {
    top_of_ram, (const void *)begin, (const void *)fault, (const void *)fault, /* NMI, HardFault */
    (const void *)fault, (const void *)fault, (const void *)fault}; /* memory, bus, usage */
#else
__attribute__((naked, section(".start"), used)) void start(void);
void start(void) {
    __asm__ volatile("la sp, top_of_ram\n\tla t0, fault\n\t"
                     ".4byte 0x30529073\n\t" /* csrw mtvec, t0: compilers want Zicsr named for it */
                     "j begin");
}
#endif
