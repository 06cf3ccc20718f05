/* An STM32F4 on a wire, by its registers alone: USART2 on PA2 and PA3, the virtual COM port of a Nucleo-64;
 * 80 MHz from the internal oscillator, so no crystal is asked for; PA8 (D7 of a Nucleo) is high while
 * the network computes. Register maps: ST RM0090 (F405, F407), RM0390 (F446), Arm DDI 0403 (core).
 *
 * It ran whole under QEMU (netduinoplus2, an STM32F405); no silicon has confirmed it. */
#include "board.h"
#include "serve.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))

/* Reset and clock control, power and flash */
#define RCC_CR REGISTER(0x40023800u)
#define RCC_PLLCFGR REGISTER(0x40023804u)
#define RCC_CFGR REGISTER(0x40023808u)
#define RCC_AHB1ENR REGISTER(0x40023830u)
#define RCC_APB1ENR REGISTER(0x40023840u)
#define FLASH_ACR REGISTER(0x40023c00u)
/* Port A */
#define GPIOA_MODER REGISTER(0x40020000u)
#define GPIOA_PUPDR REGISTER(0x4002000cu)
#define GPIOA_BSRR REGISTER(0x40020018u)
#define GPIOA_AFRL REGISTER(0x40020020u)
/* USART2 */
#define USART2_SR REGISTER(0x40004400u)
#define USART2_DR REGISTER(0x40004404u)
#define USART2_BRR REGISTER(0x40004408u)
#define USART2_CR1 REGISTER(0x4000440cu)
/* The core: interrupts, FPU, trace, cycle counter; the chip's number */
#define NVIC_ISER1 REGISTER(0xe000e104u)
#define CPACR REGISTER(0xe000ed88u)
#define DEMCR REGISTER(0xe000edfcu)
#define DWT_CTRL REGISTER(0xe0001000u)
#define DWT_CYCCNT REGISTER(0xe0001004u)
#define DBGMCU_IDCODE REGISTER(0xe0042000u)
/* The chip's unique number, 96 bits */
#define UNIQUE(k) REGISTER(0x1fff7a10u + 4u * (k))

#ifndef BAUD
#define BAUD 921600u
#endif
enum { HSI_HZ = 16000000, PLL_HZ = 80000000, PATIENCE = 100000, PIN = 8, USART2_IRQ = 38 };
enum { RXNE = 1u << 5, ORE = 1u << 3, TXE = 1u << 7 }; /* of USART2_SR */
#define RING 4096u /* bytes; a host sends a frame again before its answer at worst a few times */

extern uint32_t image_data[], start_data[], end_data[], start_bss[], end_bss[], top_of_ram[];

void begin(void);

static board_t board;
static volatile uint8_t ring[RING];
static volatile uint32_t written; /* bytes so far, by the interrupt */
static volatile uint32_t taken;

static void heard(void) {
    while (USART2_SR & (RXNE | ORE)) { /* reading SR, then DR, clears an overrun too */
        const uint8_t byte = (uint8_t)USART2_DR;
        if (written - taken == RING) continue; /* lost: its frame is damaged, and comes again */
        ring[written % RING] = byte;
        written++;
    }
}

static uint8_t next_byte(void) {
    __asm__ volatile("cpsid i" ::: "memory");
    while (written == taken) /* a masked interrupt ends WFI all the same, so none is slept through */
        __asm__ volatile("wfi\n\tcpsie i\n\tisb\n\tcpsid i" ::: "memory");
    __asm__ volatile("cpsie i" ::: "memory");
    const uint8_t byte = ring[taken % RING];
    taken++;
    return byte;
}

void board_put(uint8_t byte) {
    while (!(USART2_SR & TXE)) {
    }
    USART2_DR = byte;
}

uint32_t board_cycles(void) { return DWT_CYCCNT; }

void board_pin(uint32_t high) { GPIOA_BSRR = 1u << (high ? PIN : PIN + 16); }

const board_t *board_about(void) { return &board; }

/* 80 MHz: 16 MHz / 8 * 160 / 4. A machine whose oscillators never become ready stays at 16 MHz. */
static uint32_t set_clock(void) {
    uint32_t k = 0;
    RCC_PLLCFGR = 8u | 160u << 6 | 1u << 16 | 7u << 24 | 2u << 28; /* M, N, P (4), Q, R */
    RCC_CR |= 1u << 24;
    while (!(RCC_CR & 1u << 25))
        if (++k == PATIENCE) return HSI_HZ;
    FLASH_ACR = 2u | 7u << 8; /* two wait states; reading ahead and both caches on */
    while ((FLASH_ACR & 15u) != 2u)
        if (++k > 2 * PATIENCE) return HSI_HZ;
    RCC_CFGR = 4u << 10 | 2u; /* the PLL; APB1 at half of it */
    while ((RCC_CFGR & 12u) != 8u)
        if (++k > 3 * PATIENCE) return HSI_HZ;
    return PLL_HZ;
}

static void set_wire(uint32_t apb1_hz) {
    RCC_AHB1ENR |= 1u;
    RCC_APB1ENR |= 1u << 17;
    (void)RCC_APB1ENR; /* a clock runs two cycles after it was switched on */
    GPIOA_BSRR = 1u << (PIN + 16);
    GPIOA_MODER = (GPIOA_MODER & ~(0xf0u | 3u << 2 * PIN)) | 0xa0u | 1u << 2 * PIN;
    GPIOA_PUPDR = (GPIOA_PUPDR & ~0xc0u) | 0x40u; /* PA3 up: a line that nobody drives is idle */
    GPIOA_AFRL = (GPIOA_AFRL & ~0xff00u) | 0x7700u; /* PA2 and PA3 are USART2's */
    USART2_BRR = (apb1_hz + BAUD / 2) / BAUD;
    USART2_CR1 = 1u << 13 | 1u << 5 | 1u << 3 | 1u << 2; /* on: interrupt, both ways */
    NVIC_ISER1 = 1u << (USART2_IRQ - 32);
}

/* Silicon is what gives its number and counts its cycles; QEMU does neither. */
static void look_around(void) {
    DEMCR |= 1u << 24;
    DWT_CYCCNT = 0;
    DWT_CTRL |= 1u;
    const uint32_t before = DWT_CYCCNT;
    board.device = DBGMCU_IDCODE & 0xfffu;
    board.emulated = board.device == 0 || DWT_CYCCNT == before;
    board.baud = BAUD;
    if (board.device == 0) return; /* QEMU has nothing at that address: a read there is a fault */
    for (uint32_t k = 0; k < 3; k++) board.unique[k] = UNIQUE(k);
}

static void fault(void) {
    for (;;) {
    }
}

void begin(void) {
    CPACR |= 0xfu << 20; /* the FPU, before a compiler moves bytes through its registers */
    __asm__ volatile("dsb\n\tisb" ::: "memory");
    const uint32_t *from = image_data;
    for (volatile uint32_t *to = start_data; to < end_data;) *to++ = *from++;
    for (volatile uint32_t *to = start_bss; to < end_bss;) *to++ = 0;
    board.clock_hz = set_clock();
    look_around();
    serve_start();
    set_wire(board.clock_hz == PLL_HZ ? PLL_HZ / 2 : HSI_HZ);
    for (;;) serve_byte(next_byte());
}

typedef struct {
    const void *stack;
    void (*handlers[15 + USART2_IRQ + 1])(void); /* the core's 15, then the chip's */
} vectors_t;

__attribute__((section(".start"), used)) static const vectors_t vectors = {
    top_of_ram,
    {begin, fault, fault, fault, fault, fault, /* reset, NMI, HardFault, memory, bus, usage */
     [15 + USART2_IRQ] = heard}};
