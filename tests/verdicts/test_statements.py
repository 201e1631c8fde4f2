"""Statements: the status is one of exactly three, the key is known, the table prints."""

from __future__ import annotations

import numpy as np
import pytest

import symbias as sb

ROWS = [("x < 2 | b", "x <= 2", "conflicts"), ("y = 1", "the same", "agrees")]


def test_the_table_prints_in_three_ways():
    table = sb.statements("polyak1964", ROWS)
    assert r"| x < 2 \| b | x <= 2 | conflicts |" in table.markdown()
    assert "x &lt; 2 | b" in table._repr_html_()
    assert str(table).startswith("polyak1964\n")
    assert table.to_dict()["rows"][1] == ["y = 1", "the same", "agrees"]


@pytest.mark.parametrize(
    ("key", "rows", "said"),
    [
        ("polyak64", ROWS, "polyak1964"),
        ("polyak1964", [], "no rows"),
        ("polyak1964", [("a", "b")], "three strings"),
        ("polyak1964", [("a", "", "agrees")], "three strings"),
        ("polyak1964", [np.array(2.0)], "three strings"),
        ("polyak1964", [("a", "b", "Agrees")], "exactly one of"),
    ],
)
def test_wrong_tables_are_refused(key, rows, said):
    with pytest.raises(sb.InputError, match=said):
        sb.statements(key, rows)
