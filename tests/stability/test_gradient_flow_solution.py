"""The end of gradient flow of a parametrization: the dual of quadratic forms against the integrated flow."""

import numpy as np
import pytest
import sympy as sp

import symbias as sb

a, b, c = sp.symbols("a b c", real=True)
PRODUCT = sb.Parametrization(a * b, [a, b])
QUADRATIC = {
    "squares": sb.parametrizations.diagonal(2),
    "product": PRODUCT,
    "mixed": sb.Parametrization(a**2 + 3 * a * b - b**2 / 2 + c * b, [a, b, c]),
}


def problem(net, seed=0, samples=3, width=7):
    rng = np.random.default_rng(seed)
    theta = {s: rng.uniform(0.3, 1.0, width) for s in net.parameters}
    return rng.standard_normal((samples, width)), rng.standard_normal(samples), theta


@pytest.mark.parametrize("name", QUADRATIC)
def test_the_dual_is_the_end_of_the_integrated_flow(name):
    net = QUADRATIC[name]
    X, y, theta = problem(net)
    dual, flow = (sb.stability.gfs(net, X, y, theta, route=route) for route in ("dual", "flow"))
    assert (dual.route, flow.route) == ("dual", "flow")
    np.testing.assert_allclose(dual.w, flow.w, atol=1e-10)
    for symbol in net.parameters:
        np.testing.assert_allclose(dual.theta[symbol], flow.theta[symbol], atol=1e-10)
    assert dual.sharpness == pytest.approx(flow.sharpness, rel=1e-10)
    np.testing.assert_allclose(X @ dual.w, y, atol=1e-12)


def test_the_dual_keeps_what_is_conserved():
    net = QUADRATIC["squares"]
    X, y, theta = problem(net, seed=4)
    u, v = net.parameters
    found = sb.stability.gfs(net, X, y, theta)
    np.testing.assert_allclose(found.theta[u] * found.theta[v], theta[u] * theta[v], rtol=1e-13)
    pull = np.log(found.theta[u] / theta[u])
    assert np.linalg.matrix_rank(np.vstack([X, pull]), tol=1e-9) == len(X)


def test_the_dual_ends_where_the_potential_is_least():
    net = QUADRATIC["squares"]
    X, y, _ = problem(net, seed=1)
    theta = dict.fromkeys(net.parameters, sp.Rational(1, 2))
    potential = net.regularizer(theta)
    np.testing.assert_allclose(
        sb.stability.gfs(net, X, y, theta).w, potential.minimizer(X, y), atol=1e-12
    )


def test_the_sharpness_is_the_top_eigenvalue_of_the_hessian():
    net = sb.parametrizations.diagonal(2)
    X, y, theta = problem(net, seed=2, width=4, samples=2)
    u, v = net.parameters
    found = sb.stability.gfs(net, X, y, theta)

    def gradient(flat):
        first, second = flat.reshape(2, -1)
        pull = X.T @ (X @ (first**2 - second**2) - y) / len(X)
        return np.concatenate([2 * first * pull, -2 * second * pull])

    end = np.concatenate([found.theta[u], found.theta[v]])
    moves = 1e-5 * np.eye(len(end))
    hessian = np.array([(gradient(end + m) - gradient(end - m)) / 2e-5 for m in moves])
    assert found.sharpness == pytest.approx(np.linalg.eigvalsh(hessian)[-1], rel=1e-8)


def test_maps_that_are_no_quadratic_form_are_integrated():
    net = sb.parametrizations.neuron(2)
    theta = dict(zip(net.parameters, (0.7, -0.4, 1.1), strict=True))
    X, y = np.array([[1.0, 0.5], [-0.3, 2.0]]), np.array([1.0, -0.5])
    found = sb.stability.gfs(net, X, y, theta)
    assert found.route == "flow"
    np.testing.assert_allclose(X @ found.w, y, atol=1e-9)
    jacobian = X @ np.array(net.jacobian().subs(found.theta), dtype=float)
    assert found.sharpness == pytest.approx(np.linalg.eigvalsh(jacobian @ jacobian.T)[-1] / 2)
    with pytest.raises(sb.InputError, match="quadratic form"):
        sb.stability.gfs(net, X, y, theta, route="dual")


def test_scalar_networks_agree_with_their_own_root():
    deep = sb.Parametrization(a * b * c, [a, b, c])
    for net, weights in ((PRODUCT, (1.5, -0.2)), (deep, (1.5, -0.2, 0.7))):
        theta = dict(zip(net.parameters, weights, strict=True))
        found = sb.stability.gfs(net, [[1.0]], [1.0], theta)
        expected = sb.ScalarNetwork(weights)
        assert found.sharpness == pytest.approx(expected.gfs_sharpness(), rel=1e-10)
        ends = [found.theta[s] for s in net.parameters]
        np.testing.assert_allclose(ends, expected.gfs(), atol=1e-10)


@pytest.mark.parametrize("weights", [(1.0, -1.0), (0.0, 0.0), (1.0, 1.0, -1.0), (0.0, 0.0, 1.0)])
def test_flows_to_a_saddle_are_refused(weights):
    symbols = (a, b, c)[: len(weights)]
    net = sb.Parametrization(sp.Mul(*symbols), symbols)
    with pytest.raises(sb.ConvergenceError, match="What to do"):
        sb.stability.gfs(net, [[1.0]], [1.0], dict(zip(symbols, weights, strict=True)))


def test_coordinates_that_never_move_are_named_if_the_data_need_them():
    net = QUADRATIC["squares"]
    u, v = net.parameters
    still = {u: [0.0, 1.0], v: [0.0, 1.0]}
    found = sb.stability.gfs(net, [[1.0, 2.0]], [1.0], still)
    np.testing.assert_allclose(found.w, [0.0, 0.5], atol=1e-14)
    with pytest.raises(sb.ConvergenceError, match="1 of 2 coordinates never move"):
        sb.stability.gfs(net, [[1.0, 0.0]], [1.0], still)


def test_targets_of_the_wrong_sign_are_refused():
    square = sb.Parametrization(a**2, [a])
    with pytest.raises(sb.ConvergenceError):
        sb.stability.gfs(square, [[1.0]], [-1.0], {a: 1.0})


@pytest.mark.parametrize(
    ("X", "y", "theta", "options"),
    [
        ([[1.0]], [1.0, 2.0], {a: 1, b: 1}, {}),
        ([[1.0]], [np.nan], {a: 1, b: 1}, {}),
        ([1.0], [1.0], {a: 1, b: 1}, {}),
        ([[1.0]], [1.0], {a: 1}, {}),
        ([[1.0]], [1.0], {a: 1, b: np.inf}, {}),
        ([[1.0, 2.0]], [1.0], {a: [1, 2, 3], b: 1}, {}),
        ([[1.0], [1.0]], [1.0, 2.0], {a: 1, b: 2}, {}),
        ([[1.0]], [1.0], {a: 1, b: 1}, {"route": "magic"}),
        ([[1e300]], [2e300], {a: 1, b: 1}, {}),
    ],
)
def test_what_makes_no_sense_is_refused(X, y, theta, options):
    with pytest.raises(sb.InputError, match="What to do"):
        sb.stability.gfs(PRODUCT, X, y, theta, **options)
    with pytest.raises(sb.InputError):
        sb.stability.gfs(a * b, X, y, theta)


def test_squared_regression_never_rises_where_descent_is_close_to_flow():
    net = QUADRATIC["squares"]
    X, y, theta = problem(net, seed=5)
    u, v = (theta[s] for s in net.parameters)
    step, found = 1e-3, []
    for _ in range(30):
        found.append(
            sb.stability.gfs(net, X, y, dict(zip(net.parameters, (u, v), strict=True))).sharpness
        )
        pull = 2 * step * X.T @ (X @ (u**2 - v**2) - y) / len(X)
        u, v = u - pull * u, v + pull * v
    assert (np.diff(found) < 0).all()
