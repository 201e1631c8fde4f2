"""Closed forms as the papers print them, against the ones that are derived here."""

from __future__ import annotations

import runpy
from functools import cache
from pathlib import Path

import mpmath
import pytest
import sympy as sp

import symbias as sb

DERIVATIONS = Path(__file__).parents[2] / "derivations"
DIGITS = 50


@cache
def formulas(script):
    namespace = runpy.run_path(str(DERIVATIONS / f"{script}.py"), run_name=script)
    return {value.name: value for value in namespace.values() if isinstance(value, sb.Formula)}


def agree(ours, published, rel=45):
    return mpmath.almosteq(ours, published, rel_eps=mpmath.mpf(10) ** -rel)


@pytest.mark.parametrize("angle", [sp.Rational(1, 1000), sp.Rational(1, 3), 1, 2, 3])
def test_arc_cosine_kernel_of_order_one(angle):
    """Cho and Saul (2009), equations 3 to 6: k_1 = |x||y| J_1 / pi, J_1 = sin t + (pi - t) cos t.

    Their kernel is 2 E[relu relu]; hence the factor one half.
    """
    ours = sb.landscape.relu_angle_kernel().formula
    with mpmath.workdps(DIGITS):
        t = mpmath.mpf(sp.Rational(angle).p) / sp.Rational(angle).q
        published = (mpmath.sin(t) + (mpmath.pi - t) * mpmath.cos(t)) / mpmath.pi / 2
        assert agree(ours.evalf(DIGITS, t=angle), published)


@pytest.mark.parametrize("momentum", [sp.Rational(1, 100), sp.Rational(1, 2), sp.Rational(99, 100)])
def test_heavy_ball_threshold(momentum):
    """Polyak (1964): on quadratics with curvature at most L the step must stay below 2 (1 + b)/L."""
    ours = formulas("polyak1964_heavy_ball")["threshold"]
    published = 2 * (1 + momentum)
    with mpmath.workdps(DIGITS):
        assert agree(ours.evalf(DIGITS, beta=momentum), mpmath.mpf(published.p) / published.q)
