# SPDX-License-Identifier: MIT
# The commands' files belong to the program, not to a library.
target_sources(native_test_options PRIVATE ${CMAKE_SOURCE_DIR}/native/cli/options.c)
