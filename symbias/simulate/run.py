"""What a simulation returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from symbias.simulate.replay import Replay


@dataclass(frozen=True, repr=False)
class Run:
    """What every simulator returns.

    Parameters
    ----------
    final : object
        The last point, in the type of the start.
    loss : numpy.ndarray
        Recorded losses, the first one at the start.
    steps : int
        Steps taken.
    converged : bool
        Whether the run reached its tolerance.
    message : str
        Why it ended.
    w : numpy.ndarray or None
        The last outputs, for runs of a parametrization.
    theta : dict or None
        The last parameters, symbol -> number or array, for runs of a parametrization.
    sharpness : numpy.ndarray or None
        Largest eigenvalues of the Hessian, for runs that record them.
    sharpness_at : numpy.ndarray or None
        The steps before which they were taken.
    distance : numpy.ndarray or None
        Distances from the start, recorded with the losses, for runs that record them.
    replay : Replay or None
        The gradients that every step used, for gradient descent of a parametrization.
    path : numpy.ndarray or None
        The points at which the losses were recorded, for runs that keep them.
    gfs_sharpness : numpy.ndarray or None
        Sharpness at the end of gradient flow from each of these points, for scalar networks.

    Examples
    --------
    >>> Run(2.0, np.array([1.0, 0.25]), 7, converged=True, message="done")
    Run(converged after 7 steps: done; loss 1 -> 0.25)
    """

    final: Any
    loss: np.ndarray
    steps: int
    converged: bool
    message: str
    w: np.ndarray | None = None
    theta: dict[Any, Any] | None = None
    sharpness: np.ndarray | None = None
    sharpness_at: np.ndarray | None = None
    distance: np.ndarray | None = None
    replay: Replay | None = None
    path: np.ndarray | None = None
    gfs_sharpness: np.ndarray | None = None

    def __repr__(self) -> str:
        outcome = "converged" if self.converged else "did not converge"
        ends = f"loss {self.loss[0]:.4g} -> {self.loss[-1]:.4g}"
        return f"Run({outcome} after {self.steps} steps: {self.message}; {ends})"
