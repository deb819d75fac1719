#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What PyTorch says of this network. Needs python3-torch (Debian).

    torch_encoder.py              writes torch_checkpoint.safetensors and torch_expected.safetensors beside itself
    torch_encoder.py --check F    loads the state dict F, as written by Samplit, with load_state_dict; if it also holds
                                  samplit.x and samplit.embedding, prints how far PyTorch's embeddings are from them
"""
import json
import os
import struct
import sys

import torch
from torch import nn
from torch.nn import functional as F

HERE = os.path.dirname(os.path.abspath(__file__))
NAMES = {torch.float32: "F32", torch.float64: "F64", torch.int64: "I64", torch.int32: "I32"}
TYPES = {name: dtype for dtype, name in NAMES.items()}
WIDTHS = [7, 10, 6, 4]


def save(path, tensors):
    """safetensors, by hand: the wide elements first, so that all are aligned."""
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for name, tensor in sorted(tensors.items(), key=lambda item: -item[1].element_size()):
        content = tensor.detach().contiguous().numpy().tobytes()
        header[name] = {"dtype": NAMES[tensor.dtype], "shape": list(tensor.shape),
                        "data_offsets": [len(data), len(data) + len(content)]}
        data += content
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def load(path):
    with open(path, "rb") as file:
        (size,) = struct.unpack("<Q", file.read(8))
        header, data = json.loads(file.read(size)), file.read()
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        flat = torch.frombuffer(bytearray(data[begin:end]), dtype=TYPES[entry["dtype"]])
        tensors[name] = flat.reshape(entry["shape"])
    return tensors


def network(widths, dropout):
    modules = []
    for inputs, outputs in zip(widths[:-2], widths[1:-1]):
        modules += [nn.Linear(inputs, outputs), nn.BatchNorm1d(outputs), nn.ReLU(), nn.Dropout(dropout)]
    return nn.Sequential(*modules, nn.Linear(widths[-2], widths[-1]))


def triplet(a, p, n):
    return F.relu(((a - p) ** 2).sum(1) - ((a - n) ** 2).sum(1) + 0.2).mean()


def contrastive(a, p, n):
    apart = F.relu(1 - (a - n).norm(dim=1))
    return (((a - p) ** 2).sum(1) / 2 + apart ** 2 / 2).mean()


def gradients(net, x, triplets, loss):
    """In training mode, without dropout; the running statistics are left alone."""
    twin = network(WIDTHS, 0)
    twin.load_state_dict(net.state_dict())
    twin.train()
    e = F.normalize(twin(x))
    value = loss(e[triplets[:, 0]], e[triplets[:, 1]], e[triplets[:, 2]])
    value.backward()
    return value, {name: parameter.grad for name, parameter in twin.named_parameters()}


def adam_end(optimiser, start, steps, **options):
    weight = start.clone().requires_grad_()
    chosen = optimiser([weight], lr=0.01, **options)
    for gradient in steps:
        weight.grad = gradient.clone()
        chosen.step()
    return weight


def make():
    torch.manual_seed(7)
    net = network(WIDTHS, 0.2)
    optimiser = torch.optim.Adam(net.parameters(), lr=0.01)
    for _ in range(30):
        x = torch.randn(32, WIDTHS[0]) * 1.5 + 0.3
        e = F.normalize(net(x))
        optimiser.zero_grad()
        triplet(e, e.roll(1, 0), e.roll(5, 0)).backward()
        optimiser.step()
    save(os.path.join(HERE, "torch_checkpoint.safetensors"), net.state_dict())

    x = torch.randn(20, WIDTHS[0]) * 1.5
    triplets = torch.tensor([[i, (i + 1) % 20, (i + 7) % 20] for i in range(20)])
    net.eval()
    expected = {"x": x, "embedding": F.normalize(net(x)), "triplets": triplets}
    for kind, loss in (("triplet", triplet), ("contrastive", contrastive)):
        value, gradient = gradients(net, x, triplets, loss)
        expected[kind + ".loss"] = value.reshape(1)
        expected.update({kind + "." + name: g for name, g in gradient.items()})
    start, steps = torch.randn(32), torch.randn(8, 32)
    expected.update({"adam.start": start, "adam.gradients": steps,
                     "adam.l2": adam_end(torch.optim.Adam, start, steps, weight_decay=0.1),
                     "adam.decoupled": adam_end(torch.optim.AdamW, start, steps, weight_decay=0.1)})
    save(os.path.join(HERE, "torch_expected.safetensors"), expected)


def check(path):
    tensors = load(path)
    state = {name: tensor for name, tensor in tensors.items() if not name.startswith("samplit.")}
    dense = [state[name] for name in state if name.endswith(".weight") and state[name].dim() == 2]
    net = network([dense[0].shape[1]] + [weight.shape[0] for weight in dense], 0.2)
    net.load_state_dict(state)
    net.eval()
    print("loaded:", net)
    if "samplit.x" in tensors:
        away = F.normalize(net(tensors["samplit.x"])) - tensors["samplit.embedding"]
        print("embeddings differ by at most %.2g" % away.abs().max().item())


if __name__ == "__main__":
    check(sys.argv[2]) if sys.argv[1:2] == ["--check"] else make()
