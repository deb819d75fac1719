#!/bin/sh
# SPDX-License-Identifier: MIT
# samplit analyze on a log of EVENTS events (default 1,000,000) with 200 segments: seconds and peak memory over ROUNDS
# (default 5), for fixed probabilities and for a bandit's that change, beside `cat` of the same bytes.
# Needs the release build.
set -eu
cd "$(dirname "$0")/../.."
samplit=${SAMPLIT:-$PWD/build/release/samplit}
events=${1:-1000000}
rounds=${2:-5}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# 4 plans and 40 places: 4 + 40 + 160 combinations, of which 200 are looked at (four pairs do not occur).
python3 - "$events" "$work" <<'PY'
import random, sys
events, folder = int(sys.argv[1]), sys.argv[2]
for kind in "fixed", "bandit":
    rng, written, i = random.Random(1), 0, 0
    with open(f"{folder}/{kind}.ndjson", "w") as out:
        while written < events:
            second = i // 2
            time = f"2026-01-{1 + second // 86400 % 28:02d}T{second // 3600 % 24:02d}:{second // 60 % 60:02d}:{second % 60:02d}.{i % 2 * 500:03d}Z"
            plan, place = rng.randrange(4), rng.randrange(40)
            if plan == 3 and place >= 36:
                place = 0
            p = 0.5 if kind == "fixed" else 0.5 + 0.4 * min(1, int(written / events * 50) / 40)
            b = rng.random() < p
            variant, served = ("b", p) if b else ("control", 1 - p)
            name = f"01890000-0000-7000-8000-{i:012x}"
            out.write(f'{{"type":"exposure","id":"{name}","time":"{time}","experiment":"hero","unit":"u{i}",'
                      f'"segment":"plan:p{plan}","level":1,"variant":"{variant}","propensity":{served!r},'
                      f'"probabilities":[{1 - p!r},{p!r}],"reason":"policy","mode":"online",'
                      f'"context":{{"plan":"p{plan}","place":"l{place:02d}"}}}}\n')
            written += 1
            if rng.random() < 0.05 * (1.1 if b else 1) * (1.5 if place == 3 else 1):
                out.write(f'{{"type":"outcome","id":"01890000-0000-7000-9000-{i:012x}","time":"{time}",'
                          f'"exposure":"{name}","name":"buy"}}\n')
                written += 1
            i += 1
PY

python3 - "$samplit" "$work" "$rounds" <<'PY'
import json, os, statistics, subprocess, sys, time
samplit, folder, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
def run(command):
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    usage = os.wait4(process.pid, 0)[2]
    return time.monotonic() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024
print(f'{"":8}{"segments":>10}{"median s":>10}{"least":>8}{"most":>8}{"CPU s":>8}{"MB":>7}{"cat s":>8}')
for kind in "fixed", "bandit":
    log = f"{folder}/{kind}.ndjson"
    report = json.loads(subprocess.run([samplit, "analyze", log, "--json"], stdout=subprocess.PIPE, check=True).stdout)
    runs = [run([samplit, "analyze", log]) for _ in range(rounds)]
    seconds = sorted(s for s, _, _ in runs)
    print(f'{kind:8}{len(report["segments"]):10}{statistics.median(seconds):10.2f}{seconds[0]:8.2f}{seconds[-1]:8.2f}'
          f'{statistics.median(c for _, c, _ in runs):8.2f}{max(m for _, _, m in runs):7.0f}{run(["cat", log])[0]:8.2f}')
PY
