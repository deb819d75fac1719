#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The encoder in batches of 1,024, one thread: the core's spl_encode_batch beside a PyTorch module, traced and frozen.

Both hold the same weights, and are checked against each other before they are timed, in turn, in one process.
"""
import ctypes
import os
import statistics
import subprocess
import sys
import tempfile
import time

try:
    import numpy as np
    import torch
except ImportError:
    sys.exit("encoder_batch.py: needs PyTorch and numpy: apt-get install python3-torch python3-numpy")

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
WIDTHS = [20, 64, 48, 32]
BATCH = 1024
ROUNDS = 101
CALLS = 20


class Layer(ctypes.Structure):
    _fields_ = [("inputs", ctypes.c_uint32), ("outputs", ctypes.c_uint32), ("weight", ctypes.c_void_p), ("bias", ctypes.c_void_p)]


class Encoder(ctypes.Structure):
    _fields_ = [("layer_count", ctypes.c_uint32), ("layers", Layer * 8)]


def build_core(folder):
    """The core as a shared library, with the flags of the product's build."""
    flags = ["-std=gnu11", "-O3", "-fPIC", "-ffp-contract=off", "-fno-strict-aliasing", "-fno-math-errno"]
    include = ["-I", f"{ROOT}/core/include", "-I", f"{ROOT}/core/src"]
    wide = {"encoder_avx2.c": ["-mavx2"], "encoder_avx512.c": ["-mavx512f"]}
    sources = [s for s in sorted(os.listdir(f"{ROOT}/core/src")) if s.startswith("encoder") and s.endswith(".c")]
    objects = []
    for source in sources + ["num.c"]:
        objects.append(f"{folder}/{source}.o")
        command = [os.environ.get("CC", "gcc"), *flags, *wide.get(source, []), *include]
        subprocess.run([*command, "-c", f"{ROOT}/core/src/{source}", "-o", objects[-1]], check=True)
    subprocess.run(["gcc", "-shared", "-o", f"{folder}/core.so", *objects], check=True)
    core = ctypes.CDLL(f"{folder}/core.so")
    core.spl_encode_batch_scratch.restype = ctypes.c_size_t
    core.spl_encode_batch.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p, ctypes.c_void_p]
    core.spl_kernel_name.restype = ctypes.c_char_p
    return core


def make_torch():
    layers = []
    for i, (inputs, outputs) in enumerate(zip(WIDTHS, WIDTHS[1:])):
        layers.append(torch.nn.Linear(inputs, outputs))
        if i < len(WIDTHS) - 2:
            layers.append(torch.nn.ReLU())
    return torch.nn.Sequential(*layers).eval()


class Normalised(torch.nn.Module):
    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, x):
        return torch.nn.functional.normalize(self.network(x), dim=1)


def make_encoder(network, keep):
    encoder = Encoder()
    for linear in (layer for layer in network if isinstance(layer, torch.nn.Linear)):
        weight = np.ascontiguousarray(linear.weight.detach().numpy().T)  # input-major
        bias = linear.bias.detach().numpy().copy()
        keep += [weight, bias]
        encoder.layers[encoder.layer_count] = Layer(*weight.shape, weight.ctypes.data, bias.ctypes.data)
        encoder.layer_count += 1
    return encoder


def seconds(run):
    """The thread's own seconds per call: what else runs on the machine does not count."""
    start = time.thread_time()
    for _ in range(CALLS):
        run()
    return (time.thread_time() - start) / CALLS


def show(name, values, unit):
    cuts = statistics.quantiles(values, n=10)
    print(f"  {name:34} {statistics.median(values):8.2f}{unit} ({cuts[0]:.2f} to {cuts[-1]:.2f})")


def main():
    torch.manual_seed(1)
    torch.set_num_threads(1)
    keep = []
    network = make_torch()
    x = torch.rand(BATCH, WIDTHS[0])
    frozen = torch.jit.freeze(torch.jit.trace(Normalised(network).eval(), x))
    with tempfile.TemporaryDirectory() as folder, torch.inference_mode():
        core = build_core(folder)
        encoder = make_encoder(network, keep)
        features, embeddings = x.numpy().copy(), np.zeros((BATCH, WIDTHS[-1]), np.float32)
        scratch = np.zeros(core.spl_encode_batch_scratch(ctypes.byref(encoder)), np.float32)
        kernel = core.spl_kernel_best()
        address = ctypes.addressof(encoder)
        pointers = (features.ctypes.data, BATCH, scratch.ctypes.data, embeddings.ctypes.data)
        ours = lambda: core.spl_encode_batch(address, kernel, *pointers)
        theirs = lambda: frozen(x)
        ours()
        apart = float(np.abs(embeddings - theirs().numpy()).max())
        if not apart < 1e-5:
            sys.exit(f"the embeddings differ by {apart}: they are not the same network")
        times = {"ours": [], "theirs": []}
        for round_ in range(-5, ROUNDS):
            a, b = seconds(ours), seconds(theirs)
            if round_ >= 0:
                times["ours"].append(a)
                times["theirs"].append(b)
        print(f"encoder {'-'.join(map(str, WIDTHS))}, batches of {BATCH}, one thread, PyTorch {torch.__version__}")
        show(f"samplit, {core.spl_kernel_name(kernel).decode()}", [BATCH / t / 1e6 for t in times["ours"]], " M rows/s")
        show("PyTorch, traced and frozen", [BATCH / t / 1e6 for t in times["theirs"]], " M rows/s")
        show("samplit / PyTorch", [b / a for a, b in zip(times["ours"], times["theirs"])], " x")


if __name__ == "__main__":
    main()
