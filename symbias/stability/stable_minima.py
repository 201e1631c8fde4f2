"""What gradient descent can stay at: the sharpness of a shallow ReLU network bounds a norm of its function.

A network f(x) = sum_k v_k relu(w_k . x + b_k) + c is trained in all of w, b, v, c on (1/2n) sum (f(x_i) - y_i)**2.
Where it interpolates, the Hessian is that of the tangent features, and the mean feature is a test vector that sees
every neuron. With a_k = |v_k| |w_k| and the weight g of `symbias.stability.weight_function` (for the law of the data),
|f|_g = sum_k a_k g(u_k, t_k), coincident hyperplanes merged.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import sympy as sp

from symbias.stability.stable_minima_claims import bounded, bounded_with_residuals, tight
from symbias.sym.derivation import Derivation
from symbias.sym.formula import Formula
from symbias.sym.functions import relu
from symbias.sym.symbols import nonnegative, positive, real
from symbias.verdicts.claim import claim
from symbias.verdicts.result import Result

KEYS = ("mulayoff2021", "nacson2023", "liang2025")


def _neuron(derivation: Derivation) -> None:
    """Add what one neuron contributes to the squared mean feature, and the least of it over its rescalings."""
    x, w, b, v = real("x w b v")
    value = v * relu(w * x + b)
    gradient = [sp.Derivative(value, parameter) for parameter in (v, w, b)]
    derivation.start(
        sp.Matrix(gradient),
        "tangent features of a neuron in v, w and b at a real input (in w there is one for each coordinate)",
    )
    on = sp.Heaviside(w * x + b, 0)
    derivation.rewrite(
        sp.Matrix([relu(w * x + b), v * x * on, v * on]),
        "relu is linear where it is on: the mean of the features over the data is |w| h, v E[x; on] and v q, with the "
        "mass q of the data beyond the hyperplane and their mean excess h over it",
    )
    derivation.conclude(sp.Function("Phi")(x, w, b, v), "tangent_features")
    a, (h, q, r, size) = real("a"), positive("h q r s")
    cost = size**2 * h**2 + v**2 * (q**2 + r**2)
    derivation.start(
        cost,
        "what a neuron adds to the squared length of the mean feature, with the size s of w and r = |E[x; on]|",
    )
    derivation.rewrite(
        2 * sp.Abs(v) * size * h * sp.sqrt(q**2 + r**2),
        "the mean of two squares exceeds their product",
        relation=">=",
    )
    derivation.rewrite(
        2 * a * (h * sp.sqrt(q**2 + r**2)),
        "a = |v| s does not change when the neuron is rescaled",
        given=sp.Eq(a, sp.Abs(v) * size),
    )
    derivation.conclude(sp.Function("A")(a, h, q, r), "cost_of_a_neuron")
    c = sp.sqrt(sp.Abs(v) * sp.sqrt(q**2 + r**2) / (size * h))
    derivation.start(
        cost.subs({size: c * size, v: v / c}, simultaneous=True),
        "the same after rescaling by c = sqrt(|v| sqrt(q^2 + r^2) / (s h))",
    )
    derivation.rewrite(
        2 * sp.Abs(v) * size * h * sp.sqrt(q**2 + r**2), "the bound is attained: no other is better"
    )
    derivation.conclude(sp.Function("A_least")(size, v, h, q, r), "least_cost_of_a_neuron")


def _orientations(derivation: Derivation) -> None:
    """Add that the smaller weight of both orientations counts, and which one that is under a symmetric law."""
    weights = real("g_+ g_-")
    derivation.start(weights[0], "the weight of a neuron, as it is oriented")
    derivation.rewrite(
        sp.Min(*weights), "that of the neuron the other way round may be less", relation=">="
    )
    derivation.conclude(sp.Function("G")(*weights), "weight_of_a_hyperplane")
    s, h, q, p, m = nonnegative("s h q p m")
    inside = [sp.Eq(m, h + s * q), sp.Eq(p, sp.S.Half - q)]
    derivation.start(
        h * sp.sqrt(q**2 + m**2),
        "a law that is the same under x -> -x: the weight at s >= 0, with moment m = h + s q and q = 1/2 - p <= 1/2",
    )
    derivation.rewrite(
        (h + s) * sp.sqrt(q**2 + m**2),
        "at -s the mean excess is m + s (1 - q) = h + s",
        relation="<=",
    )
    derivation.rewrite(
        (h + s) * sp.sqrt((q + 2 * p) ** 2 + m**2),
        "and the mass is 1 - q = q + 2 p",
        relation="<=",
    )
    derivation.rewrite((m + s * (1 - q)) * sp.sqrt((1 - q) ** 2 + m**2), "insert", given=inside)
    derivation.conclude(sp.Function("g")(s, q, m), "orientation", relation="<=")


def _network(derivation: Derivation) -> tuple[Formula, Formula]:
    """Go from neurons to the network, and from the sharpness to the step."""
    norm, slack, cost, lam, late = nonnegative("N sigma A lambda tau")
    (a, g), eta = nonnegative("a g"), positive("eta")
    derivation.start(
        1 + 2 * norm + slack + 2 * a * g + cost,
        "one more neuron, on top of neurons whose squared mean feature is 1 + 2 N + sigma: it adds 2 a g and more "
        "(A >= 0); without neurons it is 1, from the output bias",
    )
    derivation.rewrite(
        1 + 2 * (norm + a * g),
        "by induction: 1 + 2 N with N = sum a g",
        relation=">=",
    )
    derivation.conclude(sp.Function("S")(norm, a, g), "squared_mean_feature")
    derivation.start(
        norm,
        "the norm |f|_g of the function; the largest eigenvalue lambda exceeds the quotient at the mean feature by "
        "sigma >= 0",
    )
    derivation.rewrite(
        (lam - slack - 1) / 2,
        "Rayleigh quotient at 1/sqrt(n)",
        given=sp.Eq(lam, 1 + 2 * norm + slack),
    )
    derivation.rewrite((lam - 1) / 2, "sigma >= 0", relation="<=")
    sharp = derivation.conclude(sp.Function("N")(lam), "stability_norm_and_sharpness")
    derivation.start((lam - 1) / 2, "gradient descent with step eta is linearly stable there")
    derivation.rewrite(
        (2 / eta - late - 1) / 2,
        "so lambda does not exceed 2/eta",
        given=sp.Eq(lam, 2 / eta - late),
    )
    derivation.rewrite(1 / eta - sp.S.Half, "tau >= 0", relation="<=")
    return sharp, derivation.conclude(
        sp.Function("N")(eta), "stability_norm_bound", reference="nacson2023"
    )


def _residuals(derivation: Derivation) -> Formula:
    """Add what the second derivatives of the network may take away where it does not interpolate."""
    out, (p, rho) = real("q_v"), nonnegative("p rho")
    derivation.start(
        2 * out * p * rho,
        "the second derivative of f in a unit direction, per neuron: parts q_v in v and p in (w, b); rho = |(x, 1)|",
    )
    derivation.rewrite(
        (out**2 + p**2) * rho, "the parts of all neurons have squares that sum to at most one", "<="
    )
    derivation.conclude(sp.Function("C")(out, p, rho), "curvature_of_the_network")
    first, spread = nonnegative("e V")
    derivation.start(
        first, "the mean size e of the residuals, whose squares have mean 2 L = e^2 + V"
    )
    derivation.rewrite(sp.sqrt(first**2 + spread), "a variance is not negative", relation="<=")
    derivation.conclude(sp.Function("e_1")(first, spread), "mean_residual")
    norm, slack, lam, radius, loss = nonnegative("N sigma lambda R L")
    residual = sp.sqrt(1 + radius**2) * sp.sqrt(2 * loss)
    derivation.start(residual / 2, "what residuals add to the bound below")
    derivation.rewrite((radius + 1) * sp.sqrt(2 * loss) / 2, "a root of a sum", relation="<=")
    derivation.rewrite(
        (radius + 1) * sp.sqrt(2 * loss), "in the published bound it is this", relation="<="
    )
    derivation.conclude(sp.Function("E")(radius, loss), "residual_term", reference="liang2025")
    derivation.start(
        norm,
        "the norm of f; lambda exceeds the quotient at the mean feature, less the curvature of f against residuals",
    )
    derivation.rewrite(
        (lam - slack - 1) / 2 + residual / 2,
        "data within radius R: rho <= sqrt(1 + R^2)",
        given=sp.Eq(lam, 1 + 2 * norm - residual + slack),
    )
    derivation.rewrite((lam - 1) / 2 + residual / 2, "sigma >= 0", relation="<=")
    return derivation.conclude(
        sp.Function("N")(lam, radius, loss), "stability_norm_with_residuals", reference="liang2025"
    )


@cache
def _derive() -> tuple[Formula, Formula, Formula]:
    derivation = Derivation("Sharpness bounds the stability norm", cites=KEYS)
    _neuron(derivation)
    _orientations(derivation)
    extended = _residuals(derivation)
    sharp, bound = _network(derivation)
    return bound, sharp, extended


@cache
def stability_norm_bound() -> Result:
    """Return |f|_g <= 1/eta - 1/2 for shallow ReLU networks at which gradient descent can stay, derived.

    Returns
    -------
    Result
        With ``.formula`` in the step eta. ``.derivation`` also concludes |f|_g <= (lambda - 1)/2 for the sharpness
        lambda of an interpolating network, and what is added without interpolation: half of sqrt(1 + R**2) sqrt(2 L)
        for loss L and data within radius R.

    Notes
    -----
    Derived here, with a trained output bias and the loss (1/2n) sum of squares. Published by Mulayoff, Michaeli and
    Soudry (2021) for real inputs and by Nacson et al. (2023) in general; without interpolation by Liang et al. (2025),
    with a larger constant.

    Examples
    --------
    >>> stability_norm_bound().formula.evalf(eta=0.5)
    mpf('1.5')
    """
    bound, sharp, extended = _derive()

    @claim(
        "on the vertices of an octahedron the bound is attained at the largest stable step",
        relation="==",
        of=bound,
    )
    def attained() -> Any:
        return tight(bound.compile())

    @claim("random interpolating networks: norm and half the sharpness", relation="<=", of=sharp)
    def interpolating(rng: Any) -> Any:
        return bounded(sharp.compile(), rng)

    @claim("random networks with residuals", relation="<=", of=extended)
    def with_residuals(rng: Any) -> Any:
        return bounded_with_residuals(extended.compile(), rng)

    return Result("stability_norm_bound", bound, (attained, interpolating, with_residuals))
