"""The primal side of a composition with a linear map z: a potential of the norm of w, and a linear term.

With z = z0 + G eta put p = z . G^-1 z and n^2 = w . G^-1 w. Then psi* = (p - p0)/2, n = |P| sqrt(p), and

    Q(w) = q(n) - (the sign of P) z0 . G^-1 w,    q'(n) = sqrt(p).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import sympy as sp

from symbias.regularizers.coordinate_flow import TAU
from symbias.regularizers.inverse import inverse
from symbias.sym.rewrite import rational
from symbias.sym.symbols import positive

if TYPE_CHECKING:
    from symbias.regularizers.composition import Composition

LONGEST = 60
"""Operations of a root that is worth showing."""


@dataclass(frozen=True, eq=False)
class Radial:
    """The potential of a composition whose map z is linear.

    Parameters
    ----------
    outer : Composition
        The product of scalars and z.
    gram : sympy.Matrix
        G, the metric of z.

    Examples
    --------
    >>> import symbias as sb
    >>> net = sb.parametrizations.neuron(2)
    >>> net.regularizer(dict(zip(net.parameters, (1, 0, 1)))).solution.primal.root
    n
    """

    outer: Composition
    gram: sp.Matrix

    @cached_property
    def n(self) -> sp.Symbol:
        """The norm of w."""
        return positive(_free("n", self.outer))

    @cached_property
    def p(self) -> sp.Symbol:
        """The squared norm of z."""
        return positive(_free("p", self.outer))

    @cached_property
    def z0(self) -> sp.Matrix:
        """The value of z at the start."""
        inner = self.outer.inner
        first = [f.subs(inner.start.point) for f in inner.parametrization.outputs]
        return sp.Matrix(first)

    @cached_property
    def first(self) -> sp.Expr:
        """The value of p at the start."""
        return rational((self.z0.T * self.gram.inv() * self.z0)[0])

    @cached_property
    def square(self) -> sp.Expr:
        """The square of n as a function of p."""
        inside = self.outer.size.subs(TAU, (self.p - self.first) / 2)
        size = inside.replace(sp.Pow, lambda b, e: sp.expand(b) ** e)
        return self.p * sp.powsimp(sp.expand(size**2, power_base=False, multinomial=False))

    @cached_property
    def root(self) -> sp.Expr | None:
        """The value of p at n; None where it is a root without a short closed form."""
        if self.square.is_polynomial(self.p) and sp.degree(self.square, self.p) == 2:
            return self._quadratic()
        start = self.first if self.first.is_positive else sp.S.One
        height = positive("h")
        found = inverse(self.square, self.p, height, start)
        if found is None or sp.count_ops(found) > LONGEST:
            return None
        return sp.powdenest(found.subs(height, self.n**2), force=True)

    def _quadratic(self) -> sp.Expr:
        """Solve p (a p + b) = n^2, in the form that does not cancel near n = 0."""
        a, b, _ = sp.Poly(self.square, self.p).all_coeffs()
        root = sp.sqrt(4 * a * self.n**2 + b**2)
        if b == 0:
            return self.n / sp.sqrt(a)
        return 2 * self.n**2 / (b + root) if b.is_positive else (root - b) / (2 * a)

    @cached_property
    def profile(self) -> sp.Expr | None:
        """The value of q at n."""
        if self.root is None or self.outer.primitive is None:
            return None
        return self.n * sp.sqrt(self.root) - self.outer.primitive.subs(
            TAU, (self.root - self.first) / 2
        )

    @cached_property
    def norm(self) -> sp.Expr:
        """The value of n at w."""
        w = sp.Matrix(self.outer.w)
        return sp.sqrt(sp.expand((w.T * self.gram.inv() * w)[0]))

    @cached_property
    def pull(self) -> sp.Matrix:
        """The gradient of the linear term that is subtracted."""
        return self.outer.sign * self.gram.inv() * self.z0

    @cached_property
    def potential(self) -> sp.Expr | None:
        """The potential as a function of w."""
        if self.profile is None:
            return None
        linear = (self.pull.T * sp.Matrix(self.outer.w))[0]
        return self.profile.subs(self.n, self.norm) - linear

    @cached_property
    def gradient(self) -> list[sp.Expr] | None:
        """Its gradient."""
        if self.root is None:
            return None
        unit = self.gram.inv() * sp.Matrix(self.outer.w) / self.norm
        return list(sp.sqrt(self.root.subs(self.n, self.norm)) * unit - self.pull)


def _free(name: str, outer: Composition) -> str:
    taken = {s.name for s in (*outer.parametrization.parameters, *outer.start.symbols, *outer.w)}
    while name in taken:
        name += "_"
    return name
