"""How extra neurons annihilate spurious minima: splitting a neuron, and families of networks with one or two more.

k = d + 1 or d + 2 neurons learn d neurons with orthonormal weights from Gaussian inputs; the loss is
E(sum_i relu(w_i.x) - sum_j relu(x_j))^2 / 2. A neuron that is split in two leaves the loss as it is, but opens new
directions. Families A, I and II (all neurons reflected, all but one, one) continue with the same symmetry: A turns into
a saddle with one more neuron, I and II do with two.
"""

from functools import cache

import numpy as np
import sympy as sp
from scipy import stats

import symbias as sb

pi = sp.pi
a, b, c = sp.symbols("a b c", positive=True)
r, s, t = sp.symbols("r s t", positive=True)
x, y, z, q = sp.symbols("x y z q", real=True)
share = sp.Symbol("lambda", positive=True)

plain = sb.PopulationLoss(sb.activations.relu)
EXTRA = {n: sb.PopulationLoss(sb.activations.relu, extra_neurons=n) for n in (1, 2)}

# --- derivation: splitting a neuron ---------------------------------------------------------------

splitting = sb.Derivation(
    "Splitting a neuron", [q > -1, q < 1, share < 1], cites=["safran2021", "arjevani2022"]
)
dual = sb.activations.relu.dual()
K = dual.rhs.subs(dict(zip(dual.symbols, (a, b, c), strict=True)))
sine = sp.sqrt(1 - q**2)
polar = {a: r**2, b: s**2, c: r * s * q}
# w = (r, 0, 0), v = s (q, sine, 0); along w + e u, u = (x, y, z), the arguments of K change by these.
norm, inner = 2 * r * x, s * (x * q + y * sine)
second = (
    sp.diff(K, a, a) * norm**2
    + 2 * sp.diff(K, a, c) * norm * inner
    + sp.diff(K, c, c) * inner**2
    + sp.diff(K, a) * 2 * (x**2 + y**2 + z**2)
)
splitting.start(
    second.subs(polar), "the second derivative of K as w moves along u; q is the cosine of w and v"
)
splitting.rewrite(s * sine * (2 * y**2 + z**2) / (2 * pi * r), "collect: x drops out")
bend = splitting.conclude(sp.Function("h")(r, s, q, y, z), "bend")
halves = bend.rhs.subs(r, share * r) + bend.rhs.subs(r, (1 - share) * r)
splitting.start(halves, "one part of w moves along u, the other along -u; first derivatives cancel")
splitting.rewrite(bend.rhs * (1 / share + 1 / (1 - share)), "h is of degree -1 in w")
opened = splitting.conclude(sp.Function("H")(share, r, s, q, y, z), "opened")

parts = sb.Derivation("What K of the parts exceeds half their inner product by", [t < pi])
parts.start((sp.sin(t) + (pi - t) * sp.cos(t)) / (2 * pi) - sp.cos(t) / 2, "for unit vectors")
parts.rewrite((sp.sin(t) - t * sp.cos(t)) / (2 * pi), "collect; without it, only their sum matters")
parts.rewrite(t**3 / (6 * pi), "the integral of u sin u is at most that of u^2", relation="<=")
excess = parts.conclude(sp.Function("e")(t), "excess")

SPLIT = sb.at_scale(
    ((7, 0), (7, 6)), tuple((size, i) for size in (6, 9, 14) for i in (0, 2, size - 1))
)


@cache
def family(name, extra):
    """Return a family, found once."""
    return (EXTRA[extra] if extra else plain).family(name)


@cache
def member(name, extra, size):
    """Return a member of a family."""
    return family(name, extra).at(size)


def quadratic(W, i, u, part):
    """Return the second derivative of the loss as parts of neuron i move along u and -u, from the derivation."""
    radius = np.linalg.norm(W[i])
    unit, total = W[i] / radius, 0.0
    across = u - (u @ unit) * unit
    neurons = [(1.0, W[j]) for j in range(len(W)) if j != i]
    for sign, v in [*neurons, *((-1.0, e) for e in np.eye(W.shape[1]))]:
        size, aside = np.linalg.norm(v), v - (v @ unit) * unit
        cosine = (v @ unit) / size
        ahead = across @ aside / np.linalg.norm(aside)
        rest = np.sqrt(max(across @ across - ahead**2, 0.0))
        total += sign * opened.compile()(part, radius, size, cosine, ahead, rest)
    return total


@sb.claim(
    "the curvature that splitting opens is that of the dense Hessian", tolerance=1e-9, of=opened
)
def split_curvature(rng):
    predicted, measured = [], []
    for name in ("A", "I", "II"):
        for size, i in SPLIT:
            W, u, part = (
                member(name, 0, size).matrix(),
                rng.normal(size=size),
                rng.uniform(0.1, 0.9),
            )
            larger = np.vstack([W, (1 - part) * W[i]])
            larger[i] *= part
            direction = np.zeros_like(larger)
            direction[i], direction[-1] = u, -u
            predicted.append(quadratic(W, i, u, part))
            moved = EXTRA[1].hessian_operator(larger) @ direction.ravel()
            measured.append(direction.ravel() @ moved)
    return predicted, measured


def inner_hessian(W, i):
    """Return the Hessian of neuron i without its own term, M_i = H_ii - 1/2."""
    size = W.shape[1]
    rows = slice(i * size, (i + 1) * size)
    return plain.hessian(W)[rows, rows] - np.eye(size) / 2


WIDTHS = sb.at_scale((6, 20), (6, 7, 10, 20, 40, 60))


@sb.claim("splitting any neuron of A, I or II opens directions of descent", relation="<=")
def split_saddles():
    cases = [(name, size, i) for name in ("A", "I", "II") for size in WIDTHS for i in (0, size - 1)]
    lowest = [np.linalg.eigvalsh(inner_hessian(member(*case(c)).matrix(), c[2]))[0] for c in cases]
    return lowest, [-0.01] * len(lowest)


def case(key):
    """Return the arguments of `member`."""
    return key[0], 0, key[1]


@sb.claim("at the global minimum splitting leaves the loss flat", tolerance=1e-12)
def flat():
    entries = [np.abs(inner_hessian(np.eye(size), 0)).max() for size in WIDTHS]
    return [0.0] * len(entries), entries


@sb.claim("split members of II are left by descent: the loss falls", relation="<=")
def split_descent(rng):
    size = 8
    point = member("II", 0, size)
    W = point.matrix()
    larger = np.vstack([W, W[-1] / 2])
    larger[-2] /= 2
    start = larger + 1e-3 * rng.normal(size=larger.shape)
    run = EXTRA[1].descend(start, step=0.4, steps=20_000, tol=1e-8)
    return run.loss[-1], 0.99 * point.loss


# --- claims: families that continue with extra neurons --------------------------------------------

CONTINUED = sb.at_scale(
    (("A", 1), ("I", 1), ("II", 1), ("II", 2)),
    (("A", 1), ("I", 1), ("II", 1), ("I", 2), ("II", 2)),
)
LADDER = sb.at_scale((12, 30, 1000), (*range(12, 41), 100, 1000, 10**4))


@sb.claim("A+1 is a proved saddle, of index d - 1", tolerance=1e-12)
def one_annihilates_A():
    sizes = [6, 7, 8, *LADDER]
    proofs = [member("A", 1, size).certify() for size in sizes]
    return [size - 1 for size in sizes], [p.index if p.proved else -1 for p in proofs]


@sb.claim("I+1 and II+1 are proved minima from d = 12 on", tolerance=1e-12)
def one_spares_I_and_II():
    proofs = [member(name, 1, size).certify() for name in ("I", "II") for size in LADDER]
    return [0] * len(proofs), [p.index if p.proved else -1 for p in proofs]


@sb.claim("I+2 and II+2 are proved saddles, of index d - 2", tolerance=1e-12)
def two_annihilate_I_and_II():
    names = [name for name, extra in CONTINUED if extra == 2]
    proofs = [member(name, 2, size).certify() for name in names for size in LADDER]
    predicted = [size - 2 for _ in names for size in LADDER]
    return predicted, [p.index if p.proved else -1 for p in proofs]


def dense(name, extra, size):
    """Return the eigenvalues of the Hessian written out."""
    return np.linalg.eigvalsh(EXTRA[extra].hessian(member(name, extra, size).matrix()))


@sb.claim("gradients vanish and blocks have the eigenvalues of the dense Hessian", tolerance=1e-10)
def spectra():
    predicted, measured = [], []
    for name, extra in CONTINUED:
        point = member(name, extra, 9)
        rows = list(point.spectrum())
        values = np.repeat([row.eigenvalue for row in rows], [row.multiplicity for row in rows])
        predicted += [np.sort(values), np.zeros(1)]
        slope = np.abs(EXTRA[extra].gradient(point.matrix())).max()
        measured += [dense(name, extra, 9), np.array([slope])]
    return np.concatenate(predicted), np.concatenate(measured)


@sb.claim("they become minima at the integer above the fractional threshold", tolerance=1e-12)
def first_minima():
    names = sb.at_scale(("II",), ("I", "II"))
    predicted = [int(np.ceil(family(name, 1).thresholds()[0][1])) for name in names]
    signs = [[dense(name, 1, size)[0] > 0 for size in range(5, 14)] for name in names]
    return predicted, [5 + int(np.argmax(found)) for found in signs]


VISITED = (("A", 1, 8), ("II", 1, 6), ("II", 1, 7), ("II", 1, 9), ("II", 2, 9))


@sb.claim("descent returns to a member exactly if it is a minimum", tolerance=1e-12)
def returns(rng):
    back = []
    for name, extra, size in VISITED:
        W = member(name, extra, size).matrix()
        start = W + 1e-5 * rng.normal(size=W.shape)
        run = EXTRA[extra].descend(start, step=0.4, steps=100_000, tol=1e-9)
        back.append(int(abs(run.loss[-1] - member(name, extra, size).loss) < 1e-9))
    return [int(member(*key).is_minimum) for key in VISITED], back


# --- claims: descent from random weights ----------------------------------------------------------

PUBLISHED = {12: (585, 3), 14: (736, 55), 16: (851, 180), 18: (900, 369)}
"""Spurious ends among 1000 runs with d and d + 1 neurons: measured by Safran and Shamir (results with the code)."""

SIZES, RUNS = sb.at_scale(((12,), 60), (tuple(PUBLISHED), 500))


@cache
def spurious(size, extra, rng_seed=0):
    """Count the runs that end with a loss of 1e-3 or more."""
    rng = np.random.default_rng(rng_seed + size)
    loss = EXTRA[extra] if extra else plain
    count = 0
    for _ in range(RUNS):
        start = rng.normal(size=(size + extra, size)) / np.sqrt(size)
        count += loss.descend(start, step=5 / size, steps=100_000, tol=1e-6).loss[-1] >= 1e-3
    return count


@sb.claim(
    "descent ends in spurious minima as often as published, k = d and d + 1: exact tests", ">="
)
def frequencies():
    pairs = [
        (spurious(size, extra), theirs)
        for size in SIZES
        for extra, theirs in enumerate(PUBLISHED[size])
    ]
    chances = [stats.fisher_exact([[n, RUNS - n], [m, 1000 - m]]).pvalue for n, m in pairs]
    return chances, [1e-6 / len(chances)] * len(chances)


@sb.claim("one more neuron makes spurious ends rarer: exact tests", relation="<=")
def rarer():
    tables = [
        [[spurious(size, extra), RUNS - spurious(size, extra)] for extra in (1, 0)]
        for size in SIZES
    ]
    chances = [stats.fisher_exact(table, alternative="less").pvalue for table in tables]
    return chances, [1e-6] * len(chances)


# --- figure ---------------------------------------------------------------------------------------


@sb.figure("Smallest eigenvalues with one and two more neurons")
def annihilation(ax):
    colours = {"A": "#0072B2", "I": "#D55E00", "II": "#009E73"}
    dimensions = np.geomspace(6.05, 100, 30)
    for name, extra in CONTINUED:
        smallest = [member(name, extra, float(d)).spectrum().smallest for d in dimensions]
        style = "-" if extra == 1 else "--"
        ax.plot(dimensions, smallest, style, color=colours[name], label=f"{name}+{extra}")
    ax.axhline(0.0, color="#000000", linewidth=0.6)
    ax.set(xlabel="d", ylabel="smallest eigenvalue", xscale="log")
    ax.legend(frameon=False, fontsize="small")


# --- the paper ------------------------------------------------------------------------------------

PAPER = sb.statements(
    "arjevani2022",
    [
        (
            "adding neurons can turn symmetric spurious minima into saddles (abstract)",
            "A with one more neuron is a proved saddle of index d - 1 in every dimension that was asked for",
            "agrees",
        ),
        (
            "minima of lesser symmetry require more neurons (abstract)",
            "I and II with one more neuron are minima from d = 12 and 7 on; with two, saddles of index d - 2",
            "agrees",
        ),
        (
            "descent directions in subspaces given by the symmetry, by Cauchy's interlacing theorem (abstract)",
            "the unstable directions lie in the standard component; interlacing is not used",
            "text not read",
        ),
        (
            "one more neuron turns minima that are not global into saddles, under conditions (safran2021, abstract)",
            "splitting any neuron of A, I or II does; the family that continues II with one more neuron is a minimum",
            "agrees",
        ),
        (
            "the loss is not even locally convex at global minima (safran2021, abstract)",
            "there the curvature that splitting opens vanishes",
            "agrees",
        ),
    ],
)

if __name__ == "__main__":
    print(sb.verify(__file__))
