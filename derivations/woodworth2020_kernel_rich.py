"""Diagonal linear networks between the kernel and the rich regime.

The network w = u**2 - v**2 starts at u = v = alpha and follows the gradient flow of L = 1/2 |X w - y|**2, X wide. Its
limit minimises a potential Q among all interpolators: the L1 norm for small alpha, the L2 norm for large.

Data: 40 images of two digit classes from scikit-learn's bundled digits, 20 of each, the 64 pixels divided by 16,
labels +-1. The matrix has rank 40 (checked below), so that X w = y has a 24-dimensional set of solutions.
"""

from functools import cache

import numpy as np
import sympy as sp
from scipy.optimize import linprog

import symbias as sb

# --- derivation: temporary, four names in closed form ---------------------------------------------

w, eta = sp.symbols("w eta", real=True)
alpha = sp.symbols("alpha", positive=True)


def stated(lhs, rhs, name):
    return sb.Derivation(name).start(rhs, "stated").conclude(lhs, name)


potential = stated(
    sp.Function("Q")(w, alpha),
    w * sp.asinh(w / (2 * alpha**2)) / 4 - sp.sqrt(w**2 + 4 * alpha**4) / 4 + alpha**2 / 2,
    "potential",
)
link = stated(sp.Function("L")(w, alpha), sp.asinh(w / (2 * alpha**2)) / 4, "link")
conjugate = stated(
    sp.Function("Qc")(eta, alpha), alpha**2 * (sp.cosh(4 * eta) - 1) / 2, "conjugate"
)
inverse_link = stated(sp.Function("W")(eta, alpha), 2 * alpha**2 * sp.sinh(4 * eta), "inverse_link")

# --- data -----------------------------------------------------------------------------------------

CLASSES = (3, 5)
PER_CLASS = 20
NETWORK = sb.parametrizations.diagonal(depth=2)


@cache
def digits():
    """Return 40 images as rows and their labels."""
    from sklearn.datasets import load_digits

    bundled = load_digits()
    rows = [np.flatnonzero(bundled.target == c)[:PER_CLASS] for c in CLASSES]
    X = bundled.data[np.concatenate(rows)] / 16
    if np.linalg.matrix_rank(X) < len(X):
        raise ValueError("the images are linearly dependent: the labels may not be interpolated")
    return X, np.repeat([1.0, -1.0], PER_CLASS)


def certificate_data(rho):
    """Return six columns whose L1 minimiser (2, -1, 0, ...) has a face of dual certificates.

    The certificates are (1, 1, t). The largest |x . nu| over the idle columns is rho at best, at t = 0; a column
    with x . nu = 0 there takes no part.
    """
    active = [[1.0, 0.0, 0.0], [0.0, -1.0, 0.0]]
    idle = [[rho, 0.0, 0.5], [0.0, rho, -0.5], [-rho / 2, 0.0, 0.25], [0.5, -0.5, 0.25]]
    X = np.array(active + idle).T
    return X, X @ np.array([2.0, -1.0, 0.0, 0.0, 0.0, 0.0])


# --- simulation: it knows the network and the loss, nothing of Q ----------------------------------


def start(size):
    """Return the initialization u = v = size."""
    return dict.fromkeys(NETWORK.parameters, size)


def flow(X, y, size, accuracy=1e-11):
    """Return the limit of the gradient flow started at u = v = size."""
    run = sb.simulate.gradient_flow(NETWORK, X, y, start(size), accuracy=accuracy)
    if not run.converged:
        raise sb.ConvergenceError(f"The flow from {size:g} did not converge: {run.message}.")
    return run.w


def descent(X, y, size, step):
    """Return the limit of gradient descent."""
    run = sb.simulate.gradient_descent(NETWORK, X, y, start(size), step, max_steps=10_000_000)
    if not run.converged:
        raise sb.ConvergenceError(f"Descent at step {step:g} did not converge: {run.message}.")
    return run.w


SIZES = np.geomspace(1e-3, 1e1, sb.at_scale(9, 33))


@cache
def digit_flows():
    """Return the limits on the digits, one row for each of `SIZES`."""
    return np.array([flow(*digits(), size) for size in SIZES])


# --- prediction: the minimiser of Q subject to X w = y, by Newton's method on the dual ------------

inverse_slope = sb.compile(sp.diff(inverse_link.rhs, eta), (eta, alpha))


def minimiser(X, y, size):
    """Return the interpolator of least Q and its dual variables.

    The dual maximises nu . y - sum Q*(X^T nu). Steps change no x . nu by more than 1/2: Q* is exponential, and for
    small sizes its argument grows to about log(1/size).
    """
    value, point = conjugate.compile(), inverse_link.compile()
    nu = np.zeros(len(y))
    for _ in range(400):
        dual = X.T @ nu
        residual = y - X @ point(dual, size)
        if np.abs(residual).max() <= 1e-13 * (1 + size**2):
            return point(dual, size), nu
        step = np.linalg.solve((X * inverse_slope(dual, size)) @ X.T, residual)
        reach, gain = 0.5 / max(0.5, np.abs(X.T @ step).max()), residual @ step
        objective = value(dual, size).sum() - nu @ y
        while reach * gain > 1e-12 * abs(objective) and (
            value(X.T @ (nu + reach * step), size).sum() - (nu + reach * step) @ y
            > objective - 1e-4 * reach * gain
        ):
            reach /= 2
        nu += reach * step
    raise sb.ConvergenceError(f"Newton's method on the dual did not converge at size {size:g}.")


@cache
def digit_minimisers():
    """Return the predicted limits on the digits, one row for each of `SIZES`."""
    return np.array([minimiser(*digits(), size)[0] for size in SIZES])


def least_l1(X, y):
    """Return the interpolator of least L1 norm, by linear programming."""
    width = X.shape[1]
    found = linprog(np.ones(2 * width), A_eq=np.hstack([X, -X]), b_eq=y, method="highs")
    return found.x[:width] - found.x[width:]


def least_l2(X, y):
    """Return the interpolator of least L2 norm."""
    return np.linalg.lstsq(X, y, rcond=None)[0]


def idleness(X, y):
    """Return rho, the least possible max |x_i . nu| over idle columns and dual certificates nu of the L1 problem.

    The L1 problem may have many certificates and its solver returns any of them, hence the second program.
    """
    best = least_l1(X, y)
    active = np.abs(best) > 1e-9
    idle = X[:, ~active].T
    width, count = idle.shape[1], len(idle)
    found = linprog(
        np.r_[np.zeros(width), 1.0],
        A_ub=np.block([[idle, -np.ones((count, 1))], [-idle, -np.ones((count, 1))]]),
        b_ub=np.zeros(2 * count),
        A_eq=np.hstack([X[:, active].T, np.zeros((active.sum(), 1))]),
        b_eq=np.sign(best[active]),
        bounds=(None, None),
        method="highs",
    )
    return found.x[-1]


# --- claims ---------------------------------------------------------------------------------------


@sb.claim(
    "the limit of gradient flow is the interpolator of least Q", tolerance=1e-8, of=inverse_link
)
def flow_limit():
    return digit_minimisers(), digit_flows()


@sb.claim("grad Q at the limit is X^T nu, with nu the dual solution", tolerance=1e-8, of=link)
def stationarity():
    X, y = digits()
    predicted = np.array([X.T @ minimiser(X, y, size)[1] for size in SIZES])
    slopes = [link.compile()(limit, size) for limit, size in zip(digit_flows(), SIZES, strict=True)]
    scale = np.abs(predicted).max(axis=1, keepdims=True)
    return predicted / scale, np.array(slopes) / scale


@sb.claim("no interpolator near the limit has a smaller Q", relation="<=", of=potential)
def minimality(rng):
    X, _ = digits()
    q = potential.compile()
    kernel = np.linalg.svd(X)[2][len(X) :]
    here, there = [], []
    for limit, size in zip(digit_flows(), SIZES, strict=True):
        move = 0.01 * rng.standard_normal((20, len(kernel))) @ kernel
        here += [q(limit, size).sum()] * 40
        there += [*q(limit + move, size).sum(axis=1), *q(limit - move, size).sum(axis=1)]
    return here, there


@sb.claim("Q at the limit is the value of the dual problem", tolerance=1e-8, of=conjugate)
def strong_duality():
    X, y = digits()
    duals = [minimiser(X, y, size)[1] for size in SIZES]
    values = [
        nu @ y - conjugate.compile()(X.T @ nu, size).sum()
        for nu, size in zip(duals, SIZES, strict=True)
    ]
    reached = [
        potential.compile()(limit, size).sum()
        for limit, size in zip(digit_flows(), SIZES, strict=True)
    ]
    return np.ones(len(SIZES)), np.array(reached) / np.array(values)


@sb.claim("the L1 norm of the limit decreases to the least possible as alpha -> 0", relation="<=")
def towards_l1():
    best = np.abs(least_l1(*digits())).sum()
    norms = np.abs(digit_flows()).sum(axis=1)
    return np.r_[best, norms[:-1]], norms


RHO = 0.25


@sb.claim("the limit approaches the L1 minimiser as alpha**(2 (1 - rho))", relation="~")
def rich_rate():
    X, y = certificate_data(RHO)
    sizes = np.geomspace(1e-5, 1e-3, 7)
    best = least_l1(X, y)
    gaps = [np.abs(flow(X, y, size, accuracy=1e-12) - best).max() for size in sizes]
    return sizes, gaps, 2 * (1 - idleness(X, y))


@sb.claim("the limit approaches the L2 minimiser as alpha**-4", relation="~", limit="large")
def kernel_rate():
    X, y = digits()
    sizes = np.geomspace(3, 30, 7)
    best = least_l2(X, y)
    return sizes, [np.abs(flow(X, y, size) - best).max() for size in sizes], -4


STEPS = 0.04 / 2.0 ** np.arange(6)


@cache
def descents():
    """Return the limits of gradient descent on the constructed data, one row for each of `STEPS`."""
    return np.array([descent(*certificate_data(RHO), 0.1, step) for step in STEPS])


@sb.claim("gradient descent misses the limit of the flow by O(step)", relation="~")
def finite_step():
    limit = flow(*certificate_data(RHO), 0.1)
    return STEPS, np.abs(descents() - limit).max(axis=1), 1


@sb.claim(
    "as step -> 0, gradient descent ends at the interpolator of least Q",
    relation="->",
    of=inverse_link,
)
def small_steps():
    return STEPS, descents(), minimiser(*certificate_data(RHO), 0.1)[0]


# --- figure ---------------------------------------------------------------------------------------


@sb.figure("Between least L1 and least L2: 40 digits, w = u² - v² started at alpha")
def regimes(ax):
    X, y = digits()
    rich, kernel = least_l1(X, y), least_l2(X, y)
    l1 = np.abs(rich).sum()
    curves = {
        r"excess L1 norm, $(|w|_1 - L)\,/\,(|w_{L2}|_1 - L)$": lambda limits: (
            (np.abs(limits).sum(axis=1) - l1) / (np.abs(kernel).sum() - l1)
        ),
        r"distance to least L1, $|w - w_{L1}|\,/\,|w_{L2} - w_{L1}|$": lambda limits: (
            np.linalg.norm(limits - rich, axis=1) / np.linalg.norm(kernel - rich)
        ),
        r"distance to least L2, $|w - w_{L2}|\,/\,|w_{L2} - w_{L1}|$": lambda limits: (
            np.linalg.norm(limits - kernel, axis=1) / np.linalg.norm(kernel - rich)
        ),
    }
    fine = np.geomspace(SIZES[0], SIZES[-1], 81)
    predicted = np.array([minimiser(X, y, size)[0] for size in fine])
    for (label, measure), colour, marker in zip(
        curves.items(), ("#0072B2", "#009E73", "#D55E00"), "osD", strict=True
    ):
        ax.plot(fine, measure(predicted), color=colour, label=label)
        ax.plot(SIZES, measure(digit_flows()), marker, color=colour, markerfacecolor="white")
    ax.plot([], [], "k-", label="minimiser of Q")
    ax.plot([], [], "ko", markerfacecolor="white", label="simulated gradient flow")
    ax.set(
        xscale="log",
        xlabel=r"$\alpha$",
        ylabel="in units of the gap between the two ends",
        ylim=(-0.05, 1.15),
    )
    ax.legend(frameon=False, fontsize="small")


# --- the paper ------------------------------------------------------------------------------------

PAPER = sb.statements(
    "woodworth2020",
    [
        (
            "the scale of the initialization controls the transition between the kernel and the rich regime (abstract)",
            "the limit moves from least L1 to least L2 as alpha grows, along one potential Q",
            "agrees",
        ),
        (
            "the limit of gradient flow minimises Q subject to interpolation (theorem on depth 2)",
            "derived, and found to 1e-8 on digits for alpha from 1e-3 to 1e1",
            "text not read",
        ),
        (
            "how small alpha must be for nearly least L1, how large for nearly least L2",
            "rates instead: alpha**(2 (1 - rho)) and alpha**-4",
            "text not read",
        ),
    ],
)

if __name__ == "__main__":
    print(sb.verify(__file__))
