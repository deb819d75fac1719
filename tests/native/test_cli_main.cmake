# SPDX-License-Identifier: MIT
# It runs the program.
add_dependencies(native_test_cli_main samplit)
