"""Refusals with proof: maps that have a potential pass every test, maps that have none fail one."""

from itertools import pairwise

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

import symbias as sb
from symbias.regularizers import metric_tests
from symbias.regularizers.initialization import initialization
from symbias.regularizers.necessary import necessary_tests

P = sb.parametrizations
R = sp.Rational
a, b, c, d, r, s, t, u, v = sp.symbols("a b c d r s t u v", real=True)
u1, u2, u3, u4, v1, v2, v3 = sp.symbols("u1:5 v1:4", real=True)
alpha = sp.Symbol("alpha", positive=True)


def check(outputs, start):
    net = (
        outputs
        if isinstance(outputs, sb.Parametrization)
        else sb.Parametrization(outputs, list(start))
    )
    values = start if isinstance(start, dict) else dict(zip(net.parameters, start, strict=True))
    necessary_tests(net, initialization(net, values))


def refusal(outputs, start):
    with pytest.raises(sb.NoRegularizer) as caught:
        check(outputs, start)
    return caught.value


def unit(parts):
    return [x / sp.sqrt(sum(y**2 for y in parts)) for x in parts]


def rank_one(left, right):
    """Weights (1, len(left), len(right)) that are strictly balanced, for |right| = 1."""
    return [*left, *(x * y for x in left for y in right)]


TOTAL = sum(map(sp.exp, (u1, u2, u3)))
HALF = [R(1, 2), R(1, 3), R(1, 5)]
E2, E3, F2 = [R(3, 5), R(4, 5)], [R(2, 3), R(1, 3), R(2, 3)], [R(5, 13), R(12, 13)]

WITH = {
    "neuron 2, balanced": (P.neuron(2), [1, R(3, 5), R(4, 5)]),
    "neuron 2": (P.neuron(2), [2, R(3, 5), R(-1, 3)]),
    "neuron 2, a = 0": (P.neuron(2), [0, 1, 2]),
    "neuron 2, v = 0": (P.neuron(2), [1, 0, 0]),
    "neuron 2, symbols": (P.neuron(2), [alpha, 2 * alpha, 0]),
    "neuron 3": (P.neuron(3), [R(-1, 2), R(3, 5), R(-1, 3), 1]),
    "neuron 3, irrational": (P.neuron(3), [sp.sqrt(2), sp.exp(R(1, 2)), 1, sp.pi]),
    "neuron 4": (P.neuron(4), [R(1, 10), R(3, 10), R(-1, 5), R(7, 10), R(2, 5)]),
    "neuron 8": (P.neuron(8), [1, 2, 3, 4, 5, 6, 7, 8, 9]),
    "chain (3, 2)": (P.chain(3, 2), [1, 2, R(1, 3), 2]),
    "chain (3, 2), a = 0": (P.chain(3, 2), [0, 2, R(1, 3), 2]),
    "chain (4, 3)": (P.chain(4, 3), [1, 2, R(1, 3), 2, -1, R(1, 2)]),
    "(1, 3, 2), balanced": (P.linear_network((1, 3, 2)), rank_one(HALF, E2)),
    "(1, 3, 3), balanced": (P.linear_network((1, 3, 3)), rank_one(HALF, E3)),
    "(1, 2, 2, 2), balanced": (
        P.linear_network((1, 2, 2, 2)),
        [2 * x for x in E2]
        + [2 * x * y for x in E2 for y in F2]
        + [2 * x * y for x in F2 for y in E2],
    ),
    "shared scale": (
        [s * (u1**2 - v1**2), s * (u2**2 - v2**2), s * (u3**2 - v3**2)],
        {s: 1, u1: 1, u2: 2, u3: R(1, 3), v1: 1, v2: 1, v3: R(1, 2)},
    ),
    "e^a v at 0": ([sp.exp(a) * x for x in (v1, v2, v3)], {a: 0, v1: 1, v2: 2, v3: -1}),
    "e^a v": ([sp.exp(a) * x for x in (v1, v2, v3)], {a: R(1, 2), v1: 1, v2: 2, v3: -1}),
    "e^a u^2": ([sp.exp(a) * u1**2, sp.exp(a) * u2**2], {a: 1, u1: 1, u2: 2}),
    "|a| a v": ([sp.Abs(a) * a * v1, sp.Abs(a) * a * v2], {a: -1, v1: 1, v2: 2}),
    "weight normalisation": ([a * x for x in unit([v1, v2])], {a: R(1, 2), v1: 3, v2: 4}),
    "weight normalisation, irrational": ([a * x for x in unit([v1, v2])], {a: 1, v1: 1, v2: 2}),
    "complex product": ([a * c - b * d, a * d + b * c], {a: 1, b: 2, c: R(1, 3), d: -1}),
    "complex product, balanced": ([a * c - b * d, a * d + b * c], {a: 1, b: 0, c: 1, d: 0}),
    "z^2": ([u**2 - v**2, 2 * u * v], {u: 1, v: 2}),
    "e^z": ([sp.exp(u) * sp.cos(v), sp.exp(u) * sp.sin(v)], {u: 1, v: 2}),
    "inversion": (
        [x / (u1**2 + u2**2 + u3**2) for x in (u1, u2, u3)],
        {u1: 1, u2: 2, u3: 3},
    ),
    "separable": ([u**3, sp.sinh(v), sp.tan(s)], {u: 1, v: R(1, 3), s: R(2, 5)}),
    "erf, asinh": ([sp.asinh(u) + sp.erf(v), sp.erf(v)], {u: 1, v: R(1, 3)}),
    "rotated": ([u1**2 + u2**2, u1 * u2], {u1: 1, u2: R(3, 10)}),
    "polar": ([r * sp.cos(t), r * sp.sin(t)], {r: 2, t: R(3, 10)}),
    "sum and product": ([u + v, u * v], {u: 1, v: 2}),  # gradient of Q: ((u^2 - v^2)/2, v - u)
    "two depths": ([a * b, a * c * d], {a: 1, b: 2, c: R(1, 2), d: 3}),  # a (b, c d)
    # gradient of Q: e^(-u3) - e^(-u_i)
    "softmax without its last": ([sp.exp(x) / TOTAL for x in (u1, u2)], {u1: 0, u2: 0, u3: 0}),
    "one output": (P.diagonal(2), [np.array([0.1, 0.2]), 0.1]),
}


@pytest.mark.parametrize("name", WITH)
def test_maps_with_a_potential_pass(name):
    try:
        check(*WITH[name])
    except sb.NoRegularizer as refused:
        pytest.fail(f"{name} has a potential and was refused: {refused}")


GRAM = [a**2 + b**2, a * c + b * d, c**2 + d**2]  # U U^T
GROUPS = [s * u1, s * u2, t * u3]
METRIC, WARP, RANK = "no intrinsic metric", "no warp", "rank deficient"

WITHOUT = {
    "(1, 2, 2)": (P.linear_network((1, 2, 2)), [1, R(1, 2), R(1, 3), 1, 2, -1], METRIC),
    "(1, 2, 2, 2)": (
        P.linear_network((1, 2, 2, 2)),
        [1, R(1, 2), R(1, 3), 1, 2, -1, R(1, 5), 2, R(1, 3), 1],
        METRIC,
    ),
    "UV^T": (P.linear_network((2, 2, 2)), [1, 2, R(1, 3), 1, -1, 2, R(1, 2), 3], METRIC),
    "UV^T at 1": (P.linear_network((2, 2, 2)), [1, 0, 0, 1, 1, 0, 0, 1], WARP),
    "UU^T": (GRAM, {a: 1, b: 2, c: -1, d: R(1, 3)}, WARP),
    "UU^T at 1": (GRAM, {a: 1, b: 0, c: 0, d: 1}, WARP),
    "UU^T at 1/10": (GRAM, {a: 0.1, b: 0, c: 0, d: 0.1}, WARP),
    "UU^T at a diagonal": (GRAM, {a: 2, b: 0, c: 0, d: 1}, WARP),
    "UU^T at a multiple of 1": (GRAM, {a: alpha, b: 0, c: 0, d: alpha}, WARP),
    "a v + c": ([a * v1 + c, a * v2 + c], {a: 1, c: 0, v1: 1, v2: 2}, METRIC),
    "a v + c at v = 0": ([a * v1 + c, a * v2 + c], {a: 1, c: 0, v1: 0, v2: 0}, METRIC),
    "two scales": (GROUPS, {s: 1, t: 2, u1: 1, u2: 2, u3: 3}, WARP),
    "two scales at u = 0": (GROUPS, {s: 1, t: 2, u1: 0, u2: 0, u3: 0}, WARP),
    "two ReLU neurons": (P.two_layer_relu(2, 2), [1, 2, 3, 1, 2, -1], WARP),
    "convolutions": (P.convolution((2, 2)), [1, 2, 3, 1], WARP),
    "quadratic": ([u * v, u + v**2], {u: 1, v: 2}, WARP),
    "quadratic, irrational": ([u * v, u + v**2], {u: sp.sqrt(2), v: sp.exp(R(1, 2))}, WARP),
    "sine": ([sp.sin(u) * v, u + v**2], {u: 1, v: 2}, WARP),
    "shared factors": ([a * b, a * c * d, b * c], {a: 1, b: 2, c: R(1, 2), d: 3}, WARP),
    "3 x 3 products": (
        P.linear_network((3, 3, 3)),
        [1, 2, 3, R(1, 2), -1, 2, 1, 1, R(1, 5), 2, 1, R(1, 3), 1, -1, 2, R(1, 2), 3, 1],
        METRIC,
    ),
    "softmax": ([sp.exp(x) / TOTAL for x in (u1, u2, u3)], {u1: 0, u2: 0, u3: 0}, RANK),
    "softmax, irrational": ([sp.exp(x) / TOTAL for x in (u1, u2, u3)], {u1: 1, u2: 2, u3: 0}, RANK),
    "dependent": ([u**2, 2 * u**2], {u: 1}, RANK),
    "dependent, not linearly": ([u * v, u**2 * v**2], {u: 1, v: 2}, RANK),
    "UU^T at rank one": (GRAM, {a: 1, b: 0, c: 1, d: 0}, RANK),
    "UV^T at rank one": (P.linear_network((2, 2, 2)), [1, 0, 0, 0, 1, 0, 0, 0], RANK),
    "saddle": (P.neuron(3), [0, 0, 0, 0], RANK),
    "one output at rest": (P.diagonal(2), [0, 0], RANK),
    "one of three coordinates at rest": (P.diagonal(2), [[0, 1, 2], 0], RANK),
}


@pytest.mark.parametrize("name", WITHOUT)
def test_maps_without_a_potential_are_refused(name):
    outputs, start, reason = WITHOUT[name]
    found = refusal(outputs, start)
    assert found.reason == reason
    assert found.defect.is_nonzero
    assert all(x.is_number for x in found.point.values())


@pytest.mark.parametrize("name", [name for name, case in WITHOUT.items() if case[2] != RANK])
def test_the_engine_refuses_them(name):
    outputs, start, reason = WITHOUT[name]
    net = outputs
    if not isinstance(net, sb.Parametrization):
        net = sb.Parametrization(outputs, list(start))
    values = start if isinstance(start, dict) else dict(zip(net.parameters, start, strict=True))
    with pytest.raises(sb.NoRegularizer) as caught:
        net.regularizer(values)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("name", "missing"),
    [
        ("softmax", 1),
        ("dependent", 1),
        ("UU^T at rank one", 1),
        ("saddle", 3),
        ("UV^T at rank one", 1),
    ],
)
def test_the_defect_of_a_rank_is_what_is_missing(name, missing):
    outputs, start, _ = WITHOUT[name]
    assert refusal(outputs, start).defect == missing


def test_the_metric_of_a_gram_matrix_is_a_function_of_w():
    # M follows from w' = R U U^T + U U^T R + ..., so that the kernel of J is harmless and only the warp fails
    for values in ([1, 2, -1, R(1, 3)], [1, 0, 0, 1]):
        assert refusal(GRAM, dict(zip((a, b, c, d), values, strict=True))).reason == WARP


def direct(outputs, point):
    """The equations of the warp for as many parameters as outputs, by symbols and without normalising M."""
    parameters, size = list(point), len(outputs)
    J = sp.Matrix(outputs).jacobian(parameters)
    M, lift = J * J.T, J.inv().T  # row i of lift: d/dw_i
    H = M.inv()

    def along(i, f):
        return sum(lift[i, k] * sp.diff(f, x) for k, x in enumerate(parameters))

    n = range(size)
    gradient = [
        (sum(M[j, k] * along(j, H[i, k]) for j in n for k in n) - along(i, sp.log(H.det())))
        / (size - 1)
        for i in n
    ]
    codazzi = {
        (i, j, k): gradient[i] * H[j, k]
        - gradient[j] * H[i, k]
        - along(j, H[i, k])
        + along(i, H[j, k])
        for i, j in pairwise(n)
        for k in n
    }
    curl = along(0, gradient[1]) - along(1, gradient[0])
    return codazzi[0, 1, 0].subs(point), curl.subs(point)


def test_the_curl_is_that_of_the_warp_of_the_metric_itself():
    point = {u: sp.S(1), v: sp.S(2)}
    found = refusal([u * v, u + v**2], point)
    assert sp.nsimplify(direct([u * v, u + v**2], point)[1]) == found.defect
    assert found.point == point


def test_the_codazzi_equations_are_those_of_the_metric_itself():
    point = {u: sp.S(1), v: sp.S(2), s: sp.S(3)}
    outputs = [u * v, u + v**2, s * u]
    found = refusal(outputs, point)
    assert "(1, 2, 1) of the Codazzi" in str(found)
    # theirs is of M, ours of M over the cube root of its determinant, divided out again
    assert sp.nsimplify(direct(outputs, point)[0]) == found.defect


def test_what_vanishes_at_the_start_is_found_along_a_curve():
    # to second order at u = v = 0 the outputs are separate: the start itself shows nothing
    found = refusal([u + u**2 * v**3, v], {u: 0, v: 0})
    assert found.reason == WARP
    assert "to leading order along the curve" in str(found)
    assert refusal([u + u**2 * v**3, v], {u: 1, v: 1}).reason == WARP


def test_the_message_names_the_numbers_put_in_for_symbols():
    found = refusal(GRAM, {a: alpha, b: 0, c: 0, d: 3 * alpha})
    assert "Tested at alpha = " in str(found)
    assert found.point[d] == 3 * found.point[a]


def test_a_function_without_series_is_a_matter_of_budget():
    with pytest.raises(sb.BudgetError, match="zeta"):
        check([sp.zeta(u) * v, v + u], {u: 3, v: 1})
    with pytest.raises(sb.BudgetError, match="not known to be analytic"):
        check([sp.Abs(u) * v + u, v + u], {u: 0, v: 1})


SMALL = st.fractions(-3, 3, max_denominator=6)


@settings(max_examples=25, deadline=None)
@given(st.lists(SMALL, min_size=4, max_size=4))
def test_a_neuron_is_refused_at_rest_only(values):
    start = [R(x.numerator, x.denominator) for x in values]
    if any(start):
        check(P.neuron(3), start)
    else:
        assert refusal(P.neuron(3), start).reason == RANK


MATRICES = st.lists(SMALL, min_size=4, max_size=4).map(
    lambda m: sp.Matrix(2, 2, [R(x.numerator, x.denominator) for x in m])
)


@settings(max_examples=15, deadline=None)
@given(
    st.lists(SMALL.filter(bool), min_size=4, max_size=4), MATRICES.filter(lambda m: m.det() != 0)
)
def test_mixing_outputs_does_not_change_the_verdict(values, mixing):
    start = [R(x.numerator, x.denominator) for x in values]
    point = dict(zip((a, b, c, d), start, strict=True))
    check(list(mixing * sp.Matrix([a * c - b * d, a * d + b * c])), point)
    refused = [a * c + d, a * b + d]
    mixed = list(mixing * sp.Matrix(refused))
    assert refusal(mixed, point).reason == refusal(refused, point).reason == METRIC


MUTATIONS = {
    "twice l": ("_gradient", lambda found: [x + x for x in found]),
    "sign of l": ("_gradient", lambda found: [-x for x in found]),
    "sign of H N H": (
        "_conjugated",
        lambda found: [[[-x for x in row] for row in m] for m in found],
    ),
    "twice the traces": ("_traces", lambda found: [x + x for x in found]),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_wrong_formula_would_refuse_a_neuron(name, monkeypatch):
    attribute, change = MUTATIONS[name]
    original = getattr(metric_tests.MetricTests, attribute).func
    wrong = property(lambda self: change(original(self)))
    monkeypatch.setattr(metric_tests.MetricTests, attribute, wrong)
    assert refusal(P.neuron(3), [2, R(3, 5), R(-1, 3), 1]).reason == WARP
