#!/bin/sh
# SPDX-License-Identifier: MIT
# The index beside hnswlib, one thread each: rows (100,000), rounds (5) and data (groups, normal) may be given.
#   BUILD=build/release tests/bench/hnsw.sh 1000000 3 groups
set -eu
cd "$(dirname "$0")/../.."
build=${BUILD:-build/release}
if [ ! -e /usr/include/hnswlib/hnswlib.h ]; then
  echo "hnswlib is missing: apt-get install libhnswlib-dev" >&2
  exit 1
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
c++ -std=c++20 -O3 -march=native -Inative -Icore/include tests/bench/hnsw.cpp "$build/native/libsamplit_native.a" \
  "$build/core/libsamplit_core.a" -lpthread -lm -o "$work/hnsw"
"$work/hnsw" "${1:-100000}" "${2:-5}" "${3:-groups}"
