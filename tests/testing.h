// SPDX-License-Identifier: MIT
// cmocka, after the headers that it needs and does not include itself.
#ifndef TESTING_H
#define TESTING_H

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#endif
