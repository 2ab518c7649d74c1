#!/usr/bin/python3
"""Wraps the flat netlist of a PE in vector ports. usage: gates.py NETLIST OUT"""
import re
import sys

PORTS = {"act": 17, "weight": 17, "psum": 32}


def main():
    with open(sys.argv[1], encoding="ascii") as file:
        text = file.read()
    ports = re.findall(r"^  (?:input|output) (\\\S+ |\w+);$", text, flags=re.M)
    links = ",\n".join(f"    .{p}({p.strip().lstrip(chr(92))})" for p in ports)
    head = "".join(f"  input [{w - 1}:0] {n}_i, output [{w - 1}:0] {n}_o,\n"
                   for n, w in PORTS.items())
    with open(sys.argv[2], "w", encoding="ascii") as file:
        file.write("module gates (\n" + head + "  input clk_i, input rst_ni, input switch_i,\n"
                   "  input load_i, output switch_o\n);\n  wc_pe_gates u_gates (\n" + links
                   + "\n  );\nendmodule\n")
        file.write(re.sub(r"\bmodule wc_pe\b", "module wc_pe_gates", text))


main()
