"""Spurious minima of two-layer ReLU networks: proved for every dimension, and how often descent ends in them.

k neurons learn k orthonormal ones from Gaussian inputs: the loss is E(sum_i relu(w_i.x) - sum_j relu(x_j))^2 / 2.
Members of the families A (all neurons reflected), I (all but one) and II (one) are proved to be strict minima, or
saddles of the stated index, by interval arithmetic on at most five unknowns. Descent from random weights ends in global
minima, in II with one, two, three, ... neurons reflected, and rarely in I with many neurons that are not.
"""

from collections import Counter
from functools import cache

import numpy as np
import sympy as sp
from scipy import stats

import symbias as sb

pi = sp.pi
a, b, c = sp.symbols("a b c", positive=True)
r, s = sp.symbols("r s", positive=True)
q = sp.Symbol("q", real=True)

loss = sb.PopulationLoss(sb.activations.relu)

# --- derivation: the gradient in closed form ------------------------------------------------------

slopes = sb.Derivation("The gradient of the objective", [q > -1, q < 1], cites=["safran2018"])
dual = sb.activations.relu.dual()
K = dual.rhs.subs(dict(zip(dual.symbols, (a, b, c), strict=True)))
# Neurons w and v of norms r and s, with cosine q; the gradient of K(w, v) by w is 2 K_a w + K_c v.
polar = {a: r**2, b: s**2, c: r * s * q}
slopes.start(2 * sp.diff(K, a).subs(polar), "along w")
slopes.rewrite(s * sp.sqrt(1 - q**2) / (2 * pi * r), "collect")
along_own = slopes.conclude(sp.Function("g_w")(r, s, q), "slope_along_own", reference="safran2018")
slopes.start(sp.diff(K, c).subs(polar), "along v")
slopes.rewrite(sp.acos(-q) / (2 * pi), "the supplement of the angle")
along_other = slopes.conclude(sp.Function("g_v")(q), "slope_along_other", reference="safran2018")

PAIRS = ((1.0, 1.0, 0.7), (0.5, 1.5, 2.0))
SAMPLES = sb.at_scale(300_000, 10_000_000)


@sb.claim("the gradient is a Gaussian mean", relation="==", of=along_own)
def gaussian_means(rng):
    predicted, measured, errors = [], [], []
    for first, second, angle in PAIRS:
        cosine = np.cos(angle)
        w, v = first * np.array([1.0, 0.0]), second * np.array([cosine, np.sin(angle)])
        own, other = along_own.compile()(first, second, cosine), along_other.compile()(cosine)
        predicted += list(own * w + other * v)

        def integrand(x, w=w, v=v):
            return ((x @ w > 0) * np.maximum(x @ v, 0.0))[:, None] * x

        mean, error = sb.simulate.gaussian_mean(integrand, 2, SAMPLES, rng=rng)
        measured += list(mean)
        errors += list(error)
    return predicted, measured, errors


# --- claims: certificates -------------------------------------------------------------------------

CERTIFIED = sb.at_scale((*range(6, 21), 35, 50, 100, 200), tuple(range(6, 201)))
DENSE = sb.at_scale((6, 9, 20), (*range(6, 21), 30))
NAMES = ("II", "A", "I")


@cache
def family(name, p=None):
    """Return a family, derived once."""
    return loss.family(name, p)


@cache
def proof(name, size):
    """Return the certificate of a member."""
    return family(name).at(size).certify()


@sb.claim("II and A are proved minima for d = 6, ..., 200, I for d = 7, ..., 200", tolerance=1e-12)
def indices():
    expected = {("I", 6): 6}
    members = [(name, size) for name in NAMES for size in CERTIFIED]
    proofs = [proof(*member) for member in members]
    predicted = [expected.get(member, 0) for member in members]
    return predicted, [found.index if found.proved else -1 for found in proofs]


def dense(name, size):
    """Return the smallest eigenvalue of the Hessian written out, in floats."""
    return np.linalg.eigvalsh(loss.hessian(family(name).at(size).matrix()))[0]


@sb.claim("the proved intervals hold the smallest eigenvalue of the dense Hessian", tolerance=1e-12)
def enclosures():
    members = [(name, size) for name in NAMES for size in DENSE]
    ends = [proof(*member).smallest_eigenvalue for member in members]
    return [float(e.low + e.high) / 2 for e in ends], [dense(*member) for member in members]


@sb.claim("these minima are not global: the loss is at least 1e-3", relation=">=")
def not_global():
    members = [(name, size) for name in NAMES for size in CERTIFIED if size <= 100]
    values = [loss.value(family(name).at(size).matrix()) for name, size in members]
    return values, [1e-3] * len(values)


# --- claims: more inputs than neurons -------------------------------------------------------------


def across(W):
    """Return the Hessian in an input that no neuron uses: one entry per pair of neurons."""
    norms = np.linalg.norm(W, axis=1)
    cosines = np.clip((W @ W.T) / np.outer(norms, norms), -1, 1)
    H = along_other.compile()(cosines)
    own = along_own.compile()
    for i in range(len(W)):
        others = np.arange(len(W)) != i
        H[i, i] = 0.5 + own(norms[i], norms[others], cosines[i, others]).sum()
        H[i, i] -= own(norms[i], 1.0, W[i] / norms[i]).sum()
    return H


def padded(W):
    """Return the same, cut from the dense Hessian of a loss in which a further neuron is its own teacher."""
    n = len(W)
    larger = np.eye(n + 1)
    larger[:n, :n] = W
    H = loss.hessian(larger).reshape(n + 1, n + 1, n + 1, n + 1)
    return H[:n, n, :n, n]


@sb.claim("derivatives in unused inputs, derived and dense", tolerance=1e-9, of=along_other)
def unused_inputs():
    members = [family(name).at(size).matrix() for name in NAMES for size in (6, 10)]
    pairs = [(np.linalg.eigvalsh(across(W)), np.linalg.eigvalsh(padded(W))) for W in members]
    return [np.concatenate(side) for side in zip(*pairs, strict=True)]


@sb.claim("they are positive: spurious minima stay minima with more inputs", relation="<=")
def more_inputs():
    members = [family(name).at(size).matrix() for name in NAMES for size in (7, 10, 20, 50)]
    smallest = [np.linalg.eigvalsh(across(W))[0] for W in members]
    return [1e-3] * len(smallest), smallest


# --- claims: where descent from random weights ends -----------------------------------------------

PUBLISHED = dict(
    zip(
        range(6, 21),
        (3, 55, 126, 218, 346, 455, 585, 730, 736, 803, 851, 897, 900, 934, 949),
        strict=True,
    )
)
"""Spurious ends among 1000 runs at each d: measured by Safran and Shamir (the results published with their code)."""

BY_FAMILY = {
    7: (473, 27, 0),
    8: (443, 57, 0),
    9: (389, 111, 0),
    10: (340, 150, 10),
    12: (231, 209, 55),
    14: (148, 185, 118),
    16: (64, 141, 160),
}
"""Ends in global minima, II_1 and II_2 among 500 runs: measured by Safran, Yehudai and Shamir."""

SIZES = sb.at_scale((6, 8, 9, 10), tuple(range(6, 21)))
RUNS = sb.at_scale(100, 500)
SIGNIFICANCE = 1e-6


@cache
def ends(size):
    """Count the families of end points; of those that belong to none, the number of kinds of neurons."""
    rng = np.random.default_rng(size)
    found = []
    for _ in range(RUNS):
        start = rng.normal(size=(size, size)) / np.sqrt(size)
        run = loss.descend(start, step=5 / size, steps=1_000_000, tol=1e-10)
        found.append(assigned(run) if run.converged else "not converged")
    return Counter(found)


def assigned(run):
    """Return the family that shares the loss and the whole spectrum of an end point."""
    size = len(run.final)
    spectrum = np.linalg.eigvalsh(loss.hessian(run.final))
    for name, p in candidates(size):
        member = listed(name, p, size)
        if member is None or abs(member[0] - run.loss[-1]) > 1e-10:
            continue
        if np.abs(member[1] - spectrum).max() < 1e-5:
            return name if p is None else f"{name}_{p}"
    kinds = {tuple(np.round(np.sort(row), 4)) for row in run.final}
    return f"{len(kinds)} kinds of neurons"


def candidates(size):
    """Global, II and I with one, two, ... neurons set apart, and A."""
    yield "global", None
    for p in range(1, size - 1):
        yield "II", p
    for p in range(size - 2, 0, -1):
        yield "I", p
    yield "A", None


@cache
def listed(name, p, size):
    """Loss and sorted spectrum of a member; None below the end of its branch."""
    try:
        point = family(name, p).at(size)
    except sb.DomainError:
        return None
    rows = list(point.spectrum())
    values = np.repeat([row.eigenvalue for row in rows], [row.multiplicity for row in rows])
    return point.loss, np.sort(values)


@sb.claim(
    "every end point with at most two kinds of neurons is a member of a family", relation="<="
)
def families():
    strangers = [
        sum(
            n
            for name, n in ends(size).items()
            if name in {"not converged", "1 kinds of neurons", "2 kinds of neurons"}
        )
        for size in SIZES
    ]
    return strangers, [0] * len(strangers)


@sb.claim("descent ends in spurious minima as often as published: exact tests", relation=">=")
def frequencies():
    return [fisher(RUNS - ends(size)["global"], PUBLISHED[size], 1000) for size in SIZES], [
        SIGNIFICANCE / len(SIZES)
    ] * len(SIZES)


def fisher(ours, theirs, runs):
    """Return the chance of a larger difference between two samples of one kind: Fisher's exact test."""
    return stats.fisher_exact([[ours, RUNS - ours], [theirs, runs - theirs]]).pvalue


@sb.claim("and in type II with one and two neurons reflected, each as often as published", ">=")
def frequencies_by_family():
    chances = [
        fisher(ends(size)[name], theirs, 500)
        for size in SIZES
        if size in BY_FAMILY
        for name, theirs in zip(("global", "II_1", "II_2"), BY_FAMILY[size], strict=True)
    ]
    return chances, [SIGNIFICANCE / len(chances)] * len(chances)


@sb.claim("A and I are hardly ever reached: upper limits of their frequency", relation="<=")
def hidden():
    hits = sum(ends(size)["A"] + ends(size)["I_1"] for size in SIZES)
    total = RUNS * len(SIZES)
    upper = stats.beta.ppf(1 - SIGNIFICANCE, hits + 1, total - hits)
    return upper, sb.at_scale(0.04, 0.004)


# --- claims: descent close to a member ------------------------------------------------------------

VISITED = (("II", 5), ("II", 6), ("A", 5), ("A", 6), ("I", 6), ("I", 7), ("I", 8))


def nearby(name, size, distance, rng):
    """Weights at a random distance from a member."""
    noise = rng.normal(size=(size, size))
    return family(name).at(size).matrix() + distance * noise / np.linalg.norm(noise)


@sb.claim("descent returns to a member exactly if it is a minimum", tolerance=1e-12)
def returns(rng):
    points = [family(name).at(size) for name, size in VISITED]
    back = []
    for (name, size), point in zip(VISITED, points, strict=True):
        run = loss.descend(nearby(name, size, 1e-4, rng), step=0.4, steps=200_000, tol=1e-9)
        back.append(int(abs(run.loss[-1] - point.loss) < 1e-10))
    return [int(point.is_minimum) for point in points], back


def growth(name, size, step, steps, rng, distance=1e-10):
    """Return the logarithm of the factor by which the distance to a member grows in one step, late in a short run."""
    W = family(name).at(size).matrix()
    middle = loss.descend(nearby(name, size, distance, rng), step, steps, tol=0.0).final
    last = loss.descend(middle, step, steps // 4, tol=0.0).final
    return np.log(np.linalg.norm(last - W) / np.linalg.norm(middle - W)) / (steps // 4)


@sb.claim("saddles are left at the rate of their smallest eigenvalue", tolerance=1e-3)
def escape(rng):
    saddles = [("I", 6), ("II", 5), ("A", 5)]
    step = 0.4
    smallest = [family(name).at(size).spectrum().smallest for name, size in saddles]
    steps = [int(10 / (step * abs(value))) for value in smallest]
    measured = [growth(*m, step, n, rng) for m, n in zip(saddles, steps, strict=True)]
    return [np.log1p(-step * value) for value in smallest], measured


MINIMA = (("II", 6), ("II", 10), ("A", 8), ("I", 8))


@sb.claim(
    "steps one per cent beyond 2/lambda_max drive descent away, at the rate of lambda_max",
    tolerance=1e-3,
)
def too_large(rng):
    largest = [family(name).at(size).spectrum().largest for name, size in MINIMA]
    measured = [
        growth(*m, 2.02 / value, 600, rng) for m, value in zip(MINIMA, largest, strict=True)
    ]
    return [np.log(1.02)] * len(MINIMA), measured


@sb.claim("steps one per cent below it lead back", relation="<=")
def small_enough(rng):
    largest = [family(name).at(size).spectrum().largest for name, size in MINIMA]
    measured = [
        growth(*m, 1.98 / value, 400, rng, 1e-6) for m, value in zip(MINIMA, largest, strict=True)
    ]
    return measured, [-1e-3] * len(MINIMA)


BATCH, REPEATS, DRAWS = sb.at_scale((64, 30, 240_000), (512, 200, 4_000_000))
RATE, STEPS = 0.05, 400


def sample_gradients(W, x):
    """Return the gradients at single inputs, flat."""
    hidden = x @ W.T
    error = np.maximum(hidden, 0).sum(axis=1) - np.maximum(x, 0).sum(axis=1)
    return ((error[:, None] * (hidden > 0))[:, :, None] * x[:, None, :]).reshape(len(x), -1)


@sb.claim(
    "SGD with fresh inputs hovers around II at d = 7, at the height of its noise", tolerance=0.1
)
def hovers(rng):
    point = family("II").at(7)
    W = point.matrix()
    values, vectors = np.linalg.eigh(loss.hessian(W))
    runs = [loss.descend(W, RATE, STEPS, batch=BATCH, rng=rng).loss for _ in range(REPEATS)]
    times = np.linspace(0, STEPS, len(runs[0]))
    # Along each eigenvector the variance obeys v' = (1 - step * lambda)^2 v + step^2 noise / batch.
    shrink = (1 - RATE * values) ** 2
    spread = RATE**2 / BATCH * (1 - shrink ** times[:, None]) / (1 - shrink)
    per_noise = values / 2 * spread.mean(axis=0)

    def height(x):
        return (sample_gradients(W, x) @ vectors) ** 2 @ per_noise

    predicted, doubt = sb.simulate.gaussian_mean(height, 7, DRAWS, rng=rng)
    heights = np.array([run.mean() - point.loss for run in runs])
    return predicted, heights.mean(), np.hypot(doubt, heights.std(ddof=1) / np.sqrt(REPEATS))


# --- figure ---------------------------------------------------------------------------------------


@sb.figure("How often descent ends in spurious minima")
def hitting(ax):
    ax.plot(
        PUBLISHED.keys(),
        [n / 1000 for n in PUBLISHED.values()],
        "k-",
        label="Safran and Shamir, 1000 runs",
    )
    ours = np.array([RUNS - ends(size)["global"] for size in SIZES])
    low = stats.beta.ppf(0.025, ours, RUNS - ours + 1)
    high = stats.beta.ppf(0.975, ours + 1, RUNS - ours)
    low = np.where(ours == 0, 0.0, low)
    bars = np.array([ours / RUNS - low, high - ours / RUNS])
    ax.errorbar(
        SIZES, ours / RUNS, bars, fmt="o", color="#0072B2", label=f"{RUNS} runs, 95 % intervals"
    )
    ax.set(xlabel="d", ylabel="frequency of spurious minima", ylim=(0, 1))
    ax.legend(frameon=False, fontsize="small")


# --- the paper ------------------------------------------------------------------------------------

PAPER = sb.statements(
    "safran2018",
    [
        (
            "closed forms of the objective, its gradient and Hessian",
            "derived from the Gaussian integral of two neurons",
            "text not read",
        ),
        (
            "spurious minima exist for 6 <= k <= 20, computer-assisted (abstract)",
            "II is a proved strict minimum for every d from 6 to 200, with an enclosure of its smallest eigenvalue",
            "agrees",
        ),
        (
            "they persist when inputs have more dimensions than there are neurons (abstract)",
            "second derivatives in unused inputs are positive at II, A and I",
            "agrees",
        ),
        (
            "the probability of hitting them grows with k: from 3 to 949 of 1000 runs (results with the code)",
            "compatible at every d by exact tests; by family, too, with the 500 runs of a later paper (safran2021)",
            "agrees",
        ),
        (
            "the families of these minima",
            "ends are II_1, II_2, ... and, from d = 11 on, I_p with six to eight neurons reflected; never A or I",
            "text not read",
        ),
        (
            "mild over-parametrization reduces them drastically (abstract)",
            "with one more neuron from 585 to 3 of 1000 runs at d = 12, compatible with ours (script on annihilation)",
            "agrees",
        ),
    ],
)

if __name__ == "__main__":
    for size in SIZES:
        print(size, dict(ends(size)))
    print(sb.verify(__file__))
