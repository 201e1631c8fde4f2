"""Networks as a user trains them: sharpness, thresholds of a linear model, delays, refusals."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse.linalg import eigsh

import symbias as sb

RNG = np.random.default_rng(3)
X, Y = RNG.standard_normal((12, 3)), RNG.standard_normal(12)
NETWORK = sb.simulate.dense_network([3, 4, 1])
START = NETWORK.initial(1.0, np.random.default_rng(1))
LINEAR = sb.simulate.dense_network([3, 1])


def minimum():
    """The least squares solution, the largest curvature, and a step along its direction."""
    design = np.hstack([X, np.ones((12, 1))])
    values, vectors = np.linalg.eigh(design.T @ design / 12)
    solution = np.linalg.lstsq(design, Y, rcond=None)[0]
    return solution, values[-1], vectors[:, -1]


def test_a_run_has_what_it_says():
    run = sb.simulate.train_network(NETWORK, X, Y, START, 0.1, 40, sharpness_every=10)
    assert run.converged
    assert run.final.shape == (NETWORK.size,)
    assert run.loss.shape == run.distance.shape == (41,)
    assert run.sharpness_at.tolist() == [0, 10, 20, 30, 40]
    last = sb.simulate.network_sharpness(NETWORK, run.final, X, Y)
    assert run.sharpness[-1] == pytest.approx(last, rel=2e-3)
    assert (np.diff(run.loss) < 0).all()
    assert sb.simulate.train_network(NETWORK, X, Y, START, 0.1, 3).sharpness is None


def test_the_operator_is_the_hessian():
    operator = sb.simulate.hessian_vector_product(NETWORK, START, X, Y)
    dense = operator @ np.eye(NETWORK.size)
    assert np.abs(dense - dense.T).max() < 1e-14
    assert operator.rmatvec(START) == pytest.approx(dense @ START)
    largest = eigsh(operator, k=1, which="LA", v0=np.ones(NETWORK.size))[0][0]
    assert largest == pytest.approx(np.linalg.eigvalsh(dense)[-1], rel=1e-10)
    measured = sb.simulate.network_sharpness(NETWORK, START, X, Y, tolerance=1e-10)
    assert measured == pytest.approx(largest, rel=1e-9)


@pytest.mark.parametrize(
    ("options", "threshold"),
    [
        ({}, 2.0),
        ({"momentum": 0.5}, 3.0),
        ({"momentum": 0.5, "dampening": 0.5}, 6.0),
        ({"momentum": 0.5, "nesterov": True}, 1.5),
    ],
)
def test_a_linear_model_leaves_its_minimum_beyond_the_threshold(options, threshold):
    # thresholds of the top mode, from the largest root of each quadratic polynomial at z = -1
    solution, curvature, top = minimum()
    start = solution + 1e-3 * top
    for factor in (0.9, 1.1):
        step = factor * threshold / curvature
        run = sb.simulate.train_network(LINEAR, X, Y, start, step, 100, **options)
        away = np.linalg.norm(run.final - solution)
        assert (away < 1e-4) if factor < 1 else (away > 0.01)


@pytest.mark.parametrize(
    ("options", "threshold"),
    [({}, 0.618034), ({"momentum": 0.5, "shifted": True}, None), ({"momentum": 0.5}, None)],
)
def test_asynchronous_training_leaves_it_sooner(options, threshold):
    solution, curvature, top = minimum()
    start = solution + 1e-3 * top
    if threshold is None:
        optimiser = sb.simulate.Optimiser(delay=2, **options)
        threshold = sb.simulate.measured_threshold(optimiser, steps=2000, tolerance=0.01)[0]
    for factor in (0.85, 1.15):
        run = sb.simulate.train_asynchronously(
            LINEAR, X, Y, start, factor * threshold / curvature, 200, workers=3, every=50, **options
        )
        assert run.loss.shape == run.distance.shape == (5,)
        away = np.linalg.norm(run.final - solution)
        assert (away < 3e-4) if factor < 1 else (away > 0.005)


def test_batches_are_reproducible():
    runs = [
        sb.simulate.train_asynchronously(
            NETWORK, X, Y, START, 0.1, 10, workers=2, batch=3, rng=seed
        ).final
        for seed in (4, 4, 5)
    ]
    assert np.array_equal(runs[0], runs[1])
    assert not np.array_equal(runs[0], runs[2])


def test_the_sharpness_of_a_real_network_rises_to_the_threshold_and_stays():
    # digits, width 32: the threshold of heavy ball is 2 * (1 + 0.9) / step
    datasets = pytest.importorskip("sklearn.datasets", reason="digits come with the data extra")
    digits = datasets.load_digits()
    images = digits.data[:200] - digits.data[:200].mean(axis=0)
    images /= np.sqrt((images**2).sum(axis=1).mean())
    targets = 2.0 * np.eye(10)[digits.target[:200]]
    network = sb.simulate.dense_network([64, 32, 10])
    start = network.initial(1.0, np.random.default_rng(0))
    run = sb.simulate.train_network(
        network, images, targets, start, 0.38, 600, momentum=0.9, sharpness_every=10
    )
    relative = run.sharpness * 0.38 / 3.8
    assert run.converged
    assert relative[0] < 0.4
    assert 0.95 < relative[30:].mean() < 1.03
    assert run.loss[-1] < 0.1 * run.loss[0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"network": "dense"}, "no network"),
        ({"X": X[:, :2]}, "have shapes"),
        ({"Y": np.ones((12, 2))}, "have shapes"),
        ({"start": START[1:]}, "have shapes"),
        ({"X": np.full((12, 3), np.nan)}, "NaN"),
        ({"step": 0.0}, "step"),
        ({"steps": 0}, "steps"),
        ({"momentum": 1.0}, "momentum"),
    ],
)
def test_what_makes_no_sense(change, message):
    given = {"network": NETWORK, "X": X, "Y": Y, "start": START, "step": 0.1, "steps": 2} | change
    with pytest.raises(sb.InputError, match=message):
        sb.simulate.train_network(**given)
    with pytest.raises(sb.InputError, match=message):
        sb.simulate.train_asynchronously(**given, workers=2)


def test_other_refusals():
    given = (NETWORK, X, Y, START, 0.1)
    with pytest.raises(sb.InputError, match="workers"):
        sb.simulate.train_asynchronously(*given, 2, workers=0)
    with pytest.raises(sb.InputError, match="every"):
        sb.simulate.train_asynchronously(*given, 5, workers=2, every=2)
    with pytest.raises(sb.InputError, match="without rng"):
        sb.simulate.train_asynchronously(*given, 5, workers=2, batch=3)
    with pytest.raises(sb.InputError, match="sharpness_every"):
        sb.simulate.train_network(*given, 2, sharpness_every=0)
    with pytest.raises(sb.InputError, match="activation"):
        sb.simulate.dense_network([2, 1], "gelu")
    with pytest.raises(sb.InputError, match="widths"):
        sb.simulate.dense_network([2])
    with pytest.raises(sb.InputError, match="width"):
        sb.simulate.dense_network([2, 0, 1])
