"""Ridge and the scaled variation norm: what weight decay charges a network for.

A neuron a relu(w . x + b) does not change when a is multiplied by c > 0 and (w, b) divided by it. Minimised over these
rescalings, the ridge penalty of a two-layer network is the path norm sum_k |a_k| |(w_k, b_k)|, a group lasso in the
products. The minimum is attained where the neurons are balanced, |a_k| = |(w_k, b_k)|. Gradient flow conserves
delta_k = a_k**2 - |(w_k, b_k)|**2 and cannot balance them; weight decay does, and charges the path norm then.

Data: images of two digit classes from scikit-learn's bundled digits, 60 of each, the 64 pixels divided by 16, labels
+-1; the linear problems use 15 of each.
"""

from functools import cache

import numpy as np
import sympy as sp
from scipy.optimize import linprog, minimize, minimize_scalar

import symbias as sb

a, v, w1, w2 = sp.symbols("a v w1 w2", real=True)
a1, a2, v1, v2 = sp.symbols("a1 a2 v1 v2", real=True)
c, c1, c2, step = sp.symbols("c c_1 c_2 eta", positive=True)
P, n = sp.symbols("P n", positive=True)
L = sp.symbols("L", integer=True, positive=True)
b, r1, r2, r3, lam, t = sp.symbols("b r1 r2 r3 lambda t", real=True)
delta, slope, force, size, along = sp.symbols("delta g G S q", real=True)

# --- derivation: from ridge to the path norm ------------------------------------------------------

path_norm = sb.regularizers.rescaling_minimum((a**2 + v**2) / 2, {a: a * c, v: v / c}, c)
group_lasso = sb.regularizers.rescaling_minimum(
    (a**2 + w1**2 + w2**2) / 2, {a: a * c, w1: w1 / c, w2: w2 / c}, c
)
two_neurons = sb.regularizers.rescaling_minimum(
    (a1**2 + v1**2 + a2**2 + v2**2) / 2,
    {a1: a1 * c1, v1: v1 / c1, a2: a2 * c2, v2: v2 / c2},
    [c1, c2],
)
one_more_layer = sb.regularizers.rescaling_minimum(
    L * P ** (2 / L) / 2 + n**2 / 2, {P: P * c, n: n / c}, c
)

one_neuron = path_norm.derivation
wide_neuron = group_lasso.derivation
both_neurons = two_neurons.derivation
next_layer = one_more_layer.derivation

neurons = sb.Derivation("The penalties of neurons add up", cites=["wang2021"])
neurons.use(two_neurons)
neurons.start(
    two_neurons.lhs, "the least ridge penalty of two neurons, each with a scale of its own"
)
neurons.rewrite(
    path_norm.rhs.subs({a: a1, v: v1}) + path_norm.rhs.subs({a: a2, v: v2}),
    "the sum of the least penalties of the neurons",
)
sum_of_norms = neurons.conclude(sp.Function("R")(a1, v1, a2, v2), "scaled_variation_norm")

depth = sb.Derivation("Ridge on a chain of L layers", cites=["wang2021"])
depth.start(P**2 / 2, "one layer of norm P")
depth.rewrite((L * P ** (2 / L) / 2).subs(L, 1), "(L/2) P**(2/L) at L = 1")
depth.conclude(sp.Function("R_1")(P), "one_layer")
depth.use(one_more_layer)
depth.start(
    one_more_layer.lhs,
    "L layers whose norms have the product P, at their least penalty (L/2) P**(2/L), and one of norm n above",
)
depth.rewrite(
    (L + 1) * (P * n) ** (2 / (L + 1)) / 2, "the same form with L + 1: by induction for all L"
)
chain_norm = depth.conclude(sp.Function("R_chain")(P, n, L), "chain_of_layers")

# --- derivation: weight decay balances ------------------------------------------------------------

A, B, W1, W2, R1, R2, R3 = (
    sp.Function(name, real=True)(t) for name in ("A", "B", "W1", "W2", "R1", "R2", "R3")
)
FLOW = [
    sp.Eq(A.diff(t), R1 * W1 + R2 * W2 + R3 * B - lam * A),
    sp.Eq(W1.diff(t), R1 * A - lam * W1),
    sp.Eq(W2.diff(t), R2 * A - lam * W2),
    sp.Eq(B.diff(t), R3 * A - lam * B),
]
IMBALANCE = A**2 - W1**2 - W2**2 - B**2

drift = sb.Derivation("Weight decay balances a neuron", cites=["wang2021"])
drift.start(
    sp.Derivative(IMBALANCE, t),
    "along the flow of loss + lambda/2 |theta|**2, with the forces R = -dL/d(a w1), -dL/d(a w2), -dL/d(a b)",
)
drift.rewrite(-2 * lam * IMBALANCE, "the forces cancel, by homogeneity", given=FLOW)
drift.conclude(sp.Derivative(IMBALANCE, t), "velocity_of_the_imbalance")
drift.start(sp.Derivative(sp.exp(2 * lam * t) * IMBALANCE, t), "along the same flow")
drift.rewrite(0, "product rule and the flow", given=FLOW)
drift.conclude(sp.Derivative(sp.exp(2 * lam * t) * IMBALANCE, t), "conserved")
now = sp.symbols("delta_t", real=True)
drift.start(now, "the imbalance at time t, delta at time zero")
drift.rewrite(
    delta * sp.exp(-2 * lam * t), "exp(2 lambda t) times it is conserved",
    given=[sp.Eq(now * sp.exp(2 * lam * t), delta)],
)  # fmt: skip
decay = drift.conclude(sp.Function("Delta")(delta, lam, t), "decay")

discrete = sb.Derivation("A step of gradient descent with weight decay", cites=["wang2021"])
discrete.start(a * (r1 * w1 + r2 * w2 + r3 * b), "a dL/da, up to the sign")
discrete.rewrite(
    w1 * (r1 * a) + w2 * (r2 * a) + b * (r3 * a), "homogeneity: equals (w, b) . dL/d(w, b)"
)
discrete.conclude(a * (r1 * w1 + r2 * w2 + r3 * b), "homogeneity")
discrete.start(
    ((1 - step * lam) * a - step * slope) ** 2
    - ((1 - step * lam) ** 2 * size - 2 * step * (1 - step * lam) * along + step**2 * force**2),
    "the next imbalance; g = dL/da, G = |dL/d(w, b)|, S = |(w, b)|**2, q = (w, b) . dL/d(w, b)",
)
discrete.rewrite(
    (1 - step * lam) ** 2 * delta + step**2 * (slope**2 - force**2),
    "homogeneity: the decay of the flow, and a drift of second order in the step",
    given=[sp.Eq(a * slope, along), sp.Eq(a**2 - size, delta)],
)
next_imbalance = discrete.conclude(
    sp.Function("D")(delta, slope, force, step, lam), "imbalance_after_a_step"
)

# --- data and simulation: the network, its loss, and constrained minimisation; no path norm -------

HIDDEN = 8
DECAYS = (0.02, 0.1)
PIXELS = 12
NETWORK = sb.simulate.dense_network([64, HIDDEN, 1], "relu")


@cache
def digits(count=60):
    """Return so many images of each class as rows, and their labels."""
    from sklearn.datasets import load_digits

    bundled = load_digits()
    rows = [np.flatnonzero(bundled.target == digit)[:count] for digit in (3, 5)]
    return bundled.data[np.concatenate(rows)] / 16, np.repeat([1.0, -1.0], count)


@cache
def few_digits():
    """Return a small wide problem: 8 images, 12 pixels."""
    X, y = digits(4)
    return X[:, np.argsort(X.var(axis=0))[-PIXELS:]], y


def start():
    """Return the usual random start, which is not balanced."""
    return NETWORK.initial(1.0, np.random.default_rng(0))


def train(theta, rate, steps, weight_decay):
    """Return the parameters after steps of gradient descent."""
    run = sb.simulate.train_network(
        NETWORK, *digits(), theta, rate, steps, weight_decay=weight_decay
    )
    if not run.converged:
        raise sb.ConvergenceError(f"Training diverged: {run.message}.")
    return run.final


def norms(theta):
    """Return the outer weights and the norms of the inner ones with the biases, one of each per neuron."""
    (weights, biases), (outer, _) = NETWORK.layers(theta)
    return outer[0], np.sqrt((weights**2).sum(axis=1) + biases**2)


def imbalance(theta):
    outer, inner = norms(theta)
    return outer**2 - inner**2


@cache
def trained(weight_decay):
    """Return the parameters after long training, the last part with a smaller step."""
    theta = train(start(), 0.1, sb.at_scale(4500, 40_000), weight_decay)
    return train(theta, 0.02, sb.at_scale(6000, 100_000), weight_decay)


def least_ridge(network, X, y, rng, tries=2):
    """Return the least (1/2) |theta|**2 of all interpolators found, by sequential quadratic programming."""
    parameters, outputs = len(network.parameters), len(network.outputs)
    data, best = X.reshape(len(X), outputs, -1), np.inf
    shape = (parameters, data.shape[2])

    def residual(flat):
        return X @ network.first_order(*flat.reshape(shape))[:outputs].ravel() - y

    def design(flat):
        slopes = network.first_order(*flat.reshape(shape))[outputs:]
        parts = slopes.reshape(outputs, parameters, -1)
        return np.einsum("nqm,qpm->npm", data, parts).reshape(len(X), -1)

    for _ in range(tries):
        found = minimize(
            lambda flat: flat @ flat / 2,
            rng.standard_normal(shape).ravel(),
            jac=lambda flat: flat,
            constraints={"type": "eq", "fun": residual, "jac": design},
            method="SLSQP",
            options={"ftol": 1e-12, "maxiter": 2000},
        )
        if np.abs(residual(found.x)).max() < 1e-9:
            best = min(best, found.fun)
    return best


def least_l1(X, y):
    """Return the interpolator of least L1 norm, by linear programming."""
    width = X.shape[1]
    found = linprog(np.ones(2 * width), A_eq=np.hstack([X, -X]), b_eq=y, method="highs")
    return found.x[:width] - found.x[width:]


# --- claims: ridge and the path norm --------------------------------------------------------------

minimiser = next(f for f in one_neuron.formulas if f.name == "minimiser over c")


@sb.claim("ridge is least over the rescalings of a neuron at the group lasso", of=group_lasso)
def rescaled_ridge(rng):
    draws = rng.uniform(0.2, 3.0, (200, 3)) * rng.choice([-1, 1], (200, 3))

    def least(outer, first, second):
        def ridge(s):
            return ((outer * np.exp(s)) ** 2 + (first**2 + second**2) * np.exp(-2 * s)) / 2

        return minimize_scalar(ridge, bracket=(-1.0, 1.0)).fun

    return group_lasso.compile()(*draws.T), [least(*draw) for draw in draws]


@sb.claim(
    "a network rescaled to balance computes the same, and its ridge is the path norm", of=minimiser
)
def rescaled_network():
    theta = start()
    outer, inner = norms(theta)
    scale = minimiser.compile()(outer, inner)
    balanced = theta.copy()
    (weights, biases), (above, _) = NETWORK.layers(balanced)
    above *= scale
    weights /= scale[:, None]
    biases /= scale
    X, y = digits()
    before, after = (NETWORK.loss(point, X, y[:, None]) for point in (theta, balanced))
    ridge = (np.square(norms(balanced)).sum()) / 2
    return [before, path_norm.compile()(outer, inner).sum()], [after, ridge]


@sb.claim(
    "diagonal network: the least ridge of an interpolator is the least L1 norm",
    tolerance=1e-8,
    of=sum_of_norms,
)
def diagonal_network(rng):
    X, y = few_digits()
    product = sb.Parametrization([a * v], [a, v])
    best = least_l1(X, y)
    pairs = best.reshape(-1, 2).T
    ones = np.ones(len(best) // 2)
    predicted = sum_of_norms.compile()(pairs[0], ones, pairs[1], ones).sum()
    return predicted, least_ridge(product, X, y, rng)


@sb.claim(
    "linear neuron: the least ridge of an interpolator is the least L2 norm",
    tolerance=1e-8,
    of=path_norm,
)
def linear_neuron(rng):
    X, y = few_digits()
    least = np.linalg.norm(np.linalg.lstsq(X, y, rcond=None)[0])
    return path_norm.compile()(1.0, least), least_ridge(
        sb.parametrizations.neuron(PIXELS), X, y, rng
    )


@sb.claim(
    "chains of 3 and 4 layers: the least ridge is (L/2) |w|**(2/L)", tolerance=1e-8, of=chain_norm
)
def chains(rng):
    X, y = few_digits()
    least = np.linalg.norm(np.linalg.lstsq(X, y, rcond=None)[0])
    layers = [3, 4]
    predicted = [chain_norm.compile()(least, 1.0, layer - 1) for layer in layers]
    return predicted, [
        least_ridge(sb.parametrizations.chain(layer, PIXELS), X, y, rng) for layer in layers
    ]


# --- claims: training with weight decay -----------------------------------------------------------

TIME = 8.0
STEPS = 0.08 / 2.0 ** np.arange(sb.at_scale(5, 6))


@sb.claim("as step -> 0, imbalances decay as exp(-2 lambda t); none without decay", "->", of=decay)
def decay_rate():
    rates = np.array([0.0, *DECAYS])
    ends = [
        [imbalance(train(start(), rate, round(TIME / rate), w)) for w in rates] for rate in STEPS
    ]
    predicted = [decay.compile()(imbalance(start()), w, TIME) for w in rates]
    return STEPS, ends, predicted


@sb.claim(
    "each step of gradient descent changes imbalances as derived",
    tolerance=1e-12,
    of=next_imbalance,
)
def steps_taken():
    (X, y), theta, rate, w = digits(), start(), 0.1, DECAYS[0]
    predicted = imbalance(theta)
    for _ in range(300):
        outer, inner = norms(NETWORK.gradient(theta, X, y[:, None])[1])
        predicted = next_imbalance.compile()(predicted, outer, inner, rate, w)
        theta = train(theta, rate, 1, w)
    return predicted, imbalance(theta)


# A step moves an imbalance by step**2 (g**2 - G**2). That vanishes with the gradient, but neurons come to rest with
# images on their kinks, where the gradient jumps by some 1e-2: what stays is step * 1e-4 / (2 lambda) = 5e-5 at most.
BALANCE = 1e-4


@sb.claim("trained with weight decay, neurons end balanced", tolerance=BALANCE, of=next_imbalance)
def balanced_neurons():
    ends = [norms(trained(w)) for w in DECAYS]
    return [inner for _, inner in ends], [np.abs(outer) for outer, _ in ends]


@sb.claim("and their ridge is the path norm", tolerance=BALANCE**2, of=path_norm)
def ridge_of_trained_networks():
    ends = [norms(trained(w)) for w in DECAYS]
    predicted = [path_norm.compile()(*end).sum() for end in ends]
    return predicted, [np.square(end).sum() / 2 for end in ends]


# --- figure ---------------------------------------------------------------------------------------


@sb.figure("Weight decay balances the neurons of a network")
def balancing(ax):
    times, rate = np.arange(0.0, 41.0, 4.0), 0.02
    for w, colour in zip((0.0, *DECAYS), ("#0072B2", "#009E73", "#D55E00"), strict=True):
        theta, first = start(), np.abs(imbalance(start()))
        shares = [np.ones(HIDDEN)]
        for gap in np.diff(times):
            theta = train(theta, rate, round(gap / rate), w)
            shares.append(np.abs(imbalance(theta)) / first)
        ax.plot(times, decay.compile()(1.0, w, times), color=colour, label=rf"$\lambda = {w:g}$")
        ax.plot(times, np.median(shares, axis=1), "o", color=colour, markerfacecolor="white")
    ax.plot([], [], "k-", label=r"$e^{-2 \lambda t}$")
    ax.plot([], [], "ko", markerfacecolor="white", label="median neuron, gradient descent")
    ax.set(yscale="log", xlabel="time", ylabel=r"$|\delta_k| \,/\, |\delta_k(0)|$")
    ax.legend(frameon=False, fontsize="small")


# --- the paper ------------------------------------------------------------------------------------

PAPER = sb.statements(
    "wang2021",
    [
        (
            "the regularizer is equivalent to ridge from the angle of gradient-based optimization (abstract)",
            "it is the minimum of ridge over rescalings, attained by balanced neurons, to which weight decay drives",
            "agrees",
        ),
        (
            "it plays a role similar to the group lasso in controlling the complexity (abstract)",
            "it is a sum of norms, one for each product a_k (w_k, b_k): the penalty of a group lasso",
            "agrees",
        ),
        (
            "the scaling with the input dimension in the definition of the norm",
            "left out: a constant that multiplies the penalty",
            "text not read",
        ),
        (
            "prediction bounds for all widths, double descent, nearly minimax risk (abstract)",
            "statistics of the estimator: not treated here",
            "text not read",
        ),
    ],
)

if __name__ == "__main__":
    print(sb.verify(__file__))
