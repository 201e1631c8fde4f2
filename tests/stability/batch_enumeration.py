"""The mean-square operator of a step by enumeration of all batches: slow, and nothing of the package in it."""

import itertools

import numpy as np
from scipy.optimize import brentq


def hessians(data):
    data = np.asarray(data, dtype=float)
    return data if data.ndim == 3 else np.einsum("ij,ik->ijk", data, data)


def batches(n, batch, replacement):
    if replacement:
        return list(itertools.product(range(n), repeat=batch))
    return list(itertools.combinations(range(n), batch))


def batch_hessians(data, batch, replacement=False):
    H = hessians(data)
    return [H[list(b)].mean(axis=0) for b in batches(len(H), batch, replacement)]


def on_range(data):
    """The Hessians in an orthonormal basis of the range of their mean."""
    H = hessians(data)
    values, vectors = np.linalg.eigh(H.mean(axis=0))
    V = vectors[:, values > 1e-10 * values[-1]]
    return V.T @ H @ V


def radius(matrices, step):
    """Spectral radius of the mean of A (x) A, A = 1 - step H."""
    maps = [np.eye(len(H)) - step * H for H in matrices]
    return np.abs(np.linalg.eigvals(np.mean([np.kron(A, A) for A in maps], axis=0))).max()


def threshold(data, batch, replacement=False):
    matrices = batch_hessians(on_range(data), batch, replacement)
    top = 2 / np.linalg.eigvalsh(np.mean(matrices, axis=0))[-1]
    # The radius is below 1 for small steps, and at least 1 at the threshold of gradient descent.
    if radius(matrices, top * (1 + 1e-9)) < 1:
        return np.nan
    return brentq(lambda step: radius(matrices, step) - 1, 1e-6 * top, top * (1 + 1e-9), xtol=1e-14)


def kronecker_threshold(data, batch, replacement=False):
    """2 / largest eigenvalue of the pencil (D, C), with the variance of a batch mean counted over the batches."""
    matrices = batch_hessians(on_range(data), batch, replacement)
    H, one = np.mean(matrices, axis=0), np.eye(len(matrices[0]))
    D = np.mean([np.kron(M, M) for M in matrices], axis=0)
    C = (np.kron(H, one) + np.kron(one, H)) / 2
    return 2 / np.linalg.eigvals(np.linalg.solve(C, D)).real.max()
