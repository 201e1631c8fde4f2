"""Regularizers of separated maps: the formulas that the modes give, and a derivation that checks each of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp

from symbias.errors import ConvergenceError, NoRegularizer
from symbias.models.parametrization import Parametrization
from symbias.regularizers.branches import walls
from symbias.regularizers.commuting import Mode
from symbias.regularizers.coordinate_flow import TAU, X
from symbias.regularizers.initialization import Initialization
from symbias.regularizers.mirror import ScalarMirror, constants
from symbias.regularizers.prediction import ScalarConjugate, SeparableConjugate
from symbias.regularizers.small_start import minimise_from_above
from symbias.solvers.dual_newton import DualSolution, dual_newton
from symbias.sym.rewrite import rational
from symbias.sym.symbols import real


@dataclass(frozen=True, eq=False)
class Separable:
    """What is known of the mirror of a separated map, in the symbols of w and eta.

    Parameters
    ----------
    parametrization : Parametrization
        With exact coefficients.
    start : Initialization
        Where the flow begins.
    modes : list of Mode
        The coordinates that separate it.
    scalars : list of ScalarMirror
        Closed forms at the exact start.
    numeric : list of ScalarMirror
        Closed forms for kernels, perhaps in placeholders.
    w, eta : tuple of sympy.Symbol
        One for each output.

    Examples
    --------
    >>> import symbias as sb
    >>> net = sb.parametrizations.diagonal(2)
    >>> found = net.regularizer(dict.fromkeys(net.parameters, 1)).solution
    >>> found.times
    [eta]
    """

    parametrization: Parametrization
    start: Initialization
    modes: list[Mode]
    scalars: list[ScalarMirror]
    numeric: list[ScalarMirror]
    w: tuple[sp.Symbol, ...]
    eta: tuple[sp.Symbol, ...]

    warp = sp.S.One
    convex = True

    @cached_property
    def mixing(self) -> sp.Matrix:
        """C, shape (outputs, coordinates x)."""
        return sp.Matrix([m.column for m in self.scalars]).T

    @cached_property
    def constants(self) -> list[sp.Expr]:
        """What is added to C x."""
        return constants(self.parametrization.outputs, self.start.point, self.scalars)

    @cached_property
    def times(self) -> list[sp.Expr]:
        """The time of every coordinate x, linear in eta."""
        return list(self.mixing.T * sp.Matrix(self.eta))

    @cached_property
    def trajectory(self) -> list[sp.Expr] | None:
        """W as a function of eta."""
        if any(m.value is None for m in self.scalars):
            return None
        values = sp.Matrix(
            [m.value.subs(TAU, t) for m, t in zip(self.scalars, self.times, strict=True)]
        )
        return [c + e for c, e in zip(self.constants, self.mixing * values, strict=True)]

    @cached_property
    def conjugate(self) -> sp.Expr | None:
        """Q* as a function of eta."""
        if any(m.primitive is None for m in self.scalars):
            return None
        drift = sum(c * e for c, e in zip(self.constants, self.eta, strict=True))
        return drift + sp.Add(
            *(m.primitive.subs(TAU, t) for m, t in zip(self.scalars, self.times, strict=True))
        )

    @cached_property
    def inside(self) -> list[sp.Expr] | None:
        """The coordinates x as functions of w, where C is invertible."""
        if self.mixing.rows != self.mixing.cols:
            return None
        moved = sp.Matrix([w - c for w, c in zip(self.w, self.constants, strict=True)])
        return list(self.mixing.inv() * moved)

    @cached_property
    def link(self) -> list[sp.Expr] | None:
        """Grad Q as a function of w."""
        if self.inside is None or any(m.link is None for m in self.scalars):
            return None
        times = sp.Matrix(
            [m.link.subs(X, x) for m, x in zip(self.scalars, self.inside, strict=True)]
        )
        return list(self.mixing.T.inv() * times)

    @cached_property
    def potential(self) -> sp.Expr | None:
        """Q as a function of w."""
        if self.inside is None or any(m.potential is None for m in self.scalars):
            return None
        return sp.Add(
            *(m.potential.subs(X, x) for m, x in zip(self.scalars, self.inside, strict=True))
        )

    @cached_property
    def theta(self) -> list[sp.Expr] | None:
        """The parameters along the joint flow, as functions of eta."""
        order = self.parametrization.parameters
        moved = sp.Matrix([self.start.point[s] for s in order])
        for m, t in zip(self.scalars, self.times, strict=True):
            for mode, flow, factor in m.flows:
                if flow.position is None:
                    return None
                step = flow.position.subs(TAU, factor * t) - flow.start
                moved += sp.Matrix(mode.weights) * step
        return [sp.powsimp(sp.expand(e, power_base=False, power_exp=False)) for e in moved]

    def conditions(self) -> tuple[Any, ...]:
        """Where the formulas hold: arguments of logarithms, bases of roots and poles keep the signs of the start.

        Examples
        --------
        >>> import symbias as sb
        >>> net = sb.parametrizations.diagonal(3)
        >>> found = net.regularizer(dict.fromkeys(net.parameters, 1)).solution
        >>> (1 - 3 * found.eta[0] > 0) in found.conditions()
        True
        """
        first = [f.subs(self.start.point, simultaneous=True) for f in self.parametrization.outputs]
        found = {
            **walls(self.potential, dict(zip(self.w, first, strict=True))),
            **walls(self.conjugate, dict.fromkeys(self.eta, sp.S.Zero)),
        }
        for expr in self.trajectory or ():
            found |= walls(expr, dict.fromkeys(self.eta, sp.S.Zero))
        for m, (tau, x) in zip(self.scalars, self.labels, strict=True):
            for expr in (m.value, m.primitive):
                found |= {c.xreplace({TAU: tau}): None for c in walls(expr, {TAU: sp.S.Zero})}
            for expr in (m.link, m.potential):
                found |= {c.xreplace({X: x}): None for c in walls(expr, {X: m.first})}
        return tuple(found)

    @cached_property
    def labels(self) -> list[tuple[sp.Symbol, sp.Symbol]]:
        """Names of time and value of every coordinate x in the derivation."""
        if len(self.scalars) == 1:
            return [(TAU, X)]
        return [(real(f"tau_{k}"), real(f"x_{k}")) for k in range(1, len(self.scalars) + 1)]

    def minimise(self, data: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """Return the w that the dual solver finds.

        Parameters
        ----------
        data : numpy.ndarray, shape (n, d)
            X.
        targets : numpy.ndarray, shape (n,)
            y.

        Returns
        -------
        numpy.ndarray, shape (d,)
            The minimiser of Q subject to X w = y.

        Examples
        --------
        >>> import symbias as sb
        >>> net = sb.parametrizations.diagonal(2)
        >>> found = net.regularizer(dict.fromkeys(net.parameters, 1)).solution
        >>> found.minimise(np.array([[1.0, 1.0]]), np.array([1.0])).round(9)
        array([0.5, 0.5])
        """
        wide = len(self.w) == 1 and data.shape[1] > 1
        mixing = np.array(self.mixing.evalf(17).tolist(), dtype=float)
        shifts = self.shifts(data.shape[1] if wide else 1)
        matrix = np.ascontiguousarray(data * mixing[0, 0] if wide else data @ mixing)
        point = self._inside(matrix, targets - data @ shifts)
        return shifts + (mixing[0, 0] * point if wide else mixing @ point)

    def _inside(self, matrix: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """Return the coordinates x."""

        def dual(numbers: dict[sp.Symbol, Any]) -> DualSolution:
            parts = tuple(ScalarConjugate(m, numbers) for m in self.numeric)
            return dual_newton(SeparableConjugate(parts), matrix, targets)

        numbers = self.start.numbers
        try:
            return dual(numbers).point
        except ConvergenceError as error:
            try:
                return minimise_from_above(
                    self.numeric, numbers, (matrix, targets), lambda given: dual(given).eta
                )
            except ConvergenceError:
                raise error from None

    def shifts(self, copies: int) -> np.ndarray:
        """Return what is added to C x as numbers.

        Parameters
        ----------
        copies : int
            How many coordinates share one output.

        Returns
        -------
        numpy.ndarray, shape (outputs * copies,)
            The constants.

        Examples
        --------
        >>> import symbias as sb
        >>> net = sb.parametrizations.diagonal(2)
        >>> found = net.regularizer(dict.fromkeys(net.parameters, 1)).solution
        >>> found.shifts(2)
        array([0., 0.])
        """
        given = constants(self.parametrization.outputs, self.start.generic, self.numeric)
        rows = []
        for c in given:
            function = sp.lambdify(list(self.start.numbers), c, "numpy")
            rows.append(np.broadcast_to(function(*self.start.numbers.values()), (copies,)))
        return np.concatenate(rows).astype(float)


def require_rank(parametrization: Parametrization, scalars: list[ScalarMirror]) -> None:
    """Refuse maps whose outputs move in fewer directions than they count.

    Parameters
    ----------
    parametrization : Parametrization
        The map.
    scalars : list of ScalarMirror
        Its monotone coordinates.

    Raises
    ------
    NoRegularizer
        With the missing rank as defect.

    Examples
    --------
    >>> import symbias as sb
    >>> require_rank(sb.parametrizations.diagonal(2), [])
    Traceback (most recent call last):
        ...
    symbias.errors.NoRegularizer: The Jacobian of the map has rank 0, less than its 1 outputs...
    """
    _require(
        len(parametrization.outputs),
        sp.Matrix([m.column for m in scalars]).rank() if scalars else 0,
    )


def require_slopes(parametrization: Parametrization, start: Initialization) -> None:
    """Refuse commuting maps whose Jacobian lacks rank at the start, and so along the whole joint flow.

    Parameters
    ----------
    parametrization : Parametrization
        The map.
    start : Initialization
        Where its flow begins.

    Raises
    ------
    NoRegularizer
        With the missing rank as defect.

    Examples
    --------
    >>> require_slopes.__name__
    'require_slopes'
    """
    slopes = parametrization.jacobian().subs(start.point, simultaneous=True)
    if not slopes.free_symbols:
        _require(
            slopes.rows,
            slopes.rank(
                iszerofunc=lambda e: e.equals(0) if e.free_symbols else abs(e.evalf(30)) < 1e-25
            ),
        )


def require_motion(parametrization: Parametrization, start: Initialization) -> None:
    """Refuse starts that no loss moves, or, with arrays, at which a coordinate never moves.

    Parameters
    ----------
    parametrization : Parametrization
        The map.
    start : Initialization
        Where its flow begins.

    Raises
    ------
    NoRegularizer
        With the missing rank as defect.

    Examples
    --------
    >>> import symbias as sb
    >>> net = sb.parametrizations.neuron(2)
    >>> net.regularizer(dict.fromkeys(net.parameters, 0))
    Traceback (most recent call last):
        ...
    symbias.errors.NoRegularizer: The Jacobian of the map has rank 0, less than its 2 outputs...
    """
    slopes = parametrization.jacobian().subs(start.generic, simultaneous=True)
    outputs = slopes.rows
    if all(e == 0 for e in slopes):
        _require(outputs, 0)
    if start.arrays and not start.symbolic:
        rows = np.broadcast_arrays(
            *(
                np.asarray(sp.lambdify(list(start.numbers), e)(*start.numbers.values()))
                for e in slopes
            )
        )
        if not np.any(rows, axis=0).all():
            _require(outputs, 0)


def _require(outputs: int, rank: int) -> None:
    if rank < outputs:
        raise NoRegularizer(
            f"The Jacobian of the map has rank {rank}, less than its {outputs} outputs, along the whole flow.",
            "w moves on a surface, on which the metric has no inverse.",
            "Leave out outputs that are functions of the others.",
            reason="rank deficient",
            defect=sp.Integer(outputs - rank),
        )


def tidy(expr: sp.Expr) -> sp.Expr:
    """Return the shorter of an expression and its expansion without powers.

    Parameters
    ----------
    expr : sympy.Expr
        Any expression.

    Returns
    -------
    sympy.Expr
        An equal one.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> tidy(2 * (x + 1) - 2)
    2*x
    """
    forms = (
        expr,
        sp.expand(expr, power_base=False, power_exp=False, log=False, multinomial=False),
        rational(expr),
    )
    return min(forms, key=sp.count_ops)
