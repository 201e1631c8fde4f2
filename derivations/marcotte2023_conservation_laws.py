"""What gradient flow conserves: linear, ReLU and convolutional networks of several shapes.

A function h of the parameters is conserved by the flow of every loss of w = F(theta) when its gradient is orthogonal
to those of all outputs F_i, and then to all their Lie brackets. So there are D - dim Lie(grad F_1, ..., grad F_m)
independent laws near a generic point. Here the dimension is computed exactly, closed forms are found and proved, and
both are held against simulations: laws are evaluated along flows, and the set that flows from one start can reach is
measured.

ReLU networks enter by the products of weights along their paths, of which they are linear functions while no activation
changes; a convolutional network by the coefficients of its filter.
"""

from functools import cache
from math import prod

import numpy as np
import sympy as sp

import symbias as sb

# --- derivation: one ReLU neuron with a bias, by hand ---------------------------------------------

a, b, w1, w2, r1, r2, r3 = sp.symbols("a b w1 w2 r1 r2 r3", real=True)
t = sp.symbols("t", real=True)
A, B, W1, W2, R1, R2, R3 = (
    sp.Function(n, real=True)(t) for n in ("A", "B", "W1", "W2", "R1", "R2", "R3")
)
ALONG = {a: A, b: B, w1: W1, w2: W2, r1: R1, r2: R2, r3: R3}

outer = sb.Derivation("The outer weight of a neuron", cites=["marcotte2023"])
outer.start(
    r1 * sp.Derivative(a * w1, a) + r2 * sp.Derivative(a * w2, a) + r3 * sp.Derivative(a * b, a),
    "a' = -dL/da, r the forces -dL/d(a w1), -dL/d(a w2), -dL/d(a b) on the paths",
)
outer.rewrite(r1 * w1 + r2 * w2 + r3 * b, "differentiate")
a_dot = outer.conclude("a_dot", "velocity_of_a")

inner = sb.Derivation("The inner weights and the bias", cites=["marcotte2023"])
inner.start(
    sp.Matrix(
        [
            r1 * sp.Derivative(a * w1, w1),
            r2 * sp.Derivative(a * w2, w2),
            r3 * sp.Derivative(a * b, b),
        ]
    ),
    "w' and b' likewise",
)
inner.rewrite(a * sp.Matrix([r1, r2, r3]), "differentiate")
inner_dot = inner.conclude("w_dot", "velocity_of_w")
FLOW = [
    sp.Eq(A.diff(t), a_dot.rhs.subs(ALONG)),
    *(sp.Eq(x.diff(t), y) for x, y in zip((W1, W2, B), inner_dot.rhs.subs(ALONG), strict=True)),
]

neuron = sb.Derivation("The law of a neuron", cites=["marcotte2023"])
neuron.start(sp.Derivative(A**2 - W1**2 - W2**2 - B**2, t), "along the flow of any loss")
neuron.rewrite(0, "product rule and the flow", given=FLOW)
neuron_law = neuron.conclude(sp.Derivative(A**2 - W1**2 - W2**2 - B**2, t), "law_of_a_neuron")

# --- networks and their laws ----------------------------------------------------------------------

LINEAR = {
    shape: sb.parametrizations.linear_network(shape)
    for shape in ((1, 2, 1), (2, 2, 2), (3, 2, 2), (4, 3, 2), (2, 2, 2, 2))
}
RELU = {
    (2, 2, 1): sb.parametrizations.two_layer_relu(2, 2),
    (2, 3, 1): sb.parametrizations.two_layer_relu(2, 3, bias=True),
    (3, 4, 1): sb.parametrizations.two_layer_relu(3, 4, bias=True),
}
CONVOLUTION = {widths: sb.parametrizations.convolution(widths) for widths in ((3, 2), (2, 3, 2))}
NETWORKS = [*LINEAR.values(), *RELU.values(), *CONVOLUTION.values()]
LAWS = {network: network.conservation_laws() for network in NETWORKS}

two_layers = LAWS[LINEAR[2, 2, 2]].derivation
three_layers = LAWS[LINEAR[2, 2, 2, 2]].derivation
relu = LAWS[RELU[2, 3, 1]].derivation
filters = LAWS[CONVOLUTION[2, 3, 2]].derivation

# --- simulation: it knows the network, nothing of laws or brackets --------------------------------


def fields(network):
    """Return gradients and Hessians of the outputs as functions of the parameters."""
    parameters, count = network.parameters, len(network.outputs)
    size, jacobian = len(parameters), network.jacobian()
    hessians = [entry for f in network.outputs for entry in sp.hessian(f, parameters)]
    both = sp.lambdify(parameters, [*jacobian, *hessians], "numpy", cse=True)

    def at(theta):
        flat = np.array(both(*theta.tolist()), float)
        gradients, hessians = np.split(flat, [count * size])
        return gradients.reshape(count, size), hessians.reshape(count, size * size)

    return at


def reachable(network, rng, steps=60):
    """Return the dimension of the set that gradient flows reach from one point.

    The end of a sequence of flows moves with their durations along their velocities, carried on by the flows after
    them; the rank of these directions, for more flows than parameters, is the dimension.
    """
    at, size = fields(network), len(network.parameters)
    theta, moves = rng.uniform(0.5, 1.5, size) * rng.choice([-1, 1], size), np.empty((size, 0))

    def rates(state, weights):
        gradients, hessians = at(state[:, 0])
        found = (weights @ hessians).reshape(size, size) @ state
        found[:, 0] = weights @ gradients
        return found

    for _ in range(2 * size):
        weights = rng.standard_normal(len(network.outputs))
        weights /= 2 * steps * np.linalg.norm(weights @ at(theta)[0])  # a way of 1/2
        state = np.column_stack([theta, moves])
        for _ in range(steps):
            one = rates(state, weights)
            two = rates(state + one / 2, weights)
            three = rates(state + two / 2, weights)
            state += (one + 2 * two + 2 * three + rates(state + three, weights)) / 6
        theta, last = state[:, 0], weights @ at(state[:, 0])[0]
        moves = np.column_stack([state[:, 1:], last / np.linalg.norm(last)])
        moves /= np.linalg.norm(moves, axis=0)
    sizes = np.linalg.svd(moves, compute_uv=False)
    return int((sizes > 1e-7 * sizes[0]).sum())


@cache
def flows(widths):
    """Return the laws of a convolutional network before and after flows that are followed to their limits."""
    network = CONVOLUTION[widths]
    kernel, rng = LAWS[network].compile(), np.random.default_rng(sum(widths))
    before, after = [], []
    for _ in range(3):
        start = rng.uniform(0.5, 1.5, len(network.parameters))
        X = rng.standard_normal((1, len(network.outputs)))
        goal = X @ network.first_order(*(start * rng.uniform(0.7, 1.3, len(start))))[: X.shape[1]]
        run = sb.simulate.gradient_flow(
            network, X, goal, dict(zip(network.parameters, start, strict=True))
        )
        if not run.converged:
            raise sb.ConvergenceError(f"A flow did not converge: {run.message}.")
        before.append(kernel(*start))
        after.append(kernel(*(run.theta[s] for s in network.parameters)))
    return np.array(before), np.array(after)


# --- claims ---------------------------------------------------------------------------------------

SMALL = [LINEAR[1, 2, 1], LINEAR[2, 2, 2], LINEAR[3, 2, 2], RELU[2, 2, 1], RELU[2, 3, 1]]
MEASURED = [*SMALL, *CONVOLUTION.values(), *sb.at_scale([], [LINEAR[2, 2, 2, 2]])]


@sb.claim("flows from one start reach a set of dimension D less the number of laws", tolerance=0)
def dimension(rng):
    predicted = [len(net.parameters) - LAWS[net].count for net in MEASURED]
    return predicted, [reachable(net, rng) for net in MEASURED]


@sb.claim("a linear network with one hidden layer of width r has r (r + 1)/2 laws", tolerance=0)
def two_layer_counts():
    shapes = [shape for shape in LINEAR if len(shape) == 3]
    return [r * (r + 1) // 2 for _, r, _ in shapes], [LAWS[LINEAR[s]].count for s in shapes]


@sb.claim(
    "a two-layer ReLU network has a law for each neuron, with and without biases", tolerance=0
)
def relu_counts():
    return [hidden for _, hidden, _ in RELU], [LAWS[net].count for net in RELU.values()]


@sb.claim("one law for each layer of convolutions but the last", tolerance=0)
def convolution_counts():
    return [len(w) - 1 for w in CONVOLUTION], [LAWS[net].count for net in CONVOLUTION.values()]


@sb.claim("the closed forms are all there are, none of degree above two", tolerance=0)
def all_found():
    found = list(LAWS.values())
    degrees = [
        sp.Poly(law, *laws.parametrization.parameters).total_degree()
        for laws in found
        for law in laws.laws
    ]
    return [*(laws.count for laws in found), 2], [*(len(laws.laws) for laws in found), max(degrees)]


@sb.claim(
    "the laws of two filters do not change on the way to the limit", tolerance=1e-8, of=filters
)
def filters_conserved():
    return flows((2, 3, 2))


drifts = [LAWS[net].claims for net in (LINEAR[2, 2, 2], LINEAR[2, 2, 2, 2], RELU[2, 3, 1])]

# --- special starts -------------------------------------------------------------------------------


def products(entries):
    """Return the number of laws of the product of two 2 x 2 matrices at a point."""
    network = LINEAR[2, 2, 2]
    point = dict(zip(network.parameters, entries, strict=True))
    return network.conservation_laws(at=point).count


@sb.claim("from a start of rank one flows stay of rank one, and more is conserved", ">=")
def rank_deficient():
    generic = LAWS[LINEAR[2, 2, 2]].count
    return [products([1, 0, 0, 0, 1, 0, 0, 0]), products([0] * 8)], [generic + 1, prod((2, 2, 2))]


# --- the paper ------------------------------------------------------------------------------------

PAPER = sb.statements(
    "marcotte2023",
    [
        (
            "D minus the dimension of the Lie algebra of the gradient fields laws, where locally constant (abstract)",
            "counted by exact arithmetic; equal to the codimension of the set that simulated flows reach",
            "agrees",
        ),
        (
            "polynomial laws are the kernel of a linear system (repository of the authors)",
            "solved exactly; they account for the count in all networks here",
            "agrees",
        ),
        (
            "linear networks: the known balancedness laws are all there are",
            "complete for (1, 2, 1), (2, 2, 2), (3, 2, 2), (4, 3, 2) and the three-layer (2, 2, 2, 2)",
            "text not read",
        ),
        (
            "ReLU networks: one law for each hidden neuron",
            "complete for 2 to 4 neurons, with and without biases",
            "text not read",
        ),
    ],
)

if __name__ == "__main__":
    print(sb.verify(__file__))
