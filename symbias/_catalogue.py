"""Catalogue: the registered results of all rooms, as a table that can be searched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, overload

from symbias.contracts import checked
from symbias.errors import InputError, near
from symbias.registry import RESULTS, ResultEntry, ask, resolve


class Catalogue(Sequence[ResultEntry]):
    """Registered results; an index gives an entry, a name the result itself.

    Parameters
    ----------
    entries : sequence of ResultEntry
        What is listed.

    Examples
    --------
    >>> len(Catalogue(()))
    0
    """

    @checked
    def __init__(self, entries: Sequence[ResultEntry]) -> None:
        self.entries = tuple(entries)

    def __len__(self) -> int:
        return len(self.entries)

    @overload
    def __getitem__(self, index: str) -> Any: ...
    @overload
    def __getitem__(self, index: int) -> ResultEntry: ...
    @overload
    def __getitem__(self, index: slice) -> Catalogue: ...
    def __getitem__(self, index: str | int | slice) -> Any:
        if isinstance(index, str):
            return resolve(self.entry(index).target)()
        try:
            return (
                Catalogue(self.entries[index]) if isinstance(index, slice) else self.entries[index]
            )
        except TypeError as error:
            raise InputError(
                f"The catalogue has no entry {index!r}.",
                remedy="Give the name of a result, or an integer.",
            ) from error

    @checked
    def entry(self, name: str) -> ResultEntry:
        """Return the entry of a result, without deriving it.

        Parameters
        ----------
        name : str
            Its registered name.

        Returns
        -------
        ResultEntry
            Name, room, title, citation keys and where it lives.

        Raises
        ------
        InputError
            If there is none; near matches are named.

        Examples
        --------
        >>> catalogue().entry("relu_angle_kernel").room
        'landscape'
        """
        named = {entry.name: entry for entry in self.entries}
        if name not in named:
            raise InputError(f"There is no result called {name!r}.", remedy=near(name, named))
        return named[name]

    @checked
    def find(self, text: str) -> Catalogue:
        """Return the results whose name, room, title or sources contain a text.

        Parameters
        ----------
        text : str
            Upper and lower case are the same.

        Returns
        -------
        Catalogue
            Possibly empty.

        Examples
        --------
        >>> catalogue().find("RELU")[0].name
        'relu_angle_kernel'
        """
        wanted = text.casefold()
        found = [e for e in self.entries if wanted in " ".join((*e[:3], *e.cites)).casefold()]
        return Catalogue(found)

    def __repr__(self) -> str:
        if not self.entries:
            return "no results"
        rows = [(entry.name, entry.room, entry.title) for entry in self.entries]
        widths = [max(len(row[n]) for row in rows) for n in range(2)]
        return "\n".join(f"{a:<{widths[0]}}  {b:<{widths[1]}}  {c}" for a, b, c in rows)

    def _repr_html_(self) -> str:
        rows = [entry[:3] for entry in self.entries]
        return str(ask("present.html:html_table", ("name", "room", "title"), rows, "Results"))


def catalogue() -> Catalogue:
    """Return the registered results of all rooms.

    Returns
    -------
    Catalogue
        ``catalogue()["name"]`` derives and returns the result.

    Examples
    --------
    >>> catalogue().entry("relu_angle_kernel").cites
    ('cho2009',)
    """
    return Catalogue(RESULTS)
