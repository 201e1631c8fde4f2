"""The builder: chains of relations, grades, refutations, replays."""

import pickle
from dataclasses import replace

import pytest
import sympy as sp

import symbias as sb

x, y, a, b = sp.symbols("x y a b", real=True)
p, q = sp.symbols("p q", positive=True)
f = sp.Function("f")


def square() -> sb.Derivation:
    return sb.Derivation("square").start((x + 1) ** 2, "given").rewrite(x**2 + 2 * x + 1, "expand")


def test_a_true_step_is_graded_exact_and_kept():
    derivation = square()
    assert [step.kind for step in derivation.steps] == ["start", "rewrite"]
    assert derivation.evidence == "exact"
    assert derivation.check() == "exact"


def test_a_false_step_raises_with_a_counterexample_and_leaves_the_derivation_alone():
    derivation = square()
    with pytest.raises(sb.DerivationError, match="Step 3 of 'square'") as caught:
        derivation.rewrite(x**2 + 2 * x + 2, "a slip")
    left, right = caught.value.values
    point = caught.value.counterexample
    assert set(point) == {x}
    assert abs(((x + 1) ** 2).subs(point) - left) < 1e-12
    assert abs(left - right + 1) < 1e-12
    assert len(derivation.steps) == 2
    assert derivation.rewrite((1 + x) ** 2, "back").evidence == "exact"


def test_a_false_constant_has_an_empty_counterexample():
    with pytest.raises(sb.DerivationError) as caught:
        sb.Derivation("pi").start(sp.pi, "given").rewrite(sp.Rational(22, 7), "rounded")
    assert caught.value.counterexample == {}


def test_errors_survive_pickling():
    with pytest.raises(sb.DerivationError) as caught:
        square().rewrite(x, "a slip")
    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - our own bytes
    assert again.counterexample == caught.value.counterexample
    assert str(again) == str(caught.value)


def test_assumptions_decide_about_signs():
    sb.Derivation("root", assumptions=[x >= 0]).start(sp.sqrt(x**2), "given").rewrite(x, "x >= 0")
    with pytest.raises(sb.DerivationError) as caught:
        sb.Derivation("root").start(sp.sqrt(x**2), "given").rewrite(x, "forgot the sign")
    assert caught.value.counterexample[x] < 0


def test_given_equations_are_used_and_stored():
    derivation = sb.Derivation("on a variety").start(p**2 - q**2, "given")
    derivation.rewrite(0, "p = q", given=[sp.Eq(p, q)])
    assert derivation.steps[-1].given == (sp.Eq(p, q),)
    assert derivation.check() == "exact"


def test_relations_of_a_chain_combine():
    derivation = sb.Derivation("means").start(x * y, "given")
    derivation.rewrite((x**2 + y**2) / 2, "(x - y)**2 >= 0", relation="<=")
    derivation.rewrite(sp.Rational(1, 2) * (x**2 + y**2), "the same")
    derivation.rewrite(x**2 + y**2, "drop the half", relation="<=")
    formula = derivation.conclude(f(x, y), "means")
    assert formula.relation == "<="
    with pytest.raises(sb.InputError, match="cannot follow"):
        derivation.rewrite(0, "the other way", relation=">=")


def test_a_false_inequality_is_refuted():
    with pytest.raises(sb.DerivationError) as caught:
        sb.Derivation("means").start(x * y, "given").rewrite(x + y, "no", relation="<=")
    left, right = caught.value.values
    assert left > right


def test_the_conclusion_may_be_weaker_but_not_stronger_than_the_chain():
    assert square().conclude(f(x), "square", relation="<=").relation == "<="
    bound = sb.Derivation("bound").start(-(x**2), "given").rewrite(0, "a square", relation="<=")
    with pytest.raises(sb.InputError, match="does not give"):
        bound.conclude(f(x), "bound", relation="==")


def test_an_expression_on_the_left_is_checked_against_the_first_line():
    assert square().conclude(1 + x * (x + 2), "square").evidence == "exact"
    with pytest.raises(sb.DerivationError):
        square().conclude(1 + x * (x + 3), "square")


def test_symbols_follow_the_arguments_of_the_name():
    derivation = sb.Derivation("order").start(a + b + x, "given")
    assert derivation.conclude(f(x, a), "order").symbols == (x, a, b)
    assert derivation.conclude("c", "order").symbols == (a, b, x)


def test_an_asymptotic_step_names_its_limit():
    derivation = sb.Derivation("series").start(sp.sin(p), "given")
    derivation.rewrite(p, "small p", relation="~", clock=(p, 0))
    assert derivation.conclude(f(p), "series").clock == (p, 0)
    with pytest.raises(sb.DerivationError):
        sb.Derivation("series").start(sp.sin(p), "given").rewrite(
            2 * p, "no", relation="~", clock=(p, 0)
        )


def test_grades_of_cited_and_assumed_lines_stay_visible():
    derivation = square()
    derivation.cite(f(x), "polyak1964")
    assert (derivation.evidence, derivation.cites) == ("cited", ("polyak1964",))
    assert derivation.assume(x, "symmetry").evidence == "ansatz"
    assert derivation.conclude("c", "weak").evidence == "ansatz"


def test_a_formula_of_one_derivation_serves_in_another():
    formula = square().conclude(f(x), "square")
    derivation = sb.Derivation("use").use(formula).start(f(x) - 1, "given")
    derivation.rewrite(x * (x + 2), "insert f")
    assert derivation.check() == "exact"
    with pytest.raises(sb.DerivationError):
        derivation.rewrite(x * (x + 3), "a slip")


def test_matrices_are_compared_entry_by_entry():
    rotation = sp.Matrix([[sp.cos(x), -sp.sin(x)], [sp.sin(x), sp.cos(x)]])
    derivation = sb.Derivation("orthogonal").start(rotation.T * rotation, "given")
    assert derivation.rewrite(sp.eye(2), "a rotation").evidence == "exact"
    with pytest.raises(sb.DerivationError):
        derivation.rewrite(-sp.eye(2), "a slip")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: sb.Derivation(""), "needs a title"),
        (lambda: sb.Derivation("d", assumptions=[x]), "not a condition"),
        (lambda: sb.Derivation("d", cites=["nobody2000"]), "nobody2000"),
        (lambda: sb.Derivation("d").rewrite(x, "r"), "no line yet"),
        (lambda: sb.Derivation("d").start("x", "r"), "not an expression"),
        (lambda: sb.Derivation("d").start(sp.Eq(x, y), "r"), "expression or a matrix"),
        (lambda: sb.Derivation("d").start(x, ""), "needs a reason"),
        (lambda: square().rewrite(x, "r", relation="<"), "cannot have the relation"),
        (lambda: square().rewrite(x, "r", given=[x > 0]), "cannot be given|can be given"),
        (lambda: square().use(x), "Only formulas"),
        (lambda: square().conclude(f(x), ""), "needs a name"),
        (lambda: square().latex("brief"), "Unknown level"),
    ],
)
def test_misuse_is_refused_in_words(call, message):
    with pytest.raises(sb.InputError, match=message):
        call()


def test_the_listing_shows_every_step_with_its_grade():
    text = repr(square())
    assert text.splitlines()[0] == "Derivation 'square'  [exact]"
    assert "given" in text
    assert "== x**2 + 2*x + 1" in text


def test_a_stable_form_needs_the_same_first_line_and_no_more_assumptions():
    gap = sp.sqrt(p + 1) - sp.sqrt(p)
    stable = sb.Derivation("stable").start(gap, "given")
    stable = stable.rewrite(1 / (sp.sqrt(p + 1) + sp.sqrt(p)), "expand").conclude("g", "stable")
    whole = sb.Derivation("whole").start(gap, "given")
    assert whole.conclude("g", "gap", stable=stable).compile()(1e30) == 5e-16
    other = sb.Derivation("another first line").start(2 * gap, "given")
    with pytest.raises(sb.InputError, match="not known to equal"):
        other.conclude("g", "gap", stable=stable)
    narrow = sb.Derivation("narrow", assumptions=[p > 1]).start(gap, "given").conclude("g", "n")
    with pytest.raises(sb.InputError, match="no more assumptions"):
        whole.start(gap, "again").conclude("g", "gap", stable=narrow)


def test_checking_a_derivation_checks_its_stable_forms():
    gap = sp.sqrt(p + 1) - sp.sqrt(p)
    stable = sb.Derivation("stable").start(gap, "given")
    form = stable.rewrite(1 / (sp.sqrt(p + 1) + sp.sqrt(p)), "expand").conclude("g", "stable")
    whole = sb.Derivation("whole").start(gap, "given")
    whole.conclude("g", "gap", stable=form)
    wrong = replace(stable._steps[1], expr=1 / (sp.sqrt(p + 1) - sp.sqrt(p)))
    stable._steps[1] = wrong
    with pytest.raises(sb.DerivationError):
        whole.check()
