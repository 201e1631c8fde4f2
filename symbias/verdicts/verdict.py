"""Verdict: what a claim says after it was put to the test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from symbias.registry import ask
from symbias.verdicts.plain import plain

SIGNIFICANCE = 1e-6
"""The probability with which a true statistical claim is called false; the same everywhere."""

ENTIRELY_LOOSE = 0.1
"""No tolerance may be wider than this: a wrong formula would pass."""


@dataclass(frozen=True)
class Verdict:
    """The outcome of one claim.

    Parameters
    ----------
    title : str
        What is claimed.
    relation : str
        ``"=="``, ``"<="``, ``">="``, ``"~"``, ``"in law"`` or ``"->"``.
    kind : str
        ``equality``, ``bound``, ``scaling``, ``law`` or ``limit``; the runner adds ``derivation``,
        ``compiled``, ``document``, ``figure`` and ``script`` for what is not a claim.
    predicted, measured : float or None
        The two numbers that decide; of arrays, those at the worst entry.
    error : float or None
        How far apart they are, or the slack of a bound (negative when violated).
    tolerance : float or None
        What the error is compared with.
    holds : bool
        Whether the claim passed.
    message : str
        One sentence that says why.
    evidence : str
        The grade of the formula the claim is about, or empty.
    seconds : float
        How long the claim took.
    details : mapping
        Numbers behind the verdict, by name.

    Examples
    --------
    >>> verdict = Verdict("2 + 2 = 4", "==", "equality", 4.0, 4.0, 0.0, 1e-9, True, "within 1e-09")
    >>> verdict
    holds: 2 + 2 = 4  [==]  predicted 4, measured 4, error 0 (within 1e-09)
    """

    title: str
    relation: str
    kind: str
    predicted: float | None
    measured: float | None
    error: float | None
    tolerance: float | None
    holds: bool
    message: str
    evidence: str = ""
    seconds: float = 0.0
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether the claim holds."""
        return self.holds

    def to_dict(self) -> dict[str, Any]:
        """Return the verdict as plain data that JSON can hold.

        Returns
        -------
        dict
            The fields by name; what is not finite becomes None.

        Examples
        --------
        >>> Verdict("t", "==", "equality", 1.0, 1.0, 0.0, 1e-9, True, "m").to_dict()["holds"]
        True
        """
        return {item.name: plain(getattr(self, item.name)) for item in fields(self)}

    def _numbers(self) -> list[tuple[str, str]]:
        gap = "slack" if self.kind == "bound" else "error"
        shown = [("predicted", self.predicted), ("measured", self.measured), (gap, self.error)]
        return [(name, f"{value:.6g}") for name, value in shown if value is not None]

    def __repr__(self) -> str:
        numbers = ", ".join(f"{name} {value}" for name, value in self._numbers())
        kind = f"[{self.relation or self.kind}]"
        head = f"{'holds' if self.holds else 'FAILS'}: {self.title}  {kind}"
        return f"{head}  {numbers} ({self.message})" if numbers else f"{head}  ({self.message})"

    def _repr_html_(self) -> str:
        cells = [("claim", self.title), ("relation", self.relation), *self._numbers()]
        cells += [("verdict", "holds" if self.holds else "fails"), ("why", self.message)]
        return str(ask("present.html:pairs_table", cells))

    def _repr_latex_(self) -> str:
        numbers = ",\\ ".join(f"\\text{{{name}}}\\ {value}" for name, value in self._numbers())
        word = "holds" if self.holds else "fails"
        return f"$\\displaystyle \\text{{{word}}}\\quad {numbers}$"


def without_numbers(
    kind: str,
    title: str,
    message: str,
    *,
    holds: bool = False,
    relation: str = "",
    evidence: str = "",
    seconds: float = 0.0,
    details: Mapping[str, Any] | None = None,
) -> Verdict:
    """Return a verdict on something that gave no numbers: a script, a step, or a claim that raised.

    Parameters
    ----------
    kind, title, message : str
        As in `Verdict`.
    holds : bool
        Whether it passed; by default it did not.
    relation, evidence : str
        As in `Verdict`.
    seconds : float
        How long it took.
    details : mapping, optional
        Numbers behind it.

    Returns
    -------
    Verdict
        Without prediction and measurement.

    Examples
    --------
    >>> without_numbers("script", "x.py", "it raised")
    FAILS: x.py  [script]  (it raised)
    """
    return Verdict(
        title=title,
        relation=relation,
        kind=kind,
        predicted=None,
        measured=None,
        error=None,
        tolerance=None,
        holds=holds,
        message=message,
        evidence=evidence,
        seconds=seconds,
        details=dict(details or {}),
    )
