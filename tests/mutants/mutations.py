"""The mutants of a module: a deterministic list, each a small change of its syntax tree."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

_FLIPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
_BRANCHES = (ast.If, ast.While, ast.IfExp)
_DROPPED = (ast.Expr, ast.AugAssign, ast.Delete, ast.Raise, ast.Break, ast.Continue)
_MUTATED_ITSELF = (ast.Compare, ast.BoolOp, ast.UnaryOp, ast.Constant)
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_NOT_CODE = frozenset({"annotation", "returns", "decorator_list"})
"""Fields of a node that are not mutated: what they hold is not evaluated, or is no behaviour."""


@dataclass(frozen=True, slots=True)
class _Change:
    """A change that can be made to a tree.

    Attributes:
        node: What it changes.
        make: Makes it.
        after: Formats what the node has become; by default its code afterwards.
    """

    node: ast.AST
    make: Callable[[], None]
    after: str = "{}"


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change.

    Attributes:
        name: The scope, and its code before and after; unique in its module.
        line: Line of the change.
        tree: The whole module with the change.
    """

    name: str
    line: int
    tree: ast.Module


def mutants_of(source: str) -> list[Mutant]:
    """Return all mutants of a module, in the order of its text."""
    names: Counter[str] = Counter()
    mutants = []
    for number in range(sum(1 for _ in _changes(ast.parse(source)))):
        tree = ast.parse(source)
        scope, change = next(islice(_changes(tree), number, None))
        before, line = ast.unparse(change.node), getattr(change.node, "lineno", 0)
        change.make()
        after = change.after.format(ast.unparse(change.node))
        name = f"{scope or 'module'}: {_one_line(before)} → {_one_line(after)}"
        names[name] += 1
        if names[name] > 1:
            name += f" #{names[name]}"
        mutants.append(Mutant(name, line, ast.fix_missing_locations(tree)))
    return mutants


def _one_line(code: str) -> str:
    line = " ".join(code.split())
    return line if len(line) <= 90 else f"{line[:60]} … {line[-27:]}"


def _changes(node: ast.AST, scope: str = "") -> Iterator[tuple[str, _Change]]:
    """Yield the changes below a node with the scope they are in, in the order of the text."""
    if isinstance(node, _SCOPES):
        scope = f"{scope}.{node.name}".lstrip(".")
    for change in _own_changes(node):
        yield scope, change
    for field, value in ast.iter_fields(node):
        children = value if isinstance(value, list) else [value]
        if field in _NOT_CODE:
            continue
        for at, child in enumerate(children):
            if isinstance(child, ast.stmt) and isinstance(value, list) and _can_go(child):
                yield scope, _Change(child, _put(value, at, ast.Pass()), "nothing")
            if isinstance(child, ast.AST):
                yield from _changes(child, scope)


def _own_changes(node: ast.AST) -> Iterator[_Change]:
    if isinstance(node, ast.Compare):
        for at, operator in enumerate(node.ops):
            yield _Change(node, _put(node.ops, at, _FLIPS[type(operator)]()))
    elif isinstance(node, (ast.BoolOp, ast.BinOp, ast.AugAssign)) and type(node.op) in _FLIPS:
        yield _Change(node, _set(node, "op", _FLIPS[type(node.op)]()))
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield _Change(node, _set(node, "operand", ast.UnaryOp(ast.Not(), node.operand)))
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield _Change(node, _set(node, "value", not node.value))
    elif isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        yield _Change(node, _set(node, "value", node.value + 1))
        yield _Change(node, _set(node, "value", node.value - 1))
    elif isinstance(node, ast.Return) and not isinstance(node.value, (ast.Constant, type(None))):
        yield _Change(node, _set(node, "value", ast.Constant(None)))
    elif isinstance(node, _BRANCHES) and not isinstance(node.test, _MUTATED_ITSELF):
        yield _Change(node.test, _set(node, "test", ast.UnaryOp(ast.Not(), node.test)), "not ({})")


def _can_go(statement: ast.stmt) -> bool:
    """Whether a module without the statement can be run at all, and differs from it."""
    if isinstance(statement, ast.Expr):
        return not isinstance(statement.value, ast.Constant)
    if isinstance(statement, ast.Assign):
        return all(isinstance(one, (ast.Attribute, ast.Subscript)) for one in statement.targets)
    return isinstance(statement, _DROPPED)


def _put(items: list[Any], at: int, value: ast.AST) -> Callable[[], None]:
    return lambda: items.__setitem__(at, value)


def _set(node: ast.AST, field: str, value: object) -> Callable[[], None]:
    return lambda: setattr(node, field, value)
