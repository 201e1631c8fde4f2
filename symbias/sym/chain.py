"""Chain: how the relations of successive lines combine into one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from symbias.errors import InputError

STEP_RELATIONS: tuple[str, ...] = ("==", "<=", ">=", "~")
"""The relations that a step can have."""


def chained(first: str, second: str) -> str | None:
    """Return the relation of a to c when a ``first`` b ``second`` c, or None if nothing follows.

    Parameters
    ----------
    first, second : str
        Members of `STEP_RELATIONS`.

    Returns
    -------
    str or None
        The combined relation.

    Examples
    --------
    >>> chained("==", "<="), chained("<=", ">=")
    ('<=', None)
    """
    if second in (first, "=="):
        return first
    return second if first == "==" else None


@dataclass(frozen=True)
class Chain:
    """The relation of the first line of a chain to its last, and the limit it is meant in.

    Parameters
    ----------
    first : sympy.Expr or sympy.Matrix
        The line that the chain began with.
    relation : str
        A member of `STEP_RELATIONS`.
    clock : tuple or None
        ``(symbol, point)`` for ``~``.

    Examples
    --------
    >>> Chain(0).extended("<=", None).relation
    '<='
    """

    first: Any
    relation: str = "=="
    clock: tuple[Any, Any] | None = None

    def extended(self, relation: str, clock: tuple[Any, Any] | None) -> Chain:
        """Return the chain with one more step.

        Parameters
        ----------
        relation : str
            Of the previous line to the new one.
        clock : tuple or None
            The limit of an asymptotic step.

        Returns
        -------
        Chain
            The longer chain.

        Raises
        ------
        InputError
            If nothing would follow from the combination.

        Examples
        --------
        >>> Chain(0, "<=").extended("==", None).relation
        '<='
        """
        if relation not in STEP_RELATIONS:
            raise InputError(
                f"A step cannot have the relation {relation!r}.", remedy="Use ==, <=, >= or ~."
            )
        combined = chained(self.relation, relation)
        if combined is None:
            raise InputError(
                f"A step {relation!r} cannot follow {self.relation!r}: nothing would be concluded.",
                remedy="Conclude here and start a new chain.",
            )
        if clock is not None and self.clock is not None and clock != self.clock:
            raise InputError(
                f"One chain cannot use two limits, {self.clock} and {clock}.",
                remedy="Conclude here and start a new chain.",
            )
        return Chain(self.first, combined, clock or self.clock)
