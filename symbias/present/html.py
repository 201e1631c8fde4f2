"""HTML: the pieces of which tables, derivations and the report are made; whatever a user wrote is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import NamedTuple


class Markup(str):
    """Text that is HTML already and is not escaped again.

    Examples
    --------
    >>> inline(Markup("<b>x</b>")), inline("<b>")
    ('<b>x</b>', '&lt;b&gt;')
    """

    __slots__ = ()


class Cell(NamedTuple):
    """A cell of a table: what it shows, and the number by which its column is sorted."""

    shown: str
    value: float | None = None


def inline(text: str) -> str:
    """Return text as HTML.

    Parameters
    ----------
    text : str
        Plain text, escaped here, or `Markup`.

    Returns
    -------
    str
        Safe between tags and in quoted attributes.

    Examples
    --------
    >>> inline('1 < 2 & "3"')
    '1 &lt; 2 &amp; &quot;3&quot;'
    """
    return text if isinstance(text, Markup) else escape(str(text))


def element(tag: str, *content: str, **attributes: str) -> Markup:
    """Return an element around its content.

    Parameters
    ----------
    tag : str
        Its name.
    *content : str
        Plain text, escaped here, or `Markup`.
    **attributes : str
        Values are escaped, empty ones left out; ``class_`` is ``class``, and ``_`` is ``-``.

    Returns
    -------
    Markup
        The element.

    Examples
    --------
    >>> print(element("p", "a < b", class_="note", aria_label=""))
    <p class="note">a &lt; b</p>
    """
    named = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(value)}"'
        for name, value in attributes.items()
        if value
    )
    return Markup(f"<{tag}{named}>{''.join(map(inline, content))}</{tag}>")


def breakable(name: str) -> Markup:
    """Return a name that may be broken after its underscores.

    Parameters
    ----------
    name : str
        A name such as that of a script.

    Returns
    -------
    Markup
        The name.

    Examples
    --------
    >>> print(breakable("a_b"))
    a_<wbr>b
    """
    return Markup(inline(name).replace("_", "_<wbr>"))


def pill(word: str) -> Markup:
    """Return a word of a fixed vocabulary (a grade, a verdict, a status) as a label.

    Parameters
    ----------
    word : str
        The word; its class is the word with hyphens.

    Returns
    -------
    Markup
        The label; nothing for an empty word.

    Examples
    --------
    >>> print(pill("text not read"))
    <span class="pill text-not-read">text not read</span>
    """
    kind = f"pill {word.replace(' ', '-').lower()}"
    return element("span", word, class_=kind) if word else Markup()


def html_table(
    header: Sequence[str],
    rows: Sequence[Sequence[str | Cell]],
    caption: str = "",
    right: Sequence[int] = (),
    rows_attributes: Sequence[dict[str, str]] = (),
) -> Markup:
    """Lay out a table in HTML, in a box of its own in which it scrolls where it is wide.

    Parameters
    ----------
    header : sequence of str
        Column titles.
    rows : sequence of sequence of str or Cell
        Cells; everything but `Markup` is escaped.
    caption : str
        What the table shows.
    right : sequence of int
        Indices of the columns of numbers.
    rows_attributes : sequence of dict
        Attributes of each row.

    Returns
    -------
    Markup
        A box around a table element.

    Examples
    --------
    >>> print(html_table(["a"], [["1 < 2"]]))
    <div class="scroll"><table><thead>...<tbody><tr><td>1 &lt; 2</td></tr></tbody></table></div>
    """
    numbers = set(right)
    head = [
        element("th", title, scope="col", class_="number" if n in numbers else "")
        for n, title in enumerate(header)
    ]
    body = [
        element(
            "tr",
            *(_cell(cell, n in numbers) for n, cell in enumerate(row)),
            **(rows_attributes[k] if rows_attributes else {}),
        )
        for k, row in enumerate(rows)
    ]
    title = [element("caption", caption)] if caption else []
    table = element(
        "table", *title, element("thead", element("tr", *head)), element("tbody", *body)
    )
    # A box that scrolls can be reached and moved with the keyboard.
    region = {"tabindex": "0", "role": "region", "aria_label": caption} if caption else {}
    return element("div", table, class_="scroll", **region)


def pairs_table(pairs: Sequence[tuple[str, str]]) -> Markup:
    """Lay out names and values, one pair a row.

    Parameters
    ----------
    pairs : sequence of (str, str)
        Everything but `Markup` is escaped.

    Returns
    -------
    Markup
        A table element.

    Examples
    --------
    >>> print(pairs_table([("a", "1")]))
    <table><tbody><tr><th scope="row">a</th><td>1</td></tr></tbody></table>
    """
    rows = [
        element("tr", element("th", name, scope="row"), element("td", value))
        for name, value in pairs
    ]
    return element("table", element("tbody", *rows))


def _cell(cell: str | Cell, number: bool) -> Markup:
    shown, value = cell if isinstance(cell, Cell) else (cell, None)
    return element(
        "td",
        shown,
        class_="number" if number else "",
        data_value="" if value is None else repr(float(value)),
    )
