// SPDX-License-Identifier: MIT
#include "encoder_kernels.h"

#if SPL_HAVE_X86_64
#define LANES 8
#define DENSE spl_dense_avx2
#define DENSE_ROWS spl_rows_avx2
#define NORMALISE_ROWS spl_normalise_avx2
#define NARROWER spl_dense_simd128
#include "encoder_kernel.inc"
#endif
