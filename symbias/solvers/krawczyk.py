"""Krawczyk's test: a system of equations has exactly one solution in a box around an approximate one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from symbias.errors import ConvergenceError, DomainError
from symbias.sym.equality.interval import at_precision, ball_library, ends, is_defined

Evaluate = Callable[[list[Any], int], list[Any]]

_NEWTON_STEPS = 60
_SHRINKINGS = 60
_NARROWINGS = 30


@dataclass(frozen=True)
class ProvedSolution:
    """A solution with what was proved about it.

    Parameters
    ----------
    inside : list of flint.arb
        Balls that hold the solution.
    alone : list of flint.arb
        Larger balls in which there is no other one.

    Examples
    --------
    >>> ProvedSolution([], []).inside
    []
    >>> ProvedSolution([], [ball_library().arb(1, 0.5)]).radius
    0.5
    """

    inside: list[Any]
    alone: list[Any]

    @property
    def radius(self) -> float:
        """How far the solution is alone in every coordinate."""
        return min(float(ball.rad()) for ball in self.alone)


def solve(
    evaluate: Evaluate, start: Sequence[Any], digits: int, radius: float = 2.0**-4
) -> ProvedSolution:
    """Return the solution close to an approximate one, proved to exist and to be alone in a box.

    Parameters
    ----------
    evaluate : callable
        ``evaluate(x, bits) -> [f_1, ..., f_n, df_1/dx_1, df_1/dx_2, ...]``, enclosures, with f smooth where defined.
    start : sequence of float or flint.arb
        Where Newton's method begins; balls are taken for what `approximate` has returned.
    digits : int
        Width aimed at, relative to the largest coordinate.
    radius : float
        Of the first box that is tried, relative to one plus the largest coordinate; smaller ones follow.

    Returns
    -------
    ProvedSolution
        The solution, and where it is alone.

    Raises
    ------
    ConvergenceError
        If Newton's method does not converge, or no box passes the test: the Jacobian is close to singular.
    DomainError
        If the equations are not defined on the way.

    Examples
    --------
    >>> circle = lambda v, bits: [v[0]**2 + v[1]**2 - 2, v[0] - v[1], 2*v[0], 2*v[1], 1, -1]
    >>> found = solve(circle, [0.9, 1.2], 20)
    >>> [bool(ball.contains(1)) for ball in found.inside]
    [True, True]
    """
    bits = int(3.33 * digits) + 80
    return at_precision(bits, lambda: _solve(evaluate, start, digits, bits, radius))


def approximate(evaluate: Evaluate, start: Sequence[Any], bits: int) -> list[Any]:
    """Return the solution close to an approximate one, to a working precision; nothing is proved.

    Parameters
    ----------
    evaluate : callable
        As for `solve`.
    start : sequence of float or flint.arb
        Where Newton's method begins.
    bits : int
        Working precision.

    Returns
    -------
    list of flint.arb
        Exact numbers, half of whose digits were confirmed by the last step, so that all of them hold.

    Raises
    ------
    ConvergenceError
        If Newton's method does not converge.
    DomainError
        If the equations are not defined on the way.

    Examples
    --------
    >>> circle = lambda v, bits: [v[0]**2 + v[1]**2 - 2, v[0] - v[1], 2*v[0], 2*v[1], 1, -1]
    >>> [float(x) for x in approximate(circle, [0.9, 1.2], 100)]
    [1.0, 1.0]
    """

    def run() -> list[Any]:
        return _newton(evaluate, _begin(start), bits)

    return at_precision(bits, run)


def _begin(start: Sequence[Any]) -> list[Any]:
    arb = ball_library().arb
    return [s.mid() if isinstance(s, arb) else arb(float(s)) for s in start]


def _solve(
    evaluate: Evaluate, start: Sequence[Any], digits: int, bits: int, first: float
) -> ProvedSolution:
    arb = ball_library().arb
    # Numbers in balls have come out of Newton's method already; if they are no solution, no box will pass.
    solved = all(isinstance(s, arb) for s in start)
    centre = _begin(start) if solved else _newton(evaluate, _begin(start), bits)
    here = _parts(evaluate, centre, bits)
    radius = arb(first) * (1 + _largest(centre))
    for _ in range(_SHRINKINGS):
        box = [arb(c, radius) for c in centre]
        parts = _contraction(evaluate, here, box, bits)
        if parts is not None:
            image = _image(centre, box, parts)
            if all(b.contains_interior(i) for b, i in zip(box, image, strict=True)):
                found = _narrow(evaluate, _close(centre, image, parts), digits, bits)
                return ProvedSolution(found, box)
        radius = radius / 8
    raise ConvergenceError(
        f"No box around {[float(c) for c in centre]} passes Krawczyk's test.",
        "the Jacobian is singular there, or close to it: a multiple or a non-isolated solution.",
        "Remove the degenerate direction, or ask for more digits.",
    )


def _close(centre: list[Any], image: list[Any], parts: tuple[Any, Any]) -> list[Any]:
    """Return a smaller box with the solution x: x - m = -Y f(m) + E (x - m), and rows of E add up to less than 1."""
    move, contraction = parts
    n = len(centre)
    rows = [sum((abs(contraction[i, j]) for j in range(n)), 0 * move[0, 0]) for i in range(n)]
    left = 1 - _largest(rows)
    if not left > 0:
        return image
    reach = (_largest(move.entries()) / left).upper()
    return [
        i.intersection(ball_library().arb(c, reach)) for c, i in zip(centre, image, strict=True)
    ]


def _parts(evaluate: Evaluate, values: list[Any], bits: int) -> tuple[Any, Any]:
    """Return the values and the Jacobian as matrices; python-flint's, whose products are balls."""
    flint, n = ball_library(), len(values)
    found = [flint.arb(v) if isinstance(v, int) else _ball(v) for v in evaluate(values, bits)]
    return flint.arb_mat(n, 1, found[:n]), flint.arb_mat(n, n, found[n:])


def _ball(value: Any) -> Any:
    if isinstance(value, ball_library().arb):
        return value
    low, high = ends(value)
    return low.union(high)


def _newton(evaluate: Evaluate, point: list[Any], bits: int) -> list[Any]:
    """Return an approximate solution; nothing is proved here, so midpoints do."""
    flint, n = ball_library(), len(point)
    scale = flint.arb(2) ** (-bits // 2)
    for _ in range(_NEWTON_STEPS):
        values, jacobian = _parts(evaluate, point, bits)
        if not all(is_defined(v) for v in (*values.entries(), *jacobian.entries())):
            raise DomainError(
                f"The equations are not defined at {[float(p) for p in point]}.",
                "Newton's method left their domain.",
                "Start closer to the solution.",
            )
        step = _solved(_middle(jacobian), _middle(values))
        point = [(p - step[k, 0]).mid() for k, p in enumerate(point)]
        if _largest([step[k, 0] for k in range(n)]) <= scale * (1 + _largest(point)):
            return point
    raise ConvergenceError(
        "Newton's method does not converge to a solution.",
        "the start is too far away, or there is no solution there.",
        "Start closer to the solution.",
    )


def _solved(matrix: Any, right: Any) -> Any:
    try:
        return matrix.solve(right)
    except ZeroDivisionError:
        raise ConvergenceError(
            "The Jacobian is singular at a point on the way.",
            "the solutions are not isolated, or the start is a critical point.",
            "Start elsewhere, or remove the degenerate direction.",
        ) from None


def _middle(matrix: Any) -> Any:
    return ball_library().arb_mat(
        matrix.nrows(), matrix.ncols(), [x.mid() for x in matrix.entries()]
    )


def _largest(values: list[Any]) -> Any:
    largest = ball_library().arb(0)
    for value in values:
        largest = largest.max(abs(value).upper())
    return largest


def _contraction(
    evaluate: Evaluate, here: tuple[Any, Any], box: list[Any], bits: int
) -> tuple[Any, Any] | None:
    """Return Y f(m) and 1 - Y J(box), Y close to the inverse of J(m); nothing where f is not defined."""
    flint, n = ball_library(), len(box)
    values, jacobian = here
    whole, slopes = _parts(evaluate, box, bits)
    everything = (*values.entries(), *whole.entries(), *slopes.entries())
    if not all(is_defined(v) for v in everything):
        return None
    try:
        inverse = _middle(_middle(jacobian).inv())
    except ZeroDivisionError:
        return None
    identity = flint.arb_mat([[int(i == j) for j in range(n)] for i in range(n)])
    return inverse * values, identity - inverse * slopes


def _image(centre: list[Any], box: list[Any], parts: tuple[Any, Any]) -> list[Any]:
    """Return Krawczyk's image of a box, m - Y f(m) + (1 - Y J(box)) (box - m)."""
    move, contraction = parts
    shift = ball_library().arb_mat(len(box), 1, [b - c for b, c in zip(box, centre, strict=True)])
    image = contraction * shift - move
    return [c + image[k, 0] for k, c in enumerate(centre)]


def _narrow(evaluate: Evaluate, box: list[Any], digits: int, bits: int) -> list[Any]:
    """Return a smaller box that still holds the solution: every solution in a box is in its image."""
    goal = ball_library().arb(10) ** -digits
    for _ in range(_NARROWINGS):
        if _largest([b.rad() for b in box]) * 2 <= goal * _largest(box):
            break
        centre = [b.mid() for b in box]
        parts = _contraction(evaluate, _parts(evaluate, centre, bits), box, bits)
        if parts is None:
            break
        image = _image(centre, box, parts)
        box = [b.intersection(i) for b, i in zip(box, image, strict=True)]
    return box
