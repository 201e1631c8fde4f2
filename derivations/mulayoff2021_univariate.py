"""Stable minima of univariate ReLU networks: the larger the step, the smoother the function.

Gradient descent with step eta can stay at an interpolating network only if its sharpness is at most 2/eta. For a
network with one hidden layer and real inputs this bounds an integral of |f''| against a weight g that depends on the
data alone: it is large at the centre of their law and vanishes towards the ends of it. The weight is derived for three
laws, and networks are trained on one regression with steps of several sizes until they interpolate.

Data: 10 points of a damped sine on [-1.9, 1.9], of mean square one; networks with 40 neurons, from one start.
"""

from functools import cache

import numpy as np
import sympy as sp

import symbias as sb

x, t, z = sp.symbols("x t z", real=True)
eta, w = sp.symbols("eta w", positive=True)
b, v = sp.symbols("b v", real=True)

# --- derivation: the weight for three laws of variance one ----------------------------------------

ROOT3, ROOT2 = sp.sqrt(3), sp.sqrt(2)
LAWS = {
    "uniform": sb.stability.Marginal(1 / (2 * ROOT3), z, -ROOT3, ROOT3),
    "Gaussian": "gaussian",
    "Laplace": sb.stability.Marginal(sp.exp(-ROOT2 * sp.Abs(z)) / ROOT2, z),
}
WEIGHTS = {name: sb.stability.weight_function(law) for name, law in LAWS.items()}
uniform, gaussian, laplace = (weight.derivation for weight in WEIGHTS.values())

# --- derivation: what a step allows ---------------------------------------------------------------

stable = sb.stability.stability_norm_bound()
bound = stable.formula
sharpness_bounds_the_norm = stable.derivation

kinks = sb.Derivation("The second derivative of a neuron", cites=["mulayoff2021"])
neuron = v * w * (x - t)
kinks.start(
    sp.Derivative(neuron, x), "the slope of v relu(w x + b) beyond its threshold t = -b/w"
)
kinks.rewrite(v * w, "before it the slope is 0: the second derivative is a point mass v w at t")
kinks.conclude(sp.Function("J")(v, w), "jump_of_the_slope")
s, low = sp.symbols("s x_0", real=True)
f = sp.Function("f", real=True)
kinks.start(
    sp.Integral(f(s).diff(s, 2) * (x - s), (s, low, x)),
    "neurons at all s with jumps f''(s) ds: those with s < x are on at x",
)
kinks.rewrite(
    f(x) - f(low) - (x - low) * f(x).diff(x).subs(x, low),
    "by parts: any smooth f up to its tangent, so that sum a_k g(t_k) becomes the integral of |f''| g",
)
kinks.conclude(sp.Function("F")(x, low), "function_as_neurons")

# --- data, training and measurement: no weight function -------------------------------------------

NEURONS = 40
STEPS = (0.02, 0.06, 0.15)
NETWORK = sb.simulate.dense_network([1, NEURONS, 1], "relu")


@cache
def data():
    X = np.linspace(-1.9, 1.9, 10)
    X = X / np.sqrt(np.mean(X**2))
    return X[:, None], (1.2 * np.sin(2.2 * X) * np.exp(-0.2 * X**2))[:, None]


@cache
def start():
    rng = np.random.default_rng(4)
    theta = NETWORK.initial(1.0, rng)
    (weights, biases), (above, _) = NETWORK.layers(theta)
    weights[:] = rng.choice([-1.0, 1.0], (NEURONS, 1)) * 1.6
    biases[:] = -weights[:, 0] * rng.uniform(-1.5, 1.5, NEURONS)
    above *= 1.2
    return theta


@cache
def trained(step):
    """Train with one step size until the network interpolates."""
    steps = sb.at_scale(int(600 / step), int(6000 / step))
    run = sb.simulate.train_network(NETWORK, *data(), start(), step, steps)
    return run.final, float(run.loss[-1])


def sharpness(theta):
    """Return the largest eigenvalue of the Hessian, from all of its columns."""
    operator = sb.simulate.hessian_vector_product(NETWORK, theta, *data())
    dense = operator @ np.eye(NETWORK.size)
    return float(np.linalg.eigvalsh((dense + dense.T) / 2)[-1])


def kinks_of(theta):
    """Return thresholds and jumps of the slope of the function."""
    (weights, biases), (above, _) = NETWORK.layers(theta)
    return -biases / weights[:, 0], above[0] * np.abs(weights[:, 0])


def weight_of_data(thresholds):
    """Return the weight of the paper for the empirical law, from conditional means."""
    points, found = data()[0][:, 0], []
    for at in thresholds:
        sides = [0.0, 0.0]
        for k, part in enumerate((points[points > at], points[points < at])):
            if len(part):
                share = len(part) / len(points)
                sides[k] = share**2 * abs(part.mean() - at) * np.hypot(1.0, part.mean())
        found.append(min(sides))
    return np.array(found)


def norm(theta):
    """Return the integral of |f''| g; kinks at one place would be added first, and there are none."""
    thresholds, jumps = kinks_of(theta)
    return float(np.abs(jumps) @ weight_of_data(thresholds))
