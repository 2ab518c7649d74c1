#!/usr/bin/python3
"""Area, timing and power of the PE and of arrays, by Yosys with ABC, OpenSTA and Icarus.

usage: synth.py [--liberty FILE] [--clock NS] [--config pe,plain,4x4,8x8,core,...]
       [--scripts NAME,...]
       [--step DIR] [--out DIR]

Power needs --step: a training step that `wavecore train --dump-step` wrote.

Writes summary.json and report.html and prints the table. Exit status: 0 done, 1 the clock is
not met, 2 a file or a tool failed; the last line on standard error says why.
"""
import argparse
import os
import re
import sys

import choose
import core
import liberty
import netlist
import report
import sta
import tile
import work


class Result:
    """What is known of one synthesised design."""

    def __init__(self, design, net, timing, library):
        self.name, self.params = design.name, design.params
        self.netlist, self.timing = net, timing
        self.gate = library.nand2().area
        self.area = net.area()
        self.flip_flops = net.flip_flops()
        self.leakage = sum(i.cell.leakage for i in net.instances)
        self.work = self.check = None  # power, where it was asked for

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


def best(name, make, library, arguments):
    """(candidates, choice, Result) of a PE: each stage with the script that suits it best."""
    found = choose.candidates(lambda script: make(f"{name}_{script}"),
                              arguments.scripts.split(","), library, arguments.clock, arguments.out)
    choice = choose.choose(found, arguments.clock)
    for script, net, timing, _ in found:
        if set(choice.values()) == {script}:  # then it has been made
            return found, choice, Result(make(name), net, timing, library)
    return found, choice, measure(make(name), library, arguments.clock, choice, arguments.out)


def add_power(pe, arrays, library, arguments):
    """Runs tiles of the step of --step on the netlists; refuses power that OpenSTA contradicts."""
    found = tile.gemms(arguments.step)
    pe.check = work.CrossCheck(pe.netlist, library, arguments.clock)
    wrong = pe.check.disagreement()
    if wrong is not None:
        raise netlist.FlowError(wrong)
    pe.work = work.Work(pe.netlist, library, arguments.clock, tile.pe_stimulus(found, 32),
                        choose.block_of)
    for r in arrays:
        rows, cols = r.params["Rows"], r.params["Cols"]
        # Enough rows of A to see all PEs at work for some time.
        stimulus = tile.array_stimulus(found, rows, cols, 2 * rows + cols + 42)
        r.work = work.Work(r.netlist, library, arguments.clock, stimulus, array_block)


def measure_core(size, pe, library, arguments):
    """core.Result of the core of @size, ROWSxCOLS, its PEs being @pe."""
    rows, cols = (int(n) for n in size.split("x"))
    part = core.Part(pe.netlist, library, arguments.clock)
    part.period = pe.timing.period  # a path from PE to PE too
    return core.measure(core.wavecore(rows, cols), library, arguments.clock, arguments.out,
                        {"wc_pe": part})


def run(arguments):
    os.makedirs(arguments.out, exist_ok=True)
    library = liberty.Library(arguments.liberty)
    library.require_power()
    library.leave_out_wires(arguments.out)
    wanted = arguments.config.split(",")
    of_pe = best("pe", lambda name: netlist.Design(name, "wc_pe"), library, arguments)
    _, choice, pe = of_pe
    of_plain = None, None, None
    if "plain" in wanted:
        of_plain = best("plain", netlist.plain_pe, library, arguments)
    arrays = []
    for rows, cols in (size.split("x") for size in wanted if size[0].isdigit()):
        design = netlist.Design(f"array_{rows}x{cols}", "wc_array",
                                {"Rows": int(rows), "Cols": int(cols)})
        arrays.append(measure(design, library, arguments.clock, choice, arguments.out))
    whole = None
    for size in (name.partition(":")[2] or "16x16" for name in wanted if name[:4] == "core"):
        whole = measure_core(size, pe, library, arguments)
    if arguments.step is not None:
        add_power(pe, arrays, library, arguments)
    summary = report.summary(library, arguments.clock, pe, of_plain[2], arrays, whole)
    parts = report.sections(library, of_pe, of_plain, arrays, whole,
                            (choose.block_of, array_block))
    report.write(arguments.out, library, summary, parts,
                 report.curves(pe, of_pe[0], of_plain[2], of_plain[0]))
    late = [r.name for r in [pe] + arrays if r.timing.slack < 0]
    if whole is not None and whole.period > arguments.clock:
        late.append("core")
    if late:
        print(f"synth: {', '.join(late)}: the clock of {arguments.clock} ns is not met",
              file=sys.stderr)
        return 1
    return 0


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--liberty", default=liberty.OSU018)
    parser.add_argument("--clock", type=float, default=6.3, help="period in ns")
    parser.add_argument("--config", default="pe,plain,4x4,8x8",
                        help="pe, plain (a PE in the plain way), arrays of ROWSxCOLS, core or "
                             "core:ROWSxCOLS, with commas")
    parser.add_argument("--scripts", default=",".join(netlist.SCRIPTS),
                        help="scripts of ABC among which each stage of a PE has its choice")
    parser.add_argument("--step", help="folder of a dumped training step: power on its operands")
    parser.add_argument("--out", default="build/synth")
    arguments = parser.parse_args()
    sizes = arguments.config.split(",")
    for size in sizes:
        if not re.fullmatch(r"pe|plain|core|(core:)?[1-9]\d*x[1-9]\d*", size):
            parser.error(f"--config: {size!r} is neither pe, plain, core, core:ROWSxCOLS nor "
                         "ROWSxCOLS")
    if sum(size[:4] == "core" for size in sizes) > 1:
        parser.error("--config: more than one core")
    for name in arguments.scripts.split(","):
        if name not in netlist.SCRIPTS:
            parser.error(f"--scripts: {name!r} is none of {', '.join(netlist.SCRIPTS)}")
    if arguments.clock <= 0:
        parser.error("--clock: must be positive")
    return arguments


def main():
    arguments = parse_arguments()
    try:
        return run(arguments)
    except (liberty.LibertyError, netlist.FlowError, tile.TileError, OSError) as error:
        print(f"synth: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
