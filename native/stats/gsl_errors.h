// SPDX-License-Identifier: GPL-3.0-or-later
// GSL ends the program on an argument out of range, an underflow or a search that does not converge. A program that
// judges results by what they are (NaN, infinite) turns that off before anything else runs, and before any thread.
#ifndef SAMPLIT_GSL_ERRORS_H
#define SAMPLIT_GSL_ERRORS_H

void spl_gsl_errors_off(void);

#endif
