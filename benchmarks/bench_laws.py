"""Counting conservation laws against a plain SymPy implementation.

Run: ``python benchmarks/bench_laws.py``. The plain one forms brackets with SymPy expressions and takes the rank of
matrices of symbols; it is given a time limit. Times are of the count alone, on one thread.
"""

import time

import numpy as np
import sympy as sp

import symbias as sb
from symbias.regularizers.differential_ring import DifferentialRing
from symbias.regularizers.lie_rank import GradientFields
from symbias.sym.budget import time_limit

P = sb.parametrizations
CATALOGUE = {
    "linear (2, 2, 2)": P.linear_network((2, 2, 2)),
    "linear (4, 3, 1)": P.linear_network((4, 3, 1)),
    "linear (4, 3, 2)": P.linear_network((4, 3, 2)),
    "linear (2, 2, 2, 2)": P.linear_network((2, 2, 2, 2)),
    "ReLU (3, 4, 1), biases": P.two_layer_relu(3, 4, bias=True),
    "convolution (3, 2)": P.convolution((3, 2)),
    "convolution (2, 3, 2)": P.convolution((2, 3, 2)),
    "neuron, 2 inputs": P.neuron(2),
}
LIMIT = 20.0


def ours(network):
    ring = DifferentialRing(network.parameters, network.outputs)
    fields = GradientFields(ring, len(network.outputs))
    return len(network.parameters) - fields.dimension(np.random.default_rng(0))


def plain(network):
    theta = sp.Matrix(network.parameters)
    fields = [network.jacobian()[i, :].T for i in range(len(network.outputs))]
    basis = sp.Matrix.hstack(*fields)
    level, rank = fields, basis.rank(simplify=True)
    while True:
        new = [w.jacobian(theta) * v - v.jacobian(theta) * w for v in level for w in fields]
        basis = sp.Matrix.hstack(basis, *new)
        higher = basis.rank(simplify=True)
        if higher == rank:
            return len(theta) - rank
        level, rank = new, higher


def main():
    total = 0.0
    print(f"{'network':<24} {'laws':>4} {'symbias':>10} {'plain SymPy':>13} {'ratio':>8}")
    for name, network in CATALOGUE.items():
        start = time.perf_counter()
        count = ours(network)
        seconds = time.perf_counter() - start
        total += seconds
        start = time.perf_counter()
        try:
            assert time_limit(LIMIT, lambda network=network: plain(network)) == count
            taken, mark = time.perf_counter() - start, ""
        except sb.BudgetError:
            taken, mark = LIMIT, ">"
        print(
            f"{name:<24} {count:>4} {seconds:>8.3f} s {mark}{taken:>10.2f} s {mark}{taken / seconds:>7.0f}"
        )
    print(f"all counts together: {total:.2f} s")
    start = time.perf_counter()
    for network in CATALOGUE.values():
        assert network.conservation_laws().complete
    print(f"with all laws in closed form: {time.perf_counter() - start:.2f} s")


if __name__ == "__main__":
    main()
