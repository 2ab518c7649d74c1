"""Seconds of a training step of ResNet-50 v1.5 with GN in float32: the best of STEPS.

usage: bench_torch.py BATCH THREADS STEPS
"""
import sys
import time

import torch
from torch import nn

BATCH, THREADS, STEPS = (int(text) for text in sys.argv[1:4])


def conv_gn(ci, co, kernel, stride=1):
    """Convolution without bias, normalisation in 32 groups."""
    return nn.Sequential(nn.Conv2d(ci, co, kernel, stride, kernel // 2, bias=False),
                         nn.GroupNorm(32, co))


class Block(nn.Module):
    """Bottleneck; the stride sits on the 3x3."""

    def __init__(self, ci, width, stride):
        super().__init__()
        co = 4 * width
        self.main = nn.Sequential(conv_gn(ci, width, 1), nn.ReLU(inplace=True),
                                  conv_gn(width, width, 3, stride), nn.ReLU(inplace=True),
                                  conv_gn(width, co, 1))
        same = stride == 1 and ci == co
        self.shortcut = nn.Identity() if same else conv_gn(ci, co, 1, stride)

    def forward(self, x):
        return torch.relu(self.main(x) + self.shortcut(x))


def resnet50():
    layers = [conv_gn(3, 64, 7, 2), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, 1)]
    ci = 64
    for stage, blocks in enumerate((3, 4, 6, 3)):
        width = 64 << stage
        for i in range(blocks):
            layers.append(Block(ci, width, 2 if stage > 0 and i == 0 else 1))
            ci = 4 * width
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(ci, 1000)]
    return nn.Sequential(*layers)


def main():
    torch.set_num_threads(THREADS)
    torch.manual_seed(1)
    net = resnet50().to(memory_format=torch.channels_last)
    sgd = torch.optim.SGD(net.parameters(), 0.1, momentum=0.9, weight_decay=5e-4)
    images = torch.randn(BATCH, 3, 224, 224).contiguous(memory_format=torch.channels_last)
    labels = torch.randint(0, 1000, (BATCH,))
    best = float("inf")
    for _ in range(STEPS):
        start = time.monotonic()
        sgd.zero_grad()
        nn.functional.cross_entropy(net(images), labels).backward()
        sgd.step()
        best = min(best, time.monotonic() - start)
    print(best)


main()
