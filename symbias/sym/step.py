"""Step: one line of a derivation, with its reason and its evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from symbias.sym.evidence import Evidence

KINDS: tuple[str, ...] = ("start", "rewrite", "cite", "assume", "use")
"""What a step can do."""


@dataclass(frozen=True, eq=False)
class Step:
    """One line of a derivation.

    Parameters
    ----------
    kind : str
        A member of `KINDS`.
    relation : str
        How the line relates to the previous one; empty where a chain starts.
    expr : sympy.Expr or sympy.Matrix
        The line.
    because : str
        The reason, in the author's words.
    evidence : Evidence
        How the step is known to hold.
    given : tuple of sympy.Basic
        The equations that the step used.
    key : str or None
        Citation key, for cited lines.
    clock : tuple or None
        ``(symbol, point)`` of an asymptotic step.

    Examples
    --------
    >>> import sympy as sp
    >>> print(Step("start", "", sp.Integer(1), "it begins", Evidence("given", "start")))
    given    1    (it begins)
    """

    kind: str
    relation: str
    expr: Any
    because: str
    evidence: Evidence
    given: tuple[Any, ...] = ()
    key: str | None = None
    clock: tuple[Any, Any] | None = None

    def __str__(self) -> str:
        head = f"{self.evidence.grade:<8} {self.relation}".rstrip()
        separator = " " if self.relation else "    " if len(head) < 9 else " "
        return f"{head}{separator}{self.expr}    ({self.because})"
