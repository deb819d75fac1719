#!/bin/sh
# SPDX-License-Identifier: MIT
# Makes all models again and puts their ids and sizes into their cards. The figures in the cards are checked by hand:
# the commands stand beside them.
set -eu
cd "$(dirname "$0")"
samplit=${SAMPLIT:-../build/release/samplit}
for build in */build.sh; do
  name=$(dirname "$build")
  sh "$build" >/dev/null
  model=$name/$name.safetensors
  id=$("$samplit" bundle inspect "$model" | sed -n 's/^id  *\([0-9a-f]*\) .*/\1/p')
  size=$(wc -c <"$model")
  sed -i "s/^- \*\*Id\*\* .* bytes\./- **Id** \`$id\`, $size bytes./" "$name/README.md"
  echo "$name $id"
done
