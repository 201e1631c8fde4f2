"""Parametrizations: what they accept, what they refuse, and their derivatives."""

import pickle

import numpy as np
import pytest
import sympy as sp

import symbias as sb
from symbias.models.floats import as_floats
from symbias.models.regression import check_regression

u, v, a = sp.symbols("u v a", real=True)


def test_it_prints_what_it_is():
    network = sb.Parametrization(u**2 - v**2, [u, v])
    assert repr(network) == "Parametrization([u**2 - v**2], [u, v])"
    assert network._repr_latex_() == r"$\displaystyle w\left(u, v\right) = u^{2} - v^{2}$"
    assert "left(u v, " in sb.Parametrization([u * v, u], (u, v))._repr_latex_()


def test_equal_definitions_are_equal_and_a_pickle_is_the_same():
    network = sb.Parametrization([u * v, u], (u, v))
    assert network == sb.Parametrization((u * v, u), [u, v])
    assert len({network, sb.Parametrization((u * v, u), [u, v])}) == 1
    assert network != sb.Parametrization((u * v, u), [v, u])
    assert network != "w"
    assert pickle.loads(pickle.dumps(network)) == network  # noqa: S301 - our own pickle


def test_it_is_immutable():
    network = sb.Parametrization(u * v, [u, v])
    with pytest.raises(AttributeError, match="immutable"):
        network.outputs = (u,)


@pytest.mark.parametrize(
    ("outputs", "parameters", "said"),
    [
        (a * u, [u], "contain a, which no parameter is"),
        (sp.Symbol("u") * v, [u, v], "contain u, which no parameter is"),
        ([], [u], "no output"),
        (["u"], [u], "Output 'u' is a str"),
        ("u**2", [u], "outputs are a str"),
        ([u > 0], [u], "not a SymPy expression"),
        (3.0, [u], "outputs are a float"),
        (u, [], "no parameter"),
        (u, [u, u], "named twice"),
        (u, [u, "v"], "Parameter 'v' is a str"),
        (u, "u", "Parameter 'u' is a str"),
        (u, [u, v**2], "not a SymPy symbol"),
        (u, 3, "parameters are a int"),
    ],
)
def test_a_wrong_definition_is_refused(outputs, parameters, said):
    with pytest.raises(sb.InputError) as caught:
        sb.Parametrization(outputs, parameters)
    assert said in str(caught.value)
    assert caught.value.remedy


def test_the_compiled_derivatives_are_those_of_the_map():
    network = sb.Parametrization([u**2 * v, sp.sin(u)], [u, v])
    x, y = np.array([0.3, 0.7]), np.array([-1.2, 2.0])
    zero = np.zeros(2)
    first = [x**2 * y, np.sin(x), 2 * x * y, x**2, np.cos(x), zero]
    assert np.abs(network.first_order(x, y) - first).max() < 1e-15
    second = [2 * y, 2 * x, 2 * x, zero, -np.sin(x), zero, zero, zero]
    assert np.abs(network.second_order(x, y) - second).max() < 1e-15


def test_one_output_acts_on_every_coordinate_and_several_do_not():
    single, double = sb.Parametrization(u * v, [u, v]), sb.Parametrization([u, v], [u, v])
    assert single.coordinatewise(7)
    assert not double.coordinatewise(2)
    with pytest.raises(sb.InputError, match="7 columns, the parametrization 2 outputs"):
        double.coordinatewise(7)


def test_packing_and_unpacking_are_inverse():
    network = sb.Parametrization(u * v, [u, v])
    values = {v: np.array([1.0, 2.0, 3.0]), u: sp.Rational(1, 2)}
    theta = network.pack(values, 3)
    assert theta.tolist() == [[0.5, 0.5, 0.5], [1, 2, 3]]
    again = network.unpack(theta)
    assert list(again) == [u, v]
    assert (network.pack(again, 3) == theta).all()
    assert sb.Parametrization([u, v], [u, v]).unpack(np.array([[1.0], [2.0]])) == {u: 1.0, v: 2.0}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({u: 1}, "no value for v"),
        ({u: 1, v: 1, a: 1}, "a value for a, which is no parameter"),
        ({"u": 1, v: 1}, "a name was given where the symbol is needed"),
        ({sp.Symbol("u"): 1, v: 1}, "two symbols of one name"),
        ([1, 1], "are a list"),
        ({u: 1, v: np.ones(2)}, "shape (2,)"),
        ({u: np.ones((1, 3)), v: 1}, "shape (1, 3)"),
        ({u: np.nan, v: 1}, "not finite"),
        ({u: 1j, v: 1}, "not a real number"),
        ({u: np.array([1j, 1, 1]), v: 1}, "not a real number"),
        ({u: a, v: 1}, "not a real number"),
        ({u: "1", v: 1}, "not a real number"),
    ],
)
def test_wrong_initial_values_are_refused(values, said):
    with pytest.raises(sb.InputError) as caught:
        sb.Parametrization(u * v, [u, v]).pack(values, 3)
    assert said in str(caught.value)
    assert caught.value.remedy


def test_diagonal_networks_of_any_depth():
    network = sb.parametrizations.diagonal(3)
    x, y = network.parameters
    assert network.outputs == (x**3 - y**3,)
    assert sb.parametrizations.diagonal().outputs[0].has(sp.Pow)


@pytest.mark.parametrize("depth", [0, -1, 2.0, "2", None])
def test_a_depth_that_is_no_positive_integer_is_refused(depth):
    with pytest.raises(sb.InputError, match="positive integer"):
        sb.parametrizations.diagonal(depth)


@pytest.mark.parametrize(
    ("X", "y", "said"),
    [
        ([[1.0, np.nan]], [1.0], "X is not finite at (0, 1)"),
        ([[1.0, 2.0]], [np.inf], "y is not finite at (0,)"),
        ([[1.0, 2.0]], [1.0, 2.0], "X has 1 rows, y has 2 entries"),
        ([1.0, 2.0], [1.0, 2.0], "X has shape (2,)"),
        ([[1.0]], [[1.0]], "y has shape (1, 1)"),
        (np.empty((0, 3)), [], "X has shape (0, 3)"),
        ([[1.0, 2.0], [3.0]], [1.0, 2.0], "X is not an array of real numbers"),
        ([[1j]], [1.0], "X is not an array of real numbers"),
        ([["1"]], [1.0], "X is not an array of real numbers"),
    ],
)
def test_wrong_data_are_refused(X, y, said):
    with pytest.raises(sb.InputError) as caught:
        check_regression(X, y)
    assert said in str(caught.value)
    assert caught.value.remedy


def test_integers_and_exact_numbers_become_floats():
    X, y = check_regression([[1, 2]], [sp.Rational(1, 2)])
    assert X.dtype == y.dtype == np.float64
    assert as_floats(np.float32(0.5)).shape == ()
