"""Commuting gradient fields, and orthonormal coordinates in which they act separately.

The fields grad F_i commute if and only if Hess F_i grad F_j = Hess F_j grad F_i. Where orthonormal coordinates
q = P^T theta separate the map, F_i = sum_k c_ik phi_k(q_k) + constant, the joint flow of the fields for times
eta_1, ..., eta_d moves every q_k by its own flow q_k' = phi_k'(q_k) for the time sum_i c_ik eta_i.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import sympy as sp

from symbias.models.parametrization import Parametrization
from symbias.regularizers.differential_ring import DifferentialRing
from symbias.regularizers.lie_rank import GradientFields
from symbias.sym.rewrite import rational
from symbias.sym.symbols import dummy

SEED = 11
PLACES = 2


@dataclass(frozen=True, eq=False)
class Mode:
    """One coordinate of a separated map.

    Parameters
    ----------
    q : sympy.Symbol
        The coordinate.
    weights : tuple of sympy.Expr
        The unit vector in parameter space whose product with theta it is.
    phi : sympy.Expr
        The function of q.
    column : tuple of sympy.Expr
        Its factor in every output.
    """

    q: sp.Symbol
    weights: tuple[sp.Expr, ...]
    phi: sp.Expr
    column: tuple[sp.Expr, ...]


def bracket_defect(parametrization: Parametrization) -> tuple[int, int] | None:
    """Return two outputs whose gradient fields do not commute, None if all commute.

    Parameters
    ----------
    parametrization : Parametrization
        With exact coefficients.

    Returns
    -------
    tuple of int or None
        A bracket that is not zero at a random point modulo a prime is not zero; that one is zero at several random
        points of large primes leaves a chance of the order of 1e-9 that it is not.

    Examples
    --------
    >>> import symbias as sb
    >>> bracket_defect(sb.parametrizations.neuron(2))
    (0, 1)
    """
    count = len(parametrization.outputs)
    if count == 1:
        return None
    fields = GradientFields(
        DifferentialRing(parametrization.parameters, parametrization.outputs), count
    )
    rng = np.random.default_rng(SEED)
    for _ in range(PLACES):
        place = fields.ring.place(fields.ring.prime(rng), rng)
        slopes = fields.slopes_at(place)
        for i, j in combinations(range(count), 2):
            one, two = fields.generators[i], fields.generators[j]
            if fields.bracket_at(one, two, slopes, place).any():
                return i, j
    return None


def separate(
    parametrization: Parametrization, point: dict[sp.Symbol, sp.Expr]
) -> list[Mode] | None:
    """Return the modes of a map in orthonormal coordinates, None if none were found.

    Parameters
    ----------
    parametrization : Parametrization
        With exact coefficients.
    point : dict of sympy.Symbol to sympy.Expr
        Where the flow starts: coordinates that do not matter stay there.

    Returns
    -------
    list of Mode or None
        The functions of one coordinate each; their sum is the map up to constants.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> u, v = real("u v")
    >>> [m.phi for m in separate(Parametrization(u * v, [u, v]), {u: sp.S(1), v: sp.S(0)})]
    [-_q**2/2, _q**2/2]
    """
    theta, modes = parametrization.parameters, []
    for group in groups(parametrization.outputs, theta):
        frozen = {s: point[s] for s in theta if s not in group}
        parts = [f.subs(frozen) if f.has(*group) else sp.S.Zero for f in parametrization.outputs]
        found = _rotated(_own_terms(parts, parametrization.outputs, group), group, point)
        if found is None:
            return None
        for q, weights, values in found:
            everywhere = dict(zip(group, weights, strict=True))
            column = _proportional(values, q)
            if column is None:
                return None
            phi = next(v for v in values if v.has(q))
            modes.append(Mode(q, tuple(everywhere.get(s, sp.S.Zero) for s in theta), phi, column))
    return modes


def groups(outputs: Sequence[sp.Expr], theta: Sequence[sp.Symbol]) -> list[tuple[sp.Symbol, ...]]:
    """Return the parameters in groups that do not interact: mixed second derivatives vanish between groups.

    Parameters
    ----------
    outputs : sequence of sympy.Expr
        The map.
    theta : sequence of sympy.Symbol
        Its parameters.

    Returns
    -------
    list of tuple of sympy.Symbol
        A partition, without parameters that occur nowhere.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> u, v, s = real("u v s")
    >>> groups([u * v + s**2], [u, v, s])
    [(u, v), (s,)]
    """
    label = {s: n for n, s in enumerate(theta)}
    for a, b in combinations(theta, 2):
        if label[a] != label[b] and any(not vanishes(sp.diff(f, a, b)) for f in outputs):
            old, new = label[b], label[a]
            label = {s: new if n == old else n for s, n in label.items()}
    used = [s for s in theta if any(f.has(s) for f in outputs)]
    found = dict.fromkeys(label[s] for s in used)
    return [tuple(s for s in used if label[s] == n) for n in found]


def vanishes(expr: sp.Expr) -> bool:
    """Return whether an expression is zero, by expansion and cancellation; False also where that does not show it.

    Parameters
    ----------
    expr : sympy.Expr
        Any expression.

    Returns
    -------
    bool
        True is certain.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> vanishes((x + 1) ** 2 - x**2 - 2 * x - 1)
    True
    """
    if expr == 0:
        return True
    plain = sp.expand(expr)
    return plain == 0 or sp.expand(rational(plain.rewrite(sp.exp))) == 0


def _own_terms(
    parts: list[sp.Expr], outputs: Sequence[sp.Expr], group: tuple[sp.Symbol, ...]
) -> list[sp.Expr]:
    """Drop the constants that frozen parameters leave, where terms show what belongs to the group."""
    found = []
    for part, output in zip(parts, outputs, strict=True):
        others = output.free_symbols - set(group)
        own = (
            sp.Add(
                *(
                    t
                    for t in sp.Add.make_args(sp.expand(output))
                    if t.has(*group) and not t.has(*others)
                )
            )
            if others
            else output
        )
        same = all(vanishes(sp.diff(own - part, s)) for s in group)
        found.append(own if same else part)
    return found


def _rotated(parts: list[sp.Expr], group: tuple[sp.Symbol, ...], point: Any) -> Any:
    """Return (coordinate, unit vector, values in every output) for coordinates that separate a group."""
    if len(group) == 1:
        q = dummy("q", real=True)
        return [(q, (sp.S.One,), [f.subs(group[0], q) for f in parts])]
    basis = _basis(parts, group)
    if basis is None:
        return None
    qs = [dummy("q", real=True) for _ in group]
    turned = dict(zip(group, basis * sp.Matrix(qs), strict=True))
    inside = [sp.expand(f.subs(turned, simultaneous=True)) for f in parts]
    inside = [
        g if g.is_polynomial(*qs) else f.subs(turned, simultaneous=True)
        for f, g in zip(parts, inside, strict=True)
    ]
    if any(not vanishes(sp.diff(f, a, b)) for f in inside for a, b in combinations(qs, 2)):
        return None
    start = dict(zip(qs, basis.T * sp.Matrix([point[s] for s in group]), strict=True))
    found = []
    for k, q in enumerate(qs):
        if any(not vanishes(sp.diff(f, q)) for f in inside):
            values = [
                f.subs({p: 0 if f.is_polynomial(*qs) else start[p] for p in qs if p != q})
                for f in inside
            ]
            found.append(
                (
                    q,
                    tuple(basis[:, k]),
                    [
                        v - v.subs(q, 0) if f.is_polynomial(q) else v
                        for v, f in zip(values, inside, strict=True)
                    ],
                )
            )
    return found


def _basis(parts: list[sp.Expr], group: tuple[sp.Symbol, ...]) -> sp.Matrix | None:
    """Return orthonormal eigenvectors of a combination of Hessians at a rational point."""
    at = {s: sp.Rational(2 * n + 3, 2 * n + 5) for n, s in enumerate(group)}
    total = sp.zeros(len(group))
    for number, f in enumerate(parts):
        total += sp.Rational(3 * number + 2, number + 3) * sp.hessian(f, group).subs(at)
    first = next((e for e in total if e != 0), sp.S.One)
    scaled = (total / first).applyfunc(sp.cancel)
    if not all(e.is_Rational for e in scaled) or len(group) > 6:
        return None
    columns = []
    for value, _, vectors in scaled.eigenvects():
        if not value.is_algebraic or sp.count_ops(value) > 12:
            return None
        columns += sp.GramSchmidt(vectors, orthonormal=True)
    return sp.Matrix.hstack(*columns).applyfunc(sp.radsimp)


def _proportional(values: list[sp.Expr], q: sp.Symbol) -> tuple[sp.Expr, ...] | None:
    """Return the factors of the first nonconstant value in all values, None if they are no constants."""
    slopes = [sp.diff(v, q) for v in values]
    first = next(s for s in slopes if not vanishes(s))
    factors = [sp.cancel(rational(s / first)) for s in slopes]
    return None if any(f.has(q) for f in factors) else tuple(factors)
