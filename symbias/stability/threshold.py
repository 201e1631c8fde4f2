"""The stability threshold of an update rule: derived, printed, compiled and verified."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import lcm
from numbers import Integral
from typing import Any

import sympy as sp

from symbias.contracts import checked
from symbias.errors import DomainError, InputError
from symbias.models.exact import exact, natural
from symbias.models.update_rule import UpdateRule
from symbias.registry import ask
from symbias.stability.candidates import factors
from symbias.stability.cells import active_factor, threshold_near
from symbias.stability.certified import exact_number
from symbias.stability.claims import threshold_claim
from symbias.stability.closed_form import closed_form, tidy
from symbias.stability.crossing import Crossing, crossing
from symbias.stability.derive import derive
from symbias.stability.jury import coefficients, jury_conditions
from symbias.stability.numeric import numeric_threshold
from symbias.stability.pencil import Pencil, at_point, pencil
from symbias.stability.ranges import sample_points
from symbias.stability.roots import count_roots
from symbias.stability.stable_set import endpoints, stable_set
from symbias.sym.conditions import require_inside
from symbias.sym.derivation import Derivation
from symbias.sym.evaluation import require_few
from symbias.sym.formula import Formula
from symbias.sym.names import bind
from symbias.sym.symbols import dummy, positive
from symbias.verdicts.claim import Claim

MARGIN = sp.Rational(1, 10**12)
"""How far from a threshold roots are counted."""


@dataclass(frozen=True, eq=False, repr=False)
class Threshold:
    """Where the mean of an update rule loses stability, in x = step * curvature.

    Everything is computed when it is first asked for. A step is stable if all roots of the characteristic polynomial
    lie inside the unit circle, or on it and simple: then the iterates stay bounded.

    Parameters
    ----------
    rule : UpdateRule
        The rule.

    Attributes
    ----------
    x : sympy.Symbol
        Step times curvature, positive, in what follows.
    closed_form : sympy.Expr or None
        The end of the first stable interval, in the parameters of the rule; NaN where no small step is stable.
    polynomial : sympy.Expr or None
        An irreducible polynomial in x with this root (a product, if different ones vanish in different ranges); None
        for symbolic delays.
    crossing : Crossing
        The equation in the angle w of a root exp(iw), and x there, for rules of degree one in x.
    stable_set : sympy.Set
        All stable x > 0; a boundary point belongs to it if the roots on the circle are simple there.
    table : tuple of sympy.Expr
        All positive if and only if x is stable (Jury), for degrees in z up to 8.

    Examples
    --------
    >>> import symbias as sb
    >>> sb.UpdateRule.heavy_ball(0.5).threshold()
    Threshold(heavy ball(beta=1/2): x* = 3)
    """

    rule: UpdateRule

    @cached_property
    def _pencil(self) -> Pencil:
        return pencil(self.rule)

    @cached_property
    def x(self) -> sp.Symbol:
        """Step times curvature."""
        return positive("x")

    @cached_property
    def _found(self) -> tuple[sp.Expr | None, str]:
        return closed_form(self._pencil)

    @property
    def route(self) -> str:
        """How the closed form was found: ``angle``, ``jury``, ``number``, ``cells`` or ``none``."""
        return self._found[1]

    @cached_property
    def closed_form(self) -> sp.Expr | None:
        """The end of the first stable interval in the parameters, or None."""
        value = self._found[0]
        return None if value is None else self._outer(value)

    def _outer(self, y: sp.Expr) -> sp.Expr:
        """Return x from y, piece by piece."""
        p = self._pencil
        pieces: list[tuple[sp.Expr, Any]] = []
        here = list(p.conditions)
        for piece, condition in y.args if isinstance(y, sp.Piecewise) else [(y, sp.true)]:
            point = sample_points(p.parameters, p.delays, [*here, condition], 2) or [{}]
            pieces.append((tidy(p.outer(piece), point[0]), condition))
            here.append(sp.Not(condition))
        return sp.Piecewise(*pieces)

    @cached_property
    def _factors(self) -> tuple[sp.Symbol, list[sp.Expr]]:
        y = dummy("y")
        return y, factors(self._pencil, y)

    @cached_property
    def polynomial(self) -> sp.Expr | None:
        """A polynomial in x and the parameters that vanishes at the threshold, or None."""
        p = self._pencil
        if p.delays or p.weight is not None:
            return None
        y, candidates = self._factors
        active: dict[int, None] = {}
        points = sample_points(p.inner, (), p.conditions, 4) if p.inner else [{}]
        for point in points:
            here = [f.subs(point) for f in candidates]
            try:
                active[active_factor(here, y, threshold_near(p.at(point)))] = None
            except DomainError:
                if not p.inner:
                    raise
        product = sp.Mul(*(candidates[k] for k in sorted(active)))
        found = sp.expand(product.subs(y, p.scale * (self.x + p.shift)))
        return sp.factor(sp.fraction(sp.together(found))[0]) if found != 1 else None

    @cached_property
    def crossing(self) -> Crossing:
        """The equation in the angle, and x as a function of it."""
        return crossing(self._pencil).rescaled(self._pencil)

    @cached_property
    def stable_set(self) -> sp.Set:
        """All stable x > 0, for a rule without symbolic parameters."""
        return self.set_at()

    @checked
    def set_at(self, values: Mapping[Any, Any] | None = None, **parameters: Any) -> sp.Set:
        """Return all stable x > 0 at values of the parameters.

        Parameters
        ----------
        values : dict, optional
            Symbol -> rational number; an alternative to keywords.
        **parameters : number
            By name.

        Returns
        -------
        sympy.Set
            A union of intervals; isolated points at which iterates just stay bounded are left out. Exact for rational
            coefficients, otherwise with ends of 30 digits.

        Raises
        ------
        DomainError
            If a parameter has no value or one outside its range.

        Examples
        --------
        >>> import symbias as sb
        >>> beta = sp.symbols("beta")
        >>> sb.UpdateRule.heavy_ball(beta).threshold().set_at(beta=sp.Rational(1, 2))
        Interval.Lopen(0, 3)
        """
        given = self._pencil.at(self._bound(values, parameters))
        here = given.rounded(60)
        y = dummy("y")
        rows = here.rows()
        found = stable_set(rows, *endpoints(rows, factors(here, y), y))
        pieces = found.args if isinstance(found, sp.Union) else (found,)

        def outer(end: sp.Expr) -> sp.Expr:
            return here.outer(end) if here is given or not end else here.outer(end).evalf(30)

        moved = [
            sp.Interval(*map(outer, piece.args[:2]), *piece.args[2:])
            for piece in pieces
            if isinstance(piece, sp.Interval)
        ]
        return sp.Union(*moved).intersect(sp.Interval.open(0, sp.oo))

    @cached_property
    def table(self) -> tuple[sp.Expr, ...]:
        """Expressions that are all positive if and only if x > 0 is stable."""
        p = self._pencil
        if p.delays or p.weight is not None:
            raise DomainError(
                "There is no Jury table for a symbolic delay or a law that is not rational.",
                remedy="Give the delay as a number, or use .crossing.",
            )
        return tuple(jury_conditions(coefficients(p, p.scale * (self.x + p.shift))))

    @checked
    def value(
        self, digits: Any = 15, values: Mapping[Any, Any] | None = None, **parameters: Any
    ) -> sp.Float:
        """Return the end of the first stable interval as a number.

        Parameters
        ----------
        digits : int
            Correct digits.
        values : dict, optional
            Symbol -> number; an alternative to keywords.
        **parameters : number
            By name; floats are read as the decimals that they print.

        Returns
        -------
        sympy.Float
            Up to degree 160 in z certified by exact counts of roots on both sides, at distance 10**-digits; otherwise
            the closed form, or counts in double precision.

        Raises
        ------
        DomainError
            If a parameter has no value or one outside its range, or no small step is stable.

        Examples
        --------
        >>> import symbias as sb
        >>> tau = sp.symbols("tau")
        >>> sb.UpdateRule.heavy_ball(0.5).delayed(tau).threshold().value(10, tau=3)
        0.1992672221
        """
        if isinstance(digits, Mapping):
            digits, values = 15, digits
        if isinstance(digits, bool) or not isinstance(digits, Integral) or digits < 1:
            raise InputError(f"digits is {digits!r}.", remedy="Give a positive integer.")
        digits = int(digits)
        require_few(digits)
        table = self._bound(values, parameters)
        key = (digits, *table.items())
        if key not in self._numbers:
            self._numbers[key] = self._number(digits, table)
        return self._numbers[key]

    @cached_property
    def _numbers(self) -> dict[tuple[Any, ...], sp.Float]:
        """Values that were asked for already."""
        return {}

    def _number(self, digits: int, table: Mapping[sp.Symbol, sp.Expr]) -> sp.Float:
        here = self._pencil.at(table)
        if self._pencil.delays and self._found[0] is not None:
            y = self._found[0].xreplace(table)
        else:
            more = digits + (1 if here.shift == 0 else 11)  # decay cancels leading digits
            rational = all(c.is_Rational for c in here.coefficients)
            known = (lambda: self._rows(table)) if rational else None
            near = numeric_threshold(here, more, self.rule.name, known)
            y = exact_number(near)
        found = here.outer(y).evalf(digits + 3)
        if found <= 0:
            raise DomainError(
                f"{self.rule.name} is unstable at every positive curvature.",
                cause="Weight decay alone exceeds the threshold.",
                remedy="Choose a smaller step or less weight decay.",
            )
        return sp.Float(found, digits)

    def _rows(self, table: Mapping[sp.Symbol, sp.Expr]) -> list[list[int]]:
        """Return integer coefficients of the candidate polynomials at numbers."""
        y, candidates = self._factors
        rows = []
        for f in candidates:
            own = sp.Poly(f.xreplace(dict(table)), y).all_coeffs()[::-1]
            if len(own) > 1:
                common = lcm(*(int(c.q) for c in own))
                rows.append([int(c * common) for c in own])
        return rows

    def _bound(
        self, values: Mapping[Any, Any] | None, parameters: Mapping[str, Any]
    ) -> dict[sp.Symbol, sp.Expr]:
        """Return the value of every parameter, checked."""
        p = self._pencil
        given = bind(p.parameters, values or {}, parameters, complete=True)
        table = {s: exact(value, str(s)) for s, value in given.items()}
        symbolic = [s for s, value in table.items() if not value.is_number]
        if symbolic:
            raise InputError(f"{symbolic[0]} is {table[symbolic[0]]}.", remedy="Give a number.")
        require_inside(p.parameters, table, p.conditions, self.rule.name)
        for s in p.delays:
            natural(table[s], f"The delay {s}")
        return table

    def counts(self) -> tuple[list[int], list[int], list[int], list[dict[sp.Symbol, sp.Expr]]]:
        """Count what happens below, between and above, exactly, at some values of the parameters.

        Returns
        -------
        list of int, list of int
            Roots that are not inside the circle at x_* (1 - 1e-12) and at x_* (1 + 1e-12).
        list of int
            Crossings of the circle on (0, x_* (1 - 1e-12)), by Sturm's theorem.
        list of dict
            The values of the parameters.

        Examples
        --------
        >>> import symbias as sb
        >>> sb.UpdateRule.gradient_descent().threshold().counts()
        ([0], [1], [0], [{}])
        """
        p = self._pencil
        y = dummy("y")
        points: list[dict[sp.Symbol, sp.Expr]] = []
        below: list[int] = []
        above: list[int] = []
        between: list[int] = []
        for point in sample_points(p.inner, p.delays, p.conditions, 8) or [{}]:
            here = p.at(point).rounded(60)
            try:
                near, rows = threshold_near(here), here.rows()
            except DomainError:
                if not p.inner:
                    raise
                continue  # a parameter without a range may leave no small step stable
            points.append(point)
            for side, factor in ((below, 1 - MARGIN), (above, 1 + MARGIN)):
                found = count_roots(at_point(rows, near * factor))
                side.append(found.on + found.outside)
            polynomials = [sp.Poly(f, y) for f in factors(here, y)]
            between.append(sum(f.count_roots(0, near * (1 - MARGIN)) for f in polynomials))
            if len(points) == 5:
                break
        return below, above, between, points

    @cached_property
    def derivation(self) -> Derivation:
        """From the recurrence to the threshold, in steps that check themselves."""
        return self._derived[0]

    @property
    def formula(self) -> Formula:
        """The threshold as a formula; what determines it, where there is no closed form."""
        return self._derived[1]

    @cached_property
    def _derived(self) -> tuple[Derivation, Formula]:
        return derive(self)

    def latex(self) -> str:
        """Return the statement as math-mode LaTeX.

        Returns
        -------
        str
            LaTeX without delimiters; where there is no closed form, what determines the threshold: x as a function of
            the angle with the equation of the angle, or the polynomial that vanishes.

        Examples
        --------
        >>> import symbias as sb
        >>> sb.UpdateRule.gradient_descent().threshold().latex()
        'x_{*} = 2'
        """
        statement = self.formula.latex()
        if self.formula.lhs.func != sp.Function("x"):
            return statement
        equation = sp.latex(sp.Eq(self.crossing.left, 0))
        return rf"x_{{*}} = \min x(w),\quad {statement},\quad {equation},\; x(w) > 0"

    def _repr_html_(self) -> str:
        return str(ask("present.formula_html:result_html", self))

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"

    def __repr__(self) -> str:
        try:
            found = self.closed_form
        except DomainError:
            return f"Threshold({self.rule.name}: unstable for arbitrarily small steps)"
        if found is not None:
            return f"Threshold({self.rule.name}: x* = {found})"
        return f"Threshold({self.rule.name}: no closed form; see .polynomial, .crossing, .value)"

    def compile(self) -> Any:
        """Compile the formula.

        Returns
        -------
        Kernel
            Takes the symbols of ``.formula`` in order.

        Examples
        --------
        >>> import symbias as sb
        >>> beta = sp.symbols("beta")
        >>> sb.UpdateRule.heavy_ball(beta).threshold().compile()(0.5)
        3.0
        """
        return self.formula.compile()

    @cached_property
    def claims(self) -> tuple[Claim, ...]:
        """That simulated iterates decay below the threshold and grow above it."""
        return (threshold_claim(self),)

    def verify(self, rng: Any = None, executor: Any = None) -> Any:
        """Check the derivation, compile the formula, and compare with simulated iterates.

        Parameters
        ----------
        rng : int or numpy.random.Generator, optional
            Seed of the run.
        executor : concurrent.futures.Executor, optional
            Where independent simulations run; here, if left out.

        Returns
        -------
        Report
            One verdict for each.

        Examples
        --------
        >>> import symbias as sb
        >>> sb.UpdateRule.nesterov(0.5).threshold().verify().ok
        True
        """
        return ask("runner.verify:verify", self, rng=rng, executor=executor)


def threshold(rule: UpdateRule) -> Threshold:
    """Return the stability threshold of the mean of a rule.

    Parameters
    ----------
    rule : UpdateRule
        The rule.

    Returns
    -------
    Threshold
        Computed as it is asked for; the same rule gets the same one again, with what it has found.

    Raises
    ------
    InputError
        If it is no rule.

    Examples
    --------
    >>> import symbias as sb
    >>> threshold(sb.UpdateRule.optimistic()).closed_form
    2/3
    """
    if not isinstance(rule, UpdateRule):
        raise InputError(f"{rule!r} is no update rule.", remedy="Make one with sb.UpdateRule.")
    return _remembered(rule)


@lru_cache(maxsize=256)
def _remembered(rule: UpdateRule) -> Threshold:
    return Threshold(rule)
