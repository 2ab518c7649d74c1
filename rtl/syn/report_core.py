"""The core's part of a report: its rows and its entry of summary.json."""


def summary(core):
    """What summary.json says of the core."""
    return {
        "rows": core.rows, "cols": core.cols,
        "nand2": round(core.area / core.gate, 1), "area_um2": round(core.area, 1),
        "flip_flops": core.flip_flops, "memory_bits": core.bits,
        "worst_slack_ns": round(core.clock_ns - core.period, 3),
        "blocks": [{"name": name, "nand2": round(area / core.gate, 1), "area_um2": round(area, 1),
                    "flip_flops": flip_flops, "leakage_uw": round(leakage * 1e6, 4),
                    "period_ns": round(period, 3)}
                   for name, (area, flip_flops, leakage, period)
                   in sorted(core.by_block().items())],
        "memories": [{"module": holder, "block": block, "number": number, "width": width,
                      "depth": depth, "write_strobes": strobes, "read_ports": 1, "write_ports": 1,
                      "bits": number * width * depth}
                     for holder, block, number, width, depth, strobes in core.memories],
    }


def blocks(core):
    """Rows of area by block, all of them last."""
    rows = [["block", "NAND2", "%", "um2", "flip-flops", "leakage uW", "slowest ns"]]
    for name, (area, flip_flops, leakage, period) in sorted(core.by_block().items()):
        rows.append([name, f"{area / core.gate:,.0f}", f"{100 * area / core.area:.1f}",
                     f"{area:,.0f}", f"{flip_flops:,}", f"{leakage * 1e6:.3g}",
                     f"{period:.2f}" if period else "-"])
    return rows + [["all", f"{core.area / core.gate:,.0f}", "100.0", f"{core.area:,.0f}",
                    f"{core.flip_flops:,}", "", f"{core.period:.2f}"]]


def modules(core):
    """Rows of the modules, the largest sum first."""
    rows = [["module", "block", "times", "lanes", "NAND2 each", "NAND2", "flip-flops each",
             "slowest ns"]]
    for base, block, times, part in sorted(core.modules, key=lambda m: -m[2] * m[3].area):
        each = part.area / core.gate
        rows.append([base, block, str(times), str(part.lanes), f"{each:,.0f}",
                     f"{times * each:,.0f}", f"{part.flip_flops:,}",
                     "-" if part.period is None else f"{part.period:.2f}"])
    return rows


def memories(core):
    """Rows of the memories, the largest first. Each has one port to read and one to write."""
    rows = [["held by", "block", "number", "width", "depth", "write strobes", "bits"]]
    for holder, block, number, width, depth, strobes in sorted(
            core.memories, key=lambda m: -m[2] * m[3] * m[4]):
        rows.append([holder, block, str(number), str(width), str(depth), str(strobes),
                     f"{number * width * depth:,}"])
    return rows + [["all", "", str(sum(m[2] for m in core.memories)), "", "", "",
                    f"{core.bits:,}"]]


def sections(core):
    """[(title, rows, note)]"""
    return [(f"The core of {core.rows} x {core.cols}, memories apart", blocks(core),
             "Slowest: between flip-flops of one module; paths from module to module and through "
             "memories are left out."),
            ("The core by module", modules(core), ""),
            ("The core's memories, black boxes of one read and one write port", memories(core),
             "")]
