// SPDX-License-Identifier: MIT
// sin and cos in three steps: x = q pi/2 + y with |y| <= pi/4 and y as two doubles; Taylor's series of
// y; the quadrant q chooses series and sign. The subtraction cancels nearly everything when x is near
// a multiple of pi/2, so pi must be known to enough bits: three doubles suffice while q is small (Cody
// and Waite, "Software Manual for the Elementary Functions", 1980); beyond, 2/pi is multiplied in
// integers and whole turns are dropped unread (Payne and Hanek, "Radian reduction for trigonometric
// functions", SIGNUM Newsletter 18, 1983). Taylor instead of minimax costs two terms and explains itself.
#include "samplit/num.h"

#include "num_bits.h"
#include "num_tables.h"

#define SIGN_BIT 0x8000000000000000u
#define MANTISSA_BITS 0x000FFFFFFFFFFFFFu
#define UPPER_HALF 0xFFFFFFFFF8000000u // sign, exponent and 25 bits of mantissa

static const double QUARTER_PI = 0x1.921fb54442d18p-1;
static const double TWO_OVER_PI = 0x1.45f306dc9c883p-1;
static const double TO_INTEGER = 0x1.8p52; // adding it rounds to an integer, kept in the low bits

// pi/2 in 46 + 46 + 53 bits, and in 26 + 53.
static const double HALF_PI_1 = 0x1.921fb54442dp+0;
static const double HALF_PI_2 = 0x1.8469898cc5p-48;
static const double HALF_PI_3 = 0x1.701b839a25205p-92;
static const double HALF_PI_HI = 0x1.921fb5p+0;
static const double HALF_PI_LO = 0x1.110b4611a6263p-26;

static const double SMALL_MAX = 128; // |q| < 2^7: q times 46 bits is exact

// x = quadrant * pi/2 + (y + rest), modulo 2 pi; |rest| is at most half an ulp of y.
typedef struct angle {
    double y, rest;
    unsigned quadrant;
} angle;

static angle reduce_small(double x)
{
    double shifted = x * TWO_OVER_PI + TO_INTEGER, q = shifted - TO_INTEGER;
    double a = x - q * HALF_PI_1, b = q * HALF_PI_2; // both exact
    double hi = a - b, b_seen = a - hi, a_seen = hi + b_seen;
    double lo = (a - a_seen) - (b - b_seen) - q * HALF_PI_3;
    double y = hi + lo;
    return (angle){y, hi - y + lo, (unsigned)bits_of(shifted) & 3};
}

// The high half of a 64 x 64 bit product.
static uint64_t multiply_high(uint64_t a, uint64_t b)
{
    uint64_t a0 = (uint32_t)a, a1 = a >> 32, b0 = (uint32_t)b, b1 = b >> 32;
    uint64_t middle = a1 * b0 + (a0 * b0 >> 32);
    return a1 * b1 + (middle >> 32) + (((uint32_t)middle + a0 * b1) >> 32);
}

// 64 bits of the table from bit `at` on.
static uint64_t two_over_pi_bits(unsigned at)
{
    unsigned word = at / 64, shift = at % 64;
    uint64_t bits = SPL_TWO_OVER_PI[word] << shift;
    return shift ? bits | SPL_TWO_OVER_PI[word + 1] >> (64 - shift) : bits;
}

// For |x| >= SMALL_MAX, x = m * 2^e: the product of m with the 192 bits of 2/pi whose weights, after
// 2^e, are 2 downwards. Higher bits add whole turns, lower ones less than 2^-136. No double comes
// nearer to a multiple of pi/2 than 2^-62 pi/2, so the top word of the fraction is never 0.
static angle reduce_large(double x)
{
    uint64_t m = (bits_of(x) & MANTISSA_BITS) | (MANTISSA_BITS + 1);
    unsigned at = (unsigned)(bits_of(x) >> 52 & 0x7FF) - 1075 + 62;
    uint64_t w0 = two_over_pi_bits(at), w1 = two_over_pi_bits(at + 64), w2 = two_over_pi_bits(at + 128);
    uint64_t carried = multiply_high(m, w2), middle = m * w1 + carried;
    uint64_t top = m * w0 + multiply_high(m, w1) + (middle < carried);

    unsigned quadrant = (unsigned)(top >> 62);
    uint64_t f0 = top << 2 | middle >> 62, f1 = middle << 2; // the fraction of a quadrant, 126 bits
    bool above_half = f0 >> 63;
    if (above_half) {
        quadrant++;
        f1 = -f1;
        f0 = ~f0 + (f1 == 0);
    }
    int zeros = __builtin_clzll(f0);
    f0 = f0 << zeros | f1 >> (64 - zeros);
    f1 <<= zeros;

    double a = (double)(f0 >> 37) * 0x1p-27, b = (double)(f0 << 27 >> 11 | f1 >> 48) * 0x1p-80;
    double hi = a * HALF_PI_HI, lo = a * HALF_PI_LO + b * QUARTER_PI * 2; // hi is exact
    double scale = above_half ? -power_of_two(-zeros) : power_of_two(-zeros), y = hi + lo;
    angle reduced = {y * scale, (hi - y + lo) * scale, quadrant};
    if (bits_of(x) & SIGN_BIT) reduced = (angle){-reduced.y, -reduced.rest, -quadrant};
    return reduced;
}

static angle reduce(double x)
{
    double size = double_of(bits_of(x) & ~SIGN_BIT);
    if (size <= QUARTER_PI) return (angle){x, 0, 0};
    return size < SMALL_MAX ? reduce_small(x) : reduce_large(x);
}

// What rounding takes from z = y * y.
static double square_rest(double y, double z)
{
    double upper = double_of(bits_of(y) & UPPER_HALF);
    return upper * upper - z + (y + upper) * (y - upper);
}

// sin(y + rest) = y + rest cos y - y^3/3! + …; the term left out is below 2^-63 of the result. What
// rounding takes from y^2 and from the last sum but one comes back at the end.
static double sin_series(double y, double rest)
{
    double z = y * y, z2 = z * z;
    double a = -1.0 / 6 + z * (1.0 / 120), b = -1.0 / 5040 + z * (1.0 / 362880);
    double c = -1.0 / 39916800 + z * (1.0 / 6227020800);
    double d = -1.0 / 1307674368000 + z * (1.0 / 355687428096000);
    double cubic = y * z * (a + z2 * (b + z2 * (c + z2 * d)));
    double sum = y + cubic, sum_rest = y - sum + cubic;
    return sum + (sum_rest + (rest * (1 - 0.5 * z) - y * square_rest(y, z) * (1.0 / 6)));
}

// cos(y + rest) = 1 - y^2/2 - y rest + y^4/4! - …, likewise.
static double cos_series(double y, double rest)
{
    double z = y * y, z2 = z * z;
    double a = 1.0 / 24 - z * (1.0 / 720), b = 1.0 / 40320 - z * (1.0 / 3628800);
    double c = 1.0 / 479001600 - z * (1.0 / 87178291200);
    double d = 1.0 / 20922789888000 - z * (1.0 / 6402373705728000);
    double quartic = z2 * (a + z2 * (b + z2 * (c + z2 * d)));
    double sum = 1 - 0.5 * z, sum_rest = 1 - sum - 0.5 * z;
    return sum + (sum_rest - 0.5 * square_rest(y, z) - y * rest + quartic);
}

static double sin_of(angle a)
{
    double value = a.quadrant & 1 ? cos_series(a.y, a.rest) : sin_series(a.y, a.rest);
    return a.quadrant & 2 ? -value : value;
}

double spl_sin(double x)
{
    if (!spl_is_finite(x)) return __builtin_nan("");
    if (x > -0x1p-28 && x < 0x1p-28) return x; // keeps the sign of zero
    return sin_of(reduce(x));
}

double spl_cos(double x)
{
    if (!spl_is_finite(x)) return __builtin_nan("");
    angle a = reduce(x);
    a.quadrant++;
    return sin_of(a);
}
