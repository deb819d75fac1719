#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Ward's method beside fastcluster's linkage_vector, in alternating rounds on the same points, and whether the merge
heights agree. Run by ward.sh, which builds ward_run."""
import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time

import numpy as np

try:
    import fastcluster
except ImportError:
    sys.exit("fastcluster is missing: apt-get install python3-fastcluster, and run with /usr/bin/python3")


def points(kind, n, d, seed):
    random = np.random.default_rng(seed)
    if kind == "blobs":  # 20 groups of unequal spread
        centres = random.normal(size=(20, d)) * 4
        group = random.integers(0, 20, n)
        return (centres[group] + random.normal(size=(n, d)) * (0.5 + group[:, None] / 10)).astype(np.float32)
    if kind == "normal":
        return random.normal(size=(n, d)).astype(np.float32)
    if kind == "uniform":
        return random.uniform(size=(n, d)).astype(np.float32)
    return random.integers(0, 4, size=(n, d)).astype(np.float32)  # grid: many equal distances


def ours(runner, x, threads, folder):
    heights = os.path.join(folder, "heights")
    out = subprocess.run([runner, os.path.join(folder, "rows"), str(x.shape[0]), str(x.shape[1]), str(threads), heights],
                         check=True, capture_output=True, text=True).stdout.split()
    return float(out[0]), int(out[1]) / 1024, np.fromfile(heights)


def theirs(x):
    start = time.perf_counter()
    z = fastcluster.linkage_vector(x.astype(np.float64), method="ward")
    return time.perf_counter() - start, z[:, 2]


def spread(values):
    return f"{np.median(values):7.3f} s ({min(values):.3f} to {max(values):.3f})"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("runner")
    parser.add_argument("--rows", type=int, default=20000)
    parser.add_argument("--columns", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--kinds", default="blobs,normal,uniform")
    parser.add_argument("--no-peer", action="store_true")
    a = parser.parse_args()
    for kind in a.kinds.split(","):
        x = points(kind, a.rows, a.columns, 1)
        one, two, peer = [], [], []
        with tempfile.TemporaryDirectory() as folder:
            x.tofile(os.path.join(folder, "rows"))
            for _ in range(a.rounds):
                seconds, memory, heights = ours(a.runner, x, 1, folder)
                one.append(seconds)
                two.append(ours(a.runner, x, 2, folder)[0])
                if not a.no_peer:
                    seconds, expected = theirs(x)
                    peer.append(seconds)
        print(f"{kind}: {a.rows} x {a.columns}")
        print(f"  samplit, one thread    {spread(one)}, {memory:.0f} MB beyond the points")
        print(f"  samplit, two threads   {spread(two)}")
        if peer:
            ratio = [p / o for p, o in zip(peer, one)]
            apart = np.max(np.abs(heights - expected) / np.maximum(expected, 1e-300))
            print(f"  fastcluster            {spread(peer)}")
            print(f"  ratio, one thread      {np.median(ratio):.1f} ({min(ratio):.1f} to {max(ratio):.1f})")
            print(f"  heights differ by at most {apart:.1e} of their value")


main()
