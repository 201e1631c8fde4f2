"""Memory: what was decided before need not be decided again.

Within a process every answer is kept. Beyond it, only proofs are, and only if somebody says where: comparisons at
points are made anew by each process.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from symbias.sym.equality.fingerprint import fingerprint
from symbias.sym.evidence import Evidence

PROOFS = ("exact", "ball")
_REMEMBERED = 4096


class KeptProofs(Protocol):
    """Where proofs outlive a process; whoever lends it answers for the engine being the same.

    Examples
    --------
    >>> class Empty:
    ...     def find(self, key): return None
    ...     def keep(self, key, evidence): pass
    >>> lent: KeptProofs = Empty()
    """

    def find(self, key: str) -> Evidence | None:
        """Return what was put under a key, or None."""

    def keep(self, key: str, evidence: Evidence) -> None:
        """Put evidence under a key."""


class Memory:
    """Answers of the engine, found again.

    Examples
    --------
    >>> memory = Memory()
    >>> memory.answer((1,), lambda: Evidence("exact", "it is so")).grade
    'exact'
    >>> memory.answer((1,), lambda: 1 / 0).how
    'it is so'
    """

    def __init__(self) -> None:
        self.kept: KeptProofs | None = None
        self.found = 0
        self._answers: dict[Any, Evidence] = {}

    def answer(self, question: tuple[Any, ...], decide: Callable[[], Evidence]) -> Evidence:
        """Return the answer to a question, decided only if it is not known.

        Parameters
        ----------
        question : tuple
            All that the answer depends on.
        decide : callable
            Returns the answer.

        Returns
        -------
        Evidence
            The answer. What `decide` raises is not kept.

        Examples
        --------
        >>> Memory().answer((2,), lambda: Evidence("numeric", "seen")).how
        'seen'
        """
        if question not in self._answers:
            if len(self._answers) >= _REMEMBERED:
                self._answers.clear()
            self._answers[question] = self._from_kept(question, decide)
        return self._answers[question]

    def _from_kept(self, question: tuple[Any, ...], decide: Callable[[], Evidence]) -> Evidence:
        key = None if self.kept is None else fingerprint(question)
        if self.kept is None or key is None:
            return decide()
        known = self.kept.find(key)
        if known is not None:
            self.found += 1
            return known
        evidence = decide()
        if evidence.grade in PROOFS:
            self.kept.keep(key, evidence)
        return evidence


MEMORY = Memory()
"""Of this process."""
