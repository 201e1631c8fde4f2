"""The engine's memory: proofs outlive a process if a shelf is lent, and nothing else does."""

from __future__ import annotations

import pytest
import sympy as sp

import symbias as sb
from symbias.sym.equality import decision
from symbias.sym.equality.memory import Memory

x, y = sp.symbols("x y", real=True)


class Lent:
    """A shelf in memory."""

    def __init__(self):
        self.kept = {}

    def find(self, key):
        return self.kept.get(key)

    def keep(self, key, evidence):
        self.kept[key] = evidence


@pytest.fixture
def shelf(monkeypatch):
    return lend(monkeypatch, Lent())


def lend(monkeypatch, shelf):
    """Stand for a new process, which finds the shelf as it is."""
    memory = Memory()
    memory.kept = shelf
    monkeypatch.setattr(decision, "MEMORY", memory)
    return shelf


def test_a_proof_is_found_again(shelf, monkeypatch):
    first = decision.decide((x + 1) ** 2, x**2 + 2 * x + 1)
    lend(monkeypatch, shelf)
    monkeypatch.setattr(decision, "_decided", lambda *_: pytest.fail("decided again"))
    assert decision.decide((x + 1) ** 2, x**2 + 2 * x + 1) == first
    assert decision.MEMORY.found == 1


@pytest.mark.parametrize(
    "change",
    [
        {"rhs": x**2 + 2 * x - 1},
        {"relation": "<=", "rhs": x**2 + 2 * x},
        {"lhs": (sp.Symbol("x") + 1) ** 2, "rhs": sp.Symbol("x") ** 2 - 2},
    ],
)
def test_another_statement_is_not_taken_for_the_proved_one(shelf, change):
    proved = {"lhs": (x + 1) ** 2, "rhs": x**2 + 2 * x + 1, "relation": "=="}
    decision.decide(**proved)
    with pytest.raises(sb.DerivationError):
        decision.decide(**(proved | change))
    assert len(shelf.kept) == 1


def test_a_proof_under_an_assumption_does_not_count_without_it(shelf):
    decision.decide(sp.sqrt(x**2), x, assumptions=[x > 0])
    decision.decide(x**2, y, given=[sp.Eq(y, x**2)])
    with pytest.raises(sb.DerivationError):
        decision.decide(sp.sqrt(x**2), x)
    with pytest.raises(sb.DerivationError):
        decision.decide(x**2, y)
    assert len(shelf.kept) == 2


def test_a_comparison_at_points_is_made_anew(shelf):
    assert decision.decide(sp.floor(x) + sp.ceiling(-x), 0).grade == "numeric"
    assert not shelf.kept
