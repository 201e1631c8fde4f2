"""Citations: the BibTeX of the papers behind a result, from the one packaged bibliography."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, cast

from symbias.contracts import has_items
from symbias.errors import InputError, near
from symbias.registry import RESULTS

ITSELF = "symbias"
"""The key of the package."""

_ACCENTS = {
    "'": "\u0301",
    "`": "\u0300",
    "^": "\u0302",
    '"': "\u0308",
    "~": "\u0303",
    "c": "\u0327",
}
"""LaTeX accent -> the combining character that follows the letter."""

BIBLIOGRAPHY = Path(__file__).with_name("references.bib")


@cache
def entries() -> dict[str, str]:
    """Return the entries of the packaged bibliography.

    Returns
    -------
    dict
        Citation key -> BibTeX entry.

    Examples
    --------
    >>> "woodworth2020" in entries()
    True
    """
    return parse(BIBLIOGRAPHY.read_text(encoding="utf-8"))


def parse(text: str) -> dict[str, str]:
    """Split BibTeX into its entries.

    Parameters
    ----------
    text : str
        Entries that each begin with ``@`` in the first column.

    Returns
    -------
    dict
        Citation key -> entry, in the order of the text.

    Raises
    ------
    InputError
        If a key occurs twice or the braces of an entry do not match.

    Examples
    --------
    >>> parse("@book{knuth, title = {TeX}}")
    {'knuth': '@book{knuth, title = {TeX}}'}
    """
    found: dict[str, str] = {}
    for chunk in re.split(r"^(?=@)", text, flags=re.MULTILINE):
        head = re.match(r"@\w+\{\s*([^,\s]+)\s*,", chunk)
        if head is None:
            continue
        key, entry = head[1], chunk.strip()
        if key in found or entry.count("{") != entry.count("}"):
            raise InputError(
                f"The BibTeX entry {key} occurs twice or its braces do not match.",
                remedy="Correct the bibliography.",
            )
        found[key] = entry
    return found


def fields(key: str) -> dict[str, str]:
    """Return the fields of an entry, without BibTeX's braces.

    Parameters
    ----------
    key : str
        Citation key.

    Returns
    -------
    dict
        Field name (lower case) -> text.

    Raises
    ------
    InputError
        If the key is unknown.

    Examples
    --------
    >>> fields("polyak1964")["year"]
    '1964'
    """
    entry = entries()[require_key(key)]
    found = re.findall(r"^\s*(\w+)\s*=\s*\{(.*)\},?\s*$", entry, flags=re.MULTILINE)
    return {name.lower(): re.sub(r"[{}]", "", text) for name, text in found}


def require_keys(keys: str | Iterable[str]) -> tuple[str, ...]:
    """Return citation keys, one or several, if all are in the bibliography.

    Parameters
    ----------
    keys : str or iterable of str
        Citation keys.

    Returns
    -------
    tuple of str
        The same keys.

    Raises
    ------
    InputError
        If one is unknown.

    Examples
    --------
    >>> require_keys("polyak1964")
    ('polyak1964',)
    """
    if isinstance(keys, str) or not has_items(keys):
        return (require_key(cast("str", keys)),)
    return tuple(map(require_key, keys))


def require_key(key: str) -> str:
    """Return a citation key if it is in the bibliography.

    Parameters
    ----------
    key : str
        Citation key.

    Returns
    -------
    str
        The same key.

    Raises
    ------
    InputError
        If it is unknown; near matches are named.

    Examples
    --------
    >>> require_key("polyak1964")
    'polyak1964'
    """
    if not isinstance(key, str) or key not in entries():
        raise InputError(
            f"The citation key {key!r} is not in the bibliography.",
            remedy=near(str(key), entries()),
        )
    return key


def bibliography(keys: Iterable[str]) -> str:
    r"""Return a LaTeX list of references.

    Parameters
    ----------
    keys : iterable of str
        Citation keys; each becomes a ``\\bibitem``.

    Returns
    -------
    str
        A ``thebibliography`` environment.

    Raises
    ------
    InputError
        If a key is unknown.

    Examples
    --------
    >>> print(bibliography(["cho2009"]).splitlines()[1])
    \bibitem{cho2009} Youngmin Cho and Lawrence K. Saul.
    """
    items = [rf"\bibitem{{{key}}} {_reference(fields(key))}" for key in dict.fromkeys(keys)]
    return "\n".join([r"\begin{thebibliography}{99}", *items, r"\end{thebibliography}"]) + "\n"


def reference(key: str) -> str:
    """Return a reference in plain text.

    Parameters
    ----------
    key : str
        Citation key.

    Returns
    -------
    str
        Authors, title, place and year; without markup and without links.

    Raises
    ------
    InputError
        If the key is unknown.

    Examples
    --------
    >>> reference("cho2009")
    'Youngmin Cho and Lawrence K. Saul. Kernel Methods for Deep Learning. Advances in Neural ... 22, 342–350, 2009.'
    """
    text = " ".join(part if part.endswith("?") else f"{part}." for part in _parts(fields(key)))
    text = text.replace("--", "–")
    accented = re.sub(r"\\(['`^\"~c])\s?(\w)", lambda f: f[2] + _ACCENTS[f[1]], text)
    return unicodedata.normalize("NFC", accented)


def _parts(entry: dict[str, str]) -> tuple[str, str, str]:
    """Return authors, title, and place with year."""
    names = [" ".join(reversed(name.split(", ", 1))) for name in entry["author"].split(" and ")]
    authors = " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
    venue = entry.get("journal") or entry.get("booktitle") or entry.get("publisher", "")
    volume = entry.get("volume", "")
    where = ", ".join(filter(None, [" ".join(filter(None, [venue, volume])), entry.get("pages")]))
    return authors, entry["title"], f"{where}, {entry['year']}" if where else entry["year"]


def _reference(entry: dict[str, str]) -> str:
    authors, title, ending = _parts(entry)
    return f"{authors}.\n\\emph{{{title}}}.\n{ending}."


def cite(name_or_result: Any) -> str:
    """Return the BibTeX of what a result rests on, and of symbias itself.

    Parameters
    ----------
    name_or_result : str or object
        A citation key, the name of a registered result, or a formula, derivation, claim or result
        (anything with ``reference``, ``cites``, ``derivation`` or ``of``).

    Returns
    -------
    str
        BibTeX entries, symbias last.

    Raises
    ------
    InputError
        If the name is unknown, or the object says nothing about its sources.

    Examples
    --------
    >>> cite("polyak1964").splitlines()[0]
    '@article{polyak1964,'
    """
    named = isinstance(name_or_result, str)
    keys = _keys_of_name(name_or_result) if named else _keys_of_object(name_or_result)
    ordered = dict.fromkeys(key for key in keys if key != ITSELF)
    return "\n\n".join(entries()[require_key(key)] for key in (*ordered, ITSELF)) + "\n"


def _keys_of_name(name: str) -> tuple[str, ...]:
    if name in entries():
        return (name,)
    results = {entry.name: entry.cites for entry in RESULTS}
    if name not in results:
        raise InputError(
            f"{name!r} is neither a citation key nor a registered result.",
            remedy=near(name, [*entries(), *results]),
        )
    return results[name]


def _keys_of_object(thing: Any) -> tuple[str, ...]:
    sources = ("reference", "cites", "key", "derivation", "of")
    if not any(hasattr(thing, name) for name in sources):
        raise InputError(
            f"An object of type {type(thing).__name__} does not name its sources.",
            remedy="Pass a citation key, the name of a result, or a formula, derivation or claim.",
        )
    keys = [getattr(thing, "reference", None), getattr(thing, "key", None)]
    keys += list(getattr(thing, "cites", None) or ())
    for name in ("derivation", "of"):
        behind = getattr(thing, name, None)
        if behind is not None:
            keys += _keys_of_object(behind)
    return tuple(key for key in keys if key)
