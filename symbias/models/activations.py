"""Ready-made activations."""

from __future__ import annotations

from typing import Any

import sympy as sp

from symbias.contracts import checked
from symbias.errors import InputError
from symbias.models.activation import ARGUMENT, Activation
from symbias.models.exact import exact
from symbias.models.half_lines import HIGHEST

_Z = ARGUMENT

relu = Activation(sp.Max(_Z, 0), _Z)
"""max(z, 0)."""

abs = Activation(sp.Abs(_Z), _Z)  # noqa: A001 - the name that users know
"""The modulus of z."""

quadratic = Activation(_Z**2, _Z)
"""The square of z."""

erf = Activation(sp.erf(_Z), _Z)
"""The error function."""


def leaky_relu(slope: Any) -> Activation:
    """Return the leaky rectifier: z for z > 0 and slope * z below.

    Parameters
    ----------
    slope : number or sympy.Expr
        Real; not 1, which leaves nothing but z.

    Returns
    -------
    Activation
        With the symbols of the slope as its parameters.

    Raises
    ------
    InputError
        If the slope is 1 or no real number or expression.

    Examples
    --------
    >>> leaky_relu(0.01).degree
    1
    """
    found = exact(slope, "the slope")
    if found == 1:
        raise InputError(
            "With slope 1 the leaky rectifier is z itself.",
            remedy="Use sb.Activation(z, z) if a linear network is meant.",
        )
    return Activation(sp.Piecewise((_Z, _Z > 0), (found * _Z, True)), _Z)


@checked
def relu_power(n: int) -> Activation:
    """Return the power of the rectifier: z**n for z > 0 and 0 below.

    Parameters
    ----------
    n : int
        From 0, the step, to 12.

    Returns
    -------
    Activation
        The activation, homogeneous of degree n.

    Raises
    ------
    InputError
        If n is out of range.

    Examples
    --------
    >>> relu_power(2).self_dual().rhs
    3*a**2/2
    """
    if not 0 <= n <= HIGHEST:
        raise InputError(f"The power is {n}.", remedy=f"Choose an integer from 0 to {HIGHEST}.")
    return Activation(sp.Max(_Z, 0) ** n if n else sp.Heaviside(_Z), _Z)
