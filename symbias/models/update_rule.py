"""An optimiser's update rule: a recurrence that is linear in the gradient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import sympy as sp

from symbias.contracts import checked
from symbias.errors import DomainError
from symbias.models.consistency import as_recurrence, without_decay
from symbias.models.delay_law import DelayLaw, delay_law
from symbias.models.exact import natural, require_commuting
from symbias.models.mode import Mode, make_mode
from symbias.models.ready_rules import ReadyRules
from symbias.models.recurrence import Recurrence, phases
from symbias.registry import ask
from symbias.sym.symbols import dummy


@dataclass(frozen=True, repr=False)
class UpdateRule(ReadyRules):
    """An update rule that is linear in the gradient, immutable; make one with the class methods.

    Parameters
    ----------
    name : str
        How it is shown.
    recurrence : Recurrence
        theta(t+1) without damping, weight decay and delay.
    assumptions : tuple of sympy.Boolean
        The ranges of its symbolic parameters.
    scale : sympy.Expr
        Multiplies every gradient (one minus the dampening).
    decay : sympy.Expr
        Coupled weight decay: the gradient is grad(point) + decay * point.
    delay : sympy.Expr or DelayLaw
        The gradients are those of the state so many steps earlier.

    Attributes
    ----------
    next_value : sympy.Expr
        theta(t+1), with everything in place (a random delay excepted).
    parameters : tuple of sympy.Symbol
        Its symbolic parameters, by name.
    mode : Mode
        The characteristic polynomial of the rule without damping, weight decay and delay.
    nests : bool
        Whether a gradient is taken at a point that another gradient moved, or the coefficients are periodic.

    Examples
    --------
    >>> import symbias as sb
    >>> sb.UpdateRule.heavy_ball(0.9)
    UpdateRule(heavy ball(beta=9/10))
    """

    name: str
    recurrence: Recurrence
    assumptions: tuple[Any, ...] = ()
    scale: sp.Expr = field(default=sp.S.One)
    decay: sp.Expr = field(default=sp.S.Zero)
    delay: Any = field(default=sp.S.Zero)

    def __repr__(self) -> str:
        return f"UpdateRule({self.name})"

    def _repr_latex_(self) -> str:
        r = self.recurrence
        return f"$\\displaystyle {sp.latex(sp.Eq(r.theta(r.t + 1), self.next_value))}$"

    @property
    def step(self) -> sp.Symbol:
        """The symbol of the step size."""
        return self.recurrence.step

    @cached_property
    def mode(self) -> Mode:
        """The characteristic polynomial of the rule without damping, weight decay and delay."""
        x = dummy("x", positive=True)
        return make_mode(phases(self.recurrence, x), x)

    @cached_property
    def nests(self) -> bool:
        """Whether gradients are nested or the coefficients periodic."""
        return self.mode.degree > 1 or self.mode.period > 1

    @cached_property
    def next_value(self) -> sp.Expr:
        """theta(t+1) with damping, weight decay and a fixed delay in place."""
        r = self.recurrence
        late = sp.S.Zero if isinstance(self.delay, DelayLaw) else self.delay

        def gradient(point: sp.Expr) -> sp.Expr:
            moved = point.replace(r.theta, lambda time: r.theta(time - late))
            return self.scale * (r.grad(moved) + self.decay * moved)

        return r.next_value.replace(r.grad, gradient)

    @property
    def parameters(self) -> tuple[sp.Symbol, ...]:
        """The symbolic parameters, by name; the step is among them under weight decay."""
        r = self.recurrence
        found = r.next_value.free_symbols - {r.t, r.step}
        found |= self.scale.free_symbols | self.decay.free_symbols
        found |= (
            set(self.delay.parameters)
            if isinstance(self.delay, DelayLaw)
            else self.delay.free_symbols
        )
        if self.decay != 0:
            found.add(r.step)
        return tuple(sorted(found, key=str))

    @checked
    def shifted(self, x: sp.Expr) -> sp.Expr:
        """Return what takes the place of x = step * curvature under damping and weight decay.

        Parameters
        ----------
        x : sympy.Expr
            Step times curvature.

        Returns
        -------
        sympy.Expr
            scale * (x + step * decay).

        Raises
        ------
        InputError
            If x is a matrix or does not commute.

        Examples
        --------
        >>> import symbias as sb
        >>> sb.UpdateRule.heavy_ball(0.5, dampening=0.5).shifted(sp.Integer(2))
        1
        """
        require_commuting(x)
        return self.scale * (x + self.step * self.decay)

    @checked
    def characteristic(self, z: sp.Expr, x: sp.Expr) -> sp.Expr:
        """Return the characteristic polynomial p(z; x) of a mode of a quadratic loss.

        Parameters
        ----------
        z : sympy.Symbol
            The multiplier of one step (of one period, for a periodic rule).
        x : sympy.Symbol
            Step times curvature.

        Returns
        -------
        sympy.Expr
            Never divided by anything; a delay tau contributes z**tau. Under a random delay it is the polynomial of
            the mean; a generating function g enters as g(1/z), its denominator multiplied out.

        Raises
        ------
        InputError
            If an argument is a matrix or does not commute.

        Notes
        -----
        Derived here from the recurrence.

        Examples
        --------
        >>> import symbias as sb
        >>> z, x, beta = sp.symbols("z x beta")
        >>> sb.UpdateRule.heavy_ball(beta).delayed(3).characteristic(z, x)
        x*z + z**3*(-beta + z)*(z - 1)
        """
        require_commuting(z)
        mode = self.mode
        alone = mode.written(mode.dynamics, z, sp.S.Zero)
        added = mode.written(mode.gradient, z, self.shifted(x))
        if not isinstance(self.delay, DelayLaw):
            return z**self.delay * alone + added
        if self.delay.probabilities is not None:
            longest = self.delay.probabilities[-1][0]
            mixed = sp.Add(*(chance * z ** (longest - k) for k, chance in self.delay.probabilities))
            return z**longest * alone + added * mixed
        numerator, denominator = sp.fraction(sp.together(self.delay.generating(1 / z)))
        return denominator * alone + added * numerator

    def delayed(self, tau: Any) -> UpdateRule:
        """Return the rule with gradients that come late.

        The whole part of the increment that depends on gradients is computed from the state tau steps earlier.

        Parameters
        ----------
        tau : int, sympy.Symbol, dict, sympy.Lambda
            The delay; or its law, as delay -> probability or as the generating function s -> E[s**tau].

        Returns
        -------
        UpdateRule
            The delayed rule.

        Raises
        ------
        InputError
            If the delay is no integer >= 0, or its law no law.
        DomainError
            If the rule nests gradients, has periodic coefficients, or is delayed already.

        Examples
        --------
        >>> import symbias as sb
        >>> sb.UpdateRule.gradient_descent().delayed(2)
        UpdateRule(gradient descent, delay 2)
        """
        if self.nests:
            raise DomainError(
                f"A delay of {self.name} has no single meaning.",
                cause="It takes gradients at points that other gradients of the same step moved, or cycles.",
                remedy="Write the delayed recurrence yourself and pass it to UpdateRule.from_recurrence.",
            )
        if self.delay != 0:
            raise DomainError(
                f"{self.name} is delayed already.", remedy="Add the delays and delay once."
            )
        random = isinstance(tau, (Mapping, sp.Lambda, DelayLaw))
        delay = delay_law(tau) if random else natural(tau, "The delay")
        return replace(self, delay=delay, name=f"{self.name}, delay {delay}")

    def threshold(self) -> Any:
        """Return the stability threshold of the mean, in x = step * curvature.

        Returns
        -------
        Threshold
            With ``.closed_form``, ``.polynomial``, ``.stable_set``, ``.value(digits, **parameters)``.

        Examples
        --------
        >>> import symbias as sb
        >>> sb.UpdateRule.gradient_descent().threshold().closed_form
        2
        """
        return ask("stability.threshold:threshold", self)

    def mean_square_threshold(
        self, mean: Any = None, variance: Any = None, **parameters: Any
    ) -> Any:
        """Return the largest step below which the second moment of a noisy mode stays bounded.

        Parameters
        ----------
        mean : number or sympy.Expr, optional
            Mean of the curvature that a step sees; left out for a delay law, whose own randomness counts.
        variance : number or sympy.Expr, optional
            Variance of the curvature of a step's batch, independent from step to step.
        **parameters : number
            Values of the symbolic parameters, by name.

        Returns
        -------
        sympy.Expr
            The step; for a delay law without arguments the threshold in x.

        Examples
        --------
        >>> import symbias as sb
        >>> sb.UpdateRule.gradient_descent().mean_square_threshold(2, 1)
        4/5
        """
        return ask(
            "stability.mean_square:mean_square_threshold", self, mean, variance, **parameters
        )

    @classmethod
    def from_recurrence(
        cls, next_value: Any, theta: Any, grad: Any, t: Any, step: Any
    ) -> UpdateRule:
        """Return the rule theta(t+1) = next_value.

        Parameters
        ----------
        next_value : sympy.Expr
            Linear in theta(t), theta(t-1), ..., and in gradients such as grad(theta(t-2)), which may be nested; each
            gradient multiplied by the step. Coefficients may repeat in t with a period up to 12, such as (-1)**t.
        theta, grad : sympy.FunctionClass
            The undefined functions in it.
        t, step : sympy.Symbol
            The symbols of the time and of the step size in it.

        Returns
        -------
        UpdateRule
            The rule. Coupled weight decay, step * (grad(theta(t)) + c * theta(t)), is recognised.

        Raises
        ------
        InputError
            If it looks ahead, or its coefficients depend on t without a period.
        DomainError
            If it is not linear, or does not stay at every point where the gradient vanishes.

        Notes
        -----
        Derived here: grad(point) = curvature * point on a mode of a quadratic loss.

        Examples
        --------
        >>> import symbias as sb
        >>> theta, grad = sp.Function("theta"), sp.Function("grad")
        >>> t, step = sp.symbols("t step")
        >>> line = theta(t) - step * grad((theta(t) + theta(t - 1)) / 2)
        >>> sb.UpdateRule.from_recurrence(line, theta, grad, t, step).threshold().closed_form
        2
        """
        recurrence = as_recurrence(next_value, theta, grad, t, step)
        plain, decay = without_decay(recurrence)
        return cls("a recurrence", plain, (), sp.S.One, decay)
