// SPDX-License-Identifier: GPL-3.0-or-later
// A password from whoever runs the program: from the environment, or typed without being shown. Never from the command
// line, which other users can list and shells keep.
#ifndef SAMPLIT_PASSWORD_H
#define SAMPLIT_PASSWORD_H

#include "host/error.h"

#define SPL_PASSWORD_MAX 1023 // bytes, as minisign reads them
#define SPL_PASSWORD_VARIABLE "SAMPLIT_KEY_PASSWORD"

// Takes it out of the environment, or asks for it on the terminal (`what` says whose it is), and with `twice` once
// more. Terminated, not empty; to be wiped by sodium_memzero.
bool spl_password(const char *what, bool twice, char out[SPL_PASSWORD_MAX + 1], spl_error *error);

#endif
