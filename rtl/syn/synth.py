#!/usr/bin/python3
"""Area and timing of the PE and of arrays, by Yosys with ABC and OpenSTA.

usage: synth.py [--liberty FILE] [--clock NS] [--config pe,4x4,8x8,...] [--out DIR]

Writes DIR/summary.json, DIR/report.html and prints the table. Exit status: 0 done, 1 the clock is
not met, 2 a file or a tool failed; the last line on standard error says why.
"""
import argparse
import os
import re
import sys

import choose
import liberty
import netlist
import report
import sta

OSU018 = "/usr/share/qflow/tech/osu018/osu018_stdcells.lib"


class Result:
    """What is known of one synthesised design."""

    def __init__(self, design, net, timing, library):
        self.name, self.params = design.name, design.params
        self.netlist, self.timing = net, timing
        self.gate = library.nand2().area
        self.area = net.area()
        self.flip_flops = net.flip_flops()
        self.leakage = sum(i.cell.leakage for i in net.instances)

    @property
    def nand2(self):
        return self.area / self.gate


def array_block(name):
    """The block of an array's cell: a stage of all PEs, the PEs' registers, or the edges."""
    if "u_pe" not in name:
        return "edges"
    stage = re.search(r"u_pe\.(u_\w+)\.", name)
    return "PE " + (stage[1] if stage else "registers")


def measure(design, library, clock_ns, choice, out_dir):
    net = netlist.synthesise(design, library, choice, out_dir)
    return Result(design, net, sta.Timing(net, library, clock_ns), library)


def run(arguments):
    os.makedirs(arguments.out, exist_ok=True)
    library = liberty.Library(arguments.liberty)
    library.require_power()
    found = choose.candidates(library, arguments.clock, arguments.out)
    choice = choose.choose(found, arguments.clock)
    pe = measure(netlist.Design("pe", "wc_pe"), library, arguments.clock, choice, arguments.out)
    arrays = []
    for size in arguments.config.split(","):
        if size == "pe":
            continue
        rows, cols = (int(n) for n in size.split("x"))
        design = netlist.Design(f"array_{size}", "wc_array", {"Rows": rows, "Cols": cols})
        arrays.append(measure(design, library, arguments.clock, choice, arguments.out))
    summary = report.summary(library, arguments.clock, pe, arrays)
    report.write(arguments.out, library, summary, found, choice, pe, arrays, array_block)
    late = [r.name for r in [pe] + arrays if r.timing.slack < 0]
    if late:
        print(f"synth: {', '.join(late)}: the clock of {arguments.clock} ns is not met",
              file=sys.stderr)
        return 1
    return 0


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--liberty", default=OSU018)
    parser.add_argument("--clock", type=float, default=6.3, help="period in ns")
    parser.add_argument("--config", default="pe,4x4,8x8",
                        help="pe and arrays of ROWSxCOLS, with commas")
    parser.add_argument("--out", default="build/synth")
    arguments = parser.parse_args()
    for size in arguments.config.split(","):
        if not re.fullmatch(r"pe|[1-9]\d*x[1-9]\d*", size):
            parser.error(f"--config: {size!r} is neither pe nor ROWSxCOLS")
    if arguments.clock <= 0:
        parser.error("--clock: must be positive")
    return arguments


def main():
    arguments = parse_arguments()
    try:
        return run(arguments)
    except (liberty.LibertyError, netlist.FlowError, OSError) as error:
        print(f"synth: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
