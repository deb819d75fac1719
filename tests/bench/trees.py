#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Learned trees beside fixed levels, on worlds whose truth is known (tree_worlds.py).

Each policy learns from the same uniform log and is then served to fresh visitors, where its expected rate is
computed from the true rates. Printed: the share of the oracle's gain over uniform traffic that it reaches, its
exploration included, with a 95 % interval over seeds; segments that serve; and of these, how many of the 95 %
intervals hold the true rate, and by how much the leading variant's estimate is above its true rate.

  python3 tests/bench/trees.py [--samplit build/release/samplit] [--sizes 10000,50000,200000] [--seeds 5]
"""
import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile

WORLDS = {
    "flat": ("plan,device,source", "region,source"),
    "branches": ("plan,device,source", "region,source"),
    "cities": ("plan,device,source", "city,source"),
    "crossed": ("device,source", "region,plan"),
    "default": ("country,device,source", "browser,dow"),
}
FRESH = "20000"
T95 = {2: 12.71, 3: 4.30, 4: 3.18, 5: 2.78, 6: 2.57, 7: 2.45, 8: 2.36, 9: 2.31, 10: 2.26}


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def policies(world):
    right, other = WORLDS[world]
    auto = ["--levels", "auto", "--max-depth", "4"]
    return [("global", []), (f"levels {right}", ["--levels", right]), (f"levels {other}", ["--levels", other]),
            ("auto", auto), ("auto --honest tests", auto + ["--honest", "tests"]),
            ("auto --honest estimates", auto + ["--honest", "estimates"])]


def judge(samplit, world, bundle):
    got = json.loads(run(samplit, "simulate", *world, "--visitors", FRESH, "--seed", "4711", "--policy", bundle,
                         "--json", "--out", "/dev/null"))
    gain = got["expected_best"] - got["expected_uniform"]
    share = (got["expected_served"] - got["expected_uniform"]) / gain
    return 100 * share, got["expected_served"] / got["visits"] * 100


def leaves(world):
    """(attributes, visits, rates) of every leaf."""
    found = []

    def walk(segments, depth, at):
        for segment in segments:
            here = {**at, world["levels"][depth]: segment["value"]}
            if "rates" in segment:
                found.append((here, segment["visits"], segment["rates"]))
            else:
                walk(segment["segments"], depth + 1, here)
    walk(world["segments"], 0, {})
    return found


def honest(report, truth, held, lead):
    """Whether the intervals of every serving segment hold the true rates; how far the lead is above its own."""
    for node in report["nodes"][1:]:
        if not truth or not node["serves"]:
            continue
        pairs = dict(pair.split(":") for pair in node["key"].split("|"))
        if any(name not in truth[0][0] for name in pairs):
            continue
        inside = [leaf for leaf in truth if all(leaf[0][a] == value for a, value in pairs.items())]
        visits = sum(leaf[1] for leaf in inside)
        rates = [sum(leaf[1] * leaf[2][v] for leaf in inside) / visits for v in range(len(node["variants"]))]
        held += [v["low"] <= rate <= v["high"] for v, rate in zip(node["variants"], rates)]
        best = max(range(len(rates)), key=lambda v: node["variants"][v]["p_best"])
        lead.append(node["variants"][best]["mean"] / rates[best] - 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samplit", default="build/release/samplit")
    parser.add_argument("--worlds", default=",".join(WORLDS))
    parser.add_argument("--sizes", default="10000,50000,200000")
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    here = os.path.dirname(os.path.abspath(__file__))
    with tempfile.TemporaryDirectory() as folder:
        for name in options.worlds.split(","):
            world = []
            if name != "default":
                path = os.path.join(folder, name + ".json")
                with open(path, "w") as out:
                    out.write(run(sys.executable, os.path.join(here, "tree_worlds.py"), name))
                world = ["--world", path]
            for size in options.sizes.split(","):
                compare(options, folder, name, world, size)


def compare(options, folder, name, world, size):
    log, bundle = os.path.join(folder, "log.ndjson"), os.path.join(folder, "b.safetensors")
    shares, held, lead = {}, {}, {}
    truth = None if name == "default" else leaves(json.load(open(world[1])))
    for seed in range(1, options.seeds + 1):
        run(options.samplit, "simulate", *world, "--visitors", size, "--seed", str(seed), "--out", log)
        for label, levels in policies(name):
            run(options.samplit, "learn", log, *levels, "--out", bundle)
            report = json.load(open(bundle.replace(".safetensors", ".report.json")))
            honest(report, truth, held.setdefault(label, []), lead.setdefault(label, []))
            shares.setdefault(label, []).append((*judge(options.samplit, world, bundle), report["segments"]["serving"]))
    print(f"\n{name}, {size} visits, {options.seeds} seeds")
    for label, values in shares.items():
        share = [v[0] for v in values]
        half = T95[len(share)] * statistics.stdev(share) / math.sqrt(len(share)) if len(share) > 1 else math.nan
        print(f"  {label:32} {statistics.mean(share):7.1f} % of the gain (+- {half:5.1f})"
              f"  segments {statistics.mean(v[2] for v in values):.1f}"
              + (f"  intervals hold {100 * statistics.mean(held[label]):.1f} % of {len(held[label])}"
                 f"  lead {100 * statistics.mean(lead[label]):+.1f} %" if held[label] else ""), flush=True)


if __name__ == "__main__":
    main()
