# SPDX-License-Identifier: MIT
target_link_libraries(core_test_hash PRIVATE xxhash)
