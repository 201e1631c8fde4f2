"""Moments of the positive parts of two Gaussian variables."""

from __future__ import annotations

from typing import Any

import sympy as sp

from symbias.sym.functions.named import NamedFunction
from symbias.sym.functions.sine_wedge import sine_wedge


class half_moment(NamedFunction):  # noqa: N801 - SymPy functions are lower case
    """E[max(X, 0)**m * max(Y, 0)**n] of centred Gaussians with variances a, b and covariance c.

    A zeroth power means the step. Only the wedge where both are positive contributes; its opening is pi less the
    angle between the two. Derivatives are moments of lower powers again (Price 1958), without differences.

    Examples
    --------
    >>> from symbias.sym.symbols import positive, real
    >>> (a, b), c = positive("a b"), real("c")
    >>> half_moment(2, 2, a, b, c).diff(c), half_moment(1, 1, a, b, c).diff(a)
    (4*half_moment(1, 1, a, b, c), sqrt(a*b - c**2)/(4*pi*a))
    """

    nargs = 5
    latex_name = "M"

    def definition(self) -> Any:
        """Return the integral in polar coordinates: a number for the radius, a wedge for the angle."""
        a, b, c = self.args[2:]
        return self.with_opening(sp.acos(-c / sp.sqrt(a * b)))

    def stable_forms(self) -> tuple[tuple[Any, Any], ...]:
        """Return the form with the opening by its tangent, which is right where its cosine is near 1 or -1."""
        a, b, c = self.args[2:]
        return ((c**2 > a * b / 4, self.with_opening(sp.atan2(sp.sqrt(a * b - c**2), -c))),)

    def with_opening(self, opening: Any) -> Any:
        """Return the moment with the opening of its wedge written in another way.

        Parameters
        ----------
        opening : sympy.Expr
            The angle whose cosine is -c/sqrt(a b).

        Returns
        -------
        sympy.Expr
            The wedge, scaled.
        """
        m, n, a, b, _ = self.args
        scale = sp.sqrt(a) ** m * sp.sqrt(b) ** n * radial_moment(m + n) / (2 * sp.pi)
        return scale * sine_wedge(m, n, opening)

    def slope(self, index: int) -> Any:
        """Return the derivative in a variance or in the covariance."""
        m, n, a, b, c = self.args
        if index == 4:
            return half_moment(n, m, b, a, c).slope(3)
        if index == 5:
            return _in_covariance(m, n, a, b, c)
        if index != 3:
            raise sp.core.function.ArgumentIndexError(self, index)
        if m >= 2:
            return m * (m - 1) * half_moment(m - 2, n, a, b, c) / 2
        if m == 1:
            return _on_line(n, a, b, c) / 2
        # Of degree 0 in the first variable, so 2 a d/da + c d/dc annihilates it.
        return -c * _in_covariance(m, n, a, b, c) / (2 * a)


def _in_covariance(m: Any, n: Any, a: Any, b: Any, c: Any) -> Any:
    """Return E[f'(X) g'(Y)], where the derivative of the step is a point mass."""
    if m >= 1 and n >= 1:
        return m * n * half_moment(m - 1, n - 1, a, b, c)
    if m == n == 0:
        return 1 / (2 * sp.pi * sp.sqrt(a * b - c**2))
    return n * _on_line(n - 1, a, b, c) if m == 0 else m * _on_line(m - 1, b, a, c)


def _on_line(n: Any, a: Any, b: Any, c: Any) -> Any:
    """Return E[delta(X) max(Y, 0)**n]: given X = 0, Y has variance (a b - c**2)/a."""
    half = 2 ** (n / 2 - 1) * sp.gamma((n + 1) / 2) / sp.sqrt(sp.pi)
    return half * (a * b - c**2) ** (n / 2) / (sp.sqrt(a) ** (n + 1) * sp.sqrt(2 * sp.pi))


def radial_moment(power: Any) -> Any:
    """Return the integral of ``r**(power + 1) * exp(-r**2/2)`` over r > 0.

    Parameters
    ----------
    power : sympy.Integer
        Not negative.

    Returns
    -------
    sympy.Expr
        ``2**(power/2) * gamma(power/2 + 1)``.

    Examples
    --------
    >>> radial_moment(sp.Integer(2))
    2
    """
    half = sp.Rational(power, 2)
    return 2**half * sp.gamma(half + 1)
