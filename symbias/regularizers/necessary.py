"""Necessary tests for a mirror potential, warped or not: a refusal is a number proved different from zero.

The quantities of `metric_tests` vanish all over the leaf of the start where a potential exists. They are evaluated at
the start, exactly, and where all vanish there, as series along a curve on the leaf: a coefficient that is not zero
proves that the quantity is not. Coefficients are rational, or balls that have to exclude zero. Zeros prove nothing:
where no test fails nothing is concluded.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import sympy as sp

from symbias.errors import BudgetError, NoRegularizer
from symbias.models.parametrization import Parametrization
from symbias.regularizers.coefficients import Balls, IrrationalError, Rationals
from symbias.regularizers.initialization import Initialization
from symbias.regularizers.jet_evaluation import JetEvaluator
from symbias.regularizers.jets import UndecidedError
from symbias.regularizers.leaf import Derivatives, Leaf, curve
from symbias.regularizers.leaf_rank import MissingRank, missing_rank
from symbias.regularizers.metric_tests import MetricTests, Quantity

SEED = 2102
ORDER = 6
"""Number of coefficients along a curve."""
BALL_ORDER = 4
"""The same with balls, which are slow."""
DEEP = 12
"""The same where M is singular at the start, which costs orders."""
MOST_OUTPUTS = 5
"""Of more outputs random combinations are tested: a potential of all is one of each combination too."""

Point = dict[sp.Symbol, sp.Expr]


def necessary_tests(parametrization: Parametrization, start: Initialization) -> None:
    """Refuse a map for which no potential, warped or not, can exist from a start.

    Parameters
    ----------
    parametrization : Parametrization
        The map, with exact coefficients.
    start : Initialization
        The start. For symbols of the user's own random numbers are put in.

    Raises
    ------
    NoRegularizer
        If a test fails.
    BudgetError
        If a function of the map is not supported, or the rank of its Jacobian could not be decided.

    Notes
    -----
    The warp is that of Azulay et al. (``azulay2021``); the tests of the metric's conformal class, their form and their
    exact evaluation on the leaf are derived here.

    Examples
    --------
    >>> from symbias.regularizers.initialization import initialization
    >>> from symbias.sym.symbols import real
    >>> a, c, u, v = real("a c u v")
    >>> net = Parametrization([a * u + c, a * v + c], [a, c, u, v])
    >>> try:
    ...     necessary_tests(net, initialization(net, {a: 1, c: 0, u: 1, v: 2}))
    ... except NoRegularizer as refused:
    ...     print(refused.reason, refused.defect)
    no intrinsic metric -1/3
    """
    if len(parametrization.outputs) == 1:
        _require_motion(parametrization, start)
        return
    rng = np.random.default_rng(SEED)
    point, said = _numbers(start, rng)
    count = len(parametrization.outputs)
    if count <= MOST_OUTPUTS:
        _examine(parametrization, point, said, rng)
        return
    table = Derivatives(parametrization.outputs, parametrization.parameters)
    if _rests(table, point):
        raise _deficient(MissingRank(0, everywhere=False), count, point, said)
    if not _look(table, point, _at_rest(count), 1, tests=False).invertible:
        _require_rank(parametrization, point, said)
    mixing = rng.integers(1, 4, size=(MOST_OUTPUTS - 1, count))
    mixing *= rng.choice([-1, 1], size=mixing.shape)
    mixed = list(mixing @ np.array(parametrization.outputs, dtype=object))
    said = f" F_1, ..., F_{len(mixed)} are here random combinations of the outputs.{said}"
    _examine(Parametrization(mixed, parametrization.parameters), point, said, rng)


class _Sight(NamedTuple):
    """What is seen along a curve: whether M is known to be invertible there, and what failed."""

    invertible: bool
    failed: Quantity | None = None
    exponent: int = 0
    defect: sp.Expr = sp.S.Zero


def _at_rest(count: int) -> list[list[int]]:
    return [[0]] * count


def _controls(count: int, rng: np.random.Generator) -> list[list[int]]:
    """Return random polynomials of degree three, so that a curve turns into the directions of brackets."""
    return [[int(n) for n in row] for row in rng.integers(-2, 3, size=(count, 4)) * 2 + 1]


def _examine(
    parametrization: Parametrization, point: Point, said: str, rng: np.random.Generator
) -> None:
    table = Derivatives(parametrization.outputs, parametrization.parameters)
    first = _look(table, point, _at_rest(table.count), 1)
    if first.failed is not None:
        raise _refusal(first, point, f"at the start it is {first.defect}.{said}")
    if not first.invertible and _rests(table, point):
        raise _deficient(MissingRank(0, everywhere=False), table.count, point, said)
    controls = _controls(table.count, rng)
    seen = _look(table, point, controls, ORDER if first.invertible else DEEP)
    if seen.failed is not None:
        where = (
            f"it is ({seen.defect}) t^{seen.exponent} to leading order along the curve theta' = J^T c(t) from the "
            f"start, the coefficients of c being {controls}.{said}"
        )
        raise _refusal(seen, point, where)
    if not (first.invertible or seen.invertible):
        _require_rank(parametrization, point, said)


def _look(
    table: Derivatives,
    point: Point,
    controls: Sequence[Sequence[int]],
    order: int,
    *,
    tests: bool = True,
) -> _Sight:
    """Evaluate the tests along a curve, with rational coefficients if possible."""
    for field, most in ((Rationals(), order), (Balls(), min(order, BALL_ORDER))):
        try:
            leaf = Leaf(table, field, curve(table, field, list(point.values()), controls, most))
            failed = _failed(leaf, field) if tests and leaf.H is not None else None
        except IrrationalError:
            continue
        except UndecidedError:
            break
        return failed or _Sight(invertible=leaf.H is not None)
    return _Sight(invertible=False)


def _failed(leaf: Leaf, field: Rationals | Balls) -> _Sight | None:
    for quantity in MetricTests(leaf).quantities():
        found = quantity.value.first_proved()
        if found is not None:
            return _Sight(True, quantity, found[0], field.number(found[1]))
    return None


def _refusal(seen: _Sight, point: Point, where: str) -> NoRegularizer:
    assert seen.failed is not None  # noqa: S101 - for the type checker
    what = {
        "no intrinsic metric": "No potential exists, warped or not: the metric is no function of w, not even up to a "
        "factor.",
        "no warp": "No potential exists: no factor g turns the inverse metric into the Hessian of a function of w.",
    }[seen.failed.reason]
    return NoRegularizer(
        f"{what} The {seen.failed.text} would have to vanish; {where}",
        remedy="Measure by simulate.reweighting_defect how far the limit moves when samples are reweighted: where it "
        "does, nothing that the start alone fixes is minimised.",
        reason=seen.failed.reason,
        defect=seen.defect,
        point=point,
    )


def _require_rank(parametrization: Parametrization, point: Point, said: str) -> None:
    """Refuse where the rank of the Jacobian is known to fall short."""
    found = missing_rank(parametrization, point)
    if found is None:
        raise BudgetError(
            "The tests for a regularizer were not decided.",
            "the Jacobian loses rank at the start and near it, to the order that was looked at.",
            "Start at a point without coincidences.",
        )
    raise _deficient(found, len(parametrization.outputs), point, said)


def _deficient(found: MissingRank, count: int, point: Point, said: str) -> NoRegularizer:
    where = (
        "at every point."
        if found.everywhere
        else f"at all points that flows from the start reach.{said}"
    )
    return NoRegularizer(
        f"The Jacobian of the map has rank {found.rank}, less than its {count} outputs, {where}",
        "w moves on a surface, on which the metric has no inverse.",
        "Leave out outputs that are functions of the others, or start elsewhere.",
        reason="rank deficient",
        defect=sp.Integer(count - found.rank),
        point={} if found.everywhere else point,
    )


def _require_motion(parametrization: Parametrization, start: Initialization) -> None:
    """Refuse a single output that never moves; one that moves always has a potential."""
    table = Derivatives(parametrization.outputs, parametrization.parameters)
    points = _coordinates(start)
    resting = [p for p in points if _rests(table, p)]
    if resting:
        raise NoRegularizer(
            f"The gradient of the map vanishes at the start{_share(len(resting), len(points))}: w never moves there.",
            "the start is a saddle.",
            "Start elsewhere.",
            reason="rank deficient",
            defect=sp.Integer(len(resting)),
            point=resting[0],
        )


def _share(some: int, all_: int) -> str:
    return "" if all_ == 1 else f" of {some} of {all_} coordinates"


def _rests(table: Derivatives, point: Point) -> bool:
    for field in (Rationals(), Balls()):
        try:
            theta = curve(table, field, list(point.values()), [], 1)
            at = JetEvaluator(field, dict(zip(table.parameters, theta, strict=True)), 1)
            return not any(at(slope).coefficients for row in table.first for slope in row.values())
        except IrrationalError:
            continue
    return False


def _coordinates(start: Initialization) -> list[Point]:
    """Return the different points at which the copies of a coordinatewise map start."""
    if start.symbolic:
        return []
    rows = (
        {tuple(row) for row in np.column_stack([*start.arrays.values()])} if start.arrays else {()}
    )
    found = []
    for row in rows:
        values = {s: sp.Rational(repr(float(x))) for s, x in zip(start.arrays, row, strict=True)}
        found.append({s: x.xreplace(values) for s, x in start.point.items()})
    return found


def _numbers(start: Initialization, rng: np.random.Generator) -> tuple[Point, str]:
    """Return the start with numbers for its symbols, and what to say of them."""
    point = start.point
    symbols = sorted(set().union(*(x.free_symbols for x in point.values())), key=str)
    chosen = {s: _number(s, rng) for s in symbols}
    if not chosen:
        return point, ""
    listed = ", ".join(f"{s} = {x}" for s, x in chosen.items())
    return {s: x.subs(chosen, simultaneous=True) for s, x in point.items()}, f" Tested at {listed}."


_KINDS = ("positive", "negative", "nonnegative", "nonpositive", "nonzero", "integer")


def _number(symbol: sp.Symbol, rng: np.random.Generator) -> sp.Rational:
    """Return a random small number that the assumptions of a symbol allow."""
    for attempt in range(200):
        bottom = 1 if attempt > 100 else int(rng.integers(2, 8))
        value = sp.Rational(int(rng.integers(-20, 21)), bottom)
        if value and not any(
            getattr(symbol, f"is_{kind}") and getattr(value, f"is_{kind}") is False
            for kind in _KINDS
        ):
            return value
    raise BudgetError(
        f"No number was found that the assumptions of {symbol} allow.",
        remedy="Declare it real, positive or negative only, or give numbers.",
    )
