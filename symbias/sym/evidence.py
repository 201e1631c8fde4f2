"""Evidence: how a step of a derivation is known to hold, graded and never blurred."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

GRADES: tuple[str, ...] = ("exact", "ball", "numeric", "cited", "ansatz")
"""From strongest to weakest; ``"given"`` stands outside the order: a derivation starts there."""

GIVEN = "given"


@dataclass(frozen=True)
class Evidence:
    """How one step is known.

    Parameters
    ----------
    grade : str
        One of `GRADES`, or ``"given"``.
    how : str
        One sentence: the method that decided the step.
    points : int
        Number of points compared (grade ``numeric``), else 0.
    skipped : int
        Number of points at which a side was undefined.
    closeness : float or None
        Largest relative difference seen (equalities), or smallest slack (inequalities).
    region : str
        Where the points were taken.

    Examples
    --------
    >>> print(Evidence("numeric", "both sides compared", points=20, closeness=1e-49))
    numeric: both sides compared; 20 points, closeness 1e-49
    """

    grade: str
    how: str
    points: int = 0
    skipped: int = 0
    closeness: float | None = None
    region: str = ""

    def __post_init__(self) -> None:
        if self.grade not in (*GRADES, GIVEN):
            raise ValueError(f"unknown grade {self.grade!r}")

    def __str__(self) -> str:
        parts = [f"{self.grade}: {self.how}"]
        if self.points:
            worst = "" if self.closeness is None else f", closeness {self.closeness:.0e}"
            parts.append(f"{self.points} points{worst}")
        if self.skipped:
            parts.append(f"{self.skipped} skipped")
        if self.region:
            parts.append(f"in {self.region}")
        return "; ".join(parts)


def weakest(grades: Iterable[str]) -> str:
    """Return the weakest grade; ``"given"`` counts for nothing, no grade at all is ``"given"``.

    Parameters
    ----------
    grades : iterable of str
        Grades, ``"given"`` allowed.

    Returns
    -------
    str
        A member of `GRADES`, or ``"given"``.

    Examples
    --------
    >>> weakest(["exact", "given", "numeric"])
    'numeric'
    """
    ranks = [GRADES.index(g) for g in grades if g != GIVEN]
    return GRADES[max(ranks)] if ranks else GIVEN
