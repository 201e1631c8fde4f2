"""The helpers of generated code as vector code, from the same Python source.

A chain of ``if ...: return`` becomes selections, a loop over a constant range is unrolled. A helper
that does anything else (a loop that ends when it has converged, a function without a vector form)
has no vector form.
"""

from __future__ import annotations

import ast
import inspect
import math
import operator
from collections.abc import Callable
from functools import cache, reduce
from typing import Any

from symbias.codegen import helpers
from symbias.codegen.vector.arithmetic import constant, fabs, floor, isnan, select, sqrt
from symbias.codegen.vector.clibrary import BY_LANES
from symbias.codegen.vector.ir import Code, Mask, Vector
from symbias.codegen.vector.library import ELEMENTARY, PARAMETERS, definition


class NoVectorFormError(Exception):
    """Something in a helper or program cannot be written as vector code."""


HELPERS: dict[str, Callable[..., Any]] = dict(inspect.getmembers(helpers, inspect.isfunction))


@cache
def _tree(name: str) -> ast.FunctionDef:
    """Return the syntax tree of a helper."""
    return next(
        node
        for node in ast.parse(inspect.getsource(HELPERS[name])).body
        if isinstance(node, ast.FunctionDef)
    )


@cache
def helper(name: str) -> tuple[str, tuple[str, ...]]:
    """Return the definition of a helper as vector code, and what it needs.

    Parameters
    ----------
    name : str
        A function of `symbias.codegen.helpers`.

    Returns
    -------
    str
        LLVM IR.
    tuple of str
        Functions that must be defined or declared beside it.

    Raises
    ------
    NoVectorFormError
        If it has no vector form.

    Examples
    --------
    >>> helper("softplus")[1]
    ('v.exp', 'v.log1p')
    """
    tree = _tree(name)
    code = Code()
    names = [a.arg for a in tree.args.args]
    given = {n: Vector(code, p) for n, p in zip(names, PARAMETERS, strict=False)}
    value = _Body(code).run(tree.body, given)
    return definition(f"helper.{name}", len(names), code, value), tuple(code.needs)


def _modulo(x: Vector, y: Vector) -> Vector:
    """Return the remainder with the sign of the divisor, as Python's ``%``."""
    rest = x.code.call("lanes.fmod", x, y)
    wrong = ((rest < 0.0) ^ (y < 0.0)) & rest.differs(0.0)
    return select(wrong, rest + y, rest)


_ARITHMETIC: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Mod: _modulo,
}

_COMPARED: dict[type, Callable[[Any, Any], Mask]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: lambda x, y: x.equals(y),
    ast.NotEq: lambda x, y: x.differs(y),
}

_CONNECTED: dict[type, Callable[[Mask, Mask], Mask]] = {
    ast.And: operator.and_,
    ast.Or: operator.or_,
}


class _Body:
    """Writes the value that statements return."""

    def __init__(self, code: Code) -> None:
        self.code = code

    def run(self, statements: list[ast.stmt], known: dict[str, Any]) -> Any:
        """Return the value returned; names are assigned in `known`."""
        for k, statement in enumerate(statements):
            match statement:
                case ast.Return(value=ast.expr() as value):
                    return self.value(value, known)
                case ast.If(test=test, body=body, orelse=[]):
                    yes = self.run(body, dict(known))
                    no = self.run(statements[k + 1 :], known)
                    return select(self.value(test, known), yes, no)
                case _:
                    self.assign(statement, known)
        raise NoVectorFormError("a branch that returns nothing")

    def assign(self, statement: ast.stmt, known: dict[str, Any]) -> None:
        """Carry out a statement that returns nothing."""
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                known[name] = self.value(value, known)
            case ast.For(
                iter=ast.Call(func=ast.Name(id="range"), args=[ast.Constant(value=int(count))]),
                body=body,
            ):
                for inner in body * count:
                    self.assign(inner, known)
            case ast.Expr(value=ast.Constant(value=str())):
                pass
            case _:
                raise NoVectorFormError(ast.unparse(statement))

    def value(self, node: ast.expr, known: dict[str, Any]) -> Any:
        """Return the value of an expression: a vector, a mask, or a Python number."""
        match node:
            case ast.Constant(value=int() | float() as number):
                return float(number)
            case ast.Name(id=name) if name in known:
                return known[name]
            case ast.Attribute(value=ast.Name(id="math"), attr=name):
                return float(getattr(math, name))
            case ast.Call(func=function, args=args):
                return self.call(ast.unparse(function), [self.value(a, known) for a in args])
        return self.operator(node, known)

    def operator(self, node: ast.expr, known: dict[str, Any]) -> Any:
        """Return the value of an expression that is not a name, a number or a call."""
        parts = [
            self.value(part, known)
            for part in ast.iter_child_nodes(node)
            if isinstance(part, ast.expr)
        ]
        match node:
            case ast.UnaryOp(op=ast.USub()):
                return -parts[0]
            case ast.UnaryOp(op=ast.Not()):
                return ~parts[0]
            case ast.BinOp(op=op):
                return self.binary(op, *parts)
            case ast.BoolOp(op=op):
                return reduce(_CONNECTED[type(op)], parts)
            case ast.Compare(ops=[op]):
                return self.compare(op, *parts)
            case ast.IfExp():
                return select(*parts)
        raise NoVectorFormError(ast.unparse(node))

    def binary(self, op: ast.operator, left: Any, right: Any) -> Any:
        """Return the value of a binary operation; of numbers it is a number."""
        if type(op) not in _ARITHMETIC:
            raise NoVectorFormError(type(op).__name__)
        return _ARITHMETIC[type(op)](left, right)

    def compare(self, op: ast.cmpop, left: Any, right: Any) -> Mask:
        """Return the truth of a comparison."""
        if type(op) not in _COMPARED:
            raise NoVectorFormError(type(op).__name__)
        return _COMPARED[type(op)](left, right)

    def call(self, function: str, args: list[Any]) -> Any:
        """Return the value of a call of ``math``, of NumPy or of another helper."""
        name = function.rpartition(".")[2]
        vectors = [a if isinstance(a, Vector) else constant(self.code, a) for a in args]
        if function in HELPERS:
            return self.code.call(f"helper.{function}", *vectors)
        if function == "max":
            return select(vectors[1] > vectors[0], vectors[1], vectors[0])
        return apply(name, vectors)


SINGLE: dict[str, Callable[[Vector], Any]] = {
    "abs": fabs,
    "fabs": fabs,
    "sqrt": sqrt,
    "floor": floor,
    "isnan": isnan,
    "isinf": lambda x: fabs(x).equals(math.inf),
}


def apply(name: str, args: list[Vector]) -> Any:
    """Return a function of Python's ``math`` at vectors.

    Parameters
    ----------
    name : str
        Such as ``exp``.
    args : list of Vector
        Its arguments.

    Returns
    -------
    Vector or Mask
        Instructions, or a call of the library.

    Raises
    ------
    NoVectorFormError
        If the library does not have it.

    Examples
    --------
    >>> code = Code()
    >>> apply("exp", [Vector(code, "%x")]).name, code.lines
    ('%v0', ['  %v0 = call <8 x double> @v.exp(<8 x double> %x)'])
    """
    code = args[0].code
    if name in SINGLE:
        return SINGLE[name](args[0])
    if name in ELEMENTARY:
        return code.call(f"v.{name}", *args)
    if name in BY_LANES:
        return code.call(f"lanes.{name}", *args)
    raise NoVectorFormError(name)
