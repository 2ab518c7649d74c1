"""Operands of a real training step, as an array or a PE meets them.

The step is one that `wavecore train --dump-step` wrote: a convolution of 3 x 3, stride 1, of whose
three GEMMs (forward, data gradient, weight gradient) a block of the depth is taken with the partial
sums that reach it. What whole chains of sums give is compared with what the C model left in memory.
"""
import json
import os
import struct

LAYER = "b1.conv2"
KINDS = ("forward", "data gradient", "weight gradient")
IDLE = 0x0000


class TileError(Exception):
    """Why the dump of a step cannot be used."""


def half(bits):
    return struct.unpack("<e", struct.pack("<H", bits))[0]


def single(value):
    """@value rounded to FP32: exact twice, since an FP64 sum of two FP32 rounds innocently."""
    return struct.unpack("<f", struct.pack("<f", value))[0]


def bits32(value):
    return struct.unpack("<I", struct.pack("<f", value))[0]


def recode(h):
    """FP16 as it travels in the array (wc_fp.svh), for finite values."""
    sign, e, f = h >> 15, h >> 10 & 31, h & 1023
    if e == 0 and f == 0:
        return sign << 16
    if e == 0:
        shift = 11 - f.bit_length()
        return sign << 16 | (11 - shift) << 10 | (f << shift & 1023)
    return sign << 16 | (e + 10) << 10 | f


class Dump:
    """Tensors of a dumped step."""

    def __init__(self, folder):
        self.folder = folder
        try:
            with open(os.path.join(folder, "index.json"), encoding="utf-8") as file:
                self.index = {t["name"]: t for t in json.load(file)["tensors"]}
        except (OSError, ValueError, KeyError) as error:
            raise TileError(f"{folder}: no dump of a training step: {error}") from None

    def read(self, name, kind="H"):
        """(shape, flat values) of tensor @name; FP16 as bits, FP32 as floats."""
        with open(os.path.join(self.folder, name + ".bin"), "rb") as file:
            data = file.read()
        shape = self.index[name]["shape"]
        count = len(data) // struct.calcsize(kind)
        if count != shape[0] * shape[1] * shape[2] * shape[3]:
            raise TileError(f"{name}: {count} values for a shape of {shape}")
        return shape, struct.unpack(f"<{count}{kind}", data)


class Gemm:
    """A GEMM of the layer by its operands: a(row, depth), b(depth, column), as FP16 bits."""

    def __init__(self, kind, rows, depth, a, b, result):
        self.kind, self.rows, self.depth = kind, rows, depth
        self.a, self.b, self.result = a, b, result

    def sums(self, row, column, first, last, start=0.0):
        for k in range(first, last):
            start = single(start + half(self.a(row, k)) * half(self.b(k, column)))
        return start


def gemms(folder):
    """The three GEMMs of LAYER, each checked against the dump on some elements."""
    dump = Dump(folder)
    (images, height, width, channels), x = dump.read("b1.relu1")
    (_, taps, _, outputs), w = dump.read(LAYER + ".w")
    dy = dump.read("d_" + LAYER)[1]
    y, dx = dump.read(LAYER)[1], dump.read("d_b1.relu1")[1]
    dw = dump.read(f"d_{LAYER}.w", "f")[1]
    area = height * width

    def at(tensor, position, tap, direction, channel, depth):
        n, place = divmod(position, area)
        row = place // width + direction * (tap // 3 - 1)
        column = place % width + direction * (tap % 3 - 1)
        if not (0 <= row < height and 0 <= column < width):
            return IDLE
        return tensor[((n * height + row) * width + column) * depth + channel]

    def weight(tap, ci, co):
        return w[(tap * channels + ci) * outputs + co]

    found = [
        Gemm(KINDS[0], images * area, taps * channels,
             lambda p, k: at(x, p, k // channels, 1, k % channels, channels),
             lambda k, c: weight(k // channels, k % channels, c),
             lambda p, c: half(y[p * outputs + c])),
        Gemm(KINDS[1], images * area, taps * outputs,
             lambda p, k: at(dy, p, k // outputs, -1, k % outputs, outputs),
             lambda k, c: weight(k // outputs, c, k % outputs),
             lambda p, c: half(dx[p * channels + c])),
        Gemm(KINDS[2], taps * channels, images * area,
             lambda m, k: at(x, k, m // channels, 1, m % channels, channels),
             lambda k, c: dy[k * outputs + c], lambda m, c: dw[m * outputs + c])]
    for gemm in found:
        for i in range(5):
            row = (37 * i + 5) % gemm.rows
            got = gemm.sums(row, i, 0, gemm.depth)
            if gemm.kind != KINDS[2]:
                got = struct.unpack("<e", struct.pack("<e", got))[0]
            if got != gemm.result(row, i):
                raise TileError(f"{gemm.kind}, row {row}, column {i}: {got} is not what the C "
                                f"model left, {gemm.result(row, i)}")
    return found


def block(gemm, rows, lanes, columns):
    """(activations, weights, start sums, end sums) of @rows rows at the middle of the depth."""
    first = gemm.depth // 2 // lanes * lanes
    chosen = [(31 + r) % gemm.rows for r in range(rows)]
    start = [[gemm.sums(r, c, 0, first) for c in range(columns)] for r in chosen]
    end = [[gemm.sums(r, c, first, first + lanes, start[i][c]) for c in range(columns)]
           for i, r in enumerate(chosen)]
    return ([[gemm.a(r, first + k) for k in range(lanes)] for r in chosen],
            [[gemm.b(first + k, c) for c in range(columns)] for k in range(lanes)], start, end)


class Stimulus:
    """What enters in each cycle, what must leave in some, and windows of steady work."""

    def __init__(self, cycles):
        self.inputs = [{"rst_ni": int(t > 2)} for t in range(cycles)]
        self.expected = [{} for _ in range(cycles)]
        self.windows = {}  # kind: (first cycle, cycle after the last, MACs in a cycle)

    def put(self, cycle, name, value, shift=0):
        at = self.inputs[cycle]
        at[name] = at.get(name, 0) | value << shift


def array_stimulus(found, rows, columns, length):
    """Tiles of all three GEMMs, @length rows each, without a gap between them."""
    begin = 4
    fill = 2 * rows + columns + 2
    s = Stimulus(begin + len(found) * length + fill + 4)
    for number, gemm in enumerate(found):
        acts, weights, start, end = block(gemm, length, rows, columns)
        first = begin + number * length
        for k in range(rows):
            for c in range(columns):
                s.put(first + k, "weight_i", weights[k][c], 16 * c)
        for i in range(length):
            t = first + i
            s.put(t, "row_valid_i", 1)
            s.put(t, "row_switch_i", int(i == 0))
            for k in range(rows):
                s.put(t, "row_i", acts[i][k], 16 * k)
            for c in range(columns):
                s.put(t + 2 + c, "psum_i", bits32(start[i][c]), 32 * c)
                s.expected[t + 2 + c + 2 * rows][c] = bits32(end[i][c])
        s.windows[gemm.kind] = (first + fill, first + length, rows * columns)
    return s


def pe_stimulus(found, length, lanes=8, enter=2, leave=4, recoded=True):
    """One PE in the place of each of @lanes lanes in turn, @length rows each.

    A sum enters @enter cycles after its activation and has left @leave cycles after it.
    """
    operand = recode if recoded else lambda h: h
    s = Stimulus(4 + len(found) * lanes * length + 8)
    t = 4
    for gemm in found:
        acts, weights, start, _ = block(gemm, length, lanes, 1)
        first = t
        for lane in range(lanes):
            s.put(t, "weight_i", operand(weights[lane][0]))
            for i in range(length):
                before = start[i][0]
                for k in range(lane):
                    before = single(before + half(acts[i][k]) * half(weights[k][0]))
                after = single(before + half(acts[i][lane]) * half(weights[lane][0]))
                s.put(t, "switch_i", int(i == 0))
                s.put(t, "act_i", operand(acts[i][lane]))
                s.put(t + enter, "psum_i", bits32(before))
                s.expected[t + leave][0] = bits32(after)
                t += 1
        s.windows[gemm.kind] = (first + 8, t, 1)
    return s
