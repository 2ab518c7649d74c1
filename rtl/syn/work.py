"""Power of a netlist at work: on tiles of a training step, and as OpenSTA guesses it."""
from concurrent import futures

import activity
import power


class Work:
    """Energies in pJ, power in mW, at the clock that the netlist was made for."""

    def __init__(self, net, library, clock_ns, stimulus, key):
        self.clock_ns = clock_ns
        self.leakage_mw = 1e3 * sum(i.cell.leakage for i in net.instances)
        electric = power.Electric(net, library)
        path = net.path[:-2] + "_tile"
        with futures.ThreadPoolExecutor(2) as pool:
            runs = [pool.submit(activity.run, net, stimulus, clock_ns, path + suffix, delays)
                    for suffix, delays in (("", electric.delays_in_order()), ("_ideal", None))]
            timed, ideal = (run.result() for run in runs)
        self.blocks, self.cycle_pj, self.ideal_pj, self.macs = {}, {}, {}, {}
        for kind, (first, last, macs) in stimulus.windows.items():
            self.blocks[kind] = electric.by_block(key, timed[kind], last - first)
            self.cycle_pj[kind] = total(self.blocks[kind])
            self.ideal_pj[kind] = total(electric.by_block(key, ideal[kind], last - first))
            self.macs[kind] = macs
        self.net, self.library = net, library

    def mac_pj(self, cycle_pj=None):
        """Energy of a multiply-accumulate, leakage included: mean of the three GEMMs."""
        found = cycle_pj or self.cycle_pj
        return sum((found[k] + self.leakage_mw * self.clock_ns) / self.macs[k]
                   for k in found) / len(found)

    def mw(self):
        """Power, leakage included: mean of the three GEMMs."""
        return (sum(self.cycle_pj.values()) / len(self.cycle_pj) / self.clock_ns
                + self.leakage_mw)

    def default_mac_pj(self):
        """The same as OpenSTA guesses; not asked where nobody reads it, since it can crash."""
        default_pj = sum(power.by_sta(self.net, self.library, self.clock_ns))
        return (default_pj + self.leakage_mw * self.clock_ns) / min(self.macs.values())

    def block_mw(self):
        """{block: (internal, switching)} mW: mean of the three GEMMs."""
        names = {b for found in self.blocks.values() for b in found}
        scale = 1 / self.clock_ns / len(self.blocks)
        return {b: tuple(scale * sum(found.get(b, (0.0, 0.0))[i] for found in self.blocks.values())
                         for i in (0, 1)) for b in names}


def total(blocks):
    return sum(internal + switching for internal, switching in blocks.values())


class CrossCheck:
    """Our sums beside OpenSTA's where every net but the clock toggles ACTIVITY times a cycle.

    OpenSTA 2.0.17 does not weigh the arcs of a cell of three or more inputs so that they sum up to
    one: of those its internal energy is up to twice ours. Cells of up to two inputs must agree.
    """
    ACTIVITY = 0.5
    TOLERANCE = 0.08  # OpenSTA loads nets with the larger of the capacitances of both edges

    def __init__(self, net, library, clock_ns):
        electric = power.Electric(net, library)
        found = power.instances_by_sta(net, library, clock_ns, self.ACTIVITY)
        self.ours, self.theirs = {}, {}
        for i in net.instances:
            kind = "flip-flops" if i.cell.ff else (
                "1 or 2 inputs" if len(i.cell.inputs) < 3 else "3 or more inputs")
            pair = electric.energy(i, lambda w: 2.0 if w == "clk_i" else self.ACTIVITY)
            for sums, values in ((self.ours, pair), (self.theirs, found[i.name])):
                at = sums.setdefault(kind, [0.0, 0.0])
                at[0] += values[0]
                at[1] += values[1]

    def disagreement(self):
        """What is wrong, or None."""
        simple = "1 or 2 inputs"
        for name, ours, theirs in (
                ("internal", self.ours[simple][0], self.theirs[simple][0]),
                ("switching", total(self.ours) - sum(v[0] for v in self.ours.values()),
                 total(self.theirs) - sum(v[0] for v in self.theirs.values()))):
            if abs(ours - theirs) > self.TOLERANCE * theirs:
                return (f"{name} energy at uniform activity: {ours:.3f} pJ from the tables, "
                        f"{theirs:.3f} pJ by OpenSTA")
        return None
