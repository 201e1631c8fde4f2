"""The textbook loss of a two-layer ReLU network with its dense Hessian, written with angles, without symmetry."""

from __future__ import annotations

import numpy as np

TWO_PI = 2 * np.pi


def angle(u, v):
    """The angle of two vectors, by what is left of v across u."""
    u = u / np.linalg.norm(u)
    along = v @ u
    return np.arctan2(np.linalg.norm(v - along * u), along)


def pair(u, v):
    """E[relu(u.x) relu(v.x)]."""
    t = angle(u, v)
    return np.linalg.norm(u) * np.linalg.norm(v) * (np.sin(t) + (np.pi - t) * np.cos(t)) / TWO_PI


def slope(u, v):
    """Its gradient in u."""
    t = angle(u, v)
    return (np.linalg.norm(v) * np.sin(t) * u / np.linalg.norm(u) + (np.pi - t) * v) / TWO_PI


def same(u, v):
    """Its second derivatives in u."""
    t, unit = angle(u, v), u / np.linalg.norm(u)
    across = v - (v @ unit) * unit
    far = np.linalg.norm(across)
    normal = across / far if far > 0 else across
    plane = np.eye(len(u)) - np.outer(unit, unit) + np.outer(normal, normal)
    return np.linalg.norm(v) / np.linalg.norm(u) * np.sin(t) * plane / TWO_PI


def mixed(u, v):
    """Its second derivatives, rows in u, columns in v."""
    t = angle(u, v)
    e, z = u / np.linalg.norm(u), v / np.linalg.norm(v)
    found = (np.pi - t) * np.eye(len(u))
    if np.sin(t) > 1e-14:
        outward = (np.cos(t) * z - e) / np.sin(t)  # dt/dv, times |v|
        across = z - (z @ e) * e
        found += np.outer(e, across / np.linalg.norm(across)) - np.outer(z, outward)
    return found / TWO_PI


def value(W, alpha=None):
    """The loss against the identity."""
    k, d = W.shape
    alpha = np.ones(k) if alpha is None else alpha
    vectors, signs = np.vstack([W, np.eye(d)]), np.concatenate([alpha, -np.ones(d)])
    return 0.5 * sum(
        a * b * (u @ u / 2 if i == j else pair(u, v))
        for i, (a, u) in enumerate(zip(signs, vectors, strict=True))
        for j, (b, v) in enumerate(zip(signs, vectors, strict=True))
    )


def gradient(W):
    """The gradient by the first layer, at a second layer of ones."""
    k, d = W.shape
    out = W / 2
    for i in range(k):
        out[i] += sum(slope(W[i], W[j]) for j in range(k) if j != i)
        out[i] -= sum(slope(W[i], v) for v in np.eye(d))
    return out


def hessian(W, second_layer=False):
    """The whole Hessian at a second layer of ones: first the rows of W, then the second layer."""
    k, d = W.shape
    n = k * d
    out = np.zeros((n + k, n + k))
    force = gradient(W)
    for i in range(k):
        here = slice(i * d, (i + 1) * d)
        out[here, here] = np.eye(d) / 2 - sum(same(W[i], v) for v in np.eye(d))
        out[here, n + i] = force[i] + W[i] / 2
        out[n + i, n + i] = W[i] @ W[i] / 2
        for j in range(k):
            if j != i:
                there = slice(j * d, (j + 1) * d)
                out[here, here] += same(W[i], W[j])
                out[here, there] = mixed(W[i], W[j])
                out[here, n + j] = slope(W[i], W[j])
                out[n + i, n + j] = pair(W[i], W[j])
    out[n:, :n] = out[:n, n:].T
    return out if second_layer else out[:n, :n]
