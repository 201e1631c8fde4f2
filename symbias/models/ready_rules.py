"""The ready-made update rules, as recurrences for theta; a base of `UpdateRule` only to keep files short."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

import sympy as sp

from symbias.contracts import checked
from symbias.errors import BudgetError, DomainError, InputError
from symbias.models.exact import exact, natural, number
from symbias.models.recurrence import Recurrence
from symbias.sym.symbols import integer, positive

T = integer("t")
STEP = positive("step")
THETA = sp.Function("theta")
GRAD = sp.Function("grad")

_DEEPEST = 100
"""So many nested gradients are written out at most."""


def _past(lag: int = 0) -> Any:
    return THETA(T - lag)


def _gradient(lag: int = 0) -> Any:
    return GRAD(_past(lag))


def _between(value: sp.Expr, low: int, high: int) -> tuple[Any, ...]:
    return () if value.is_number else (low < value, value < high)


class ReadyRules:
    """Class methods that write a known optimiser as a recurrence.

    Buffers (momentum and the like) are eliminated by hand here; the simulations keep them, and so test the elimination.

    Examples
    --------
    >>> import symbias as sb
    >>> sb.UpdateRule.gradient_descent()
    UpdateRule(gradient descent)
    """

    @classmethod
    def _make(
        cls, name: str, next_value: Any, assumptions: Iterable[Any] = (), **more: Any
    ) -> Self:
        recurrence = Recurrence(sp.sympify(next_value), THETA, GRAD, T, STEP)
        return cls(name, recurrence, tuple(assumptions), **more)  # type: ignore[call-arg]

    @classmethod
    def gradient_descent(cls) -> Self:
        """Return theta(t+1) = theta(t) - step * grad(theta(t)).

        Returns
        -------
        UpdateRule
            The rule.

        Examples
        --------
        >>> import symbias as sb
        >>> sb.UpdateRule.gradient_descent().next_value
        -step*grad(theta(t)) + theta(t)
        """
        return cls._make("gradient descent", _past() - STEP * _gradient())

    @classmethod
    def heavy_ball(cls, beta: Any, dampening: Any = 0) -> Self:
        """Return gradient descent with Polyak's momentum; ``dampening=beta`` is the moving average of gradients.

        Parameters
        ----------
        beta : number or sympy.Expr
            Momentum, -1 < beta < 1.
        dampening : number or sympy.Expr
            Every gradient is multiplied by 1 - dampening; below 1.

        Returns
        -------
        UpdateRule
            The rule.

        Raises
        ------
        InputError
            If a number is out of its range.

        References
        ----------
        Polyak, Some methods of speeding up the convergence of iteration methods, 1964 (``polyak1964``).

        Examples
        --------
        >>> import symbias as sb
        >>> sb.UpdateRule.heavy_ball(0.9).threshold().closed_form
        19/5
        """
        b = number(beta, "beta", -1, 1)
        damp = _dampening(dampening)
        line = _past() + b * (_past() - _past(1)) - STEP * _gradient()
        return cls._make(
            f"heavy ball(beta={b}{_shown(damp)})", line, _between(b, -1, 1), scale=1 - damp
        )

    @classmethod
    def nesterov(cls, beta: Any, dampening: Any = 0) -> Self:
        """Return Nesterov's momentum: the gradient at the point that momentum alone would reach.

        Parameters
        ----------
        beta : number or sympy.Expr
            Momentum, -1 < beta < 1.
        dampening : number or sympy.Expr
            Every gradient is multiplied by 1 - dampening; below 1.

        Returns
        -------
        UpdateRule
            The rule.

        Raises
        ------
        InputError
            If a number is out of its range.

        Examples
        --------
        >>> import symbias as sb
        >>> sb.UpdateRule.nesterov(0.5).threshold().closed_form
        3/2
        """
        b = number(beta, "beta", -1, 1)
        damp = _dampening(dampening)
        ahead = _past() + b * (_past() - _past(1))
        return cls._make(
            f"Nesterov(beta={b}{_shown(damp)})",
            ahead - STEP * GRAD(ahead),
            _between(b, -1, 1),
            scale=1 - damp,
        )

    @classmethod
    def shifted_momentum(cls, beta: Any, delay: Any, dampening: Any = 0) -> Self:
        """Return delayed gradient descent in which each of delay + 1 workers in turn has a momentum of its own.

        Parameters
        ----------
        beta : number or sympy.Expr
            Momentum, -1 < beta < 1.
        delay : int or sympy.Symbol
            Steps by which gradients and momentum come late.
        dampening : number or sympy.Expr
            Every gradient is multiplied by 1 - dampening; below 1.

        Returns
        -------
        UpdateRule
            theta(t+1) = theta(t) + beta (theta(t-delay) - theta(t-delay-1)) - step * grad(theta(t-delay)).

        Raises
        ------
        InputError
            If a number is out of its range.

        References
        ----------
        Giladi et al., At stability's edge, 2020 (``giladi2020``); the recurrence follows from the workers' buffers.

        Examples
        --------
        >>> import symbias as sb
        >>> sb.UpdateRule.shifted_momentum(0.5, 1).threshold().closed_form
        3/4
        """
        b = number(beta, "beta", -1, 1)
        tau = natural(delay, "The delay")
        damp = _dampening(dampening)
        moved = THETA(T - tau) - THETA(T - tau - 1)
        return cls._make(
            f"shifted momentum(beta={b}, delay={tau}{_shown(damp)})",
            _past() + b * moved - STEP * GRAD(THETA(T - tau)),
            _between(b, -1, 1),
            scale=1 - damp,
        )

    @classmethod
    def quasi_hyperbolic(cls, beta: Any, nu: Any) -> Self:
        """Return quasi-hyperbolic momentum: the average of gradient and moving average, with weights 1 - nu and nu.

        Parameters
        ----------
        beta : number or sympy.Expr
            Momentum of the moving average m' = beta m + (1 - beta) grad, -1 < beta < 1.
        nu : number or sympy.Expr
            Weight of the moving average, 0 <= nu <= 1.

        Returns
        -------
        UpdateRule
            The rule.

        Raises
        ------
        InputError
            If a number is out of its range.

        Examples
        --------
        >>> import symbias as sb
        >>> sb.UpdateRule.quasi_hyperbolic(0.9, 0).threshold().closed_form
        2
        """
        b = number(beta, "beta", -1, 1)
        weight = number(nu, "nu", 0, 1, closed="both")
        # d(t) = (1 - nu) g(t) + nu m(t) obeys d(t) - b d(t-1) = (1 - nu b) g(t) - b (1 - nu) g(t-1).
        line = (
            _past()
            + b * (_past() - _past(1))
            - STEP * ((1 - weight * b) * _gradient() - b * (1 - weight) * _gradient(1))
        )
        ranges = (*_between(b, -1, 1), *(() if weight.is_number else (weight >= 0, weight <= 1)))
        return cls._make(f"quasi-hyperbolic(beta={b}, nu={weight})", line, ranges)

    @classmethod
    def optimistic(cls) -> Self:
        """Return optimistic gradient descent, theta(t+1) = theta(t) - 2 step grad(theta(t)) + step grad(theta(t-1)).

        Returns
        -------
        UpdateRule
            The rule.

        Examples
        --------
        >>> import symbias as sb
        >>> sb.UpdateRule.optimistic().threshold().closed_form
        2/3
        """
        return cls._make("optimistic gradient", _past() - STEP * (2 * _gradient() - _gradient(1)))

    @classmethod
    def extragradient(cls) -> Self:
        """Return the extragradient method: the gradient at the point that a plain step would reach.

        Returns
        -------
        UpdateRule
            theta(t+1) = theta(t) - step * grad(theta(t) - step * grad(theta(t))).

        Examples
        --------
        >>> import symbias as sb
        >>> sb.UpdateRule.extragradient().threshold().closed_form
        1
        """
        return cls._make("extragradient", _past() - STEP * GRAD(_past() - STEP * _gradient()))

    @classmethod
    def lookahead(cls, steps: int, alpha: Any) -> Self:
        """Return Lookahead around gradient descent, one iteration being one move of the slow weights.

        Parameters
        ----------
        steps : int
            Steps of gradient descent before each move, at least 1.
        alpha : number or sympy.Expr
            The slow weights move this fraction of the way, 0 < alpha <= 1.

        Returns
        -------
        UpdateRule
            The rule.

        Raises
        ------
        InputError
            If a number is out of its range.

        Examples
        --------
        >>> import symbias as sb
        >>> sb.UpdateRule.lookahead(5, 0.5).threshold().value(digits=5)
        2.2457
        """
        count = _integer(steps, "The number of steps")
        if count > _DEEPEST:
            raise BudgetError(
                f"Lookahead over {count} steps nests as many gradients.",
                remedy=f"Take at most {_DEEPEST} steps.",
            )
        part = number(alpha, "alpha", 0, 1, closed="high")
        fast = _past()
        for _ in range(count):
            fast -= STEP * GRAD(fast)
        ranges = () if part.is_number else (part > 0, part <= 1)
        return cls._make(
            f"lookahead(steps={count}, alpha={part})", (1 - part) * _past() + part * fast, ranges
        )

    @classmethod
    @checked
    def cycle(cls, factors: Iterable[Any]) -> Self:
        """Return gradient descent with periodic steps, one iteration being one cycle.

        Parameters
        ----------
        factors : iterable of numbers or sympy.Expr
            The steps of a cycle as multiples of the step size, positive.

        Returns
        -------
        UpdateRule
            The rule; its multiplier is that of a whole cycle.

        Raises
        ------
        InputError
            If there is no factor, or one is not positive.

        Examples
        --------
        >>> import symbias as sb
        >>> sb.UpdateRule.cycle([1, 6]).threshold().stable_set
        Union(Interval.Lopen(0, 1/2), Interval(2/3, 7/6))
        """
        multiples = [number(f, "A factor of the cycle", 0, sp.oo) for f in factors]
        if not multiples:
            raise InputError(
                "The cycle has no factor.", remedy="Give at least one, such as [1, 2]."
            )
        line = _past()
        for factor in multiples:
            line -= STEP * factor * GRAD(line)
        ranges = [f > 0 for f in multiples if not f.is_number]
        return cls._make(f"cycle({', '.join(map(str, multiples))})", line, ranges)

    @classmethod
    @checked
    def from_torch(
        cls, momentum: Any = 0, dampening: Any = 0, nesterov: bool = False, weight_decay: Any = 0
    ) -> Self:
        """Return the rule of PyTorch's SGD with these flags.

        Parameters
        ----------
        momentum, dampening : number or sympy.Expr
            -1 < momentum < 1; dampening < 1, without effect when the momentum is 0.
        nesterov : bool
            Needs a momentum and no dampening, as in PyTorch.
        weight_decay : number or sympy.Expr
            Coupled weight decay, not negative: it is added to the curvature.

        Returns
        -------
        UpdateRule
            The rule.

        Raises
        ------
        InputError
            If a number is out of its range, or the flags contradict each other.

        Examples
        --------
        >>> import symbias as sb
        >>> sb.UpdateRule.from_torch(momentum=0.9, weight_decay=0.1).threshold().closed_form
        19/5 - step/10
        """
        b = number(momentum, "momentum", -1, 1)
        damp = _dampening(dampening) if b != 0 else sp.S.Zero
        decay = number(weight_decay, "weight_decay", 0, sp.oo, closed="low")
        if nesterov and (b == 0 or b.is_negative or damp != 0):
            raise InputError(
                "Nesterov's momentum needs a positive momentum and no dampening.",
                remedy="Set dampening=0 and a momentum above 0, as PyTorch demands too.",
            )
        move = (1 + b) * _gradient() - b * _gradient(1) if nesterov else _gradient()
        line = _past() + b * (_past() - _past(1)) - STEP * move
        ranges = [*_between(b, -1, 1), *(() if decay.is_number else (decay >= 0,))]
        flags = f"momentum={b}{_shown(damp)}{', nesterov' if nesterov else ''}"
        flags += f", weight_decay={decay}" if decay != 0 else ""
        return cls._make(f"SGD({flags})", line, ranges, scale=1 - damp, decay=decay)

    @classmethod
    def adam(cls, beta1: Any) -> Self:
        """Return Adam with its preconditioner frozen, late in training; ``beta1=0`` is RMSProp.

        Parameters
        ----------
        beta1 : number or sympy.Expr
            Momentum of the moving average of gradients, -1 < beta1 < 1.

        Returns
        -------
        UpdateRule
            In x = step * eigenvalue of (preconditioner)**-1 Hessian.

        Raises
        ------
        InputError
            If a number is out of its range.

        Examples
        --------
        >>> import symbias as sb
        >>> sb.UpdateRule.adam(0.9).threshold().closed_form
        38
        """
        b = number(beta1, "beta1", -1, 1)
        line = _past() + b * (_past() - _past(1)) - STEP * (1 - b) * _gradient()
        return cls._make(f"frozen Adam(beta1={b})", line, _between(b, -1, 1))


def _dampening(value: Any) -> sp.Expr:
    damp = exact(value, "dampening")
    if damp.is_number and damp >= 1:
        raise InputError(
            f"dampening is {sp.N(damp, 15)}.",
            cause="No gradient would be left, or it would climb.",
            remedy="Choose it below 1.",
        )
    return damp


def _shown(dampening: sp.Expr) -> str:
    return f", dampening={dampening}" if dampening != 0 else ""


def _integer(value: Any, name: str) -> int:
    found = natural(value, name, least=1)
    if not found.is_Integer:
        raise DomainError(f"{name} is {value!r}.", remedy="Give an integer; it cannot be a symbol.")
    return int(found)
