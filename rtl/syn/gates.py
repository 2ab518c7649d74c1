"""Writes a netlist for simulation: vector ports, and models of its cells from liberty's functions.

usage: gates.py LIBERTY NETLIST TOP NAME OUT [ALTER]

The module is called NAME and takes the parameters of the RTL's, which it no longer has.

With ALTER, a number, that two-input cell of the netlist is exchanged for another one: a netlist
that a check must find out.
"""
import re
import sys

import boolean
import liberty
import netlist


def model(cell, timed):
    """The Verilog module of @cell; @timed: with parameters R and F, delays of edges in ns."""
    if cell.latch:
        raise netlist.FlowError(f"cell {cell.name}: latches have no model here")
    ports = ", ".join([f"input {p}" for p in cell.inputs] + [f"output {p}" for p in cell.outputs])
    delay = "#(R, F) " if timed else ""
    head = " #(parameter real R = 0, parameter real F = 0)" if timed else ""
    lines = [f"module {cell.name}{head} ({ports});"]
    if cell.ff:
        lines += flip_flop(cell)
    for name in cell.outputs:
        tree = cell.pins[name].tree()
        if tree is None:
            raise netlist.FlowError(f"cell {cell.name}: pin {name} has no function")
        lines.append(f"  assign {delay}{name} = {boolean.verilog(tree)};")
    return "\n".join(lines + ["endmodule\n"])


def edge(tree):
    """An expression that is a pin or its complement, as an edge."""
    return f"negedge {tree[1]}" if isinstance(tree, tuple) else f"posedge {tree}"


def flip_flop(cell):
    q, q_n = cell.ff.args[:2]
    parts = {k: boolean.parse(cell.ff.attributes[k])
             for k in ("clocked_on", "next_state", "clear", "preset") if k in cell.ff.attributes}
    events = [edge(parts[k]) for k in ("clocked_on", "clear", "preset") if k in parts]
    lines = [f"  reg {q};", f"  wire {q_n};", f"  assign {q_n} = ~{q};",
             f"  always @({' or '.join(events)})"]
    for name, bit in (("clear", "1'b0"), ("preset", "1'b1")):
        if name in parts:
            lines.append(f"    if ({boolean.verilog(parts[name])}) {q} <= {bit}; else")
    return lines + [f"    {q} <= {boolean.verilog(parts['next_state'])};"]


def vectors(ports):
    """{name: width} of the single-bit @ports, in order."""
    widths = {}
    for port in ports:
        name = port.split("[")[0]
        widths[name] = widths.get(name, 0) + 1
    return widths


def write(net, path, name, delays=None, parameters=""):
    """Writes @net as a module called @name, after the models of its cells.

    @delays: (rise, fall) in ns of each instance. Instance i of the netlist is u<i>.
    """
    used = sorted({i.cell.name: i.cell for i in net.instances}.items())
    scalars = {b for b in net.inputs + net.outputs if "[" not in b}
    with open(path, "w", encoding="ascii") as file:
        file.write("`timescale 1ns / 1ps\n")
        for _, cell in used:
            file.write(model(cell, delays is not None))
        heads = [f"  {kind} {'' if n in scalars else f'[{w - 1}:0] '}{n}"
                 for kind, ports in (("input", net.inputs), ("output", net.outputs))
                 for n, w in vectors(ports).items()]
        file.write(f"module {name} {parameters}(\n" + ",\n".join(heads) + "\n);\n")
        ports = set(net.inputs) | set(net.outputs)
        nets = {n for i in net.instances for n in i.pins.values()} | set(net.alias)
        file.writelines(f"  wire {n};\n" for n in sorted(nets - ports) if "'" not in n)
        file.writelines(f"  assign {a} = {b};\n" for a, b in net.alias.items())
        for k, i in enumerate(net.instances):
            timing = "" if delays is None else f"#({delays[k][0]:.4f}, {delays[k][1]:.4f}) "
            links = ", ".join(f".{p}({n})" for p, n in i.pins.items())
            file.write(f"  {i.cell.name} {timing}u{k} ({links});\n")
        file.write("endmodule\n")


def alter(net, library, number):
    """Exchanges the function of a two-input cell of a multiplier, whose every cell works for
    each MAC, the @number-th in order: in an adder some wait for rare exponents."""
    gates = [i for i in net.instances if "u_mul" in i.name and len(i.cell.inputs) == 2
             and len(i.cell.outputs) == 1 and i.cell.truth(i.cell.outputs[0])]
    victim = gates[number % len(gates)]
    others = [c for c in library.cells.values() if c.inputs == victim.cell.inputs
              and c.outputs == victim.cell.outputs and c.truth(c.outputs[0])
              and c.truth(c.outputs[0]) != victim.cell.truth(victim.cell.outputs[0])]
    if not others:
        raise netlist.FlowError(f"no cell can take the place of {victim.cell.name}")
    print(f"altered: {victim.name}, {victim.cell.name} to {others[0].name}")
    victim.cell = others[0]


def main():
    path, source, top, name, out = sys.argv[1:6]
    library = liberty.Library(path)
    net = netlist.Netlist(source, library, top)
    if len(sys.argv) > 6:
        alter(net, library, int(sys.argv[6]))
    with open(f"rtl/{top}.sv", encoding="ascii") as file:
        names = re.findall(r"^  parameter int unsigned (\w+)", file.read(), flags=re.M)
    write(net, out, name,
          parameters="#(" + ", ".join(f"parameter {n} = 0" for n in names) + ") ")


if __name__ == "__main__":
    try:
        main()
    except (liberty.LibertyError, netlist.FlowError, boolean.BooleanError) as error:
        sys.exit(f"gates: {error}")
