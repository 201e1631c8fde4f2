"""Shallow ReLU networks: training per step against PyTorch, the weight of data, the sharpness against both peers.

Run: ``OPENBLAS_NUM_THREADS=1 python benchmarks/bench_shallow_relu.py``. Ours runs on one thread, PyTorch (eager, where
it is installed; measured with 2.13.0) on two. They train the same network on the same data in float64, full batches.
Training is also measured against its two products of matrices alone, which it cannot beat. Times are the least of
several rounds, in which the sides take turns; the sides are first compared with each other.
"""

import os
import time

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

import symbias as sb

SHAPES = ((200, 10, 50, 400), (1000, 64, 256, 40))
"""Samples, features, neurons, steps of a round."""

ROUNDS, TORCH_THREADS, RATE = 25, 2, 1e-3


def problem(n, d, k):
    rng = np.random.default_rng(0)
    return sb.ShallowReLU.initial(d, k, rng=1), rng.standard_normal((n, d)), rng.standard_normal(n)


def torch_parts(net, X, y):
    """Return PyTorch, the parameters, a function for the loss; or None without PyTorch."""
    try:
        import torch
    except ImportError:
        return None
    torch.set_num_threads(TORCH_THREADS)
    parameters = [
        torch.tensor(np.array(p), requires_grad=True) for p in (net.W, net.b, net.v, net.c)
    ]
    data, targets = torch.tensor(X), torch.tensor(y)

    def loss():
        W, b, v, c = parameters
        values = torch.relu(torch.nn.functional.linear(data, W, b)) @ v + c
        return ((values - targets) ** 2).mean() / 2

    return torch, parameters, loss


def training(n, d, k, steps):
    net, X, y = problem(n, d, k)
    sides = {"symbias": lambda: net.train(X, y, RATE, steps, every=steps).final.W}
    found = torch_parts(net, X, y)
    if found is not None:
        torch, parameters, loss = found
        optimiser = torch.optim.SGD(parameters, lr=RATE)
        start = [p.detach().clone() for p in parameters]

        def with_torch():
            with torch.no_grad():
                for p, value in zip(parameters, start, strict=True):
                    p.copy_(value)
            for _ in range(steps):
                optimiser.zero_grad()
                loss().backward()
                optimiser.step()
            return parameters[0].detach().numpy()

        sides["PyTorch eager"] = with_torch
    hidden, slope = np.empty((n, k)), np.empty((k, d))

    def products():
        for _ in range(steps):
            np.dot(X, net.W.T, out=hidden)
            np.dot(hidden.T, X, out=slope)

    for work in sides.values():
        assert np.abs(work() - sides["symbias"]()).max() < 1e-12
    title = f"training, n={n}, d={d}, k={k}, microseconds per step"
    show(title, {**sides, "its two products": products}, 1e6 / steps)


def weight():
    rng = np.random.default_rng(0)
    X, u = rng.standard_normal((60_000, 64)), rng.standard_normal((1000, 64))
    u /= np.linalg.norm(u, axis=1, keepdims=True)
    t = rng.standard_normal(1000)
    g = sb.stability.data_weight_function(X)

    def with_numpy():
        z = X @ u.T - t
        values = []
        for sign in (1, -1):
            mask = (sign * z > 0).astype(float)
            means = mask.T @ X / len(X)
            reach = np.maximum(sign * z, 0).mean(axis=0)
            values.append(reach * np.sqrt(mask.mean(axis=0) ** 2 + (means**2).sum(axis=1)))
        return np.minimum(*values)

    assert np.abs(g(u, t) - with_numpy()).max() < 1e-13
    sides = {"symbias": lambda: g(u, t), "NumPy, whole arrays": with_numpy}
    show("weight of 60,000 samples for 1,000 hyperplanes, d=64, seconds", sides, 1.0, rounds=3)


def sharpness(n, d, k, title, *, dense):
    net, X, y = problem(n, d, k)
    X, y = 0.3 * X, y + 1.0
    sides = {"symbias": lambda: net.sharpness(X, y)}
    if dense:
        sides["dense eigvalsh"] = lambda: np.linalg.eigvalsh(net.hessian(X, y))[-1]
    found = torch_parts(net, X, y)
    if found is not None:
        sides["PyTorch products"] = with_autograd(*found)
    for work in sides.values():
        assert abs(work() / sides["symbias"]() - 1) < 1e-8
    show(title, sides, 1e3, rounds=4)


def with_autograd(torch, parameters, loss):
    """Return a function: ARPACK on Hessian-vector products by automatic differentiation."""
    size = sum(p.numel() for p in parameters)

    def work():
        slopes = torch.autograd.grad(loss(), parameters, create_graph=True)
        flat = torch.cat([slope.reshape(-1) for slope in slopes])

        def product(vector):
            along = flat @ torch.as_tensor(np.ascontiguousarray(vector).ravel())
            parts = torch.autograd.grad(along, parameters, retain_graph=True)
            return torch.cat([part.reshape(-1) for part in parts]).numpy()

        return sb.stability.sharpness(product, size=size)

    return work


def show(title, sides, unit, rounds=ROUNDS):
    least = dict.fromkeys(sides, np.inf)
    for _ in range(rounds):
        for name, work in sides.items():
            start = time.perf_counter()
            work()
            least[name] = min(least[name], time.perf_counter() - start)
    print(title)
    for name, seconds in least.items():
        ratio = f"   {seconds / least['symbias']:.2f} times ours" if name != "symbias" else ""
        print(f"  {name:<22} {seconds * unit:9.3f}{ratio}")


def main():
    for shape in SHAPES:
        training(*shape)
    weight()
    sharpness(300, 10, 60, "sharpness, n=300, 721 parameters, milliseconds", dense=True)
    sharpness(2000, 30, 60, "sharpness, n=2000, 1921 parameters, milliseconds", dense=True)
    sharpness(2000, 64, 256, "sharpness, n=2000, 16897 parameters, milliseconds", dense=False)
    if torch_parts(*problem(2, 1, 1)) is None:
        print("  (PyTorch is not installed: pip install torch)")


if __name__ == "__main__":
    main()
