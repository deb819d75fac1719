#!/bin/sh
# SPDX-License-Identifier: MIT
# Whole logs: seconds and peak memory of import, simulate, learn and evaluate, beside programs that only
# read the same bytes. Needs the release build, and the data sets for Hillstrom.
set -eu
cd "$(dirname "$0")/../.."
samplit=$PWD/build/release/samplit
data=${SAMPLIT_DATA:-$PWD/../shared/data}
visitors=${1:-1000000}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

timed() { # label, command...
  label=$1
  shift
  python3 - "$label" "$@" <<'PY'
import re, subprocess, sys, time
label, command = sys.argv[1], sys.argv[2:]
start, peak = time.monotonic(), 0
process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
while process.poll() is None:  # VmHWM only grows, and begins anew with the program
    try:
        with open(f"/proc/{process.pid}/status") as status:
            peak = max([peak] + [int(kb) for kb in re.findall(r"VmHWM:\s+(\d+)", status.read())])
    except OSError:
        pass
    time.sleep(0.005)
print(f"{label:44} {time.monotonic() - start:7.2f} s {peak / 1024:7.0f} MB")
sys.exit(process.returncode)
PY
}

hillstrom=$(ls "$data"/hillstrom/*.csv.gz 2>/dev/null | head -n 1 || true)
if [ -n "$hillstrom" ]; then
  echo "Hillstrom, 64,000 rows"
  timed "gzip -dc (reads the bytes)" gzip -dc "$hillstrom"
  timed "samplit import" "$samplit" import "$hillstrom" --variant segment --outcome visit \
    --context channel,zip_code,newbie,mens,womens,recency,history --out "$work/hillstrom.ndjson"
  timed "samplit learn" "$samplit" learn "$work/hillstrom.ndjson" --levels channel,zip_code,newbie \
    --min-samples 1000,500,200 --out "$work/hillstrom.safetensors"
else
  echo "no Hillstrom in $data: skipped"
fi

echo "simulated, $visitors visitors"
timed "samplit simulate" "$samplit" simulate --visitors "$visitors" --seed 1 --out "$work/events.ndjson"
timed "wc -l (reads the bytes)" wc -l "$work/events.ndjson"
timed "samplit learn" "$samplit" learn "$work/events.ndjson" --levels country,device,source \
  --min-samples 1000,500,200 --out "$work/bundle.safetensors"
timed "samplit evaluate" "$samplit" evaluate "$work/bundle.safetensors" "$work/events.ndjson"
