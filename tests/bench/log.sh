#!/bin/sh
# SPDX-License-Identifier: MIT
# Whole logs: seconds and peak memory of import, simulate, learn and evaluate, beside programs that only
# read the same bytes; lines a second of every command that reads a log, in turns with `wc -l` and jq (where
# there is one); and what a line costs step by step, beside cJSON. Needs the release build with its target
# bench_log_lines, and the data sets for Hillstrom.
#
#   tests/bench/log.sh [VISITORS [ROUNDS]]     BUILD=build/release
set -eu
cd "$(dirname "$0")/../.."
build=${BUILD:-$PWD/build/release}
samplit=$build/samplit
data=${SAMPLIT_DATA:-$PWD/../shared/data}
visitors=${1:-1000000}
rounds=${2:-5}
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

timed "samplit analyze" "$samplit" analyze "$work/events.ndjson"

echo "lines a second of processor time, $rounds rounds in turns; processor time over that of wc -l: median and range"
head -n 100000 "$work/events.ndjson" >"$work/few.ndjson"
python3 - "$samplit" "$work" "$rounds" <<'PY'
import os, shutil, statistics, subprocess, sys, time
samplit, work, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
events, few, out = work + "/events.ndjson", work + "/few.ndjson", work + "/b.safetensors"
lines = sum(block.count(b"\n") for block in iter(lambda f=open(events, "rb"): f.read(1 << 20), b""))
commands = {
    "wc -l": (["wc", "-l", events], lines),
    "samplit srm": ([samplit, "srm", events], lines),
    "samplit monitor": ([samplit, "monitor", events], lines),
    "samplit analyze": ([samplit, "analyze", events], lines),
    "samplit learn": ([samplit, "learn", events, "--levels", "country,device,source", "--min-samples", "1000,500,200",
                       "--out", out], lines),
}
if shutil.which("jq"):
    commands["jq .type (100,000 lines)"] = (["jq", "-c", ".type", few], min(lines, 100000))
figures = {name: [] for name in commands}
for _ in range(rounds):
    for name, (command, count) in commands.items():
        start = time.monotonic()
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        assert status == 0, name
        busy = usage.ru_utime + usage.ru_stime
        figures[name].append((busy / count, time.monotonic() - start))
print(f"{lines:,} lines")
least = [busy for busy, _ in figures["wc -l"]]
for name, runs in figures.items():
    busy, wall = zip(*runs)
    ratio = [mine / one for mine, one in zip(busy, least)]
    print(f"{name:26} {1e-6 / statistics.median(busy):6.2f} M lines/s {statistics.median(ratio):7.1f} x"
          f" ({min(ratio):.1f} to {max(ratio):.1f})  on the clock {statistics.median(wall):5.2f} s")
PY

"$build/tests/bench_log_lines" "$work/few.ndjson" "$rounds"
