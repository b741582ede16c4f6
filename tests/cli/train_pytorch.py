#!/usr/bin/env python3
"""Trains with PyTorch as `blueshift train` does with one batch of all images and no augmentation.

    train_pytorch.py START.safetensors IMAGES.bin COUNT STEPS TRAINED.safetensors

Prints the loss of every step, then the largest difference of parameters and of running statistics to
those in TRAINED.safetensors, over 1 and their size. The recipe: learning rate .01 along a cosine, Nesterov's momentum .9, weight
decay 5e-4, label smoothing .1. The network is that of tools/evaluate-pytorch.py, the rest PyTorch's.
"""

import importlib.util
import math
import pathlib
import sys

import torch
import torch.nn.functional as F

path = pathlib.Path(__file__).resolve().parents[2] / "tools" / "evaluate-pytorch.py"
spec = importlib.util.spec_from_file_location("evaluate", path)
evaluate = importlib.util.module_from_spec(spec)
spec.loader.exec_module(evaluate)


class Student(evaluate.Point):
    """A network whose norms take the statistics of the batch and move the running ones on."""

    def norm(self, x, name):
        if name + ".weight" not in self.w:
            return x
        return F.batch_norm(x, self.w[name + ".running_mean"], self.w[name + ".running_var"],
                            self.w[name + ".weight"], self.w[name + ".bias"], training=True, momentum=0.1)


start, images, count, steps, trained = sys.argv[1:]
torch.set_num_threads(1)
student = Student(start, torch.float32)
count, steps = int(count), int(steps)
raw = torch.frombuffer(bytearray(open(images, "rb").read(count * 3073)), dtype=torch.uint8).reshape(count, 3073)
mean, std = (torch.tensor([float(v) for v in student.meta[key].split(",")], dtype=torch.double).reshape(3, 1, 1)
             for key in ("mean", "std"))
inputs = ((raw[:, 1:].reshape(count, 3, 32, 32).double() / 255 - mean) / std).float()
parameters = {name: w for name, w in student.w.items() if ".running_" not in name}
for w in parameters.values():
    w.requires_grad_()
optimizer = torch.optim.SGD(parameters.values(), lr=0.01, momentum=0.9, nesterov=True, weight_decay=5e-4)
schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda t: 0.5 * (1 + math.cos(math.pi * t / steps)))
for _ in range(steps):
    student.signals = []
    optimizer.zero_grad()
    loss = F.cross_entropy(student.resnet(inputs), raw[:, 0].long(), label_smoothing=0.1)
    loss.backward()
    optimizer.step()
    schedule.step()
    print(f"{loss.item():.9g}")
other = evaluate.Point(trained, torch.float32).w
for kind in (False, True):
    print("difference", max(((student.w[n] - other[n]).abs() / (1 + other[n].abs())).max().item()
                            for n in other if (".running_" in n) == kind))
