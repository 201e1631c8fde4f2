"""Moments of positive parts: derivatives against those of the closed form, wedges against quadrature."""

import mpmath
import numpy as np
import pytest
import sympy as sp

from symbias.codegen.accuracy import ulp_error
from symbias.codegen.kernel import compile_expression
from symbias.sym.functions import half_moment, sine_wedge
from symbias.sym.symbols import positive, real

a, b = positive("a b")
c, d = real("c d")
POINT = {a: sp.Rational(13, 10), b: sp.Rational(7, 10), c: -sp.Rational(3, 10)}
POWERS = [(0, 0), (0, 1), (1, 0), (1, 1), (0, 2), (1, 2), (2, 2), (3, 2), (3, 3)]


@pytest.mark.parametrize(("m", "n"), POWERS)
def test_derivatives_are_those_of_the_closed_form(m, n):
    moment = half_moment(m, n, a, b, c)
    closed = sp.expand_func(moment.definition())
    for symbol in (a, b, c):
        ours, theirs = (e.diff(symbol).subs(POINT).evalf(25) for e in (moment, closed))
        assert abs(ours - theirs) < sp.Float("1e-20")


@pytest.mark.parametrize(("m", "n"), POWERS)
def test_wedges_are_integrals(m, n):
    for opening in (0.3, 1.3, 2.9):
        exact = mpmath.quad(
            lambda u, e=opening: mpmath.sin(u) ** m * mpmath.sin(e - u) ** n, [0, opening]
        )
        assert abs(sp.expand_func(sine_wedge(m, n, d)).subs(d, opening) - exact) < 1e-13


@pytest.mark.jit
@pytest.mark.parametrize(("m", "n"), [(1, 1), (0, 2), (2, 2), (3, 3)])
def test_wedges_keep_their_digits_while_they_close(m, n):
    kernel = compile_expression(sine_wedge(m, n, d), [d])
    openings = [*np.logspace(-8, 0.49, 40), 0.79, 0.81, 1.49, 1.51, 3.1415]
    assert ulp_error(kernel, openings).ulp < 4


def test_they_print():
    assert sp.latex(half_moment(1, 2, a, b, c)) == r"M{\left(1, 2, a, b, c\right)}"
    assert sp.latex(sine_wedge(1, 1, d) ** 2) == r"W^{2}{\left(1, 1, d\right)}"


@pytest.mark.parametrize("index", [1, 2])
def test_powers_are_no_variables(index):
    for moment in (half_moment(1, 1, a, b, c), sine_wedge(1, 1, d)):
        with pytest.raises(sp.core.function.ArgumentIndexError):
            moment.fdiff(index)
