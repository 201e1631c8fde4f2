"""Proof of a sign on a box: by enclosures, slopes and mean values, on ever smaller boxes where that does not decide.

An enclosure of a function, and of its slopes where it is continuous, decides a box: the function is bounded below by
its value in the middle and the slopes, and where a slope has one sign the function is least at an end. What remains is
cut in halves. A point at which the sign is certainly wrong refutes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any

from symbias.errors import BudgetError
from symbias.registry import ask
from symbias.sym.budget import Clock
from symbias.sym.equality.boxes import Box
from symbias.sym.equality.derivatives import derivatives, enclosures, one_sign
from symbias.sym.equality.interval import (
    Interval,
    at_precision,
    ball_library,
    ends,
    equal,
    hull,
    interval,
    is_defined,
    less,
)

BITS = 128
_MOST_BITS = 8192
_CORNERS = 64


class Refuted(Exception):  # noqa: N818 - a finding, caught by those who know the user's names
    """The sign is certainly wrong at a point.

    Attributes
    ----------
    point : tuple of flint.arb
        Exact numbers, one per symbol.
    value : flint.arb
        The value there.

    Examples
    --------
    >>> Refuted((), ball_library().arb(-1)).point
    ()
    """

    def __init__(self, point: tuple[Any, ...], value: Any) -> None:
        super().__init__()
        self.point, self.value = point, value


@dataclass(frozen=True)
class Sign:
    """The claim that an expression is positive, or at least not negative, where conditions hold.

    Parameters
    ----------
    expr : sympy.Expr
        The expression.
    symbols : tuple of sympy.Symbol
        In the order of the sides of a box.
    conditions : tuple of sympy.Boolean
        Conditions besides the box.
    strictly : bool
        Whether zero is excluded.
    needs : tuple of sympy.Expr
        What has to be defined besides.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> Sign(x, (x,)).strictly
    False
    """

    expr: Any
    symbols: tuple[Any, ...]
    conditions: tuple[Any, ...] = ()
    strictly: bool = False
    needs: tuple[Any, ...] = ()


class Subdivision:
    """The search for a proof of a sign.

    Parameters
    ----------
    claim : Sign
        What is to be proved.
    admits : callable, optional
        Whether a point (a tuple of exact numbers) counts besides satisfying the conditions.

    Raises
    ------
    CodegenError
        If the expression or a condition holds a function without a ball form.

    Examples
    --------
    >>> import sympy as sp
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> search = Subdivision(Sign(x - sp.sin(x), (x,)))
    >>> search.prove(Box((interval(0, 2),), (False,)), Clock(10))
    1
    """

    def __init__(
        self, claim: Sign, admits: Callable[[tuple[Any, ...]], bool] = lambda _: True
    ) -> None:
        self.claim, self.admits = claim, admits
        parts = [claim.expr, *claim.needs]
        self._values = ask("codegen.ball_twin:ball_program", parts, claim.symbols)
        self._conditions = ask("codegen.ball_twin:ball_program", claim.conditions, claim.symbols)
        self._orders = derivatives(claim.expr, claim.symbols)

    def prove(self, box: Box, time: Clock, most: int = 20_000) -> int:
        """Prove the sign on a box.

        Parameters
        ----------
        box : Box
            One side per symbol.
        time : Clock
            The budget.
        most : int
            So many boxes are looked at.

        Returns
        -------
        int
            How many boxes it took.

        Raises
        ------
        Refuted
            With a point at which the sign is wrong.
        BudgetError
            If it was not decided.
        """
        if not self.claim.symbols:
            return self._constant(box)
        self._try_corners(box)
        queue, count = deque([box]), 0
        while queue:
            # The largest first: a point that refutes is found before the edges of what is claimed are cut up.
            found = queue.popleft()
            count += 1
            if count > most or time.left() <= 0:
                raise self._undecided(found, f"{count} boxes were looked at")
            queue += at_precision(BITS, partial(self._rest, found))
        return count

    def _constant(self, box: Box) -> int:
        bits = BITS
        while bits <= _MOST_BITS:
            values = self._values(box.sides, bits)
            if all(map(is_defined, values)) and self._holds(values[0]):
                return 1
            if all(map(is_defined, values)) and self._fails(values[0]):
                raise Refuted((), values[0])
            bits *= 2
        raise self._undecided(box, f"{_MOST_BITS} bits do not tell the value from 0")

    def _rest(self, box: Box) -> list[Box]:
        """Return what is left to prove of a box: nothing, or its halves."""
        if self._excluded(box):
            return []
        values = self._values(box.sides, BITS)
        defined = all(map(is_defined, values))
        if defined and self._holds(values[0]):
            return []
        slopes = self._slopes_on(box) if defined else []
        if slopes and self._by_slopes(box, slopes):
            return []
        self._try(box.middle())
        splittable = box.splittable
        if not splittable:
            raise self._undecided(box, "a box as small as the precision allows is left")
        return list(box.halves(_widest(box, slopes, splittable)))

    def _slopes_on(self, box: Box) -> list[Any]:
        """Return enclosures of the slopes; of one symbol, sharpened by higher derivatives."""
        if len(self._orders) < 2:
            return []
        if len(self.claim.symbols) == 1:
            found = [enclosures(self._orders, box.sides[0], box.middle()[0], BITS)[1]]
        else:
            found = self._orders[1](box.sides, BITS)
        return found if all(map(is_defined, found)) else []

    def _by_slopes(self, box: Box, slopes: list[Any]) -> bool:
        """Decide a box by the function at the ends where it is least, and by the mean value theorem there."""
        least = box
        for k, slope in enumerate(slopes):
            if isinstance(box.sides[k], Interval) and one_sign(slope):
                end = ends(box.sides[k])[0 if ends(slope)[0] >= 0 else 1]
                least = least.replaced(k, interval(end, end))
        value = self._values(least.sides, BITS)[0]
        if least is not box and self._holds(value):
            return True
        if not any(isinstance(side, Interval) for side in least.sides):
            self._try(least.sides)
            return False
        middle = least.middle()
        value = self._values(middle, BITS)[0]
        for side, slope, centre in zip(least.sides, slopes, middle, strict=True):
            if isinstance(side, Interval):
                value = value + slope * (side - centre)
        return self._holds(value)

    def _holds(self, value: Any) -> bool:
        zero = ball_library().arb(0)
        return is_defined(value) and less(zero, value, strictly=self.claim.strictly) is True

    def _fails(self, value: Any) -> bool:
        zero = ball_library().arb(0)
        return is_defined(value) and less(value, zero, strictly=not self.claim.strictly) is True

    def _excluded(self, box: Box) -> bool:
        met = self._conditions(box.sides, BITS)
        return any(is_defined(m) and equal(m, 0) is True for m in met)

    def _try_corners(self, box: Box) -> None:
        corners = [dict.fromkeys(ends(side)) for side in box.sides]
        if 2 ** len(corners) <= _CORNERS:
            for corner in product(*corners):
                self._try(corner)

    def _try(self, point: Sequence[Any]) -> None:
        """Raise if the sign is certainly wrong at an exact point that counts."""
        if not all(p.is_exact() for p in point):
            return
        for bits in (BITS, 4 * BITS):
            values = self._values(point, bits)
            value = values[0]
            if not (all(map(is_defined, values)) and self._fails(value)):
                continue
            met = self._conditions(point, bits)
            if all(equal(m, 1) is True for m in met) and self.admits(tuple(point)):
                raise Refuted(tuple(point), value)
            return

    def _undecided(self, box: Box, why: str) -> BudgetError:
        where = ", ".join(
            f"{s} in {side}" for s, side in zip(self.claim.symbols, box.sides, strict=True)
        )
        return BudgetError(
            f"The sign of {self.claim.expr} was not decided by interval arithmetic{': ' + where if where else ''}.",
            f"{why}; the expression touches 0 or an edge of its domain, or varies too much.",
            "Take a smaller box, split off what vanishes, or allow more seconds.",
        )


def _widest(box: Box, slopes: list[Any], splittable: list[int]) -> int:
    """Return the side that adds most to the width of the enclosure."""

    def weight(k: int) -> Any:
        side = box.sides[k]
        width = side.high - side.low
        if not slopes:
            scale = 1 + hull([side]).high.max(-side.low)
            return width / scale
        low, high = ends(slopes[k])
        return width * (high - low) + width * abs(high + low) / 1000

    best = splittable[0]
    for k in splittable[1:]:
        if weight(k) > weight(best):
            best = k
    return best
