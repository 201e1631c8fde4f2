"""The edge of stability: full-batch training sharpens until the optimiser could bear no more, and stays there.

The sharpness is the largest eigenvalue of the Hessian of the loss (1/2n) sum |f(x_i) - y_i|**2. Gradient descent with a
step bears 2/step, heavy ball and Nesterov's momentum other multiples of 1/step, which are derived here from their
recurrences. A small tanh network on digits is trained with each of them, and its Hessian is measured on the way.

Data: 200 of scikit-learn's bundled digits, centred, of mean square norm one; targets are two times the unit vectors.
"""

from functools import cache
from itertools import pairwise

import numpy as np
import sympy as sp

import symbias as sb

beta, eta = sp.symbols("beta eta", positive=True)
BETA = sp.Rational(9, 10)

# --- derivation: what each rule bears -------------------------------------------------------------

descent = sb.UpdateRule.gradient_descent().threshold().formula
heavy_ball = sb.UpdateRule.heavy_ball(beta).threshold().formula
nesterov = sb.UpdateRule.nesterov(beta).threshold().formula
averaged = sb.UpdateRule.heavy_ball(beta, dampening=beta).threshold().formula

edge = sb.Derivation("Sharpness at the edge of stability", [beta < 1], cites=["cohen2021"])
edge.start(descent.rhs / eta, "x = step * curvature is at the threshold of gradient descent")
edge.rewrite(2 / eta, "the threshold is 2")
descent_edge = edge.conclude(
    sp.Function("S_descent")(eta), "edge_of_descent", reference="cohen2021"
)
edge.start(heavy_ball.rhs / eta, "the same for heavy ball")
edge.rewrite((2 + 2 * beta) / eta, "expand")
heavy_ball_edge = edge.conclude(sp.Function("S_heavy")(eta, beta), "edge_of_heavy_ball")
edge.start(nesterov.rhs / eta, "the same for Nesterov's momentum")
edge.rewrite((2 + 2 * beta) / (1 + 2 * beta) / eta, "beta > 0 > -1/3 selects the branch")
nesterov_edge = edge.conclude(sp.Function("S_nesterov")(eta, beta), "edge_of_nesterov")

# --- training -------------------------------------------------------------------------------------

FLAGS = {
    "descent": {},
    "heavy ball": {"momentum": 0.9},
    "Nesterov": {"momentum": 0.9, "nesterov": True},
    "averaged gradients": {"momentum": 0.9, "dampening": 0.9},
}
MULTIPLES = {
    "descent": descent,
    "heavy ball": heavy_ball,
    "Nesterov": nesterov,
    "averaged gradients": averaged,
}
TARGETS = (10.0, 12.0)
"""Sharpness at the edge, for which the steps below are chosen."""


def borne(name):
    """Return step * sharpness at the edge of a rule."""
    return float(MULTIPLES[name].rhs.subs(beta, BETA))


@cache
def digits():
    from sklearn.datasets import load_digits

    data, count = load_digits(), sb.at_scale(200, 1000)
    images = data.data[:count] - data.data[:count].mean(axis=0)
    images /= np.sqrt((images**2).sum(axis=1).mean())
    return images, 2.0 * np.eye(10)[data.target[:count]]


@cache
def network():
    return sb.simulate.dense_network([64, 32, 10], "tanh")


@cache
def training(name, sharpness):
    """Train with the step whose edge is at the given sharpness."""
    images, targets = digits()
    step = borne(name) / sharpness
    steps = sb.at_scale(6000, 8000) if name == "descent" else 3000
    start = network().initial(1.0, np.random.default_rng(0))
    every = sb.at_scale(100, 50)
    return sb.simulate.train_network(
        network(), images, targets, start, step, steps, sharpness_every=every, **FLAGS[name]
    )


def relative(name, sharpness):
    """Return the measured sharpness over that of the edge, before and after it is first reached."""
    found = training(name, sharpness).sharpness / sharpness
    reached = int(np.argmax(found >= 1)) if (found >= 1).any() else len(found)
    return found[:reached], found[reached:]


# Averaged gradients are raw ones with a longer step: the same path again, of which one is enough.
ONCE = sb.at_scale(["averaged gradients"], [])
RUNS = [(name, s) for name in FLAGS for s in (TARGETS[-1:] if name in ONCE else TARGETS)]

# --- claims ---------------------------------------------------------------------------------------


def simulated_threshold(name):
    """Return the step * curvature at which the optimiser, with its buffers, begins to grow on a quadratic."""
    rule = sb.simulate.Optimiser("sgd", **FLAGS[name])
    return sb.simulate.measured_threshold(rule)[0]


@sb.claim("each optimiser grows beyond its threshold, not before", tolerance=1e-7, of=nesterov)
def linear_thresholds():
    return [borne(name) for name in FLAGS], [simulated_threshold(name) for name in FLAGS]


@sb.claim("training sharpens: from below half the edge to the edge", relation="<=")
def progressive_sharpening():
    starts = [relative(*run)[0][0] for run in RUNS]
    peaks = [training(*run).sharpness.max() / run[1] for run in RUNS]
    return starts + [1.0] * len(RUNS), [0.5] * len(RUNS) + peaks


# The mean sharpness hovers in a band of a few per cent; thresholds of different rules are 25 % apart or more.
BAND = 0.06


@sb.claim("then the sharpness hovers at the edge of the rule", tolerance=BAND, of=nesterov_edge)
def hovering():
    return [1.0] * len(RUNS), [relative(*run)[1].mean() for run in RUNS]


@sb.claim("and does not go far beyond it", relation="<=", of=heavy_ball_edge)
def confined():
    return [relative(*run)[1].max() for run in RUNS], [1.3] * len(RUNS)


@sb.claim("at the edge the loss of gradient descent rises often, and falls in the long run", "<=")
def non_monotone():
    rising, falling = [], []
    for sharpness in TARGETS:
        loss = training("descent", sharpness).loss
        rising.append(np.mean(np.diff(loss[-len(loss) // 4 :]) > 0))
        quarters = [part.mean() for part in np.array_split(loss, 4)]
        falling += [later / sooner for sooner, later in pairwise(quarters)]
    return [0.1] * len(TARGETS) + falling, rising + [1.0] * len(falling)


@sb.claim("every rule brings the loss below a tenth", relation="<=")
def learning():
    losses = [training(*run).loss for run in RUNS]
    return [loss[-1] / loss[0] for loss in losses], [0.1] * len(RUNS)


@sb.claim("smaller steps end at sharper points", relation="<=", of=descent_edge)
def step_selects():
    late = {run: np.median(relative(*run)[1]) * run[1] for run in RUNS}
    low, high = TARGETS
    names = [name for name, sharpness in RUNS if sharpness == low]
    return [late[name, low] for name in names], [late[name, high] for name in names]


@sb.claim("the sharpness of the trained network, by two eigenvalue solvers", tolerance=2e-3)
def same_sharpness():
    run = training("heavy ball", TARGETS[-1])
    operator = sb.simulate.hessian_vector_product(network(), run.final, *digits())
    return sb.stability.sharpness(operator), run.sharpness[-1]


# --- figure ---------------------------------------------------------------------------------------


@sb.figure("Sharpness in units of 1/step: each rule has its own edge")
def edges(ax):
    colours = ("#000000", "#0072B2", "#D55E00", "#009E73")
    for name, colour in zip(FLAGS, colours, strict=True):
        run = training(name, TARGETS[-1])
        step = borne(name) / TARGETS[-1]
        time = run.sharpness_at / run.sharpness_at[-1]
        ax.plot(time, run.sharpness * step, color=colour, label=f"{name}, edge {borne(name):.3g}")
        ax.axhline(borne(name), color=colour, linestyle=":")
    ax.set(xlabel="fraction of the training", ylabel="sharpness times step", yscale="log")
    ax.legend(frameon=False, fontsize="small")


# --- the paper ------------------------------------------------------------------------------------

PAPER = sb.statements(
    "cohen2021",
    [
        (
            "full-batch gradient descent trains with the sharpness just above 2/step (abstract)",
            "late sharpness within 2 % of 2/step on digits, two steps",
            "agrees",
        ),
        (
            "the loss behaves non-monotonically over short times yet decreases over long ones (abstract)",
            "it rises in more than a tenth of the late steps, and its mean falls from quarter to quarter",
            "agrees",
        ),
        (
            "momentum: thresholds (2 + 2 beta)/step (Polyak) and (2 + 2 beta)/((1 + 2 beta) step) (Nesterov)",
            "derived from the recurrences; training hovers at each",
            "text not read",
        ),
    ],
)

if __name__ == "__main__":
    print(sb.verify(__file__))
