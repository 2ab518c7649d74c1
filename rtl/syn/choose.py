"""Chooses the ABC script of each stage of a PE: the smallest that meets the clock."""
import netlist
import sta


def block_of(name):
    """The stage of a PE, or what else a cell belongs to."""
    return name.split(".")[0] if "." in name else "registers"


def candidates(make, scripts, library, clock_ns, out_dir):
    """[(script, netlist, timing, {stage: (area, period)})] of a PE under each of @scripts.

    @make: the Design under a name.
    """
    out = []
    for script in scripts:
        design = make(script)
        net = netlist.synthesise(design, library, dict.fromkeys(netlist.STAGES, script), out_dir)
        timing = sta.Timing(net, library, clock_ns)
        areas = net.blocks(block_of)
        out.append((script, net, timing, {
            stage: (areas[stage][0], timing.period_through(net, library, clock_ns, stage + "*"))
            for stage in netlist.STAGES}))
    return out


def choose(found, clock_ns):
    """{stage: script}: of those that meet @clock_ns the smallest; else the fastest."""
    choice = {}
    for stage in netlist.STAGES:
        rows = [(s[stage][0], s[stage][1], script) for script, _, _, s in found]
        fit = [r for r in rows if r[1] <= clock_ns]
        choice[stage] = min(fit)[2] if fit else min(rows, key=lambda r: r[1])[2]
    return choice
