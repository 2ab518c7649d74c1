"""The array at the paper's 128 x 128, scaled from arrays that were synthesised."""
# Nodes of the libraries that are known here, in nm, by the beginning of their names.
NODES = {"osu018": 180, "sky130": 130, "sg13g2": 130}
PAPER_NODE, PAPER_PE_UM2, SIDE = 32, 12173, 128


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
    rows = [[f"{SIDE} x {SIDE}", f"{node[0]} nm", f"area x (32/{node[0]})^2",
             "the paper, 32 nm (reconstructed)"],
            ["PE, um2", f"{one:,.0f}", f"{one * shrink:,.0f}", f"{PAPER_PE_UM2:,}"],
            ["all PEs, mm2", f"{pes * one / 1e6:,.0f}", f"{pes * one * shrink / 1e6:.1f}",
             f"{pes * PAPER_PE_UM2 / 1e6:.0f}"],
            ["edges, mm2", f"{edge / 1e6:,.1f}", f"{edge * shrink / 1e6:.2f}", "-"]]
    if largest.work is not None:
        per_pe = largest.work.mw() / (largest.params["Rows"] * largest.params["Cols"])
        rows += [["PE with its share of edges, mW", f"{per_pe:.2f}", "-", "-"],
                 ["array, W", f"{per_pe * pes / 1e3:.0f}", "-", "-"]]
    return rows
