#!/usr/bin/env python3
"""Compares the fastest backend with PyTorch's evaluation or training of a ResNet on one core.

usage: tools/bench-pytorch.py build/bench-backends [IMAGES [ROUNDS [BACKEND]]]
       tools/bench-pytorch.py build/bench-train [IMAGES [ROUNDS [DEPTH]]]
       tools/bench-pytorch.py build/bench-gpu [IMAGES [ROUNDS]]

The first evaluates ResNet-56, with BACKEND or what `auto` chooses; the second takes training steps:
loss and gradient. Both run in turn, so that a drifting clock hits both alike. Prints medians over the
rounds of PyTorch's images per second and of the ratio of ours to it: eager with batch statistics, eager
with given ones, and traced and frozen; all in channels-last format. Training also in PyTorch's own format.
The third prints what PyTorch evaluates of ResNet-56 on the same GPU, weights moved at every evaluation: in
single precision, compiled, and with TF32, whose loss is a thousandth off; to be read beside bench-gpu's table.

As on a machine without AVX-512: ATEN_CPU_CAPABILITY=avx2 DNNL_MAX_CPU_ISA=AVX2 before the command, and an
AVX2 backend such as winograd-4x4-avx2.
"""
import re
import statistics
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
    """Images per second of processor time, forward to the cross-entropy."""
    start = time.process_time()
    with torch.no_grad():
        F.cross_entropy(net(images), labels).item()
    return len(images) / (time.process_time() - start)


def backend_rates(program, count, backend):
    """Images per second: {"given": ..., "batch": ...} of BACKEND, and its name."""
    command = [program, "-n", str(count), "-N", "resnet56", "-r", "5", "-k", backend]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    rows = re.findall(r"^resnet56 +(\S+) +(given|batch) +([0-9.]+)", text, re.M)
    return rows[0][0], {mode: float(rate) for _, mode, rate in rows}


def traced(net, images):
    """Given statistics, folded into the weights by tracing and freezing."""
    net = net.eval()
    with torch.no_grad():
        return torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(net, images)))


def step_rate(net, images, labels):
    """Images per second of processor time, forward, loss and backward."""
    start = time.process_time()
    net.zero_grad(set_to_none=True)
    F.cross_entropy(net(images), labels).backward()
    return len(images) / (time.process_time() - start)


def compare_training(program, count, rounds, depth):
    formats = {"channels-last": torch.channels_last, "contiguous": torch.contiguous_format}
    rates = {name: [] for name in formats}
    ratios = {name: [] for name in formats}
    shares = []
    for _ in range(rounds):
        command = [program, "-n", str(count), "-N", str(depth), "-r", "3", "-k", "winograd-4x4"]
        text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        backend, ours, share = re.findall(r"^resnet\d+ +(\S+) +\d+ +([0-9.]+) +[0-9.]+ +([0-9.]+)", text, re.M)[0]
        shares.append(float(share))
        for name, memory in formats.items():
            images = torch.randn(count, 3, 32, 32).contiguous(memory_format=memory)
            labels = torch.randint(0, 10, (count,))
            net = ResNet(depth).to(memory_format=memory).train()
            step_rate(net, images, labels)
            rates[name].append(statistics.median(step_rate(net, images, labels) for _ in range(3)))
            ratios[name].append(float(ours) / rates[name][-1])
    print(f"Training ResNet-{depth}, {count} images, one core, {backend} ({statistics.median(shares):.0f} % of the "
          f"FMA peak) against PyTorch {torch.__version__}")
    for name in formats:
        rate, ratio = statistics.median(rates[name]), statistics.median(ratios[name])
        print(f"PyTorch {name:14} {rate:7.1f} images/s  ours/theirs {ratio:.2f}")


def cuda_rate(net, moved, base, direction, images, labels):
    """Images per second of wall time: new weights, forward, cross-entropy."""
    with torch.no_grad():
        net(images)
        torch.cuda.synchronize()
        start = time.perf_counter()
        for step in range(5):
            torch._foreach_copy_(moved, base)
            torch._foreach_add_(moved, direction, alpha=0.01 * step)
            F.cross_entropy(net(images), labels).item()
        return 5 * len(images) / (time.perf_counter() - start)


def compare_gpu(count, rounds):
    print(f"PyTorch {torch.__version__} on {torch.cuda.get_device_name()}, ResNet-56, {count} images, channels-last")
    images = torch.randn(count, 3, 32, 32, device="cuda").contiguous(memory_format=torch.channels_last)
    labels = torch.randint(0, 10, (count,), device="cuda")
    for mode in ("given", "batch"):
        net = ResNet().cuda().to(memory_format=torch.channels_last).train(mode == "batch")
        moved = list(net.parameters())
        base = [p.detach().clone() for p in moved]
        direction = [0.1 * torch.randn_like(p) for p in base]
        for tf32 in (False, True):
            torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = tf32
            for way, made in (("eager", net), ("compiled", torch.compile(net, mode="reduce-overhead"))):
                name = f"{way}, {'TF32' if tf32 else 'float32'}"
                try:
                    cuda_rate(made, moved, base, direction, images, labels)
                    rates = [cuda_rate(made, moved, base, direction, images, labels) for _ in range(rounds)]
                    print(f"{mode}  {name:18} {statistics.median(rates):9.0f} images/s")
                except RuntimeError as error:
                    print(f"{mode}  {name:18} fails: {str(error).splitlines()[0]}")


def main():
    program = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 128
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    torch.manual_seed(1)
    if program.endswith("bench-gpu"):
        compare_gpu(count, rounds)
        return
    torch.set_num_threads(1)
    if program.endswith("bench-train"):
        compare_training(program, count, rounds, int(sys.argv[4]) if len(sys.argv) > 4 else 56)
        return
    backend = sys.argv[4] if len(sys.argv) > 4 else "auto"
    images = torch.randn(count, 3, 32, 32).contiguous(memory_format=torch.channels_last)
    labels = torch.randint(0, 10, (count,))
    nets = {
        ("batch", "eager"): ResNet().to(memory_format=torch.channels_last).train(),
        ("given", "eager"): ResNet().to(memory_format=torch.channels_last).eval(),
        ("given", "traced and frozen"): traced(ResNet().to(memory_format=torch.channels_last), images),
    }
    rates = {key: [] for key in nets}
    ratios = {key: [] for key in nets}
    for _ in range(rounds):
        name, ours = backend_rates(program, count, backend)
        for key, net in nets.items():
            torch_rate(net, images, labels)
            rates[key].append(statistics.median(torch_rate(net, images, labels) for _ in range(3)))
            ratios[key].append(ours[key[0]] / rates[key][-1])
    print(f"ResNet-56, {count} images, one core, {name} against PyTorch {torch.__version__}, channels-last")
    for key in nets:
        rate, ratio = statistics.median(rates[key]), statistics.median(ratios[key])
        print(f"{key[0]:5}  PyTorch {key[1]:17} {rate:7.1f} images/s  ours/theirs {ratio:.2f}")


if __name__ == "__main__":
    main()
