#!/usr/bin/python3
"""Energies by hand, functions of liberty files, counted toggles, operands of a step.

usage: test_power.py WAVECORE WORK
"""
import os
import shutil
import subprocess
import sys

sys.path.insert(0, "rtl/syn")
import activity
import boolean
import gates
import liberty
import netlist
import power
import tile
import verdict
import work as at_work

# An inverter of 2 pJ rising and 4 pJ falling, 0.1 pF at its input, at 2 V.
SMALL = """library (small) {
  time_unit : "1ns"; capacitive_load_unit (1, pf); leakage_power_unit : "1nW"; nom_voltage : 2.0;
  cell (INV) { area : 1;
    pin (A) { direction : input; capacitance : 0.1; }
    pin (Y) { direction : output; function : "!A";
      internal_power () { related_pin : "A";
        rise_power (scalar) { values ("2.0"); } fall_power (scalar) { values ("4.0"); } } } }
  cell (BUF) { area : 2; pin (A) { direction : input; capacitance : 0.1; }
    pin (Y) { direction : output; function : "A"; } }
}
"""
TWO = """module two(a, y);
  input a;
  output y;
  INV i0 (
    .A(a),
    .Y(n)
  );
  INV i1 (
    .A(n),
    .Y(y)
  );
endmodule
"""
VCD = """$var wire 1 ! a $end
$var wire 2 " v [1:0] $end
$enddefinitions $end
#0
0!
b0 "
#1000
1!
b11 "
#1500
0!
#2000
1!
b1 "
#3000
0!
"""


def write(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
    return path


def functions(_):
    # Bit a + 2 b of the number is the value at A = a, B = b.
    for text, expected in (("!A B", 0b0100), ("A'*B", 0b0100), ("!(A B)", 0b0111),
                           ("A+B", 0b1110), ("(A B)+(!A !B)", 0b1001)):
        tree = boolean.parse(text)
        got = sum(boolean.value(tree, {"A": a, "B": b}) << (a + 2 * b)
                  for a in (0, 1) for b in (0, 1))
        assert got == expected, (text, got)
    # Exclusive or binds tighter than and, unlike in Verilog.
    assert boolean.verilog(boolean.parse("A B^C + D")) == "((A & (B ^ C)) | D)"
    for text in ("A+", "(A", "A B)", "&A"):
        try:
            boolean.parse(text)
        except boolean.BooleanError:
            continue
        raise AssertionError(f"{text!r} was taken")


def by_hand(folder):
    library = liberty.Library(write(folder, "small.lib", SMALL))
    net = netlist.Netlist(write(folder, "two.v", TWO), library, "two")
    electric = power.Electric(net, library)
    (internal, switching), = electric.by_block(lambda n: "all", {"n": 10, "y": 5}, 10).values()
    # Mean 3 pJ a toggle: 1 and 0.5 toggles a cycle. n is loaded with 0.1 pF, y with 0.05 pF.
    assert abs(internal - 4.5) < 1e-9, internal
    assert abs(switching - (1 * 0.5 * 0.1 * 4 + 0.5 * 0.5 * 0.05 * 4)) < 1e-9, switching


def toggles(folder):
    found = activity.count(write(folder, "small.vcd", VCD),
                           {"second": (1, 2, 1), "rest": (2, 4, 1)}, 1.0)
    assert found == {"second": {"a": 2, "v[1]": 1, "v[0]": 1},
                     "rest": {"a": 2, "v[1]": 1}}, found


def contradiction(_):
    check = at_work.CrossCheck.__new__(at_work.CrossCheck)
    check.ours = {"1 or 2 inputs": [10.0, 20.0], "3 or more inputs": [5.0, 5.0]}
    check.theirs = {"1 or 2 inputs": [10.2, 20.1], "3 or more inputs": [9.0, 5.0]}
    assert check.disagreement() is None
    check.theirs["1 or 2 inputs"][0] = 20.0  # what rise and fall added up would give
    assert "internal" in check.disagreement()
    check.theirs["1 or 2 inputs"] = [10.0, 10.0]
    assert "switching" in check.disagreement()


def step(folder, wavecore):
    dump = os.path.join(folder, "dump")
    shutil.rmtree(dump, ignore_errors=True)
    os.makedirs(dump)
    subprocess.run([wavecore, "train", "fmnist-resnet8", "--config", "baseline", "--batch", "2",
                    "--steps", "1", "--warmup", "0", "--device", "cmodel:", "--dump-step", dump],
                   check=True, capture_output=True)
    dump = os.path.join(dump, "step")
    found = tile.gemms(dump)
    stimulus = tile.array_stimulus(found, 4, 4, 16)
    assert sum(len(c) for c in stimulus.expected) == 3 * 16 * 4
    # A weight that another step used.
    path = os.path.join(dump, tile.LAYER + ".w.bin")
    with open(path, "rb") as file:
        data = bytearray(file.read())
    for i in range(1, len(data), 2):
        data[i] ^= 0x80
    with open(path, "wb") as file:
        file.write(data)
    try:
        tile.gemms(dump)
    except tile.TileError:
        return
    raise AssertionError("a weight of another step was taken")


def broken_tile(folder):
    """A netlist that adds wrongly gets no power: here one that is not the PE at all."""
    library = liberty.Library(liberty.OSU018)
    text = "module x(clk_i, rst_ni, \\psum_o[0] );\n  input clk_i;\n  input rst_ni;\n" + "".join(
        f"  output \\psum_o[{i}] ;\n" for i in range(32)) + "".join(
            f"  DFFPOSX1 f{i} (\n    .CLK(clk_i),\n    .D(rst_ni),\n    .Q(\\psum_o[{i}] )\n  );\n"
            for i in range(32)) + "endmodule\n"
    net = netlist.Netlist(write(folder, "x.v", text), library, "x")
    stimulus = tile.Stimulus(8)
    stimulus.expected[6][0] = 0
    stimulus.windows["any"] = (4, 8, 1)
    try:
        activity.run(net, stimulus, 6.3, os.path.join(folder, "x_tile"))
    except netlist.FlowError as error:
        assert "does not compute the tile: 1 of 1" in str(error), error
        stimulus.expected[6][0] = 0xFFFFFFFF
        counted = activity.run(net, stimulus, 6.3, os.path.join(folder, "x_tile"))
        assert counted["any"].get("clk_i") == 8, counted
        return
    raise AssertionError("a wrong sum passed")


def latch(folder):
    library = liberty.Library(liberty.OSU018)
    try:
        gates.model(library.cells["LATCH"], False)
    except netlist.FlowError:
        return
    raise AssertionError("a latch got a model")


def main():
    wavecore, folder = sys.argv[1:3]
    os.makedirs(folder, exist_ok=True)
    tests = [functions, by_hand, toggles, contradiction, broken_tile, latch,
             lambda f: step(f, wavecore)]
    names = ["functions of liberty files", "energy of two inverters by hand",
             "toggles of a value change dump", "OpenSTA's contradiction is noticed",
             "a netlist with a wrong sum gets no power", "a latch is refused",
             "operands of a step give what the C model left, others are refused"]
    return verdict.run(list(zip(names, tests)), folder)


if __name__ == "__main__":
    sys.exit(main())
