"""Sharpness: the largest eigenvalue of a Hessian that is given by its products with vectors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.sparse
from scipy.sparse.linalg import ArpackError, LinearOperator, aslinearoperator, eigsh

from symbias.contracts import checked
from symbias.errors import ConvergenceError, InputError
from symbias.models.floats import as_floats
from symbias.simulate.randomness import as_generator

_DENSE = 64
"""Sizes up to which an operator is written out: Lanczos iteration would span the whole space."""

_SYMMETRY = 1e-6
"""Largest asymmetry: products with a vector are accurate to this in single precision."""


@checked
def sharpness(
    operator_or_matrix: Any,
    *,
    size: int | None = None,
    rng: int | np.random.Generator | None = None,
    tol: float = 1e-12,
    max_steps: int | None = None,
) -> float:
    """Return the largest eigenvalue of a symmetric matrix or operator.

    Parameters
    ----------
    operator_or_matrix : array_like, sparse matrix, scipy.sparse.linalg.LinearOperator or callable
        The Hessian; a callable maps a vector of shape (d,) to its product with the Hessian.
    size : int, optional
        The dimension d, needed for a callable only.
    rng : int or numpy.random.Generator, optional
        Source of the first vector of the Lanczos iteration; a fixed seed when left out.
    tol : float
        Relative accuracy of the eigenvalue.
    max_steps : int, optional
        Restarts of the Lanczos iteration; 10 d when left out.

    Returns
    -------
    float
        The largest (not the largest absolute) eigenvalue.

    Raises
    ------
    InputError
        If the operator is not square, real, finite and symmetric.
    ConvergenceError
        If the Lanczos iteration does not converge.

    Examples
    --------
    >>> sharpness(np.diag([1.0, 5.0, -7.0]))
    5.0
    >>> sharpness(lambda v: 2 * v, size=1)
    2.0
    """
    generator = as_generator(rng)
    if not 0 < tol < 1:
        raise InputError(f"tol is {tol!r}.", remedy="Give a relative accuracy between 0 and 1.")
    operator = _as_operator(operator_or_matrix, size)
    d = operator.shape[0]
    if d <= _DENSE:
        columns = [operator.matvec(column) for column in np.eye(d)]
        matrix = np.array(columns)
        _require_symmetric(np.abs(matrix - matrix.T).max(), np.abs(matrix).max())
        return float(np.linalg.eigvalsh((matrix + matrix.T) / 2)[-1])
    left, right = generator.standard_normal((2, d))
    first, second = operator.matvec(right), operator.matvec(left)
    scale = float(np.linalg.norm(first) + np.linalg.norm(second)) / np.sqrt(d)
    _require_symmetric(abs(left @ first - right @ second), scale * np.sqrt(d))
    if scale == 0:
        return 0.0
    try:
        values = eigsh(
            operator,
            k=1,
            which="LA",
            v0=left,
            tol=tol,
            maxiter=max_steps,
            return_eigenvectors=False,
        )
    except ArpackError as error:
        raise ConvergenceError(
            f"The largest eigenvalue was not found to the relative accuracy {tol}.",
            "the largest eigenvalues are nearly equal, or zero is the largest.",
            "Raise max_steps or tol.",
        ) from error
    return float(values[0])


def _as_operator(given: Any, size: int | None) -> LinearOperator:
    sparse: Any = given  # the types of SciPy's sparse matrices are too narrow
    if isinstance(given, LinearOperator) or scipy.sparse.issparse(given):
        operator: Any = aslinearoperator(sparse)
    elif callable(given):
        operator = _from_callable(given, size)
    else:
        operator = aslinearoperator(_matrix(given))
    rows, columns = operator.shape
    if rows != columns or rows == 0 or np.issubdtype(operator.dtype, np.complexfloating):
        raise InputError(
            f"The operator has shape {operator.shape} and numbers of type {operator.dtype}.",
            remedy="Give a real square matrix or operator.",
        )
    return LinearOperator(operator.shape, matvec=lambda v: _finite(operator.matvec(v)), dtype=float)


def _from_callable(product: Callable[[np.ndarray], Any], size: int | None) -> LinearOperator:
    if isinstance(size, bool) or not isinstance(size, (int, np.integer)) or size < 1:
        raise InputError(
            f"The size of the operator is {size!r}.",
            "a function does not say on which vectors it acts.",
            "Pass size=d, the number of parameters.",
        )

    def matvec(vector: np.ndarray) -> np.ndarray:
        image = as_floats(product(vector))
        if image.shape != (size,):
            raise InputError(
                f"The operator maps a vector of shape ({size},) to shape {image.shape}.",
                remedy="Return a vector of the same shape.",
            )
        return image

    return LinearOperator((size, size), matvec=matvec, dtype=float)


def _matrix(given: Any) -> Any:
    try:
        matrix = as_floats(given)
    except (TypeError, ValueError) as error:
        raise InputError(
            "The Hessian is not an array of real numbers.",
            remedy="Give a symmetric matrix, a LinearOperator, or a function and its size.",
        ) from error
    if matrix.ndim != 2:
        raise InputError(f"The Hessian has shape {matrix.shape}.", remedy="Give shape (d, d).")
    return matrix


def _finite(image: Any) -> np.ndarray:
    values = np.asarray(image, dtype=float).ravel()
    if not np.isfinite(values).all():
        raise InputError(
            "A product with the Hessian is not finite.",
            "the Hessian holds NaN or infinities.",
            "Check the point at which it is taken.",
        )
    return values


def _require_symmetric(asymmetry: float, scale: float) -> None:
    if asymmetry > _SYMMETRY * scale:
        raise InputError(
            "The operator is not symmetric.",
            "a Jacobian in the place of a Hessian, or noise in its products (dropout, new batches).",
            "Give a symmetric operator with deterministic products.",
        )
