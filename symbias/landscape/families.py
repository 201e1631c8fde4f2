"""Where families of critical points come from: names, more neurons than inputs, and a search."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import sympy as sp

from symbias.contracts import checked
from symbias.errors import ConvergenceError, DomainError, InputError
from symbias.landscape.anchored_branch import AnchoredBranch
from symbias.landscape.branch import Branch
from symbias.landscape.family import Family
from symbias.landscape.limits import Limit, d, named_limit
from symbias.models.population_loss import PopulationLoss
from symbias.symmetry.group import permutations

SEARCHED_AT = 64
"""The dimension in which families with extra neurons are looked for."""

SEED, TRIALS, ITERATIONS = 20, 240, 60
"""Random starts of a search, and steps of Newton's method from each."""


def family(loss: PopulationLoss, name: str, p: int | None = None) -> Family:
    """Return a family of critical points of a population loss.

    Parameters
    ----------
    loss : PopulationLoss
        The loss.
    name : str
        ``global``, ``A``, ``I`` or ``II``.
    p : int, optional
        How many neurons differ from the others, for I and II.

    Returns
    -------
    Family
        Found when it is first asked for a point. With extra neurons, the continuation of the family of that name:
        the group is the same, and leaves each extra neuron where it is.

    Raises
    ------
    InputError
        If there is no family of that name, the second layer is trained and the activation not homogeneous, or there are
        fewer neurons than inputs.

    Examples
    --------
    >>> import symbias as sb
    >>> family(sb.PopulationLoss(sb.activations.relu), "II", 2)
    Family(II_2: Delta(S_(d - 2) x S_2) on rows AB and columns AB)
    """
    return _family(loss, name, p)


@lru_cache(maxsize=64)
def _family(loss: PopulationLoss, name: str, p: int | None) -> Family:
    """Make a family once: it remembers its branch, its compiled equations and its expansions."""
    _require_loss(loss)
    limit = named_limit(name, p, loss.extra_neurons)
    if loss.extra_neurons and name == "global":
        raise InputError(
            "With extra neurons there is no isolated global minimum.",
            "the teacher with its neurons split is a whole set of minima.",
            "Ask for A, I or II.",
        )
    found = Family(loss, limit)
    if loss.extra_neurons:
        found.anchored = lambda: _with_extra_neurons(found)
    return found


def _require_loss(loss: PopulationLoss) -> None:
    if loss.second_layer and not loss.activation.degree:
        raise InputError(
            f"{loss.activation} is not homogeneous: with a second layer of ones its critical points are other ones.",
            remedy="Ask for the family with second_layer=False.",
        )
    if not 0 <= loss.extra_neurons <= 2:
        raise InputError(
            f"The loss has {loss.extra_neurons} extra neurons.",
            remedy="Families are known for 0, 1 and 2 of them.",
        )


def _with_extra_neurons(found: Family) -> AnchoredBranch:
    """Return the branch whose other neurons are those of the family, and whose extra ones are small but not zero."""
    branch, group = Branch(found.system, found.limit), found.group
    leading = branch.leading(SEARCHED_AT)
    extra = np.array([group.rows[o.row].startswith("X") for o in group.orbits])
    flat = (np.abs(leading) < 1 / SEARCHED_AT) & ~extra
    rng = np.random.default_rng(SEED)
    for trial in range(TRIALS):
        start = np.where(flat, rng.normal(size=len(leading)) / SEARCHED_AT, leading)
        scale = SEARCHED_AT ** -(1.0, 0.75, 0.5)[trial % 3]
        start = np.where(extra, rng.normal(size=len(leading)) * scale, start)
        point = _damped(found, float(SEARCHED_AT), start)
        if point is None or np.abs((point - leading)[~extra]).max() > 0.5:
            continue
        # Parallel neurons, such as two that all inputs enter alike, are a split one: no isolated point.
        areas = found.system.float_areas(float(SEARCHED_AT), *point)
        if np.abs(point[extra]).max() > 1e-6 and areas.min() > 1e-6:
            return AnchoredBranch(found.system, found.limit, float(SEARCHED_AT), point)
    raise ConvergenceError(
        f"The family {found.name} was not found at d = {SEARCHED_AT}.",
        "no critical point with small extra neurons lies near its limit.",
        "Ask for another family, or use .critical_families(blocks).",
    )


def _damped(found: Family, dimension: float, start: Any) -> Any:
    """Return where Newton's method with short steps ends, or None."""
    n, x = len(start), np.array(start, dtype=float)
    for _ in range(ITERATIONS):
        values = found.system.float_equations(dimension, *x)
        if not np.isfinite(values).all():
            return None
        try:
            step = np.linalg.solve(values[n:].reshape(n, n), values[:n])
        except np.linalg.LinAlgError:
            return None
        length = np.abs(step).max()
        x = x - step * min(1.0, 0.3 / max(length, 1e-300))
        if length * dimension < 1e-9:
            return x
    return None


@checked
def critical_families(loss: PopulationLoss, blocks: Sequence[Any], at: int = 20) -> list[Family]:
    """Search for families of critical points that a group fixes.

    Parameters
    ----------
    loss : PopulationLoss
        The loss.
    blocks : sequence of int or None
        Sizes of the blocks of neurons and inputs that are permuted together; None for the free one.
    at : int
        The dimension in which the search is made.

    Returns
    -------
    list of Family
        By ascending loss there, each found from at least one of some hundred random starts: there may be more. The
        name tells the family of that name that it is, else its number.

    Raises
    ------
    InputError
        If the sizes are not integers with one free size, or the dimension leaves no room for them.

    Examples
    --------
    >>> import symbias as sb
    >>> found = critical_families(sb.PopulationLoss(sb.activations.relu), [None])
    >>> [family.name for family in found]
    ['A']
    """
    _require_loss(loss)
    sizes = _sizes(blocks, at)
    group = permutations(sizes, extra_rows=loss.extra_neurons)
    blank = Limit("critical", group, tuple(sp.Integer(0) for _ in group.orbits))
    searcher = Family(loss, blank)
    points = sorted(_distinct(searcher, at), key=lambda pair: pair[0])
    known = list(_known(loss, group, at))
    found = []
    for number, (value, point) in enumerate(points, start=1):
        names = [name for name, other in known if abs(other - value) < 1e-9]
        limit = Limit(names[0] if names else f"critical_{number}", group, blank.weights)
        member = Family(loss, limit)
        member.anchored = _anchor(member, at, point)
        found.append(member)
    return found


def _anchor(member: Family, at: int, point: Any) -> Any:
    return lambda: AnchoredBranch(member.system, member.limit, float(at), point)


def _sizes(blocks: Sequence[Any], at: int) -> list[Any]:
    given = list(blocks)
    fixed = [size for size in given if size is not None]
    whole = all(isinstance(size, int) and not isinstance(size, bool) and size > 0 for size in fixed)
    if len(given) - len(fixed) != 1 or not whole or at - sum(fixed) < 4 or at > 200:
        raise InputError(
            f"The group does not act: {given!r} are no block sizes for d = {at}.",
            remedy="Give positive integers and one None for the free size, of which four or more must be left.",
        )
    return [d - sum(fixed) if size is None else size for size in given]


def _distinct(searcher: Family, at: int) -> Iterator[tuple[float, Any]]:
    """Yield loss and coordinates of the smooth critical points that are met."""
    rng = np.random.default_rng(SEED)
    seen: list[Any] = []
    counts = np.array([float(sp.sympify(o.size).subs(d, at)) for o in searcher.group.orbits])
    diagonal = np.array(
        [
            o.diagonal is True or (o.diagonal is None and o.row == o.column)
            for o in searcher.group.orbits
        ]
    )
    for _ in range(TRIALS):
        sizes = np.where(diagonal, 1.0, 2.0 / at)
        point = _damped(searcher, float(at), rng.normal(size=len(diagonal)) * sizes)
        if point is None or searcher.system.float_areas(float(at), *point).min() < 1e-9:
            continue
        # Neither the loss nor the size of the weights changes when neurons trade places.
        value = float(searcher.system.float_loss(float(at), *point))
        marks = np.array([value, (counts * point**2).sum()])
        if not any(np.abs(marks - other).max() < 1e-8 for other in seen):
            seen.append(marks)
            yield value, point


def _known(loss: PopulationLoss, group: Any, at: int) -> Iterator[tuple[str, float]]:
    """Yield names and losses of the families that the same group fixes."""
    points = [b for b in group.blocks if b.name[0] not in "XY"]
    small = [int(b.size) for b in points if b.size.is_Integer]
    names: list[tuple[str, int | None]] = [("A", None)]
    if len(small) == 1:
        names += [("I", small[0]), ("II", small[0])]
    for name, p in names:
        try:
            member = family(loss, name, p)
            yield member.name, member.at(at).loss
        except (ConvergenceError, DomainError):
            continue
