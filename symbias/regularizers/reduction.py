"""Special starts: a subspace theta = offset + B x that holds the start and that all gradient fields are tangent to.

With orthonormal columns B the flow in x is again a gradient flow, of F(offset + B x): a strictly balanced network
becomes one with fewer parameters, and what does not exist generically may exist there. Where a linear combination of
parameters is conserved, every start is special.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import sympy as sp
from sympy.polys.matrices import DomainMatrix

from symbias.models.parametrization import Parametrization
from symbias.regularizers.initialization import Initialization, initialization
from symbias.regularizers.inverse import sample_values
from symbias.sym.derivation import Derivation
from symbias.sym.symbols import real

SEED = 5
QUIET = 3
"""Random points in a row that add nothing to the subspace before it is taken to be complete (and then checked)."""
LARGEST = 40


@dataclass(frozen=True, eq=False)
class Reduction:
    """A map restricted to an invariant subspace.

    Parameters
    ----------
    basis : sympy.Matrix
        B, shape (parameters, dimension), orthonormal columns.
    offset : sympy.Matrix
        Orthogonal to them; zero for a linear subspace.
    parametrization : Parametrization
        F(offset + B x), in the coordinates x.
    start : Initialization
        The coordinates of the start.
    whole : Parametrization
        F.

    Examples
    --------
    >>> import symbias as sb
    >>> net = sb.parametrizations.linear_network((1, 2, 1))
    >>> found = reduction(net, initialization(net, dict(zip(net.parameters, (1, 0, 2, 0)))))
    >>> found.coordinates
    {x_1: U1_1_1, x_2: U2_1_1}
    """

    basis: sp.Matrix
    offset: sp.Matrix
    parametrization: Parametrization
    start: Initialization
    whole: Parametrization

    @property
    def coordinates(self) -> dict[sp.Symbol, sp.Expr]:
        """The coordinates x as functions of the parameters."""
        values = self.basis.T * sp.Matrix(self.whole.parameters)
        return dict(zip(self.parametrization.parameters, values, strict=True))

    def derivation(self) -> Derivation:
        """Return the beginning of a derivation: the fields are tangent to the subspace.

        Returns
        -------
        Derivation
            With one chain.

        Examples
        --------
        >>> import symbias as sb
        >>> net = sb.parametrizations.linear_network((1, 2, 1))
        >>> found = reduction(net, initialization(net, dict(zip(net.parameters, (1, 2, 1, 2)))))
        >>> found.derivation().evidence
        'exact'
        """
        derivation = Derivation("What gradient flow minimises", cites=["li2022"])
        x = self.parametrization.parameters
        fields, inside = _fields(self.whole, self.basis, self.offset, x)
        derivation.start(
            fields,
            r"the gradient fields of the outputs (columns) on the subspace of the start, with directions $B$",
        )
        derivation.rewrite(
            inside, r"they equal their projections by $B B^\top$: the flow stays in the subspace"
        )
        derivation.start(
            sp.Matrix(self.whole.outputs).subs(_moved(self.whole, self.basis, self.offset, x)),
            "the map on it",
        )
        derivation.rewrite(sp.Matrix(self.parametrization.outputs), "a map with fewer parameters")
        return derivation


def reduction(parametrization: Parametrization, start: Initialization) -> Reduction | None:
    """Return the restriction of a polynomial map to the smallest invariant subspace of its start.

    Parameters
    ----------
    parametrization : Parametrization
        With exact coefficients.
    start : Initialization
        Its initialization.

    Returns
    -------
    Reduction or None
        None if no proper subspace was found, or the map is no polynomial.

    Examples
    --------
    >>> import symbias as sb
    >>> net = sb.parametrizations.linear_network((1, 2, 1))
    >>> found = reduction(net, initialization(net, dict(zip(net.parameters, (1, 2, 2, 4)))))
    >>> found.parametrization.outputs
    (x_1*x_2,)
    """
    theta, outputs = parametrization.parameters, parametrization.outputs
    rational = all(f.is_polynomial(*theta) and not f.has(sp.Float) for f in outputs)
    if start.arrays or not rational or len(theta) > LARGEST:
        return None
    rng = np.random.default_rng(SEED)
    values = sample_values(start.symbols - set(start.exact), rng)
    first = [start.point[s].xreplace(values) for s in theta]
    if not all(x.is_Rational for x in first):
        return None
    numbers = [Fraction(int(x.p), int(x.q)) for x in first]
    origin = [Fraction(0)] * len(numbers)
    for base, rows in ((origin, _reduced([numbers])), (numbers, [])):
        found = _closure(parametrization, base, rows, rng)
        if 0 < len(found) < len(theta):
            columns = [
                sp.Matrix([sp.Rational(x.numerator, x.denominator) for x in row]) for row in found
            ]
            basis = sp.Matrix.hstack(*(c / c.norm() for c in sp.GramSchmidt(columns)))
            return _checked(parametrization, start, basis)
    return None


def _closure(
    net: Parametrization,
    base: list[Fraction],
    rows: list[list[Fraction]],
    rng: np.random.Generator,
) -> list[list[Fraction]]:
    """Return a reduced basis of the span of rows and of the fields at random points of base plus that span."""
    slopes = sp.lambdify(net.parameters, net.jacobian().tolist(), modules=[{}, "math"], cse=False)
    quiet = 0
    while quiet < QUIET and len(rows) < len(base):
        weights = [Fraction(int(rng.integers(-9, 10)), int(rng.integers(1, 5))) for _ in rows]
        columns = zip(*rows, strict=True) if rows else [()] * len(base)
        point = [
            sum((c * x for c, x in zip(weights, column, strict=True)), at)
            for at, column in zip(base, columns, strict=True)
        ]
        grown = _reduced([*rows, *([Fraction(x) for x in field] for field in slopes(*point))])
        quiet = quiet + 1 if len(grown) == len(rows) else 0
        rows = grown
    return rows


def _reduced(rows: list[list[Fraction]]) -> list[list[Fraction]]:
    """Return the reduced row echelon form without its zero rows."""
    table = [[sp.QQ(x.numerator, x.denominator) for x in row] for row in rows]
    form, pivots = DomainMatrix(table, (len(rows), len(rows[0])), sp.QQ).rref()
    dense = form.to_list()[: len(pivots)]
    return [[Fraction(int(x.numerator), int(x.denominator)) for x in row] for row in dense]


def _checked(net: Parametrization, start: Initialization, basis: sp.Matrix) -> Reduction | None:
    """Keep a subspace through the start only if the fields are tangent to it, as identities."""
    taken = {s.name for s in (*net.parameters, *start.symbols)}
    names = [f"x_{k}" for k in range(1, basis.cols + 1)]
    while taken & set(names):
        names = [f"{name}_" for name in names]
    x = tuple(real(name) for name in names)
    first = sp.Matrix([start.point[s] for s in net.parameters])
    inside = (basis.T * first).applyfunc(lambda e: sp.radsimp(sp.expand(e)))
    offset = (first - basis * inside).applyfunc(sp.expand)
    fields, projected = _fields(net, basis, offset, x)
    if any(sp.expand(e) != 0 for e in fields - projected):
        return None
    outputs = sp.Matrix(net.outputs).subs(_moved(net, basis, offset, x)).applyfunc(sp.expand)
    reduced = Parametrization(list(outputs), x)
    return Reduction(
        basis, offset, reduced, initialization(reduced, dict(zip(x, inside, strict=True))), net
    )


def _moved(
    net: Parametrization, basis: sp.Matrix, offset: sp.Matrix, x: tuple[sp.Symbol, ...]
) -> dict[sp.Symbol, sp.Expr]:
    return dict(zip(net.parameters, offset + basis * sp.Matrix(x), strict=True))


def _fields(
    net: Parametrization, basis: sp.Matrix, offset: sp.Matrix, x: tuple[sp.Symbol, ...]
) -> tuple[sp.Matrix, sp.Matrix]:
    """Return the gradient fields on the subspace, as columns, and their projections."""
    fields = net.jacobian().T.subs(_moved(net, basis, offset, x)).applyfunc(sp.expand)
    return fields, (basis * (basis.T * fields)).applyfunc(sp.expand)
