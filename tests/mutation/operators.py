"""Mutants: copies of a function that differ in one place, each by a change that a mistaken author could make.

A mutant's name says where and what, and no line number, so that it outlives changes elsewhere:
``zk/tier.py TierClaim.state: if complement.is_identity: complement.is_identity -> not complement.is_identity``.
"""

import ast
import copy
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from types import CodeType

COMPARISONS = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
ARITHMETIC = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: None,  # the left alone
    ast.Pow: ast.Mult,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitAnd,
}
CALLS = {"all": "any", "any": "all", "min": "max", "max": "min"}
TRANSPARENT = {"say", "clone", "negate", "reversed"}
"""Calls that can be left out: what they are made on, or their one argument, stands in for them."""


@dataclass(frozen=True)
class Mutant:
    """One change: the function called *function* in *file* has this *code* instead; None if it has no meaning."""

    name: str
    file: Path
    function: str
    code: CodeType | None


def functions(tree):
    """Return (qualified name, node) of every function that is not within another."""

    def walk(body, prefix):
        for node in body:
            if isinstance(node, ast.FunctionDef):
                yield prefix + node.name, node
            elif isinstance(node, ast.ClassDef):
                yield from walk(node.body, f"{prefix}{node.name}.")

    return list(walk(tree.body, ""))


def mutants(file, label, *, wanted, compiled=True):
    """Return all mutants of *file*, in the functions that are *wanted*; not *compiled*, they are names alone."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    names = Counter()
    for function, node in functions(tree):
        if not wanted(function) or _is_declaration(node):
            continue
        for said, change in list(_changes(node)):
            undo = change()
            whole = f"{label} {function}: {said}"
            names[whole] += 1
            name = whole if names[whole] == 1 else f"{whole} (again, {names[whole]})"
            yield Mutant(
                name=name, file=file, function=function, code=code_of(tree, file, function) if compiled else None
            )
            undo()


def code_of(tree, file, function):
    """Return the code of *function* as it now stands in *tree*."""
    try:
        code = compile(ast.fix_missing_locations(copy.deepcopy(tree)), str(file), "exec")
    except (SyntaxError, ValueError):
        return None
    for name in function.split("."):
        code = next(each for each in code.co_consts if isinstance(each, CodeType) and each.co_name == name)
    return code


def _is_declaration(node):
    body = [each for each in node.body if not _is_docstring(each)]
    return all(isinstance(each, ast.Expr) and each.value.__class__ is ast.Constant for each in body)


def _is_docstring(node):
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _changes(function):
    """Return (what it says, a function that makes the change and returns one that undoes it)."""
    for statement, parent, field, at, node in _places(function):
        where = "" if statement is node else f"{_text(statement)}: "
        for new in _replacements(parent, node):
            said = f"{where}{_text(node)} -> {_text(new) if new is not None else 'nothing'}"
            yield said, _replacing(parent, field, at, new)


def _text(node):
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 90 else f"{text[:87]}..."


def _places(function):
    """Return (statement, parent, field, index or None, node) of all that can be changed within *function*."""
    rest = [(function, function)]
    while rest:
        around, parent = rest.pop(0)
        for field, value in ast.iter_fields(parent):
            if field in {"annotation", "returns", "decorator_list", "args"} and not isinstance(parent, ast.Call):
                continue
            for at, node in enumerate(value) if isinstance(value, list) else [(None, value)]:
                if isinstance(node, ast.AST) and not _is_left_alone(parent, node):
                    statement = node if isinstance(node, ast.stmt) else around
                    yield statement, parent, field, at, node
                    rest.append((statement, node))


def _is_left_alone(parent, node):
    """Tell whether *node* has no meaning that tests should know: docstrings, the texts of our own mistakes."""
    if _is_docstring(node) or isinstance(node, ast.expr_context | ast.operator | ast.cmpop | ast.boolop | ast.unaryop):
        return True
    if isinstance(node, ast.keyword) and node.arg == "strict":
        return True
    if isinstance(parent, ast.Call):
        name = getattr(parent.func, "id", "")
        if name == "UsageError" or (name.endswith("Error") and node in parent.args[1:]):
            return True
        if name == "cast" and node is parent.args[0]:
            return True
    return False


def _replacing(parent, field, at, new):
    def change():
        held = getattr(parent, field)
        if at is None:
            setattr(parent, field, new)
            return lambda: setattr(parent, field, held)
        kept = list(held)
        held[at : at + 1] = [] if new is None else [new]
        if not held and field == "body":
            held.append(ast.Pass())

        def undo():
            held[:] = kept

        return undo

    return change


def _replacements(parent, node):
    """Return what can stand in the place of *node*; None removes it from its list."""
    kind = type(node)
    found = []
    if isinstance(node, ast.stmt):
        found += _of_statement(node)
    elif kind in OF:
        found += OF[kind](node)
    if isinstance(parent, ast.List) and not isinstance(node, ast.expr_context):
        found.append(None)
    if isinstance(parent, ast.If | ast.While | ast.IfExp) and node is parent.test and kind not in OF_ITSELF:
        found.append(ast.UnaryOp(ast.Not(), node))
    if isinstance(parent, ast.comprehension) and node in parent.ifs:
        found.append(None)
    return found


def _of_statement(node):
    match node:
        case ast.Expr() | ast.AugAssign() | ast.Raise() | ast.Continue() | ast.Break():
            return [ast.Pass()]
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            return [ast.Pass()]
        case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant):
            return [ast.Return(ast.Constant(None))]
    return []


def _of_compare(node):
    found = []
    for at, operator in enumerate(node.ops):
        changed = ([*node.ops[:at], other(), *node.ops[at + 1 :]] for other in COMPARISONS[type(operator)])
        found += [ast.Compare(node.left, operators, node.comparators) for operators in changed]
    return found


def _of_arithmetic(node):
    other = ARITHMETIC.get(type(node.op))
    changed = [] if other is None else [ast.BinOp(node.left, other(), node.right)]
    return [*changed, node.left] if isinstance(node.op, ast.Mod | ast.Add | ast.Sub | ast.Mult) else changed


def _of_boolean(node):
    other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    fewer = []
    for at in range(len(node.values)):
        left = [*node.values[:at], *node.values[at + 1 :]]
        fewer.append(left[0] if len(left) == 1 else ast.BoolOp(node.op, left))
    return [ast.BoolOp(other, node.values), *fewer]


def _of_constant(node):
    match node.value:
        case bool():
            return [ast.Constant(not node.value)]
        case int():
            return [ast.Constant(node.value + 1), ast.Constant(node.value - 1)]
        case bytes():
            return [ast.Constant(node.value + b"~")]
        case str():
            return [ast.Constant(node.value + "~")]
    return []


def _of_call(node):
    found = []
    match node.func:
        case ast.Attribute(value=on, attr="say" | "clone"):
            found.append(on)
        case ast.Name(id=name) if name in CALLS:
            found.append(ast.Call(ast.Name(CALLS[name], ast.Load()), node.args, node.keywords))
        case ast.Attribute(attr=name) | ast.Name(id=name) if name in TRANSPARENT and len(node.args) == 1:
            found.append(node.args[0])
    if len(node.args) >= 2 and not any(isinstance(each, ast.Starred) for each in node.args[:2]):
        first, second, *rest = node.args
        found.append(ast.Call(node.func, [second, first, *rest], node.keywords))
    named = [each for each in node.keywords if each.arg not in {None, "strict"}]
    for one, other in pairwise(named):
        swapped = {one.arg: ast.keyword(one.arg, other.value), other.arg: ast.keyword(other.arg, one.value)}
        found.append(ast.Call(node.func, node.args, [swapped.get(each.arg, each) for each in node.keywords]))
    return found


def _of_slice(node):
    found = []
    if node.lower is not None:
        found.append(ast.Slice(None, node.upper, node.step))
    if node.upper is not None:
        found.append(ast.Slice(node.lower, None, node.step))
    return found


OF_ITSELF = {ast.Compare, ast.UnaryOp}
"""Conditions whose opposite is among their own replacements."""

OF = {
    ast.Compare: _of_compare,
    ast.BinOp: _of_arithmetic,
    ast.BoolOp: _of_boolean,
    ast.Constant: _of_constant,
    ast.Call: _of_call,
    ast.Slice: _of_slice,
    ast.UnaryOp: lambda node: [node.operand],
    ast.IfExp: lambda node: [node.body, node.orelse],
}
