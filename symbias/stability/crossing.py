"""The crossing of the unit circle for delays that are symbols: an equation in the angle, and x there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import sympy as sp

from symbias.errors import DomainError
from symbias.stability.pencil import Pencil
from symbias.sym.symbols import positive

Powers = dict[Any, sp.Expr]


@dataclass(frozen=True, eq=False)
class Crossing:
    """Where a root exp(iw) lies on the unit circle, 0 < w <= pi.

    Parameters
    ----------
    angle : sympy.Symbol
        The angle w.
    left : sympy.Expr
        It vanishes at a crossing.
    value : sympy.Expr
        The value of y (of x, once rescaled) there, as a function of w.
    chain : dict or None
        q -> d_q with A conj(B) = (z - 1) sum of d_q z**q; None where no such finite sum exists.
    size : sympy.Expr
        |B|**2.

    Examples
    --------
    >>> import symbias as sb
    >>> tau = sp.symbols("tau")
    >>> sb.UpdateRule.gradient_descent().delayed(tau).threshold().crossing.equation
    Eq(cos(w*(tau + 1/2)), 0)
    """

    angle: sp.Symbol
    left: sp.Expr
    value: sp.Expr
    chain: Powers | None
    size: sp.Expr

    @property
    def equation(self) -> sp.Eq:
        """The equation that the angle satisfies at a crossing."""
        return sp.Eq(self.left, 0)

    def rescaled(self, pencil: Pencil) -> Crossing:
        """Return the crossing with x in place of y.

        Parameters
        ----------
        pencil : Pencil
            Its damping and weight decay relate the two.

        Returns
        -------
        Crossing
            The same equation.

        Examples
        --------
        >>> import symbias as sb
        >>> from symbias.stability.pencil import pencil
        >>> p = pencil(sb.UpdateRule.heavy_ball(0, dampening=0.5))
        >>> crossing(p).rescaled(p).value
        4*sin(w/2)**2
        """
        return replace(self, value=pencil.outer(self.value))


def crossing(pencil: Pencil) -> Crossing:
    """Return the crossing of a rule of degree one in x.

    Parameters
    ----------
    pencil : Pencil
        Its characteristic polynomial A(z) + y B(z); exponents may contain symbols.

    Returns
    -------
    Crossing
        Exact for all values of the symbols.

    Raises
    ------
    DomainError
        If the rule nests or cycles, or the delay law has no rational generating function.

    Notes
    -----
    Derived here. y = -A/B has to be real, Im(A conj(B)) = 0. As A(1) = 0, A conj(B) = (z - 1) sum of d_q z**q, and
    z - 1 = 2i sin(w/2) exp(iw/2) leaves sum of d_q cos((q + 1/2) w) = 0 and
    y = 2 sin(w/2) sum of d_q sin((q + 1/2) w) / |B|**2.

    Examples
    --------
    >>> import symbias as sb
    >>> from symbias.stability.pencil import pencil
    >>> crossing(pencil(sb.UpdateRule.gradient_descent())).value
    2*sin(w/2)**2
    """
    if pencil.degree != 1 or pencil.weight is not None:
        raise DomainError(
            "There is no crossing equation in the angle alone.",
            cause="The characteristic polynomial is not A(z) + x B(z) with powers of z in A and B.",
            remedy="Use .polynomial and .value, which treat any degree in x.",
        )
    w = positive("w")
    gradient = pencil.part(1)
    product, square = (_correlation(pencil.part(k), gradient) for k in (0, 1))
    size = sp.Add(*(c * sp.cos(q * w) for q, c in square.items()))
    chain = _divided(product)
    if chain is None:
        left = sp.Add(*(c * sp.sin(q * w) for q, c in product.items()))
        y = -sp.Add(*(c * sp.cos(q * w) for q, c in product.items())) / size
        return Crossing(w, left, y, None, size)
    half = sp.Rational(1, 2)
    left = sp.Add(*(d * sp.cos((q + half) * w) for q, d in chain.items()))
    y = 2 * sp.sin(w / 2) * sp.Add(*(d * sp.sin((q + half) * w) for q, d in chain.items())) / size
    return Crossing(w, left, y, chain, size)


def _correlation(first: Powers, second: Powers) -> Powers:
    found: Powers = {}
    for e, a in first.items():
        for f, b in second.items():
            q = sp.expand(sp.sympify(e - f))
            found[q] = sp.expand(found.get(q, 0) + a * b)
    return {q: c for q, c in found.items() if c != 0}


def _divided(product: Powers) -> Powers | None:
    """Divide by z - 1, separately where exponents differ by integers."""
    families: dict[Any, dict[int, sp.Expr]] = {}
    for q, c in product.items():
        rest = q - q.as_coeff_Add()[0]
        families.setdefault(rest, {})[int(q - rest)] = c
    chain: Powers = {}
    for rest, family in families.items():
        carried = sp.S.Zero
        for k in range(max(family), min(family), -1):
            carried = sp.expand(carried + family.get(k, 0))
            if carried != 0:
                chain[rest + k - 1] = carried
        if sp.expand(carried + family[min(family)]) != 0:
            return None
    return chain


def single_cosine(found: Crossing) -> tuple[sp.Expr, sp.Expr, sp.Expr] | None:
    """Return q, d and |B|**2 when the crossing is d cos((q + 1/2) w) = 0 and solved by hand.

    Parameters
    ----------
    found : Crossing
        The crossing.

    Returns
    -------
    tuple of sympy.Expr or None
        None when there are more terms, |B| depends on the angle, d <= 0 or q < 0.

    Examples
    --------
    >>> import symbias as sb
    >>> from symbias.stability.pencil import pencil
    >>> single_cosine(crossing(pencil(sb.UpdateRule.gradient_descent().delayed(4))))
    (4, 1, 1)
    """
    if found.chain is None or len(found.chain) != 1 or found.size.has(found.angle):
        return None
    ((q, d),) = found.chain.items()
    constant, delays = q.as_coeff_Add()
    grows = (
        all(c.is_positive for c in delays.as_coefficients_dict().values()) if delays != 0 else True
    )
    if not (d.is_positive and found.size.is_positive and constant >= 0 and grows):
        return None
    return q, d, found.size
