"""The sharpness at the end of gradient flow decreases along gradient descent, while the loss oscillates.

A scalar network is a product of D weights that is fitted to one, with the loss (w_1 ... w_D - 1)**2 / 2. Gradient flow
keeps every balance w_i**2 - w_j**2, so its end, and the sharpness phi there, is a function of the balances. A step of
gradient descent multiplies balances by factors: where they are contractions phi cannot increase. At a minimum that
descent can stay at, phi is at most 2/step. Squared regression, w = u**2 - v**2, is treated by its convex dual.
"""

from functools import cache

import numpy as np
import sympy as sp

import symbias as sb

x, y, c, d = sp.symbols("x y c d", real=True)
eta, kappa, size, gap = sp.symbols("eta kappa A g", positive=True)
first, second = sp.symbols("x_1 x_2", positive=True)
u, v, w = sp.symbols("u_1 u_2 u_3", real=True)
DEPTHS = (2, 3, 4, 5, 6)

# --- derivation: what the package derives for every depth, and what follows -----------------------

two = sb.ScalarNetwork.gfs_sharpness_formula(2)
steps_of_two = sb.stability.monotone_step(2).formula
steps_of_more = sb.stability.monotone_step(3).formula
kernel = sb.stability.squared_regression().formula

least = sb.Derivation("D weights are never less sharp than D", cites=["kreisler2023"])
least.start(sp.exp(-u), "one term of the sharpness; the square at the end is exp(u_1)")
least.rewrite(1 - u, "above the tangent at 0: it is convex", relation=">=")
least.conclude("phi_i", "least_term")
least.start(3 - u - v - w, "the sum of three tangents")
least.rewrite(
    3,
    "the product of the squares is one; so no step above 2/D is stable",
    given=[sp.Eq(w, -u - v)],
)
least.conclude("phi_3", "least_sharpness")

pairs = sb.Derivation("Two pairs of equal weights", cites=["kreisler2023"])
pairs.start(2 / first + 2 / second, "the squares x_1 and x_2 at the end, each of them twice")
pairs.rewrite(2 * first + 2 * second, "their product is one", given=[sp.Eq(second, 1 / first)])
pairs.rewrite(
    2 * sp.sqrt((first - second) ** 2 + 4),
    "as for two weights",
    given=[sp.Eq(second, 1 / first)],
)
pairs.rewrite(
    2 * sp.sqrt((x**2 - y**2) ** 2 + 4),
    "the balance is kept",
    given=[sp.Eq(first, second + x**2 - y**2)],
)
pair_sharpness = pairs.conclude(sp.Function("phi_4")(x, y), "pairs")
edge = sb.Derivation("Two pairs at the edge", [eta < sp.Rational(1, 2)], cites=["zhu2023"])
edge.start(
    pair_sharpness.rhs.subs(x**2 - y**2, (1 / eta**2 - 4) ** sp.Rational(1, 2)),
    "a balance of c**2, with c = (1/eta**2 - 4)**(1/4)",
)
edge.rewrite(2 / eta, "the edge of stability")
edge.conclude(sp.Function("phi_edge")(eta), "edge_of_pairs")

reflected = sb.Derivation("Balances of large weights change their sign", cites=["kreisler2023"])
reflected.start(
    1 - kappa * size**2 / ((size + gap) * size),
    "the factor of a balance, the squares A, A and A + g, at sqrt(kappa) times the proved step",
)
reflected.rewrite(
    1 - kappa + kappa * gap / (size + gap), "negative for kappa > 1 and large A, with any gap g"
)
factor = reflected.conclude(sp.Function("f")(size, gap, kappa), "factor_of_large_weights")

narrow = sb.Derivation("Two small squares and a large one are not as sharp", cites=["kreisler2023"])
narrow.start(2 / first + 1 / (first + gap), "squares x, x and x + g at the end")
narrow.rewrite(
    2 / first + first**2,
    "their product is one",
    given=[sp.Eq(gap, 1 / first**2 - first)],
)
two_small = narrow.conclude(sp.Function("phi_l")(first), "two_small_squares")
narrow.start(1 / first**2 + 2 / (first**2 + gap), "squares x**2, x**2 + g and x**2 + g")
narrow.rewrite(
    1 / first**2 + 2 * first,
    "their product is one",
    given=[sp.Eq(gap, 1 / first - first**2)],
)
one_small = narrow.conclude(sp.Function("phi_h")(first), "one_small_square")

# --- simulation and prediction along it -----------------------------------------------------------

STARTS = {
    2: ([3.224, 0.313], 1.05),
    3: ([2.773, 0.594, 0.614], 1.06),
    4: ([2.25, 2.25, 0.445, 0.445], 1.0519147688976517),
    5: ([2.0, 1.8, 1.5, 0.45, 0.42], 1.06),
    6: ([1.807, 1.807, 1.707, 0.602, 0.552, 0.552], 1.06),
}
"""Weights whose product is close to one, and how far 2/step is below the sharpness of the flow from there."""
ROUNDING = 1e-14


def network(depth):
    return sb.ScalarNetwork(STARTS[depth][0])


def step(depth):
    return 2 * STARTS[depth][1] / network(depth).gfs_sharpness()


@cache
def training(depth):
    return network(depth).train(step(depth), sb.at_scale(4000, 20000))


def largest_steps(points):
    """Return the largest step that the theorem allows at each point."""
    residual, depth = points.prod(axis=1) - 1, points.shape[1]
    if depth == 2:
        return steps_of_two.compile()(residual)
    others = np.sort(np.abs(points), axis=1)[:, 2:].prod(axis=1)
    return steps_of_more.compile()(residual, others)


def flowed(point):
    """Return the end of a simulated flow."""
    names = sp.symbols(f"w_1:{len(point) + 1}", real=True)
    product = sb.Parametrization(sp.Mul(*names), names)
    init = dict(zip(names, point, strict=True))
    run = sb.simulate.gradient_flow(product, [[1.0]], [1.0], init, tolerance=1e-13, accuracy=1e-13)
    if not run.converged:
        raise sb.ConvergenceError(f"The flow from {point} did not converge: {run.message}.")
    return np.array([run.theta[name] for name in names])


def moved(points, lengths):
    """Return the weights after one step of descent each."""
    rows = zip(points, lengths, strict=True)
    return np.array([sb.simulate.train_scalar_network(*row, steps=1).final for row in rows])


# --- claims: scalar networks ----------------------------------------------------------------------


@sb.claim("gradient flow ends at the root, signs included", tolerance=1e-10, of=two)
def ends_of_flows(rng):
    sizes = [rng.uniform(0.3, 1.8, depth) for depth in DEPTHS for _ in range(2)]
    starts = [s * rng.choice([-1.0, 1.0], len(s)) for s in sizes]
    predicted = [sb.ScalarNetwork(list(start)).gfs() for start in starts]
    return np.concatenate(predicted), np.concatenate([flowed(start) for start in starts])


@sb.claim("along gradient descent the GFS sharpness never rises", relation="<=")
def monotone():
    sharpness = [training(depth).gfs_sharpness for depth in DEPTHS]
    later = np.concatenate([s[1:] for s in sharpness])
    return later, np.concatenate([s[:-1] for s in sharpness]) * (1 + ROUNDING)


@sb.claim("every step of these runs is one that the theorem allows", "<=", of=steps_of_more)
def allowed():
    points = [training(depth).path for depth in DEPTHS]
    # At the end the product is one but for rounding, and any step is allowed.
    away = [p[np.abs(p.prod(axis=1) - 1) > 1e-12] for p in points]
    taken = [np.full(len(p), step(depth)) for p, depth in zip(away, DEPTHS, strict=True)]
    return np.concatenate(taken), np.concatenate([largest_steps(p) for p in away])


@sb.claim("while the loss rises many times, and vanishes in the end", relation="<=")
def oscillating():
    losses = [training(depth).loss for depth in DEPTHS]
    rises = [np.sum(np.diff(loss[loss > 1e-18]) > 0) for loss in losses]
    return [20] * len(DEPTHS) + [loss[-1] for loss in losses], rises + [1e-20] * len(DEPTHS)


@sb.claim("the sharpness measured at the end is the GFS sharpness there", tolerance=1e-10)
def measured_sharpness():
    ends = [training(depth) for depth in DEPTHS]
    measured = [float(sb.simulate.scalar_network_sharpness(run.path[-1])) for run in ends]
    return [run.gfs_sharpness[-1] for run in ends], measured


def final_multiple(depth):
    """Return the measured sharpness at the end, in units of 2/step."""
    end = training(depth).path[-1]
    return float(sb.simulate.scalar_network_sharpness(end)) * step(depth) / 2


@sb.claim("descent from three weights or more ends within 2 % below the edge 2/step", relation="<=")
def edge_of_stability():
    multiples = [final_multiple(depth) for depth in DEPTHS if depth > 2]
    return [0.98] * len(multiples) + multiples, multiples + [1.0] * len(multiples)


@sb.claim("with two weights it ends as far below the edge as it began above it, or farther", "<=")
def overshoot():
    above, below = STARTS[2][1] - 1, 1 - final_multiple(2)
    return [above, below], [below, 2 * above]


@sb.claim("two pairs stop close to the balance of the edge", tolerance=0.02, of=pair_sharpness)
def pairs_stop():
    inside = pair_sharpness.rhs.subs(x**2 - y**2, c**2)
    balance = sp.sqrt(sp.solve(inside**2 - (2 / sp.Float(step(4))) ** 2, c**4)[0])
    end = training(4).path[-1]
    return float(balance), end[0] ** 2 - end[2] ** 2


@sb.claim("the GFS sharpness is at least the number of weights", relation="<=")
def at_least(rng):
    least = [sb.stability.gfs_sharpness_at(rng.uniform(0.2, 2, (100, d))).min() for d in DEPTHS]
    return list(DEPTHS), least


@sb.claim("so steps below 2/D fit equal weights, and above 2/D none do", relation="<=")
def longest_of_all():
    multiples = {low: [] for low in (0.95, 1.05)}
    for multiple, losses in multiples.items():
        for depth in DEPTHS:
            start = sb.ScalarNetwork([sp.Rational(101, 100)] * depth)
            losses.append(start.train(2 * multiple / depth, 2000).loss[-1])
    below, above = multiples.values()
    return below + [1e-4] * len(DEPTHS), [1e-20] * len(DEPTHS) + above


# --- claims: in and out of the condition ----------------------------------------------------------

TESTS = sb.at_scale(2000, 20000)


def random_steps(depth, rng, low, high):
    """Return random weights, and steps between two multiples of the largest one allowed."""
    points = rng.uniform(0.2, 2.0, (TESTS, depth)) * rng.choice([-1.0, 1.0], (TESTS, depth))
    lengths = largest_steps(points) * rng.uniform(low, high, TESTS)
    before, after = map(sb.stability.gfs_sharpness_at, (points, moved(points, lengths)))
    return before, after, lengths / largest_steps(points)


@sb.claim("two weights: the sharpness rises if and only if the step is longer", of=steps_of_two)
def exactly_two(rng):
    before, after, multiples = random_steps(2, rng, 0.0, 2.0)
    return (multiples > 1).astype(float), (after > before).astype(float)


@sb.claim("more weights: it never rises for a step up to the bound", "<=", of=steps_of_more)
def within(rng):
    runs = [random_steps(depth, rng, 0.0, 1.0)[:2] for depth in DEPTHS[1:]]
    before, after = (np.concatenate(side) for side in zip(*runs, strict=True))
    return after, before * (1 + ROUNDING)


@sb.claim("beyond three times the bound it often does", relation="<=")
def beyond(rng):
    runs = [random_steps(depth, rng, 3.0, 6.0)[:2] for depth in DEPTHS[1:]]
    return [0.1] * len(runs), [np.mean(after > before) for before, after in runs]


LARGE = np.array([[5.0, 5.0013, 5.781]])
"""Three weights whose balances a step of sqrt(2) times the bound turns round."""


@sb.claim("three weights: sqrt(2) times the bound, which two weights bear, triples it", "<=")
def counterexample():
    longer = np.sqrt(2) * largest_steps(LARGE)
    ends = [flowed(point) for point in (LARGE[0], moved(LARGE, longer)[0])]
    before, after = sb.simulate.scalar_network_sharpness(ends)
    return 3 * before, after


@sb.claim("one per cent beyond the bound does it, for weights large enough", "<=", of=factor)
def sharp_constant():
    before, after = [], []
    for depth in DEPTHS[1:]:
        point = np.sqrt(1e8 + np.array([[0.0] * (depth - 1) + [1e4]]))
        both = [point[0], moved(point, 1.01 * largest_steps(point))[0]]
        start, end = sb.stability.gfs_sharpness_at(both)
        before.append(10 * start)
        after.append(end)
    return before, after


@sb.claim("gaps that turn round sharpen: closed forms of both kinds", tolerance=1e-10, of=one_small)
def both_kinds():
    root, width = 0.1, sp.Rational(1, 10)
    spread = float(1 / width**2 - width), float(1 / width - width**2)
    low = np.sqrt([1.0, 1.0, 1.0 + spread[0]])
    high = np.sqrt([1.0, 1.0 + spread[1], 1.0 + spread[1]])
    predicted = [two_small.compile()(root), one_small.compile()(root)]
    return predicted, sb.simulate.scalar_network_sharpness([flowed(low), flowed(high)])


# --- claims: squared regression -------------------------------------------------------------------

SQUARED = sb.parametrizations.diagonal(2)
PROBLEMS = {(0, 2, 6): 1.05, (0, 3, 10): 1.05, (1, 3, 10): 1.15}
"""Seed, samples and coordinates; and how far 2/step is below the sharpness of the flow from the start."""


def problem(seed, samples, width):
    """Return Gaussian data and a random start around u = v = 0.6."""
    rng = np.random.default_rng(seed)
    X, targets = rng.standard_normal((samples, width)), 2 * rng.standard_normal(samples)
    starts = 0.6 * (1 + 0.3 * rng.standard_normal((2, width)))
    return X, targets, starts


def solution(X, targets, theta, route=None):
    init = dict(zip(SQUARED.parameters, theta, strict=True))
    return sb.stability.gfs(SQUARED, X, targets, init, route=route)


@cache
def squared_training(name, multiple):
    """Return losses, GFS sharpness and points of gradient descent, and its step."""
    X, targets, theta = problem(*name)
    length = 2 * multiple / solution(X, targets, theta).sharpness
    losses, sharpness, points = [], [], []
    for _ in range(sb.at_scale(150, 600)):
        residual = X @ (theta[0] ** 2 - theta[1] ** 2) - targets
        losses.append(residual @ residual / (2 * len(X)))
        sharpness.append(solution(X, targets, theta).sharpness)
        points.append(theta)
        pull = 2 * length / len(X) * (X.T @ residual)
        theta = theta * np.array([1 - pull, 1 + pull])
    return np.array(losses), np.array(sharpness), points, length


@sb.claim("squared regression: the dual is the end of the flow", tolerance=1e-10, of=kernel)
def dual_and_flow():
    ends = [[solution(*problem(*name), route) for name in PROBLEMS] for route in ("dual", "flow")]
    predicted, measured = ([[*s.w, s.sharpness] for s in side] for side in ends)
    return np.concatenate(predicted), np.concatenate(measured)


@sb.claim("squared regression: the GFS sharpness never rises in these runs", relation="<=")
def squared_monotone():
    sharpness = [squared_training(*item)[1] for item in PROBLEMS.items()]
    later = np.concatenate([s[1:] for s in sharpness])
    return later, np.concatenate([s[:-1] for s in sharpness]) * (1 + 1e-12)


@sb.claim("although they start above 2/step, end below it, and their loss rises", relation="<=")
def squared_oscillation():
    runs = [squared_training(*item) for item in PROBLEMS.items()]
    rises = [np.sum(np.diff(losses[losses > 1e-12]) > 0) for losses, *_ in runs]
    multiples = [(s[0] * length / 2, s[-1] * length / 2) for _, s, _, length in runs]
    starts, ends = map(list, zip(*multiples, strict=True))
    return [5] * len(runs) + [1.0] * len(runs) + ends, rises + starts + [1.0] * len(runs)


EXCEPTION = ((1, 2, 6), 1.3)


@sb.claim("there is a run in which it rises, by a few parts in a million", relation="<=")
def squared_exception():
    X, targets, _ = problem(*EXCEPTION[0])
    sharpness, points = squared_training(*EXCEPTION)[1:3]
    place = int(np.diff(sharpness).argmax())
    ends = [solution(X, targets, points[k], "flow").sharpness for k in (place, place + 1)]
    rise = ends[1] / ends[0] - 1
    return [5e-6, rise], [rise, 1e-5]


# --- figures --------------------------------------------------------------------------------------


@sb.figure("Four weights: the loss oscillates, the GFS sharpness falls to the edge")
def descent_of_four(ax):
    run, right = training(4), ax.twinx()
    ax.plot(run.loss, color="#0072B2", linewidth=0.7)
    ax.set(xlabel="step", xlim=(0, 300), yscale="log", ylim=(1e-6, 1))
    ax.set_ylabel("loss", color="#0072B2")
    right.plot(run.gfs_sharpness * step(4) / 2, color="#D55E00")
    right.axhline(1.0, color="black", linestyle=":")
    right.set_ylabel("GFS sharpness / (2/step)", color="#D55E00")


@sb.figure("GFS sharpness of scalar networks, in units of 2/step")
def all_depths(ax):
    colours = ("#000000", "#0072B2", "#D55E00", "#009E73", "#CC79A7")
    for depth, colour in zip(DEPTHS, colours, strict=True):
        multiples = training(depth).gfs_sharpness * step(depth) / 2
        ax.plot(np.arange(len(multiples)) + 1, multiples, color=colour, label=f"{depth} weights")
    ax.axhline(1.0, color="black", linestyle=":")
    ax.set(xlabel="step", ylabel="GFS sharpness / (2/step)", xscale="log")
    ax.legend(frameon=False, fontsize="small")


# --- the paper ------------------------------------------------------------------------------------

PAPER = sb.statements(
    "kreisler2023",
    [
        (
            "the loss oscillates as gradient descent converges to the edge of stability (abstract)",
            "depths 3 to 6 end within 2 % below 2/step, with 20 rises of the loss or more",
            "agrees",
        ),
        (
            "in scalar networks the GFS sharpness is proved to decrease monotonically (abstract)",
            "proved for every step up to the bound; two weights: exactly up to sqrt(2)/|product - 1|",
            "agrees",
        ),
        (
            "the set of weights and steps for which it is proved (theorem)",
            "step |product - 1| |w_3 ... w_D| <= 1, w_1 and w_2 the smallest; false 1 % beyond, D = 3 to 6",
            "text not read",
        ),
        (
            "settings in which gradient descent provably converges to the edge (abstract; theorem)",
            "the ends are measured, not proved: 0.98 to 1 times 2/step for 3 to 6 weights",
            "text not read",
        ),
        (
            "gradient descent decreases the GFS sharpness in squared regression (abstract, empirical)",
            "three runs above the edge in which the loss oscillates; in a fourth it rises by 7e-6",
            "agrees",
        ),
        (
            "the same in practical architectures (abstract, empirical)",
            "not computed here",
            "text not read",
        ),
    ],
)

PAIRS = sb.statements(
    "zhu2023",
    [
        (
            "the minimum at the edge is (c, d) = ((step**-2 - 4)**(1/4), 1) (text)",
            "derived, c**2 = x**2 - y**2 of two pairs x, y; descent stops within 1 % of this balance",
            "agrees",
        ),
    ],
)

if __name__ == "__main__":
    print(sb.verify(__file__))
