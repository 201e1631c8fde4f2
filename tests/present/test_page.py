"""The page: it needs nothing else, says first what fails, and takes whatever was typed as text."""

from __future__ import annotations

import re
import sys
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import pytest

from symbias.present.html import Cell, Markup, element, html_table
from symbias.present.page import page
from symbias.present.verdict_table import verdict_table
from symbias.verdicts.verdict import Verdict

sys.path.insert(0, str(Path(__file__).parent))
from page_reader import Page

HOSTILE = "</style></script><script>alert(1)</script><img src=x onerror=alert(2)>\"'"
GOOD = Verdict("it holds", "==", "equality", 1.0, 1.0, 0.0, 1e-9, True, "within", "exact", 0.5)
BAD = Verdict(f"it fails {HOSTILE}", "<=", "bound", 2.0, 1.0, -1.0, 0.0, False, HOSTILE)


def report_of(*verdicts, name="one"):
    script = {
        "name": name,
        "ok": all(v.holds for v in verdicts),
        "verdicts": [v.to_dict() for v in verdicts],
        "tables": [{"key": "polyak1964", "rows": [[HOSTILE, "b", "agrees"]]}],
        "derivations": [],
        "seconds": 1.0,
    }
    return {"ok": script["ok"], "scripts": [script], "environment": {"system": HOSTILE}}


@pytest.fixture
def text(tmp_path):
    table = verdict_table([("one", GOOD), ("one", BAD)], ["script-one"] * 2)
    return page(report_of(GOOD, BAD), table, f"1 of 2 hold {HOSTILE}", tmp_path)


def test_whatever_was_typed_is_text(text):
    read = Page(text)
    assert len(read.all("script")) == 1
    assert not read.all("img")
    assert not read.handlers()
    assert "&lt;script&gt;alert(1)" in text


def test_the_page_loads_nothing_and_may_load_nothing(text):
    read = Page(text)
    assert all(address.startswith("data:") for address in read.loaded())
    assert not read.all("link")
    assert not {"iframe", "object", "embed", "base"} & {tag for tag, _ in read.elements}
    style = "".join(read.texts["style"])
    assert not re.search(r"url\(|@import|@font-face", style)
    assert "http" not in text.replace("http-equiv", "")
    policy = next(m["content"] for m in read.all("meta") if "http-equiv" in m)
    script = "".join(read.texts["script"])
    allowed = b64encode(sha256(script.encode()).digest()).decode()
    assert policy.startswith("default-src 'none';")
    assert f"script-src 'sha256-{allowed}';" in policy, (
        "the script of the page is the one that runs"
    )
    assert not re.search(r"fetch|XMLHttp|import\(|eval|innerHTML", script)


def test_links_lead_to_places_on_the_page(text):
    read = Page(text)
    places = {a["id"] for _, a in read.elements if "id" in a}
    links = [a["href"] for a in read.all("a")]
    assert links
    assert {link[1:] for link in links} <= places
    assert all(link.startswith("#") for link in links)


def test_what_fails_comes_first(text):
    read = Page(text)
    rows = [a for a in read.all("tr") if "data-holds" in a]
    assert [row["data-holds"] for row in rows] == ["0", "1"]
    assert text.index('id="fails"') < text.index('id="scripts"') < text.index('id="verdicts"')
    assert "not everything holds" in text
    table = verdict_table([("one", GOOD)])
    good = page(report_of(GOOD), table, "1 of 1 hold", Path())
    assert 'id="fails"' not in good
    assert "everything holds" in good


def test_columns_are_sorted_by_their_numbers_not_their_digits():
    row = html_table(["n"], [[Cell("1.5", 1.5)], [Cell("")]], right=[0])
    assert '<td class="number" data-value="1.5">1.5</td>' in row
    assert '<td class="number"></td>' in row


def test_elements_escape_text_and_attributes():
    made = element("p", "<b>", Markup("<i>x</i>"), title='"', data_x="1", class_="")
    assert made == '<p title="&quot;" data-x="1">&lt;b&gt;<i>x</i></p>'
