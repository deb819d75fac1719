// SPDX-License-Identifier: MIT
// exp and log after Tang ("Table-driven implementation of the exponential function in IEEE
// floating-point arithmetic", ACM TOMS 15 (1989); "… of the logarithm function …", TOMS 16 (1990)):
// a table takes the argument close to 0, where a short Taylor polynomial does, and a second number
// carries what each rounding would lose. Without a fused multiply-add, products are kept exact by
// giving one factor few bits. Sizes are a trade between table bytes and polynomial length; with
// these the result is off by little more than its own rounding.
#include "samplit/num.h"

#include "num_bits.h"
#include "num_tables.h"

#define EXPONENT_BITS 0x7FF0000000000000u

bool spl_is_finite(double x)
{
    return (bits_of(x) & EXPONENT_BITS) != EXPONENT_BITS;
}

bool spl_is_finitef(float x)
{
    return spl_is_finite((double)x);
}

double spl_sqrt(double x)
{
    return __builtin_sqrt(x);
}

float spl_sqrtf(float x)
{
    return __builtin_sqrtf(x);
}

static const double STEPS_PER_LN2 = 0x1.71547652b82fep+5; // 32 / ln 2
static const double LN2_STEP_HI = 0x1.62e42fefap-6;       // ln 2 / 32: 37 bits, then the rest
static const double LN2_STEP_LO = 0x1.cf79abc9e3b3ap-45;
static const double TO_INTEGER = 0x1.8p52; // adding it rounds to an integer, kept in the low bits

static const double EXP_MAX = 0x1.62e42fefa39efp+9;  // above: infinity
static const double EXP_MIN = -0x1.74910d52d3051p+9; // below: less than half the least subnormal

// (hi + lo) * 2^k for k <= -1022, rounded once: in units of 2^-1022, adding 1 puts the last place
// of a subnormal at the last place of the sum.
static double scale_to_subnormal(double hi, double lo, int k)
{
    double sum = hi + lo, scale = power_of_two(k + 1022);
    lo = (hi - sum + lo) * scale;
    sum *= scale;
    if (sum < 1) {
        double shifted = 1 + sum;
        lo += 1 - shifted + sum;
        sum = shifted + lo - 1;
    }
    return sum * 0x1p-1022;
}

// x = (32 k + i) ln2/32 + r with |r| <= ln2/64, so e^x = 2^k * 2^(i/32) * e^r.
double spl_exp(double x)
{
    if (!(x <= EXP_MAX)) return x > EXP_MAX ? __builtin_inf() : __builtin_nan("");
    if (x < EXP_MIN) return 0;

    double shifted = x * STEPS_PER_LN2 + TO_INTEGER;
    int64_t n = (int64_t)(bits_of(shifted) - bits_of(TO_INTEGER));
    double steps = shifted - TO_INTEGER;
    double r = x - steps * LN2_STEP_HI - steps * LN2_STEP_LO; // the first product is exact
    int i = (int)(n & (SPL_EXP_STEPS - 1)), k = (int)((n - i) / SPL_EXP_STEPS);

    double r2 = r * r; // e^r - 1; the next term is below 2^-67
    double tail = 1.0 / 6 + r * (1.0 / 24) + r2 * (1.0 / 120 + r * (1.0 / 720) + r2 * (1.0 / 5040));
    double growth = r + (r2 * 0.5 + r2 * r * tail);

    double hi = SPL_EXP_TABLE[i].hi, lo = (double)SPL_EXP_TABLE[i].lo + hi * growth;
    if (k < -1021) return scale_to_subnormal(hi, lo, k);
    if (k > 1023) return (hi + lo) * 2 * 0x1p1023;
    return (hi + lo) * power_of_two(k);
}

static const double LN2_HI = 0x1.62e42fefa38p-1; // ln 2: a multiple of 2^-42, then the rest
static const double LN2_LO = 0x1.ef35793c7673p-45;

static const uint64_t LOG_ORIGIN = 0x3FE6A00000000000u; // near sqrt(1/2): mantissas start here
static const uint64_t UPPER_HALF = 0xFFFFFFFFFF000000u; // sign, exponent and 29 bits of mantissa

// ln(1 + r) - r for |r| < 0.012; the next term is below 2^-66.
static double log1p_tail(double r)
{
    double r2 = r * r;
    double a = 1.0 / 3 - r * (1.0 / 4), b = 1.0 / 5 - r * (1.0 / 6), c = 1.0 / 7 - r * (1.0 / 8);
    return r2 * r * (a + r2 * (b + r2 * (c + r2 * (1.0 / 9)))) - 0.5 * r2;
}

// x = 2^k * z, z near sqrt(1/2) … sqrt(2); ln x = k ln 2 + ln c + ln(1 + r), r = z/c - 1, c the nearest
// multiple of 1/64. At c = 1 the table is zero, so results near 0 keep their relative precision.
double spl_log(double x)
{
    int subnormal = 0;
    if (bits_of(x) - 0x0010000000000000u >= EXPONENT_BITS - 0x0010000000000000u) {
        if (x == 0) return -__builtin_inf();
        if (!(x > 0)) return __builtin_nan("");
        if (!spl_is_finite(x)) return x;
        x *= 0x1p52;
        subnormal = 52;
    }
    uint64_t above = bits_of(x) - LOG_ORIGIN;
    int exponent = (int)(above >> 52 ^ 0x800) - 0x800; // sign-extends 12 bits
    double z = double_of(bits_of(x) - (above & 0xFFF0000000000000u)), k = exponent - subnormal;
    int j = (int)(z * SPL_LOG_STEPS + 0.5) - SPL_LOG_FIRST;

    // 1/c as float, so that its product with half a mantissa is exact.
    double inverse = (double)((float)SPL_LOG_STEPS / (float)(SPL_LOG_FIRST + j)), upper = double_of(bits_of(z) & UPPER_HALF);
    double r_hi = upper * inverse - 1, r_lo = (z - upper) * inverse; // both exact
    double r = r_hi + r_lo, r_rest = r_hi - r + r_lo;

    double base = k * LN2_HI + SPL_LOG_TABLE[j].hi; // exact, and 0 or above |r|
    double sum = base + r, sum_rest = base - sum + r;
    return sum + (sum_rest + r_rest + (k * LN2_LO + (double)SPL_LOG_TABLE[j].lo) + log1p_tail(r));
}
