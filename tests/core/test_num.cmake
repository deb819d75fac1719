# SPDX-License-Identifier: MIT
target_link_libraries(core_test_num PRIVATE mpfr gmp)
