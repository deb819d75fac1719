#!/bin/sh
# SPDX-License-Identifier: MIT
# A tree learned from a log of 1,000,000 events with six candidate attributes, beside fixed levels and beside reading
# the same bytes: seconds and peak memory of the whole command, median and range of five rounds in alternation.
set -eu
cd "$(dirname "$0")/../.."
samplit=${1:-$PWD/build/release/samplit}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

python3 tests/bench/tree_worlds.py cities >"$work/world.json"
"$samplit" simulate --world "$work/world.json" --visitors 950000 --seed 1 --out "$work/all.ndjson" >/dev/null
head -n 1000000 "$work/all.ndjson" >"$work/events.ndjson"
rm "$work/all.ndjson"

python3 - "$samplit" "$work" <<'PY'
import os, statistics, subprocess, sys, time
samplit, work = sys.argv[1:]
events, out = work + "/events.ndjson", work + "/b.safetensors"
learn = [samplit, "learn", events, "--out", out]
commands = {
    "wc -l (reads the bytes)": ["wc", "-l", events],
    "learn --levels plan,device,source,city": learn + ["--levels", "plan,device,source,city"],
    "learn --levels auto, 6 candidates":
        learn + ["--levels", "auto", "--candidates", "plan,device,source,city,is_returning,hour"],
    "learn --levels auto, all attributes": learn + ["--levels", "auto"],
}
figures = {name: [] for name in commands}
for _ in range(5):
    for name, command in commands.items():
        start = time.monotonic()
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        assert status == 0, name
        figures[name].append((time.monotonic() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024))
print(f"{os.path.getsize(events) / 1e6:.0f} MB, 1,000,000 events")
for name, rounds in figures.items():
    wall, busy, peak = zip(*rounds)
    print(f"{name:42} {statistics.median(wall):5.2f} s ({min(wall):.2f} to {max(wall):.2f})"
          f"  processor {statistics.median(busy):5.2f} s  {max(peak):4.0f} MB")
PY
