"""Verdicts against simulated flows, which share nothing with the tests: reweighted samples, and closing hexagons."""

import numpy as np
import pytest
import sympy as sp
from scipy.integrate import solve_ivp
from scipy.optimize import fsolve

import symbias as sb
from symbias.regularizers.initialization import initialization
from symbias.regularizers.necessary import necessary_tests

P = sb.parametrizations
a, b, c, d, r, s, t, u, v = sp.symbols("a b c d r s t u v", real=True)
u1, u2, u3, u4, v1, v2, v3 = sp.symbols("u1:5 v1:4", real=True)


def refused(net, values):
    try:
        necessary_tests(net, initialization(net, values))
    except sb.NoRegularizer:
        return True
    return False


def balanced(left, right):
    return [*left, *(x * y for x in left for y in right)]


def sphere(*parts):
    return [x / sp.sqrt(sum(y**2 for y in parts)) for x in parts]


def of(net, *values):
    return net, dict(zip(net.parameters, values, strict=True))


def start(outputs, **values):
    symbols = {x.name: x for f in outputs for x in f.free_symbols}
    point = {symbols[name]: value for name, value in values.items()}
    return sb.Parametrization(outputs, list(point)), point


SCALED = [s * (u1**2 - v1**2), s * (u2**2 - v2**2), s * u3**2]
SOFT = [sp.exp(x) / sum(map(sp.exp, (u1, u2, u3, u4))) for x in (u1, u2, u3)]
GRAM = [a**2 + b**2, a * c + b * d, c**2 + d**2]

# map and start, distance of the targets from those of the start, whether a potential exists
MODELS = {
    "neuron": (of(P.neuron(3), 2, 0.6, -0.3, 1), 0.5, True),
    "chain": (of(P.chain(4, 3), 1, 2, 0.3, 2, -1, 0.5), 0.3, True),
    "balanced": (
        of(P.linear_network((1, 2, 3)), *balanced([0.5, 0.3], [0.48, 0.6, 0.64])),
        0.2,
        True,
    ),
    "scaled": (start(SCALED, s=1, u1=1, u2=2, u3=1, v1=1, v2=0.5), 0.3, True),
    "normalised": (start([a * x for x in sphere(v1, v2, v3)], a=0.5, v1=1, v2=2, v3=3), 0.2, True),
    "softmax without its last": (start(SOFT, u1=0, u2=1, u3=2, u4=-1), 0.05, True),
    "two neurons": (of(P.linear_network((1, 2, 3)), 1, 0.5, 0.3, 1, 2, -1, 0.5, -0.3), 1, False),
    "UU^T": (start(GRAM, a=1, b=2, c=-1, d=0.3), 0.5, False),
    "UU^T at 1": (start(GRAM, a=1, b=0, c=0, d=1), 0.3, False),
    "UV^T": (of(P.linear_network((2, 2, 2)), 1, 2, 0.3, 1, -1, 2, 0.5, 3), 1, False),
    "a v + c": (start([a * x + c for x in (v1, v2, v3)], a=1, c=0, v1=1, v2=2, v3=3), 1, False),
    "two scales": (start([s * u1, s * u2, t * u3], s=1, t=2, u1=1, u2=2, u3=3), 1, False),
    "ReLU paths": (of(P.two_layer_relu(2, 2), 1, 2, 3, 1, 2, -1), 1, False),
    "convolutions": (of(P.convolution((2, 2)), 1, 2, 3, 1), 0.5, False),
    "shared factors": (start([a * b, a * c * d, b * c], a=1, b=2, c=0.5, d=3), 0.5, False),
}


@pytest.mark.jit
@pytest.mark.parametrize("name", MODELS)
def test_limits_move_under_reweighting_where_a_test_fails(name):
    (net, values), size, exists = MODELS[name]
    rng = np.random.default_rng(5)
    X = rng.standard_normal((2, len(net.outputs)))
    begin = np.array([float(f.subs(values)) for f in net.outputs])
    y = X @ (begin + size * rng.standard_normal(begin.size))
    moved = sb.simulate.reweighting_defect(net, X, y, values)
    assert refused(net, values) is not exists
    assert moved < 1e-10 if exists else moved > 1e-7, moved


# --- two outputs: samples leave no freedom, so the web of flows is looked at ----------------------------------------


class Flows:
    """Flows theta' = J^T x of constant x, in numbers."""

    def __init__(self, outputs, parameters):
        self.value = sp.lambdify([parameters], outputs)
        self.jacobian = sp.lambdify([parameters], sp.Matrix(outputs).jacobian(parameters).tolist())

    def flow(self, theta, x, time):
        if time == 0:
            return theta
        found = solve_ivp(
            lambda _, q: np.array(self.jacobian(q)).T @ x * time,
            (0, 1),
            theta,
            rtol=1e-12,
            atol=1e-13,
        )
        return found.y[:, -1]

    def meet(self, theta, x, origin, z):
        """Go from theta along x until w is one that the flow along z from the origin passes."""

        def gap(times):
            one, two = self.flow(theta, x, times[0]), self.flow(origin, z, times[1])
            return np.subtract(self.value(one), self.value(two))

        J = np.array(self.jacobian(theta))
        lines = np.column_stack([J @ J.T @ x, -J @ J.T @ z])
        guess = np.linalg.solve(lines, np.subtract(self.value(origin), self.value(theta)))
        return self.flow(theta, x, fsolve(gap, guess, xtol=1e-12)[0])

    def hexagon(self, origin, size):
        """Return by how much Thomsen's hexagon fails to close; in dual coordinates its sides are straight."""
        one, two, both = np.array([1.0, 0.0]), np.array([0.0, 1.0]), np.array([1.0, 1.0])
        first = theta = self.flow(origin, one, size)
        for along, until in (
            (two, both),
            (one, two),
            (both, one),
            (two, both),
            (one, two),
            (both, one),
        ):
            theta = self.meet(theta, along, origin, until)
        return float(np.abs(np.subtract(self.value(theta), self.value(first))).max())


WEBS = {
    "sum and product": ([u + v, u * v], {u: 1, v: 3}, True),
    "polar": ([r * sp.cos(t), r * sp.sin(t)], {r: 2, t: 0.3}, True),
    "neuron": ([a * u, a * v], {a: 2, u: 0.5, v: -0.3}, True),
    "two depths": ([a * b, a * c * d], {a: 1, b: 2, c: 0.5, d: 3}, True),
    "quadratic": ([u * v, u + v**2], {u: 1, v: 2}, False),
    "sine": ([sp.sin(u) * v, u + v**2], {u: 1, v: 2}, False),
}


@pytest.mark.parametrize("name", WEBS)
def test_the_web_of_flows_is_flat_where_a_warp_exists(name):
    outputs, values, exists = WEBS[name]
    flows = Flows(outputs, list(values))
    gap = flows.hexagon(np.array(list(values.values()), dtype=float), 0.1)
    assert refused(sb.Parametrization(outputs, list(values)), values) is not exists
    assert gap < 1e-9 if exists else gap > 1e-6, gap
