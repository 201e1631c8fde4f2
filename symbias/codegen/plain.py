"""Generated modules as plain Python, for ``NUMBA_DISABLE_JIT=1``: slow, but the same numbers.

Python raises where compiled code returns NaN or infinity. Here every float literal becomes a NumPy
scalar and ``math`` a table of NumPy functions, so that IEEE arithmetic holds as it does under Numba.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
from scipy.special import gammaln

_RENAMED = {
    "asin": "arcsin",
    "acos": "arccos",
    "atan": "arctan",
    "asinh": "arcsinh",
    "acosh": "arccosh",
    "atanh": "arctanh",
    "atan2": "arctan2",
    "pow": "power",
}
_SAME = ("exp", "expm1", "log", "log1p", "sin", "cos", "tan", "sinh", "cosh", "tanh", "sqrt")


def _guarded(function: Callable[[float], float]) -> Callable[[float], Any]:
    """Return a function of `math` that gives NaN and infinity instead of raising."""

    def call(x: float) -> Any:
        try:
            return np.float64(function(x))
        except OverflowError:
            return np.float64(np.inf)
        except ValueError:
            return np.float64(np.nan)

    return call


def _library() -> SimpleNamespace:
    table: dict[str, Any] = {
        name: getattr(np, name) for name in (*_SAME, "hypot", "isinf", "isnan")
    }
    table |= {name: getattr(np, other) for name, other in _RENAMED.items()}
    table |= {name: _guarded(getattr(math, name)) for name in ("erf", "erfc", "gamma")}
    # Python's own lgamma loses a digit near its zeros.
    table["lgamma"] = gammaln
    table |= {name: np.float64(getattr(math, name)) for name in ("pi", "e", "inf", "nan")}
    return SimpleNamespace(**table)


class _NumPyFloats(ast.NodeTransformer):
    """Wraps every float literal."""

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if not isinstance(node.value, float):
            return node
        name = ast.Name(id="float64", ctx=ast.Load())
        return ast.copy_location(ast.Call(func=name, args=[node], keywords=[]), node)


def plain_code(text: str, path: str) -> Any:
    """Return the code object of a generated module in which floats are NumPy scalars.

    Parameters
    ----------
    text : str
        The module.
    path : str
        Its file.

    Returns
    -------
    code
        To be executed in the module's namespace.

    Examples
    --------
    >>> space = {"float64": np.float64}
    >>> exec(plain_code("x = 1.5", "<x>"), space)
    >>> type(space["x"]).__name__
    'float64'
    """
    tree = ast.fix_missing_locations(_NumPyFloats().visit(ast.parse(text, path)))
    return compile(tree, path, "exec")


def make_plain(space: dict[str, Any]) -> None:
    """Give an executed module its NumPy library, and a loop that ignores floating-point warnings.

    Parameters
    ----------
    space : dict
        The namespace of the module; changed in place.

    Examples
    --------
    >>> space = {"loop": lambda inputs, steps, out: None}
    >>> make_plain(space)
    >>> float(space["math"].log(0.5)) < 0
    True
    """
    loop = space["loop"]

    def quiet(inputs: Any, steps: Any, out: Any) -> None:
        with np.errstate(all="ignore"):
            loop(inputs, steps, out)

    space["math"] = _library()
    space["loop"] = quiet
