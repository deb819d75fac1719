// SPDX-License-Identifier: GPL-3.0-or-later
#ifndef SAMPLIT_Z95_H
#define SAMPLIT_Z95_H

// The 97.5 % quantile of the standard normal: a 95 % interval reaches so many standard errors to either side.
#define SPL_Z95 1.959963984540054

#endif
