#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Triplet training of 20-64-48-32 beside PyTorch, in alternating rounds, one thread each.

    ninja -C build/release bench_encoder_train && tests/bench/encoder_train.py build/release [rounds]

Rows: 20,000 x 20, ten classes. Batches of 256 rows, balanced over the classes; each row is an anchor, its positive and
negative come from the batch: at random, or the hardest. AdamW at 1e-3, dropout 0.2, margin 0.2, squared distances.
PyTorch is given its batches and random triplets ready made, outside the time measured; ours draws them inside it. Seconds are the processor's.
Needs python3-torch and python3-numpy (apt-get install).
"""
import os
import statistics
import subprocess
import sys
import tempfile
import time

os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = "1"
try:
    import numpy as np
    import torch
    from torch import nn
    from torch.nn import functional as F
except ImportError as missing:
    sys.exit("%s: apt-get install python3-torch python3-numpy" % missing)

ROWS, INPUTS, CLASSES, BATCH, EPOCHS = 20000, 20, 10, 256, 12
BATCHES = -(-ROWS // BATCH)
torch.set_num_threads(1)


def make_rows(path):
    rng = np.random.default_rng(0)
    centre = rng.normal(size=(CLASSES, INPUTS))
    label = rng.integers(0, CLASSES, ROWS).astype("<i4")
    x = (centre[label] + 0.7 * rng.normal(size=(ROWS, INPUTS))).astype("<f4")
    with open(path, "wb") as file:
        file.write(x.tobytes() + label.tobytes())
    return torch.from_numpy(x), torch.from_numpy(label.astype("i8"))


def make_batches(label, rng):
    """Balanced, rows of a class together; a random positive and negative for each row."""
    by_class = [np.flatnonzero(label.numpy() == c) for c in range(CLASSES)]
    share = [BATCH // CLASSES + (c < BATCH % CLASSES) for c in range(CLASSES)]
    kinds = np.repeat(np.arange(CLASSES), share)
    batches = []
    for _ in range(BATCHES):
        rows = np.concatenate([rng.choice(of, n, replace=False) for of, n in zip(by_class, share)])
        places = [np.flatnonzero(kinds == c) for c in range(CLASSES)]
        others = [np.flatnonzero(kinds != c) for c in range(CLASSES)]
        positive = [rng.choice(places[c][places[c] != i]) for i, c in enumerate(kinds)]
        negative = [rng.choice(others[c]) for c in kinds]
        batches.append(tuple(torch.from_numpy(np.asarray(a)) for a in (rows, kinds, positive, negative)))
    return batches


def network():
    return nn.Sequential(nn.Linear(20, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Dropout(0.2),
                         nn.Linear(64, 48), nn.BatchNorm1d(48), nn.ReLU(), nn.Dropout(0.2), nn.Linear(48, 32))


def distances(e, kind, positive, negative, mining):
    if mining == "random":
        return ((e - e[positive]) ** 2).sum(1), ((e - e[negative]) ** 2).sum(1)
    all_pairs = 2 - 2 * e @ e.t()
    same = kind[:, None] == kind[None]
    return all_pairs.masked_fill(~same, -1).max(1)[0], all_pairs.masked_fill(same, 9).min(1)[0]


def train_torch(x, label, mining, seed):
    """Seconds of each epoch, and its mean loss."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    net = network().train()
    optimiser = torch.optim.AdamW(net.parameters(), lr=1e-3, weight_decay=1e-4)
    seconds, losses = [], []
    for _ in range(EPOCHS):
        batches, total = make_batches(label, rng), 0.0
        started = time.process_time()
        for rows, kind, positive, negative in batches:
            e = F.normalize(net(x[rows]))
            near, far = distances(e, kind, positive, negative, mining)
            loss = F.relu(near - far + 0.2).mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            total += loss.item()
        seconds.append(time.process_time() - started)
        losses.append(total / BATCHES)
    return seconds, losses


def train_ours(program, path, mining, seed):
    command = [program, path, str(ROWS), str(INPUTS), mining, str(EPOCHS), str(seed)]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    columns = [[float(cell) for cell in line.split()] for line in lines]
    return [line[0] for line in columns], [line[1] for line in columns]


def spread(values):
    ordered = sorted(values)
    return "%.2f (%.2f to %.2f)" % (statistics.median(ordered), ordered[0], ordered[-1])


def measure(program, path, x, label, mining, rounds):
    ratios, ours_rate, torch_rate, curves = [], [], [], ([], [])
    anchors = BATCHES * BATCH / 1e3
    for seed in range(1, rounds + 1):
        ours, our_loss = train_ours(program, path, mining, seed)
        peer, peer_loss = train_torch(x, label, mining, seed)
        ours_rate.append(anchors / statistics.median(ours))
        torch_rate.append(anchors / statistics.median(peer))
        ratios.append(ours_rate[-1] / torch_rate[-1])
        curves[0].append(our_loss)
        curves[1].append(peer_loss)
    print("%s: ours %s, PyTorch %s thousand anchors/s; ratio %s" %
          (mining, spread(ours_rate), spread(torch_rate), spread(ratios)))
    print("  epoch  loss, ours        PyTorch         (mean +- standard deviation over %d seeds)" % rounds)
    for epoch in range(EPOCHS):
        ours, peer = ([curve[epoch] for curve in side] for side in curves)
        print("  %5d  %.4f +- %.4f  %.4f +- %.4f" % (epoch + 1, statistics.mean(ours), statistics.pstdev(ours),
                                                     statistics.mean(peer), statistics.pstdev(peer)))


def main():
    build, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 7
    program = os.path.join(build, "tests", "bench_encoder_train")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "rows")
        x, label = make_rows(path)
        print("PyTorch %s, %d thread" % (torch.__version__, torch.get_num_threads()))
        for mining in ("random", "batch-hard"):
            measure(program, path, x, label, mining, rounds)


if __name__ == "__main__":
    main()
