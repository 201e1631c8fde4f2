"""Regularizers with a warp of time: closed forms against independent ones, predictions against simulated flows."""

from functools import cache

import numpy as np
import pytest
import sympy as sp

import symbias as sb
from symbias.simulate.regression import gradient_flow

a, b, c, e, u, v, t = sp.symbols("a b c e u v t", real=True)
alpha = sp.Symbol("alpha", positive=True)
R = sp.Rational
norm = sp.sqrt(u**2 + v**2)


def start(net, *values):
    return dict(zip(net.parameters, values, strict=True))


def number(expr, values):
    return sp.sympify(expr).subs(values, simultaneous=True).evalf(40)


def close(one, other, tolerance="1e-25"):
    return abs(sp.N(one - other, 40)) < sp.Float(tolerance, 40)


def test_linear_neuron_has_the_published_potential():
    # Azulay et al. 2021, Theorem 6.1: 2/3 of their normalisation, delta = a^2 - |v|^2
    net = sb.parametrizations.neuron(2)
    for first in [(R(3, 2), R(1, 2), R(-1, 3)), (R(1, 2), R(3, 2), R(-1, 3))]:
        found = net.regularizer(start(net, *first))
        delta = first[0] ** 2 - first[1] ** 2 - first[2] ** 2
        for point in [(R(2, 3), R(5, 4)), (R(-7, 3), R(1, 9))]:
            n = sp.sqrt(point[0] ** 2 + point[1] ** 2)
            root = sp.sqrt(n**2 + delta**2 / 4)
            q = (n**2 - delta / 2 * (delta / 2 + root)) * sp.sqrt(root - delta / 2) / n * R(2, 3)
            linear = first[1] * point[0] + first[2] * point[1]
            constant = number(found.potential.rhs, dict(zip(found.w, point, strict=True))) - (
                q - linear
            )
            assert close(
                constant,
                number(found.potential.rhs, _start_of(found, net, first)) - _q0(first, delta),
            )


def _start_of(found, net, first):
    w0 = [f.subs(start(net, *first)) for f in net.outputs]
    return dict(zip(found.w, w0, strict=True))


def _q0(first, delta):
    w0 = (first[0] * first[1], first[0] * first[2])
    n = sp.sqrt(w0[0] ** 2 + w0[1] ** 2)
    root = sp.sqrt(n**2 + delta**2 / 4)
    q = (n**2 - delta / 2 * (delta / 2 + root)) * sp.sqrt(root - delta / 2) / n * R(2, 3)
    return q - first[1] * w0[0] - first[2] * w0[1]


CLOSED = {
    "neuron": (sb.parametrizations.neuron(2), (1, R(1, 2), R(1, 3))),
    "neuron, a < 0": (sb.parametrizations.neuron(2), (-1, R(1, 2), R(1, 3))),
    "neuron, delta < 0": (sb.parametrizations.neuron(2), (1, 2, R(1, 3))),
    "neuron, balanced": (sb.parametrizations.neuron(2), (1, R(3, 5), R(4, 5))),
    "chain, balanced": (sb.parametrizations.chain(3, 2), (1, 1, R(3, 5), R(4, 5))),
    "exponential": (sb.Parametrization([sp.exp(a) * u, sp.exp(a) * v], [a, u, v]), (0, 1, R(1, 2))),
    "weight norm": (sb.Parametrization([a * u / norm, a * v / norm], [a, u, v]), (1, 1, R(1, 2))),
    "polar": (sb.Parametrization([a * sp.cos(t), a * sp.sin(t)], [a, t]), (1, 0)),
    "complex square": (sb.Parametrization([u**2 - v**2, 2 * u * v], [u, v]), (1, R(1, 2))),
    "complex product": (
        sb.Parametrization([a * u - b * v, a * v + b * u], [a, b, u, v]),
        (1, 2, 3, 4),
    ),
    "bent plane": (sb.Parametrization([u, u**2 + v], [u, v]), (1, R(1, 2))),
    "sum and product": (sb.Parametrization([u + v, u * v], [u, v]), (1, R(1, 2))),
    "paraboloid": (sb.Parametrization([u, v, t + u**2 + v**2], [u, v, t]), (1, R(1, 2), 1)),
    "scaled by an output": (sb.Parametrization([u, sp.exp(u) * v], [u, v]), (0, 1)),
    "strictly balanced": (
        sb.parametrizations.linear_network((1, 2, 2)),
        (1, -2, R(3, 5), R(4, 5), R(-6, 5), R(-8, 5)),
    ),
}


@cache
def closed(name):
    net, first = CLOSED[name]
    return net.regularizer(start(net, *first))


@pytest.mark.parametrize("name", CLOSED)
def test_warped_inverse_metric_is_the_hessian_at_the_start(name):
    net, first = CLOSED[name]
    found = closed(name)
    at = start(net, *map(sp.sympify, first))
    jacobian = net.jacobian().subs(at, simultaneous=True)
    w0 = dict(zip(found.w, (f.subs(at, simultaneous=True) for f in net.outputs), strict=True))
    hessian = sp.hessian(found.potential.rhs, found.w).subs(w0, simultaneous=True).evalf(40)
    wanted = number(found.warp, at) * (jacobian * jacobian.T).evalf(40).inv()
    assert all(abs(x) < 1e-25 for x in hessian - wanted)
    assert close(number(found.potential.rhs, w0), 0)
    assert all(close(number(sp.diff(found.potential.rhs, w), w0), 0) for w in found.w)
    assert found.derivation.check() in {"exact", "numeric"}


def test_conjugate_of_an_unbalanced_chain_has_the_root_of_the_theory_as_gradient():
    net = sb.parametrizations.chain(3, 2)
    found = net.regularizer(start(net, 1, 2, R(1, 2), R(1, 3)))
    assert found.potential is None
    assert "potential" in found.remark
    at = dict(zip(found.eta, (R(1, 3), R(-2, 7)), strict=True))
    w = [number(sp.diff(found.conjugate.rhs, x), at) for x in found.eta]
    z = [R(1, 2) + R(1, 3), R(1, 3) - R(2, 7)]  # v = v0 + eta
    p = z[0] ** 2 + z[1] ** 2
    c1, c2 = 1 - R(13, 36), 4 - R(13, 36)
    assert close(w[0] ** 2 + w[1] ** 2, p * (p + c1) * (p + c2))
    assert close(w[0] * z[1], w[1] * z[0])


FLOWS = {
    **{name: (net, first, 1.0) for name, (net, first) in CLOSED.items()},
    "tiny": (sb.parametrizations.neuron(3), (1e-6, 0, 0, 1e-6), 1.0),
    "large": (sb.parametrizations.neuron(3), (100, 3, 4, 5), 1.0),
    "zero output weight": (sb.parametrizations.neuron(3), (0, 0.5, 0.3, -1), 1.0),
    "zero input weights": (sb.parametrizations.neuron(3), (0.7, 0, 0, 0), 1.0),
    "sign changes": (sb.parametrizations.neuron(3), (-0.3, 0.5, 0.3, -1), 1.0),
    "unbalanced chain": (sb.parametrizations.chain(3, 3), (-0.1, 0.2, 0.5, 0.3, -1), 1.0),
    "long chain": (sb.parametrizations.chain(4, 3), (1, 1.5, 0.7, 0.6, 0.8, 0), 1.0),
    "shared scale": (
        sb.Parametrization([a * u**2, a * v**2, a * b**2], [a, u, v, b]),
        (1, 1, 0.5, 0.7),
        0.0,
    ),
    "shared scale, signed": (
        sb.Parametrization([a * (u**2 - v**2), a * (b**2 - c**2)], [a, u, v, b, c]),
        (1, 1, 0.5, 0.7, 0.9),
        1.0,
    ),
    "hyperbolic scale": (
        sb.Parametrization([sp.sinh(a) * u, sp.sinh(a) * v], [a, u, v]),
        (1, 1, 0.5),
        1.0,
    ),
    "mixed scale": (
        sb.Parametrization([a * b**2 * u, a * b**2 * v], [a, b, u, v]),
        (1, 1, 1, 0.5),
        1.0,
    ),
    "sum of scales": (
        sb.Parametrization([(a + b) * u, (a + b) * v], [a, b, u, v]),
        (0.4, 0.9, 0.5, -0.3),
        1.0,
    ),
    "joint flow": (
        sb.Parametrization([a * b, c * u * v], [a, b, c, u, v]),
        (1, 0.5, 0.7, 0.5, 0.2),
        0.3,
    ),
    "coordinatewise": (
        sb.Parametrization([a * b * c - u * v], [a, b, c, u, v]),
        (1, 0.5, 0.7, 0.5, 0.2),
        0.3,
    ),
    "balanced cube": (sb.Parametrization([a * b * c], [a, b, c]), (0.5, 0.5, 0.5), 0.0),
}


LONG = {"long chain", "hyperbolic scale", "mixed scale"}
"""Shorter chains and simpler scales are of the same kinds."""


@pytest.mark.jit
@pytest.mark.parametrize(
    ("seed", "name"),
    [
        *((0, name) for name in FLOWS if name not in LONG),
        *(pytest.param(1, name, marks=pytest.mark.slow) for name in FLOWS),
    ],
)
def test_flows_end_at_the_minimiser(seed, name):
    net, first, spread = FLOWS[name]
    init = start(net, *first)
    rng = np.random.default_rng(seed)
    width = len(net.outputs) if len(net.outputs) > 1 else 4
    X = rng.standard_normal((min(2, width - 1), width))
    kernel = net.first_order(*[float(x) for x in first])[: len(net.outputs)]
    w0 = np.broadcast_to(kernel, (width,))
    y = X @ (rng.uniform(0.5, 1.5, width) * w0 + spread * rng.standard_normal(width))
    run = gradient_flow(net, X, y, init)
    assert run.converged, run.message
    found = closed(name) if name in CLOSED else net.regularizer(init)
    assert np.abs(found.minimizer(X, y) - run.w).max() <= 1e-8 * np.abs(run.w).max()


@pytest.mark.jit
def test_wrong_warps_are_seen_by_the_flow():
    net = sb.parametrizations.neuron(3)
    init = start(net, 0.3, 0.2, 0.4, 0.1)
    rng = np.random.default_rng(5)
    X, y = rng.standard_normal((2, 3)), rng.standard_normal(2)
    limit = gradient_flow(net, X, y, init).w
    assert np.abs(net.regularizer(init).minimizer(X, y) - limit).max() < 1e-9
    other = start(net, 0.6, 0.2, 0.4, 0.1)
    assert np.abs(net.regularizer(other).minimizer(X, y) - limit).max() > 1e-4


def test_special_starts_are_reduced_only_when_they_are_exact():
    net = sb.parametrizations.linear_network((1, 2, 2))
    first = (1, -2, R(3, 5), R(4, 5), R(-6, 5), R(-8, 5))
    found = net.regularizer(start(net, *first))
    assert "subspace" in found.derivation.steps[0].because
    assert found.derivation.evidence == "exact"
    with pytest.raises(sb.SymbiasError):
        net.regularizer(start(net, *first[:-1], R(-8, 5) + R(1, 100)))
