#!/bin/sh
# SPDX-License-Identifier: MIT
# Ward's method beside fastcluster: seconds, memory, and whether the heights agree. Options go to ward.py.
#   BUILD=build/release tests/bench/ward.sh --rows 20000 --rounds 5
set -eu
cd "$(dirname "$0")/../.."
build=${BUILD:-build/release}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cc -O2 -Inative -Icore/include tests/bench/ward_run.c "$build/native/libsamplit_native.a" \
  "$build/core/libsamplit_core.a" -lpthread -lm -o "$work/ward_run"
/usr/bin/python3 tests/bench/ward.py "$work/ward_run" "$@"
