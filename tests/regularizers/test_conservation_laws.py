"""Conservation laws: counts, closed forms, refusals, and laws that are slightly wrong."""

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

import symbias as sb
from symbias.regularizers.drift import drift_claim
from symbias.regularizers.law_search import independent_laws, normal_form
from symbias.regularizers.laws import Laws

P = sb.parametrizations
u, v, c = sp.symbols("u v c", real=True)
a, b = sp.symbols("a b", positive=True)
X = sp.symbols("x_1:4", real=True)
norm = sp.sqrt(sum(x**2 for x in X))


def laws(outputs, parameters):
    return sb.Parametrization(outputs, parameters).conservation_laws()


@pytest.mark.parametrize(
    ("network", "count"),
    [
        (P.linear_network((2, 2, 2)), 3),
        (P.linear_network((4, 3, 1)), 6),
        (P.linear_network((4, 3, 2)), 6),
        (P.linear_network((1, 3, 1)), 5),  # one output: its gradient field alone, 6 parameters
        (P.linear_network((2, 2, 2, 2)), 6),
        (P.linear_network((1, 1, 1, 1, 1)), 3),
        (P.two_layer_relu(3, 4, 1, bias=True), 4),
        (P.two_layer_relu(2, 3, 2), 3),
        (P.convolution((3, 2)), 1),
        (P.convolution((2, 2, 2)), 2),
        (P.neuron(1), 1),
        (P.neuron(4), 1),
        (P.chain(4, 3), 3),
        (P.signed_diagonal(2), 3),
    ],
)
def test_counts_of_networks_with_all_laws_in_closed_form(network, count):
    found = network.conservation_laws()
    assert found.count == count
    assert found.complete
    assert len(found.laws) == count
    assert f"{count} conservation law" in repr(found)
    assert "complete" in repr(found)


@pytest.mark.parametrize("depth", [2, 3, 4, 5, 6])
def test_a_product_of_factors_has_one_law_less_than_factors(depth):
    found = P.chain(depth, 1).conservation_laws()
    assert found.count == depth - 1
    assert found.complete


@pytest.mark.parametrize("depth", [2, 3, 4, 5])
def test_diagonal_networks_conserve_the_sum_of_powers(depth):
    found = P.diagonal(depth).conservation_laws()
    x, y = P.diagonal(depth).parameters
    (law,) = found.laws
    expected = x * y if depth == 2 else x ** (2 - depth) + y ** (2 - depth)
    assert sp.expand(law - expected) == 0
    assert (found.count, found.complete) == (1, True)


@pytest.mark.parametrize(
    ("outputs", "parameters", "law"),
    [
        ([sp.exp(u) - sp.exp(v)], [u, v], sp.exp(-u) + sp.exp(-v)),
        ([sp.exp(u) * v], [u, v], 2 * u - v**2),
        ([a ** sp.Rational(3, 2) * b ** sp.Rational(1, 3)], [a, b], 2 * a**2 - 9 * b**2),
        ([sp.sin(u) * sp.sinh(v)], [u, v], sp.cos(u) * sp.cosh(v)),
        ([sp.tanh(u) * v], [u, v], sp.cosh(u) ** 2 - v**2),
        ([sp.log(a) * u], [a, u], a**2 * (2 * sp.log(a) - 1) - 2 * u**2),
        ([a**b], [a, b], a**2 * (2 * sp.log(a) - 1) - 2 * b**2),
        ([c * (u**2 - v**2), c], [c, u, v], u * v),
        ([sp.exp(x) / sum(map(sp.exp, X)) for x in X], X, sum(X)),
        ([c * x / norm for x in X], (c, *X), norm**2),
        ([sp.exp(c) * x for x in X], (c, *X), 2 * c - norm**2),
        ([sp.cosh(x) * u for x in X], (u, *X), sp.exp(-(u**2) / 2) * sp.Mul(*map(sp.sinh, X))),
        ([sp.sin(u + v)], [u, v], u - v),
        ([u**2 + 3 * v**2], [u, v], v / u**3),
        ([u * v], [u, v, c], c),
        ([0.5 * u**2 * v], [u, v], u**2 - 2 * v**2),
        ([a**sp.pi * b], [a, b], a**2 / sp.pi - b**2),
        ([a ** sp.sqrt(2) * b], [a, b], sp.sqrt(2) * a**2 - 2 * b**2),
        ([sp.sinh(u) - sp.sinh(v)], [u, v], sp.atan(sp.tanh(u / 2)) + sp.atan(sp.tanh(v / 2))),
        ([1 / u - 1 / v], [u, v], u**3 + v**3),
        ([sp.sqrt(2) * u * v + sp.pi * u], [u, v], u**2 - v**2 - sp.sqrt(2) * sp.pi * v),
    ],
)
def test_laws_of_maps_of_many_kinds(outputs, parameters, law):
    found = laws(outputs, parameters)
    network = sb.Parametrization(outputs, parameters)
    rng = np.random.default_rng(1)
    assert independent_laws(_exact(network), [law], rng), "the expected law holds"
    assert not independent_laws(_exact(network), [law * (1 + parameters[0] / 100)], rng)
    assert found.complete
    together = independent_laws(_exact(network), [*found.laws, law], rng)
    assert len(together) == len(found.laws) == found.count


def _exact(network):
    return sb.Parametrization([sp.nsimplify(e) for e in network.outputs], network.parameters)


def test_maps_without_laws_say_so():
    found = laws([u**2 + v**2, u * v], [u, v])
    assert (found.count, found.laws, found.complete) == (0, (), True)
    assert "0 conservation laws" in repr(found)
    assert found.latex().startswith(r"\text")
    for question in (found.compile, found.verify, lambda: found.formula):
        with pytest.raises(sb.InputError, match="no conservation law in closed form"):
            question()


def test_what_is_not_found_is_not_claimed():
    found = laws([u**2 + u * v], [u, v])  # the law has irrational exponents
    assert (found.count, found.complete) == (1, False)
    assert "0 in closed form" in repr(found)


@pytest.mark.parametrize(
    ("outputs", "parameters", "error", "said"),
    [
        ([sp.Abs(u) * v], [u, v], sb.InputError, "not differentiable"),
        ([sp.sign(u) * v], [u, v], sb.InputError, "not differentiable"),
        ([sp.Piecewise((u, u > 0), (0, True))], [u], sb.InputError, "not differentiable"),
        ([sp.Max(u, v)], [u, v], sb.InputError, "not differentiable"),
        ([sp.sqrt(u**2 + 2 * u * v + v**2)], [u, v], sb.InputError, "absolute value"),
        ([sp.gamma(a) * b], [a, b], sb.InputError, "cannot be used"),
        ([sp.erf(u)], [u], sb.InputError, "cannot be used"),
        ([sp.I * u], [u], sb.InputError, "finite real"),
        ([sp.pi * sp.E * u + sp.log(2) * v], [u, v], sb.BudgetError, "independent"),
        ([sp.exp(sp.sqrt(2)) * u], [u], sb.BudgetError, "independent"),
        ([sp.exp(u) + sp.exp(u / (1 + u)) + sp.exp(1 / (1 + u))], [u], sb.BudgetError, "dependent"),
    ],
)
def test_refusals_say_why(outputs, parameters, error, said):
    with pytest.raises(error) as caught:
        laws(outputs, parameters)
    assert said in str(caught.value)
    assert caught.value.remedy


def test_it_answers_the_four_questions():
    network = P.signed_diagonal(2)
    found = network.conservation_laws()
    assert found.derivation.evidence == "exact"
    assert found.derivation.check() == "exact"
    assert [f.name for f in found.formulas] == ["law_1", "law_2", "law_3"]
    assert [f.rhs for f in found.formulas] == list(found.laws)
    assert found.formula in found.derivation.formulas
    assert found._repr_latex_().startswith("$")
    assert found.latex().count("const") == 3
    theta = np.array([0.3, -1.2, 0.7, 2.0])
    point = dict(zip(network.parameters, theta, strict=True))
    exact = [float(law.subs(point)) for law in found.laws]
    assert np.abs(found.compile()(*theta) - exact).max() < 1e-14
    report = found.verify(rng=3)
    assert report.ok
    assert report.verdicts[-1].error < 1e-12


def mutated(found, number, factor):
    """The laws with one coefficient of one of them changed."""
    law = found.laws[number]
    first, *rest = sp.Add.make_args(law)
    changed = sp.Add(factor * first, *rest)
    return Laws(found.parametrization, found.count, (changed,), found.complete, found.count)


@pytest.mark.parametrize(
    "network", [P.linear_network((2, 2, 2)), P.diagonal(3), P.two_layer_relu(2, 2, bias=True)]
)
def test_a_law_that_is_one_per_cent_off_is_refuted_everywhere(network):
    found = network.conservation_laws()
    wrong = mutated(found, 0, sp.Rational(101, 100))
    with pytest.raises(sb.DerivationError):
        wrong.derivation  # noqa: B018 - deriving it is the test
    assert not independent_laws(network, wrong.laws, np.random.default_rng(0))
    vars(wrong)["derivation"] = found.derivation
    verdict = drift_claim(wrong).run(rng=0)
    assert not verdict.holds
    assert verdict.error > 1e-6
    assert drift_claim(found).run(rng=0).holds


@pytest.mark.jit
@pytest.mark.parametrize("network", [P.diagonal(3), P.neuron(2), P.signed_diagonal(2)])
def test_laws_hold_along_the_packages_own_gradient_flow(network):
    found = network.conservation_laws()
    rng = np.random.default_rng(5)
    start = rng.uniform(0.5, 1.5, len(network.parameters))
    data = rng.standard_normal((1, len(network.outputs)))
    near = start * (1 + 0.3 * (-1.0) ** np.arange(len(start)))
    goal = data @ network.first_order(*near)[: data.shape[1]]
    run = sb.simulate.gradient_flow(
        network, data, goal, dict(zip(network.parameters, start, strict=True))
    )
    end = np.array([run.theta[s] for s in network.parameters])
    assert run.converged
    assert np.abs(end - start).max() > 0.01
    kernel = found.compile()
    assert np.abs(kernel(*end) - kernel(*start)).max() < 1e-8 * np.abs(kernel(*start)).max()


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 4), st.integers(1, 4), st.integers(1, 5), st.integers(1, 5))
def test_scaling_and_mixing_outputs_changes_no_law(p, q, r, s):
    plain = laws([u**p * v**q], [u, v])
    scaled = laws([sp.Rational(r, s) * u**p * v**q + 7], [u, v])
    assert plain.laws == scaled.laws
    assert plain.complete
    assert sp.expand(plain.laws[0] - normal_form(q * u**2 - p * v**2)) == 0


def test_parts_that_share_no_parameter_are_counted_apart():
    found = laws([u**3 * a, sp.Integer(7), v**2, v + c], [u, v, c, a])
    assert found.count == 1
    assert found.complete
    assert laws([sp.Integer(3)], [u, v]).laws == (u, v)
    wide = P.two_layer_relu(5, 8, 2, bias=True).conservation_laws()
    assert (wide.count, len(wide.laws), wide.complete) == (8, 8, True)


def test_the_count_does_not_depend_on_the_order_of_parameters_and_outputs():
    network = P.linear_network((3, 2, 2))
    rng = np.random.default_rng(0)
    shuffled = sb.Parametrization(
        rng.permutation(network.outputs), rng.permutation(network.parameters)
    )
    assert shuffled.conservation_laws().count == network.conservation_laws().count == 3
