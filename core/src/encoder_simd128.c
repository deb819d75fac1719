// SPDX-License-Identifier: MIT
#include "encoder_kernels.h"

#if SPL_HAVE_SIMD128
#define LANES 4
#define DENSE spl_dense_simd128
#define DENSE_ROWS spl_rows_simd128
#define NORMALISE_ROWS spl_normalise_simd128
#define NARROWER spl_dense_scalar
#include "encoder_kernel.inc"
#endif
