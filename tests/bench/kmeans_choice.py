# SPDX-License-Identifier: MIT
"""How often `samplit cluster` finds the number of clusters: on public sets, on generated groups, on rows without groups.

  /usr/bin/python3 tests/bench/kmeans_choice.py build/release/samplit [--quick]

Needs scikit-learn (apt-get install python3-sklearn); the public sets are read from $SAMPLIT_DATA (../shared/data).
"""
import gzip
import json
import os
import subprocess
import sys
import tempfile

try:
    import numpy as np
    from sklearn.metrics import adjusted_rand_score
except ImportError as missing:
    sys.exit(f"{missing}: apt-get install python3-sklearn")

SAMPLIT = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else "build/release/samplit")
QUICK = "--quick" in sys.argv
HERE = os.path.dirname(os.path.abspath(__file__))
DATA = os.environ.get("SAMPLIT_DATA", os.path.join(HERE, "../../../shared/data"))
PUBLIC = [("s1", 15), ("a1", 20), ("unbalance", 8), ("r15", 15), ("hepta", 7), ("tetra", 4), ("g2mg_2_10", 2),
          ("g2mg_8_10", 2), ("g2mg_32_10", 2), ("g2mg_2_30", 2), ("g2mg_8_30", 2), ("iris", 3), ("wine", 3),
          ("aggregation", 7)]
COMPACT = 9  # the first of them
CRITERIA = [("silhouette", 1), ("davies_bouldin", -1), ("calinski_harabasz", 1), ("gap", 1), ("stability", 1)]


def cluster(folder, x, most):
    columns = ",".join(f"x{j}" for j in range(x.shape[1]))
    np.savetxt(f"{folder}/rows.csv", x, fmt="%.9g", delimiter=",", header=columns, comments="")
    run = subprocess.run([SAMPLIT, "cluster", "rows.csv", "--k", f"2..{most}", "--json", "--unordered",
                          "--assignments", "labels"], cwd=folder, capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit(run.stderr)
    return json.loads(run.stdout), np.loadtxt(f"{folder}/labels", dtype=int)


def public_sets(folder):
    agreements = []
    print("public sets, k 2 to 40:")
    for name, k in PUBLIC:
        path = f"{DATA}/clustering/{name}"
        if not os.path.exists(f"{path}.data.gz"):
            print(f"  {name}: MISSING, skipped")
            continue
        x, y = np.loadtxt(gzip.open(f"{path}.data.gz")), np.loadtxt(gzip.open(f"{path}.labels0.gz"))
        found, labels = cluster(folder, x, 40)
        agreements.append(adjusted_rand_score(y, labels))
        failed = [c["check"] for c in found["verdict"]["checks"] if not c["passed"]]
        print(f"  {name:12} truth {k:2}, found {found['k']:2}, ARI {agreements[-1]:.3f}, "
              f"{found['verdict']['answer']} {', '.join(failed)}", flush=True)
    print(f"  mean ARI of the compact ones, the first {COMPACT}: {np.mean(agreements[:COMPACT]):.3f}")


def groups(r, kind):
    """Separate groups: equal, of unequal size, of unequal spread, long, or box-shaped."""
    d, k, centres = int(r.choice([2, 2, 3, 5, 10, 20])), int(r.integers(2, 11)), []
    least = 0.6 * k ** (-1 / d) * (d / 2) ** 0.25
    while len(centres) < k:
        c = r.random(d)
        if all(np.linalg.norm(c - o) > least for o in centres):
            centres.append(c)
        elif r.random() < 0.02:
            centres = []
    apart = min(np.linalg.norm(a - b) for i, a in enumerate(centres) for b in centres[:i])
    s = apart / r.uniform(5, 9)
    rows, of = [], []
    for g, c in enumerate(centres):
        n = int(r.choice([40, 100, 600])) if kind == 1 else int(r.integers(80, 200))
        spread = np.full(d, s * (r.uniform(0.3, 1.2) if kind == 2 else 1))
        if kind == 3:
            spread *= np.where(np.arange(d) == r.integers(d), r.uniform(1, 2), r.uniform(0.4, 1, d))
        z = r.uniform(-1.7, 1.7, size=(n, d)) if kind == 4 else r.normal(size=(n, d))
        rows.append(c + z * spread)
        of += [g] * n
    return np.vstack(rows), np.array(of), k


def generated_sets(folder, count):
    r = np.random.default_rng(2026)
    right = {"the rule": 0, **{name: 0 for name, _ in CRITERIA}}
    for t in range(count):
        x, _, k = groups(r, t % 5)
        found, _ = cluster(folder, x, 12)
        right["the rule"] += found["k"] == k
        for name, sign in CRITERIA:
            best = max(found["scores"], key=lambda s: sign * s[name])
            right[name] += best["k"] == k
    print(f"{count} generated sets of 2 to 10 groups, k 2 to 12, right by:")
    for name, n in right.items():
        print(f"  {name:18} {n:3} ({100 * n / count:.0f} %)")


def without_groups(folder, seeds):
    one = total = 0
    for seed in range(seeds):
        r = np.random.default_rng(seed)
        for n in (100, 500, 3000):
            for d in (1, 2, 5, 20):
                for x in (r.random((n, d)), r.normal(size=(n, d)), r.normal(size=(n, d)) @ r.normal(size=(d, d))):
                    found, _ = cluster(folder, x, 8)
                    one += found["k"] == 1
                    total += 1
    print(f"{total} sets without groups (even, normal, slanted normal; 1 to 20 columns): one cluster in {one}")


with tempfile.TemporaryDirectory() as scratch:
    public_sets(scratch)
    generated_sets(scratch, 20 if QUICK else 100)
    without_groups(scratch, 1 if QUICK else 4)
