"""The expressions that the code generator is measured on."""

from __future__ import annotations

from typing import Any

import sympy as sp

from symbias.sym.symbols import dummy, positive, real


def angle_kernel(a: Any, b: Any, c: Any) -> Any:
    """Return E[relu(w.x) relu(v.x)] with a = |w|^2, b = |v|^2, c = w.v and x standard Gaussian."""
    angle = sp.acos(c / (sp.sqrt(a) * sp.sqrt(b)))
    return (sp.sqrt(a * b - c**2) + (sp.pi - angle) * c) / (2 * sp.pi)


def reduced_loss() -> tuple[Any, tuple[Any, ...], Any]:
    """Return the two-layer ReLU population loss on Fix(Delta S_{d-1}), its 5 coordinates and d.

    Rows 1..n (n = d - 1) hold p on the diagonal, q off it and r in the last column; the last row
    holds s and the corner u. The teacher is the identity and the second layer is fixed to ones. The
    constant is left out.
    """
    # At s = 0 the last row is parallel to its teacher and |s| has a kink: s is kept off it.
    (p, q, r), s, u = real("p q r"), dummy("s", real=True, nonzero=True), real("u")
    d, coordinates = positive("d"), (p, q, r, s, u)
    n = d - 1
    row, last = p**2 + (n - 1) * q**2 + r**2, n * s**2 + u**2
    pair = 2 * p * q + (n - 2) * q**2 + r**2
    cross = p * s + (n - 1) * q * s + r * u
    student = n * row / 2 + n * (n - 1) * angle_kernel(row, row, pair) + last / 2
    student += 2 * n * angle_kernel(row, last, cross)
    teacher = n * angle_kernel(row, 1, p) + n * (n - 1) * angle_kernel(row, 1, q)
    teacher += n * angle_kernel(row, 1, r) + n * angle_kernel(last, 1, s) + angle_kernel(last, 1, u)
    return student / 2 - teacher, coordinates, d


def reduced_hessian() -> tuple[list[Any], tuple[Any, ...]]:
    """Return the 15 distinct entries of the reduced 5 x 5 Hessian and its six arguments."""
    loss, coordinates, d = reduced_loss()
    gradient = [sp.diff(loss, x) for x in coordinates]
    entries = [sp.diff(gradient[i], coordinates[j]) for i in range(5) for j in range(i, 5)]
    return entries, (*coordinates, d)


def second_and_third_derivatives() -> tuple[list[Any], tuple[Any, ...]]:
    """Return the 15 second and 35 third derivatives of the reduced loss, and its six arguments."""
    entries, args = reduced_hessian()
    pairs = [(i, j) for i in range(5) for j in range(i, 5)]
    third = [
        sp.diff(entry, args[k])
        for (_, j), entry in zip(pairs, entries, strict=True)
        for k in range(j, 5)
    ]
    return entries + third, args
