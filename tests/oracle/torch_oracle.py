#!/usr/bin/python3
"""Compares one dumped training step with PyTorch, in float32 on the CPU.

usage: torch_oracle.py [--round] [--free-cosine C] DIR

DIR is written by `wavecore train ... --dump-step DIR`; docs/networks.md describes its files. The
network is built from the dump's own list of nodes, with the dumped image, labels, FP16 weights and
FP32 parameters. It runs twice: with the dumped ReLU masks and pool positions (replayed), and
taking its own decisions (free). Every dumped value and gradient is compared. With --round PyTorch
rounds each node's value to FP16, too: the gradients are then those of the mixed-precision network.
--free-cosine sets the least cosine of the gradient of all parameters when PyTorch takes its own
decisions (0.999).

Exit status: 0 within the limits, 1 over a limit, 2 the dump cannot be read.
"""
import argparse
import json
import math
import os
import sys

import numpy
import torch
import torch.nn.functional as F

# Replayed, every tensor must agree: rounding each node to FP16 was measured at 1e-3. Free, some
# decisions fall otherwise and move single tensors by more than all rounding; then the gradient of
# all parameters, taken as one vector, and the loss must agree.
REPLAYED_REL_L2 = 5e-3
# A value has the roundings of all nodes before it: 6.1e-3 at the end of ResNet-50's 170.
VALUE_REL_L2 = 1e-2
COSINE = 0.999
LOSS_REL = 1e-3

TYPES = {"fp16": numpy.dtype("<f2"), "fp32": numpy.dtype("<f4"), "u8": numpy.dtype("u1")}


class BadDump(Exception):
    """What in the dump cannot be used, in one line."""


class Dump:
    """The index and the tensors of a dump directory."""

    def __init__(self, path):
        # The command writes one directory for each stage; gradients exist before the update.
        step = os.path.join(path, "step")
        self.path = step if os.path.isdir(step) else path
        index_path = os.path.join(self.path, "index.json")
        try:
            with open(index_path, encoding="utf-8") as file:
                index = json.load(file)
            self.network = index["network"]
            self.loss_scale = float(index["loss_scale"])
            self.nodes = [node for node in index["graph"]["nodes"] if not node["backward"]]
            self.graph = {t["name"]: t for t in index["graph"]["tensors"]}
            self.files = {t["name"]: t for t in index["tensors"]}
        except OSError as error:
            raise BadDump(f"{index_path}: {error.strerror}; give a directory that "
                          "`wavecore train --dump-step` wrote") from error
        except (ValueError, KeyError, TypeError) as error:
            raise BadDump(f"{index_path}: not a dump index: {error!r}") from error

    def has(self, name):
        """Whether the tensor was dumped: one that stays on chip is not."""
        return name in self.files

    def array(self, name):
        """The tensor as [n][h][w][c]."""
        if not self.has(name):
            raise BadDump(f"{self.path}: tensor {name} is not in the dump, but is needed")
        t = self.files[name]
        kind = t["type"].lower()
        elems = int(numpy.prod(t["shape"]))
        file_path = os.path.join(self.path, t.get("file", name + ".bin"))
        try:
            raw = numpy.fromfile(file_path, numpy.uint8)
        except OSError as error:
            raise BadDump(f"{file_path}: {error.strerror}") from error
        want = elems // 8 if kind == "bit" else elems * TYPES[kind].itemsize
        if raw.size != want:
            raise BadDump(f"{file_path}: {raw.size} bytes, the index says {want}; dump again")
        if kind == "bit":
            return numpy.unpackbits(raw, bitorder="little").reshape(t["shape"])
        return raw.view(TYPES[kind]).reshape(t["shape"])

    def nchw(self, name):
        return torch.from_numpy(self.array(name).astype(numpy.float32)).permute(0, 3, 1, 2)


class Net:
    """The dumped network in PyTorch. values: tensor name -> torch tensor, NCHW for features."""

    def __init__(self, dump, replay, rounding=False):
        self.dump = dump
        self.rounding = rounding
        self.replay = replay
        self.values = {}
        self.flips = {}  # mask name -> decisions that differ from the dump's
        for name, t in dump.graph.items():
            if t["role"] == "weight":
                self.values[name] = torch.from_numpy(dump.array(name).astype(numpy.float32))
            elif t["role"] == "param":
                self.values[name] = torch.from_numpy(dump.array(name).reshape(-1).copy())
        for value in self.values.values():
            value.requires_grad_()
        for node in dump.nodes:
            getattr(self, node["op"])(node)
        for value in self.values.values():
            if value.requires_grad:
                value.retain_grad()
        self.loss = self.values[dump.nodes[-1]["out"][0]]
        self.loss.mean().backward()

    def input(self, node, i=0):
        return self.values[node["in"][i]]

    def output(self, node, value):
        name = node["out"][0]
        if self.rounding and self.dump.graph[name]["type"].lower() == "fp16":
            value = value + (value.half().float() - value).detach()  # gradients pass
        self.values[name] = value

    def normalize(self, node):
        x = self.dump.nchw(node["in"][0]) * node["k0"] + node["k1"]
        self.output(node, x.half().float())

    def conv(self, node):
        x, w = self.input(node), self.input(node, 1)
        _, _, ci, co = w.shape
        kernel = w.reshape(node["r"], node["s"], ci, co).permute(3, 2, 0, 1)
        bias = self.input(node, 2) if len(node["in"]) > 2 else None
        padding = (node["pad"], node["pad_x"])
        self.output(node, F.conv2d(x, kernel, bias, stride=node["stride"], padding=padding))

    def bias(self, node):
        self.output(node, self.input(node) + self.input(node, 1).view(1, -1, 1, 1))

    def gn(self, node):
        x, groups, eps = self.input(node), node["groups"], node["k0"]
        self.output(node, F.group_norm(x, groups, self.input(node, 1), self.input(node, 2), eps))
        with torch.no_grad():
            rows = x.reshape(x.shape[0], groups, -1)
            stats = torch.stack([rows.mean(2), 1 / torch.sqrt(rows.var(2, False) + eps)], 1)
            self.values[node["out"][1]] = stats.permute(0, 2, 1).unsqueeze(2)

    def relu(self, node):
        x, name = self.input(node), node["out"][1]
        own = x > 0
        mask = own
        if self.dump.has(name):
            dumped = self.dump.nchw(name) > 0
            self.flips[name] = (own != dumped).sum().item()
            mask = dumped if self.replay else own
        elif self.replay:
            self.dump.array(name)  # says that it is missing
        self.output(node, torch.where(mask, x, torch.zeros(())))

    def maxpool(self, node):
        x, k, name = self.input(node), node["r"], node["out"][1]
        x = F.pad(x, [node["pad_x"], node["pad_x"], node["pad"], node["pad"]], value=-math.inf)
        windows = x.unfold(2, k, node["stride"]).unfold(3, k, node["stride"]).flatten(4)
        # Of equal values the first counts: argmax leaves that open, so a tie is made a win.
        top = windows.max(4, keepdim=True)[0]
        own = (windows == top).to(torch.uint8).argmax(4)
        position = own
        if self.dump.has(name):
            dumped = self.dump.nchw(name).long()
            self.flips[name] = (own != dumped).sum().item()
            position = dumped if self.replay else own
        elif self.replay:
            self.dump.array(name)
        self.output(node, windows.gather(4, position.unsqueeze(4)).squeeze(4))

    def add(self, node):
        self.output(node, self.input(node) + self.input(node, 1))

    def avgpool(self, node):
        self.output(node, F.avg_pool2d(self.input(node), node["r"], 1, node["pad"]))

    def concat(self, node):
        self.output(node, torch.cat([self.values[name] for name in node["in"]], 1))

    def gap(self, node):
        self.output(node, self.input(node).mean((2, 3), keepdim=True))

    def xent(self, node):
        labels = torch.from_numpy(self.dump.array(node["in"][1]).astype(numpy.int64)).flatten()
        self.output(node, F.cross_entropy(self.input(node).flatten(1), labels, reduction="none"))


def distance(ours, theirs):
    """Relative L2 and cosine of two flat arrays."""
    size, other = numpy.linalg.norm(theirs), numpy.linalg.norm(ours)
    if not numpy.isfinite(ours).all():
        return float("inf"), 0.0
    if size == 0 or other == 0:
        return (0.0, 1.0) if size == other else (float("inf"), 0.0)
    return numpy.linalg.norm(ours - theirs) / size, ours @ theirs / (size * other)


def comparisons(dump, net):
    """(kind, name, dumped array, PyTorch's array), both flat, of everything both sides have."""
    def flat(value, trainable):
        value = value.detach()
        return (value if trainable or value.dim() != 4 else
                value.permute(0, 2, 3, 1)).double().numpy().ravel()

    for name, value in net.values.items():
        t = dump.graph[name]
        trainable = t["role"] in ("weight", "param")
        if not trainable and dump.has(name):
            yield "value", name, dump.array(name).astype(float).ravel(), flat(value, False)
        grad = t.get("grad")
        if grad is not None and dump.has(grad) and value.grad is not None:
            ours = dump.array(grad).astype(float).ravel() / dump.loss_scale
            yield "gradient", name, ours, flat(value.grad, trainable)


def measure(dump, net):
    """Distances by (kind, name), and of the gradient of all parameters as one vector."""
    result, ours_all, theirs_all = {}, [], []
    for kind, name, ours, theirs in comparisons(dump, net):
        result[kind, name] = distance(ours, theirs)
        if kind == "gradient" and dump.graph[name]["role"] in ("weight", "param"):
            ours_all.append(ours)
            theirs_all.append(theirs)
    if not ours_all:
        raise BadDump(f"{dump.path}: holds no gradient of a parameter")
    return result, distance(numpy.concatenate(ours_all), numpy.concatenate(theirs_all))


def over_limits(dump, replayed, free_all, loss_error, free_cosine):
    """The limits that do not hold, in words."""
    complaints = []
    for (kind, name), (rel, cosine) in replayed.items():
        limit = REPLAYED_REL_L2 if kind == "gradient" else VALUE_REL_L2
        if not rel <= limit or not cosine >= COSINE:
            complaints.append(f"{kind} of {name}: relative L2 {rel:.3g}, cosine {cosine:.6f} "
                              f"replayed; limits {limit}, {COSINE}")
    if not free_all[1] >= free_cosine:
        complaints.append(f"gradient of all parameters: cosine {free_all[1]:.6f} free, "
                          f"limit {free_cosine}")
    if not loss_error <= LOSS_REL:
        complaints.append(f"mean loss: {loss_error:.3g} relative, limit {LOSS_REL}")
    for t in dump.graph.values():
        if t["role"] in ("weight", "param") and ("gradient", t["name"]) not in replayed:
            complaints.append(f"gradient of {t['name']}: not in the dump")
    return complaints


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--round", action="store_true")
    parser.add_argument("--free-cosine", type=float, default=COSINE)
    parser.add_argument("dir")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    try:
        dump = Dump(options.dir)
        nets = [Net(dump, replay, options.round) for replay in (True, False)]
        (replayed, all_replayed), (free, all_free) = (measure(dump, net) for net in nets)
        loss_name = dump.nodes[-1]["out"][0]
        ours = dump.array(loss_name).astype(float).mean()
    except BadDump as error:
        print(f"torch_oracle: {error}", file=sys.stderr)
        return 2
    theirs = nets[1].loss.mean().item()
    loss_error = abs(ours - theirs) / abs(theirs)

    print(f"{'':8} {'tensor':16} {'rel L2 replayed':>16} {'cosine':>9} {'rel L2 free':>12} "
          f"{'cosine':>9}")
    for key, (rel, cosine) in replayed.items():
        print(f"{key[0]:8} {key[1]:16} {rel:16.3g} {cosine:9.6f} {free[key][0]:12.3g} "
              f"{free[key][1]:9.6f}")
    decisions = sum(dump.array(name).size for name in nets[1].flips)
    print(f"{dump.network}: {sum(nets[1].flips.values())} of {decisions} decisions differ")
    print(f"mean loss {ours:.6f}, PyTorch {theirs:.6f}: {loss_error:.3g} relative")
    worst = max(replayed, key=lambda key: replayed[key][0])
    print(f"worst replayed: {worst[0]} of {worst[1]}, relative L2 {replayed[worst][0]:.3g}")
    steepest = max((key for key in replayed if key[0] == "gradient"), key=lambda key: replayed[key][0])
    print(f"worst gradient replayed: of {steepest[1]}, relative L2 {replayed[steepest][0]:.3g}")
    print(f"gradient of all parameters: relative L2 {all_replayed[0]:.3g} replayed, "
          f"{all_free[0]:.3g} free; cosine {all_replayed[1]:.6f} replayed, {all_free[1]:.6f} free")
    complaints = over_limits(dump, replayed, all_free, loss_error, options.free_cosine)
    for complaint in complaints:
        print(f"OVER {complaint}")
    print("FAILED" if complaints else "agrees with PyTorch within the limits")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
