"""How far limits move when samples are reweighted: the measurement itself, and what it refuses."""

import numpy as np
import pytest

import symbias as sb

NET = sb.parametrizations.linear_network((1, 2, 3))
START = dict(zip(NET.parameters, (1, 0.5, 0.3, 1, 2, -1, 0.5, -0.3), strict=True))
X = np.array([[1.0, 0.5, -1.0], [0.0, 1.0, 2.0]])
Y = np.array([1.0, -0.5])
defect = sb.simulate.reweighting_defect


def limit(weights):
    root = np.sqrt(weights)
    return sb.simulate.gradient_flow(NET, root[:, None] * X, root * Y, START, accuracy=1e-12).w


@pytest.mark.jit
def test_it_is_the_distance_of_limits():
    weights = np.array([[1.0, 4.0], [3.0, 1.0]])
    limits = [limit(row) for row in (np.ones(2), *weights)]
    wanted = max(np.abs(w - limits[0]).max() for w in limits[1:]) / np.abs(limits[0]).max()
    assert wanted > 1e-4
    assert defect(NET, X, Y, START, weights=weights) == pytest.approx(wanted, rel=1e-6)
    assert defect(NET, X, Y, START, weights=weights[0]) <= wanted * (1 + 1e-6)


@pytest.mark.jit
def test_it_is_zero_where_weights_only_change_the_speed():
    assert defect(NET, X, Y, START, weights=[7.0, 7.0]) < 1e-10
    square = np.vstack([X, [1.0, 1.0, 1.0]])  # three samples leave w no freedom
    assert defect(NET, square, [1.0, -0.5, 0.2], START) < 1e-10


@pytest.mark.jit
def test_random_weights_are_reproducible():
    found = [defect(NET, X, Y, START, rng=rng) for rng in (3, np.random.default_rng(3), 4)]
    assert found[0] == found[1] != found[2]
    assert defect(NET, X, Y, START) == defect(NET, X, Y, START)


@pytest.mark.jit
def test_a_coordinatewise_map_has_a_potential():
    net = sb.parametrizations.diagonal(3)
    start = {net.parameters[0]: np.linspace(0.3, 0.6, 5), net.parameters[1]: 0.4}
    rng = np.random.default_rng(0)
    data = rng.standard_normal((3, 5))
    assert defect(net, data, data @ rng.standard_normal(5), start) < 1e-9


@pytest.mark.jit
def test_a_neuron_that_changes_its_sign_for_some_weights_has_two_limits():
    net = sb.parametrizations.neuron(3)
    start = dict(zip(net.parameters, (0.1, 0.6, -1 / 3, 1), strict=True))
    rng = np.random.default_rng(5)
    data = rng.standard_normal((2, 3))
    begin = 0.1 * np.array([0.6, -1 / 3, 1])
    y = data @ (begin + rng.standard_normal(3))
    assert defect(net, data, y, start) > 0.1
    signs = set()
    for weights in ([1.0, 1.0], [0.1, 10.0], [10.0, 0.1]):
        root = np.sqrt(weights)
        run = sb.simulate.gradient_flow(net, root[:, None] * data, root * y, start)
        signs.add(np.sign(run.theta[net.parameters[0]]))
    assert signs == {-1.0, 1.0}


@pytest.mark.parametrize(
    ("data", "targets", "weights", "said"),
    [
        (X[:1], Y[:1], None, "1 sample"),
        ([[1, 2, 3], [2, 4, 6]], [1, 2], None, "multiples of one"),
        (X, Y, [1.0, 0.0], "smallest entry 0"),
        (X, Y, [1.0, 2.0, 3.0], "Give 2 positive numbers"),
        (X, Y, [1.0, np.nan], "NaN"),
        (X, Y[:1], None, "2 rows"),
    ],
)
def test_what_says_nothing_is_refused(data, targets, weights, said):
    with pytest.raises(sb.InputError, match=said):
        defect(NET, data, targets, START, weights=weights)


@pytest.mark.jit
def test_flows_that_do_not_interpolate_are_refused():
    net = sb.parametrizations.neuron(3)
    with pytest.raises(sb.ConvergenceError, match="did not interpolate"):
        defect(net, X, Y, dict.fromkeys(net.parameters, 0))
