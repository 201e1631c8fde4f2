"""The mean-square threshold of an update rule whose curvature, delay or both are random."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy as sp

from symbias.errors import DomainError, InputError
from symbias.models.delay_law import DelayLaw
from symbias.models.exact import exact
from symbias.models.update_rule import UpdateRule
from symbias.stability.closed_root import closed_first_root
from symbias.stability.first_root import first_positive_root
from symbias.stability.noise_gain import RATIO, X, small_gain
from symbias.stability.noisy_mode import NoisyMode, Z, noisy_mode, parameter_values
from symbias.stability.random_delay import quadrature_threshold
from symbias.stability.roots import count_roots
from symbias.sym.rewrite import rational


def mean_square_threshold(
    rule: UpdateRule, mean: Any = None, variance: Any = None, **parameters: Any
) -> sp.Expr:
    """Return the largest step below which the second moment of a noisy mode stays bounded.

    Parameters
    ----------
    rule : UpdateRule
        Neither nested nor periodic. All gradients of a step see the batch of that step; equivalently, gradients of
        earlier steps are kept.
    mean : number or sympy.Expr, optional
        Mean of the curvature that a step sees, positive; left out for a delay law, whose own randomness counts.
    variance : number or sympy.Expr, optional
        Variance of the curvature of a step's batch, independent from step to step (and of the delays).
    **parameters : number
        Values of the symbolic parameters, by name; a symbolic delay needs one.

    Returns
    -------
    sympy.Expr
        The step; for a delay law without arguments the threshold in x = step * curvature. With symbols: a closed form.
        With rational numbers: exact (rational, with a square root, or a ``CRootOf``). With irrational numbers: a Float
        of 30 digits, and of 10 for a delay law whose generating function is not rational.

    Raises
    ------
    InputError
        If mean or variance is missing or out of range, or a parameter unknown.
    DomainError
        If the rule nests gradients or cycles, its delay is symbolic, small steps are not stable, or there is no closed
        form for the symbols given.

    Notes
    -----
    Derived here, see `small_gain`; zero variance gives the threshold of the mean.

    Examples
    --------
    >>> import symbias as sb
    >>> a, v, beta = sp.symbols("a v beta", positive=True)
    >>> sb.UpdateRule.heavy_ball(beta).mean_square_threshold(a, v)
    -2*a*(beta - 1)*(beta + 1)/(-a**2*beta + a**2 + beta*v + v)
    >>> sb.UpdateRule.gradient_descent().delayed({0: 0.5, 1: 0.5}).mean_square_threshold()
    -1 + sqrt(5)
    """
    values = parameter_values(rule, parameters)
    mode = noisy_mode(rule, parameters)
    scale, decay = rule.scale.subs(values), rule.decay.subs(values)
    if mean is None and variance is None:
        if not isinstance(rule.delay, DelayLaw):
            raise InputError(
                f"Nothing is random in {rule.name}.",
                remedy="Give the mean and the variance of the curvature, or a delay law.",
            )
        return rational(first_unstable(rule, mode, sp.S.Zero) / scale) - rule.step * decay
    curvature, spread = _moments(mean, variance)
    total = curvature + decay
    found = first_unstable(rule, mode, sp.cancel(spread / total**2))
    return rational(found / (scale * total))


def _moments(mean: Any, variance: Any) -> tuple[sp.Expr, sp.Expr]:
    if mean is None or variance is None:
        raise InputError(
            "Mean and variance of the curvature belong together.",
            remedy="Give both; a variance of 0 stands for a fixed curvature.",
        )
    curvature, spread = exact(mean, "The mean"), exact(variance, "The variance")
    if curvature.is_nonpositive or spread.is_negative:
        raise InputError(
            f"The mean curvature is {curvature} and its variance {spread}.",
            remedy="The mean must be positive and the variance not negative.",
        )
    return curvature, spread


def first_unstable(rule: UpdateRule, mode: NoisyMode, ratio: sp.Expr) -> sp.Expr:
    """Return the first x, after damping and weight decay, at which the second moment is not bounded any more.

    Parameters
    ----------
    rule : UpdateRule
        For its name and the ranges of its parameters.
    mode : NoisyMode
        Its mode.
    ratio : sympy.Expr
        Variance of the curvature over its squared mean.

    Returns
    -------
    sympy.Expr
        As `mean_square_threshold`.

    Examples
    --------
    >>> import symbias as sb
    >>> rule = sb.UpdateRule.gradient_descent()
    >>> first_unstable(rule, noisy_mode(rule, {}), sp.S.One)
    1
    """
    symbols = (mode.free.free_symbols | mode.driven.free_symbols | ratio.free_symbols) - {Z}
    if not mode.is_rational:
        if symbols:
            raise DomainError(
                f"{rule.name} needs numbers: its delay law has no rational generating function.",
                remedy=f"Pass values for {', '.join(sorted(map(str, symbols)))}.",
            )
        return quadrature_threshold(mode, float(ratio))
    if not symbols:
        return _numeric_root(rule, mode, _balance(mode, ratio))
    left = ratio if ratio.is_number else RATIO
    balance = _balance(mode, left)

    def at(point: Mapping[sp.Symbol, sp.Expr]) -> sp.Expr:
        here = NoisyMode(*(part.subs(point) for part in (mode.free, mode.driven, mode.injected)))
        return _numeric_root(rule, here, balance.subs(point))

    return closed_first_root(rule, balance, at).subs(RATIO, ratio)


def _balance(mode: NoisyMode, ratio: sp.Expr) -> sp.Expr:
    """Vanishes where the gain is one; not reduced, so that without noise the threshold of the mean remains."""
    top, bottom = small_gain(mode, ratio)
    return sp.expand(top - bottom)


def _numeric_root(rule: UpdateRule, mode: NoisyMode, balance: sp.Expr) -> sp.Expr:
    """Return the smallest positive root; the gain starts at zero and is finite while the mean is stable."""
    root = first_positive_root(balance, X)
    if root is None or not _mean_is_stable(mode, root):
        raise DomainError(
            f"{rule.name} is not stable for small steps.",
            cause="Its iteration without gradients has a root outside the unit circle, or it climbs.",
            remedy="Check the signs of the recurrence and the values of its parameters.",
        )
    return root


def _mean_is_stable(mode: NoisyMode, root: sp.Expr) -> bool:
    below = sp.Rational(str(root.evalf(20))) * sp.Rational(999, 1000)
    p = sp.Poly(sp.expand(mode.free + below * mode.driven), Z)
    rounded = [sp.Rational(str(c.evalf(40))) if not c.is_Rational else c for c in p.all_coeffs()]
    whole = sp.Poly(rounded, Z, domain="QQ").clear_denoms()[1]
    return count_roots([int(c) for c in reversed(whole.all_coeffs())]).stable
