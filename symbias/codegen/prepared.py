"""Prepared kernels: for thousands of calls on equally many points, arrays and addresses are laid out once."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from symbias.codegen.vector.ir import LANES

if TYPE_CHECKING:
    from symbias.codegen.kernel import Kernel
    from symbias.codegen.objects import Executable

Evaluate = Callable[..., np.ndarray]


class _Place(NamedTuple):
    """Where a call reads and writes: rows of whole groups of points, and what the machine code is told of them."""

    inputs: np.ndarray
    out: np.ndarray
    table: ctypes.Array[ctypes.c_int64]
    arguments: tuple[int, int, int, int]


def prepare(kernel: Kernel, points: int) -> Evaluate:
    """Return a kernel as a function of arrays of one length; vector code without the checks of a call.

    Parameters
    ----------
    kernel : Kernel
        The kernel.
    points : int
        At how many points, at least one.

    Returns
    -------
    callable
        ``f(*values)`` -> ``(number of expressions, points)``, from one float64 array ``(points,)`` per argument. Safe
        to be called from several threads at once.

    Examples
    --------
    >>> from symbias.codegen.kernel import compile_expression
    >>> from symbias.sym.symbols import real
    >>> square = compile_expression(real("x") ** 2, [real("x")])
    >>> prepare(square, 2)(np.array([1.0, 2.0]))
    array([[1., 4.]])
    """
    arguments, outputs = len(kernel.args), len(kernel.expressions)
    if kernel.backend == "vector":
        return _vector(kernel.machine, arguments, outputs, points)
    # Only vector code has addresses to lay out; a usual call knows what to do where Numba cannot save its code.
    return lambda *values: np.reshape(kernel(*values), (outputs, points))


def _vector(machine: Executable, arguments: int, outputs: int, points: int) -> Evaluate:
    free: list[_Place] = []

    def evaluate(*values: np.ndarray) -> np.ndarray:
        try:
            place = free.pop()
        except IndexError:  # the first call, or another thread is in the middle of one
            place = _place(arguments, outputs, points)
        for row, value in zip(place.inputs, values, strict=True):
            row[:points] = value
        machine.run(*place.arguments)
        result = place.out[:, :points].copy()
        free.append(place)
        return result

    return evaluate


def _place(arguments: int, outputs: int, points: int) -> _Place:
    groups = -(-points // LANES)
    # What stands in the last group beyond the points is computed in vain, like everything at 1.
    inputs, out = np.ones((arguments, groups * LANES)), np.empty((outputs, groups * LANES))
    first, row = inputs.ctypes.data, inputs.strides[0]
    pairs = ((first + k * row, LANES) for k in range(arguments))
    table = (ctypes.c_int64 * (2 * arguments))(*(n for pair in pairs for n in pair))
    told = groups, ctypes.addressof(table), out.ctypes.data, groups * LANES
    return _Place(inputs, out, table, told)
