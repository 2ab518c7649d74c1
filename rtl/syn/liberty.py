"""Reads a liberty file: cells with area, pins, functions, and the tables of timing and power.

Only what the reports need. A file that cannot be used raises LibertyError with the reason.
"""
import itertools
import os
import re

import boolean

TOKEN = re.compile(r'"[^"]*"|[\w.+\-\[\]!&|^\'*]+|[(){}:;,]')

OSU018 = "/usr/share/qflow/tech/osu018/osu018_stdcells.lib"  # of Debian's qflow-tech-osu018


class LibertyError(Exception):
    """Why a liberty file cannot be used, in one line."""


class Group:
    """A group of the file: its kind, arguments, simple attributes and sub-groups."""

    def __init__(self, kind, args):
        self.kind, self.args = kind, args
        self.attributes, self.groups = {}, []

    def all(self, kind):
        return [g for g in self.groups if g.kind == kind]

    def number(self, name, default=0.0):
        try:
            return float(self.attributes.get(name, default))
        except ValueError:
            return default


def parse(text):
    """The outermost group of @text."""
    text = re.sub(r'/\*.*?\*/|\\\n', ' ', text, flags=re.S)
    top = Group("file", [])
    stack, words, args = [top], [], None
    depth = 0
    for token in TOKEN.findall(text):
        if token == "(" and depth == 0:
            depth, args = 1, []
        elif token == ")" and depth == 1:
            depth = 0
        elif depth:
            if token != ",":
                args.append(token.strip('"'))
        elif token == "{":
            group = Group(words[-1] if words else "", args or [])
            stack[-1].groups.append(group)
            stack.append(group)
            words, args = [], None
        elif token == "}":
            keep(stack[-1], words, args)
            words, args = [], None
            if len(stack) == 1:
                raise LibertyError("a } too many")
            stack.pop()
        elif token == ";":
            keep(stack[-1], words, args)
            words, args = [], None
        else:
            if args is not None:  # some files end a line of arguments without ;
                keep(stack[-1], words, args)
                words, args = [], None
            words.append(token.strip('"'))
    if len(stack) != 1 or not top.groups:
        raise LibertyError("it ends in the middle of a group, or holds none")
    return top.groups[0]


def keep(group, words, args):
    """Stores the statement that @words and @args make in @group."""
    if not words:
        return
    if args is not None:
        group.attributes.setdefault(words[-1], args)
    elif ":" in words:
        at = words.index(":")
        group.attributes[words[at - 1]] = " ".join(words[at + 1:])


class Table:
    """A lookup table over input slew and output load, interpolated, clamped at its edges."""

    def __init__(self, group, templates):
        template = templates.get(group.args[0] if group.args else "")
        self.axes = []
        for i in ("1", "2"):
            index = group.attributes.get("index_" + i)
            if index is None and template is not None:
                index = template.attributes.get("index_" + i)
            kind = template.attributes.get("variable_" + i, "") if template is not None else ""
            if index is not None:
                self.axes.append(("load" if "capacitance" in kind else "slew", numbers(index)))
        values = group.attributes.get("values", [])
        self.values = [v for row in values for v in numbers([row])]

    def at(self, slew, load):
        """The value at input transition @slew and output capacitance @load."""
        places = []
        for kind, axis in self.axes:
            places.append(place(axis, slew if kind == "slew" else load))
        if not places:
            return self.values[0] if self.values else 0.0
        if len(places) == 1:
            (i, f), = places
            j = min(i + 1, len(self.values) - 1)
            return self.values[i] * (1 - f) + self.values[j] * f
        (i, f), (k, h) = places
        n = len(self.axes[1][1])
        j, m = min(i + 1, len(self.axes[0][1]) - 1), min(k + 1, n - 1)
        v = self.values
        return ((v[i * n + k] * (1 - h) + v[i * n + m] * h) * (1 - f)
                + (v[j * n + k] * (1 - h) + v[j * n + m] * h) * f)


def numbers(args):
    return [float(x) for x in re.split(r"[\s,]+", " ".join(args).strip()) if x]


def place(axis, x):
    """Index and fraction of @x between the points of @axis; beyond them, the nearest."""
    if len(axis) < 2 or x <= axis[0]:
        return 0, 0.0
    for i in range(len(axis) - 1):
        if x <= axis[i + 1]:
            return i, (x - axis[i]) / (axis[i + 1] - axis[i])
    return len(axis) - 1, 0.0


class Pin:
    """A pin: direction, capacitance in pF, function, and its tables by related pin."""

    def __init__(self, group, library):
        self.name = group.args[0]
        self.direction = group.attributes.get("direction", "input").strip()
        self.capacitance = group.number("capacitance") * library.cap_unit
        self.function = group.attributes.get("function")
        self.clock = group.attributes.get("clock") == "true"
        templates = library.templates
        self.arcs = []   # (related pins, {table name: Table})
        for arc in group.all("timing"):
            tables = {t.kind: Table(t, templates) for t in arc.groups if t.kind in
                      ("cell_rise", "cell_fall", "rise_transition", "fall_transition")}
            if tables:
                self.arcs.append((arc.attributes.get("related_pin", "").split(), tables))
        self.power = []  # (related pins, rise table, fall table)
        for power in group.all("internal_power"):
            tables = {t.kind: Table(t, templates) for t in power.groups}
            rise = tables.get("rise_power", tables.get("power"))
            fall = tables.get("fall_power", tables.get("power"))
            if rise is not None or fall is not None:
                self.power.append((power.attributes.get("related_pin", "").split(), rise, fall))

    def tree(self):
        """The pin's function, parsed; None if it has none that can be."""
        try:
            return boolean.parse(self.function) if self.function else None
        except boolean.BooleanError:
            return None


class Cell:
    """A cell with its pins; sequential if it has an ff group."""

    def __init__(self, group, library):
        self.name, self.area = group.args[0], group.number("area")
        self.leakage = group.number("cell_leakage_power") * library.leakage_unit  # W
        self.ff = group.all("ff")[0] if group.all("ff") else None
        self.latch = bool(group.all("latch"))
        self.unused = group.attributes.get("dont_use") == "true"
        self.pins = {}
        for pin in group.all("pin"):
            if pin.args:
                self.pins[pin.args[0]] = Pin(pin, library)
        self.inputs = [p.name for p in self.pins.values() if p.direction == "input"]
        self.outputs = [p.name for p in self.pins.values() if p.direction == "output"]

    def truth(self, output):
        """The output's truth table over the inputs in order, as a tuple; None if it has none."""
        function = self.pins[output].tree()
        if function is None or self.ff or self.latch or len(self.inputs) > 6:
            return None
        if not set(boolean.names(function)) <= set(self.inputs):
            return None
        return tuple(boolean.value(function, dict(zip(self.inputs, bits)))
                     for bits in itertools.product((0, 1), repeat=len(self.inputs)))


class Library:
    """All of a liberty file that is used here."""

    def __init__(self, path):
        self.path = self.timing_path = path
        try:
            with open(path, encoding="utf-8", errors="replace") as file:
                text = file.read()
        except OSError as error:
            raise LibertyError(f"{path}: {error.strerror}") from None
        try:
            top = parse(text)
        except LibertyError as error:
            raise LibertyError(f"{path}: not a liberty file: {error}") from None
        if top.kind != "library":
            raise LibertyError(f"{path}: not a liberty file: no library group")
        self.name = top.args[0] if top.args else "?"
        self.set_units(top)
        self.templates = {g.args[0]: g for g in top.groups
                          if g.kind in ("lu_table_template", "power_lut_template") and g.args}
        self.cells = {g.args[0]: Cell(g, self) for g in top.all("cell")}
        if not self.cells:
            raise LibertyError(f"{path}: it has no cells")

    def set_units(self, top):
        scale = {"m": 1e-3, "u": 1e-6, "n": 1e-9, "p": 1e-12, "f": 1e-15}
        cap = top.attributes.get("capacitive_load_unit", ["1", "pf"])
        self.cap_unit = float(cap[0]) * (1.0 if cap[1].lower() == "pf" else 1e-3)  # to pF
        unit = re.match(r"([\d.]+)(\w)W", top.attributes.get("leakage_power_unit", "1nW"))
        self.leakage_unit = float(unit[1]) * scale[unit[2]]
        unit = re.match(r"([\d.]+)(\w)s", top.attributes.get("time_unit", "1ns"))
        if float(unit[1]) * scale[unit[2]] != 1e-9:
            raise LibertyError(f"{self.path}: time_unit is not 1ns")
        self.volts = top.number("nom_voltage", 0) or self.condition(top)
        # Internal power is an energy in volts * amperes * seconds of its units: V * pF * V.
        self.energy_unit = self.cap_unit * 1e-12

    def condition(self, top):
        for group in top.all("operating_conditions"):
            if "voltage" in group.attributes:
                return group.number("voltage")
        raise LibertyError(f"{self.path}: no nominal voltage")

    def leave_out_wires(self, out_dir):
        """Makes timing_path a copy without a default model of wires, where there is one.

        Such a model, of whole chips' averages, would be in OpenSTA's figures and in no others, and
        libraries could not be compared.
        """
        with open(self.path, encoding="utf-8", errors="replace") as file:
            lines = file.read().splitlines(keepends=True)
        kept = [line for line in lines if "default_wire_load" not in line]
        if len(kept) < len(lines):
            self.timing_path = os.path.join(out_dir, "without_wires.lib")
            with open(self.timing_path, "w", encoding="utf-8") as file:
                file.writelines(kept)

    def require_power(self):
        """Refuses a library whose cells have no power tables."""
        if not any(p.power for c in self.cells.values() for p in c.pins.values()):
            raise LibertyError(f"{self.path}: no cell has internal_power tables")

    def smallest(self, description, test):
        """The smallest usable cell that passes @test."""
        found = [c for c in self.cells.values() if c.area > 0 and not c.unused and test(c)]
        if not found:
            raise LibertyError(f"{self.path}: no cell is {description}")
        return min(found, key=lambda c: (c.area, c.name))

    def nand2(self):
        return self.smallest("a two-input NAND", lambda c: len(c.inputs) == 2
                             and len(c.outputs) == 1 and c.truth(c.outputs[0]) == (1, 1, 1, 0))

    def buffer(self):
        """The buffer that stands for the driver of an input."""
        return self.smallest("a buffer", lambda c: len(c.inputs) == 1
                             and len(c.outputs) == 1 and c.truth(c.outputs[0]) == (0, 1))
