"""summary.json, the table and the HTML page of a synthesis run."""
import html
import json
import os

import netlist
import report_core
import scale

STYLE = """
:root { color-scheme: light dark; --fg: #1c1c1e; --bg: #fff; --line: #d0d0d5; --bar: #3b6fb6;
  --other: #c0602b; }
@media (prefers-color-scheme: dark) {
  :root { --fg: #e8e8ea; --bg: #17181b; --line: #3c3e44; --bar: #7aa7e8;
    --other: #ec9a66; } }
body { color: var(--fg); background: var(--bg); font: 15px/1.5 system-ui, sans-serif;
  max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; margin: .6rem 0 1.6rem; }
th, td { padding: .25rem .8rem; border-bottom: 1px solid var(--line); text-align: right; }
th:first-child, td:first-child { text-align: left; }
svg text { fill: var(--fg); font: 12px system-ui, sans-serif; }
"""


def rounded(value, digits):
    return None if value is None else round(value, digits)


def summary(library, clock_ns, pe, plain, arrays, core=None):
    """The contents of summary.json; null where power was not asked for."""
    data = {
        "liberty": library.name,
        "clock_ns": clock_ns,
        "pe": {"nand2": round(pe.nand2, 1), "area_um2": round(pe.area, 1),
               "min_period_ns": round(pe.timing.period, 3),
               "energy_pj_per_mac": rounded(pe.work and pe.work.mac_pj(), 2)},
        "arrays": [{"rows": r.params["Rows"], "cols": r.params["Cols"],
                    "nand2": round(r.nand2, 1), "area_um2": round(r.area, 1),
                    "worst_slack_ns": round(r.timing.slack, 3),
                    "power_mw": rounded(r.work and r.work.mw(), 2)}
                   for r in arrays],
    }
    if plain is not None:
        data["plain_pe"] = {"nand2": round(plain.nand2, 1), "area_um2": round(plain.area, 1),
                            "min_period_ns": round(plain.timing.period, 3),
                            "pe_of_plain": round(pe.area / plain.area, 4)}
    if core is not None:
        data["core"] = report_core.summary(core)
    return data


def overview(pe, plain, arrays):
    """Rows of the main table, its header first."""
    rows = [["design", "area um2", "NAND2", "NAND2 a PE", "not PE %", "flip-flops",
             "worst slack ns", "leakage uW"]]
    for r in [pe] + ([plain] if plain is not None else []) + arrays:
        pes = r.params.get("Rows", 1) * r.params.get("Cols", 1)
        edges = sum(i.cell.area for i in r.netlist.instances if "u_pe" not in i.name)
        rows.append([r.name, f"{r.area:,.0f}", f"{r.nand2:,.0f}", f"{r.nand2 / pes:,.0f}",
                     "-" if pes == 1 else f"{100 * edges / r.area:.1f}", f"{r.flip_flops:,}",
                     f"{r.timing.slack:.3f}", f"{r.leakage * 1e6:.3g}"])
    return rows


def choices(found, choice, gate):
    """Rows of the trade-off: each stage under each ABC script."""
    rows = [["ABC script"] + [f"{s[2:]}: {what}" for s in netlist.STAGES
                              for what in ("NAND2", "ns")] + ["PE NAND2", "ns", "NAND2 x ns"]]
    for script, net, timing, stages in found:
        row = [script]
        for stage in netlist.STAGES:
            area, period = stages[stage]
            mark = " *" if choice[stage] == script else ""
            row += [f"{area / gate:,.0f}{mark}", f"{period:.2f}"]
        area = net.area() / gate
        rows.append(row + [f"{area:,.0f}", f"{timing.period:.2f}", f"{area * timing.period:,.0f}"])
    return rows


def blocks(result, key):
    """Rows of area and power by block."""
    rows = [["block", "NAND2", "%", "flip-flops", "leakage uW", "internal mW", "switching mW"]]
    power = result.work.block_mw() if result.work else {}
    for name, (area, flip_flops, leakage) in sorted(result.netlist.blocks(key).items()):
        dynamic = [f"{mw:.3f}" for mw in power[name]] if name in power else ["-", "-"]
        rows.append([name, f"{area / result.gate:,.0f}", f"{100 * area / result.area:.1f}",
                     f"{flip_flops:,}", f"{leakage * 1e6:.3g}"] + dynamic)
    return rows


def energies(results):
    """Rows of the energy of a MAC, by GEMM and by how activity was found."""
    kinds = list(results[0].work.cycle_pj)
    rows = [["pJ a MAC"] + kinds + ["mean", "without glitches", "OpenSTA's default", "mW"]]
    for r in results:
        w = r.work
        rows.append([r.name] + [f"{w.cycle_pj[k] / w.macs[k]:.1f}" for k in kinds]
                    + [f"{w.mac_pj():.1f}", f"{w.mac_pj(w.ideal_pj):.1f}",
                       f"{w.default_mac_pj():.1f}", f"{w.mw():.2f}"])
    return rows


def cross_check(check):
    """Rows of our sums beside OpenSTA's at uniform activity."""
    rows = [[f"pJ a cycle, {check.ACTIVITY} toggles", "internal", "by OpenSTA", "switching",
             "by OpenSTA"]]
    for kind in sorted(check.ours):
        ours, theirs = check.ours[kind], check.theirs[kind]
        rows.append([kind, f"{ours[0]:.2f}", f"{theirs[0]:.2f}", f"{ours[1]:.2f}",
                     f"{theirs[1]:.2f}"])
    return rows


def as_text(rows):
    widths = [max(len(r[i]) for r in rows) for i in range(len(rows[0]))]
    return "\n".join("  ".join(c.ljust(w) if i == 0 else c.rjust(w)
                               for i, (c, w) in enumerate(zip(r, widths))) for r in rows)


def as_html(rows):
    cells = ["".join(f"<td>{html.escape(c)}</td>" for c in r) for r in rows[1:]]
    head = "".join(f"<th>{html.escape(c)}</th>" for c in rows[0])
    return f"<table><tr>{head}</tr>" + "".join(f"<tr>{c}</tr>" for c in cells) + "</table>"


def curve(series):
    """Area over period as SVG; @series: [(name, colour, [(ns, NAND2, label)])]."""
    points = [p for _, _, found in series for p in found]
    x0, x1 = min(p[0] for p in points) - 0.2, max(p[0] for p in points) + 0.2
    y0, y1 = 0.95 * min(p[1] for p in points), 1.05 * max(p[1] for p in points)

    def place(x, y):
        return 70 + 620 * (x - x0) / (x1 - x0), 330 - 290 * (y - y0) / (y1 - y0)
    out = ['<svg viewBox="0 0 800 390" role="img" aria-label="area over period" width="800">',
           '<path d="M70 40V330H690" fill="none" stroke="var(--line)"/>',
           '<text x="380" y="375" text-anchor="middle">period, ns</text>',
           '<text x="70" y="25">NAND2</text>']
    for i in range(5):
        x, y = x0 + (x1 - x0) * i / 4, y0 + (y1 - y0) * i / 4
        out += [f'<text x="{place(x, y)[0]:.0f}" y="350" text-anchor="middle">{x:.1f}</text>',
                f'<text x="62" y="{place(x, y)[1] + 4:.0f}" text-anchor="end">{y:,.0f}</text>']
    for i, (name, colour, found) in enumerate(series):
        out.append(f'<circle cx="560" cy="{30 + 20 * i}" r="5" fill="{colour}"/>'
                   f'<text x="572" y="{34 + 20 * i}">{html.escape(name)}</text>')
        for ns, nand2, label in found:
            x, y = place(ns, nand2)
            out.append(f'<circle cx="{x:.0f}" cy="{y:.0f}" r="5" fill="{colour}"/>'
                       f'<text x="{x + 8:.0f}" y="{y - 6:.0f}">{html.escape(label)}</text>')
    return "".join(out) + "</svg>"


def curves(pe, pe_found, plain, plain_found):
    """The trade-off of the PE under each script, and of the plain one beside it."""
    series = []
    for name, colour, result, found in (("PE", "var(--bar)", pe, pe_found),
                                        ("plain PE", "var(--other)", plain, plain_found)):
        if result is None:
            continue
        points = [(t.period, n.area() / result.gate, s) for s, n, t, _ in found]
        chosen = (result.timing.period, result.nand2)
        if chosen not in [p[:2] for p in points]:
            points.append(chosen + ("chosen",))
        series.append((name, colour, points))
    return curve(series)


def critical(result):
    return "Critical path: " + " | ".join(f"{b} {ns:.2f} ns" for b, ns in result.timing.stages())


def sections(library, of_one, of_plain, arrays, core, keys):
    """[(title, rows, note)] of the whole report.

    @of_one, @of_plain: candidates, choice and Result of the PE and of the plain one, or Nones.
    @core: core.Result or None. @keys: blocks of the PE and of an array.
    """
    of_pe, of_array = keys
    (found, choice, pe), plain = of_one, of_plain[2]
    out = [("Area and timing", overview(pe, plain, arrays), "")]
    measured = [r for r in [pe] + arrays if r.work is not None]
    if measured:
        out += [("Energy of a multiply-accumulate", energies(measured),
                 "Toggles counted while tiles of a training step run on the netlist with delays; "
                 "leakage is in the mean, the clock tree is not."),
                ("Cross-check with OpenSTA", cross_check(pe.check),
                 "OpenSTA does not weigh the arcs of cells of three or more inputs.")]
    out += [("The PE: each stage under each ABC script", choices(found, choice, pe.gate),
             "* chosen: the smallest that meets the clock.")]
    if plain is not None:
        out.append(("The plain PE likewise", choices(of_plain[0], of_plain[1], plain.gate), ""))
    out += [("The PE by block", blocks(pe, of_pe), critical(pe))]
    if core is not None:
        out += report_core.sections(core)
    scaled = scale.table(library, arrays)
    if scaled:
        out.append(("The paper's array by scaling", scaled,
                    f"The PE of the largest array; edges through the two largest. {scale.NOTE}"))
    return out + [(r.name, blocks(r, of_array), critical(r)) for r in arrays]


def write(out_dir, library, data, parts, chart):
    """Writes summary.json and report.html, prints the tables."""
    with open(os.path.join(out_dir, "summary.json"), "w", encoding="ascii") as file:
        json.dump(data, file, indent=2)
        file.write("\n")
    print(f"{library.name}, {data['clock_ns']} ns")
    page = [f"<h1>Synthesis on {html.escape(library.name)}</h1>",
            f"<p>Clock {data['clock_ns']} ns. No wires, no clock tree, the library's one corner.</p>"]
    for title, rows, note in parts:
        print(f"\n{title}\n{as_text(rows)}" + (f"\n{note}" if note else ""))
        page += [f"<h2>{html.escape(title)}</h2>", as_html(rows), f"<p>{html.escape(note)}</p>"]
    page += ["<h2>Area over period of the PE, under each script</h2>", chart]
    with open(os.path.join(out_dir, "report.html"), "w", encoding="utf-8") as file:
        file.write("<!doctype html><html lang=en><meta charset=utf-8><title>WaveCore synthesis"
                   f"</title><style>{STYLE}</style>" + "\n".join(page) + "\n")
