"""Rates: how fast the minimiser approaches that of the limiting problem, as a power of the scale of the start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

from symbias.errors import BudgetError, DomainError
from symbias.models.regression import check_regression
from symbias.regularizers.certificate import certificate
from symbias.regularizers.leading import leading
from symbias.regularizers.parametric_limits import Curve, curve
from symbias.regularizers.scaling import Scaled, scaled, unused
from symbias.sym.derivation import Derivation
from symbias.sym.formula import Formula
from symbias.sym.symbols import positive

LONGEST = 9
"""The most derivatives that are taken in search of a nonlinear term."""


@dataclass(frozen=True, eq=False)
class Rate:
    """The rate at which the minimiser for the start c theta0 approaches a limit.

    Parameters
    ----------
    regime : str
        ``"rich"``, as c falls to zero, or ``"kernel"``, as c grows.
    exponent : float
        The distance from the limit is of order c**exponent; for special data it may be smaller.
    solution : numpy.ndarray, shape (d,)
        The limit: the interpolator of least weighted L1 norm, or of least weighted L2 norm.
    rho : float or None
        Rich: the largest correlation of an inactive coordinate, relative to its weight, in the best dual certificate.
    formula : Formula
        Rich: the size of a coordinate with correlation rho. Kernel: what w adds to its linear part.

    Attributes
    ----------
    derivation : Derivation
        Of the formula.

    Examples
    --------
    >>> import symbias as sb
    >>> net = sb.parametrizations.diagonal(2)
    >>> found = net.regularizer(dict.fromkeys(net.parameters, 1)).rate([[1, 2]], [1], "rich")
    >>> found.formula.rhs, found.rho, found.solution
    (c**(2 - 2*rho), 0.5, array([0. , 0.5]))
    """

    regime: str
    exponent: float
    solution: np.ndarray
    rho: float | None
    formula: Formula

    @property
    def derivation(self) -> Derivation:
        """How the formula is known."""
        return self.formula.derivation


def rate(regularizer: Any, X: Any, y: Any, regime: str) -> Rate:
    """Return the rate at which the minimiser approaches the limit of a regime.

    Parameters
    ----------
    regularizer : Regularizer
        Of a homogeneous map that acts on every coordinate, with an initialization given by numbers.
    X : array_like, shape (n, d)
        One row per sample.
    y : array_like, shape (n,)
        One target per sample.
    regime : {"rich", "kernel"}
        The scale of the start tends to zero or to infinity.

    Returns
    -------
    Rate
        Exponent, limit and certificate.

    Raises
    ------
    InputError
        If the regime is unknown, the data contradict each other or the initialization is symbolic.
    DomainError
        If the map or the start has no such limit, or the data leave w no freedom.
    BudgetError
        If the limiting problem has several solutions, or no rate was derived for the map.

    Examples
    --------
    >>> import symbias as sb
    >>> net = sb.parametrizations.diagonal(2)
    >>> found = net.regularizer(dict.fromkeys(net.parameters, 1))
    >>> rate(found, [[1.0, 2.0]], [1.0], "rich").exponent  # 2 (1 - rho) with rho = 1/2
    1.0
    >>> rate(found, [[1.0, 2.0]], [1.0], "kernel").exponent
    -4.0
    """
    data, targets = check_regression(X, y)
    regularizer.check_width(data.shape[1])
    limit, at = regularizer.limit(regime), scaled(regularizer)
    if len(at.w) > 1 or at.degree is None:
        raise BudgetError(
            "No rate is derived for this map.",
            "rates are derived for homogeneous maps that act on every coordinate.",
            "Measure it by .minimizer at several scales.",
        )
    if np.linalg.matrix_rank(data) == data.shape[1]:
        raise DomainError("X w = y has a single solution, which is there at every scale.")
    derivation = Derivation(f"The rate in the {regime} regime")
    found = curve(derivation, at)
    if regime == "kernel":
        return _kernel(derivation, at, found, data, targets)
    return _rich(derivation, at, found, limit, (data, targets))


def _kernel(
    derivation: Derivation, at: Scaled, found: Curve, data: np.ndarray, targets: np.ndarray
) -> Rate:
    if at.first != [0]:
        raise DomainError(
            "There is no kernel regime for these data.",
            "the outputs at the start are not zero and grow with its scale, so fixed targets are ever further away "
            "(of arrays it is not known whether the outputs vanish).",
            "Start where the outputs vanish, for example with equal branches, given by numbers.",
        )
    zeta, along = found.zeta, found.value
    slope = sp.diff(along, zeta).subs(zeta, 0)
    for order in range(2, LONGEST + 1):
        term = sp.cancel(sp.diff(along, zeta, order).subs(zeta, 0) / sp.factorial(order))
        if term != 0:
            break
    else:
        raise DomainError("The potential is quadratic: the limit is reached at every scale.")
    derivation.start(along - slope * zeta, "what w adds to its linear part")
    derivation.rewrite(
        term * zeta**order,
        f"its leading term, where zeta is of order {at.c**-at.degree} for fixed w",
        relation="~",
        clock=(zeta, sp.S.Zero),
    )
    formula = derivation.conclude(sp.Function("r")(zeta), "nonlinear part")
    metric = _numbers(slope, at, data.shape[1])
    weighted = data * metric
    dual = np.linalg.lstsq(weighted @ data.T, targets, rcond=None)[0]
    exponent = -float(at.degree * (order - 1))
    return Rate("kernel", exponent, weighted.T @ dual, None, formula)


def _rich(
    derivation: Derivation,
    at: Scaled,
    found: Curve,
    limit: Formula,
    problem: tuple[np.ndarray, np.ndarray],
) -> Rate:
    weights = {sign: _weight(limit, at, sign) for sign in (1, -1)}
    width = problem[0].shape[1]
    right, left = (_numbers(weights[sign], at, width) for sign in (1, -1))
    answer = certificate(*problem, right, left)
    exponents, formulas = {}, {}
    rho = positive(unused("rho", at.names))
    for sign, weight in weights.items():
        if weight is not sp.oo:
            exponents[sign], formulas[sign] = _size(
                derivation, at, found, limit, (sign, weight, rho)
            )
    if len(set(exponents.values())) > 1:
        raise BudgetError(
            "The rate was not derived.",
            "it is another one for coordinates that approach zero from above and from below.",
            "Measure it by .minimizer at several scales.",
        )
    sign, exponent = next(iter(exponents.items()))
    value = float(exponent.subs(rho, sp.Float(answer.rho, 17)))
    return Rate("rich", value, answer.solution, answer.rho, formulas[sign])


def _parts(limit: Formula, at: Scaled, sign: int) -> tuple[sp.Expr, sp.Expr]:
    """Return weight and scale with Q ~ weight * scale * |w| for one sign of w; infinity off the domain."""
    (w,), size = at.w, positive(unused("m", at.names))
    if any(condition.subs(w, sign * size) == sp.false for condition in limit.domain):
        return sp.oo, sp.S.One
    value = sp.factor(limit.rhs.subs(w, sign * size) / size)
    weight, scale = value.as_independent(at.c, as_Add=False)
    if value.has(size):
        raise BudgetError(
            "No rate is derived for this map.",
            "the limiting potential is not a multiple of the absolute value.",
            "Measure it by .minimizer at several scales.",
        )
    return (-weight, -scale) if weight.is_negative else (weight, scale)


def _weight(limit: Formula, at: Scaled, sign: int) -> sp.Expr:
    return _parts(limit, at, sign)[0]


def _numbers(expr: sp.Expr, at: Scaled, width: int) -> np.ndarray:
    """Evaluate an expression in the placeholders of the initialization, one value per coordinate."""
    given = at.plain.start.numbers
    value = sp.lambdify(list(given), expr, "numpy")(*given.values())
    return np.broadcast_to(np.asarray(value, dtype=float), (width,))


def _size(
    derivation: Derivation, at: Scaled, found: Curve, limit: Formula, side: Any
) -> tuple[sp.Expr, Formula]:
    """Derive the size of a coordinate whose dual variable is a fraction rho of the end, and its exponent."""
    sign, weight, rho = side
    c, scale = at.c, _parts(limit, at, sign)[1]
    dual = sign * rho * weight * scale
    there = sign * found.value.subs(found.zeta, dual / c**found.inner)
    powers = _powers(c**at.degree * there.rewrite(sp.exp), c)
    derivation.start(
        c**at.degree * there,
        f"|w| where the dual variable is {dual}, rho of what it tends to on active coordinates of this sign",
    )
    derivation.rewrite(powers, "powers of the scale")
    term = _largest(powers, c, rho)
    if term != powers:
        derivation.assumptions = (*derivation.assumptions, rho < 1)
        derivation.rewrite(term, "the leading one", relation="~", clock=(c, sp.S.Zero))
    exponent = sp.expand(sp.cancel(c * sp.diff(term, c) / term))
    name = "size of an inactive coordinate"
    return exponent, derivation.conclude(sp.Function("size")(rho, c), name)


def _powers(size: sp.Expr, c: sp.Symbol) -> sp.Expr:
    """Write exponentials of log(c) as powers of c, and collect."""
    plain = sp.expand(size).replace(
        lambda e: isinstance(e, sp.exp) and e.has(sp.log(c)),
        lambda e: c ** sp.cancel(e.args[0] / sp.log(c)),
    )
    return sp.Add(*(sp.powsimp(term) for term in sp.Add.make_args(sp.expand(plain))))


def _largest(powers: sp.Expr, c: sp.Symbol, rho: sp.Symbol) -> sp.Expr:
    """Return the terms with the least power of c for every rho between 0 and 1."""
    found: dict[sp.Expr, sp.Expr] = {}
    for term in sp.Add.make_args(powers):
        exponent = sp.expand(sp.cancel(c * sp.diff(term, c) / term))
        if exponent.has(c):
            return leading(powers, c)
        found[exponent] = found.get(exponent, sp.S.Zero) + term
    middle = min(found, key=lambda e: e.subs(rho, sp.Rational(1, 2)))
    return found[middle]
