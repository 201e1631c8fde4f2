"""The exact dimension against one from finite differences with 120 digits, which knows the outputs only."""

import mpmath
import numpy as np
import pytest
import sympy as sp

import symbias as sb

P = sb.parametrizations
u, v, c = sp.symbols("u v c", real=True)
a, b = sp.symbols("a b", positive=True)
X = sp.symbols("x_1:4", real=True)
norm = sp.sqrt(sum(x**2 for x in X))
STEP, SMALL = mpmath.mpf(10) ** -25, mpmath.mpf(10) ** -20


def derivative(f, x, along):
    """Central difference of a vector function, accurate to STEP**2."""
    ahead = f([p + STEP * q for p, q in zip(x, along, strict=True)])
    behind = f([p - STEP * q for p, q in zip(x, along, strict=True)])
    return [(p - q) / (2 * STEP) for p, q in zip(ahead, behind, strict=True)]


def gradient_field(output):
    def field(x):
        axes = [[mpmath.mpf(i == j) for i in range(len(x))] for j in range(len(x))]
        return [derivative(lambda y: [output(*y)], x, axis)[0] for axis in axes]

    return field


def bracket(first, second):
    def field(x):
        ahead, back = derivative(second, x, first(x)), derivative(first, x, second(x))
        return [p - q for p, q in zip(ahead, back, strict=True)]

    return field


def adds(rows, vector):
    """Reduce a vector by rows in echelon form; keep it if anything is left."""
    rest = list(vector)
    for pivot, row in rows:
        rest = [p - rest[pivot] * q for p, q in zip(rest, row, strict=True)]
    pivot = max(range(len(rest)), key=lambda n: abs(rest[n]))
    if abs(rest[pivot]) < SMALL:
        return False
    rows.append((pivot, [p / rest[pivot] for p in rest]))
    return True


def numeric_dimension(outputs, parameters, seed=0):
    with mpmath.workdps(120):
        draws = np.random.default_rng(seed).uniform(0.4, 1.4, len(parameters))
        x = [mpmath.mpf(float(value)) for value in draws]
        fields = [gradient_field(sp.lambdify(parameters, f, "mpmath")) for f in outputs]
        rows = []
        level = [f for f in fields if adds(rows, f(x))]
        while level and len(rows) < len(parameters):
            brackets = [bracket(f, g) for f in level for g in fields if f is not g]
            level = [f for f in brackets if adds(rows, f(x))]
        return len(rows)


CASES = {
    "linear": (P.linear_network((2, 2, 1)).outputs, P.linear_network((2, 2, 1)).parameters),
    "relu": (
        P.two_layer_relu(1, 2, bias=True).outputs,
        P.two_layer_relu(1, 2, bias=True).parameters,
    ),
    "neuron": (P.neuron(2).outputs, P.neuron(2).parameters),
    "powers": ([a ** sp.Rational(3, 2) * b, b**3], [a, b]),
    "exponentials": ([sp.exp(u) * v, sp.exp(2 * u) * c], [u, v, c]),
    "hyperbolic": ([sp.cosh(u) * v, sp.sinh(c) * v], [u, v, c]),
    "trigonometric": ([sp.sin(u + v) * c, sp.cos(u - v)], [u, v, c]),
    "shared scale": ([c * (u**2 - v**2), c * u * v], [c, u, v]),
    "softmax": ([sp.exp(x) / sum(map(sp.exp, X)) for x in X], X),
    "weight normalisation": ([c * x / norm for x in X], (c, *X)),
    "coupled": ([u**2 + v * c, u * c], [u, v, c]),
    "logarithms": ([sp.log(a * b) * u, sp.log(a)], [a, b, u]),
    "inverse functions": ([sp.atan(u) * v, sp.asinh(u) + c], [u, v, c]),
    "nested roots": ([sp.sqrt(1 + sp.sqrt(a)) * b, a * u], [a, b, u]),
    "power tower": ([a**b, a * u], [a, b, u]),
}


@pytest.mark.parametrize("name", CASES)
def test_the_dimension_is_the_one_of_finite_differences(name):
    outputs, parameters = CASES[name]
    count = sb.Parametrization(outputs, parameters).conservation_laws().count
    assert len(parameters) - count == numeric_dimension(outputs, parameters)
