"""Tables: aligned, wrapped to the terminal, and right for characters that take no or two columns."""

from __future__ import annotations

from symbias.present.table import display_width, text_table


def test_columns_line_up_with_accents_and_wide_characters():
    text = text_table(["name", "n"], [["e\u0301tude", "1"], ["東京", "22"], ["θ", "3"]], right=[1])
    ends = {display_width(line) for line in text.splitlines()}
    assert ends == {len("etude") + 2 + 2}


def test_wide_tables_are_wrapped_not_cut():
    claim = "the limit of gradient flow minimises Q over all interpolators of the data"
    text = text_table(["claim", "error"], [[claim, "1e-9"]], width=40)
    assert max(map(display_width, text.splitlines())) <= 40
    assert " ".join(text.split()).count("interpolators") == 1
    assert claim.split() == [w for w in text.split() if w in claim.split()]


def test_a_table_that_cannot_be_narrow_enough_keeps_its_cells():
    text = text_table(["a" * 9, "b" * 9], [["1" * 9, "2" * 9]], width=5)
    assert "111111111  222222222" in text


def test_line_breaks_inside_a_cell_do_not_break_the_table():
    assert text_table(["a"], [["x\ny"]]).splitlines() == ["a", "---", "x y"]
