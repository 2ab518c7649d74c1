#!/usr/bin/python3
"""The PE's design space: where it is cut and how it adds, small and fast, by area, delay, energy.

usage: space.py STEP OUT [LIBERTY]  (STEP: as of synth.py --step)
"""
import json
import os
import sys

import liberty
import netlist
import report
import sta
import tile
import work

CUTS = [((0, 0), "multiply, add, round"), ((1, 0), "multiply | add, round"),
        ((0, 1), "multiply, add | round"), ((1, 1), "multiply | add | round")]
SCRIPTS = ["area", "fastest"]


def point(cuts, plain, script, library, found, out_dir):
    """(NAND2, smallest period, pJ a MAC) of a PE."""
    name = f"space_{cuts[0]}{cuts[1]}{plain}_{script}"
    design = netlist.space_pe(name, *cuts, plain)
    choice = dict.fromkeys(design.stages, script)
    net = netlist.synthesise(design, library, choice, out_dir)
    period = sta.Timing(net, library, 10.0).period
    stimulus = tile.pe_stimulus(found, 12, enter=1 + cuts[0], leave=2 + cuts[0] + cuts[1],
                                recoded=not plain)
    at_work = work.Work(net, library, round(1.05 * period, 2), stimulus, lambda n: "all")
    return net.area() / library.nand2().area, period, at_work.mac_pj()


def main():
    step, out_dir = sys.argv[1:3]
    os.makedirs(out_dir, exist_ok=True)
    library = liberty.Library(sys.argv[3] if len(sys.argv) > 3 else liberty.OSU018)
    library.require_power()
    library.leave_out_wires(out_dir)
    found = tile.gemms(step)
    rows = [["arithmetic, cuts, script", "stages", "psum hop", "NAND2", "ns", "NAND2 x ns",
             "pJ a MAC"]]
    data = []
    for plain, arithmetic in ((0, "ours"), (1, "plain")):
        for cuts, text in CUTS:
            for script in SCRIPTS:
                nand2, ns, pj = point(cuts, plain, script, library, found, out_dir)
                rows.append([f"{arithmetic}: {text}, {script}", str(1 + sum(cuts)),
                             str(1 + cuts[1]), f"{nand2:,.0f}", f"{ns:.2f}",
                             f"{nand2 * ns:,.0f}", f"{pj:.1f}"])
                print("  ".join(rows[-1]), flush=True)
                data.append({"arithmetic": arithmetic, "cuts": text, "script": script,
                             "nand2": round(nand2, 1), "period_ns": round(ns, 3),
                             "energy_pj_per_mac": round(pj, 2)})
    print(report.as_text(rows))
    with open(os.path.join(out_dir, "space.json"), "w", encoding="ascii") as file:
        json.dump(data, file, indent=2)


if __name__ == "__main__":
    try:
        main()
    except (liberty.LibertyError, netlist.FlowError, tile.TileError, OSError) as error:
        print(f"space: {error}", file=sys.stderr)
        sys.exit(2)
