"""Runs Yosys and ABC: RTL to a flat netlist of cells of a liberty file, and its areas."""
import collections
import glob
import os
import re
import subprocess

# Mapped by themselves: the stages of a PE are one shape wherever they are, and ABC maps each of
# them better alone than all three at once.
STAGES = {"u_mul": "wc_pe_mul", "u_add": "wc_pe_add", "u_round": "wc_pe_round"}
ABC = "rtl/syn/abc"
# From small to fast; the first is used for everything that is not a stage of a PE.
SCRIPTS = ["area", "balanced", "shallow", "narrow", "speed", "fastest"]


class FlowError(Exception):
    """Why a step of the flow failed, in one line."""


class Design:
    """What is synthesised: a top module with parameters, under a name for files and tables."""

    def __init__(self, name, top, params=None):
        self.name, self.top, self.params = name, top, params or {}
        self.stages, self.files = STAGES, array_files()


def plain_pe(name):
    """The PE in the plain way, with the same cuts."""
    design = Design(name, "wc_plain_pe")
    design.stages = {"u_mul": "wc_plain_mul", "u_add": "wc_ieee_half", "u_round": "wc_ieee_round"}
    design.files = sorted(glob.glob("rtl/syn/plain/*.sv") + glob.glob("rtl/formal/wc_ieee_*.sv"))
    return design


def space_pe(name, cut_mul, cut_add, plain):
    """A PE of the design space."""
    design = plain_pe(name)
    design.top = "wc_space_pe"
    design.params = {"CutMul": cut_mul, "CutAdd": cut_add, "Plain": plain}
    design.files += sorted(glob.glob("rtl/syn/space/*.sv") + glob.glob("rtl/wc_pe_*.sv"))
    if not plain:
        design.stages = STAGES
    return design


def array_files():
    return sorted(glob.glob("rtl/wc_pe*.sv")) + ["rtl/wc_array.sv", "rtl/wc_array_mid.sv"]


def script(design, library, choice, constr, out):
    """The Yosys script of @design; @choice is the ABC script of each stage of a PE."""
    abc = f"abc -liberty {library.path} -constr {constr} -script {ABC}"
    params = " ".join(f"-chparam {k} {v}" for k, v in design.params.items())
    lines = [f"read_liberty -lib -ignore_miss_func {library.path}",
             "read_verilog -sv -defer -Irtl -DSYNTHESIS " + " ".join(design.files)]
    kept = ["*wc_pe*"] + list(design.stages.values())
    lines += [f"hierarchy -check -top {design.top} {params}",
              f"rename -top {design.top}",
              f"setattr -mod -set keep_hierarchy 1 {' '.join(kept)}",
              f"synth -top {design.top} -flatten",
              f"dfflibmap -liberty {library.path}",
              f"select -set stages {' '.join(design.stages.values())}",
              f"{abc}/{SCRIPTS[0]}.abc * @stages %d"]
    lines += [f"{abc}/{choice[s]}.abc {m}" for s, m in design.stages.items()]
    lines += ["rename -enumerate c:*", "setattr -mod -unset keep_hierarchy *", "flatten"]
    return "\n".join(lines + closing(library, out)) + "\n"


def closing(library, out):
    """The commands that check a mapped, flat design and write OUT.v as OpenSTA can read it."""
    return ["opt_clean -purge", "check -mapped -assert",
            f"tee -q -o {out}.stat stat -liberty {library.path}",
            "rename -hide w:*", "splitnets -ports", "opt_clean -purge",
            f"write_verilog -noattr -noexpr -nohex -nodec {out}.v"]


def constraints(library, out):
    """Writes OUT.constr, what ABC is told of a design's surroundings, and returns its name."""
    with open(out + ".constr", "w", encoding="ascii") as file:
        file.write(f"set_driving_cell {library.buffer().name}\nset_load 0.05 [all_outputs]\n")
    return out + ".constr"


def yosys(text, out):
    """Runs the commands @text, kept as OUT.ys; FlowError with Yosys' reason if it fails."""
    with open(out + ".ys", "w", encoding="ascii") as file:
        file.write(text)
    done = subprocess.run(["yosys", "-q", "-l", out + ".yosys.log", out + ".ys"],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        lines = [x for x in (done.stderr + done.stdout).splitlines() if "ERROR" in x]
        raise FlowError(f"yosys on {os.path.basename(out)}: " + (lines[0] if lines else "failed")
                        + f" ({out}.yosys.log)")


def synthesise(design, library, choice, out_dir):
    """Writes OUT_DIR/NAME.v and returns a Netlist."""
    out = os.path.join(out_dir, design.name)
    yosys(script(design, library, choice, constraints(library, out), out), out)
    split_assigns(out + ".v")
    return Netlist(out + ".v", library, design.top)


def split_assigns(path):
    """Turns assigns of concatenations, which OpenSTA cannot read, into assigns of bits."""
    with open(path, encoding="ascii") as file:
        lines = file.read().split("\n")
    with open(path, "w", encoding="ascii") as file:
        for line in lines:
            m = re.match(r"  assign (.*) = (.*);$", line)
            if m is None or not ("{" in line or re.search(r"\d\d*'", line)):
                file.write(line + "\n")
                continue
            left, right = bits(m[1]), bits(m[2])
            if len(left) != len(right):
                raise FlowError(f"{path}: an assign of {len(right)} bits to {len(left)}")
            file.writelines(f"  assign {a} = {b};\n" for a, b in zip(left, right))


def bits(text):
    """The single bits of a concatenation of single-bit nets and binary constants."""
    out = []
    for token in re.findall(r"\\\S+ |\d+'b[01xz]+|\w+", text.strip("{} ") + " "):
        if m := re.match(r"(\d+)'b(.*)", token):
            out += ["1'b" + c for c in m[2].rjust(int(m[1]), "0")]
        else:
            out.append(token)
    return out


class Instance:
    """A cell of a netlist: name, Cell, pin to net."""

    __slots__ = ("name", "cell", "pins")

    def __init__(self, name, cell, pins):
        self.name, self.cell, self.pins = name, cell, pins


class Netlist:
    """A flat netlist as Yosys writes it: instances, single-bit ports, aliases of nets."""

    CELL = re.compile(r"^  (\w+) (\\\S+ |\w+) ?\($")
    PIN = re.compile(r"^    \.(\w+)\((.*)\),?$")
    PORT = re.compile(r"^  (input|output) (\\\S+ |\w+);$")
    ASSIGN = re.compile(r"^  assign (\\\S+ |\w+) = (\\\S+ |\w+|1'[bh][01x]);$")

    def __init__(self, path, library, top):
        self.path, self.top = path, top
        self.instances, self.inputs, self.outputs, self.alias = [], [], [], {}
        with open(path, encoding="ascii") as file:
            self.read(file, library)

    def read(self, file, library):
        pins = name = None
        for line in file:
            if (m := self.PIN.match(line)) and pins is not None:
                pins[m[1]] = clean(m[2])
            elif m := self.CELL.match(line):
                cell = library.cells.get(m[1])
                if m[1] == "module":
                    continue
                if cell is None:
                    raise FlowError(f"{self.path}: cell {m[1]} is not in {library.path}")
                if cell.area <= 0:
                    raise FlowError(f"{self.path}: cell {m[1]} has no area in {library.path}")
                name, pins = clean(m[2]), {}
                self.instances.append(Instance(name, cell, pins))
            elif m := self.PORT.match(line):
                (self.inputs if m[1] == "input" else self.outputs).append(clean(m[2]))
            elif m := self.ASSIGN.match(line):
                self.alias[clean(m[1])] = clean(m[2])

    def area(self, prefix=""):
        return sum(i.cell.area for i in self.instances if i.name.startswith(prefix))

    def flip_flops(self, prefix=""):
        return sum(1 for i in self.instances if i.cell.ff and i.name.startswith(prefix))

    def blocks(self, key):
        """Area, flip-flops and leakage (W) by @key(instance name)."""
        sums = collections.defaultdict(lambda: [0.0, 0, 0.0])
        for i in self.instances:
            s = sums[key(i.name)]
            s[0] += i.cell.area
            s[1] += 1 if i.cell.ff else 0
            s[2] += i.cell.leakage
        return sums


def clean(name):
    return name.strip().lstrip("\\")
