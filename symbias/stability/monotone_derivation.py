"""Why the GFS sharpness cannot increase: a step of gradient descent contracts the balances.

With a_i = w_i**2 and K = (step * residual * product)**2 a step maps a_i to a_i + K / a_i, up to a common shift, and
flow shifts again. For more than two weights the sharpness is followed along the straight way from 0 to K: its
derivative is a sum over pairs of terms whose sign is that of K - a_i a_j.
"""

from __future__ import annotations

from itertools import combinations

import sympy as sp

from symbias.sym.derivation import Derivation
from symbias.sym.formula import Formula
from symbias.sym.symbols import positive, real

R = real("r")
"""The residual, product - 1."""
P = positive("p")
"""The absolute value of the product of all weights but the two that are smallest in absolute value."""
ETA = positive("eta")


def derive_monotone_step(depth: int) -> Formula:
    """Derive the largest step for which no balance grows, or, with more than two weights, none changes its sign.

    Parameters
    ----------
    depth : int
        Number of weights, at least 2.

    Returns
    -------
    Formula
        Of the residual, and of `P` for more than two weights.

    Examples
    --------
    >>> derive_monotone_step(2).rhs
    sqrt(2)/Abs(r)
    """
    derivation = Derivation(
        f"Steps that do not raise the GFS sharpness, {depth} weights", cites=["kreisler2023"]
    )
    _one_step(derivation)
    return _two(derivation) if depth == 2 else _many(derivation, depth)


def _one_step(derivation: Derivation) -> None:
    first, second, others = real("w_i w_j p")
    residual = first * second * others - 1
    moved = first - ETA * residual * second * others, second - ETA * residual * first * others
    derivation.start(
        moved[0] ** 2 - moved[1] ** 2,
        r"a balance after a step $\eta$; $p$ is the product of the other weights",
    )
    derivation.rewrite(
        (first**2 - second**2) * (1 - (ETA * residual * others) ** 2),
        "multiply out: a balance is multiplied by a number",
    )
    derivation.conclude(sp.Function("b_next")(first, second, others, ETA), "balance_after_a_step")


def _two(derivation: Derivation) -> Formula:
    balance = real("b")
    factor = 1 - (ETA * R) ** 2
    derivation.start(
        ((balance * factor) ** 2 + 4) - (balance**2 + 4),
        r"how the square of the sharpness, $b^2 + 4$, changes; $b$ is the balance, $p = 1$",
    )
    size = ETA * sp.Abs(R)
    root = sp.sqrt(2)
    derivation.rewrite(
        (balance * ETA * R) ** 2 * (size - root) * (size + root),
        r"positive where $\eta |r| > \sqrt{2}$ and $b r \ne 0$, not positive for shorter steps",
    )
    derivation.conclude(sp.Function("change")(balance, R, ETA), "change_of_squared_sharpness")
    derivation.start(ETA, "the step at which it changes its sign")
    derivation.rewrite(root / sp.Abs(R), "solve the factor", given=sp.Eq(ETA * sp.Abs(R) - root, 0))
    return derivation.conclude(sp.Function("eta_star")(R), "monotone_step")


def _many(derivation: Derivation, depth: int) -> Formula:
    _followed(derivation, depth)
    _pair(derivation)
    first, second = positive("a_1 a_2")
    derivation.start(
        ETA,
        r"the step at which $K = \eta^2 r^2 \pi^2$ is the product $a_1 a_2$ of the two smallest squares",
    )
    root = sp.sqrt(first * second)
    derivation.rewrite(
        1 / (sp.Abs(R) * P),
        r"$\pi^2 = a_1 a_2 p^2$; for shorter steps the terms of all pairs have one sign",
        given=sp.Eq(ETA * sp.Abs(R) * P * root, root),
    )
    return derivation.conclude(sp.Function("eta_star")(R, P), "monotone_step")


def _followed(derivation: Derivation, depth: int) -> None:
    """Write the derivative of the sharpness in K as a sum over pairs."""
    K, rate = positive("K"), real("q_K")
    count = range(1, depth + 1)
    inverse = [positive(f"c_{k}") for k in count]
    terms = [positive(f"y_{k}") for k in count]
    levels = [sp.Function(f"x_{k}", positive=True)(K) for k in count]
    moves = [sp.Eq(x.diff(K), c + rate) for x, c in zip(levels, inverse, strict=True)]
    names = [sp.Eq(y, 1 / x) for y, x in zip(terms, levels, strict=True)]
    total = sp.Add(*terms)
    weighted = sp.Add(*(c * y for c, y in zip(inverse, terms, strict=True)))
    weight, move, square = real("w_i"), real("m"), positive("a_i")
    derivation.start((weight - move / weight) ** 2, r"a square after a step, with $m = \eta r \pi$")
    derivation.rewrite(
        square + K / square - 2 * move,
        "with $a_i = w_i^2$ and $K = m^2$; the last term is the same for all weights",
        given=[sp.Eq(square, weight**2), sp.Eq(K, move**2)],
    )
    derivation.start(
        sp.Derivative(sp.Add(*(sp.log(x) for x in levels)), K),
        r"the squares at the end of the flow are $x_i = a_i + K/a_i + q(K)$; their product stays one",
    )
    derivation.rewrite(
        weighted + rate * total,
        "with $c_i = 1/a_i$, $y_i = 1/x_i$ and the slope $q_K$ of $q$",
        given=[*moves, *names],
    )
    derivation.start(
        sp.Derivative(sp.Add(*(1 / x for x in levels)), K), "the derivative of the sharpness"
    )
    derivation.rewrite(
        -sp.Add(*((c + rate) * y**2 for c, y in zip(inverse, terms, strict=True))),
        "in the same letters",
        given=[*moves, *names],
    )
    pairs = [
        terms[i] * terms[j] * (inverse[i] - inverse[j]) * (terms[i] - terms[j])
        for i, j in combinations(range(depth), 2)
    ]
    derivation.rewrite(
        -sp.Add(*pairs) / total,
        "insert the slope of $q$ from the first chain; a sum over pairs remains",
        given=sp.Eq(rate, -weighted / total),
    )


def _pair(derivation: Derivation) -> None:
    """Find the sign of the term of a pair."""
    a, b, x, y = positive("a_i a_j x_i x_j")
    K, shift = positive("K"), real("q")
    ends = [sp.Eq(shift, x - a - K / a), sp.Eq(y, b + K / b + shift)]
    derivation.start((1 / a - 1 / b) * (1 / x - 1 / y), "the sign of the term of a pair")
    derivation.rewrite(
        (a - b) ** 2 * (a * b - K) / (a**2 * b**2 * x * y), "insert $x_i$ and $x_j$", given=ends
    )
    room = real("h")
    derivation.start(
        (a - b) ** 2 * room**2 / (a**2 * b**2 * x * y),
        "where $a_i a_j - K = h^2$ is not negative",
    )
    derivation.rewrite(0, "a square over positive numbers", relation=">=")
