"""Maps the whole core, each of its modules by itself, its memories counted apart.

A module is mapped once for each set of parameters and counted as often as it occurs. What it
instantiates stays outside: those ports are ports of its netlist. Only what has no registers is
flattened into its users. Of modules that are lanes beside each other one lane is mapped.
"""
import collections
import glob
import os
from concurrent import futures

import netlist
import rtlil
import sta

MEMORY = "wc_ram_1r1w"
LANES = ("wc_vec_step", "wc_vec_divsqrt", "wc_vec_reduce")
# Blocks of the table by module; a module that is not here is of its parent's block.
BLOCKS = {"wc_core": "registers, control", "wc_regs": "registers, control",
          "wc_ctrl": "registers, control", "wc_counters": "registers, control",
          "wc_fetch": "fetch, queues", "wc_queue": "fetch, queues", "wc_tokens": "fetch, queues",
          "wc_axi_rd_arb": "fetch, queues", "wc_dma_load": "DMA load", "wc_dma_store": "DMA store",
          "wc_gbuf": "global buffer: ports", "wc_gemm": "GEMM: feeds, drain",
          "wc_array": "GEMM: array", "wc_vector": "vector: streams",
          "wc_vec_lanes": "vector: lanes", "wc_vec_reduce": "vector: lanes"}
SCRIPT = "quick"  # of ABC: nothing here is tuned, and there is much of it


class Core:
    """What is synthesised: a top module, its parameters and files, and the blocks it has."""

    def __init__(self, top, params, files, blocks, lanes=()):
        self.top, self.params, self.files = top, params, files
        self.blocks, self.lanes = blocks, lanes


def wavecore(rows, cols):
    """The core around an array of @rows x @cols: a lane a column, lines of one vector."""
    lanes, acc = 8, 256
    while lanes < max(rows, cols):
        lanes *= 2
    while acc < rows:
        acc *= 2
    files = ["rtl/wc_isa_pkg.sv"] + sorted(set(glob.glob("rtl/*.sv")) - {"rtl/wc_isa_pkg.sv"})
    params = {"Rows": rows, "Cols": cols, "Lanes": lanes, "LineBytes": 4 * lanes, "AccRows": acc,
              "FastArray": 0}
    return Core("wc_core", params, files, BLOCKS, LANES)


def elaborate(top, params, files, out):
    """{name: Module} of @top."""
    values = " ".join(f"-chparam {k} {v}" for k, v in params.items())
    netlist.yosys(f"""read_verilog -sv -defer -Irtl -DSYNTHESIS {' '.join(files)}
hierarchy -check -top {top} {values}
write_rtlil {out}.il
""", out)
    modules = rtlil.read(out + ".il")
    os.remove(out + ".il")
    if "\\" + top not in modules:
        raise netlist.FlowError(f"{top}: it was elaborated under another name")
    return modules


class Hierarchy:
    """How often each module occurs, in which block; and the memories."""

    def __init__(self, core, modules):
        self.modules, self.blocks = modules, core.blocks
        self.inlined = {n for n in modules if not self.holds_registers(n)}
        self.count = collections.Counter()     # (module, block): times
        self.memories = collections.Counter()  # (holder, memory, block): times
        top = "\\" + core.top
        for name in modules[top].instances:
            base = self.base(name)
            if base not in core.blocks and base != MEMORY and name not in self.inlined:
                raise netlist.FlowError(f"{base}: a part of {core.top} that is of no block")
        self.walk(top, core.blocks[core.top], 1)

    def base(self, name):
        if name not in self.modules:
            raise netlist.FlowError(f"{name}: a module is missing")
        return self.modules[name].base

    def holds_registers(self, name):
        module = self.modules.get(name)
        if module is None:
            raise netlist.FlowError(f"{name}: a module is missing")
        return module.registers or any(self.holds_registers(n) for n in module.instances)

    def walk(self, name, block, times):
        self.count[name, block] += times
        for child, n in collections.Counter(self.modules[name].instances).items():
            base = self.base(child)
            if base == MEMORY:
                self.memories[self.base(name), child, block] += n * times
            elif child not in self.inlined:
                self.walk(child, self.blocks.get(base, block), n * times)


class Part:
    """A module that is mapped: area and the slowest path between its own flip-flops."""

    def __init__(self, net, library, clock_ns):
        self.area, self.flip_flops = net.area(), net.flip_flops()
        self.leakage = sum(i.cell.leakage for i in net.instances)
        self.period = sta.register_period(net, library, clock_ns) if self.flip_flops else None
        self.lanes = 1

    def times(self, lanes):
        """The same @lanes times beside each other."""
        self.area, self.flip_flops = lanes * self.area, lanes * self.flip_flops
        self.leakage, self.lanes = lanes * self.leakage, lanes
        return self


class Result:
    """The core, mapped."""

    def __init__(self, core, hierarchy, parts, library, clock_ns):
        self.rows, self.cols = core.params.get("Rows", 0), core.params.get("Cols", 0)
        self.gate, self.clock_ns = library.nand2().area, clock_ns
        self.modules = [(hierarchy.base(name), block, times, parts[name])
                        for (name, block), times in hierarchy.count.items()]
        self.memories = []  # (module that holds it, block, how many, width, depth, parts to write)
        for (holder, name, block), times in hierarchy.memories.items():
            p = hierarchy.modules[name].parameters
            self.memories.append((holder, block, times, p["Width"], p["Depth"], p["Strobes"]))
        self.area = sum(t * p.area for _, _, t, p in self.modules)
        self.flip_flops = sum(t * p.flip_flops for _, _, t, p in self.modules)
        self.bits = sum(n * w * d for _, _, n, w, d, _ in self.memories)
        # No clock can be faster, whatever the paths between modules take.
        self.period = max((p.period for _, _, _, p in self.modules if p.period), default=0.0)

    def by_block(self):
        """{block: (area, flip-flops, leakage, slowest period)}"""
        sums = {}
        for _, block, times, part in self.modules:
            s = sums.get(block, (0.0, 0, 0.0, 0.0))
            sums[block] = (s[0] + times * part.area, s[1] + times * part.flip_flops,
                           s[2] + times * part.leakage, max(s[3], part.period or 0.0))
        return sums


class Mapper:
    """Maps modules of an elaborated core, each by itself, into files of a folder."""

    def __init__(self, core, hierarchy, library, clock_ns, out_dir):
        self.core, self.hierarchy = core, hierarchy
        self.library, self.clock_ns, self.out_dir = library, clock_ns, out_dir

    def part(self, name, short):
        """The Part of module @name, under the name @short."""
        module, modules = self.hierarchy.modules[name], self.hierarchy.modules
        if module.base not in self.core.lanes:
            inlined = self.hierarchy.inlined
            return self.map(rtlil.alone(module, modules, inlined.__contains__, short), short)
        its = elaborate(module.base, {"Lanes": 1}, self.core.files,
                        os.path.join(self.out_dir, short + "_lane"))
        text = rtlil.alone(its["\\" + module.base], its, lambda n: True, short)
        return self.map(text, short).times(module.parameters["Lanes"])

    def map(self, text, name):
        """The Part of the RTLIL @text of module @name."""
        out, liberty = os.path.join(self.out_dir, name), self.library.path
        with open(out + ".il", "w", encoding="utf-8") as file:
            file.write(text)
        constr = netlist.constraints(self.library, out)
        lines = [f"read_liberty -lib -ignore_miss_func {liberty}", f"read_rtlil {out}.il",
                 f"hierarchy -check -top {name}", f"synth -top {name} -flatten -noabc",
                 f"dfflibmap -liberty {liberty}",
                 f"abc -liberty {liberty} -constr {constr} -script {netlist.ABC}/{SCRIPT}.abc"]
        netlist.yosys("\n".join(lines + netlist.closing(self.library, out)) + "\n", out)
        netlist.split_assigns(out + ".v")
        os.remove(out + ".il")
        return Part(netlist.Netlist(out + ".v", self.library, name), self.library, self.clock_ns)


def measure(core, library, clock_ns, out_dir, known=None):
    """Result of @core; @known: Parts of modules, by name, that need not be mapped again."""
    out_dir = os.path.join(out_dir, core.top)
    os.makedirs(out_dir, exist_ok=True)
    modules = elaborate(core.top, core.params, core.files, os.path.join(out_dir, "all"))
    hierarchy = Hierarchy(core, modules)
    mapper = Mapper(core, hierarchy, library, clock_ns, out_dir)
    parts, jobs, names = {}, {}, collections.Counter()
    with futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for name in sorted({n for n, _ in hierarchy.count}, key=lambda n: -len(modules[n].lines)):
            base = hierarchy.base(name)
            if base in (known or {}):
                parts[name] = known[base]
                continue
            names[base] += 1
            jobs[name] = pool.submit(mapper.part, name, f"{base}_{names[base]}")
        try:
            for name, job in jobs.items():
                parts[name] = job.result()
        finally:
            for job in jobs.values():  # after a failure: those that did not begin
                job.cancel()
    return Result(core, hierarchy, parts, library, clock_ns)
