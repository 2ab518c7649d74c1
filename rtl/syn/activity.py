"""Runs a netlist in Icarus on operands of a training step and counts the toggles of its nets."""
import os
import subprocess

import gates
from netlist import FlowError


def bench(net, stimulus, clock_ns, path):
    """Writes a bench that applies @stimulus and compares what leaves psum_o, 32 bits at a time."""
    ins = {n: w for n, w in gates.vectors(net.inputs).items() if n != "clk_i"}
    width = sum(ins.values())
    sums = gates.vectors(net.outputs)["psum_o"] // 32
    with open(path + ".in.hex", "w", encoding="ascii") as file:
        for cycle in stimulus.inputs:
            word = 0
            for name, w in ins.items():
                word = word << w | cycle.get(name, 0)
            file.write(f"{word:x}\n")
    with open(path + ".out.hex", "w", encoding="ascii") as file:
        for cycle in stimulus.expected:
            mask = sum(1 << c for c in cycle)
            file.write(f"{mask << 32 * sums | sum(v << 32 * c for c, v in cycle.items()):x}\n")
    declare = "\n".join(f"  reg [{w - 1}:0] {n};" for n, w in ins.items())
    links = ", ".join(f".{n}({n})" for n in ins)
    with open(path + ".tb.v", "w", encoding="ascii") as file:
        file.write(f"""`timescale 1ns / 1ps
module tb;
{declare}
  reg clk;
  wire [{32 * sums - 1}:0] psum;
  reg [{width - 1}:0] stimulus [0:{len(stimulus.inputs) - 1}];
  reg [{33 * sums - 1}:0] expected [0:{len(stimulus.inputs) - 1}];
  integer i, c, wrong, checked;
  dut u_dut (.clk_i(clk), {links}, .psum_o(psum));
  initial begin
    $readmemh("{path}.in.hex", stimulus);
    $readmemh("{path}.out.hex", expected);
    $dumpfile("{path}.vcd");
    $dumpvars(1, u_dut);
    clk = 1'b0; wrong = 0; checked = 0;
    for (i = 0; i < {len(stimulus.inputs)}; i = i + 1) begin
      #0.2 {{{', '.join(ins)}}} = stimulus[i];
      #{clock_ns - 0.2 - clock_ns / 2:.3f};
      clk = 1'b0;
      #{clock_ns / 2 - 0.05:.3f};
      for (c = 0; c < {sums}; c = c + 1) if (expected[i][32 * {sums} + c]) begin
        checked = checked + 1;
        if (psum[32 * c +: 32] !== expected[i][32 * c +: 32]) wrong = wrong + 1;
      end
      #0.05 clk = 1'b1;
    end
    $display("%0d of %0d sums differ", wrong, checked);
    $finish;
  end
endmodule
""")


def count(path, windows, clock_ns):
    """{window: {net: toggles}} of a value change dump; @windows in cycles."""
    spans = sorted((round(1000 * clock_ns * a), round(1000 * clock_ns * b), k)
                   for k, (a, b, _) in windows.items())
    names, value, toggles = {}, {}, {k: {} for _, _, k in spans}
    now = None  # the toggles of the window that time is in
    with open(path, encoding="ascii") as file:
        for line in file:
            if line.startswith("$var"):
                _, _, width, code, name, *rest = line.split()
                names.setdefault(code, [])
                names[code].append((name, int(width)))
            elif line.startswith("$enddefinitions"):
                break
        for line in file:
            first = line[0]
            if first == "#":
                time = int(line[1:])
                while spans and time >= spans[0][1]:
                    spans.pop(0)
                now = toggles[spans[0][2]] if spans and time >= spans[0][0] else None
            elif first in "01xz":
                code, new = line[1:-1], first
                if now is not None and value.get(code, "x") + new in ("01", "10"):
                    now[code] = now.get(code, 0) + 1
                value[code] = new
            elif first == "b":
                new, code = line[1:-1].split(" ")
                wide = names[code][0][1]
                new = new.rjust(wide, "0" if new[0] in "01" else new[0])
                old = value.get(code, "x" * wide)
                if now is not None:
                    for i in range(wide):
                        if old[i] + new[i] in ("01", "10"):
                            now[code, wide - 1 - i] = now.get((code, wide - 1 - i), 0) + 1
                value[code] = new
    return {k: by_name(t, names) for k, t in toggles.items()}


def by_name(toggles, names):
    """@toggles by the names of nets, bits of vectors as name[bit]."""
    out = {}
    for key, n in toggles.items():
        code, bit = key if isinstance(key, tuple) else (key, None)
        for name, _ in names[code]:
            out[name if bit is None else f"{name}[{bit}]"] = n
    return out


def run(net, stimulus, clock_ns, path, delays=None):
    """{window: {net: toggles}} of @net on @stimulus; FlowError where a sum is wrong."""
    gates.write(net, path + ".v", "dut", delays)
    bench(net, stimulus, clock_ns, path)
    command(["iverilog", "-g2012", "-o", path + ".vvp", "-s", "tb", path + ".tb.v", path + ".v"])
    said = command(["vvp", "-n", path + ".vvp"])
    verdict = [line for line in said.splitlines() if "sums differ" in line]
    if not verdict or not verdict[0].startswith("0 of ") or verdict[0].startswith("0 of 0 "):
        raise FlowError(f"{path}: the netlist does not compute the tile: "
                        + (verdict[0] if verdict else "the simulation did not end"))
    counted = count(path + ".vcd", stimulus.windows, clock_ns)
    os.remove(path + ".vcd")
    return counted


def command(words):
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise FlowError(f"{words[0]}: " + (done.stderr or done.stdout).strip().split("\n")[0])
    return done.stdout
