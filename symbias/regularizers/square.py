"""Maps with as many outputs as parameters: the parameters are coordinates, in which warp and potential are integrated.

With H = M^-1 and l = d log g, the matrix g H is a Hessian in w if and only if l is closed and
l_i H_jk - l_j H_ik = d_j H_ik - d_i H_jk, which determines l. All derivatives by w are combinations of derivatives by
the parameters, so that nothing has to be inverted before the end: grad Q has the derivatives g J^-T, and Q the
derivatives J^T grad Q.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np
import sympy as sp

from symbias.errors import BudgetError
from symbias.models.parametrization import Parametrization
from symbias.regularizers.commuting import vanishes
from symbias.regularizers.coordinate_flow import integrate
from symbias.regularizers.initialization import Initialization
from symbias.regularizers.joint_flow import JointFlow
from symbias.sym.budget import time_limit
from symbias.sym.rewrite import rational

SECONDS = 3.0
WIDEST = 4


@dataclass(frozen=True, eq=False)
class Square:
    """The warped mirror of a map with as many outputs as parameters.

    Parameters
    ----------
    parametrization : Parametrization
        The map.
    start : Initialization
        Its initialization.
    form : tuple of sympy.Expr
        The derivatives of log g by the parameters.
    w, eta : tuple of sympy.Symbol
        The outputs and their dual variables.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> u, v = real("u v")
    >>> found = Parametrization([u, u**2 + v], [u, v]).regularizer({u: 0, v: 0}).solution
    >>> found.gradient
    [u*exp(-2*v), 1/2 - exp(-2*v)/2]
    """

    parametrization: Parametrization
    start: Initialization
    form: tuple[sp.Expr, ...]
    w: tuple[sp.Symbol, ...]
    eta: tuple[sp.Symbol, ...]

    conjugate = trajectory = None

    @cached_property
    def warp(self) -> sp.Expr:
        """The factor g in the parameters, one at the start."""
        return sp.powsimp(sp.exp(sp.expand(self._integral(self.form))))

    @cached_property
    def inverse_jacobian(self) -> sp.Matrix:
        """The derivatives of the parameters by w."""
        return self.parametrization.jacobian().inv().applyfunc(rational)

    @cached_property
    def gradient(self) -> list[sp.Expr]:
        """Grad Q in the parameters."""
        table = self.warp * self.inverse_jacobian.T
        return [self._integral([rational(e) for e in table.row(j)]) for j in range(table.rows)]

    @cached_property
    def height(self) -> sp.Expr:
        """Q in the parameters."""
        slopes = self.parametrization.jacobian().T * sp.Matrix(self.gradient)
        return self._integral([sp.expand(e) for e in slopes])

    @cached_property
    def inside(self) -> dict[sp.Symbol, sp.Expr] | None:
        """The parameters as functions of w, on the branch of the start; None where that was not found."""
        theta = self.parametrization.parameters
        equations = [f - w for f, w in zip(self.parametrization.outputs, self.w, strict=True)]
        try:
            found = time_limit(SECONDS, lambda: sp.solve(equations, theta, dict=True, check=False))
        except (BudgetError, NotImplementedError, ValueError, TypeError):
            return None
        return next((c for c in found if set(c) == set(theta) and self._holds(c)), None)

    @property
    def potential(self) -> sp.Expr | None:
        """Q as a function of w; None where it has no closed form."""
        if self.inside is None:
            return None
        return sp.expand(self.height.subs(self.inside), power_exp=False, power_base=False)

    @property
    def link(self) -> list[sp.Expr] | None:
        """Grad Q as a function of w; None where it has no closed form."""
        return None if self.inside is None else [e.subs(self.inside) for e in self.gradient]

    def _holds(self, candidate: dict[sp.Symbol, sp.Expr]) -> bool:
        """Whether a solution is the branch of the start, at points near it."""
        rng = np.random.default_rng(2)
        first = {
            s: x.xreplace(dict.fromkeys(x.free_symbols, sp.S.One))
            for s, x in self.start.point.items()
        }
        for _ in range(3):
            at = {s: x + sp.Rational(int(rng.integers(-9, 10)), 100) for s, x in first.items()}
            outputs = [f.subs(at, simultaneous=True) for f in self.parametrization.outputs]
            values = dict(zip(self.w, outputs, strict=True))
            if any(abs((candidate[s].subs(values) - at[s]).evalf(30)) > 1e-20 for s in at):
                return False
        return True

    def _positive(self, expr: sp.Expr) -> sp.Expr:
        """Return |expr| without the bars, by its sign at the start."""
        first = expr.subs(self.start.point, simultaneous=True)
        return expr if first.is_positive else -expr if first.is_negative else sp.Abs(expr)

    def _integral(self, form: Any) -> sp.Expr:
        """Return the function with given derivatives by the parameters, zero at the start."""
        theta, total = self.parametrization.parameters, sp.S.Zero
        for s, slope in zip(theta, form, strict=True):
            rest = rational(sp.expand(slope - sp.diff(total, s)))
            found = sp.S.Zero if rest == 0 else integrate(rest, s, self.start.point[s])
            if found is None:
                raise BudgetError(
                    f"The integral of {rest} was not found.",
                    "the warp or the potential has no elementary closed form.",
                    "Use simulate.gradient_flow.",
                )
            total += found.replace(sp.Abs, self._positive)
        return total - total.subs(self.start.point, simultaneous=True)

    def minimise(self, data: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """Return the w that the dual solver finds, following the warped flow at every step.

        Parameters
        ----------
        data : numpy.ndarray, shape (n, d)
            X.
        targets : numpy.ndarray, shape (n,)
            The targets y.

        Returns
        -------
        numpy.ndarray, shape (d,)
            The minimiser of Q subject to X w = y.

        Examples
        --------
        >>> from symbias.sym.symbols import real
        >>> u, v = real("u v")
        >>> found = Parametrization([u, u**2 + v], [u, v]).regularizer({u: 0, v: 0}).solution
        >>> found.minimise(np.array([[0.0, 1.0]]), np.array([0.5])).round(6)
        array([0. , 0.5])
        """
        flow = JointFlow(self.parametrization, self.start, self.w, self.eta, self.warp)
        return flow.minimise(data, targets)


def square(
    parametrization: Parametrization,
    start: Initialization,
    w: tuple[sp.Symbol, ...],
    eta: tuple[sp.Symbol, ...],
) -> Square | None:
    """Return the warped mirror of a map with as many outputs as parameters.

    Parameters
    ----------
    parametrization : Parametrization
        With exact coefficients.
    start : Initialization
        Its initialization.
    w, eta : tuple of sympy.Symbol
        Names.

    Returns
    -------
    Square or None
        None for another map, or where no warp exists or was shown to exist.

    Examples
    --------
    >>> from symbias.regularizers.initialization import initialization
    >>> from symbias.sym.symbols import real
    >>> u, v = real("u v")
    >>> bent = Parametrization([u, u**2 + v], [u, v])
    >>> square(bent, initialization(bent, {u: 1, v: 0}), real("w_1 w_2"), real("e_1 e_2")).warp
    exp(-2*v)
    """
    size = len(parametrization.parameters)
    if not 2 <= len(parametrization.outputs) == size <= WIDEST:
        return None
    jacobian = parametrization.jacobian()
    if vanishes(jacobian.det()):
        return None
    form = _logarithmic_warp(parametrization, jacobian)
    return None if form is None else Square(parametrization, start, form, w, eta)


def _logarithmic_warp(
    parametrization: Parametrization, jacobian: sp.Matrix
) -> tuple[sp.Expr, ...] | None:
    """Return d log g by the parameters if it satisfies its equations and is closed."""
    theta, size = parametrization.parameters, len(parametrization.parameters)
    back = jacobian.inv().applyfunc(rational)
    h = (back.T * back).applyfunc(rational)
    metric = jacobian * jacobian.T

    def slope(f: sp.Expr, i: int) -> sp.Expr:
        return sp.Add(*(back[a, i] * sp.diff(f, s) for a, s in enumerate(theta)))

    table = [[[slope(h[j, k], i) for k in range(size)] for j in range(size)] for i in range(size)]
    logarithm = [slope(sp.log(h.det()), i) for i in range(size)]
    l = [
        rational(
            (
                sum(metric[j, k] * table[j][i][k] for j in range(size) for k in range(size))
                - logarithm[i]
            )
            / (size - 1)
        )
        for i in range(size)
    ]
    for i, j in combinations(range(size), 2):
        for k in range(size):
            if not vanishes(l[i] * h[j, k] - l[j] * h[i, k] - table[j][i][k] + table[i][j][k]):
                return None
    form = [rational(e) for e in jacobian.T * sp.Matrix(l)]
    closed = (
        vanishes(sp.diff(form[a], theta[b]) - sp.diff(form[b], theta[a]))
        for a, b in combinations(range(size), 2)
    )
    return tuple(form) if all(closed) else None
