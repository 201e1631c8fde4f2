"""The step that keeps the set of accessible minima when the optimiser or the batch changes."""

from __future__ import annotations

import numbers
from dataclasses import replace
from typing import Any

import sympy as sp

from symbias.contracts import checked
from symbias.errors import DomainError, InputError
from symbias.models.delay_law import DelayLaw
from symbias.models.exact import exact
from symbias.models.update_rule import UpdateRule
from symbias.stability.implicit import implicit_threshold
from symbias.stability.noise_gain import RATIO, X, small_gain
from symbias.stability.noisy_mode import Z, noisy_mode
from symbias.sym.rewrite import rational

_DIGITS = 30


@checked
def transfer(
    rule: UpdateRule,
    to: UpdateRule,
    step: Any,
    batch: int | None = None,
    to_batch: int | None = None,
    *,
    samples: int | None = None,
    regime: str | None = None,
) -> sp.Expr:
    """Return the step at which another optimiser has the same accessible minima.

    Without batches a minimum is accessible if the mean is stable there: its largest curvature c is at most
    x*/step - decay, x* the threshold of the rule. With batches a mode of curvature c and per-sample variance v is
    accessible if its second moment is stable, and two edges of that set can be kept:

    - ``"curvature"``: the largest c without noise, the same as without batches;
    - ``"noise"``: the largest v/c of flat, noisy directions (c small), 1/(step * p(B) * k) with k the slope of the gain
      at x = 0. For one rule the step is then proportional to 1/p(B), which is B for many samples.

    Both are kept at once only if their steps agree. By default the smaller step is returned, provided that the boundary
    of the set is a straight line in the plane of c and v/c for both rules (gradient descent, heavy ball): it is the
    largest step at which every minimum that was accessible still is.

    Parameters
    ----------
    rule, to : UpdateRule
        The present and the new optimiser.
    step : number or sympy.Expr
        The present step, positive.
    batch, to_batch : int, optional
        Samples per step of each; both or none.
    samples : int, optional
        Number n of samples, drawn without replacement: p(B) = (n - B)/(B (n - 1)). Without it p(B) = 1/B: many samples,
        or draws with replacement.
    regime : str, optional
        ``"curvature"`` or ``"noise"``, only with batches.

    Returns
    -------
    sympy.Expr
        The new step: exact where the thresholds have closed forms. Otherwise a Float of 30 digits, or for rules with
        symbols an expression in x_* of these symbols, which ``.subs(...).evalf()`` turns into a number.

    Raises
    ------
    InputError
        If an argument is out of range.
    DomainError
        If no step has the property asked for.

    Notes
    -----
    Derived here. Only the first interval of stable steps counts. For delayed against plain gradient descent this is
    the rule of Giladi et al. (``giladi2020``): the step times sin(pi / (2 (2 tau + 1))).

    Examples
    --------
    >>> import symbias as sb
    >>> plain, tau = sb.UpdateRule.gradient_descent(), sp.Symbol("tau", integer=True, positive=True)
    >>> transfer(plain, sb.UpdateRule.heavy_ball(0.5), 0.1)
    3/20
    >>> transfer(plain, plain, 0.1, batch=32, to_batch=64, regime="noise")
    1/5
    >>> late = sb.UpdateRule.heavy_ball(sp.Symbol("beta")).delayed(tau)
    >>> found = transfer(plain, late, 0.1)
    >>> found, found.subs({"beta": 0.5, tau: 3}).evalf(10)
    (x_star_heavy_ball(beta, tau)/20, 0.009963361105)
    """
    present = exact(step, "The step")
    if present.is_nonpositive:
        raise InputError(f"The step is {step!r}.", remedy="Give a positive step.")
    if batch is None and to_batch is None:
        if regime is not None or samples is not None:
            raise InputError("regime and samples need batches.", remedy="Give batch and to_batch.")
        return _by_curvature(rule, to, present)
    if regime not in {None, "curvature", "noise"}:
        raise InputError(f"regime is {regime!r}.", remedy='Give "curvature" or "noise".')
    fractions = [_fraction(size, samples) for size in (batch, to_batch)]
    if regime == "curvature":
        return _by_curvature(rule, to, present)
    if regime == "noise":
        return _by_noise(rule, to, present, fractions)
    return _by_both(rule, to, present, fractions)


def _fraction(batch: Any, samples: Any) -> sp.Expr:
    """Variance of a batch mean over that of one sample."""
    for value in (batch,) if samples is None else (batch, samples):
        whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
        if not (whole and value >= 1):
            raise InputError(
                f"A batch is {batch!r} and samples {samples!r}.",
                remedy="Give batch and to_batch as positive integers, samples as one or not at all.",
            )
    if samples is None:
        return sp.Rational(1, int(batch))
    n, size = int(samples), int(batch)
    if size > n:
        raise InputError(
            f"A batch of {size} exceeds {n} samples.", remedy="Give at most all of them."
        )
    return sp.S.Zero if size == n else sp.Rational(n - size, size * (n - 1))


def _by_curvature(rule: UpdateRule, to: UpdateRule, step: sp.Expr) -> sp.Expr:
    sharpest = _threshold(rule) / step - rule.decay.subs(rule.step, step)
    total = sharpest + to.decay
    if sharpest.is_number and sharpest <= 0:
        raise DomainError(
            f"{rule.name} has no accessible minimum at step {step}.",
            cause="Its weight decay alone makes it unstable.",
            remedy="Give a smaller step.",
        )
    return rational(_threshold(to) / total)


def _threshold(rule: UpdateRule) -> sp.Expr:
    """Return the threshold of the mean without weight decay."""
    found = replace(rule, decay=sp.S.Zero).threshold()
    closed = found.closed_form
    if closed is not None:
        return closed
    return implicit_threshold(found.rule) if rule.parameters else found.value(_DIGITS)


def _by_noise(rule: UpdateRule, to: UpdateRule, step: sp.Expr, fractions: list[sp.Expr]) -> sp.Expr:
    if sp.S.Zero in fractions:
        raise DomainError(
            "A full batch has no noise, so that no step keeps the noisy edge.",
            remedy='Use regime="curvature".',
        )
    _without_decay(rule, to)
    present, new = (f * _slope(r) for f, r in zip(fractions, (rule, to), strict=True))
    return rational(step * present / new)


def _without_decay(*rules: UpdateRule) -> None:
    for rule in rules:
        if rule.decay != 0:
            raise DomainError(
                f"{rule.name} has no flat directions: weight decay curves all of them.",
                remedy='Use regime="curvature", or leave the weight decay out.',
            )


def _gain(rule: UpdateRule) -> sp.Expr:
    """Per unit of relative variance, in x before damping; a fixed delay only."""
    if isinstance(rule.delay, DelayLaw):
        raise DomainError(
            f"The random delay of {rule.name} is noise of its own.",
            remedy='Use regime="curvature", or mean_square_threshold at the minimum of interest.',
        )
    top, bottom = small_gain(noisy_mode(rule, {}))
    return sp.cancel((top / bottom / RATIO).subs(X, rule.scale * X))


def _slope(rule: UpdateRule) -> sp.Expr:
    """Return the limit of gain / x at 0; delays do not enter it."""
    mode = replace(rule, delay=sp.S.Zero).mode
    if rule.nests or mode.powers or isinstance(rule.delay, DelayLaw):
        return sp.cancel(_gain(rule) / X).subs(X, 0)
    free, driven = (mode.written(e, Z, sp.S.One) for e in (mode.dynamics, mode.gradient))
    return rational(rule.scale * driven.subs(Z, 1) / (2 * sp.diff(free, Z).subs(Z, 1)))


def _by_both(rule: UpdateRule, to: UpdateRule, step: sp.Expr, fractions: list[sp.Expr]) -> sp.Expr:
    _without_decay(rule, to)
    for one in (rule, to):
        edge = sp.cancel(X / _gain(one))
        if not edge.is_polynomial(X) or sp.degree(edge, X) != 1:
            raise DomainError(
                f"The accessible minima of {one.name} do not end on a straight line.",
                cause="No step keeps both the sharp and the noisy edge, and the safe one is not known.",
                remedy='Choose regime="curvature" or regime="noise".',
            )
    steps = [_by_curvature(rule, to, step)]
    if fractions[1] != 0:
        if fractions[0] == 0:
            raise DomainError(
                "A full batch has no noise, a smaller one has some.",
                cause="No step of the new batch keeps all minima of the present one.",
                remedy='Use regime="curvature".',
            )
        steps.append(_by_noise(rule, to, step, fractions))
    return rational(sp.Min(*steps))
