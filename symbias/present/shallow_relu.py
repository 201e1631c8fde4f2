"""Drawings of shallow ReLU networks in one and two dimensions: where they bend, and what that costs."""

from __future__ import annotations

from typing import Any

import numpy as np

from symbias.errors import InputError
from symbias.models.shallow_relu import ShallowReLU
from symbias.present.figure import Figure

_UP, _DOWN, _DATA = "#0072B2", "#D55E00", "#777777"
_POINTS = 401
_MARGIN = 0.08


def draw_weight(weight: Any, ax: Any = None) -> Any:
    """Draw the weight of a data set; see `DataWeight.plot`.

    Parameters
    ----------
    weight : DataWeight
        The weight.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        The axes.

    Examples
    --------
    >>> import symbias as sb
    >>> from matplotlib.figure import Figure as Canvas
    >>> draw_weight(sb.stability.data_weight_function([[0.0], [1.0]]), Canvas().subplots()).get_title()
    'Weight g of the data'
    """
    X = weight.X
    draw = _by_dimension(X.shape[1], _weight_on_line, _weight_in_plane)
    return Figure(lambda axes: draw(weight, X, axes), "Weight g of the data").draw(ax)


def draw_laplacian(net: ShallowReLU, X: Any, ax: Any = None) -> Any:
    """Draw the hyperplanes of a network with their masses; see `ShallowReLU.plot`.

    Parameters
    ----------
    net : ShallowReLU
        The network.
    X : array_like, shape (n, d)
        The data.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        The axes.

    Examples
    --------
    >>> from matplotlib.figure import Figure as Canvas
    >>> net = ShallowReLU([[1.0]], [0.5], [2.0], 0.0)
    >>> draw_laplacian(net, [[-1.0], [1.0]], Canvas().subplots()).get_ylabel()
    'mass of the Laplacian'
    """
    data = net.data(X)
    draw = _by_dimension(net.features, _laplacian_on_line, _laplacian_in_plane)
    found = net.laplacian(data)
    return Figure(lambda axes: draw(found, data, axes), "Laplacian of the network").draw(ax)


def _by_dimension(d: int, line: Any, plane: Any) -> Any:
    if d > 2:
        raise InputError(
            f"Data with {d} coordinates cannot be drawn.",
            remedy="Draw networks on the line or the plane; elsewhere use the numbers.",
        )
    return line if d == 1 else plane


def _range(values: np.ndarray) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    margin = _MARGIN * (high - low or 1.0)
    return low - margin, high + margin


def _weight_on_line(weight: Any, X: np.ndarray, ax: Any) -> None:
    # At a sample the weight jumps, and is least: both sides of each sample are shown.
    x = np.unique(X)
    t = np.unique(np.concatenate([np.linspace(*_range(x), _POINTS), x]))
    ax.plot(t, weight.oriented([1.0], t), color=_UP, lw=0.9, ls="--", label="u = 1")
    ax.plot(t, weight.oriented([-1.0], -t), color=_DOWN, lw=0.9, ls="--", label="u = -1")
    ax.plot(t, weight([1.0], t), color="#000000", label="g")
    ax.plot(x, np.zeros_like(x), "|", color=_DATA)
    ax.set(xlabel="t", ylabel="weight")
    ax.legend(frameon=False, fontsize="small")


def _weight_in_plane(weight: Any, X: np.ndarray, ax: Any) -> None:
    radius = float(np.linalg.norm(X, axis=1).max()) or 1.0
    angles = np.linspace(0, np.pi, 181)
    t = np.linspace(-radius, radius, 161)
    u = np.column_stack([np.cos(angles), np.sin(angles)])
    values = [weight(direction, t) for direction in u]
    mesh = ax.pcolormesh(angles, t, np.array(values).T, shading="nearest", rasterized=True)
    ax.figure.colorbar(mesh, ax=ax, label="g")
    ax.set(xlabel="angle of u", ylabel="t")


def _laplacian_on_line(found: Any, X: np.ndarray, ax: Any) -> None:
    # On the line (1, t) and (-1, -t) are the same point.
    places = found.thresholds * found.directions[:, 0]
    for place, mass in zip(places, found.masses, strict=True):
        ax.plot([place, place], [0, mass], color=_UP if mass > 0 else _DOWN, marker="")
    ax.plot(places, found.masses, ".", color="#000000")
    ax.axhline(0, color="#000000", lw=0.6)
    ax.plot(X[:, 0], np.zeros(len(X)), "|", color=_DATA)
    ax.set(xlim=_range(X), xlabel="x", ylabel="mass of the Laplacian")


def _laplacian_in_plane(found: Any, X: np.ndarray, ax: Any) -> None:
    ax.plot(X[:, 0], X[:, 1], ".", color=_DATA, ms=3)
    largest = float(np.abs(found.masses).max(initial=0.0)) or 1.0
    near = np.abs(found.thresholds) <= 2 * np.linalg.norm(X, axis=1).max() + 1
    kept = (values[near] for values in (found.directions, found.thresholds, found.masses))
    for u, t, mass in zip(*kept, strict=True):
        share = float(np.abs(mass)) / largest
        ax.axline(
            tuple(t * u),
            tuple(t * u + np.array([-u[1], u[0]])),
            color=_UP if mass > 0 else _DOWN,
            lw=0.4 + 2.0 * share,
            alpha=0.15 + 0.85 * share,
        )
    ax.set(xlim=_range(X[:, 0]), ylim=_range(X[:, 1]), xlabel="x1", ylabel="x2")
