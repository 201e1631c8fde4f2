"""Drawings of the weight and of the Laplacian show the numbers."""

import numpy as np
import pytest
from matplotlib.figure import Figure

import symbias as sb


def axes():
    return Figure().subplots()


def test_on_the_line_the_curves_are_the_weight():
    X = np.array([[-1.0], [0.2], [1.0]])
    g = sb.stability.data_weight_function(X)
    ax = g.plot(axes())
    x, values = ax.lines[2].get_data()
    assert values == pytest.approx(g([1.0], x))
    assert set(X.ravel()) <= set(x)


def test_on_the_line_masses_stand_where_the_network_bends():
    net = sb.ShallowReLU([[2.0], [-1.0]], [1.0, 0.25], [1.0, -3.0], 0.0)
    ax = net.plot([[-1.0], [1.0]], axes())
    place, mass = ax.lines[2].get_data()
    assert sorted(zip(place, mass, strict=True)) == [(-0.5, 2.0), (0.25, -3.0)]


def test_in_the_plane_there_is_a_line_per_hyperplane_within_reach():
    X = np.random.default_rng(0).standard_normal((9, 2))
    net = sb.ShallowReLU(np.eye(2)[[0, 0, 1, 1]], [0.0, 0.0, 0.5, 1e9], [1.0, 2.0, 3.0, 4.0], 0.0)
    ax = net.plot(X, axes())
    assert len(ax.lines) == 1 + 2  # the data, and two of three
    ax = sb.stability.data_weight_function(X).plot(axes())
    assert ax.get_xlabel() == "angle of u"


def test_more_dimensions_are_refused():
    X = np.ones((2, 3))
    with pytest.raises(sb.InputError, match="cannot be drawn"):
        sb.ShallowReLU.initial(3, 2).plot(X)
    with pytest.raises(sb.InputError, match="cannot be drawn"):
        sb.stability.data_weight_function(X).plot()
