"""Points on the variety of the given equations, refined to any precision that is asked for."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import count
from typing import Any

import sympy as sp

from symbias.sym.equality.evaluate import Evaluator, Undefined
from symbias.sym.equality.problem import Problem
from symbias.sym.equality.sampling import Sampler

_STEPS = 60
_START_DIGITS = 30
_SINGULAR = 1e-10
_BEFORE_SPECIAL = 5


@dataclass(frozen=True)
class System:
    """The given equations with their Jacobian; symbols that cannot move continuously are held fixed.

    Parameters
    ----------
    equations : tuple of sympy.Expr
        Expressions that vanish.
    moving : tuple of sympy.Symbol
        The unknowns.
    jacobian : tuple of tuples of sympy.Expr
        One row for each equation.

    Examples
    --------
    >>> System((), (), ()).moving
    ()
    """

    equations: tuple[Any, ...]
    moving: tuple[Any, ...]
    jacobian: tuple[tuple[Any, ...], ...]

    @classmethod
    def of(cls, problem: Problem) -> System:
        """Return the system of a problem.

        Parameters
        ----------
        problem : Problem
            With equations in `given`.

        Returns
        -------
        System
            Equations, unknowns, derivatives.

        Examples
        --------
        >>> from symbias.sym.symbols import real
        >>> x = real("x")
        >>> len(System.of(Problem(x, x, given=(x**2 - 2,))).moving)
        1
        """
        free = set().union(*(g.free_symbols for g in problem.given))
        moving = tuple(s for s in problem.symbols if s in free and s.is_real and not s.is_integer)
        rows = tuple(tuple(g.diff(s) for s in moving) for g in problem.given)
        return cls(problem.given, moving, rows)


@dataclass(frozen=True)
class Point:
    """A point of the region: exact coordinates, and coordinates that solve a square system.

    Parameters
    ----------
    free : dict
        Symbol -> exact value.
    solved : dict
        Symbol -> approximate value, the start of a Newton iteration.
    system : System or None
        The equations that the solved coordinates satisfy.
    rows : tuple of int
        Which equations determine them.

    Examples
    --------
    >>> Point({}, {}).at(Evaluator(20))
    {}
    """

    free: dict[Any, Any]
    solved: dict[Any, Any]
    system: System | None = None
    rows: tuple[int, ...] = ()

    def at(self, e: Evaluator) -> dict[Any, Any]:
        """Return the coordinates to the precision of an evaluator.

        Parameters
        ----------
        e : Evaluator
            Sets the precision.

        Returns
        -------
        dict
            Symbol -> mpmath number.

        Raises
        ------
        Undefined
            If the point turns out not to lie on the variety.

        Examples
        --------
        >>> Point({}, {}).at(Evaluator(20))
        {}
        """
        values = {s: e.number(v) for s, v in {**self.free, **self.solved}.items()}
        if self.system is None:
            return values
        if self.solved:
            values = _newton(e, self.system, values, tuple(self.solved), self.rows)
        if not _vanish(e, self.system, values):
            raise Undefined
        return values


def points(problem: Problem, sampler: Sampler) -> Iterator[Point | None]:
    """Yield points of the region for ever; None where an attempt failed.

    Parameters
    ----------
    problem : Problem
        The problem.
    sampler : Sampler
        Draws the starts.

    Yields
    ------
    Point or None
        A point inside the conditions and on the variety.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> p = Problem(x, x, given=(x**2 - 2,))
    >>> found = next(q for q in points(p, Sampler(p, 0)) if q)
    >>> abs(round(float(found.at(Evaluator(20))[x]), 10))
    1.4142135624
    """
    system = System.of(problem) if problem.given else None
    for start in _starts(sampler):
        if start is None or system is None:
            yield None if start is None else Point(start, {})
        else:
            yield _project(system, start, sampler)


def _starts(sampler: Sampler) -> Iterator[dict[Any, Any] | None]:
    """Yield random points, after the first few all special ones, then random points for ever."""
    for index in count():
        if index == _BEFORE_SPECIAL:
            yield from sampler.special
        yield sampler.point(index)


def _residuals(e: Evaluator, system: System, values: dict[Any, Any]) -> Any:
    return e.ctx.matrix([e.value(g, values) for g in system.equations])


def _jacobian(e: Evaluator, system: System, values: dict[Any, Any]) -> Any:
    return e.ctx.matrix([[e.value(d, values) for d in row] for row in system.jacobian])


def _vanish(e: Evaluator, system: System, values: dict[Any, Any]) -> bool:
    limit = e.ctx.mpf(10) ** (-e.digits)
    for equation in system.equations:
        scale = _scale_of(e, equation, values)
        if abs(e.value(equation, values)) > limit * max(scale, limit):
            return False
    return True


def _scale(e: Evaluator, system: System, values: dict[Any, Any]) -> Any:
    return max(_scale_of(e, equation, values) for equation in system.equations)


def _scale_of(e: Evaluator, equation: Any, values: dict[Any, Any]) -> Any:
    """Return the size of the largest term, to measure what counts as zero."""
    terms = equation.args if equation.is_Add else (equation,)
    return max(abs(e.value(t, values)) for t in terms)


def _project(system: System, start: dict[Any, Any], sampler: Sampler) -> Point | None:
    """Move a start to the variety by Gauss-Newton steps of least length."""
    e = Evaluator(_START_DIGITS)
    values = {s: e.number(v) for s, v in start.items()}
    try:
        converged = _descend(e, system, values)
        if any(hasattr(values[s], "_mpc_") for s in system.moving):
            return None  # it left the region where the equations are real
        if not converged:
            return _accept(_snapped(system, start, values), sampler)
        return _accept(_pivoted(e, system, start, values), sampler) or _accept(
            _snapped(system, start, values), sampler
        )
    except (Undefined, ZeroDivisionError):
        return None


def _descend(e: Evaluator, system: System, values: dict[Any, Any]) -> bool:
    for _ in range(_STEPS):
        if _vanish(e, system, values):
            return True
        residuals, jacobian = _residuals(e, system, values), _jacobian(e, system, values)
        normal = jacobian * jacobian.T
        trace = sum(abs(normal[i, i]) for i in range(normal.rows))
        if trace == 0 or any(hasattr(r, "_mpc_") for r in residuals):
            return False
        # A hair of regularisation, because given equations may repeat each other.
        normal += e.ctx.eye(normal.rows) * trace * e.ctx.mpf(10) ** -25
        step = jacobian.T * e.ctx.lu_solve(normal, residuals)
        for symbol, change in zip(system.moving, step, strict=True):
            values[symbol] -= change
    return _vanish(e, system, values)


def _pivoted(
    e: Evaluator, system: System, start: dict[Any, Any], values: dict[Any, Any]
) -> Point | None:
    """Keep as many coordinates as possible rational and let the others solve the equations."""
    jacobian = _jacobian(e, system, values)
    rows, columns = _pivots(jacobian)
    if not rows or max(abs(x) for x in jacobian) <= _SINGULAR * _scale(e, system, values):
        return None
    solved = tuple(system.moving[c] for c in columns)
    exact = {s: v for s, v in start.items() if s not in solved}
    for symbol in exact:
        if symbol in system.moving:
            number = sp.Rational(str(e.ctx.nstr(values[symbol], 12)))
            exact[symbol] = Fraction(int(number.p), int(number.q))
    refined = {s: e.number(v) for s, v in exact.items()} | {s: values[s] for s in solved}
    refined = _newton(e, system, refined, solved, rows)
    found = Point(exact, {s: refined[s] for s in solved}, system, rows)
    return found if _vanish(e, system, refined) else None


def _pivots(jacobian: Any) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Rows and columns of a largest regular block, by complete pivoting."""
    a = jacobian.copy()
    rows: list[int] = []
    columns: list[int] = []
    size = max((abs(x) for x in a), default=0)
    for _ in range(min(a.rows, a.cols)):
        value, i, j = max(
            (abs(a[i, j]), i, j)
            for i in range(a.rows)
            if i not in rows
            for j in range(a.cols)
            if j not in columns
        )
        if value <= size * 1e-10:
            break
        for k in range(a.rows):
            if k != i and k not in rows:
                factor = a[k, j] / a[i, j]
                for m in range(a.cols):
                    a[k, m] -= factor * a[i, m]
        rows.append(i)
        columns.append(j)
    return tuple(rows), tuple(columns)


def _newton(
    e: Evaluator,
    system: System,
    values: dict[Any, Any],
    solved: tuple[Any, ...],
    rows: tuple[int, ...],
) -> dict[Any, Any]:
    found = dict(values)
    columns = [system.moving.index(s) for s in solved]
    equations = [system.equations[i] for i in rows]
    for _ in range(12):
        residuals = e.ctx.matrix([e.value(g, found) for g in equations])
        block = e.ctx.matrix(
            [[e.value(system.jacobian[i][j], found) for j in columns] for i in rows]
        )
        try:
            step = e.ctx.lu_solve(block, residuals)
        except ZeroDivisionError as error:
            raise Undefined from error
        for symbol, change in zip(solved, step, strict=True):
            found[symbol] -= change
        size = max(abs(found[s]) for s in solved) + 1
        if max(abs(c) for c in step) <= size * e.ctx.mpf(10) ** (-(e.digits + 10)):
            break
    if any(hasattr(found[s], "_mpc_") for s in solved):
        raise Undefined
    return found


def _snapped(system: System, start: dict[Any, Any], values: dict[Any, Any]) -> Point | None:
    """Round every coordinate to a simple multiple of 1 or of pi, for isolated and singular points."""
    e = Evaluator(_START_DIGITS)
    for unit in (sp.S.One, sp.pi):
        exact = dict(start)
        for symbol in system.moving:
            ratio = float(values[symbol] / e.number(unit))
            if not math.isfinite(ratio):
                return None
            number = Fraction(ratio).limit_denominator(60)
            simple = unit * sp.Rational(number.numerator, number.denominator)
            exact[symbol] = number if unit == 1 else simple
        if _vanish(e, system, {s: e.number(v) for s, v in exact.items()}):
            return Point(exact, {}, system)
    return None


def _accept(point: Point | None, sampler: Sampler) -> Point | None:
    """Keep a point only where the assumptions about every symbol hold."""
    if point is None:
        return None
    return point if sampler.inside({**point.free, **point.solved}) else None
