#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What makes two visitors alike? Encoders trained from events in four ways, judged by the policies learned on them.

On the built-in world: the share of what the best variant of every segment would gain over uniform traffic that a greedy
policy gains, on other visits than it was learned from. On Hillstrom's e-mails: rate of visits by the doubly robust
estimator, on the fifth of the units that neither encoder nor policy has seen.

  python3 tests/bench/alike.py build/release/samplit [--visitors 20000] [--seeds 9] [--first-seed 1]
  python3 tests/bench/alike.py build/release/samplit --hillstrom ../shared/data/hillstrom/hillstrom.csv.gz
"""
import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile

GREEDY = ["--policy", "epsilon-greedy", "--epsilon", "0.0001", "--min-propensity", "0.001"]
WAYS = ["effects", "rewards", "best", "outcomes"]


def run(program, *arguments):
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit("%s: %s" % (" ".join(arguments), done.stderr))
    return done.stdout


def learn_all(program, log, folder, levels, part, judge):
    """name -> judge(bundle) of every way. `part` are the arguments that choose units to learn from."""
    bundle, model = os.path.join(folder, "policy.safetensors"), os.path.join(folder, "model.safetensors")
    policies = {"features, no encoder": [*GREEDY, "--on", "features"],
                "random units, no encoder": [*GREEDY, "--on", "embedding"],
                "segments": ["--levels", levels, "--exploration", "0.001", "--min-propensity", "0.001"]}
    values = {}
    for name, how in policies.items():
        run(program, "learn", log, *part, *how, "--out", bundle)
        values[name] = judge(bundle)
    for way in WAYS:
        run(program, "encoder", "train", log, *part, "--alike", way, "--out", model)
        run(program, "learn", log, *part, *GREEDY, "--on", "embedding", "--model", model, "--out", bundle)
        values["encoder by " + way] = judge(bundle)
    return values


def simulated(program, folder, visitors, seed):
    log = os.path.join(folder, "events.ndjson")
    run(program, "simulate", "--visitors", str(visitors), "--seed", str(seed), "--out", log)

    def judge(bundle):
        out = json.loads(run(program, "simulate", "--visitors", "20000", "--seed", "9999", "--policy", bundle, "--json"))
        uniform = out["expected_uniform"]
        return (out["expected_served"] - uniform) / (out["expected_best"] - uniform)

    return learn_all(program, log, folder, "country,device,source", [], judge)


def hillstrom(program, folder, path, fold):
    log = os.path.join(folder, "events.ndjson")
    run(program, "import", path, "--variant", "segment", "--outcome", "visit", "--propensity", "uniform", "--context",
        "channel,zip_code,newbie,mens,womens,recency,history", "--out", log)

    def judge(bundle):
        out = json.loads(run(program, "evaluate", bundle, log, "--fold", "%d/5" % fold, "--json"))
        return out["policies"][0]["dr"]["value"]

    return learn_all(program, log, folder, "channel,zip_code,newbie", ["--fold", "not-%d/5" % fold], judge)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--visitors", type=int, default=20000)
    parser.add_argument("--seeds", type=int, default=9)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--hillstrom")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if options.hillstrom:
            runs = [hillstrom(options.program, folder, options.hillstrom, k) for k in range(5)]
        else:
            first = options.first_seed
            runs = [simulated(options.program, folder, options.visitors, s) for s in range(first, first + options.seeds)]
    for name in sorted(runs[0], key=lambda n: -statistics.fmean(r[n] for r in runs)):
        values = [r[name] for r in runs]
        error = statistics.stdev(values) / math.sqrt(len(values)) if len(values) > 1 else math.nan
        print("%-26s %.4f ± %.4f   %s" % (name, statistics.fmean(values), error, " ".join("%.3f" % v for v in values)))


main()
