"""Depth and stable minima: a pyramid that shallow networks reach only with an unbounded stability norm.

The pyramid relu(1 - |x|_1) is a network with two hidden layers, of sharpness at most 2 d + 3 whatever the data:
gradient descent with step 2/(2 d + 3) can stay at it. With one hidden layer it has to be approximated, its folds by
planes that go on beyond them. The least stability norm of such networks grows as the error falls, and with it the
sharpness; for a smooth bump it tends to a limit.

Shallow networks: standard Gaussian inputs in the plane, neurons on a grid of directions and thresholds, errors on a
grid of points of [-2, 2]^2; all are symmetric under the reflections of the square, as the functions are. The least norm
is found by linear programming.
"""

from functools import cache

import numpy as np
import sympy as sp
from scipy.optimize import LinearConstraint, brentq, milp

import symbias as sb

x = sp.symbols("x", real=True)
d = sp.symbols("d", integer=True, positive=True)
ell, squares, tau, sigma = sp.symbols("ell S tau sigma", nonnegative=True)
lam, edge = sp.symbols("lambda eta", positive=True)

# --- derivation: the pyramid with two hidden layers -----------------------------------------------

deep = sb.Derivation("The pyramid as a network with two hidden layers", [ell <= 1])
deep.start(sp.Max(x, 0) + sp.Max(-x, 0), "two neurons of the first layer for each coordinate")
deep.rewrite(sp.Abs(x), "one of them is on: relu(1 - sum of all) is the pyramid")
deep.conclude(sp.Function("A")(x), "absolute_value")

SQUARED = 1 + (1 - ell) ** 2 + (1 + squares) + d * (1 + squares)
NORMS = sp.Eq(squares + tau, ell**2)  # the Euclidean norm is at most the sum of the sizes
TRACE = sp.Eq(
    lam + sigma, 2 * d + 3
)  # the largest eigenvalue is at most the mean of the squared gradients
EDGE = sp.Eq(edge * lam, 2)

deep.start(
    SQUARED,
    "squared length of the gradient in all parameters at x, where ell = |x|_1 <= 1 and S = |x|^2: output bias, outer "
    "weight, second layer with its bias, and the d neurons of the first layer that are on; elsewhere it is 1",
)
squared_gradient = deep.conclude(sp.Function("G")(ell, squares, d), "squared_gradient")
deep.rewrite(1 + (1 - ell) ** 2 + (d + 1) * (1 + ell**2), "S <= ell^2", "<=", given=NORMS)
deep.rewrite(1 + (1 - ell) + (d + 1) * (1 + ell), "squares of numbers below one", "<=")
deep.rewrite(2 * d + 3, "it grows with ell, up to ell = 1", "<=")
gradient = deep.conclude(sp.Function("G_max")(d), "largest_squared_gradient")
deep.start(lam, "the sharpness: at most the mean trace of the squared gradients, by sigma >= 0")
deep.rewrite(2 * d + 3 - sigma, "whatever the data", given=TRACE)
deep.rewrite(2 * d + 3, "sigma >= 0", "<=")
sharpness = deep.conclude(sp.Function("lambda_deep")(d), "sharpness_of_the_deep_pyramid")
deep.start(edge, "the largest step at which gradient descent can stay there")
deep.rewrite(2 / lam, "linear stability", given=EDGE)
deep.rewrite(2 / (lam + sigma), "sigma >= 0", ">=")
deep.rewrite(2 / (2 * d + 3), "where the trace is largest", given=TRACE)
step = deep.conclude(sp.Function("eta_deep")(d), "step_for_the_deep_pyramid")

# --- derivation: what a step allows ---------------------------------------------------------------

bound = sb.stability.stability_norm_bound().formula

# --- simulation: the deep network -----------------------------------------------------------------


def pyramid(dimension):
    """Return the shape and the parameters of the network with two hidden layers."""
    net = sb.simulate.dense_network([dimension, 2 * dimension, 1, 1], "relu")
    theta = np.zeros(net.size)
    (first, _), (second, shift), (last, _) = net.layers(theta)
    first[:] = np.vstack([np.eye(dimension), -np.eye(dimension)])
    second[:], shift[:], last[:] = -1.0, 1.0, 1.0
    return net, theta


def sharpness_on(points):
    """Return the sharpness of the deep pyramid that interpolates the pyramid on given points."""
    net, theta = pyramid(points.shape[1])
    values = np.maximum(1 - np.abs(points).sum(axis=1), 0)[:, None]
    operator = sb.simulate.hessian_vector_product(net, theta, points, values)
    dense = operator @ np.eye(net.size)
    return float(np.linalg.eigvalsh((dense + dense.T) / 2)[-1]), net.loss(theta, points, values)


DIMENSIONS = (1, 2, 3, 6, 12)


@sb.claim("the deep network is the pyramid", tolerance=1e-14, of=step)
def interpolates(rng):
    losses = [sharpness_on(rng.uniform(-1, 1, (50, n)) / n)[1] for n in DIMENSIONS]
    return [0.0] * len(losses), losses


@sb.claim("its sharpness is at most 2 d + 3 on random data", "<=", of=sharpness)
def deep_sharpness(rng):
    found = [
        sharpness_on(rng.standard_normal((40, n)) * scale / n)[0]
        for n in DIMENSIONS
        for scale in (0.1, 0.5, 2.0)
    ]
    return found, np.repeat(sharpness.compile()(np.array(DIMENSIONS)), 3)


def one_point(point):
    """Return the sharpness on one point, which is the squared length of the gradient there."""
    return sharpness_on(point[None, :])[0]


@sb.claim("the squared gradient is as derived, at points inside", of=squared_gradient)
def gradient_inside(rng):
    points = [rng.uniform(-1, 1, n) / n for n in DIMENSIONS for _ in range(3)]
    predicted = squared_gradient.compile()(
        [np.abs(p).sum() for p in points], [p @ p for p in points], [len(p) for p in points]
    )
    return predicted, [one_point(p) for p in points]


NEAR = 1e-7


@sb.claim("at a point that tends to a vertex it tends to its bound", tolerance=1e-5, of=gradient)
def attained():
    dimensions = np.array(DIMENSIONS)
    found = []
    for n in DIMENSIONS:
        vertex = np.full(n, NEAR)
        vertex[0] = 1 - 2 * n * NEAR
        found.append(one_point(vertex))
    bounds = [
        gradient.compile()(dimensions),
        sharpness.compile()(dimensions),
        2 / step.compile()(dimensions),
    ]
    return np.concatenate(bounds), np.tile(found, 3)


@sb.claim("gradient descent with 0.999 of that step, started nearby, stays nearby", "<=", of=step)
def deep_stays(rng):
    ratios = []
    for n in DIMENSIONS:
        net, theta = pyramid(n)
        points = rng.uniform(-1, 1, (30, n)) / n
        values = np.maximum(1 - np.abs(points).sum(axis=1), 0)[:, None]
        near = theta + 1e-7 * rng.standard_normal(net.size)
        rate = 0.999 * float(step.compile()(n))
        run = sb.simulate.train_network(net, points, values, near, rate, 400)
        ratios.append(np.linalg.norm(run.final - theta) / np.linalg.norm(near - theta))
    return ratios, [1.01] * len(ratios)


# --- simulation: shallow networks of least norm ---------------------------------------------------

SQUARE = [[1, 1, 0], [-1, 1, 0], [1, -1, 0], [-1, -1, 0], [1, 1, 1], [-1, 1, 1], [1, -1, 1], [-1, -1, 1]]  # fmt: skip
ERRORS = (0.08, 0.04, 0.02, 0.01)


def images(angle):
    """Return the directions that the symmetries of the square make of one."""
    found = [(s * np.cos(angle), t * np.sin(angle)) for s, t, _ in SQUARE]
    return np.array([u[::-1] if swap else u for u, (_, _, swap) in zip(found, SQUARE, strict=True)])


@cache
def dictionary():
    """Return the points, the values of symmetric groups of neurons there, and what each costs."""
    costs = sb.stability.weight_function("gaussian", 2).compile()
    angles = np.linspace(0, np.pi / 4, sb.at_scale(9, 17))
    thresholds = np.linspace(-2.4, 2.4, sb.at_scale(41, 49))
    spacing = 2 / sb.at_scale(16, 20)
    points = spacing * np.array(
        [(i, j) for i in range(round(2 / spacing) + 1) for j in range(i + 1)]
    )
    groups = [
        np.maximum(points @ images(a).T - t, 0).mean(axis=1) for a in angles for t in thresholds
    ]
    return points, np.array(groups).T, np.tile(costs(thresholds), len(angles))


@cache
def least_norms(name):
    """Return the least stability norms at which the errors stay below each of the given ones."""
    points, groups, costs = dictionary()
    values = {
        "pyramid": np.maximum(1 - np.abs(points).sum(axis=1), 0),
        "bump": np.exp(-2 * (points**2).sum(axis=1)),
    }[name]
    ones = np.ones((len(points), 1))
    table = np.hstack([groups, -groups, ones, -ones])
    price = np.concatenate([costs, costs, [0.0, 0.0]])
    found = []
    for error in ERRORS:
        # Without integers it is a linear program, with rows bounded on both sides.
        close = LinearConstraint(table, values - error, values + error)
        run = milp(price, constraints=close)
        if run.status:
            raise sb.ConvergenceError(f"No network is so close: {run.message}.")
        found.append(run.fun)
    return np.array(found)


@sb.claim(
    "pyramid: each halving of the error adds more to the least norm than the last", "<=", of=bound
)
def divergence():
    added = np.diff(least_norms("pyramid"))
    return added[:-1].copy(), added[1:].copy()


@sb.claim(
    "so the step at which they can be stable falls by a tenth or more each time", "<=", of=bound
)
def steps_fall():
    allowed = bound.compile()
    steps = [brentq(lambda e, n=n: allowed(e) - n, 1e-3, 2.0) for n in least_norms("pyramid")]
    return [1.1 * later for later in steps[1:]], steps[:-1]


@sb.claim("smooth bump: each halving adds less than the last", "<=", of=bound)
def convergence():
    added = np.diff(least_norms("bump"))
    return added[1:].copy(), added[:-1].copy()


# --- figure ---------------------------------------------------------------------------------------


@sb.figure("Least stability norm of shallow networks against their error")
def norms_against_error(ax):
    for name, colour in (("pyramid", "#D55E00"), ("bump", "#0072B2")):
        ax.plot(ERRORS, least_norms(name), "o-", color=colour, label=name)
    ax.set(xscale="log", xlabel="largest error on the grid", ylabel="least stability norm")
    ax.invert_xaxis()
    ax.legend(frameon=False, fontsize="small")


# --- the paper ------------------------------------------------------------------------------------

PAPER = sb.statements(
    "nacson2023",
    [
        (
            "one function is not approximated by stable shallow networks, unless the step vanishes (abstract)",
            "not proved here; with the neurons of our grid, the least norm for the pyramid grows faster and faster",
            "agrees",
        ),
        (
            "the same function can be realised as a stable network with two hidden layers (abstract)",
            "derived for the pyramid: sharpness at most 2 d + 3 for all data, attained in the limit",
            "agrees",
        ),
        (
            "sufficiently smooth functions are approximated arbitrarily well by stable shallow networks (abstract)",
            "for a Gaussian bump the least norm tends to a limit",
            "agrees",
        ),
        ("which function separates, and the constants of the theorem", "the pyramid is our choice", "text not read"),
    ],
)  # fmt: skip

if __name__ == "__main__":
    print(sb.verify(__file__))
