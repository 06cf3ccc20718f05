/* What CMSIS-DSP asks of CMSIS-Core where it is measured: intrinsics by Arm's C language extensions. */
#ifndef CMSIS_COMPILER_H
#define CMSIS_COMPILER_H

#include <arm_acle.h>

#define __ALIGNED(x) __attribute__((aligned(x)))
#define __STATIC_FORCEINLINE static inline __attribute__((always_inline, unused))
#define __STATIC_INLINE static inline
#define __WEAK __attribute__((weak))
#define __ASM __asm

#define __SSAT __ssat
#define __USAT __usat
#define __CLZ __builtin_clz
#define __ROR(x, bits) ((uint32_t)(x) >> (bits) | (uint32_t)(x) << (32 - (bits)))
#define __QADD __qadd
#define __QSUB __qsub
#define __QADD8 __qadd8
#define __QSUB8 __qsub8
#define __QADD16 __qadd16
#define __QSUB16 __qsub16
#define __QASX __qasx
#define __QSAX __qsax
#define __SHADD16 __shadd16
#define __SHSUB16 __shsub16
#define __SHASX __shasx
#define __SHSAX __shsax
#define __SMLAD __smlad
#define __SMLADX __smladx
#define __SMLSDX __smlsdx
#define __SMLALD __smlald
#define __SMLALDX __smlaldx
#define __SMUAD __smuad
#define __SMUADX __smuadx
#define __SMUSD __smusd
#define __SMUSDX __smusdx
#define __SXTB16 __sxtb16
#define __SXTAB16 __sxtab16
#define __PKHBT(low, high, shift) \
    (((uint32_t)(low) & 0xffffu) | (((uint32_t)(high) << (shift)) & 0xffff0000u))
#define __PKHTB(high, low, shift) \
    (((uint32_t)(high) & 0xffff0000u) | (((uint32_t)((int32_t)(low) >> (shift))) & 0xffffu))

#endif
