"""Energy of a netlist from the liberty's tables and counted toggles; beside it OpenSTA's."""
import re

import sta
from netlist import FlowError


class Electric:
    """Load (pF) and transition (ns) of every net, and the delays of every cell."""

    def __init__(self, net, library):
        self.net, self.library = net, library
        self.load, self.slew, self.arrival = {}, {}, {}
        self.driver = {}
        for i in net.instances:
            for name, wire in i.pins.items():
                pin, wire = i.cell.pins[name], self.real(wire)
                if pin.direction == "input":
                    self.load[wire] = self.load.get(wire, 0.0) + pin.capacitance
                else:
                    self.driver[wire] = i
        for port in net.outputs:
            wire = self.real(port)
            self.load[wire] = self.load.get(wire, 0.0) + sta.LOAD_PF
        self.delays = {}
        buffer = library.buffer()
        for port in net.inputs:
            self.slew[port] = sta.CLOCK_SLEW
            if port != "clk_i":
                self.slew[port] = self.edges(buffer, buffer.outputs[0], lambda p: 0.0,
                                             self.load.get(port, 0.0))[0]
        for i in self.order():
            self.propagate(i)

    def real(self, wire):
        while wire in self.net.alias:
            wire = self.net.alias[wire]
        return wire

    def order(self):
        """Instances, each behind those that drive it; flip-flops first."""
        done, out = set(), []
        for first in sorted(self.net.instances, key=lambda i: i.cell.ff is None):
            stack = [first]
            while stack:
                i = stack[-1]
                before = [] if i.cell.ff else [
                    self.driver[w] for w in (self.real(i.pins[p]) for p in i.cell.inputs
                                             if p in i.pins)
                    if w in self.driver and id(self.driver[w]) not in done
                    and not self.driver[w].cell.ff]
                if before:
                    stack += before
                    continue
                stack.pop()
                if id(i) not in done:
                    done.add(id(i))
                    out.append(i)
        return out

    @staticmethod
    def edges(cell, output, slew_of, load):
        """(slew, rise delay, fall delay) at @output: the slowest of its arcs."""
        slew = rise = fall = 0.0
        for related, tables in cell.pins[output].arcs:
            for name in related:
                s = slew_of(name)
                found = {k: t.at(s, load) for k, t in tables.items()}
                slew = max(slew, (found.get("rise_transition", 0.0)
                                  + found.get("fall_transition", 0.0)) / 2)
                rise = max(rise, found.get("cell_rise", 0.0))
                fall = max(fall, found.get("cell_fall", 0.0))
        return slew, rise, fall

    def propagate(self, i):
        def slew_of(name):
            return self.slew.get(self.real(i.pins.get(name, "")), sta.CLOCK_SLEW)
        worst = (0.0, 0.0)
        for output in i.cell.outputs:
            wire = self.real(i.pins.get(output, ""))
            slew, rise, fall = self.edges(i.cell, output, slew_of, self.load.get(wire, 0.0))
            self.slew[wire] = slew
            worst = max(worst[0], rise), max(worst[1], fall)
        self.delays[id(i)] = worst

    def delays_in_order(self):
        return [self.delays[id(i)] for i in self.net.instances]

    def energy(self, i, rate):
        """(internal, switching) pJ in a cycle of instance @i; @rate: net to toggles in a cycle."""
        internal = switching = 0.0
        half = 0.5 * self.library.volts ** 2
        for name, wire in i.pins.items():
            pin, wire = i.cell.pins[name], self.real(wire)
            toggles = rate(wire)
            if toggles == 0.0:
                continue
            load = self.load.get(wire, 0.0)
            if pin.direction == "output":
                switching += toggles * half * load
            internal += toggles * self.per_toggle(i, pin, load, rate)
        return internal, switching

    def per_toggle(self, i, pin, load, rate):
        """Internal pJ of a toggle of @pin: mean of rise and fall, and of the inputs that may have
        caused it, each by how often it toggles."""
        weights = total = 0.0
        for related, rise, fall in pin.power:
            for name in related or [pin.name]:
                wire = self.real(i.pins.get(name, ""))
                weight = rate(wire) or 1e-9
                slew = self.slew.get(wire, sta.CLOCK_SLEW)
                edges = [t.at(slew, load) for t in (rise, fall) if t is not None]
                total += weight * sum(edges) / 2
                weights += weight
        return total / weights * self.library.energy_unit * 1e12 if weights else 0.0

    def by_block(self, key, toggles, cycles, clock="clk_i"):
        """{block: [internal, switching]} pJ in a cycle; the clock toggles twice in each."""
        def rate(wire):
            return 2.0 if wire == clock else toggles.get(wire, 0) / cycles
        blocks = {}
        for i in self.net.instances:
            internal, switching = self.energy(i, rate)
            sums = blocks.setdefault(key(i.name), [0.0, 0.0])
            sums[0] += internal
            sums[1] += switching
        return blocks


def by_sta(net, library, clock_ns):
    """(internal, switching) pJ in a cycle by OpenSTA with its default activity.

    OpenSTA 2.0.17 sums the energies of rise and fall for every toggle, so that its internal power
    is twice too high: it is halved here, as a cell by hand shows.
    """
    text = sta.run(net, library, clock_ns, 0.3, "report_power -digits 6")
    match = re.search(r"^Total\s+(\S+)\s+(\S+)\s+(\S+)\s+(\S+)", text, flags=re.M)
    if match is None:
        raise FlowError(f"sta on {net.path}: no power")
    return float(match[1]) / 2 * clock_ns * 1e3, float(match[2]) * clock_ns * 1e3


def instances_by_sta(net, library, clock_ns, activity):
    """{instance: (internal, switching)} pJ in a cycle by OpenSTA, every net with @activity."""
    names = " ".join("{" + i.name + "}" for i in net.instances)
    text = sta.run(net, library, clock_ns, 0.3,
                   f"set_power_activity -global -activity {activity} -duty 0.5\n"
                   f"report_power -instances [get_cells [list {names}]] -digits 9")
    found = {}
    for line in text.splitlines():
        words = line.split()
        if len(words) == 5 and re.fullmatch(r"[\d.]+(e[-+]\d+)?", words[0]):
            found[words[4]] = (float(words[0]) / 2 * clock_ns * 1e3,
                               float(words[1]) * clock_ns * 1e3)
    if set(found) != {i.name for i in net.instances}:
        raise FlowError(f"sta on {net.path}: power of {len(found)} of {len(net.instances)} cells")
    return found
