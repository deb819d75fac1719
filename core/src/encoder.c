// SPDX-License-Identifier: MIT
// A chain of dense layers over two scratch vectors, then the L2 norm. The scalar kernel is compiled
// here; the wide ones are files of their own, because each needs its own instruction set.
#include "samplit/encoder.h"

#include "encoder_kernels.h"
#include "samplit/num.h"

#define LANES 1
#define DENSE spl_dense_scalar
#include "encoder_kernel.inc"

spl_kernel spl_kernel_best(void)
{
#if SPL_HAVE_X86_64
    return spl_cpu_widest();
#else
    return SPL_HAVE_SIMD128 ? SPL_KERNEL_SIMD128 : SPL_KERNEL_SCALAR;
#endif
}

// Each width comes with all narrower ones.
bool spl_kernel_usable(spl_kernel kernel)
{
    return kernel == SPL_KERNEL_SCALAR || (uint32_t)kernel <= (uint32_t)spl_kernel_best();
}

const char *spl_kernel_name(spl_kernel kernel)
{
    switch (kernel) {
    case SPL_KERNEL_SCALAR: return "scalar";
    case SPL_KERNEL_SIMD128: return "simd128";
    case SPL_KERNEL_AVX2: return "avx2";
    case SPL_KERNEL_AVX512: return "avx512";
    }
    return "unknown";
}

spl_dense *spl_dense_of(spl_kernel kernel)
{
    switch (kernel) {
#if SPL_HAVE_SIMD128
    case SPL_KERNEL_SIMD128: return spl_dense_simd128;
#endif
#if SPL_HAVE_X86_64
    case SPL_KERNEL_AVX2: return spl_dense_avx2;
    case SPL_KERNEL_AVX512: return spl_dense_avx512;
#endif
    default: return spl_dense_scalar;
    }
}

static uint32_t widest(const spl_encoder *encoder)
{
    uint32_t width = 0;
    for (uint32_t i = 0; i < encoder->layer_count; i++)
        if (encoder->layers[i].outputs > width) width = encoder->layers[i].outputs;
    return width;
}

size_t spl_encode_scratch(const spl_encoder *encoder)
{
    return 2 * (size_t)widest(encoder);
}

// Inlined, it would stand in the module three times.
__attribute__((noinline)) double spl_sum_of_squares(const float *x, uint32_t n)
{
    double sum[4] = {0};
    uint32_t whole = n - n % 4;
    for (uint32_t i = 0; i < whole; i += 4)
        for (uint32_t lane = 0; lane < 4; lane++) sum[lane] += (double)x[i + lane] * (double)x[i + lane];
    for (uint32_t i = whole; i < n; i++) sum[i - whole] += (double)x[i] * (double)x[i];
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

static void normalise(float *x, uint32_t n)
{
    double squares = spl_sum_of_squares(x, n);
    if (!(squares > 0) || !spl_is_finite(squares)) {
        memset(x, 0, n * sizeof *x);
        return;
    }
    double scale = 1 / spl_sqrt(squares);
    for (uint32_t i = 0; i < n; i++) x[i] = (float)((double)x[i] * scale);
}

uint32_t spl_encoder_width(const spl_encoder *encoder)
{
    return encoder->layer_count ? encoder->layers[encoder->layer_count - 1].outputs : 0;
}

void spl_encode(const spl_encoder *encoder, spl_kernel kernel, const float *features, float *scratch, float *embedding)
{
    if (encoder->layer_count == 0) return;
    spl_dense *dense = spl_dense_of(kernel);
    uint32_t last = encoder->layer_count - 1;
    float *here = scratch, *other = scratch + widest(encoder);
    const float *in = features;
    for (uint32_t i = 0; i < last; i++) {
        dense(&encoder->layers[i], in, true, here);
        in = here;
        here = other;
        other = (float *)in;
    }
    dense(&encoder->layers[last], in, false, embedding);
    normalise(embedding, encoder->layers[last].outputs);
}

size_t spl_embed_scratch(const spl_encoder *encoders, uint32_t count)
{
    size_t most = 0;
    for (uint32_t m = 0; m < count; m++) {
        size_t scratch = spl_encode_scratch(&encoders[m]);
        if (scratch > most) most = scratch;
    }
    return count > 1 ? most + (size_t)count * spl_encoder_width(encoders) : most;
}

void spl_embed(const spl_encoder *encoders, uint32_t count, spl_kernel kernel, const float *features, float *scratch,
               float *embedding)
{
    if (count == 0) return;
    if (count == 1) {
        spl_encode(encoders, kernel, features, scratch, embedding);
        return;
    }
    uint32_t width = spl_encoder_width(encoders);
    float *each = scratch, *inner = scratch + (size_t)count * width;
    for (uint32_t m = 0; m < count; m++) spl_encode(&encoders[m], kernel, features, inner, each + (size_t)m * width);
    for (uint32_t i = 0; i < width; i++) {
        double sum = 0;
        for (uint32_t m = 0; m < count; m++) sum += (double)each[(size_t)m * width + i];
        embedding[i] = (float)(sum / count);
    }
    normalise(embedding, width);
}
