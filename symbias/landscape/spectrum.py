"""The eigenvalues of a Hessian by isotypic component, with their multiplicities."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from symbias.contracts import checked


class Row(NamedTuple):
    """One eigenvalue.

    Parameters
    ----------
    component : str
        ``t``, ``s``, ``x``, ``y`` or ``ss``, with the block's name where several blocks move.
    multiplicity : int or float
        The dimension of the component; a polynomial in d, so no integer for other d.
    eigenvalue : float or mpf
        Its value.

    Examples
    --------
    >>> Row("x", 28, 0.05).multiplicity
    28
    """

    component: str
    multiplicity: Any
    eigenvalue: Any


@dataclass(frozen=True, repr=False)
class Spectrum(Sequence[Row]):
    """All eigenvalues of a Hessian, by component and ascending there.

    Parameters
    ----------
    rows : tuple of Row
        One per distinct copy.

    Examples
    --------
    >>> found = Spectrum((Row("t", 1, 2.0), Row("s", 3, 0.5)))
    >>> found.total, found.smallest
    (4, 0.5)
    >>> found
    t: 2 x1
    s: 0.5 x3
    """

    rows: tuple[Row, ...]

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: Any) -> Any:
        return self.rows[index]

    @property
    def total(self) -> Any:
        """The number of eigenvalues, with multiplicity."""
        return sum(row.multiplicity for row in self.rows)

    @property
    def smallest(self) -> Any:
        """The smallest eigenvalue."""
        return min(row.eigenvalue for row in self.rows)

    @property
    def largest(self) -> Any:
        """The largest eigenvalue: gradient descent is stable for steps below two over it."""
        return max(row.eigenvalue for row in self.rows)

    @checked
    def of(self, component: str) -> list[Any]:
        """Return the eigenvalues of one component.

        Parameters
        ----------
        component : str
            Its name.

        Returns
        -------
        list
            Ascending.

        Examples
        --------
        >>> Spectrum((Row("t", 1, 2.0),)).of("t")
        [2.0]
        """
        return [row.eigenvalue for row in self.rows if row.component == component]

    def __repr__(self) -> str:
        return "\n".join(
            f"{row.component}: {_short(row.eigenvalue)} x{_short(row.multiplicity)}"
            for row in self.rows
        )


def _short(value: Any) -> str:
    return f"({value})" if getattr(value, "free_symbols", None) else f"{float(value):.12g}"
