"""Functions of liberty files: parsed once, written as Verilog or evaluated."""
import re

TOKEN = re.compile(r"\w+|[!'^&*|+()]")
BINARY = [("|", "+|"), ("&", "&*"), ("^", "^")]  # from loose to tight; a gap is an and


class BooleanError(Exception):
    """Why a text is no function."""


def parse(text):
    """The tree of @text: a name, 0, 1, or (operator, operand...)."""
    tokens = TOKEN.findall(text)
    tree = binary(tokens, 0)
    if tokens:
        raise BooleanError(f"{text!r}: {tokens[0]!r} in the wrong place")
    return tree


def binary(tokens, level):
    if level == len(BINARY):
        return unary(tokens)
    operator, signs = BINARY[level]
    tree = binary(tokens, level + 1)
    while tokens:
        if tokens[0] in signs:
            tokens.pop(0)
        elif operator != "&" or not re.match(r"[\w!(]", tokens[0]):
            break
        tree = (operator, tree, binary(tokens, level + 1))
    return tree


def unary(tokens):
    if not tokens:
        raise BooleanError("it ends too early")
    token = tokens.pop(0)
    if token == "!":
        return ("!", unary(tokens))
    if token == "(":
        tree = binary(tokens, 0)
        if not tokens or tokens.pop(0) != ")":
            raise BooleanError("a ) is missing")
    elif re.match(r"\w", token):
        tree = int(token) if token in ("0", "1") else token
    else:
        raise BooleanError(f"{token!r} in the wrong place")
    while tokens and tokens[0] == "'":
        tokens.pop(0)
        tree = ("!", tree)
    return tree


def names(tree):
    """The names in @tree, in order, each once."""
    if isinstance(tree, str):
        return [tree]
    found = []
    if isinstance(tree, tuple):
        for part in tree[1:]:
            found += [n for n in names(part) if n not in found]
    return found


def value(tree, bits):
    """@tree with the names of @bits {name: 0 or 1}."""
    if isinstance(tree, int):
        return tree
    if isinstance(tree, str):
        return bits[tree]
    if tree[0] == "!":
        return 1 - value(tree[1], bits)
    a, b = value(tree[1], bits), value(tree[2], bits)
    return a & b if tree[0] == "&" else a | b if tree[0] == "|" else a ^ b


def verilog(tree):
    if isinstance(tree, int):
        return f"1'b{tree}"
    if isinstance(tree, str):
        return tree
    if tree[0] == "!":
        return "~" + verilog(tree[1])
    return f"({verilog(tree[1])} {tree[0]} {verilog(tree[2])})"
