// SPDX-License-Identifier: MIT
// Asks the processor (CPUID) and the operating system (XGETBV: which registers it saves) for the wide
// vectors; both must agree. By hand, since the compilers' own check brings in their run-time library.
// A virtual machine may take some microseconds for each CPUID.
#include "encoder_kernels.h"

#if SPL_HAVE_X86_64

#define ECX1_OSXSAVE (1u << 27)
#define EBX7_AVX2 (1u << 5)
#define EBX7_AVX512F (1u << 16)
#define XCR0_AVX 0x06u    // XMM and YMM registers
#define XCR0_AVX512 0xE6u // and the masks, upper halves and upper sixteen ZMM

typedef struct registers {
    uint32_t a, b, c, d;
} registers;

static registers cpuid(uint32_t leaf)
{
    registers r;
    __asm__ volatile("cpuid" : "=a"(r.a), "=b"(r.b), "=c"(r.c), "=d"(r.d) : "a"(leaf), "c"(0));
    return r;
}

static uint32_t saved_registers(void)
{
    if (!(cpuid(1).c & ECX1_OSXSAVE)) return 0;
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

spl_kernel spl_cpu_widest(void)
{
    if (cpuid(0).a < 7) return SPL_KERNEL_SIMD128;
    uint32_t features = cpuid(7).b, saved = saved_registers();
    if (!(features & EBX7_AVX2) || (saved & XCR0_AVX) != XCR0_AVX) return SPL_KERNEL_SIMD128;
    if (!(features & EBX7_AVX512F) || (saved & XCR0_AVX512) != XCR0_AVX512) return SPL_KERNEL_AVX2;
    return SPL_KERNEL_AVX512;
}

#endif
