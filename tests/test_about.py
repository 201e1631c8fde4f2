"""About and the catalogue: what is installed, and what there is."""

from __future__ import annotations

import os

import pytest

import symbias as sb


def test_about_says_what_a_bug_report_needs():
    import numpy as np
    import sympy

    found = sb.about()
    assert found["symbias"] == sb.__version__
    assert (found["sympy"], found["numpy"]) == (sympy.__version__, np.__version__)
    assert found["ground types"] in {"python", "gmpy", "flint"}
    assert found["cache"].startswith(os.environ["SYMBIAS_CACHE_DIR"])
    assert found["cores"] >= 1
    assert found["BLAS core"]
    assert repr(found).splitlines()[0].split() == ["symbias", sb.__version__]
    assert ">numpy</th>" in found._repr_html_()


def test_what_is_missing_is_said(monkeypatch):
    import symbias._about as module

    monkeypatch.setattr(module, "PACKAGES", ("no-such-package",))
    assert sb.about()["no-such-package"] == "not installed"


def test_the_catalogue_can_be_searched_and_loads_results():
    catalogue = sb.catalogue()
    assert len(catalogue) >= 1
    entry = catalogue[0]
    assert list(catalogue.find(entry.title.upper())) == [entry]
    assert len(catalogue.find("no such thing")) == 0
    assert repr(catalogue.find("no such thing")) == "no results"
    assert catalogue[entry.name].derivation.steps
    assert entry.name in repr(catalogue[:1])
    assert entry.name in catalogue._repr_html_()


def test_an_unknown_result_names_its_neighbours():
    with pytest.raises(sb.InputError, match="Did you mean relu_angle_kernel"):
        sb.catalogue()["relu_angel_kernel"]
