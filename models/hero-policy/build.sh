#!/bin/sh
# SPDX-License-Identifier: MIT
# Rebuilds this model, bit for bit, into the folder given (this one by default). Its private report, which drift and
# retrain read, goes beside it.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
samplit=${SAMPLIT:-$here/../../build/release/samplit}
out=${1:-$here}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$samplit" simulate --world "$here/../worlds/default.json" --visitors 120000 --seed 1 --out "$work/events.ndjson"
"$samplit" learn "$work/events.ndjson" --levels country,device,source --min-samples 1000,500,200 \
  --out "$out/hero-policy.safetensors"
