"""Cubic invariants of the representations that occur: they decide how critical points branch at a crossing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from itertools import product
from math import factorial, prod

from symbias.errors import InputError, near

STABLE = 9
"""From here on the numbers of cubic invariants no longer depend on the size of a block."""

Cycles = Counter[int]
"""Length of a cycle -> how many there are."""


@cache
def cubic_invariants(kind: str) -> int:
    """Return the number of independent cubic invariants of a representation.

    Parameters
    ----------
    kind : str
        ``t``, ``s``, ``x``, ``y`` or ``ss``, as for `Component`; for blocks of at least nine elements.

    Returns
    -------
    int
        The dimension of the invariants in its third symmetric power, by averaging characters.

    Raises
    ------
    InputError
        If there is no such kind.

    Examples
    --------
    >>> [cubic_invariants(kind) for kind in ("t", "s", "x", "y", "ss")]
    [1, 1, 0, 2, 1]
    """
    if kind not in _FACTORS:
        raise InputError(f"There is no component {kind!r}.", remedy=near(kind, _FACTORS))
    factors, total = _FACTORS[kind], Fraction(0)
    for types in product(*(_partitions(STABLE) for _ in factors)):
        share = Fraction(1)
        for cycles in types:
            share /= prod(k**n * factorial(n) for k, n in cycles.items())
        one, two, three = (
            prod(_character(f, _power(c, m)) for f, c in zip(factors, types, strict=True))
            for m in (1, 2, 3)
        )
        total += share * (one**3 + 3 * one * two + 2 * three) / 6
    return int(total)


_FACTORS = {"t": ("t",), "s": ("s",), "x": ("x",), "y": ("y",), "ss": ("s", "s")}


def _partitions(total: int, largest: int | None = None) -> Iterator[Cycles]:
    if total == 0:
        yield Counter()
        return
    for part in range(min(total, largest or total), 0, -1):
        for rest in _partitions(total - part, part):
            yield rest + Counter({part: 1})


def _power(cycles: Cycles, exponent: int) -> Cycles:
    """Return the cycles of a power of a permutation."""
    found: Cycles = Counter()
    for length, count in cycles.items():
        pieces = exponent if length % exponent == 0 else 1
        found[length // pieces] += count * pieces
    return found


def _character(kind: str, cycles: Cycles) -> Fraction:
    fixed, pairs = cycles[1], cycles[2]
    return {
        "t": Fraction(1),
        "s": Fraction(fixed - 1),
        "x": Fraction((fixed - 1) * (fixed - 2), 2) - pairs,
        "y": Fraction(fixed * (fixed - 3), 2) + pairs,
    }[kind]
