"""Products of parts of matrices, added to what is there: what BLAS can, and NumPy's `dot` has no name for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import types
from numba.extending import overload

from symbias.jit import njit

_BLOCK = 32
"""Columns in a block of pairs, at least."""

_ZERO, _ONE = np.zeros(1), np.ones(1)
_WIDTH = _ONE.itemsize
_DOUBLE, _AS_IT_IS, _TURNED = (np.int8(ord(letter)) for letter in "dnt")

# What Numba itself calls for `dot`: BLAS's gemm for matrices stored by columns, with a letter for the type in front.
_numbers, _count = types.CPointer(types.float64), types.intp
_gemm = types.ExternalFunction(
    "numba_xxgemm",
    types.intc(
        types.char, types.char, types.char, _count, _count, _count,
        _numbers, _numbers, _count, _numbers, _count, _numbers, _numbers, _count,
    ),
)  # fmt: skip


def multiply(A: Any, B: Any, out: Any, times: Any, keep: Any) -> None:
    """Replace `out` by times*A*B + keep*out; for compiled loops, which call BLAS.

    Parameters
    ----------
    A : numpy.ndarray, shape (n, m)
        Part of a matrix in order C, or of the transpose of one.
    B : numpy.ndarray, shape (m, p)
        Part of a matrix in order C.
    out : numpy.ndarray, shape (n, p)
        The same; not a part of what A and B are.
    times, keep : numpy.ndarray, shape (1,)
        Two numbers. If the second is 0, `out` may hold anything.

    Examples
    --------
    >>> out = np.array([[1.0, 1.0]])
    >>> multiply(np.array([[1.0, 2.0]]), np.eye(2), out, np.array([2.0]), np.array([-1.0]))
    >>> out
    array([[1., 3.]])
    """
    out[:] = times * (A @ B) + (keep * out if keep.any() else 0.0)


@overload(multiply)
def _compiled(A: Any, B: Any, out: Any, times: Any, keep: Any) -> Callable[..., None]:  # noqa: ARG001 - types
    def product(A: Any, B: Any, out: Any, times: Any, keep: Any) -> None:
        n, m = A.shape
        p = B.shape[1]
        # Stored by rows, a matrix is its transpose stored by columns: out' = B' A'. Where there is one row, the step
        # to the next is free, but BLAS insists that it be no less than the row.
        turned = A.strides[1] != _WIDTH
        step = max(n, A.strides[1] // _WIDTH) if turned else max(m, A.strides[0] // _WIDTH)
        _gemm(
            _DOUBLE, _AS_IT_IS, _TURNED if turned else _AS_IT_IS, p, n, m, times.ctypes,
            B.ctypes, max(p, B.strides[0] // _WIDTH), A.ctypes, step,
            keep.ctypes, out.ctypes, max(p, out.strides[0] // _WIDTH),
        )  # fmt: skip

    return product


@njit(nogil=True, error_model="numpy", cache=True)
def fill_pairs(V: np.ndarray, out: np.ndarray) -> None:
    """Fill the products of all pairs of columns, V' V: blocks up to the diagonal, which are mirrored.

    Parameters
    ----------
    V : numpy.ndarray, shape (d, k)
        In order C.
    out : numpy.ndarray, shape (k, k)
        In order C, for the result.

    Examples
    --------
    >>> out = np.empty((2, 2))
    >>> fill_pairs(np.array([[1.0, 2.0]]), out)
    >>> out
    array([[1., 2.],
           [2., 4.]])
    """
    k = V.shape[1]
    blocks = max(1, k // _BLOCK)
    first = 0
    for block in range(1, blocks + 1):
        end = k * block // blocks
        multiply(V[:, first:end].T, V[:, :end], out[first:end, :end], _ONE, _ZERO)
        for j in range(first, end):
            for i in range(first):
                out[i, j] = out[j, i]
        first = end
