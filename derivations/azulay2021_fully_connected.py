"""The shape of the initialization: linear neurons, a leaky-ReLU neuron, chains.

Gradient flow of L = 1/2 |X w - y|**2, X wide, for w = a v. The balance of the layers, delta = a^2 - |v|^2, is
conserved. Derived from the flow: the metric, the failed test for a mirror potential, the warp of time under which there
is one, the potential q_delta(|w|) with the linear term of the initialization, its conjugate and its regimes; the same
for chains of scalars and a vector. The engine solves each start by itself, and simulated flows decide, also for three
neurons and for f(x) = a leaky(v.x). Diagonal networks: see azulay2021_initialization_shape.py.
"""

from functools import cache

import numpy as np
import sympy as sp
from scipy.integrate import solve_ivp

import symbias as sb

n, p, b, x, L, leak = sp.symbols("n p b x L lambda", positive=True)
delta, v1, v2, w1, w2, y, t, omega = sp.symbols("delta v_1 v_2 w_1 w_2 y t omega", real=True)
a = sp.symbols("a", real=True, nonzero=True)
AZULAY = ["azulay2021"]

# --- derivation: the linear neuron w = a v, as an appendix would have it --------------------------

AA, V1, V2, R1, R2 = (sp.Function(f, real=True)(t) for f in ("a", "v_1", "v_2", "r_1", "r_2"))
NEURON_FLOW = [
    sp.Eq(AA.diff(t), V1 * R1 + V2 * R2),  # a' = r . dw/da
    sp.Eq(V1.diff(t), AA * R1),
    sp.Eq(V2.diff(t), AA * R2),
]
ALIVE = [p + delta > 0]  # a != 0

law = sb.Derivation("The invariant of the neuron", cites=AZULAY)
law.start(sp.Derivative(AA**2 - V1**2 - V2**2, t), "along the flow of any loss")
law.rewrite(0, "a' = v.r and v' = a r", given=NEURON_FLOW)
law.conclude(sp.Derivative(AA**2 - V1**2 - V2**2, t), "neuron_law")

norms = sb.Derivation("The norms of the layers in terms of w", assumptions=ALIVE, cites=AZULAY)
norms.start(sp.sqrt(p * (p + delta)), "n = |a||v|, where p = |v|^2 and a^2 = p + delta")
size = norms.conclude("n", "size_of_w")
norms.start(
    (sp.sqrt(n**2 + delta**2 / 4) - delta / 2).subs(n, size.rhs), "to be shown to be p, given n"
)
norms.rewrite(p, "complete the square")
P_OF = sp.sqrt(n**2 + delta**2 / 4) - delta / 2
LINE, RADIUS = sp.Matrix([w1, w2]), sp.sqrt(w1**2 + w2**2)
P_W = P_OF.subs(n, RADIUS)

eigen = sb.Derivation("The metric of the neuron", cites=AZULAY)
J = sp.Matrix([a * v1, a * v2]).jacobian([a, v1, v2])
eigen.start(J * J.T * sp.Matrix([-v2, v1]), "M = J J^T across w = a v")
eigen.rewrite(a**2 * sp.Matrix([-v2, v1]), "the eigenvalue a^2 = p + delta")
eigen.start(J * J.T * sp.Matrix([v1, v2]), "along w")
eigen.rewrite(
    (a**2 + v1**2 + v2**2) * sp.Matrix([v1, v2]), "the eigenvalue a^2 + |v|^2 = 2 p + delta"
)
eigen.conclude("M_v", "metric_along_w")
IDENTITY, INNER = sp.eye(2), sp.Matrix([v1, v2])
eigen.start(
    J * J.T * (IDENTITY - INNER * INNER.T / (a**2 + v1**2 + v2**2)) / a**2,
    "times M^-1, where v v^T = p w w^T/n^2",
)
eigen.rewrite(IDENTITY, "it is the inverse")

test = sb.Derivation("The neuron has no mirror potential", assumptions=ALIVE, cites=AZULAY)
INVERSE = (sp.eye(2) - P_W * LINE * LINE.T / (RADIUS**2 * (2 * P_W + delta))) / (P_W + delta)
ACROSS, BESIDE = INVERSE.row(0)
test.start(
    sp.Derivative(ACROSS, w2) - sp.Derivative(BESIDE, w1),
    "a Hessian M^-1 = (I - p w w^T/(n^2 (2 p + delta)))/a^2 would have d_2 H_11 = d_1 H_12",
)
test.rewrite(
    -w2 * P_W / (RADIUS**2 * (P_W + delta) * (2 * P_W + delta)),
    "it has not: p > 0 and p + delta = a^2 > 0",
)
no_mirror = test.conclude(sp.Symbol("defect"), "mirror_defect")

warp = sb.Derivation("The warp of the neuron", assumptions=ALIVE, cites=AZULAY)
warp.start(
    (p + delta) / (size.rhs * (2 * p + delta)) * sp.Derivative(size.rhs, p),
    "g M^-1 = Hess q(n) means q' = g n/a^2 across and q'' = g/(2 p + delta) along w: the quotient is d log q'/dp",
)
warp.rewrite(1 / (2 * p), "differentiate")
warp.rewrite(sp.Derivative(sp.log(sp.sqrt(p)), p), "so that q' = sqrt(p), up to a constant factor")
warp.start(sp.sqrt(p) * (p + delta) / size.rhs, "g = q' a^2/n")
warp.rewrite(sp.sqrt(p + delta), "g = |a|: time is warped by the size of the outer weight")
g = warp.conclude("g", "neuron_warp")
warp.start(
    (
        sp.Derivative(sp.sqrt(P_W + delta) * ACROSS, w2)
        - sp.Derivative(sp.sqrt(P_W + delta) * BESIDE, w1)
    ),
    "the test again, for |a| M^-1",
)
warp.rewrite(0, "it holds")

radial = sb.Derivation("The potential of the neuron", assumptions=ALIVE, cites=AZULAY)
Q_OF = 2 * (n**2 - delta / 2 * (delta / 2 + sp.sqrt(n**2 + delta**2 / 4))) / (3 * n) * sp.sqrt(P_OF)
radial.start(Q_OF.subs(n, size.rhs), "2/3 of what the authors' script prints, at n = |a||v|")
radial.rewrite(sp.sqrt(p + delta) * (2 * p - delta) / 3, "complete the square: |a| (2 p - delta)/3")
q_delta = radial.conclude(sp.Function("q")(p, delta), "q_delta", reference="azulay2021")
radial.start(sp.Derivative(q_delta.rhs, p) / sp.Derivative(size.rhs, p), "dq/dn")
radial.rewrite(sp.sqrt(p), "differentiate: q' = |v|")
radial.start(sp.Derivative(Q_OF, n), "the same as a function of n")
radial.rewrite(sp.sqrt(P_OF), "differentiate")
slope = radial.conclude(sp.Function("qprime")(n, delta), "neuron_slope")

linear = sb.Derivation("The linear term of the initialization", cites=AZULAY)
linear.start(
    sp.sqrt(v1**2 + v2**2) * a * sp.Matrix([v1, v2]) / (sp.Abs(a) * sp.sqrt(v1**2 + v2**2)),
    "grad q = q'(n) w/n with w = a v",
)
linear.rewrite(
    a / sp.Abs(a) * sp.Matrix([v1, v2]), "grad Q = sign(a) v - sign(a_0) v_0, for one sign"
)
linear.conclude("dq", "neuron_gradient")
linear.start(sp.Derivative(V1, t) / AA, "its velocity in the warped time, where a > 0")
linear.rewrite(
    R1, "so grad Q moves in the row space of X: the limit minimises Q on X w = y", given=NEURON_FLOW
)

dual = sb.Derivation("The conjugate of the neuron", assumptions=[x**2 + delta > 0], cites=AZULAY)
dual.start(
    (size.rhs * sp.sqrt(p) - sp.sqrt(p + delta) * (2 * p - delta) / 3).subs(p, x**2),
    "|eta| n - q at the maximiser |eta| = sqrt(p), written x",
)
dual.rewrite((x**2 + delta) ** sp.Rational(3, 2) / 3, "collect")
conjugate = dual.conclude(sp.Function("qstar")(x, delta), "neuron_conjugate")

ends = sb.Derivation("The neuron's regimes", cites=AZULAY)
ends.start(slope.rhs, "a large outer weight")
ends.rewrite(n / sp.sqrt(delta), "least squares", relation="~", clock=(delta, sp.oo))
ends.start(slope.rhs, "balanced layers")
ends.rewrite(sp.sqrt(n), "Q is 2/3 n^(3/2)", relation="~", clock=(delta, 0))
ends.start(slope.rhs.subs(delta, -b), "a large inner weight, delta = -b")
ends.rewrite(sp.sqrt(b), "q ~ sqrt(b) n", relation="~", clock=(b, sp.oo))
ends.start(slope.rhs.subs(delta, -b) - sp.sqrt(b), "what remains")
ends.rewrite(n**2 / (2 * b ** sp.Rational(3, 2)), "expand", relation="~", clock=(b, sp.oo))
frozen = ends.conclude(sp.Symbol("e"), "inner_weight_error")

rectified = sb.Derivation("A leaky-ReLU neuron", assumptions=[leak < 1], cites=AZULAY)
rectified.start(b * sp.Max(y, leak * y), "f(x) = a leaky(v.x) for a = b > 0, y = v.x")
rectified.rewrite(
    sp.Max(b * y, leak * b * y),
    "f(x) = leaky(w.x): X w = leaky^-1(y) at zero loss; v' stays in the row space of X",
)
rectified.conclude("f", "leaky_neuron")

# --- derivation: depth ----------------------------------------------------------------------------

m = n ** (1 / L)
chains = sb.Derivation("Balanced chains of depth L", assumptions=[L > 1], cites=AZULAY)
chains.start(
    m ** (2 * L - 2) / (n * (m ** (2 * L - 2) + (L - 1) * m ** (2 * L - 2))),
    "all layers of norm m = n^(1/L): M is m^(2 L - 2) across, L times that along w; d log q'/dn as for the neuron",
)
chains.rewrite(1 / (L * n), "collect")
chains.rewrite(sp.Derivative(sp.log(n ** (1 / L)), n), "so that q' = n^(1/L)")
chains.start(sp.Integral(omega ** (1 / L), (omega, 0, n)), "the potential")
chains.rewrite(L / (L + 1) * n ** (1 + 1 / L), "integrate")
chain_q = chains.conclude(sp.Function("q")(n, L), "chain_potential")
chains.start(n ** (1 / L) * m ** (2 * L - 2) / n, "g = q' (M across)/n")
chains.rewrite(n ** (1 - 1 / L), "the warp")

c1, c2 = sp.symbols("c_1 c_2", real=True)
three = sp.sqrt(p * (p + c1) * (p + c2))
unbalanced = sb.Derivation(
    "The unbalanced chain of depth three", assumptions=[p + c1 > 0, p + c2 > 0], cites=AZULAY
)
unbalanced.start(
    (p + c1)
    * (p + c2)
    / (three * ((p + c1) * (p + c2) + p * (p + c1) + p * (p + c2)))
    * sp.Derivative(three, p),
    "w = a b v with a^2 = p + c_1, b^2 = p + c_2, p = |v|^2: d log q'/dp",
)
unbalanced.rewrite(
    sp.Derivative(sp.log(sp.sqrt(p)), p), "q' = sqrt(p), where p (p + c_1) (p + c_2) = n^2"
)
unbalanced.rewrite(1 / (2 * p), "carried out")
unbalanced.conclude("l", "unbalanced_chain_slope")

# --- derivation: the engine, which solves each start by itself, finds the same --------------------

NEURON = sb.parametrizations.neuron(3)
THREE = sb.parametrizations.linear_network((1, 3, 3))  # three linear neurons


def start(network, values):
    """Return the initialization with these values, in the order of the parameters."""
    return dict(zip(network.parameters, values, strict=True))


@cache
def solved(network, *values):
    """Return the regularizer from a start; floats are read as the decimals that they print."""
    return network.regularizer(start(network, values))


OUTER = solved(NEURON, 2, 0.3, 0.4, -0.2)
PUSHED = sp.Matrix(OUTER.eta) + sp.Matrix([3, 4, -2]) / 10
agreement = sb.Derivation("The engine and the derivation by hand", cites=AZULAY)
agreement.start(OUTER.conjugate.rhs, "found by the engine at a = 2, v = (3, 4, -2)/10, zero there")
agreement.rewrite(
    conjugate.rhs.subs({x**2: PUSHED.dot(PUSHED), delta: sp.Rational(371, 100)})
    - sp.Rational(8, 3),
    "|eta| is that of v = v_0 + eta",
)
agreement.conclude("Qstar", "conjugate_of_the_engine")

# --- simulation: it knows networks, data and the loss, nothing of potentials ----------------------


def gaussian(rows, columns, rng):
    """Return a Gaussian data matrix and targets of size one."""
    return rng.standard_normal((rows, columns)), rng.uniform(0.3, 1, rows) * (-1) ** np.arange(rows)


NARROW = gaussian(2, 3, np.random.default_rng(1))


def flow(network, data, values):
    """Return w at the limit of gradient flow, and the parameters there."""
    run = sb.simulate.gradient_flow(network, *data, start(network, values), accuracy=1e-12)
    if not run.converged:
        raise sb.ConvergenceError(f"The flow from {values} did not converge: {run.message}.")
    return run.w, run.theta


def in_rows(X, vector):
    """Return the part of a vector in the row space of X."""
    return X.T @ np.linalg.lstsq(X.T, vector, rcond=None)[0]


def leaky(z, leak):
    """Return the leaky ReLU."""
    return np.where(z > 0, z, leak * z)


def leaky_flow(X, y, outer, inner, leak):
    """Return |a| v at the limit of gradient flow of f(x) = a leaky(v.x), and how often activations changed.

    The flow is integrated from one change to the next, with the slopes of the activations fixed between them.
    """
    state, active, flips = np.array([outer, *inner]), X @ inner > 0, 0

    def velocity(_, state):
        slopes = np.where(active, 1, leak)
        fit = slopes * (X @ state[1:])
        push = y - state[0] * fit
        return np.r_[push @ fit, state[0] * (push * slopes) @ X]

    for _ in range(100):
        if np.abs(y - state[0] * leaky(X @ state[1:], leak)).max() <= 1e-13:
            return abs(state[0]) * state[1:], flips
        events = [lambda _, state, x=x: x @ state[1:] for x in X]
        for event, on in zip(events, active, strict=True):
            event.terminal, event.direction = True, -1 if on else 1
        run = solve_ivp(velocity, (0, 100), state, "DOP853", events=events, rtol=1e-13, atol=1e-15)
        state, changed = run.y[:, -1], np.array([len(at) > 0 for at in run.t_events])
        active, flips = active ^ changed, flips + changed.sum()
    raise sb.ConvergenceError(f"The flow of a leaky-ReLU neuron from a = {outer} is slow.")


# --- claims: neurons ------------------------------------------------------------------------------

NEURONS = [  # delta > 0, = 0, < 0, where the outer weight has to cross zero; without crossing; far from balance
    (2, 0.3, 0.4, -0.2),
    (0.3, 0.2, 0.2, 0.1),
    (0.3, -0.6, 0.5, -1),
    *sb.at_scale([], [(0.2, 0.6, 0.8, -0.1), (30, 0.03, 0.1, 0), (0.01, 2, -1, 3)]),
]


@cache
def neuron_flows():
    """Return the limits w and the outer weights there, one for each of `NEURONS`."""
    ends = [flow(NEURON, NARROW, values) for values in NEURONS]
    return [end for end, _ in ends], [theta[NEURON.parameters[0]] for _, theta in ends]


@sb.claim("a linear neuron: the limit minimises Q, whatever the balance", tolerance=1e-8)
def neuron_limit():
    return [solved(NEURON, *values).minimizer(*NARROW) for values in NEURONS], neuron_flows()[0]


def dual_variables(signs):
    """Return q'(n) w/n - sign v_0 at the limits of the flows."""
    rows = []
    for (outer, *inner), end, sign in zip(NEURONS, neuron_flows()[0], signs, strict=True):
        size, balance = np.linalg.norm(end), outer**2 - np.sum(np.square(inner))
        rows.append(slope.compile()(size, balance) * end / size - sign * np.array(inner))
    return rows


@sb.claim("with the last sign of a, grad Q lies in the row space of X", tolerance=1e-8, of=slope)
def neuron_stationarity():
    rows = dual_variables(np.sign(neuron_flows()[1]))
    return [in_rows(NARROW[0], row) for row in rows], rows


@sb.claim("no interpolator near the limit has a smaller Q", relation="<=", of=q_delta)
def neuron_minimality():
    q, kernel = q_delta.compile(), np.linalg.svd(NARROW[0])[2][-1]
    here, there = [], []
    for (outer, *inner), end, last in zip(NEURONS, *neuron_flows(), strict=True):
        for move in (-0.1, -0.01, 0.01, 0.1):
            for point, values in ((end, here), (end + move * kernel, there)):
                balance = outer**2 - np.sum(np.square(inner))
                inside = slope.compile()(np.linalg.norm(point), balance) ** 2
                values.append(q(inside, balance) - np.sign(last) * point @ inner)
    return here, there


@sb.claim("where a crosses zero, its first sign would be wrong", relation=">=")
def crossing():
    wrong = dual_variables(np.sign([outer for outer, *_ in NEURONS]))[-1]
    return np.linalg.norm(wrong - in_rows(NARROW[0], wrong)), 0.1


@sb.claim("from v = 0 the limit has least L2 norm", tolerance=1e-8)
def at_rest():
    X, y = NARROW
    ends = [flow(NEURON, NARROW, (outer, 0, 0, 0))[0] for outer in (0.1, 1, 10)]
    return [np.linalg.pinv(X) @ y] * 3, ends


# --- claims: three neurons, a leaky ReLU, depth ---------------------------------------------------

ROWS = (0.2, 0.3, 0.6, -0.1, -0.15, -0.3, 0.04, 0.06, 0.12)  # a e^T for a as in the first start
STRICT, OTHERS = (0.7, -0.35, 0.14, *ROWS), [(0.4, 0.2, -0.6, *ROWS), (0.7, -0.35, 0.3, *ROWS)]
MATRICES = (0.3, 0.4, 0.084, 0.288, 0.112, 0.384, 0.112, -0.084, 0.384, -0.288)


@sb.claim("three strictly balanced neurons: the limit minimises Q", tolerance=1e-8)
def balanced_limit():
    return solved(THREE, *STRICT).minimizer(*NARROW), flow(THREE, NARROW, STRICT)[0]


@sb.claim("strictly balanced neurons are one neuron with delta = 0", tolerance=1e-8, of=chain_q)
def as_one():
    first = np.array(STRICT[:3]) @ np.reshape(ROWS, (3, 3))
    row = chain_slope(flow(THREE, NARROW, STRICT)[0], 2) - chain_slope(first, 2)
    return in_rows(NARROW[0], row), row


@sb.claim("strictly balanced 2 x 2 layers, depth three: the limit minimises Q", tolerance=1e-8)
def balanced_matrices():
    net, data = sb.parametrizations.linear_network((1, 2, 2, 2)), ([[1.0, 2.0]], [-1.0])
    return solved(net, *MATRICES).minimizer(*data), flow(net, data, MATRICES)[0]


def refused(values):
    """Return whether the engine shows that three neurons have no potential from this start."""
    try:
        solved(THREE, *values)
    except sb.NoRegularizer:
        return True
    return False


@sb.claim(
    "neurons have no potential where the limit moves with the weights of samples", tolerance=0
)
def reweighting():
    starts = [STRICT, *OTHERS]
    moves = [
        sb.simulate.reweighting_defect(THREE, *NARROW, start(THREE, values)) for values in starts
    ]
    return [refused(values) for values in starts], [move > 1e-6 for move in moves]


LEAK = 0.25
LEAKY = [(2, 0.3, 0.4, -0.2), (-2, 0.3, 0.4, -0.2), (1.5, -0.6, 0.5, -1)]


@cache
def leaky_flows():
    """Return the limits |a| v of leaky-ReLU neurons, and how often activations changed."""
    ends = [leaky_flow(*NARROW, outer, np.array(inner), LEAK) for outer, *inner in LEAKY]
    return [end for end, _ in ends], [flips for _, flips in ends]


@sb.claim("a leaky-ReLU neuron: the limit minimises Q on X w = leaky^-1(+-y)", tolerance=1e-8)
def leaky_limit():
    X, y = NARROW
    predicted = []
    for outer, *inner in LEAKY:
        goal = np.sign(outer) * y
        found = solved(NEURON, abs(outer), *inner)
        predicted.append(found.minimizer(X, np.where(goal > 0, goal, goal / LEAK)))
    return predicted, leaky_flows()[0]


@sb.claim("on the way activations change", relation=">=")
def activations_change():
    return leaky_flows()[1][1:], [1, 1]


def chain_slope(point, depth):
    """Return the gradient of the potential of a balanced chain."""
    size = np.linalg.norm(point)
    return sp.lambdify((n, L), chain_q.rhs.diff(n))(size, depth) * point / size


CHAINS = [(3, (0.6, 0.6, 0.4, -0.4, 0.2)), (4, (0.6, 0.6, 0.6, 0.4, -0.4, 0.2))]
UNBALANCED = [(3, (1.5, 0.7, 0.3, 0.4, -0.2))]


@sb.claim("chains, balanced or not: the limit minimises Q", tolerance=1e-8)
def chain_limit():
    predicted, measured = [], []
    for depth, values in [*CHAINS[: sb.at_scale(1, 2)], *UNBALANCED]:
        net = sb.parametrizations.chain(depth, 3)
        predicted.append(solved(net, *values).minimizer(*NARROW))
        measured.append(flow(net, NARROW, values)[0])
    return predicted, measured


@sb.claim("balanced chains: grad Q lies in the row space of X", tolerance=1e-8, of=chain_q)
def chain_stationarity():
    rows = []
    for depth, values in CHAINS:
        net = sb.parametrizations.chain(depth, 3)
        first = np.prod(values[: depth - 1]) * np.array(values[depth - 1 :])
        end = flow(net, NARROW, values)[0]
        rows.append(chain_slope(end, depth) - chain_slope(first, depth))
    return [in_rows(NARROW[0], row) for row in rows], rows


# --- the paper ------------------------------------------------------------------------------------

PAPER = sb.statements(
    "azulay2021",
    [
        (
            "Theorem 6.1 (authors' script): q_delta(|w|) + z.w, z = -(3/2) sqrt(p_0) w_0/|w_0|, p_0 = p(|w_0|)",
            "derived, 2/3 of it: z = -sign(a) v_0, the same while a keeps its first sign",
            "agrees",
        ),
        (
            "the same where a changes its sign (delta < 0)",
            "the last sign of a counts; with the first one grad Q leaves the row space of X",
            "text not read",
        ),
        (
            "beyond infinitesimal mirror descent (title): no mirror potential, a warped one",
            "the Hessian test fails for M^-1, and |a| M^-1 passes it",
            "agrees",
        ),
        (
            "several linear neurons",
            "strictly balanced: one neuron with delta = 0; unbalanced: none, and the limit moves with sample weights",
            "text not read",
        ),
        (
            "nonlinear neurons",
            "leaky ReLU: the same Q on X w = leaky^-1(y), also when activations change on the way",
            "text not read",
        ),
        (
            "depth",
            "chains: |w|^(1 + 1/L) L/(L + 1) where balanced, closed conjugate at depth 3 otherwise",
            "text not read",
        ),
    ],
)

if __name__ == "__main__":
    print(sb.verify(__file__))
