"""Runs OpenSTA on a flat netlist. It prints Error and goes on with wrong numbers: here that ends."""
import re
import subprocess

from netlist import FlowError

# The clock arrives with this transition (ns) at every flip-flop: there is no clock tree.
CLOCK_SLEW = 0.1
LOAD_PF = 0.05


def constraints(netlist, library, clock_ns, input_delay):
    """The commands before the reports. Inputs come from flip-flops like the design's own; with
    @input_delay None nothing is asked of ports: OpenSTA refuses to where no cell is behind one that
    has brackets in its name."""
    delays = "" if input_delay is None else f"""set_input_delay {input_delay} -clock clk $ins
set_output_delay 0 -clock clk [all_outputs]
"""
    return f"""read_liberty {library.timing_path}
read_verilog {netlist.path}
link_design {netlist.top}
create_clock -name clk -period {clock_ns} [get_ports clk_i]
set ins {{}}
foreach p [all_inputs] {{ if {{[get_name $p] != "clk_i"}} {{ lappend ins $p }} }}
{delays}set_driving_cell -lib_cell {library.buffer().name} $ins
set_input_transition {CLOCK_SLEW} [get_ports clk_i]
set_clock_transition {CLOCK_SLEW} [get_clocks clk]
set_load {LOAD_PF} [all_outputs]
"""


def run(netlist, library, clock_ns, input_delay, commands):
    """The output of OpenSTA's @commands; FlowError if it printed an error or said nothing."""
    path = netlist.path[:-2] + ".tcl"
    with open(path, "w", encoding="ascii") as file:
        file.write(constraints(netlist, library, clock_ns, input_delay) + commands + "\nexit\n")
    done = subprocess.run(["sta", "-no_splash", "-exit", path], capture_output=True, text=True,
                          check=False)
    return strict(done.stdout + done.stderr, done.returncode, netlist.path)


def strict(text, status, where):
    """@text, unless it has a line that makes the numbers after it worthless."""
    for line in text.splitlines():
        if re.match(r"\s*(Error|ERROR)\b", line) or "not found" in line or "syntax error" in line:
            raise FlowError(f"sta on {where}: {line.strip()}")
    if status != 0:
        raise FlowError(f"sta on {where}: it ended with status {status}")
    return text


def register_period(netlist, library, clock_ns):
    """The smallest period of the paths from flip-flops to flip-flops; None without such paths."""
    text = run(netlist, library, clock_ns, None, "report_checks -path_delay max -from "
               "[all_registers -clock_pins] -to [all_registers -data_pins] -digits 4")
    match = re.search(r"(-?[\d.]+)\s+slack", text)
    return None if match is None else clock_ns - float(match[1])


class Timing:
    """Worst slack, smallest period and the critical path of a netlist."""

    def __init__(self, netlist, library, clock_ns):
        # What a neighbour sees: the latest output of a flip-flop of the design.
        text = run(netlist, library, 1000, 0, "report_checks -path_delay max -from [all_registers "
                   "-clock_pins] -to [all_outputs] -digits 4")
        match = re.search(r"([\d.]+)\s+data arrival time", text)
        if match is None:
            raise FlowError(f"sta on {netlist.path}: no path from a flip-flop to an output")
        self.input_delay = float(match[1])
        text = run(netlist, library, clock_ns, self.input_delay,
                   "report_checks -path_delay max -format full_clock_expanded -digits 4")
        match = re.search(r"(-?[\d.]+)\s+slack", text)
        if match is None:
            raise FlowError(f"sta on {netlist.path}: no timing path")
        self.slack = float(match[1])
        self.period = clock_ns - self.slack
        self.path = re.findall(r"^\s*(-?[\d.]+)\s+(-?[\d.]+) [v^] (\S+)/(\w+) \((\w+)\)$", text,
                               flags=re.M)

    def period_through(self, netlist, library, clock_ns, cells):
        """The smallest period of the paths through @cells, a pattern."""
        text = run(netlist, library, clock_ns, self.input_delay,
                   f"report_checks -path_delay max -through [get_cells {{{cells}}}] -digits 4")
        match = re.search(r"(-?[\d.]+)\s+slack", text)
        if match is None:
            raise FlowError(f"sta on {netlist.path}: no path through {cells}")
        return clock_ns - float(match[1])

    def stages(self):
        """The critical path as (block, ns), in order."""
        out = []
        last = 0.0
        for _, time, name, _, _ in self.path:
            block = name.replace("\\", "").rsplit(".", 1)[0] if "." in name else "registers"
            if not out or out[-1][0] != block:
                out.append([block, 0.0])
            out[-1][1] += float(time) - last
            last = float(time)
        return [(b, round(t, 3)) for b, t in out]
