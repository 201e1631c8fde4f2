"""The derivation behind the GFS sharpness of a scalar network: balances, the end of the flow, the Hessian there."""

from __future__ import annotations

import sympy as sp

from symbias.sym.derivation import Derivation
from symbias.sym.formula import Formula
from symbias.sym.symbols import positive, real

Q = real("q")
"""What gradient flow adds to every squared weight."""


def weights(depth: int) -> tuple[sp.Symbol, ...]:
    """Return the symbols w_1, ..., w_D.

    Parameters
    ----------
    depth : int
        D.

    Returns
    -------
    tuple of sympy.Symbol
        Real.

    Examples
    --------
    >>> weights(2)
    (w_1, w_2)
    """
    return tuple(real(f"w_{k}") for k in range(1, depth + 1))


def derive_gfs_sharpness(depth: int) -> Formula:
    """Derive the sharpness at the end of gradient flow.

    Parameters
    ----------
    depth : int
        Number of weights, at least 2.

    Returns
    -------
    Formula
        Of w_1 and w_2 for two weights, else of the weights and `Q`.

    Examples
    --------
    >>> derive_gfs_sharpness(3).rhs
    1/(q + w_3**2) + 1/(q + w_2**2) + 1/(q + w_1**2)
    """
    derivation = Derivation(
        f"Sharpness at the end of gradient flow, {depth} weights", cites=["kreisler2023"]
    )
    _balances(derivation)
    _sign_change(derivation)
    _equation(derivation, depth)
    return _sharpness(derivation, depth)


def _balances(derivation: Derivation) -> None:
    """Follow two weights and the product p of all others in time."""
    t = real("t")
    first, second, others = (sp.Function(name, real=True)(t) for name in ("w_i", "w_j", "p"))
    product = first * second * others
    residual = product - 1
    loss = residual**2 / 2
    flow = [
        sp.Eq(first.diff(t), -residual * second * others),
        sp.Eq(second.diff(t), -residual * first * others),
    ]
    derivation.start(-sp.diff(loss, first), r"$dw_i/dt = - \partial L / \partial w_i$")
    derivation.rewrite(-residual * second * others, r"$p$ is the product of the other weights")
    derivation.start(sp.Derivative(first**2, t), "the velocity of a square")
    derivation.rewrite(-2 * product * residual, "chain rule and the flow", given=flow)
    derivation.conclude(sp.Derivative(first**2, t), "level", relation="==")
    derivation.start(sp.Derivative(first**2 - second**2, t), "so a balance of two weights")
    derivation.rewrite(0, "is conserved", given=flow)
    derivation.conclude(sp.Derivative(first**2 - second**2, t), "balance")


def _sign_change(derivation: Derivation) -> None:
    """Say what happens where the product is not positive."""
    size, weight, others = positive("k"), real("w_i"), real("p")
    derivation.start(
        -2 * (-size) * (-size - 1),
        "where the product is $-k < 0$ all squares fall, until the smallest one vanishes",
    )
    derivation.rewrite(-2 * size * (size + 1), "collect")
    derivation.rewrite(0, "a sum of negative terms", relation="<=")
    derivation.start(
        -(weight * others - 1) * others,
        "the velocity of the smallest weight, where it vanishes; $p$ is the product of the others",
    )
    derivation.rewrite(
        others,
        "it passes through zero to the sign of $p$; where two weights vanish nothing moves",
        given=sp.Eq(weight, 0),
    )
    derivation.conclude("velocity_at_zero", "sign_change")


def _equation(derivation: Derivation, depth: int) -> None:
    """Fix q: the product of the squares at the end is one."""
    start, end = weights(depth), _ends(depth)
    levels = _levels(depth)
    balances = [sp.Eq(x, w**2 + Q) for x, w in zip(levels, start, strict=True)]
    squares = sp.Mul(*(w**2 + Q for w in start))
    derivation.start(
        squares, "the balances make every square at the end $x_i = w_i^2 + q$, with one $q$"
    )
    derivation.rewrite(sp.Mul(*levels), "the balances", given=balances)
    derivation.rewrite(
        sp.Mul(*end) ** 2,
        "$x_i = v_i^2$",
        given=[sp.Eq(x, v**2) for x, v in zip(levels, end, strict=True)],
    )
    derivation.rewrite(1, "the loss vanishes: the product is one", given=sp.Eq(sp.Mul(*end), 1))
    derivation.conclude(squares, "gfs_equation")
    derivation.start(
        sp.Derivative(sp.Add(*(sp.log(w**2 + Q) for w in start)), Q),
        "the slope in $q$ of the logarithm of the product",
    )
    derivation.rewrite(sp.Add(*(1 / (w**2 + Q) for w in start)), "differentiate")
    derivation.rewrite(
        sp.Add(*(1 / x for x in levels)),
        "$x_i = w_i^2 + q$",
        given=balances,
    )
    derivation.rewrite(
        1 / levels[0], r"positive, so there is one root above $-\min w_i^2$", relation=">="
    )


def _sharpness(derivation: Derivation, depth: int) -> Formula:
    start, end, levels = weights(depth), _ends(depth), _levels(depth)
    product = sp.Mul(*end)
    first, second, others = real("v_i v_j p")
    derivation.start(
        sp.Derivative((first * second * others - 1) ** 2 / 2, first, second),
        "an entry of the Hessian at the end; $p$ is the product of the other weights",
    )
    derivation.rewrite(
        (second * others) * (first * others),
        "the product of two slopes: the Hessian has rank one",
        given=sp.Eq(others, 1 / (first * second)),
    )
    derivation.start(
        sp.Add(*(sp.Derivative(product, v) ** 2 for v in end)),
        "its eigenvalue that is not zero is the square of the gradient of the product",
    )
    derivation.rewrite(sp.Add(*(product**2 / v**2 for v in end)), "differentiate")
    derivation.rewrite(
        sp.Add(*(1 / v**2 for v in end)),
        "the product is one",
        given=sp.Eq(end[-1], 1 / sp.Mul(*end[:-1])),
    )
    derivation.rewrite(
        sp.Add(*(1 / x for x in levels)),
        "$x_i = v_i^2$",
        given=[sp.Eq(x, v**2) for x, v in zip(levels, end, strict=True)],
    )
    if depth == 2:
        return _two(derivation)
    derivation.rewrite(
        sp.Add(*(1 / (w**2 + Q) for w in start)),
        "the balances",
        given=[sp.Eq(x, w**2 + Q) for x, w in zip(levels, start, strict=True)],
    )
    return derivation.conclude(
        sp.Function("phi")(*start, Q), "gfs_sharpness", domain=[w**2 + Q > 0 for w in start]
    )


def _two(derivation: Derivation) -> Formula:
    """Eliminate q: the two squares have product one and a known difference."""
    (first, second), (x, y) = weights(2), _levels(2)
    inverse = sp.Eq(y, 1 / x)
    derivation.rewrite(x + y, "the product is one", given=inverse)
    derivation.rewrite(sp.sqrt((x - y) ** 2 + 4), "square, and subtract $4 x_1 x_2$", given=inverse)
    derivation.rewrite(
        sp.sqrt((first**2 - second**2) ** 2 + 4),
        "the balance",
        given=sp.Eq(x, y + first**2 - second**2),
    )
    return derivation.conclude(sp.Function("phi")(first, second), "gfs_sharpness")


def _ends(depth: int) -> tuple[sp.Symbol, ...]:
    return tuple(real(f"v_{k}") for k in range(1, depth + 1))


def _levels(depth: int) -> tuple[sp.Symbol, ...]:
    return tuple(positive(f"x_{k}") for k in range(1, depth + 1))
