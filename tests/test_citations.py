"""Citations: one bibliography, every key in it used, every key used in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import symbias as sb
from symbias.citations import ITSELF, bibliography, entries, fields, parse
from symbias.registry import RESULTS

ROOT = Path(__file__).parents[1]
SOURCES = [p for top in ("symbias", "derivations") for p in (ROOT / top).rglob("*.py")]


def test_every_entry_is_complete():
    for key in entries():
        found = fields(key)
        assert {"author", "title", "year"} <= set(found), key
        if key != ITSELF:
            assert found["year"] in key
            assert {"journal", "booktitle", "publisher"} & set(found), key


@pytest.mark.parametrize("key", sorted(entries()))
def test_every_entry_is_used_somewhere(key):
    assert any(f'"{key}"' in source.read_text("utf-8") for source in SOURCES), key


def test_every_registered_result_and_script_names_known_keys():
    for entry in RESULTS:
        assert entry.cites, entry.name
        assert set(entry.cites) <= set(entries()), entry.name
    for script in (ROOT / "derivations").glob("[a-z]*.py"):
        key = script.stem.partition("_")[0]
        assert key in entries(), f"{script.name} is named after a paper that is not cited"
        assert f'"{key}"' in script.read_text("utf-8")


def test_keys_within_strings_of_the_sources_exist():
    pattern = re.compile(r'(?:cites=\[|cites=\(|reference=|\.cite\([^"]*, )"([a-z]+\d{4}[a-z]?)"')
    used = {key for source in SOURCES for key in pattern.findall(source.read_text("utf-8"))}
    assert used <= set(entries())
    assert used, "the pattern finds nothing any more"


@pytest.mark.parametrize("entry", RESULTS, ids=lambda entry: entry.name)
def test_a_result_is_cited_by_name_and_by_object(entry):
    text = sb.cite(entry.name)
    assert text == sb.cite(sb.catalogue()[entry.name])
    assert [f"{{{key}," in text for key in (*entry.cites, ITSELF)].count(False) == 0
    assert text.rindex("@") == text.index(f"@software{{{ITSELF}")


def test_what_hangs_on_an_object_is_cited_once():
    derivation = sb.Derivation("d", cites=["polyak1964"]).start(2, "given")
    formula = derivation.conclude("two", "two", reference="polyak1964")
    claim = sb.claim("two", of=formula)(lambda: (2.0, 2))
    assert sb.cite(claim).count("@article{polyak1964") == 1
    assert sb.cite(derivation) == sb.cite(formula) == sb.cite(claim)


@pytest.mark.parametrize(
    ("thing", "said"),
    [("polyak64", "Did you mean polyak1964"), (3.0, "does not name its sources")],
)
def test_unknown_sources_are_refused(thing, said):
    with pytest.raises(sb.InputError, match=said):
        sb.cite(thing)


def test_the_list_of_references_is_latex():
    text = bibliography(["cho2009", "polyak1964", "cho2009"])
    assert text.count(r"\bibitem{cho2009}") == 1
    assert text.count("{") == text.count("}")


@pytest.mark.parametrize("text", ["@a{k, x = {1}}\n@a{k, x = {2}}", "@a{k, x = {1}"])
def test_broken_bibliographies_are_refused(text):
    with pytest.raises(sb.InputError, match="k occurs twice or its braces"):
        parse(text)
