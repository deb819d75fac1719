# SPDX-License-Identifier: MIT
"""k-means and the choice of k beside scikit-learn, one thread each, in alternating rounds.

  cmake --build build/release --target kmeans_bench
  /usr/bin/python3 tests/bench/kmeans.py build/release/kmeans_bench [--quick]

Needs scikit-learn (apt-get install python3-sklearn). Both start from the same centroids and do the same number of
iterations on the same float32 rows. The processor time of the whole call counts, checks and set-up included, so that a busy
machine slows nobody down on paper.
"""
import os
import sys

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import json
import subprocess
import tempfile
import time
import warnings

try:
    import numpy as np
    import sklearn
    from sklearn.cluster import KMeans
    from sklearn.metrics import silhouette_score
except ImportError as missing:
    sys.exit(f"{missing}: apt-get install python3-sklearn")

warnings.filterwarnings("ignore")
BENCH = sys.argv[1] if len(sys.argv) > 1 else "build/release/kmeans_bench"
QUICK = "--quick" in sys.argv
D = 20


def groups(n, spread, seed):
    """Eight normal groups of unequal sizes; the higher `spread`, the more they overlap."""
    r = np.random.default_rng(seed)
    centres = r.random((8, D))
    of = r.choice(8, n, p=np.arange(1, 9) / 36)
    return (centres[of] + spread * r.normal(size=(n, D))).astype(np.float32)


def even(n, seed):
    return np.random.default_rng(seed).random((n, D), dtype=np.float32)


def ours(folder, *arguments):
    run = subprocess.run([BENCH, *map(str, arguments)], cwd=folder, capture_output=True, text=True, check=True)
    return json.loads(run.stdout)


def spread(values):
    return "%.2f (%.2f to %.2f)" % tuple(np.quantile(values, [0.5, 0.1, 0.9]))


def lloyd(folder, what, x, iterations, rounds):
    n = len(x)
    start = x[np.random.default_rng(1).choice(n, 8, replace=False)].copy()
    x.tofile(f"{folder}/x")
    start.tofile(f"{folder}/start")
    ratios, mine, peers, apart = [], [], [], 0
    for _ in range(rounds):
        before = time.process_time()
        peer = KMeans(8, init=start, n_init=1, max_iter=iterations, tol=0, algorithm="lloyd").fit(x)
        peers.append(1e3 * (time.process_time() - before) / peer.n_iter_)
        got = ours(folder, "lloyd", "x", n, D, "start", 8, iterations)
        mine.append(1e3 * got["seconds"] / got["iterations"])
        ratios.append(peers[-1] / mine[-1])
        # scikit-learn sums float32 rows in float32: its inertia is taken anew in float64
        c = peer.cluster_centers_.astype(np.float64)
        exact = sum(((x[i : i + 65536] - c[peer.labels_[i : i + 65536]]) ** 2).sum() for i in range(0, n, 65536))
        apart = max(apart, abs(got["inertia"] / exact - 1))
    print(f"{n:>8} x {D}, k 8, {what}, {got['iterations']} and {peer.n_iter_} iterations: "
          f"{np.median(mine):.2f} ms per iteration, scikit-learn {np.median(peers):.2f} ms; "
          f"ratio {spread(ratios)}; inertia apart by {apart:.0e}", flush=True)


def sweep(folder, what, x, restarts, rounds):
    n, m, most = len(x), 10_000, 8
    sample = np.random.default_rng(2).choice(n, m, replace=False).astype(np.uint32)
    x.tofile(f"{folder}/x")
    sample.tofile(f"{folder}/sample")
    ratios, mine, peers = [], [], []
    for _ in range(rounds):
        before = time.process_time()
        fits = [KMeans(k, n_init=restarts, random_state=0).fit(x) for k in range(2, most + 1)]
        for f in fits:
            silhouette_score(x[sample], f.labels_[sample])
        peers.append(time.process_time() - before)
        got = ours(folder, "sweep", "x", n, D, "sample", m, most, restarts)
        mine.append(got["seconds"])
        ratios.append(peers[-1] / mine[-1])
    labels = np.fromfile(f"{folder}/x.labels", dtype=np.uint32).reshape(most - 1, n)
    wide = x[sample].astype(np.float64)
    apart = max(abs(silhouette_score(wide, l[sample]) - s) for l, s in zip(labels, got["silhouette"]))
    worse = max(a / f.inertia_ - 1 for a, f in zip(got["inertia"], fits))
    print(f"{n:>8} x {D}, k 2 to {most}, {what}, {restarts} restarts, silhouette of {m}: {np.median(mine):.2f} s "
          f"(silhouettes {got['silhouette_seconds']:.2f} s), scikit-learn {np.median(peers):.2f} s; "
          f"ratio {spread(ratios)}; silhouettes of the same labels apart by {apart:.0e}; "
          f"inertia at worst {100 * worse:+.2f} % of scikit-learn's", flush=True)


print(f"scikit-learn {sklearn.__version__}, numpy {np.__version__}, one thread")
BENCH = os.path.abspath(BENCH)
with tempfile.TemporaryDirectory() as scratch:
    for size, count in ((200_000, 7), (1_000_000, 5)):
        count = 3 if QUICK else count
        lloyd(scratch, "groups", groups(size, 0.25, 3), 25, count)
        lloyd(scratch, "overlapping groups", groups(size, 0.5, 4), 25, count)
        lloyd(scratch, "even", even(size, 5), 25, count)
    sweep(scratch, "groups", groups(50_000, 0.25, 6), 10, 1 if QUICK else 3)
    sweep(scratch, "overlapping groups", groups(50_000, 0.5, 6), 10, 1 if QUICK else 3)
