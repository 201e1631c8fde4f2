"""The simulated descent on mean losses, checked on its own: by samples, by its arithmetic, and by where it ends."""

import mpmath
import numpy as np
import pytest

import symbias as sb
from symbias.sim import population, population_steps
from symbias.sim.monte_carlo import gaussian_mean
from symbias.sim.population import Activation

RELU, MODULUS, LEAKY = Activation(1.0, 0.0), Activation(4.0, -1.0), Activation(0.64, 0.2)
FUNCTIONS = {
    RELU: lambda z: (np.maximum(z, 0), (z > 0) * 1.0),
    MODULUS: lambda z: (np.abs(z), np.sign(z)),
    LEAKY: lambda z: (np.where(z > 0, z, 0.2 * z), np.where(z > 0, 1, 0.2)),
}
pytestmark = pytest.mark.jit


def start(k, d, seed):
    rng = np.random.default_rng(seed)
    return np.eye(k, d) + 0.4 * rng.standard_normal((k, d)), rng.uniform(0.5, 1.5, k)


@pytest.mark.parametrize("activation", FUNCTIONS)
def test_loss_and_gradients_are_means_over_inputs(activation):
    W, alpha = start(4, 3, seed=1)
    function = FUNCTIONS[activation]

    def sample(x):
        hidden, rise = function(x @ W.T)
        error = hidden @ alpha - function(x)[0].sum(axis=1)
        inner = (error[:, None] * rise * alpha)[:, :, None] * x[:, None, :]
        return np.concatenate(
            [error[:, None] ** 2 / 2, inner.reshape(len(x), -1), error[:, None] * hidden], axis=1
        )

    mean, deviation = gaussian_mean(sample, 3, 400_000, np.random.default_rng(2))
    loss, inner, outer = population.gradient(W, alpha, activation)
    exact = np.concatenate([[loss], inner.ravel(), outer])
    assert (abs(exact - mean) < 5.5 * deviation).all()
    assert (deviation < 0.02).all()


def test_angles_are_right_to_a_rounding_error():
    """Against 50 digits; near pi to a few units of their own size, so that sine and angle fit together."""
    near = -1 + 10.0 ** -np.arange(1, 16, 0.25)
    cosine = np.concatenate([np.cos(np.linspace(0, np.pi, 2_001)), [-1.0, 0.0, 1.0], near, -near])
    turn, sine = np.empty_like(cosine), np.empty_like(cosine)
    population._angles(cosine, turn, sine)
    with mpmath.workdps(50):
        angles = [mpmath.acos(mpmath.mpf(float(c))) for c in cosine]
        of_turn = [float(t - (mpmath.pi - a)) for t, a in zip(turn, angles, strict=True)]
        of_sine = [float(s - mpmath.sin(a)) for s, a in zip(sine, angles, strict=True)]
    assert max(map(abs, of_turn)) < 6e-16
    assert max(map(abs, of_sine)) < 2e-16
    folded = slice(2_004, 2_004 + near.size)
    assert (abs(np.array(of_turn[folded])) < 5 * 2.0**-53 * turn[folded]).all()
    assert (abs(np.array(of_sine[folded])) < 2 * 2.0**-53 * sine[folded]).all()


def test_cosines_that_rounding_puts_beyond_one_are_those_of_parallel_neurons():
    turn, sine = np.empty(2), np.empty(2)
    population._angles(np.array([1 + 2e-16, -1 - 2e-16]), turn, sine)
    assert turn.tolist() == [np.pi, 0.0]
    assert sine.tolist() == [0.0, 0.0]


def test_a_step_goes_down_the_gradient():
    W, alpha = start(3, 3, seed=4)
    _, inner, outer = population.gradient(W, alpha, RELU)
    one = population.descend(W, alpha, RELU, 0.25, 1, 0.0, 1, second_layer=True)
    assert pytest.approx(W - 0.25 * inner, abs=1e-15) == one.W
    assert one.alpha == pytest.approx(alpha - 0.25 * outer, abs=1e-15)
    fixed = population.descend(W, alpha, RELU, 0.25, 1, 0.0, 1, second_layer=False)
    assert (fixed.alpha == alpha).all()
    assert len(fixed.loss) == 2
    assert fixed.loss[0] == pytest.approx(population.gradient(W, alpha, RELU)[0], abs=1e-15)


def test_many_neurons_agree_with_the_symbolic_side():
    W = np.eye(70) + np.random.default_rng(5).standard_normal((70, 70)) / 70
    _, inner, _ = population.gradient(W, np.ones(70), RELU)
    assert inner == pytest.approx(sb.PopulationLoss(sb.activations.relu).gradient(W), abs=1e-14)


@pytest.mark.parametrize(("activation", "name"), [(RELU, "relu"), (MODULUS, "abs")])
def test_more_neurons_than_inputs_agree_with_the_symbolic_side(activation, name):
    """One of them is switched off by the second layer."""
    W, alpha = start(9, 7, seed=11)
    alpha[2] = 0.0
    symbolic = sb.PopulationLoss(getattr(sb.activations, name), extra_neurons=2, second_layer=True)
    loss, *slopes = population.gradient(W, alpha, activation)
    assert loss == pytest.approx(symbolic.value(W, alpha), rel=1e-13)
    for found, expected in zip(slopes, symbolic.gradient(W, alpha), strict=True):
        assert found == pytest.approx(expected, abs=1e-13)


def test_kernels_that_are_handed_in_give_the_same_descent():
    """E z^2 z^2 by Isserlis, typed in; the whole run against the run of the public method."""
    kernel = population_steps.Kernel(
        lambda a, b, c, root: (a * b + 2 * c**2 + 0 * root, b + 0 * c, 4 * c + 0 * a),
        lambda a: (3 * a**2, 6 * a),
    )
    W, _ = start(3, 3, seed=6)

    def mean(W, alpha):
        return population_steps.mean_gradient(W, alpha, kernel)

    run = population_steps.descend(W, np.ones(3), mean, 0.01, 50, 0.0, 1, second_layer=False)
    public = sb.PopulationLoss(sb.activations.quadratic).descend(W, 0.01, 50, tol=0.0)
    assert public.final == pytest.approx(run.W, abs=1e-12)
    assert public.loss == pytest.approx(run.loss, abs=1e-12)


def test_descent_finds_the_teacher_and_says_so():
    loss = sb.PopulationLoss(sb.activations.relu)
    W = np.eye(8) + np.random.default_rng(7).standard_normal((8, 8)) / 16
    run = loss.descend(W, 0.5, 5_000)
    assert run.converged
    assert abs(run.final - np.eye(8)).max() < 1e-7
    assert np.linalg.norm(loss.gradient(run.final)) <= 1e-9
    short = loss.descend(W, 0.5, 3)
    assert (short.steps, short.converged) == (3, False)


def test_the_step_is_stable_up_to_two_over_the_sharpness():
    loss = sb.PopulationLoss(sb.activations.relu)
    top = np.linalg.eigvalsh(loss.hessian(np.eye(6)))[-1]
    near = np.eye(6) + 1e-6 * np.random.default_rng(8).standard_normal((6, 6))
    assert loss.descend(near, 1.98 / top, 20_000).converged
    unstable = loss.descend(near, 2.02 / top, 3_000)
    assert not unstable.converged
    assert unstable.loss[-1] > 1e3 * unstable.loss[0]


def test_a_step_that_is_far_too_large_is_stopped():
    run = sb.PopulationLoss(sb.activations.quadratic).descend(2 * np.eye(3), 1.0, 1_000)
    assert not run.converged
    assert run.steps < 1_000
    assert "without bound" in run.message


def test_fresh_batches_hover_where_the_noise_vanishes():
    loss = sb.PopulationLoss(sb.activations.relu)
    W = np.eye(5) + 0.1 * np.random.default_rng(9).standard_normal((5, 5))
    run = loss.descend(W, 0.1, 600, batch=64, rng=3)
    again = loss.descend(W, 0.1, 600, batch=64, rng=3)
    assert (run.final == again.final).all()
    assert run.loss[-1] < 1e-2 * run.loss[0]
    assert not run.converged


def test_one_large_batch_is_the_mean():
    loss = sb.PopulationLoss(sb.activations.abs)
    W, _ = start(3, 3, seed=10)
    sampled = (W - loss.descend(W, 1.0, 1, batch=400_000, rng=1).final).ravel()
    exact = loss.gradient(W).ravel()
    assert abs(sampled - exact).max() < 0.02 * abs(exact).max()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"step": -1.0}, "step"),
        ({"steps": -1}, "steps"),
        ({"tol": -1.0}, "tol"),
        ({"batch": 0, "rng": 1}, "batch"),
        ({"batch": 10**9, "rng": 1}, "batch"),
        ({"batch": 8}, "rng"),
        ({"rng": 8}, "batch"),
    ],
)
def test_impossible_runs_are_refused(options, message):
    with pytest.raises(sb.InputError, match=message):
        sb.PopulationLoss(sb.activations.relu).descend(
            np.eye(2), **{"step": 0.1, "steps": 5, **options}
        )
