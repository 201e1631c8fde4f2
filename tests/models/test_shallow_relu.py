"""Shallow ReLU networks as objects: values, immutability, rescaling, refusals."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import symbias as sb


def one():
    return sb.ShallowReLU([[1.0, 2.0]], [0.5], [3.0], -1.0)


def test_values_are_those_of_the_formula_sample_by_sample():
    rng = np.random.default_rng(0)
    net = sb.ShallowReLU(
        rng.standard_normal((7, 3)), rng.standard_normal(7), rng.standard_normal(7), 2
    )
    X = rng.standard_normal((20, 3))
    for x, value in zip(X, net.predict(X), strict=True):
        wanted = 2.0
        for w, b, v in zip(net.W, net.b, net.v, strict=True):
            wanted += v * max(0.0, float(w @ x) + b)
        assert value == pytest.approx(wanted, rel=1e-13, abs=1e-13)


def test_values_of_many_points_come_in_blocks(monkeypatch):
    from symbias.models import shallow_relu

    net, X = one(), np.random.default_rng(0).standard_normal((57, 2))
    whole = net.predict(X)
    monkeypatch.setattr(shallow_relu, "_BLOCK", 10)
    assert (net.predict(X) == whole).all()


def test_it_is_immutable_and_so_are_its_copies():
    W = np.array([[1.0, 2.0]])
    net = sb.ShallowReLU(W, [0.5], [3.0], -1.0)
    W[0, 0] = 7.0
    assert net.W[0, 0] == 1.0
    for twin in (net, pickle.loads(pickle.dumps(net)), copy.deepcopy(net)):  # noqa: S301 - our own
        with pytest.raises(ValueError, match="read-only"):
            twin.W[0, 0] = 2.0
        with pytest.raises(AttributeError):
            twin.c = 2.0
        assert twin.predict([[1.0, 1.0]]) == pytest.approx(9.5)


@given(st.floats(1e-3, 1e3), st.floats(-5, 5), st.floats(-5, 5))
def test_rescaling_changes_neither_values_nor_bounds(scale, bias, output):
    net = sb.ShallowReLU([[0.7, -0.4]], [bias], [output], 0.1)
    X = [[1.0, 0.3], [-0.2, 1.1], [0.4, -2.0], [-3.0, 0.5]]
    moved = net.rescaled([scale])
    assert moved.predict(X) == pytest.approx(net.predict(X), rel=1e-12, abs=1e-12)
    for oriented in (True, False):
        bounds = [n.sharpness_bound(X, oriented=oriented) for n in (net, moved)]
        assert bounds[0] == pytest.approx(bounds[1], rel=1e-12)
    assert moved.stability_norm(X) == pytest.approx(net.stability_norm(X), rel=1e-12, abs=1e-14)


def test_random_networks_have_the_stated_scales():
    net = sb.ShallowReLU.initial(50, 4000, scale=2.0, rng=1)
    assert net.W.std() == pytest.approx(2 / np.sqrt(50), rel=0.02)
    assert net.v.std() == pytest.approx(2 / np.sqrt(4000), rel=0.05)
    assert 0.99 * 2 / np.sqrt(50) < np.abs(net.b).max() < 2 / np.sqrt(50)
    assert (sb.ShallowReLU.initial(3, 4, rng=5).W == sb.ShallowReLU.initial(3, 4, rng=5).W).all()


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (([1.0], [0.0], [1.0], 0.0), "W has shape"),
        (([[1.0]], [0.0, 1.0], [1.0], 0.0), "shapes"),
        (([[1.0]], [0.0], [1.0, 2.0], 0.0), "shapes"),
        ((np.empty((0, 2)), [], [], 0.0), "shapes"),
        (([[np.nan]], [0.0], [1.0], 0.0), "W holds NaN"),
        (([[1.0]], [1e80], [1.0], 0.0), "b holds"),
        (([[1.0]], [0.0], [1.0], [0.0]), "c has shape"),
        (([[1j]], [0.0], [1.0], 0.0), "not an array of real numbers"),
        (([["1"]], [0.0], [1.0], 0.0), "not an array of real numbers"),
    ],
)
def test_what_is_no_network_is_refused(parameters, message):
    with pytest.raises(sb.InputError, match=message):
        sb.ShallowReLU(*parameters)


@pytest.mark.parametrize(
    ("X", "message"),
    [
        ([[1.0]], "1 columns"),
        ([1.0, 2.0], "shape"),
        ([[np.inf, 1.0]], "not finite"),
        ([[1e80, 0]], "overflow"),
    ],
)
def test_data_that_do_not_fit_are_refused(X, message):
    for ask in (one().predict, one().sharpness, one().stability_norm, one().balanced):
        with pytest.raises(sb.InputError, match=message):
            ask(X)


@pytest.mark.parametrize("scales", [[0.0], [-1.0], [1.0, 2.0], [np.inf], ["a"]])
def test_impossible_scales_are_refused(scales):
    with pytest.raises(sb.InputError):
        one().rescaled(scales)
