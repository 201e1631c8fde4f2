"""Population losses: differences, samples, identities, published spectra, symmetry, and what is refused."""

import mpmath
import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

import symbias as sb
from symbias.models.dual_kernels import DualKernels
from symbias.models.population_point import PopulationPoint
from symbias.solvers.kernel_population import KernelPopulation, Partials
from symbias.solvers.pair_geometry import pair_geometry
from symbias.solvers.relu_pair import relu_pair
from symbias.solvers.relu_population import ReluPopulation

relu = sb.activations.relu
z = sp.Symbol("z", real=True)
ACTIVATIONS = {
    "relu": relu,
    "leaky": sb.activations.leaky_relu(sp.Rational(1, 5)),
    "relu2": sb.activations.relu_power(2),
    "kink and square": sb.Activation(sp.Max(z, 0) + z**2 / 3, z),
    "erf": sb.activations.erf,
}
PI = np.pi
each_activation = pytest.mark.parametrize(
    "name",
    [
        pytest.param(n, marks=pytest.mark.slow) if n in {"kink and square", "erf"} else n
        for n in ACTIVATIONS
    ],
)


def point(d, extra, seed):
    rng = np.random.default_rng(seed)
    k = d + extra
    return np.eye(k, d) + 0.5 * rng.standard_normal((k, d)), rng.uniform(0.5, 1.5, k)


def flat(loss, x, k, d):
    found = loss.gradient(x[: k * d].reshape(k, d), x[k * d :])
    return np.concatenate([found[0].ravel(), found[1]])


@pytest.mark.jit
@each_activation
def test_derivatives_are_slopes(name):
    loss = sb.PopulationLoss(ACTIVATIONS[name], extra_neurons=1, second_layer=True)
    W, alpha = point(3, 1, seed=1)
    x, h = np.concatenate([W.ravel(), alpha]), 1e-5
    values, slopes = [], []
    for e in np.eye(x.size) * h:
        ends = [(x + e), (x - e)]
        values.append([loss.value(y[:12].reshape(4, 3), y[12:]) for y in ends])
        slopes.append([flat(loss, y, 4, 3) for y in ends])
    differences = [(up - down) / (2 * h) for up, down in values]
    assert flat(loss, x, 4, 3) == pytest.approx(differences, abs=1e-8)
    H = loss.hessian(W, alpha)
    assert pytest.approx(np.array([(up - down) / (2 * h) for up, down in slopes]), abs=2e-8) == H
    y = np.random.default_rng(2).standard_normal(x.size)
    assert loss.hessian_operator(W, alpha) @ y == pytest.approx(H @ y, abs=1e-12)


@pytest.mark.jit
@each_activation
def test_samples_agree(name):
    assert sb.PopulationLoss(ACTIVATIONS[name], second_layer=True).verify(3, rng=4).ok


def test_the_kernel_of_a_b_c_is_that_of_the_angle():
    """The K_a, K_c formula, without geometry, against the geometric one without K."""
    W, _ = point(4, 0, seed=3)
    pairs, weights = pair_geometry(W), np.array([1.0, 1, 1, 1, -1, -1, -1, -1])
    geometric = ReluPopulation(pairs)
    kernels, squares = DualKernels(relu), pairs.sizes**2
    a, b, c = sp.symbols("a b c", real=True)
    symbols = relu.dual().symbols
    K = relu.dual().rhs.xreplace(dict(zip(symbols, (a, b, c), strict=True)))
    orders = [(), (a,), (c,), (a, a), (a, b), (a, c), (b, c), (c, c)]
    kernel = sb.compile([K.diff(*o) if o else K for o in orders], [a, b, c])
    at = kernel(squares[:4, None], squares, pairs.products)
    own = np.arange(4)
    at[:, own, own] = 0.0
    at[0, own, own], at[1, own, own] = squares[:4] / 2, 0.25
    generic = KernelPopulation(pairs, Partials(*at, 0.0))
    assert kernels.rest == 0
    assert generic.values() == pytest.approx(geometric.values(), abs=1e-13)
    assert generic.slope(weights) == pytest.approx(geometric.slope(weights), abs=1e-13)
    for i in range(4):
        assert generic.same(i, weights) == pytest.approx(geometric.same(i, weights), abs=1e-12)
        assert generic.mixed(i) == pytest.approx(geometric.mixed(i), abs=1e-12)


def test_homogeneity_ties_the_two_gradients():
    loss = sb.PopulationLoss(relu, extra_neurons=2, second_layer=True)
    W, alpha = point(5, 2, seed=5)
    inner, outer = loss.gradient(W, alpha)
    assert (W * inner).sum(axis=1) == pytest.approx(alpha * outer, abs=1e-13)


@pytest.mark.parametrize("d", [4, 5, 9])
def test_spectrum_at_the_global_minimum(d):
    """Roots of the published quadratics, with multiplicities; components x and y at 1/4 -+ 1/(2 pi)."""
    s = np.roots([16 * PI**2, -4 * PI**2 * (d + 2), PI**2 * d + PI**2 + 4 * PI - 4])
    constant = 2 * PI * d**2 + (PI**2 - 2 * PI + 4) * d + PI**2 + 4 * PI - 4
    t = np.roots([16 * PI**2, -4 * PI * (PI * d + 2 * d + 2 * PI), constant])
    low, high = 1 / 4 - 1 / (2 * PI), 1 / 4 + 1 / (2 * PI)
    x, y = (d - 1) * (d - 2) // 2, d * (d - 3) // 2
    expected = [*[low] * (x + d - 1), *[high] * y, *np.repeat(s, d - 1), *t]
    found = np.linalg.eigvalsh(sb.PopulationLoss(relu).hessian(np.eye(d)))
    assert found == pytest.approx(np.sort(expected), abs=1e-13)


def test_rescalings_are_the_null_directions_at_the_global_minimum():
    d = 6
    loss = sb.PopulationLoss(relu, second_layer=True)
    found = np.linalg.eigvalsh(loss.hessian(np.eye(d)))
    assert np.count_nonzero(abs(found) < 1e-13) == d
    assert found.min() > -1e-13
    # The published quadratic of component t.
    constant = 2 * PI * d**2 + (PI**2 - 2 * PI + 4) * d + PI**2 + 4 * PI - 4
    middle = -(2 * PI**2 * d + 8 * PI * d + 8 * PI**2 - 4 * PI)
    for root in np.roots([8 * PI**2, middle, constant]):
        assert abs(found - root).min() < 1e-12


@settings(max_examples=15, deadline=None)
@given(st.permutations(range(5)), st.permutations(range(4)), st.integers(0, 9))
def test_permutations_of_neurons_and_of_inputs_change_nothing(rows, columns, seed):
    loss = sb.PopulationLoss(relu, extra_neurons=1, second_layer=True)
    W, alpha = point(4, 1, seed)
    turned = W[rows][:, columns]
    assert loss.value(turned, alpha[rows]) == pytest.approx(loss.value(W, alpha), abs=1e-13)
    inner, outer = loss.gradient(W, alpha)
    found = loss.gradient(turned, alpha[rows])
    assert found[0] == pytest.approx(inner[rows][:, columns], abs=1e-13)
    assert found[1] == pytest.approx(outer[rows], abs=1e-13)


@pytest.mark.jit
@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("gap", [1e-2, 1e-5, 1e-8, 1e-12])
def test_blocks_of_nearly_parallel_neurons_keep_their_digits(sign, gap):
    """Against the pair of vectors by itself, whose projection is accurate at every angle."""
    W = np.array([[0.6, 0.8, 0.3], [0.6 * sign, 0.8 * sign, 0.3 * sign + gap], [0.1, -0.7, 1.0]])
    kernel, exact = ReluPopulation(pair_geometry(W)), relu_pair(W[0], W[1])
    assert kernel.mixed(0)[1] == pytest.approx(exact.mixed, abs=2e-15)
    weights = np.array([0.0, 1, 0, 0, 0, 0])
    assert kernel.same(0, weights) == pytest.approx(exact.same, abs=2e-15)
    assert kernel.slopes(0)[1] == pytest.approx(exact.gradient, abs=1e-15)
    assert kernel.values()[0, 1] == pytest.approx(exact.kernel, abs=2e-15)


def test_split_neurons_have_finite_hessians():
    W = np.vstack([np.eye(3), np.eye(3)[:1]])
    H = sb.PopulationLoss(relu, extra_neurons=1).hessian(W)
    assert np.isfinite(H).all()
    # Two copies of one neuron: the mixed block is that of equal vectors, I/2.
    assert H[:3, 9:] == pytest.approx(np.eye(3) / 2, abs=1e-15)


def test_values_to_thirty_digits():
    W = [[1, 2], [-1, 3]]
    with mpmath.workdps(30):
        vectors = [mpmath.matrix(v) for v in [*W, [1, 0], [0, 1]]]
        total = mpmath.mpf(0)
        for i, u in enumerate(vectors):
            for j, v in enumerate(vectors):
                size = mpmath.norm(u) * mpmath.norm(v)
                angle = mpmath.acos((u.T * v)[0] / size) if i != j else 0
                shape = mpmath.sin(angle) + (mpmath.pi - angle) * mpmath.cos(angle)
                total += (1 if (i < 2) == (j < 2) else -1) * size * shape / (4 * mpmath.pi)
    assert sb.PopulationLoss(relu).value(W) == pytest.approx(float(total), rel=1e-14)


@pytest.mark.parametrize(
    ("W", "alpha", "error", "message"),
    [
        ([[0.0, 0.0], [1.0, 0.0]], None, sb.DomainError, "is zero"),
        ([[1.0, 0.0]], None, sb.InputError, "rows"),
        ([1.0, 0.0], None, sb.InputError, "shape"),
        ([[np.nan, 0.0], [1.0, 0.0]], None, sb.InputError, "NaN"),
        ([[1.0, 0.0], [0.0, "x"]], None, sb.InputError, "real numbers"),
        ([[1e60, 0.0], [1.0, 0.0]], None, sb.InputError, "1e50"),
        (np.eye(2), [1.0, 1.0], sb.InputError, "not trained"),
    ],
)
def test_impossible_points_are_refused(W, alpha, error, message):
    for question in ("value", "gradient", "hessian"):
        with pytest.raises(error, match=message):
            getattr(sb.PopulationLoss(relu), question)(W, alpha)


def test_impossible_losses_are_refused():
    slope = sp.Symbol("q", real=True)
    with pytest.raises(sb.InputError, match="parameter"):
        sb.PopulationLoss(sb.activations.leaky_relu(slope))
    with pytest.raises(sb.InputError, match="entries"):
        sb.PopulationLoss(relu, second_layer=True).value(np.eye(2), [1.0])
    with pytest.raises(sb.DomainError, match="parallel"):
        sb.PopulationLoss(sb.activations.relu_power(0)).hessian(np.eye(2))


def test_zero_neurons_of_smooth_activations_are_admitted():
    loss = sb.PopulationLoss(sb.activations.quadratic)
    assert loss.value(np.zeros((2, 2))) == pytest.approx((2 * 3 + 2 * 1) / 2)
    assert not loss.gradient(np.zeros((2, 2))).any()


def test_a_point_is_what_its_parts_say():
    pairs = pair_geometry(np.array([[2.0]]))
    part = ReluPopulation(pairs)
    at = PopulationPoint(np.array([[2.0]]), np.ones(1), ((1.0, part),), part.teacher(1))
    assert at.value() == pytest.approx(0.25)
