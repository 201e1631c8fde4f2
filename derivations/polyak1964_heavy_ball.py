"""Heavy ball on a quadratic: which curvatures a step can live with, and how noisy the iterate gets.

The rule is theta' = theta + beta (theta - theta_) - step grad. On a mode of curvature h only
x = step h matters. Polyak (1964) introduced the method; the threshold is x = 2 (1 + beta).
"""

import math
from typing import Any

import numpy as np
import sympy as sp
from scipy.optimize import brentq
from scipy.special import ndtr

import symbias as sb

beta = sp.symbols("beta", positive=True)
x, z, s = sp.symbols("x z s", real=True)
t = sp.symbols("t", integer=True)
v0, sigma = sp.symbols("v_0 sigma", positive=True)
v1, v2 = sp.symbols("v_1 v_2", real=True)
INSIDE = [beta < 1]

# --- derivation -----------------------------------------------------------------------------------

mode = sb.Derivation("The characteristic polynomial of heavy ball", INSIDE, cites=["polyak1964"])
mode.start(
    z ** (t + 1) - (z**t + beta * (z**t - z ** (t - 1)) - x * z**t),
    "put theta_t = z**t into theta' - theta - beta (theta - theta_) + x theta",
)
mode.rewrite(z ** (t - 1) * (z**2 - (1 + beta - x) * z + beta), "collect powers of z")
recursion = mode.conclude("r", "recursion")
polynomial = sp.powsimp(recursion.rhs / z ** (t - 1))

schur = sb.Derivation("Both roots lie in the unit disc", INSIDE, cites=["polyak1964"])
schur.start(
    (1 - s) ** 2 * polynomial.subs(z, (1 + s) / (1 - s)),
    "z = (1 + s)/(1 - s) maps Re s < 0 to |z| < 1",
)
schur.rewrite(
    (2 * (1 + beta) - x) * s**2 + 2 * (1 - beta) * s + x,
    "collect: roots have Re s < 0 iff the three coefficients have one sign, and 1 - beta > 0",
)
half_plane = schur.conclude("h", "half_plane_polynomial")

edge = sb.Derivation("The threshold of heavy ball", INSIDE, cites=["polyak1964"])
edge.start(x, "the curvature at which the leading coefficient vanishes: z = -1 is a root there")
edge.rewrite(
    2 * (1 + beta), "solve the leading coefficient for x", given=[half_plane.rhs.coeff(s, 2)]
)
threshold = edge.conclude(sp.Function("x_star")(beta), "threshold", reference="polyak1964")

noise = sb.Derivation(
    "The stationary variance under gradient noise", [*INSIDE, x > 0, x < threshold.rhs]
)
YULE_WALKER = [
    sp.Eq(v0, (1 + beta - x) * v1 - beta * v2 + sigma**2),
    sp.Eq(v1, (1 + beta - x) * v0 - beta * v1),
    sp.Eq(v2, (1 + beta - x) * v1 - beta * v0),
]
noise.start(v0, "v_k = E[theta_t theta_(t-k)] when each update carries noise of deviation sigma")
noise.rewrite(
    sigma**2 * (1 + beta) / ((1 - beta) * x * (2 * (1 + beta) - x)),
    "multiply the recursion by theta_t, theta_(t-1), theta_(t-2) and take means",
    given=YULE_WALKER,
)
variance = noise.conclude(sp.Function("V")(x, beta, sigma), "stationary_variance")


# --- simulation: it knows the update rule and nothing else ----------------------------------------


def update(theta: Any, older: Any, curvature: Any, momentum: Any) -> Any:
    """Return the next iterate on a quadratic, the step being absorbed into the curvature."""
    return theta + momentum * (theta - older) - curvature * theta


def growth_rate(curvature: float, momentum: float, steps: int = 600) -> float:
    """Return the mean of log |state'|/|state| over the second half of a run."""
    older, theta, total = 0.6, -0.8, 0.0
    for step in range(steps):
        older, theta = theta, update(theta, older, curvature, momentum)
        size = math.hypot(older, theta)
        older, theta = older / size, theta / size  # only the rate matters; this cannot overflow
        total += math.log(size) if step >= steps // 2 else 0.0
    return total / (steps - steps // 2)


def stationary_sample(
    curvature: float, momentum: float, deviation: float, size: int, rng: np.random.Generator
) -> Any:
    """Run independent noisy copies until they forget their start; return the last iterates."""
    older = theta = np.zeros(size)
    for _ in range(400):
        kick = deviation * rng.standard_normal(size)
        older, theta = theta, update(theta, older, curvature, momentum) + kick
    return theta


# --- claims ---------------------------------------------------------------------------------------

MOMENTA = (0.1, 0.3, 0.5, 0.7, 0.9)


@sb.claim("growth sets in at x = 2 (1 + beta)", relation="==", tolerance=1e-11, of=threshold)
def growth_sets_in() -> Any:
    measured = [brentq(growth_rate, 1.0, 5.0, args=(b,), xtol=1e-14) for b in MOMENTA]
    return threshold.compile()(np.array(MOMENTA)), measured


@sb.claim("no run grows inside the threshold", relation="<=", of=threshold)
def bounded_inside(rng: np.random.Generator) -> Any:
    momenta = rng.uniform(0.05, 0.95, 40)
    curvatures = threshold.compile()(momenta) * rng.uniform(0.02, 0.999, 40)
    rates = [growth_rate(c, b) for c, b in zip(curvatures, momenta, strict=True)]
    return max(rates), 0.0


@sb.claim("under Gaussian noise the iterate is Gaussian with variance V", "in law", of=variance)
def stationary_law(rng: np.random.Generator) -> Any:
    curvature, momentum, deviation = 2.4, 0.5, 0.3
    spread = math.sqrt(variance.compile()(x=curvature, beta=momentum, sigma=deviation))
    sample = stationary_sample(curvature, momentum, deviation, sb.at_scale(100_000, 1_000_000), rng)
    return sample, lambda value: ndtr(value / spread)


@sb.claim("the mean square of the iterate under noise is V", relation="==", of=variance)
def stationary_mean_square(rng: np.random.Generator) -> Any:
    curvature, momentum, deviation, copies, late = 2.4, 0.5, 0.3, 20_000, 400
    older = theta = squares = np.zeros(copies)
    for step in range(2 * late):
        kick = deviation * rng.standard_normal(copies)
        older, theta = theta, update(theta, older, curvature, momentum) + kick
        squares = squares + theta**2 / late if step >= late else squares  # the start is forgotten
    predicted = variance.compile()(x=curvature, beta=momentum, sigma=deviation)
    return predicted, squares.mean(), squares.std() / math.sqrt(copies)


PAPER = sb.statements(
    "polyak1964",
    [
        (
            "on quadratics with curvatures in (0, L]: 0 <= beta < 1, 0 < step < 2 (1 + beta)/L",
            "x* = 2 (1 + beta), both coefficients of the half-plane polynomial positive inside",
            "text not read",
        )
    ],
)

if __name__ == "__main__":
    print(sb.verify(__file__))
