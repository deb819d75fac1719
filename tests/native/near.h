// SPDX-License-Identifier: MIT
// cmocka's assert_float_equal rounds both sides to float first; this compares doubles.
#ifndef SAMPLIT_TEST_NEAR_H
#define SAMPLIT_TEST_NEAR_H

#include <math.h>

// |a - b| <= margin; a margin of 0 asks for the same number.
#define assert_near(a, b, margin)                                                                                      \
    do {                                                                                                               \
        double near_a = (a), near_b = (b), near_margin = (margin);                                                     \
        if (!(fabs(near_a - near_b) <= near_margin))                                                                   \
            fail_msg(#a " is %.17g, not %.17g within %g", near_a, near_b, near_margin);                                \
    } while (0)

#endif
