"""Chooses the ABC script of each stage of a PE: the smallest that meets the clock."""
import os
from concurrent import futures

import netlist
import sta


def block_of(name):
    """The stage of a PE, or what else a cell belongs to."""
    return name.split(".")[0] if "." in name else "registers"


def candidates(make, scripts, library, clock_ns, out_dir):
    """[(script, netlist, timing, {stage: (area, period)})] of a PE under each of @scripts.

    @make: the Design under a name.
    """
    def candidate(script):
        net = netlist.synthesise(make(script), library, dict.fromkeys(netlist.STAGES, script),
                                 out_dir)
        timing = sta.Timing(net, library, clock_ns)
        areas = net.blocks(block_of)
        return script, net, timing, {
            stage: (areas[stage][0], timing.period_through(net, library, clock_ns, stage + "*"))
            for stage in netlist.STAGES}
    with futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(candidate, scripts))


def choose(found, clock_ns):
    """{stage: script}: of those that meet @clock_ns the smallest; else the fastest."""
    choice = {}
    for stage in netlist.STAGES:
        rows = [(s[stage][0], s[stage][1], script) for script, _, _, s in found]
        fit = [r for r in rows if r[1] <= clock_ns]
        choice[stage] = min(fit)[2] if fit else min(rows, key=lambda r: r[1])[2]
    return choice
