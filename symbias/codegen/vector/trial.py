"""The functions of the library at numbers: for examples, and for the tests of their accuracy."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from symbias.codegen.vector.helper import apply
from symbias.codegen.vector.ir import Code, Vector
from symbias.codegen.vector.loop import loop_ir
from symbias.codegen.vector.machine import Loaded, compile_ir
from symbias.codegen.vector.module import definitions


@cache
def _compiled(name: str, arity: int) -> Loaded:
    code = Code()
    value = apply(name, [Vector(code, f"%x{k}") for k in range(arity)])
    text = [*definitions(code.needs), loop_ir(code, arity, [value])]
    return Loaded(compile_ir("\n".join(text)))


def trial(name: str, *values: Any) -> Any:
    """Return a function of the library at numbers.

    Parameters
    ----------
    name : str
        As in Python's ``math``.
    *values : array_like
        One per argument, all of one shape.

    Returns
    -------
    float or numpy.ndarray
        As the values.

    Examples
    --------
    >>> trial("sqrt", 2.0), trial("hypot", [3.0, 5.0], [4.0, 12.0])
    (1.4142135623730951, array([ 5., 13.]))
    """
    arrays = [np.ascontiguousarray(v, dtype=np.float64).reshape(-1) for v in values]
    out = np.empty((1, arrays[0].size))
    _compiled(name, len(arrays))(arrays, [1] * len(arrays), out)
    shape = np.shape(values[0])
    return out.reshape(shape) if shape else float(out[0, 0])
