#!/usr/bin/env python3
"""Evaluates with PyTorch what `blueshift export` has written: loss, accuracy and logits of a point.

    blueshift export FILE.nc --at=0.5,0 -o POINT.safetensors
    blueshift export FILE.nc --images -o IMAGES.bin
    tools/evaluate-pytorch.py POINT.safetensors IMAGES.bin

and, of a sweep with branch losses or probes, what it observed at the point:

    blueshift export FILE.nc --heads -o HEADS.safetensors
    tools/evaluate-pytorch.py POINT.safetensors IMAGES.bin --heads HEADS.safetensors

IMAGES.bin may be any file of CIFAR-10's binary version. Nothing here is blueshift's: the networks are
those of block(), resnet() and mlp() below, over tensors with PyTorch's names. Needs python3 and torch,
1.13 or newer, and nothing else.
"""

import argparse
import json
import struct
import sys

try:
    import torch
    import torch.nn.functional as F
except ModuleNotFoundError:
    sys.exit("evaluate-pytorch: python3 has no torch: install python3-torch, or run this with a python "
             "that has it")


def read_safetensors(path, dtype):
    """The tensors by name, and the metadata."""
    with open(path, "rb") as stream:
        header = json.loads(stream.read(struct.unpack("<Q", stream.read(8))[0]))
        data = bytearray(stream.read())
    meta = header.pop("__metadata__")
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        tensor = torch.frombuffer(data, dtype=torch.float32, offset=begin, count=(end - begin) // 4)
        tensors[name] = tensor.reshape(entry["shape"]).to(dtype)
    return tensors, meta


class Point:
    """The tensors (w) and the metadata (meta) of a safetensors file, and the network over them."""

    def __init__(self, path, dtype):
        self.w, self.meta = read_safetensors(path, dtype)
        self.dtype = dtype
        self.signals = []  # of every block: skip (None: there is none), sum, paths
        self.nu = float(self.meta["skip_weight"])
        self.k = int(self.meta["paths"])
        self.act = {"relu": F.relu, "tanh": torch.tanh, "softplus": F.softplus, "gelu": F.gelu,
                    "leaky-relu": lambda x: F.leaky_relu(x, float(self.meta["slope"]))}[self.meta["activation"]]

    def conv(self, x, name, stride=1):
        weight = self.w[name + ".weight"]
        return F.conv2d(x, weight, stride=stride, padding=weight.shape[-1] // 2)

    def norm(self, x, name):
        """eval() where the file has statistics, otherwise train(), over the images of x."""
        if name + ".weight" not in self.w:
            return x
        mean, var = self.w.get(name + ".running_mean"), self.w.get(name + ".running_var")
        return F.batch_norm(x, mean, var, self.w[name + ".weight"], self.w[name + ".bias"],
                            training=mean is None)

    def linear(self, x, name):
        return F.linear(x, self.w[name + ".weight"], self.w.get(name + ".bias"))

    def paths(self, name, module):
        """Prefixes of a block's main branches: "layer1.0.", or "layer1.0.path0.", ..."""
        return [name] if name + module in self.w else [f"{name}path{j}." for j in range(self.k)]

    def skip(self, x, name, stride):
        """The factor nu times identity, zero-padded identity or projection."""
        if self.meta["shortcut"] == "none" or self.nu == 0:
            return 0
        channels = self.w[self.paths(name, "conv1.weight")[0] + "conv1.weight"].shape[0]
        if channels == x.shape[1] and stride == 1:
            return self.nu * x
        if self.meta["shortcut"] == "projection":
            return self.nu * self.norm(self.conv(x, name + "shortcut.0", stride), name + "shortcut.1")
        pad = (channels - x.shape[1]) // 2
        return self.nu * F.pad(x[:, :, ::stride, ::stride], (0, 0, 0, 0, pad, pad))

    def block(self, x, name, stride):
        s = self.skip(x, name, stride)
        v1 = self.meta["version"] == "v1"
        mains = []
        for p in self.paths(name, "conv1.weight"):
            if v1:
                y = self.act(self.norm(self.conv(x, p + "conv1", stride), p + "bn1"))
                mains.append(self.norm(self.conv(y, p + "conv2"), p + "bn2"))
            else:
                y = self.conv(self.act(self.norm(x, p + "bn1")), p + "conv1", stride)
                mains.append(self.conv(self.act(self.norm(y, p + "bn2")), p + "conv2"))
        paths = [self.act(m + s) for m in mains] if v1 and self.k > 1 else mains
        total = sum(paths) / self.k + (0 if v1 and self.k > 1 else s)
        self.observe(s, total, paths)
        return self.act(total) if v1 and self.k == 1 else total

    def observe(self, skip, total, paths):
        """The signals of a block, as blueshift's branches: skip, sum, path 0, path 1, ..."""
        there = isinstance(skip, torch.Tensor)
        self.signals.append([skip if there else None, total, *paths])

    def resnet(self, x):
        x = self.conv(x, "conv1")
        if self.meta["version"] == "v1":
            x = self.act(self.norm(x, "bn1"))
        for stage in (1, 2, 3):
            for i in range((int(self.meta["depth"]) - 2) // 6):
                x = self.block(x, f"layer{stage}.{i}.", 2 if stage > 1 and i == 0 else 1)
        if self.meta["version"] == "v2":
            x = self.act(self.norm(x, "bn"))
        return self.linear(x.mean((2, 3)), "linear")

    def mlp(self, x):
        x = x.flatten(1)
        depth = int(self.meta["depth"])
        if self.meta["shortcut"] == "none":
            for i in range(1, depth + 1):
                names = [f"fc{i}"] if self.k == 1 else [f"fc{i}.path{j}" for j in range(self.k)]
                paths = [self.act(self.linear(x, name)) for name in names]
                x = sum(paths) / self.k
                if self.k > 1:
                    self.observe(0, x, paths)
        else:
            x = self.linear(x, "fc1")
            for b in range((depth - 1) // 2):
                y = self.linear(self.act(x), f"block{b}.fc1")
                main, skip = self.linear(self.act(y), f"block{b}.fc2"), self.nu * x
                x = main + skip
                self.observe(skip if self.nu != 0 else 0, x, [main])
            x = self.act(x)
        return self.linear(x, "linear")

    def logits(self, pixels):
        """Pixels [N][3][32][32], 0 to 255; in the blocks that norms of the batch are taken over."""
        mean, std = (torch.tensor([float(v) for v in self.meta[key].split(",")], dtype=torch.double)
                     .reshape(3, 1, 1) for key in ("mean", "std"))
        x = ((pixels.double() / 255 - mean) / std).float().to(self.dtype)
        network = self.resnet if self.meta["kind"] == "resnet" else self.mlp
        with torch.no_grad():
            logits, signals = [], []
            for part in x.split(int(self.meta["batch"])):
                self.signals = []
                logits.append(network(part))
                signals.append(self.signals)
            self.signals = [[None if parts[0] is None else torch.cat(parts) for parts in zip(*blocks)]
                            for blocks in zip(*signals)]
            return torch.cat(logits)


def print_observed(point, labels, path):
    """Branch losses through the random heads, and probes, in the order of the file's arrays."""
    numbers, _ = read_safetensors(path, torch.double)
    for block, signals in enumerate(point.signals):
        for branch, signal in enumerate(signals):
            if signal is None:
                continue
            signal = signal.double().reshape(*signal.shape[:2], -1)
            if f"head.{block}" in numbers:
                loss = F.cross_entropy(signal.mean(2) @ numbers[f"head.{block}"], labels).item()
                print(f"branch_loss {block} {branch} {loss!r}")
            if f"probe.{block}" in numbers:
                width = round(signal.shape[2] ** 0.5)
                image, channel, row, column = numbers[f"probe.{block}"].reshape(-1, 4).T.long()
                for value in signal[image, channel, row * width + column].tolist():
                    print(f"branch_probe {block} {branch} {value!r}")


def read_images(path, count):
    """Labels and pixels of CIFAR-10's binary format: records of a label and 3 x 32 x 32 bytes."""
    with open(path, "rb") as stream:
        data = bytearray(stream.read(3073 * count if count > 0 else -1))
    if not data or len(data) % 3073 != 0:
        sys.exit(f"evaluate-pytorch: {path}: {len(data)} bytes are no whole images of 3073 bytes")
    records = torch.frombuffer(data, dtype=torch.uint8).reshape(-1, 3073)
    return records[:, 0].long(), records[:, 1:].reshape(-1, 3, 32, 32)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("point", metavar="POINT.safetensors")
    parser.add_argument("images", metavar="IMAGES.bin")
    parser.add_argument("--count", type=int, default=0, help="the first so many images only")
    parser.add_argument("--double", action="store_true", help="compute in double precision")
    parser.add_argument("--logits", type=int, default=0, metavar="N",
                        help="also print the logits of the first N images, one a line")
    parser.add_argument("--heads", metavar="HEADS.safetensors",
                        help="also print the branch losses and probes of every block and branch")
    arguments = parser.parse_args()
    point = Point(arguments.point, torch.double if arguments.double else torch.float)
    labels, pixels = read_images(arguments.images, arguments.count)
    logits = point.logits(pixels)
    loss = F.cross_entropy(logits.double(), labels).item()
    accuracy = 100 * (logits.argmax(1) == labels).double().mean().item()
    there = f" (blueshift: {point.meta['loss']})" if "loss" in point.meta else ""
    print(f"loss {loss!r}{there}, accuracy {accuracy:g} %, {len(labels)} images")
    for value in logits[:arguments.logits].flatten().tolist():
        print(repr(value))
    if arguments.heads:
        print_observed(point, labels, arguments.heads)


if __name__ == "__main__":
    main()
