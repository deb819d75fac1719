// SPDX-License-Identifier: MIT
#include "encoder_kernels.h"

#if SPL_HAVE_X86_64
#define LANES 16
#define DENSE spl_dense_avx512
#define DENSE_ROWS spl_rows_avx512
#define NORMALISE_ROWS spl_normalise_avx512
#define NARROWER spl_dense_avx2
#include "encoder_kernel.inc"
#endif
