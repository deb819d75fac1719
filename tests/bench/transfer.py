#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Fine-tuning beside training from scratch: the time until the same validation quality.

Both see the same rows, hold out the same 30 % and train 30 epochs; what is tuned was trained 30 epochs on other rows. The
quality is recall@1 of the held-out rows, mean over classes. One curve of it is noise for the most part, so curves are
averaged over seeds (of weights, batches and split): to be reached is what the mean curve from scratch settles at, its mean
over the last 10 epochs. Times are those of whole epochs. The spread is that of 1,000 bootstrap samples of the curves.

online_shoppers is split by a column: every value in turn is the new world, and all others are what is known. Its mean
curves are over values and a third of the seeds.

  python3 tests/bench/transfer.py build/release/samplit [--seeds 9] [--data ../shared/data]
"""
import argparse
import csv
import gzip
import json
import math
import os
import random
import statistics
import subprocess
import sys
import tempfile

TYPES = 10
EPOCHS = 30
LAST = 10
LETTERS = "abcdefgh"


def world(rng):
    """What visitors of each type are like: four numbers and two texts."""
    return [
        {"mean": [rng.gauss(0, 1) for _ in range(6)], "source": [rng.random() ** 3 for _ in LETTERS],
         "device": [rng.random() for _ in range(3)]}
        for _ in range(TYPES)
    ]


def related(types, rng):
    """The same types, each a little different: a quarter of their spread."""
    return [
        {"mean": [m + rng.gauss(0, 0.25) for m in t["mean"]], "source": [s * rng.uniform(0.5, 1.5) for s in t["source"]],
         "device": [d * rng.uniform(0.7, 1.3) for d in t["device"]]}
        for t in types
    ]


def write_world(path, types, rows, rng):
    """Numbers are seen through mixtures and squares, so that a line does not part the types."""
    with open(path, "w") as out:
        out.write("a,b,c,d,e,f,source,device,kind\n")
        for _ in range(rows):
            k = rng.randrange(TYPES)
            t = types[k]
            z = [m + rng.gauss(0, 0.35) for m in t["mean"]]
            seen = [z[0] * z[1], z[1] + z[2] ** 2, math.sin(2 * z[2]), z[3] - z[4], z[4] * z[5], z[5] + z[0]]
            source = rng.choices(LETTERS, t["source"])[0]
            device = rng.choices(["mobile", "desktop", "tablet"], t["device"])[0]
            out.write(",".join("%.4f" % x for x in seen) + ",%s,%s,k%d\n" % (source, device, k))


def split_shoppers(data, column, folder):
    """Per value that 400 sessions have: the sessions with other values, to start from, and those with it; the column goes."""
    with gzip.open(os.path.join(data, "online_shoppers/online_shoppers_intention.csv.gz"), "rt") as file:
        rows = list(csv.DictReader(file))
    names = [n for n in rows[0] if n != column]
    values = [r[column] for r in rows]
    for value in sorted(set(v for v in values if values.count(v) >= 400)):
        paths = [os.path.join(folder, side + ".csv") for side in ("base", "other")]
        for path, keep in zip(paths, (False, True)):
            with open(path, "w", newline="") as out:
                writer = csv.DictWriter(out, names, extrasaction="ignore")
                writer.writeheader()
                writer.writerows(r for r in rows if (r[column] == value) == keep)
        yield paths


def run(program, *arguments):
    done = subprocess.run([program, "encoder", *arguments, "--json"], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(done.stderr)
    return json.loads(done.stdout)


def history(report):
    return report["training"]["members"][0]["history"]["validation_recall"], report["epoch_seconds"][0]


def mean_curve(curves):
    return [statistics.fmean(values) for values in zip(*curves)]


def reach(curves, target):
    """Epochs until the mean recall is at the target, one more than there are where it never is; and their seconds, at the
    median of an epoch's."""
    recalls = mean_curve([c[0] for c in curves])
    epochs = next((e + 1 for e, recall in enumerate(recalls) if recall >= target), EPOCHS + 1)
    return epochs * statistics.median(s for c in curves for s in c[1])


def compare(plain, fine):
    """Seconds of both until the quality, and the quality that both settle at."""
    settled = [statistics.fmean(mean_curve([c[0] for c in curves])[-LAST:]) for curves in (plain, fine)]
    return reach(plain, settled[0]), reach(fine, settled[0]), *settled


def one_seed(program, base, rows, label, seed, folder):
    """The curves of both. Which goes first alternates."""
    start, tuned, scratch = (os.path.join(folder, n + ".safetensors") for n in ("base", "tuned", "scratch"))
    run(program, "train", base, "--label", label, "--seed", str(seed + 1000), "--validation", "0", "--epochs", str(EPOCHS),
        "--out", start)
    common = ["--label", label, "--seed", str(seed), "--split-seed", str(seed), "--threads", "1",
              "--validation", "0.3", "--epochs", str(EPOCHS), "--patience", "0"]
    jobs = [lambda: run(program, "train", rows, *common, "--schema", start, "--out", scratch),
            lambda: run(program, "finetune", start, rows, *common, "--out", tuned)]
    reports = [jobs[0](), jobs[1]()] if seed % 2 else [jobs[1](), jobs[0]()][::-1]
    return history(reports[0]), history(reports[1])


def report(name, results):
    rng, samples = random.Random(1), []
    plain_s, fine_s, plain_end, fine_end = compare([r[0] for r in results], [r[1] for r in results])
    for _ in range(1000):
        drawn = rng.choices(results, k=len(results))
        a, b, _, _ = compare([r[0] for r in drawn], [r[1] for r in drawn])
        samples.append(1 - b / a)
    samples.sort()
    print("%-34s %7.3f s %7.3f s   %5.1f %% less (%.0f to %.0f)   recall@1 %.3f, tuned %.3f" % (
        name, plain_s, fine_s, 100 * (1 - fine_s / plain_s), 100 * samples[100], 100 * samples[899], plain_end,
        fine_end), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--seeds", type=int, default=9)
    parser.add_argument("--data", default=os.environ.get("SAMPLIT_DATA", "../shared/data"))
    options = parser.parse_args()
    print("%-34s %9s %9s   %s" % ("", "scratch", "finetune", "time to the same recall (10 % to 90 % of bootstraps)"))
    with tempfile.TemporaryDirectory() as folder:
        results = []
        for seed in range(1, options.seeds + 1):
            rng = random.Random(seed)
            types = world(rng)
            a, b = os.path.join(folder, "a.csv"), os.path.join(folder, "b.csv")
            write_world(a, types, 20000, rng)
            write_world(b, related(types, rng), 5000, rng)
            results.append(one_seed(options.program, a, b, "kind", seed, folder))
        report("two related worlds, 20,000 / 5,000", results)
        if not os.path.exists(os.path.join(options.data, "online_shoppers")):
            sys.exit("online_shoppers is missing: give --data, or set SAMPLIT_DATA")
        for column in ("Month", "Region"):
            results = []
            for base, other in split_shoppers(options.data, column, folder):
                results += [one_seed(options.program, base, other, "Revenue", s, folder)
                            for s in range(1, options.seeds // 3 + 1)]
            report("online_shoppers by " + column, results)


main()
