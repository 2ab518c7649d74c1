"""The array at the paper's 128 x 128, scaled from arrays that were synthesised, and its buffers."""
# Nodes of the libraries that are known here, in nm, by the beginning of their names.
NODES = {"osu018": 180, "sky130": 130, "sg13g2": 130}
PAPER_NODE, PAPER_PE_UM2, SIDE = 32, 12173, 128

# Buffers of the paper's core and what its global one moves in a cycle, in bytes (reconstructed).
GLOBAL_BYTES, LOCAL_BYTES = 10 << 20, (64 + 32 + 128) << 10
GLOBAL_MOVED = 501e9 / 0.7e9
# Assumed, not measured: an SRAM cell of one port takes 150 F^2, one of a read and a write port
# 200 F^2, F being the node, and cells are half of a memory's area.
CELL_F2, CELL_2PORT_F2, CELLS_SHARE = 150, 200, 0.5
# Horowitz, ISSCC 2014, 45 nm, 0.9 V: pJ of 64 bits read or written.
GLOBAL_PJ, LOCAL_PJ = 100.0, 10.0

NOTE = (f"An ideal shrink of cells: no wires, no change of voltage, so no power there. Buffers by "
        f"assumption: SRAM cells of {CELL_F2} F^2, of {CELL_2PORT_F2} F^2 with two ports, half of "
        f"the area; 64 bits cost {GLOBAL_PJ:.0f} pJ in the global buffer, {LOCAL_PJ:.0f} pJ in a "
        "local one, at 45 nm.")


def edges(result):
    return sum(i.cell.area for i in result.netlist.instances if "u_pe" not in i.name)


def fitted(arrays):
    """(a, b) of edges = a n + b n^2 through the two largest square arrays; None without two.

    Skew takes registers by the square: lane r waits 2 r cycles, column c waits c.
    """
    square = sorted((r.params["Rows"], edges(r)) for r in arrays
                    if r.params["Rows"] == r.params["Cols"])
    if len(square) < 2:
        return None
    (n, e), (m, f) = square[-2:]
    b = (f / m - e / n) / (m - n)
    return e / n - b * n, b


def buffer_mm2(node):
    """(global, local) buffers of the paper's core at @node nm."""
    def area(size, cell):
        return 8 * size * cell * (node * 1e-6) ** 2 / CELLS_SHARE
    return area(GLOBAL_BYTES, CELL_F2), area(LOCAL_BYTES, CELL_2PORT_F2)


def buffer_mac_pj():
    """(global, local) energy of a MAC while all PEs are busy.

    Of the local ones a row of activations is read in a cycle and a row of sums read and written.
    """
    pes = SIDE * SIDE
    return (GLOBAL_MOVED / 8 * GLOBAL_PJ / pes, SIDE * (2 + 4 + 4) / 8 * LOCAL_PJ / pes)


def table(library, arrays):
    """Rows of the scaled array, at the library's node and shrunk to the paper's; [] if unknown."""
    fit = fitted(arrays)
    node = [nm for name, nm in NODES.items() if library.name.startswith(name)]
    if fit is None or not node:
        return []
    shrink = (PAPER_NODE / node[0]) ** 2
    largest = max(arrays, key=lambda r: r.area)
    pes = SIDE * SIDE
    one = (largest.area - edges(largest)) / (largest.params["Rows"] * largest.params["Cols"])
    edge = fit[0] * SIDE + fit[1] * pes
    here, there = buffer_mm2(node[0]), buffer_mm2(PAPER_NODE)
    rows = [[f"{SIDE} x {SIDE}", f"{node[0]} nm", f"{PAPER_NODE} nm, shrunk",
             "the paper, 32 nm (reconstructed)"],
            ["PE, um2", f"{one:,.0f}", f"{one * shrink:,.0f}", f"{PAPER_PE_UM2:,}"],
            ["all PEs, mm2", f"{pes * one / 1e6:,.0f}", f"{pes * one * shrink / 1e6:.1f}",
             f"{pes * PAPER_PE_UM2 / 1e6:.0f}"],
            ["edges, mm2", f"{edge / 1e6:,.1f}", f"{edge * shrink / 1e6:.2f}", "-"],
            ["global buffer, mm2", f"{here[0]:,.0f}", f"{there[0]:.1f}", "-"],
            ["local buffers, mm2", f"{here[1]:,.1f}", f"{there[1]:.2f}", "-"]]
    measured = [r for r in arrays if r.work is not None]
    if measured:
        work = max(measured, key=lambda r: r.area)
        share = work.work.mw() / (work.params["Rows"] * work.params["Cols"])
        rows += [["PE with its share of edges, mW", f"{share:.2f}", "-", "-"],
                 ["array, W", f"{share * pes / 1e3:.1f}", "-", "-"],
                 ["global buffer at 45 nm, W", f"{watts(0, work.work.clock_ns):.2f}", "-", "-"],
                 ["local buffers at 45 nm, W", f"{watts(1, work.work.clock_ns):.2f}", "-", "-"]]
    return rows


def watts(which, clock_ns):
    """Power of the global (0) or local (1) buffers at a MAC in each PE and cycle."""
    return buffer_mac_pj()[which] * SIDE * SIDE / clock_ns / 1e3
