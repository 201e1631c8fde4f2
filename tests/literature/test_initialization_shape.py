"""Potentials as Azulay et al. (2021) print them (in the scripts they published), against those the engine derives."""

from __future__ import annotations

import mpmath
import pytest
import sympy as sp

import symbias as sb

DIGITS = 50


def published_diagonal(w, scale, shape):
    """Theorem 4.1: k = 4 alpha (1 + s^2)/(1 - s^2), Q = (k/4)(1 - sqrt(1 + 4 w^2/k^2) + (2 w/k) arcsinh(2 w/k))."""
    k = 4 * scale * (1 + shape**2) / (1 - shape**2)
    x = 2 * w / k
    return k / 4 * (1 - mpmath.sqrt(1 + x**2) + x * mpmath.asinh(x))


def published_neuron(w, start, delta):
    """Theorem 6.1: (n^2 - (delta/2)(delta/2 + r)) sqrt(r - delta/2)/n + z . w, r = sqrt(n^2 + delta^2/4)."""

    def inner(n):
        return mpmath.sqrt(mpmath.sqrt(n**2 + delta**2 / 4) - delta / 2)

    n, n0 = (mpmath.norm(mpmath.matrix(point)) for point in (w, start))
    root = mpmath.sqrt(n**2 + delta**2 / 4)
    radial = (n**2 - delta / 2 * (delta / 2 + root)) * inner(n) / n
    scale = -mpmath.mpf(3) / 2 * inner(n0) / n0
    return radial + scale * mpmath.fdot(start, w)


def value(potential, point):
    names = [s for s in potential.symbols if s.name.startswith("w")]
    return mpmath.mpf(
        potential.evalf(DIGITS, **{s.name: x for s, x in zip(names, point, strict=True)})
    )


@pytest.mark.parametrize("odds", [1, 2, 10])
def test_diagonal_network_of_scale_and_shape(odds):
    """The imbalance v/u = (1 + s)/(1 - s) is a square, so that the start is rational."""
    net = sb.parametrizations.signed_diagonal(2)
    u, v = sp.Rational(1, 10 * odds), sp.Rational(odds, 10)
    found = net.regularizer(dict(zip(net.parameters, (u, v, u, v), strict=True))).potential
    with mpmath.workdps(DIGITS):
        scale, shape = mpmath.mpf(1) / 100, mpmath.mpf(odds**2 - 1) / (odds**2 + 1)
        for w in (mpmath.mpf(-3), mpmath.mpf(1) / 7, mpmath.mpf(5)):
            published = published_diagonal(w, scale, shape)
            assert mpmath.almosteq(value(found, [w]), published, rel_eps=mpmath.mpf(10) ** -40)


@pytest.mark.parametrize("outer", ["2", "1/2", "1/10"])
def test_linear_neuron_up_to_the_normalisation(outer):
    """Ours is 2/3 of theirs and zero at the start; |v_0| = 1/2, so that delta takes both signs and zero."""
    net = sb.parametrizations.neuron(2)
    a, v = sp.Rational(outer), [sp.Rational(3, 10), sp.Rational(-2, 5)]
    found = net.regularizer(dict(zip(net.parameters, (a, *v), strict=True))).potential
    with mpmath.workdps(DIGITS):
        first = [mpmath.mpf((a * x).p) / (a * x).q for x in v]
        delta = mpmath.mpf((a**2).p) / (a**2).q - mpmath.mpf(1) / 4
        for point in ([mpmath.mpf(1), mpmath.mpf(2)], [mpmath.mpf(-1) / 3, mpmath.mpf(1) / 9]):
            published = published_neuron(point, first, delta)
            published -= published_neuron(first, first, delta)
            ours = value(found, point)
            assert mpmath.almosteq(ours, 2 * published / 3, rel_eps=mpmath.mpf(10) ** -40)
