"""The weight g of a neuron at threshold t: how much sharpness a kink of a network costs under a given law of inputs.

For a neuron with unit direction u and threshold t let q, m and h be the mass, the first moment of u.x and the mean of
u.x - t where u.x > t. A network with such neurons has sharpness at least 1 + 2 sum a h sqrt(q**2 + |E[x; u.x > t]|**2)
(see `symbias.stability.stable_minima`), and for an isotropic law the mean vector has length m. A hyperplane may be
described by (u, t) or by (-u, -t); the weight function is the smaller one of the two weights.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import sympy as sp

from symbias.contracts import checked
from symbias.errors import BudgetError, DomainError, InputError, near
from symbias.stability.cap_functions import gap_power
from symbias.stability.marginal import Marginal
from symbias.stability.tail import (
    S,
    Tail,
    gaussian_tail,
    integrated_tail,
    laplace_tail,
    sphere_tail,
)
from symbias.sym.derivation import Derivation
from symbias.sym.formula import Formula
from symbias.sym.symbols import positive, real

T = real("t")
LAWS = ("uniform", "gaussian", "laplace", "sphere", "ball")
LARGEST = 64
"""The largest dimension of a sphere whose closed form is worked out; it has as many terms."""

KEYS = ("mulayoff2021", "nacson2023")


@checked
def weight_function(law: str | Marginal, d: int = 1, *, log: bool = False) -> Formula:
    """Derive the weight function g(t) of shallow ReLU networks for a law of inputs.

    Parameters
    ----------
    law : str or Marginal
        ``"gaussian"`` (standard, any d), ``"sphere"`` and ``"ball"`` (uniform, of radius 1 in R^d), ``"uniform"`` (on
        [-1, 1], d = 1), ``"laplace"`` (density exp(-|z|)/2, d = 1), or the law of a coordinate: of an isotropic vector
        if d > 1, of any real input if d = 1.
    d : int
        Dimension of the inputs; at most 64 for the sphere, 62 for the ball.
    log : bool
        Whether to derive log g, which does not underflow.

    Returns
    -------
    Formula
        ``g(t)``, or ``l(t)`` for its logarithm, in the real symbol t, then parameters of the law by name. It is 0
        beyond the support, where its logarithm is not defined. Kernels of the laws named above do not cancel; those of
        a given density evaluate the integrals as they were found.

    Raises
    ------
    InputError
        If the law is unknown, or no density.
    DomainError
        If there is no such law in d dimensions.
    BudgetError
        If an integral has no closed form that is found, or d is too large.

    Notes
    -----
    Derived here from the tangent features of a neuron; the weight is that of Mulayoff, Michaeli and Soudry (2021) for
    d = 1 and of Nacson et al. (2023) in general, with a trained output bias and the loss (1/2n) sum of squares.

    Examples
    --------
    >>> import symbias as sb
    >>> g = sb.stability.weight_function("gaussian", d=10)
    >>> g.rhs
    (-Abs(t)*normal_cdf(-Abs(t)) + normal_pdf(Abs(t)))*sqrt(normal_cdf(-Abs(t))**2 + normal_pdf(Abs(t))**2)
    >>> print(sb.stability.weight_function("sphere", d=2).evalf(t=0))
    0.188669759541027
    """
    if isinstance(law, str) and law not in LAWS:
        raise InputError(f"There is no law {law!r}.", remedy=near(law, LAWS))
    if d < 1:
        raise InputError(f"The dimension is {d}.", remedy="Give a positive integer.")
    if isinstance(law, str):
        return _named(law, d, log)
    if d > 1 or law.is_even:
        law.require_even()
        ends = None if law.high is sp.oo else law.high
        title = f"a coordinate with density {law.density}"
        return _even(title, lambda made: integrated_tail(made, law), ends, log)
    return _real_input(law, log)


@cache
def _named(law: str, d: int, log: bool) -> Formula:
    _require_dimension(law, d)
    if law == "gaussian":
        return _even("standard Gaussian inputs", gaussian_tail, None, log)
    if law == "laplace":
        return _even("Laplace-distributed inputs", laplace_tail, None, log)
    # A coordinate of the ball has the law of one of the sphere two dimensions up; that of [-1, 1] is the ball of d = 1.
    sphere = d if law == "sphere" else d + 2
    space = {"sphere": f"the unit sphere of R^{d}", "ball": f"the unit ball of R^{d}"}
    title = f"inputs uniform on {space.get(law, '[-1, 1]')}"
    return _even(title, lambda made: sphere_tail(made, sphere), sp.S.One, log)


def _require_dimension(law: str, d: int) -> None:
    if law in {"uniform", "laplace"} and d > 1:
        raise DomainError(
            f"The law {law!r} is one of real inputs, not of vectors with {d} coordinates.",
            "independent coordinates of this law are not isotropic.",
            'Use "ball" for the uniform law on a ball, or "sphere", or give the law of a coordinate.',
        )
    if law == "sphere" and d == 1:
        raise DomainError(
            "The unit sphere of R^1 is two points, and has no density.",
            remedy="Use d >= 2, or the weight function of the data.",
        )
    if law in {"sphere", "ball"} and d > LARGEST - 2 * (law == "ball"):
        raise BudgetError(
            f"The closed form of the {law} in {d} dimensions has about {d} terms.",
            remedy="Scale the inputs by sqrt(d): then their coordinates are close to Gaussian, and that weight is the "
            "same for all d.",
        )


def _even(title: str, tail_of: Callable[[Derivation], Tail], end: Any, log: bool) -> Formula:
    """Derive the weight for a law that is the same under u -> -u; ``end`` is where its support ends."""
    name = "logarithm of the weight" if log else "weight"
    magnitude = sp.Abs(T)
    inside = () if end is None or not log else (magnitude < end,)
    derivation = Derivation(f"The {name} of a neuron, {title}", inside, cites=KEYS)
    tail = tail_of(derivation)

    def shown(value: Any) -> Any:
        if end is None or log:
            return value
        return sp.Piecewise((value, magnitude < end), (0, True))

    (q, h), m = real("q h"), positive("m")
    line = h * sp.sqrt(q**2 + m**2)
    start = sp.log(h) + sp.log(q**2 + m**2) / 2 if log else shown(line)
    here = tail.at(magnitude)
    values = {h: here.excess, q: here.mass, m: here.moment}
    stable = None
    if here.ratio is not None:
        stable = _stable(title, start, here, shown, inside)
    elif tail.order and not log:
        other = Derivation(f"Without loss by a power, {title}", inside)
        exponent = 2 * tail.order + 1
        other.start((1 - magnitude) ** exponent, "the power of p = 1 - |t|")
        other.rewrite(gap_power(exponent, magnitude), "by definition")
        other.conclude(positive("w"), "power")
        other.start(start, "as before")
        _common_power(other, tail, shown, log, named=True)
        stable = other.conclude(sp.Function("w")(T), "stable weight")
    derivation.start(
        start,
        "mean excess h, mass q and first moment m beyond |t|: of the two descriptions of the hyperplane, that with "
        "less beyond it has the smaller weight"
        + ("" if end is None else "; beyond the support there is nothing"),
    )
    if tail.order:
        _common_power(derivation, tail, shown, log)
    else:
        derivation.rewrite(start.xreplace(values), "insert", given=_equations(values))
    lhs = sp.Function("l" if log else "g")(T)
    return derivation.conclude(
        lhs, "log_weight_function" if log else "weight_function", stable=stable
    )


def _equations(values: dict[Any, Any]) -> list[Any]:
    return [sp.Eq(symbol, value) for symbol, value in values.items()]


def _product(base: Any, power: int, e: Any, r: Any, f: Any, log: bool) -> Any:
    """Return base**power e sqrt(r**2 + f**2), or its logarithm, the factors apart."""
    if log:
        return power * sp.log(base) + sp.log(e) + sp.log(r**2 + f**2) / 2
    return base**power * e * sp.sqrt(r**2 + f**2)


def _common_power(
    derivation: Derivation,
    tail: Tail,
    shown: Callable[[Any], Any],
    log: bool,
    *,
    named: bool = False,
) -> None:
    """Take the power of p = 1 - |t| that mass and moment share out of the root; a named one is a `gap_power`."""
    (q, h), (m, p, r, f, e) = real("q h"), positive("m p r f e")
    k = tail.order
    scaled = {h: p ** (k + 1) * e, q: p**k * r, m: p**k * f}
    line = derivation.line
    derivation.rewrite(
        line.xreplace(scaled), "p = 1 - |t| to its powers in h, q and m", given=_equations(scaled)
    )
    product = shown(_product(p, 2 * k + 1, e, r, f, log))
    derivation.rewrite(product, "p > 0")
    magnitude = sp.Abs(T)
    cofactors = [
        sp.factor(sp.cancel(part / (1 - S) ** shared)).subs(S, magnitude)
        for part, shared in ((tail.excess, k + 1), (tail.mass, k), (tail.moment, k))
    ]
    values = {p: 1 - magnitude, **dict(zip((e, r, f), cofactors, strict=True))}
    if named:
        w, exponent = positive("w"), 2 * k + 1
        product = product.xreplace({p**exponent: w})
        derivation.rewrite(product, f"{w} stands for the power", given=sp.Eq(w, p**exponent))
        values = {w: gap_power(exponent, magnitude), **values}
    derivation.rewrite(product.xreplace(values), "insert", given=_equations(values))


def _stable(
    title: str, start: Any, tail: Tail, shown: Callable[[Any], Any], inside: tuple[Any, ...]
) -> Formula:
    """Derive a form with the ratios to the first moment: a product of positive factors that do not cancel."""
    log = start.has(sp.log)
    derivation = Derivation(f"Without cancellation, {title}", inside)
    (q, h, l), (m, r, e) = real("q h l"), positive("m r e")
    for symbol, part, ratio, name in (
        (r, tail.mass, tail.ratio, "mass"),
        (e, tail.excess, tail.relative, "mean excess"),
    ):
        derivation.start(part / tail.moment, f"{name} over the first moment")
        derivation.rewrite(ratio, "by definition")
        derivation.conclude(symbol, f"relative {name}")
    if log:
        derivation.start(sp.log(tail.moment), "the logarithm of the first moment")
        derivation.rewrite(tail.log_moment, "of each factor")
        derivation.conclude(l, "logarithm of the first moment")
    elif tail.square != tail.moment**2:
        derivation.start(tail.moment**2, "the square of the first moment")
        derivation.rewrite(tail.square, "by definition")
        derivation.conclude(positive("w"), "square of the first moment")
    derivation.start(start, "as before")
    scaled = {h: m * e, q: m * r}
    derivation.rewrite(start.xreplace(scaled), "in units of m", given=_equations(scaled))
    product = shown(_product(m, 2, e, r, sp.S.One, log))
    derivation.rewrite(product, "m > 0")
    # What m stands for is written in another way than before, so it gets a name of its own.
    of_m, name, value = (
        (sp.log(m), l, tail.log_moment) if log else (m**2, positive("w"), tail.square)
    )
    product = product.xreplace({of_m: name})
    derivation.rewrite(product, f"{name} stands for it", given=sp.Eq(name, of_m))
    values = {name: value, r: tail.ratio, e: tail.relative}
    derivation.rewrite(product.xreplace(values), "insert", given=_equations(values))
    return derivation.conclude(sp.Function("w")(T), "stable weight")


def _real_input(law: Marginal, log: bool) -> Formula:
    """Derive the weight for a real input whose law has no symmetry: both orientations are looked at."""
    name = "logarithm of the weight" if log else "weight"
    parameters = [sp.Gt(law.high, law.low)] if (law.high - law.low).free_symbols else []
    derivation = Derivation(
        f"The {name} of a neuron, a real input with density {law.density}", parameters, cites=KEYS
    )
    sides = [integrated_tail(derivation, law, lower=lower).at(T) for lower in (False, True)]
    symbols = [real(f"q_{k} h_{k} m_{k}") for k in ("+", "-")]
    weights = [h * sp.sqrt(q**2 + m**2) for q, h, m in symbols]
    inside = [
        c for c in (sp.Gt(T, law.low), sp.Lt(T, law.high)) if c is not sp.true and not c.has(sp.oo)
    ]
    least = sp.Min(*weights)
    start = sp.log(least) if log else least
    if inside and not log:
        start = sp.Piecewise((least, sp.And(*inside)), (0, True))
    derivation.start(
        start,
        "mean excess h, mass q and first moment m, beyond t (+) and below it (-)"
        + ("; outside the support one of them is nothing" if inside else ""),
    )
    values = {
        symbol: value
        for (q, h, m), side in zip(symbols, sides, strict=True)
        for symbol, value in ((q, side.mass), (h, side.excess), (m, side.moment))
    }
    derivation.rewrite(start.xreplace(values), "insert", given=_equations(values))
    lhs = sp.Function("l" if log else "g")(
        T, *sorted(derivation.line.free_symbols - {T}, key=lambda symbol: symbol.name)
    )
    return derivation.conclude(
        lhs, "log_weight_function" if log else "weight_function", domain=inside if log else ()
    )
