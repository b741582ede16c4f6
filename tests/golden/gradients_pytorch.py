#!/usr/bin/env python3
"""Writes tests/golden/gradients_pytorch.h: what PyTorch says the loss and its gradient are.

usage: BS_GRADIENTS_EXPORT=DIR build/tests/golden/test_gradients_pytorch
       tests/golden/gradients_pytorch.py DIR > tests/golden/gradients_pytorch.h

The test writes parameters, names and images of its cases into DIR; this evaluates them in double
precision with PyTorch's own convolutions, batch norms and automatic differentiation.
"""
import sys

import numpy
import torch
from torch.nn import functional as F

ENTRIES = 8


def read_case(folder, name):
    tensors, offset = {}, 0
    theta = numpy.fromfile(f"{folder}/{name}.theta", dtype=numpy.float32)
    for line in open(f"{folder}/{name}.names"):
        key, *shape = line.split()
        shape = [int(n) for n in shape]
        count = int(numpy.prod(shape))
        values = theta[offset : offset + count].astype(numpy.float64).reshape(shape)
        tensors[key] = torch.from_numpy(values).requires_grad_()
        offset += count
    images = numpy.fromfile(f"{folder}/{name}.images", dtype=numpy.float32).reshape(-1, 32, 32, 3)
    return tensors, torch.from_numpy(images.astype(numpy.float64)).permute(0, 3, 1, 2)


def conv(p, name, x, stride=1):
    weight = p[name + ".weight"]
    return F.conv2d(x, weight, stride=stride, padding=weight.shape[-1] // 2)


def norm(p, name, x):
    return F.batch_norm(x, None, None, p[name + ".weight"], p[name + ".bias"], training=True, eps=1e-5)


def head(p, x):
    return F.linear(x.mean((2, 3)), p["linear.weight"], p["linear.bias"])


def resnet20(p, x):
    """He et al. 2016 with padded shortcuts (option A)."""
    x = F.relu(norm(p, "bn1", conv(p, "conv1", x)))
    for stage in range(3):
        for block in range(3):
            name = f"layer{stage + 1}.{block}."
            stride = 2 if stage > 0 and block == 0 else 1
            y = F.relu(norm(p, name + "bn1", conv(p, name + "conv1", x, stride)))
            y = norm(p, name + "bn2", conv(p, name + "conv2", y))
            more = y.shape[1] - x.shape[1]
            x = F.relu(y + F.pad(x[:, :, ::stride, ::stride], (0, 0, 0, 0, more // 2, more // 2)))
    return head(p, x)


def paths3(p, x):
    """Three averaged pre-activation paths a block, projected shortcuts, skip weight 0.5."""
    x = conv(p, "conv1", x)
    for stage in range(3):
        name = f"layer{stage + 1}.0."
        stride = 2 if stage > 0 else 1
        paths = []
        for path in range(3):
            part = f"{name}path{path}."
            y = conv(p, part + "conv1", F.relu(norm(p, part + "bn1", x)), stride)
            paths.append(conv(p, part + "conv2", F.relu(norm(p, part + "bn2", y))))
        if stage > 0:
            x = norm(p, name + "shortcut.1", conv(p, name + "shortcut.0", x, stride))
        x = sum(paths) / 3 + 0.5 * x
    return head(p, F.relu(norm(p, "bn", x)))


def numbers(values):
    return ", ".join(f"{v:.9e}" for v in values)


def main():
    folder = sys.argv[1]
    print("/* PyTorch's losses and gradients: written by gradients_pytorch.py, PyTorch", torch.__version__ + ". */")
    print("#ifndef BLUESHIFT_TEST_GRADIENTS_PYTORCH_H\n#define BLUESHIFT_TEST_GRADIENTS_PYTORCH_H\n")
    print("/* The norm of the gradient of a tensor, and entries of it, the first and so on in equal steps. */")
    print(f"enum {{ GOLDEN_ENTRIES = {ENTRIES} }};\n\ntypedef struct golden {{\n    double norm, entries[GOLDEN_ENTRIES];\n}} golden;")
    for name, network in (("resnet20", resnet20), ("paths3", paths3)):
        p, x = read_case(folder, name)
        labels = torch.tensor([7 * i % 10 for i in range(len(x))])
        loss = F.cross_entropy(network(p, x), labels, label_smoothing=0.1)
        loss.backward()
        print(f"\nstatic const double {name.upper()}_LOSS = {loss.item():.15e};")
        print(f"static const golden {name.upper()}[] = {{")
        for tensor in p.values():
            g = tensor.grad.numpy().ravel()
            step = max(1, len(g) // ENTRIES)
            print(f"    {{{numpy.linalg.norm(g):.9e}, {{{numbers(g[::step][:ENTRIES])}}}}},")
        print("};")
    print("\n#endif")


if __name__ == "__main__":
    main()
