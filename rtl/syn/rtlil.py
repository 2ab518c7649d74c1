"""Takes a design apart that Yosys elaborated: its modules, what they hold, and each by itself.

Elaborated RTLIL is text, a module after the other, so that no tool has to hold the whole design.
"""
import re

MODULE = re.compile(r"module (\S+)$")
PORT = re.compile(r"  wire (?:.* )?(input|output|inout) \d+ (\\\S+)$")
WIDTH = re.compile(r"  wire (?:.* )?width (\d+) ")
CELL = re.compile(r"  cell (\\\S+|\$paramod\S+) (\S+)$")
CONNECT = re.compile(r"    connect (\\\S+) (.*)$")
PARAMETER = re.compile(r"  parameter (?:signed )?\\(\S+) (\d+)$")


class Module:
    """A module: its text, its ports, the instances of other modules in it."""

    def __init__(self, name):
        self.name = name
        # $paramod$HASH\NAME, $paramod\NAME\P=..., or \NAME
        self.base = name[len("$paramod"):].split("\\")[1] if name[0] == "$" else name[1:]
        self.lines = []
        self.ports = {}       # name: (direction, width)
        self.parameters = {}  # numbers only
        self.instances = []   # names of modules, with repetitions
        self.registers = False

    def take(self, line):
        self.lines.append(line)
        if m := PORT.match(line):
            width = WIDTH.match(line)
            self.ports[m[2]] = m[1], int(width[1]) if width else 1
        elif m := CELL.match(line):
            self.instances.append(m[1])
        elif m := PARAMETER.match(line):
            self.parameters[m[1]] = int(m[2])
        elif line.startswith("    sync posedge "):
            self.registers = True


def read(path):
    """{name: Module} of an elaborated design, before its processes are turned into cells."""
    found, module = {}, None
    with open(path, encoding="utf-8") as file:
        for line in file:
            line = line.rstrip("\n")
            if m := MODULE.match(line):
                module = found[m[1]] = Module(m[1])
            elif line == "end":
                module = None
            elif module is not None:
                module.take(line)
    return found


def alone(module, modules, inlined, name):
    """The text of @module as \\@name, with its ports turned to what it instantiates.

    An instance's inputs become outputs, its outputs inputs, named INSTANCE.PORT; modules that
    @inlined tells are in the text too, to be flattened.
    """
    held, seen = [], []
    out = [f"module \\{name}"] + turned(module, modules, inlined, held) + ["end"]
    while held:
        other = held.pop()
        if other not in seen:
            seen.append(other)
            out += [f"module {other}"] + turned(modules[other], modules, inlined, held) + ["end"]
    return "\n".join(out) + "\n"


def turned(module, modules, inlined, held):
    """The lines of @module, ports in place of instances; appends to @held what is inlined."""
    out, lines = [], iter(module.lines)
    number = len(module.ports)
    for line in lines:
        m = CELL.match(line)
        if m is None or inlined(m[1]):
            out.append(line)
            if m is not None:
                held.append(m[1])
            continue
        while out and out[-1].startswith("  attribute "):
            out.pop()
        for line in lines:
            if line == "  end":
                break
            c = CONNECT.match(line)
            if c is None or c[2] == "{ }":
                continue
            direction, width = modules[m[1]].ports[c[1]]
            number += 1
            port = f"{m[2]}.{c[1][1:]}"
            if direction == "input":
                out += [f"  wire width {width} output {number} {port}", f"  connect {port} {c[2]}"]
            else:
                out += [f"  wire width {width} input {number} {port}", f"  connect {c[2]} {port}"]
    return out
