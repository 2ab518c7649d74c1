#!/usr/bin/env python3
"""Maps a design to the cells of an ECP5, module by module, and links what comes of it.

Usage: map.py --dir DIR --top TOP [--set NAME=VALUE]... [--jobs N] OUT.json FILE.sv...

The last file has the top module.
The modules in APART are mapped by themselves,
once for each set of parameters, N at a time; all others are flattened into their users. A module
that has not changed, nor what is in it, is taken from DIR, where it was left by the run before.
Writes OUT.json for nextpnr, flat, and OUT.map.txt: what each module takes, and how often it is there.
"""
import argparse
import collections
import hashlib
import os
import re
import subprocess
import sys
from concurrent import futures

# Large or frequent. What lies between two of them is not optimised across their border: hence the
# global buffer, most of whose ports never write, is not among them.
APART = {
    "wc_pe", "wc_gemm", "wc_counters", "wc_regs", "wc_queue", "wc_fetch", "wc_dma_load",
    "wc_dma_store", "wc_vector", "wc_vec_check", "wc_vec_fetch", "wc_vec_lanes", "wc_vec_turns",
    "wc_vec_reduce", "wc_vec_reduce_narrow", "wc_vec_store", "wc_vec_store_narrow", "wc_core",
    "wc_link", "wc_board_regs", "wc_sdram", "wc_axi_mux",
}
# What the table counts: cells of Yosys by what they take. Distributed RAM has four LUTs that hold
# it and two whose inputs write it.
LUTS = {"LUT4": 1, "CCU2C": 2, "TRELLIS_DPR16X4": 6}
OTHER = {"TRELLIS_FF": "FF", "MULT18X18D": "DSP", "DP16KD": "EBR", "TRELLIS_DPR16X4": "DPR"}

CELLS = "read_verilog -lib -specify +/ecp5/cells_sim.v +/ecp5/cells_bb.v"

ATTRIBUTE = re.compile(r"\s*attribute \\src ")
CELL = re.compile(r"  cell (\S+) ")
PORT = re.compile(r"  wire .*\b(?:input|output|inout) \d")


def yosys(commands, log):
    """Runs a script; the log says what went wrong."""
    with open(log + ".ys", "w", encoding="utf-8") as file:
        file.write(commands)
    done = subprocess.run(["yosys", "-q", "-l", log + ".log", log + ".ys"], stdout=subprocess.DEVNULL,
                          stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        sys.exit(f"map.py: yosys failed, see {log}.log")


def modules_of(path):
    """{name: lines} of a file of RTLIL, without the places in the source."""
    found, head, name = {}, [], None
    with open(path, encoding="utf-8") as file:
        for line in file:
            if ATTRIBUTE.match(line):
                continue
            if name is None:
                if line.startswith("module "):
                    name = line.split()[1]
                    found[name] = head + [line]
                    head = []
                elif line.startswith("attribute"):
                    head.append(line)
            else:
                found[name].append(line)
                if line == "end\n":
                    name = None
    return found


class Design:
    """An elaborated design: its modules and what is in them."""

    def __init__(self, path, top):
        self.lines, self.top = modules_of(path), "\\" + top
        self.cells = {name: collections.Counter(m.group(1) for m in map(CELL.match, lines) if m)
                      for name, lines in self.lines.items()}

    def apart(self, name):
        return name == self.top or base(name) in APART

    def children(self, name):
        """Modules in @name and in what is flattened into it: (flattened, apart)."""
        inner, outer, todo = set(), set(), [name]
        while todo:
            for child in self.cells[todo.pop()]:
                if child not in self.lines or child in inner:
                    continue
                (outer if self.apart(child) else inner).add(child)
                if not self.apart(child):
                    todo.append(child)
        return inner, outer

    def text(self, name):
        """The module with all that is flattened into it; the others in it as black boxes."""
        inner, outer = self.children(name)
        parts = ["".join(self.lines[n]) for n in [name] + sorted(inner)]
        for child in sorted(outer):
            ports = [line for line in self.lines[child] if PORT.match(line)]
            parts.append(f"attribute \\blackbox 1\nmodule {child}\n{''.join(ports)}end\n")
        return "".join(parts)

    def counts(self):
        """{module that is mapped apart: how often it is in the design}"""
        count = collections.Counter()

        def walk(name, holder, times):
            for child, n in self.cells[name].items():
                if child in self.lines:
                    if self.apart(child):
                        count[child] += n * times
                    walk(child, child if self.apart(child) else holder, n * times)
        count[self.top] = 1
        walk(self.top, self.top, 1)
        return count


def base(name):
    """The module's name without its parameters."""
    parts = name.split("\\")
    return parts[1] if name.startswith("$paramod\\") else parts[-1]


def map_module(design, name, folder):
    """Cells of module @name: its lines of RTLIL."""
    text = design.text(name)
    key = hashlib.sha256(text.encode()).hexdigest()[:16]
    out = os.path.join(folder, f"{base(name)}-{key}")
    if not os.path.exists(out + ".mapped.il"):
        with open(out + ".il", "w", encoding="utf-8") as file:
            file.write(text)
        yosys(f"read_rtlil {out}.il\nsynth_ecp5 -top {name} -run begin:check\nwrite_rtlil {out}.part.il\n", out)
        os.rename(out + ".part.il", out + ".mapped.il")
        print(f"mapped {base(name)}", flush=True)
    return modules_of(out + ".mapped.il")[name]


def table(mapped, counts):
    """Rows of what each module takes by itself, the most first."""
    rows = []
    for name, lines in mapped.items():
        cells = collections.Counter(m.group(1).lstrip("\\") for m in map(CELL.match, lines) if m)
        used = {"LUT": sum(cells[c] * n for c, n in LUTS.items())}
        used.update({label: cells[c] for c, label in OTHER.items()})
        rows.append((counts[name] * used["LUT"], base(name), counts[name], used))
    rows.sort(key=lambda row: (-row[0], row[1]))
    labels = ["LUT"] + list(OTHER.values())
    yield f"{'module':<24}{'times':>6}" + "".join(f"{c:>7}" for c in labels) + f"{'LUT, all':>10}"
    for total, name, times, used in rows:
        yield (f"{name:<24}{times:>6}" + "".join(f"{used[c]:>7}" for c in labels) + f"{total:>10}")
    sums = [sum(row[2] * row[3][c] for row in rows) for c in labels]
    yield f"{'sum':<24}{'':>6}" + "".join(f"{s:>7}" for s in sums) + f"{sums[0]:>10}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--dir", required=True)
    parser.add_argument("--top", required=True)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("out")
    parser.add_argument("files", nargs="+")
    args = parser.parse_args()
    os.makedirs(args.dir, exist_ok=True)
    whole = os.path.join(args.dir, "all")
    values = " ".join(f"-set {value.replace('=', ' ')}" for value in args.set)
    read = "read_verilog -sv -DSYNTHESIS -Irtl"
    yosys(f"{CELLS}\n{read} -defer {' '.join(args.files[:-1])}\n{read} {args.files[-1]}\n"
          + (f"chparam {values} {args.top}\n" if values else "")
          + f"hierarchy -check -top {args.top}\nrename -top {args.top}\n"
          f"delete =A:blackbox\nwrite_rtlil {whole}.il\n", whole)
    design = Design(whole + ".il", args.top)
    counts = design.counts()
    names = sorted(counts, key=lambda n: -len(design.text(n)))
    with futures.ThreadPoolExecutor(args.jobs) as pool:
        mapped = dict(zip(names, pool.map(lambda n: map_module(design, n, args.dir), names)))
    report = args.out[:-len(".json")] + ".map.txt"
    with open(report, "w", encoding="utf-8") as file:
        file.write("\n".join(table(mapped, counts)) + "\n")
    print(report)
    linked = os.path.join(args.dir, "linked")
    with open(linked + ".il", "w", encoding="utf-8") as file:
        for lines in mapped.values():
            file.writelines(lines)
    yosys(f"{CELLS}\nread_rtlil {linked}.il\n"
          f"hierarchy -check -top {args.top}\nflatten\nopt_clean\nblackbox =A:whitebox\ncheck -noinit\n"
          f"write_json {args.out}\n", linked)


main()
