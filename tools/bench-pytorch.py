#!/usr/bin/env python3
"""Compares the fast kernel with PyTorch's eager evaluation of ResNet-56 on one core.

usage: tools/bench-pytorch.py build/bench-kernels [IMAGES [ROUNDS]]

Both run in turn, so that a drifting clock hits both alike. Prints images a second, the best of all
rounds, and their ratio. Batch statistics, and given ones; PyTorch in channels-last format.
"""
import re
import subprocess
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F


class Block(nn.Module):
    def __init__(self, cin, cout, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(cout)
        self.conv2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(cout)
        self.pad = (cout - cin) // 2
        self.stride = stride

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        if self.pad > 0:
            x = F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, self.pad, self.pad))
        return F.relu(y + x)


class ResNet(nn.Module):
    def __init__(self, depth=56):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        blocks, cin = [], 16
        for cout in (16, 32, 64):
            for i in range((depth - 2) // 6):
                blocks.append(Block(cin, cout, 2 if i == 0 and cout > 16 else 1))
                cin = cout
        self.blocks = nn.Sequential(*blocks)
        self.linear = nn.Linear(64, 10)

    def forward(self, x):
        y = self.blocks(F.relu(self.bn1(self.conv1(x))))
        return self.linear(F.avg_pool2d(y, 8).flatten(1))


def torch_rate(net, images, labels):
    """Images a second of processor time, forward to the cross-entropy."""
    start = time.process_time()
    with torch.no_grad():
        F.cross_entropy(net(images), labels).item()
    return len(images) / (time.process_time() - start)


def kernel_rates(program, count):
    """The fastest kernel's images a second: {"given": ..., "batch": ...}, and its name."""
    text = subprocess.run([program, str(count), "direct"], check=True, capture_output=True, text=True).stdout
    rows = re.findall(r"^(\S+) +(given|batch) +([0-9.]+) images/s", text, re.M)
    best = rows[0][0]
    return best, {mode: float(rate) for name, mode, rate in rows if name == best}


def main():
    program = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 128
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    torch.set_num_threads(1)
    torch.manual_seed(1)
    net = ResNet().to(memory_format=torch.channels_last)
    images = torch.randn(count, 3, 32, 32).contiguous(memory_format=torch.channels_last)
    labels = torch.randint(0, 10, (count,))
    ours = {"given": 0.0, "batch": 0.0}
    theirs = {"given": 0.0, "batch": 0.0}
    name = ""
    for _ in range(rounds):
        for mode in ours:
            net.train(mode == "batch")
            torch_rate(net, images, labels)
            theirs[mode] = max(theirs[mode], *(torch_rate(net, images, labels) for _ in range(3)))
        name, rates = kernel_rates(program, count)
        for mode in ours:
            ours[mode] = max(ours[mode], rates[mode])
    print(f"ResNet-56, {count} images, one core; PyTorch {torch.__version__} eager, channels-last")
    for mode in ours:
        ratio = ours[mode] / theirs[mode]
        print(f"{mode:5}  {name} {ours[mode]:7.1f} images/s  PyTorch {theirs[mode]:7.1f} images/s  ratio {ratio:.2f}")


if __name__ == "__main__":
    main()
