#!/bin/sh
# SPDX-License-Identifier: MIT
# Exact top-10 by cosine beside FAISS, one thread each: rows (1,000,000) and rounds (5) may be given.
#   BUILD=build/release tests/bench/similar.sh 1000000 5
set -eu
cd "$(dirname "$0")/../.."
build=${BUILD:-build/release}
if [ ! -e /usr/include/faiss/IndexFlat.h ]; then
  echo "FAISS is missing: apt-get install libfaiss-dev libopenblas0-pthread" >&2
  exit 1
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
c++ -std=c++20 -O3 -march=native -fopenmp -Inative -Icore/include tests/bench/similar_faiss.cpp \
  "$build/native/libsamplit_native.a" "$build/core/libsamplit_core.a" -lfaiss -l:libblas.so.3 -l:liblapack.so.3 -lpthread -lm -o "$work/similar_faiss"
OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 "$work/similar_faiss" "${1:-1000000}" "${2:-5}"
