"""The derived thresholds hold at every step, and a changed one is refused."""

import pytest
import sympy as sp

import symbias as sb
from symbias.stability.mean_square_derivation import derived_mean_square_threshold

Rule = sb.UpdateRule
BETA = sp.Symbol("beta")
A, V = sp.symbols("a v", positive=True)


@pytest.mark.parametrize(
    "rule", [Rule.gradient_descent(), Rule.heavy_ball(BETA), Rule.heavy_ball(BETA, BETA)], ids=str
)
def test_threshold_is_derived_exactly(rule):
    formula = derived_mean_square_threshold(rule)
    assert formula.evidence == "exact"
    assert formula.derivation.check() == "exact"
    assert sp.cancel(formula.rhs - rule.mean_square_threshold(A, V)) == 0


def test_example_of_two_curvatures():
    assert derived_mean_square_threshold(Rule.gradient_descent()).rhs.subs(
        {A: 2, V: 1}
    ) == sp.Rational(4, 5)


def test_a_changed_line_is_refused():
    formula = derived_mean_square_threshold(Rule.heavy_ball(BETA))
    last = formula.derivation.steps[-1]
    again = sb.Derivation("again", formula.derivation.assumptions)
    again.start(formula.derivation.steps[-2].expr, "the step")
    with pytest.raises(sb.DerivationError):
        again.rewrite(last.expr.subs(BETA, -BETA), "a slip", given=last.given)


@pytest.mark.parametrize(
    "rule", [Rule.nesterov(BETA), Rule.from_torch(0.5, weight_decay=0.1)], ids=str
)
def test_refusals(rule):
    with pytest.raises(sb.DomainError, match="linear equation"):
        derived_mean_square_threshold(rule)
