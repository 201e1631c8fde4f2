"""The public simulations: from a parametrization and data to a Run."""

import numpy as np
import pytest
import sympy as sp

import symbias as sb

u, v = sp.symbols("u v", real=True)
NETWORK = sb.Parametrization(u**2 - v**2, [u, v])
NEURON = sb.Parametrization([u * v, u**2], [u, v])
X = np.array([[1.0, 2.0, -1.0], [0.5, -1.0, 0.25]])
Y = np.array([1.0, -2.0])
START = {u: 0.1, v: 0.1}


def test_a_flow_interpolates_and_returns_what_it_was_given():
    run = sb.simulate.gradient_flow(NETWORK, X, Y, {u: np.full(3, 0.1), v: 0.1})
    assert run.converged
    assert run.w.shape == (3,)
    assert np.abs(X @ run.w - Y).max() < 1e-11
    assert list(run.theta) == [u, v]
    assert run.final is run.theta
    assert np.abs(run.theta[u] ** 2 - run.theta[v] ** 2 - run.w).max() == 0
    assert run.loss.size == run.steps + 1
    assert repr(run).startswith("Run(converged after ")


def test_a_flow_of_a_map_with_several_outputs():
    run = sb.simulate.gradient_flow(NEURON, [[1.0, 0.0]], [1.0], {u: 1, v: 0.5})
    assert run.converged
    assert isinstance(run.theta[u], float)
    # u v' = u u: u**2 - v**2 is conserved by the flow of u v
    assert run.theta[u] ** 2 - run.theta[v] ** 2 == pytest.approx(0.75, abs=1e-9)


def test_descent_follows_a_plain_loop_through_generated_code():
    first, second = np.full(3, 0.1), np.full(3, 0.1)
    for _ in range(50):
        force = X.T @ (X @ (first**2 - second**2) - Y)
        first, second = first - 0.02 * 2 * first * force, second + 0.02 * 2 * second * force
    run = sb.simulate.gradient_descent(NETWORK, X, Y, START, 0.02, max_steps=50)
    assert run.steps == 50
    assert np.abs(run.theta[u] - first).max() < 1e-13
    assert np.abs(run.theta[v] - second).max() < 1e-13


def test_two_parametrizations_descend_in_one_process():
    for network, power in ((NETWORK, 2), (sb.Parametrization(u**3 - v**3, [u, v]), 3)):
        run = sb.simulate.gradient_descent(network, X, Y, {u: 0.5, v: 0.5}, 0.02)
        assert run.converged
        assert np.abs(run.theta[u] ** power - run.theta[v] ** power - run.w).max() < 1e-15


def test_descent_with_a_small_step_ends_near_the_flow():
    flow = sb.simulate.gradient_flow(NETWORK, X, Y, START).w
    gaps = [
        np.abs(sb.simulate.gradient_descent(NETWORK, X, Y, START, step).w - flow).max()
        for step in (0.01, 0.005)
    ]
    assert gaps[0] / gaps[1] == pytest.approx(2, rel=0.1)


def test_batches_are_reproducible_by_seed_and_by_generator():
    runs = [
        sb.simulate.gradient_descent(NETWORK, X, Y, START, 0.01, 1, rng=rng, max_steps=200)
        for rng in (3, np.random.default_rng(3), 4)
    ]
    assert (runs[0].w == runs[1].w).all()
    assert not (runs[0].w == runs[2].w).all()


def test_a_flow_that_cannot_interpolate_says_so_in_its_run():
    run = sb.simulate.gradient_flow(NETWORK, [[1.0], [1.0]], [1.0, 2.0], START)
    assert not run.converged
    assert "did not converge" in repr(run)
    assert run.w == pytest.approx(1.5, abs=1e-6)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"X": [[1.0, np.nan, 0.0]] * 2}, "X is not finite"),
        ({"y": [1.0]}, "X has 2 rows, y has 1 entries"),
        ({"init": {u: 1.0}}, "no value for v"),
        ({"init": {u: 1.0, v: 1.0, sp.Symbol("z"): 1.0}}, "which is no parameter"),
        ({"init": {u: np.ones(2), v: 1.0}}, "shape (2,)"),
        ({"step": 0.0}, "step is 0.0"),
        ({"step": -1}, "step is -1"),
        ({"step": np.nan}, "step is nan"),
        ({"step": np.inf}, "step is inf"),
        ({"step": "0.1"}, "step is '0.1'"),
        ({"batch": 3, "rng": 0}, "larger than the 2 samples"),
        ({"batch": 0, "rng": 0}, "batch is 0"),
        ({"batch": 1.0, "rng": 0}, "batch is 1.0"),
        ({"batch": 1}, "without rng"),
        ({"rng": 1}, "without a batch size"),
        ({"tolerance": 2.0}, "tolerance is 2.0"),
        ({"max_steps": 0}, "max_steps is 0"),
        ({"every": 0}, "every is 0"),
    ],
)
def test_descent_refuses_bad_input(changes, said):
    given = {"X": X, "y": Y, "init": START, "step": 0.1} | changes
    with pytest.raises(sb.InputError) as caught:
        sb.simulate.gradient_descent(NETWORK, **given)
    assert said in str(caught.value)
    assert caught.value.remedy
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"X": X.T}, "X has 3 rows, y has 2 entries"),
        ({"accuracy": 0.1}, "accuracy is 0.1"),
        ({"accuracy": 1e-20}, "accuracy is 1e-20"),
        ({"max_steps": -5}, "max_steps is -5"),
    ],
)
def test_the_flow_refuses_bad_input(changes, said):
    given = {"X": X, "y": Y, "init": START} | changes
    with pytest.raises(sb.InputError, match=said.replace("(", r"\(")):
        sb.simulate.gradient_flow(NETWORK, **given)


def test_a_start_outside_the_domain_is_refused():
    root = sb.Parametrization(sp.log(u), [u])
    with pytest.raises(sb.InputError, match="outside the domain"):
        sb.simulate.gradient_flow(root, X, Y, {u: -1.0})


def test_too_few_columns_for_the_outputs_are_refused():
    with pytest.raises(sb.InputError, match="3 columns, the parametrization 2 outputs"):
        sb.simulate.gradient_flow(NEURON, X, Y, START)


def test_gaussian_means_have_the_spread_they_claim():
    means = [
        sb.simulate.gaussian_mean_product(lambda z: np.maximum(z, 0), 0.0, 20_000, rng=seed)
        for seed in range(30)
    ]
    # E[relu(x)**2] = 1/2
    scores = [(mean - 0.5) / error for mean, error in means]
    assert max(map(abs, scores)) < 5
    assert 0.6 < np.std(scores) < 1.5


@pytest.mark.parametrize(("angle", "samples"), [(np.nan, 10), (0.0, 1), (0.0, 2.5)])
def test_gaussian_means_refuse_bad_input(angle, samples):
    with pytest.raises(sb.InputError):
        sb.simulate.gaussian_mean_product(np.abs, angle, samples, rng=0)


@pytest.mark.parametrize(
    "function",
    [lambda x: 1.0, lambda x: x[:-1, 0], lambda x: x[:, None], lambda x: 1j * x, lambda x: ["a"]],
)
def test_gaussian_means_refuse_what_is_no_value_per_input(function):
    with pytest.raises(sb.InputError, match="For 10 inputs the function returned"):
        sb.simulate.gaussian_mean(function, 2, 10, rng=0)


@pytest.mark.parametrize("rng", ["a", -1, 1.5, True], ids=repr)
def test_what_is_no_source_of_randomness_is_refused(rng):
    with pytest.raises(sb.InputError, match="rng"):
        sb.simulate.gaussian_mean_product(np.abs, 0.5, 10, rng=rng)
    with pytest.raises(sb.InputError, match="rng"):
        sb.simulate.gradient_descent(NETWORK, X, Y, START, 0.01, batch=1, rng=rng)
