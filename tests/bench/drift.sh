#!/bin/sh
# SPDX-License-Identifier: MIT
# How often `samplit drift` alarms over logs in which nothing moved, and how soon it sees what did: the share of logs
# of each length that are called drifted, and of those in which an attribute's index as it is, noise and all, is above 0.2.
# The same for clusters, which know visitors and no rewards.
# Needs the release build. LOGS of each length (default 10).
set -eu
cd "$(dirname "$0")/../.."
samplit=${SAMPLIT:-$PWD/build/release/samplit}
logs=${1:-10}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$samplit" simulate --visitors 200000 --seed 1 --out "$work/then.ndjson" >/dev/null
"$samplit" learn "$work/then.ndjson" --levels country,device,source --min-samples 1000,500,200 --min-propensity 0.1 \
  --out "$work/b.safetensors" >/dev/null
"$samplit" simulate --visitors 40000 --seed 2 --out "$work/visitors.ndjson" >/dev/null
cat >"$work/schema.json" <<'JSON'
{"features": [
  {"attribute": "device", "kind": "categorical", "categories": ["mobile", "tablet", "desktop"]},
  {"attribute": "source", "kind": "categorical", "categories": ["google", "instagram", "facebook", "tiktok", "direct"]}]}
JSON
"$samplit" cluster "$work/visitors.ndjson" --schema "$work/schema.json" --k 2..20 --out "$work/c.safetensors" >/dev/null
"$samplit" simulate --print-world >"$work/quiet.json"

# The same world with traffic from one source four times what it was; and with two variants in each other's place.
python3 - "$work" <<'PY'
import json, sys
folder = sys.argv[1]
def leaves(node):
    for part in node.get("segments", []):
        yield from leaves(part) if "segments" in part else [part]
def add_up(node):
    if "segments" in node:
        node["visits"] = sum(add_up(part) for part in node["segments"])
        node.pop("rate", None)
    return node["visits"]
for name in "traffic", "effects":
    world = json.load(open(folder + "/quiet.json"))
    for leaf in leaves(world):
        if name == "traffic" and leaf["value"] == "tiktok":
            leaf["visits"] *= 8
        if name == "effects":
            first, second, third = leaf["rates"]
            leaf["rates"] = [first, third, second]
    for part in world["segments"]:
        add_up(part)
    json.dump(world, open(f"{folder}/{name}.json", "w"))
PY

printf '%-8s %-9s %8s %10s %12s %12s\n' bundle world visits drifted 'index as is' 'too few'
for world in quiet traffic effects; do
  for visits in 30 300 3000 30000; do
    i=0
    : >"$work/policy"
    : >"$work/clusters"
    while [ "$i" -lt "$logs" ]; do
      i=$((i + 1))
      "$samplit" simulate --world "$work/$world.json" --visitors "$visits" --seed $((100 + i)) \
        --policy "$work/b.safetensors" --out "$work/now.ndjson" >/dev/null
      "$samplit" drift "$work/b.safetensors" "$work/now.ndjson" --json >>"$work/policy"
      "$samplit" drift "$work/c.safetensors" "$work/now.ndjson" --json >>"$work/clusters"
    done
    for bundle in policy clusters; do
      python3 - "$work/$bundle" "$bundle" "$world" "$visits" <<'PY'
import json, sys
text, at, runs = open(sys.argv[1]).read(), 0, []
while text[at:].strip():
    run, end = json.JSONDecoder().raw_decode(text[at:].lstrip())
    at = len(text) - len(text[at:].lstrip()) + end
    runs.append(run)
share = lambda test: f"{sum(map(test, runs))}/{len(runs)}"
plain = lambda run: any((a["psi"] or 0) > 0.2 for a in run["attributes"])
print(f"{sys.argv[2]:8} {sys.argv[3]:9} {sys.argv[4]:>8} {share(lambda r: r['verdict'] == 'drifted'):>10} {share(plain):>12} "
      f"{share(lambda r: r['verdict'] == 'too few visits'):>12}")
PY
    done
  done
done
