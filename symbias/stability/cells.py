"""Closed forms in one parameter, by exact comparison of the candidates on the cells where their order is constant."""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import Any, NamedTuple

import sympy as sp

from symbias.errors import DomainError
from symbias.stability.candidates import split
from symbias.stability.certified import exact_number
from symbias.stability.numeric import numeric_threshold
from symbias.stability.pencil import Pencil
from symbias.stability.ranges import Range, box, inner_point, sample_points
from symbias.stability.stable_set import simplest
from symbias.sym.rewrite import radicals

DIGITS = 30
"""Thresholds at sample points are enclosed to this many digits."""


class Branch(NamedTuple):
    """A root of a candidate: which one, and the sign of the square root in it (0 if there is none).

    Examples
    --------
    >>> Branch(0, 0).candidate
    0
    """

    candidate: int
    sign: int


def threshold_near(pencil: Pencil) -> sp.Rational:
    """Return a rational number within a relative distance of 10**-30 of the threshold in y.

    Parameters
    ----------
    pencil : Pencil
        Without symbols.

    Returns
    -------
    sympy.Rational
        The number.

    Examples
    --------
    >>> import symbias as sb
    >>> from symbias.stability.pencil import pencil
    >>> threshold_near(pencil(sb.UpdateRule.gradient_descent()))
    2
    """
    return exact_number(numeric_threshold(pencil, DIGITS, "The rule"))


def active_factor(candidates: list[sp.Expr], y: sp.Symbol, near: sp.Rational) -> int:
    """Return which of several polynomials vanishes at a threshold.

    Parameters
    ----------
    candidates : list of sympy.Expr
        Polynomials in y with rational coefficients.
    y : sympy.Symbol
        The variable.
    near : sympy.Rational
        The threshold, up to a relative error of 10**-30.

    Returns
    -------
    int
        The place of the one of lowest degree among those that change sign there.

    Raises
    ------
    DomainError
        If there is none.

    Examples
    --------
    >>> y = sp.symbols("y")
    >>> active_factor([y - 3, y**2 - 2], y, sp.Rational(str(sp.sqrt(2).evalf(40))))
    1
    """
    margin = near / 10 ** (DIGITS - 2)
    found = []
    for place, f in enumerate(candidates):
        polynomial = sp.Poly(f, y)
        if polynomial.eval(near - margin) * polynomial.eval(near + margin) <= 0:
            found.append((polynomial.degree(), place))
    if not found:
        raise DomainError(
            "No candidate polynomial changes sign at the threshold.",
            cause="It is a multiple root of each.",
            remedy="Use .value and .stable_set.",
        )
    return min(found)[1]


def one_parameter(pencil: Pencil, y: sp.Symbol) -> sp.Expr | None:
    """Return the threshold in y as a function of the only parameter, if it has a form with square roots.

    Parameters
    ----------
    pencil : Pencil
        Without symbolic delays, with one parameter in the polynomial.
    y : sympy.Symbol
        The variable.

    Returns
    -------
    sympy.Expr or None
        Several pieces if different candidates are the first; NaN where no small y is stable. None if a candidate of a
        degree above two in y is the first somewhere.

    Notes
    -----
    Derived here. Leading coefficients, values at 0, discriminants and resultants of the candidates cut the range into
    cells on which their positive roots keep their number and order, and the counts of roots between them stay the
    same; one rational point in each cell therefore decides for all of it.

    Examples
    --------
    >>> import symbias as sb
    >>> from symbias.stability.pencil import pencil
    >>> beta = sp.symbols("beta")
    >>> one_parameter(pencil(sb.UpdateRule.shifted_momentum(beta, 1)), sp.symbols("y"))
    1 - beta**2
    """
    (parameter,) = pencil.inner
    candidates, constant = split(pencil, y)
    for point in sample_points([parameter], [], pencil.conditions, 4):
        branch = _branch(pencil, candidates, y, parameter, point[parameter])
        if branch is not None and sp.degree(candidates[branch.candidate], y) > 2:
            return None
    ends = box([parameter], pencil.conditions)[parameter]
    cuts = _cuts(candidates, constant, y, parameter, ends)
    samples = _samples(cuts, ends)
    branches = [_branch(pencil, candidates, y, parameter, value) for value in samples]
    if any(b is not None and sp.degree(candidates[b.candidate], y) > 2 for b in branches):
        return None
    return _joined(candidates, y, parameter, [cut for cut, _, _ in cuts], branches, pencil)


def _branch(
    pencil: Pencil, candidates: list[sp.Expr], y: sp.Symbol, parameter: sp.Symbol, value: Any
) -> Branch | None:
    """Return which root is the threshold at a rational value of the parameter; None if there is no threshold."""
    try:
        near = threshold_near(pencil.at({parameter: value}))
    except DomainError:
        return None
    place = active_factor([f.subs(parameter, value) for f in candidates], y, near)
    here = sp.Poly(candidates[place].subs(parameter, value), y)
    if here.degree() != 2:
        return Branch(place, 0)
    # y = (-B + s sqrt(D)) / (2A), so s has the sign of 2 A y + B, the derivative
    return Branch(place, int(sp.sign(here.diff(y).eval(near))))


def _cuts(
    candidates: list[sp.Expr],
    constant: list[sp.Expr],
    y: sp.Symbol,
    parameter: sp.Symbol,
    ends: Range,
) -> list[tuple[sp.Expr, sp.Rational, sp.Rational]]:
    """Return the values at which the order or a count may change, each with rational bounds, ascending."""
    product = sp.Mul(*constant)
    for f in candidates:
        product *= sp.LC(f, y) * f.subs(y, 0)
        product *= sp.discriminant(f, y) if sp.degree(f, y) > 1 else 1
    for f, g in combinations(candidates, 2):
        product *= sp.resultant(f, g, y)
    _, pairs = sp.factor_list(product, parameter)
    found = []
    for f, _ in pairs:
        roots = sp.Poly(f, parameter).real_roots()
        found += [_exact(root) for root in roots if ends.low < root < ends.high]
    found.sort(key=lambda root: root.evalf(40))
    near = [sp.Rational(str(root.evalf(40))) for root in found]
    margin = min([b - a for a, b in pairwise(near)], default=sp.S.One) / 1000
    return [(root, n - margin, n + margin) for root, n in zip(found, near, strict=True)]


def _exact(root: sp.Expr) -> sp.Expr:
    return radicals(sp.sympify(root)) if not root.has(sp.CRootOf) else root


def _samples(
    cuts: list[tuple[sp.Expr, sp.Rational, sp.Rational]], ends: Range
) -> list[sp.Rational]:
    if not cuts:
        return [inner_point(ends)]
    low = _between(ends.low, cuts[0][1], -1)
    high = _between(cuts[-1][2], ends.high, 1)
    inner = [_between(a[2], b[1], 0) for a, b in pairwise(cuts)]
    return [low, *inner, high]


def _between(low: sp.Expr, high: sp.Expr, side: int) -> sp.Rational:
    if low.is_infinite or high.is_infinite:
        return sp.floor(high) - 1 if side < 0 else sp.floor(low) + 1
    shift = sp.floor(low)
    return shift + simplest(low - shift, high - shift)


def _joined(
    candidates: list[sp.Expr],
    y: sp.Symbol,
    parameter: sp.Symbol,
    cuts: list[sp.Expr],
    branches: list[Branch | None],
    pencil: Pencil,
) -> sp.Expr | None:
    """Join neighbouring cells with the same branch, and write each run as a piece."""
    runs: list[tuple[Branch | None, list[sp.Expr], sp.Expr | None]] = [(branches[0], [], None)]
    for cut, branch in zip(cuts, branches[1:], strict=True):
        if branch == runs[-1][0]:
            runs[-1][1].append(cut)
        else:
            runs.append((branch, [], cut))
    pieces: list[tuple[sp.Expr, Any]] = []
    for branch, inside, start in runs:
        edge = [] if start is None else [start]
        form = _regular(candidates, branch, y, parameter, [*edge, *inside]) or _regular(
            candidates, branch, y, parameter, inside
        )
        if form is None or not all(_holds(form, parameter, cut, pencil) for cut in inside):
            return None
        if start is None:
            pieces.append((form, True))
        elif _holds(form, parameter, start, pencil):
            pieces.append((form, parameter >= start))
        elif _holds(pieces[-1][0], parameter, start, pencil):
            pieces.append((form, parameter > start))
        else:
            return None
    return sp.Piecewise(*pieces[::-1])


def _regular(
    candidates: list[sp.Expr],
    branch: Branch | None,
    y: sp.Symbol,
    parameter: sp.Symbol,
    cuts: list[sp.Expr],
) -> sp.Expr | None:
    """Return the form of a branch that is defined at cuts; NaN where there is no threshold."""
    if branch is None:
        return sp.nan
    return _form(candidates[branch.candidate], branch, y, parameter, cuts)


def _form(
    f: sp.Expr, branch: Branch, y: sp.Symbol, parameter: sp.Symbol, inside: list[sp.Expr]
) -> sp.Expr | None:
    """Write a root so that it is defined at the cuts inside its run."""
    polynomial = sp.Poly(f, y)
    if polynomial.degree() == 1:
        forms = [sp.cancel(-polynomial.nth(0) / polynomial.nth(1))]
    else:
        a, b, c = polynomial.all_coeffs()
        root = branch.sign * sp.sqrt(sp.expand(b**2 - 4 * a * c))
        forms = [(root - b) / (2 * a), 2 * c / (-b - root)]
    for form in forms:
        denominator = sp.fraction(form)[1]
        if all(abs(denominator.subs(parameter, cut).evalf(30)) > 1e-20 for cut in inside):
            return form
    return None


def _holds(form: sp.Expr, parameter: sp.Symbol, cut: sp.Expr, pencil: Pencil) -> bool:
    """Whether a piece also gives the threshold at a cut; at irrational cuts it has to be defined there."""
    value = form.subs(parameter, cut).evalf(30)
    if not cut.is_Rational:
        return form is sp.nan or value.is_finite is True
    try:
        near = threshold_near(pencil.at({parameter: cut}))
    except DomainError:
        return form is sp.nan
    return value.is_finite is True and bool(abs(value - near) < near * sp.Float(10) ** -20)
