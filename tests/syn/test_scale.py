#!/usr/bin/python3
"""The paper's array by scaling: the fit, the shrink, the buffers, by hand."""
import sys
import types

sys.path.insert(0, "rtl/syn")
import scale
import verdict


def array(side, edge_um2, pe_um2, mw=None):
    """An array of @side x @side as synth.py has it."""
    def cell(name, area):
        return types.SimpleNamespace(name=name, cell=types.SimpleNamespace(area=area))
    cells = [cell("skew", edge_um2)] + [cell(f"g[{i}].u_pe.u_mul.x", pe_um2)
                                        for i in range(side * side)]
    at_work = None if mw is None else types.SimpleNamespace(mw=lambda: mw, clock_ns=5.0)
    return types.SimpleNamespace(params={"Rows": side, "Cols": side}, work=at_work,
                                 netlist=types.SimpleNamespace(instances=cells),
                                 area=edge_um2 + side * side * pe_um2)


def library(name):
    return types.SimpleNamespace(name=name)


def fit():
    # 100 n + 3 n^2
    a, b = scale.fitted([array(4, 448, 1000), array(8, 992, 1000)])
    assert abs(a - 100) < 1e-9 and abs(b - 3) < 1e-9, (a, b)
    # The two largest count.
    a, b = scale.fitted([array(8, 992, 1000), array(2, 1, 1000), array(4, 448, 1000)])
    assert abs(a - 100) < 1e-9 and abs(b - 3) < 1e-9, (a, b)
    assert scale.fitted([array(8, 992, 1000)]) is None


def by_hand():
    arrays = [array(4, 448, 10000, 32.0), array(8, 992, 10000)]
    rows = {r[0]: r[1:] for r in scale.table(library("osu018_stdcells"), arrays)}
    assert rows["PE, um2"] == ["10,000", "316", "12,173"], rows["PE, um2"]
    assert rows["all PEs, mm2"] == ["164", "5.2", "199"], rows["all PEs, mm2"]
    # 100 * 128 + 3 * 128^2 = 61,952 um2
    assert rows["edges, mm2"] == ["0.1", "0.00", "-"], rows["edges, mm2"]
    # 10 MiB: 83,886,080 bits of 150 * 0.18^2 / 0.5 um2
    assert rows["global buffer, mm2"] == ["815", "25.8", "-"], rows["global buffer, mm2"]
    # 224 KiB: 1,835,008 bits of 200 * 0.18^2 / 0.5 um2
    assert rows["local buffers, mm2"] == ["23.8", "0.75", "-"], rows["local buffers, mm2"]
    # The largest array that has power: 2 mW a PE.
    assert rows["array, W"][0] == "32.8", rows["array, W"]
    # 715.7 bytes of 100 pJ each 8, and 1,280 of 10 pJ each 8, every 5 ns.
    assert rows["global buffer at 45 nm, W"][0] == "1.79", rows
    assert rows["local buffers at 45 nm, W"][0] == "0.32", rows


def left_out():
    arrays = [array(4, 448, 10000), array(8, 992, 10000)]
    rows = scale.table(library("sky130_fd_sc_hd"), arrays)
    assert rows[0][1] == "130 nm" and not [r for r in rows if r[0].endswith(" W")]
    assert scale.table(library("unknown"), arrays) == []
    assert scale.table(library("osu018_stdcells"), arrays[:1]) == []


def main():
    tests = [("edges of two arrays give their law", fit),
             ("the table of two arrays by hand", by_hand),
             ("no power, node or second array: left out", left_out)]
    return verdict.run(tests)


if __name__ == "__main__":
    sys.exit(main())
