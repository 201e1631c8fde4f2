"""Steps that earlier runs have proved: found again, said so, and never taken for others."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import symbias as sb
from symbias.runner.proofs import Proofs
from symbias.runner.shelf import Shelf
from symbias.sym.evidence import Evidence

sys.path.insert(0, str(Path(__file__).parent))
from scripts import GOOD, write

PROVED = Evidence("exact", "shown")


@pytest.fixture
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("SYMBIAS_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_a_second_run_finds_the_proofs_and_says_so(tmp_path, own_cache):
    script = write(tmp_path, "good", GOOD)
    first, second, fresh = sb.verify(script), sb.verify(script), sb.verify(script, fresh=True)
    assert first.ok
    assert "earlier runs" not in first.summary()
    assert second.ok
    assert "; 1 steps were proved by earlier runs (--fresh" in second.summary()
    assert "earlier runs" not in fresh.summary()
    grades = [[row.evidence for row in report.rows] for report in (first, second, fresh)]
    assert grades[0] == grades[1] == grades[2]


def test_a_step_that_was_edited_is_decided(tmp_path, own_cache):
    assert sb.verify(write(tmp_path, "good", GOOD)).ok
    flipped = GOOD.replace(".rewrite(x + 1", ".rewrite(x - 1")
    report = sb.verify(write(tmp_path, "good", flipped))
    assert "Step 2 of 'a perfect square' (x > 0) is false" in report.failures[0].message


def test_proofs_of_another_engine_do_not_count(own_cache, monkeypatch):
    Proofs().keep("a question", PROVED)
    assert Proofs().find("a question") == PROVED
    monkeypatch.setattr("symbias.runner.proofs.engine", lambda: {"sympy": "another"})
    assert Proofs().find("a question") is None


def the_file(cache):
    (found,) = (path for path in (cache / "proofs").rglob("*") if path.is_file())
    return found


@pytest.mark.parametrize("damage", [lambda b: b[:-3], lambda b: b.replace(b"shown", b"shove")])
def test_a_damaged_proof_is_none(own_cache, damage):
    Proofs().keep("a question", PROVED)
    path = the_file(own_cache)
    path.write_bytes(damage(path.read_bytes()))
    assert Proofs().find("a question") is None


def test_a_proof_that_others_could_have_written_is_none(own_cache):
    Proofs().keep("a question", PROVED)
    the_file(own_cache).chmod(0o666)
    assert Proofs().find("a question") is None


def test_a_shelf_that_cannot_be_written_is_empty(own_cache):
    own_cache.mkdir(mode=0o700)
    (own_cache / "proofs").write_text("in the way")
    Proofs().keep("a question", PROVED)
    assert Proofs().find("a question") is None


def test_a_cache_that_cannot_be_made_leaves_no_shelf(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("SYMBIAS_CACHE_DIR", str(tmp_path / "file" / "cache"))
    shelf = Shelf("documents", "")
    shelf.put("key", b"content")
    assert shelf.get("key") is None


@pytest.mark.tex
def test_a_document_that_was_typeset_before_is_not_typeset_again(tmp_path, own_cache, monkeypatch):
    script = write(tmp_path, "good", GOOD)
    sb.verify(script, out=tmp_path / "one")
    monkeypatch.setattr("symbias.runner.typeset._typeset", lambda *_: pytest.fail("typeset again"))
    sb.verify(script, out=tmp_path / "two")
    name = "good_a_perfect_square.pdf"
    assert (tmp_path / "two" / name).read_bytes() == (tmp_path / "one" / name).read_bytes()
