"""The weight rho of the Laplacian: the stability norm of a shallow ReLU network as an integral over input space.

The Laplacian of a network is a sum of a_k delta(u_k . x - t_k), so the norm sum_k |a_k| g(t_k) is the integral of
|Laplacian f| rho for the function rho whose integrals over hyperplanes at distance t from the origin are g(t). For
isotropic laws rho depends on r = |x| alone, and the Radon transform is a transform of functions of one variable.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import sympy as sp

from symbias.contracts import checked
from symbias.errors import DomainError, InputError
from symbias.simulate.checks import as_finite
from symbias.stability.law_weight import T, weight_function
from symbias.stability.marginal import Marginal
from symbias.sym.derivation import Derivation
from symbias.sym.formula import Formula
from symbias.sym.functions import normal_pdf
from symbias.sym.symbols import positive, real

R = positive("r")
LARGEST = 9
"""The largest dimension: rho has d/2 derivatives of g, and longer closed forms than anyone would look at."""

ABEL = "abel_kernel"
NODES = 200
"""Of the rule of quadrature in even dimensions: the integrand is analytic and decays."""

NOTHING = 1e-20
"""The integral ends where the weight has fallen by this factor."""


@checked
def laplacian_weight(law: str | Marginal, d: int) -> Formula:
    """Derive the weight of the Laplacian, the inverse Radon transform of the weight function of an isotropic law.

    Parameters
    ----------
    law : str or Marginal
        As for `weight_function`.
    d : int
        Dimension of the inputs, from 1 to 9.

    Returns
    -------
    Formula
        ``rho(r)`` at distance r > 0 from the origin, inside the support: closed in odd dimensions, an integral in even
        ones, for which `laplacian_weight_at` gives numbers. It behaves like r**(2 - d) near 0, where g has a kink.

    Raises
    ------
    DomainError
        If the law is not even, has no such dimension, or d is larger than 9.
    InputError
        If the law is unknown or has parameters, or the dimension is no positive integer.
    BudgetError
        As for `weight_function`.

    Notes
    -----
    Derived here; that minima stability weights the Laplacian by such a function is due to Nacson et al. (2023).

    Examples
    --------
    >>> import symbias as sb
    >>> rho = sb.stability.laplacian_weight("ball", 3)
    >>> print(rho.evalf(r=0.5))
    0.0148034416156580
    """
    weight = _weight(law, d)
    value, end = _inside(weight.rhs)
    domain = () if end is None else (end > R,)
    derivation = Derivation(
        f"The inverse Radon transform in {d} dimensions", domain, weight.derivation.cites
    )
    _lemmas(derivation, d)
    g, order = sp.Function("g")(R), (d - 1) // 2
    # In even dimensions what is left is an Abel transform, whose inverse takes one more derivative.
    line = _lowered(g, order) if d % 2 else -sp.Derivative(_lowered(g, order), R).doit() / sp.pi
    count = order + (d % 2 == 0)
    about = f"g(r) is from: {weight.derivation.title}; {_reason(d)}"
    stable = None
    if weight.stable is not None:
        other = Derivation("Without cancellation", domain)
        _differentiated(other, line, about, _inside(weight.stable.rhs).value, count)
        stable = other.conclude(sp.Function("w")(R), "stable weight")
    _differentiated(derivation, line, about, value, count)
    if d % 2:
        return derivation.conclude(sp.Function("rho")(R), "laplacian_weight", stable=stable)
    kernel = derivation.conclude(sp.Function("K")(R), ABEL, stable=stable)
    v = positive("v")
    last = sp.oo if end is None else sp.acosh(end / R)
    derivation.start(
        sp.Integral(kernel.rhs.subs(R, R * sp.cosh(v)), (v, 0, last)),
        "the inverse Abel transform: the integral of K(t)/sqrt(t^2 - r^2) over t > r, with t = r cosh(v)",
    )
    return derivation.conclude(sp.Function("rho")(R), "laplacian_weight")


@checked
def laplacian_weight_at(law: str | Marginal, d: int, r: Any) -> Any:
    """Return the weight of the Laplacian at given distances from the origin, in even dimensions by quadrature.

    Parameters
    ----------
    law : str or Marginal
        As for `weight_function`.
    d : int
        Dimension of the inputs, from 1 to 9.
    r : float or array_like
        Positive distances.

    Returns
    -------
    float or numpy.ndarray
        The weights, 0 outside the support, with a relative error of about 1e-10.

    Raises
    ------
    DomainError, BudgetError
        As for `laplacian_weight`.
    InputError
        If a distance is not positive and finite.

    Examples
    --------
    >>> print(round(laplacian_weight_at("gaussian", 2, 0.5), 12))
    0.076016352579
    """
    formula, radii = laplacian_weight(law, d), as_finite("r", r, (0, 1, 2))
    if not (radii > 0).all():
        raise InputError("A distance is not positive and finite.", remedy="Give r > 0.")
    end = _inside(_weight(law, d).rhs).end
    last = np.inf if end is None else float(end)
    if d % 2:
        found = np.where(radii < last, formula.compile()(np.minimum(radii, last)), 0.0)
    else:
        kernel = next(f for f in formula.derivation.formulas if f.name == ABEL).compile()
        flat = [_integral(kernel, x, _end(kernel, x, last)) for x in radii.ravel()]
        found = np.reshape(flat, radii.shape)
    return float(found) if radii.ndim == 0 else found


class _Inside(NamedTuple):
    """A weight function inside its support, as a function of r > 0, and where the support ends."""

    value: Any
    end: Any


def _weight(law: str | Marginal, d: int) -> Formula:
    if d > LARGEST:
        raise DomainError(
            f"The weight of the Laplacian is worked out up to dimension {LARGEST}, not for {d}.",
            remedy="Sum the weight function over the neurons instead: that is the same norm in any dimension.",
        )
    if isinstance(law, Marginal):
        law.require_even()
    weight = weight_function(law, d)
    if len(weight.symbols) > 1:
        raise InputError(
            f"The law has the parameters {weight.symbols[1:]}.",
            remedy="Give numbers in their place.",
        )
    return weight


def _inside(rhs: Any) -> _Inside:
    value, end = rhs, None
    if isinstance(rhs, sp.Piecewise):
        value, condition = rhs.args[0]
        end = condition.gts
    value = value.subs(sp.Abs(T), R).subs(T, R)
    return _Inside(value.subs(normal_pdf(-R), normal_pdf(R)), end)


def _lowered(value: Any, order: int) -> Any:
    """Return what the operator -1/(2 pi r) d/dr makes of a function of r, applied so many times."""
    for _ in range(order):
        value = -sp.Derivative(value, R).doit() / (2 * sp.pi * R)
    return value


def _differentiated(derivation: Derivation, line: Any, about: str, value: Any, count: int) -> None:
    """Insert the weight function and its derivatives into a line that is linear in them."""
    g = sp.Function("g")(R)
    given, slope = [sp.Eq(g, value)], value
    for k in range(count):
        derivation.start(sp.Derivative(slope, R), f"derivative {k + 1} of the weight function")
        slope = slope.diff(R).subs(normal_pdf(-R), normal_pdf(R))
        derivation.rewrite(slope, "differentiate")
        derivation.conclude(sp.Function(f"g_{k + 1}")(R), f"derivative_{k + 1}")
        given.append(sp.Eq(sp.Derivative(g, (R, k + 1)), slope))
    derivation.start(line, about)
    derivation.rewrite(line.subs({e.lhs: e.rhs for e in reversed(given)}), "insert", given=given)


def _reason(d: int) -> str:
    steps = f"{(d - 1) // 2} times two dimensions down" if d > 2 else ""
    if d % 2:
        return steps or "on the line a hyperplane is a point"
    return f"{steps}{', then ' if steps else ''}the inverse Abel transform, with t = r cosh(v)"


def _lemmas(derivation: Derivation, d: int) -> None:
    """Add why the operators invert the Radon transform of a radial function."""
    r, t, n = positive("r t n")

    def sphere(k: Any) -> Any:
        return 2 * sp.pi ** (k / 2) / sp.gamma(k / 2)

    if d > 2:
        kernel = sphere(n - 1) * (r**2 - t**2) ** ((n - 3) / 2)
        derivation.start(
            -sp.Derivative(kernel, t) / (2 * sp.pi * t),
            "the integral of rho over a hyperplane at distance t is that of rho(r) r times this kernel over r > t, "
            "before the derivative, in n > 3 dimensions",
        )
        lower = sphere(n - 3) * (r**2 - t**2) ** ((n - 5) / 2)
        derivation.rewrite(
            lower, "the kernel of two dimensions less; where n = 3 it is a point mass"
        )
        derivation.conclude(sp.Function("k")(r, t, n), "two_dimensions_down")
    if d == 3:
        b, g = positive("b"), sp.Function("g")
        derivation.start(
            2 * sp.pi * sp.Integral(r * (-sp.Derivative(g(r), r) / (2 * sp.pi * r)), (r, t, b)),
            "in three dimensions, the integral over a hyperplane of what is concluded below",
        )
        derivation.rewrite(g(t) - g(b), "g vanishes at the end of the support")
        derivation.conclude(sp.Function("G")(t, b), "radon_transform")
    if d % 2 == 0:
        (x, c), width = real("x c"), positive("w")
        derivation.start(
            sp.Derivative(sp.asin((2 * x - c) / width), x),
            "the kernels 1/sqrt(x - t^2) and 1/sqrt(s^2 - x), x = r^2, with c = t^2 + s^2 and w = s^2 - t^2",
        )
        derivation.rewrite(
            2 / sp.sqrt(width**2 - (2 * x - c) ** 2),
            "so the integral of their product from t^2 to s^2 is asin(1) - asin(-1) = pi, whatever t and s: an "
            "integral over r of an integral over s of g'(s) gives back g",
        )
        derivation.conclude(sp.Function("K")(x, c, width), "abel_kernels")


def _end(kernel: Any, radius: float, last: float) -> float:
    """Return where the integrand has become nothing compared with its first value."""
    if np.isfinite(last):
        return last
    span = 1.0
    while abs(kernel(radius + span)) > NOTHING * abs(kernel(radius)):
        span *= 1.25
    return float(radius + span)


def _integral(kernel: Any, radius: float, end: float) -> float:
    if radius >= end:
        return 0.0
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    last = np.arccosh(end / radius)
    return float(weights @ kernel(radius * np.cosh(last * (nodes + 1) / 2)) * last / 2)
