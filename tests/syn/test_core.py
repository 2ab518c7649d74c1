#!/usr/bin/python3
"""The core is mapped module by module: everything is counted, once, and nothing is missed.

usage: test_core.py WORK
"""
import argparse
import contextlib
import io
import json
import os
import sys

sys.path.insert(0, "rtl/syn")
import core
import liberty
import netlist
import report_core
import rtlil
import synth
import verdict

# Two counters of 4 bits and one of 3, each with an adder without registers; a memory in each of
# two holders; two lanes beside each other.
TOY = """
module t_add #(parameter int unsigned W = 4) (input logic [W-1:0] a_i, output logic [W-1:0] y_o);
  assign y_o = a_i + 1'b1;
endmodule
module t_count #(parameter int unsigned W = 4) (input logic clk_i, output logic [W-1:0] q_o);
  logic [W-1:0] next;
  t_add #(.W(W)) u_add (.a_i(q_o), .y_o(next));
  always_ff @(posedge clk_i) q_o <= next;
endmodule
module t_lanes #(parameter int unsigned Lanes = 8) (input logic clk_i, input logic [Lanes-1:0] a_i,
                                                    output logic [Lanes-1:0] q_o);
  always_ff @(posedge clk_i) q_o <= ~a_i;
endmodule
module t_hold (input logic clk_i, input logic [3:0] a_i, output logic [7:0] y_o);
  logic [3:0] at_q;
  always_ff @(posedge clk_i) at_q <= a_i;
  wc_ram_1r1w #(.Width(8), .Depth(12), .Strobes(2)) u_ram (.clk_i, .wr_en_i(a_i[0]),
    .wr_addr_i(a_i), .wr_data_i({2{at_q}}), .wr_strb_i(2'b11), .rd_en_i(1'b1), .rd_addr_i(at_q),
    .rd_data_o(y_o));
endmodule
module t_top #(parameter int unsigned Lanes = 8) (input logic clk_i, input logic [3:0] a_i,
                                                  output logic [31:0] y_o);
  logic [7:0] lanes;
  logic [3:0] a, b;
  logic [2:0] c;
  logic [7:0] y0, y1;
  t_count u_a (.clk_i, .q_o(a));
  t_count u_b (.clk_i, .q_o(b));
  genvar g;
  generate
    for (g = 0; g < 1; g = g + 1) begin : g_c
      t_count #(.W(3)) u_c (.clk_i, .q_o(c));
    end
  endgenerate
  t_lanes #(.Lanes(Lanes)) u_lanes (.clk_i, .a_i({a_i, a_i}), .q_o(lanes));
  t_hold u_h0 (.clk_i, .a_i, .y_o(y0));
  t_hold u_h1 (.clk_i, .a_i(b), .y_o(y1));
  always_ff @(posedge clk_i) y_o <= {y0, y1, lanes, a, 1'b0, c};
EXTRA
endmodule
"""
BLOCKS = {"t_top": "rest", "t_count": "counters", "t_lanes": "lanes", "t_hold": "memories"}


def toy(folder, extra="", more="", blocks=None):
    path = os.path.join(folder, "toy.sv")
    with open(path, "w", encoding="ascii") as file:
        file.write(TOY.replace("EXTRA", extra) + more)
    return core.Core("t_top", {"Lanes": 8}, [path, "rtl/wc_ram_1r1w.sv"], blocks or BLOCKS,
                     ("t_lanes",))


def measured(folder, **keys):
    library = liberty.Library(liberty.OSU018)
    return core.measure(toy(folder, **keys), library, 6.3, folder)


def refused(folder, reason, **keys):
    try:
        measured(folder, **keys)
    except netlist.FlowError as error:
        assert reason in str(error), error
        return
    raise AssertionError(f"taken, not refused: {reason}")


def counted(folder):
    result = measured(folder)
    blocks = {name: flip_flops for name, (_, flip_flops, _, _) in result.by_block().items()}
    # One bit of y_o is constant.
    assert blocks == {"counters": 11, "lanes": 8, "memories": 8, "rest": 31}, blocks
    assert result.memories == [("t_hold", "memories", 2, 8, 12, 2)], result.memories
    assert result.bits == 192 and result.flip_flops == 58
    times = {(base, part.flip_flops): n for base, _, n, part in result.modules}
    assert times == {("t_top", 31): 1, ("t_count", 4): 2, ("t_count", 3): 1, ("t_lanes", 8): 1,
                     ("t_hold", 4): 2}, times
    cell = liberty.Library(liberty.OSU018).cells["DFFPOSX1"]
    assert 58 * cell.area < result.area < 2 * 58 * cell.area
    # Lanes have no path from a flip-flop to another; the wider counter's carry takes longest.
    periods = {(base, part.flip_flops): part.period for base, _, _, part in result.modules}
    assert periods["t_lanes", 8] is None
    assert 0.0 < periods["t_count", 3] < periods["t_count", 4] == result.period < 6.3
    summary = report_core.summary(result)
    assert sum(b["flip_flops"] for b in summary["blocks"]) == summary["flip_flops"] == 58
    assert abs(sum(b["area_um2"] for b in summary["blocks"]) - summary["area_um2"]) < 1.0
    assert summary["memories"][0]["bits"] == 192
    assert summary["worst_slack_ns"] == round(6.3 - result.period, 3)


def known(folder):
    library = liberty.Library(liberty.OSU018)
    part = core.Part.__new__(core.Part)
    part.area, part.flip_flops, part.leakage, part.period, part.lanes = 1e6, 7, 0.0, 9.0, 1
    result = core.measure(toy(folder), library, 6.3, folder, {"t_count": part})
    assert result.by_block()["counters"] == (3e6, 21, 0.0, 9.0) and result.period == 9.0


def unmapped(folder):
    refused(folder, "check -assert", extra="  logic [3:0] l;\n  always_latch if (a_i[3]) l = b;\n"
            "  (* keep *) logic [3:0] k;\n  assign k = l;")


def missing(folder):
    refused(folder, "t_none", extra="  t_none u_none (.clk_i);")


def of_no_block(folder):
    refused(folder, "t_other: a part of t_top that is of no block",
            extra="  logic o;\n  t_other u_o (.clk_i, .a_i(a_i[0]), .o_o(o));",
            more="module t_other (input logic clk_i, input logic a_i, output logic o_o);\n"
            "  always_ff @(posedge clk_i) o_o <= a_i;\nendmodule\n")


def of_wavecore(_):
    """Each block of the table is a module of the core, and sizes are such as wc_core takes."""
    for base in list(core.BLOCKS) + list(core.LANES) + [core.MEMORY]:
        assert os.path.exists(f"rtl/{base}.sv"), base
    for side, lanes in ((4, 8), (8, 8), (9, 16), (128, 128)):
        params = core.wavecore(side, 4).params
        assert params["Lanes"] == lanes and params["LineBytes"] == 4 * lanes, params
    assert core.wavecore(512, 4).params["AccRows"] == 512


def cut_out(folder):
    """A text that lacks a module is noticed before anything is counted."""
    its = core.elaborate("t_top", {"Lanes": 8}, toy(folder).files, os.path.join(folder, "cut"))
    name = next(n for n, m in its.items() if m.base == "t_add")
    del its[name]
    try:
        core.Hierarchy(toy(folder), its)
    except netlist.FlowError as error:
        assert "a module is missing" in str(error), error
    else:
        raise AssertionError("a design without one of its modules was counted")
    hold = next(m for m in its.values() if m.base == "t_hold")
    text = rtlil.alone(hold, its, lambda n: False, "t_hold")
    assert "\\u_ram.rd_data_o" in text and "cell $paramod" not in text


def reported(folder):
    """synth.py with the toy in the core's place: summary, page, and a status by its clock."""
    real, core.wavecore = core.wavecore, lambda rows, cols: toy(folder)
    try:
        for clock, status in ((6.3, 0), (0.5, 1)):
            said = io.StringIO()
            with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
                got = synth.run(argparse.Namespace(
                    liberty=liberty.OSU018, clock=clock, config="core:4x4", scripts="area",
                    step=None, out=folder))
            assert got == status, (clock, got)
            assert (", core: the clock" in said.getvalue()) == (status == 1), said.getvalue()
    finally:
        core.wavecore = real
    with open(os.path.join(folder, "summary.json"), encoding="ascii") as file:
        data = json.load(file)["core"]
    assert data["flip_flops"] == 58 and data["worst_slack_ns"] < 0, data
    with open(os.path.join(folder, "report.html"), encoding="utf-8") as file:
        page = file.read()
    assert "<td>counters</td>" in page and "<td>t_hold</td>" in page


def main():
    folder = sys.argv[1]
    os.makedirs(folder, exist_ok=True)
    tests = [("modules, lanes and memories are counted as often as they occur", counted),
             ("a module that is known already is taken as it is", known),
             ("a latch that no cell was mapped to is refused", unmapped),
             ("a module that is missing is refused", missing),
             ("a module that is of no block is refused", of_no_block),
             ("a module that the elaborated text lacks is noticed", cut_out),
             ("summary and page have the core, a late one ends with status 1", reported),
             ("the blocks are modules of the core, sizes such as it takes", of_wavecore)]
    return verdict.run(tests, folder)


if __name__ == "__main__":
    sys.exit(main())
