#!/bin/sh
# SPDX-License-Identifier: MIT
# Rebuilds this model, bit for bit, into the folder given (this one by default). Needs the data set; see README.md.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
samplit=${SAMPLIT:-$here/../../build/release/samplit}
data=${SAMPLIT_DATA:-$here/../../../shared/data}/online_shoppers/online_shoppers_intention.csv.gz
out=${1:-$here}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$samplit" encoder train "$data" --label Revenue --seed 1 --out "$work/encoder.safetensors"
"$samplit" cluster "$data" --encoder "$work/encoder.safetensors" --unordered --out "$out/web-session.safetensors"
