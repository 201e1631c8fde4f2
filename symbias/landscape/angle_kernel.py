"""The ReLU angle kernel: E[relu(u.x) relu(v.x)] of unit vectors at angle t, x standard Gaussian.

Every population loss of a two-layer ReLU network with Gaussian inputs is a sum of such terms.
Only the plane of u and v matters, where x has polar coordinates (r, phi): the radius integrates
on its own, and both activations are on in a wedge of opening pi - t.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import sympy as sp

from symbias import simulate
from symbias.sym.derivation import Derivation
from symbias.sym.symbols import positive, real
from symbias.verdicts.claim import claim
from symbias.verdicts.result import Result

ANGLES = (0.0, 0.4, 1.0, 1.6, 2.2, 2.8)
"""Angles at which the kernel is compared with a simulation, in radians."""

SAMPLES = 4_000_000
"""Enough for a standard error below 0.1 % at the smallest angles."""


def _derive() -> Any:
    t, phi = real("t phi")
    r = positive("r")
    derivation = Derivation(
        "The ReLU angle kernel", assumptions=[t >= 0, t <= sp.pi], cites=["cho2009"]
    )
    radial = sp.Integral(r**3 * sp.exp(-(r**2) / 2), (r, 0, sp.oo))
    angular = sp.Integral(sp.cos(phi) * sp.cos(phi - t), (phi, t - sp.pi / 2, sp.pi / 2))
    derivation.start(
        radial * angular / (2 * sp.pi),
        "polar coordinates in the plane of u and v: u.x = r cos(phi), v.x = r cos(phi - t), "
        "both positive for t - pi/2 < phi < pi/2",
    )
    derivation.rewrite(angular / sp.pi, "the radial integral is 2")
    derivation.rewrite(
        (sp.sin(t) + (sp.pi - t) * sp.cos(t)) / (2 * sp.pi),
        "cos(phi) cos(phi - t) = (cos t + cos(2 phi - t)) / 2",
    )
    return derivation.conclude(sp.Function("K")(t), "relu_angle_kernel", reference="cho2009")


def _relu(z: Any) -> Any:
    return np.maximum(z, 0.0)


@cache
def relu_angle_kernel() -> Result:
    """Return K(t) = E[relu(u.x) relu(v.x)], derived from the Gaussian integral.

    Returns
    -------
    Result
        With ``.formula`` in the angle t, 0 <= t <= pi (radians).

    Notes
    -----
    Derived here; published as the arc-cosine kernel of order one (up to normalisation) by Cho and
    Saul (2009).

    Examples
    --------
    >>> import sympy as sp
    >>> relu_angle_kernel().formula.evalf(t=sp.pi)
    mpf('0.0')
    """
    formula = _derive()

    @claim("K(t) is the Gaussian mean of relu(u.x) relu(v.x)", relation="==", of=formula)
    def gaussian_mean(rng: Any) -> Any:
        kernel = formula.compile()
        means = [simulate.gaussian_mean_product(_relu, t, SAMPLES, rng=rng) for t in ANGLES]
        measured, errors = zip(*means, strict=True)
        return [kernel(t) for t in ANGLES], list(measured), list(errors)

    return Result("relu_angle_kernel", formula, (gaussian_mean,))
