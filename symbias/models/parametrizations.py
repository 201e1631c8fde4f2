"""Ready-made parametrizations."""

from __future__ import annotations

import numbers
from collections.abc import Sequence
from functools import reduce
from itertools import chain as chain_lists
from itertools import pairwise
from typing import Any

import sympy as sp

from symbias.contracts import checked
from symbias.errors import BudgetError, InputError
from symbias.models.parametrization import Parametrization
from symbias.sym.symbols import real

_LARGEST = 10_000


def diagonal(depth: int = 2) -> Parametrization:
    """Return the diagonal linear network w = u**depth - v**depth, to be used on every coordinate.

    Parameters
    ----------
    depth : int
        Number of layers, at least 1.

    Returns
    -------
    Parametrization
        With parameters u and v, both real.

    Raises
    ------
    InputError
        If `depth` is not a positive integer.

    References
    ----------
    Woodworth et al., Kernel and rich regimes in overparametrized models, 2020 (``woodworth2020``).

    Examples
    --------
    >>> diagonal(depth=3)
    Parametrization([u**3 - v**3], [u, v])
    """
    power = _count(depth, "depth")
    u, v = real("u v")
    return Parametrization(u**power - v**power, [u, v])


def signed_diagonal(depth: int = 2) -> Parametrization:
    """Return w = u_1 ... u_depth - v_1 ... v_depth, to be used on every coordinate.

    Parameters
    ----------
    depth : int
        Number of layers, at least 1.

    Returns
    -------
    Parametrization
        With parameters u_1, ..., u_depth, v_1, ..., v_depth, all real.

    Raises
    ------
    InputError
        If `depth` is not a positive integer.

    References
    ----------
    The model of section 4 of Azulay et al. (2021), there with depth 2.

    Examples
    --------
    >>> signed_diagonal(2)
    Parametrization([u_1*u_2 - v_1*v_2], [u_1, u_2, v_1, v_2])
    """
    layers = _count(depth, "depth")
    plus, minus = _numbered("u", layers), _numbered("v", layers)
    return Parametrization(sp.Mul(*plus) - sp.Mul(*minus), [*plus, *minus])


def neuron(d: int) -> Parametrization:
    """Return the linear neuron w = a v with v in R^d.

    Parameters
    ----------
    d : int
        Number of inputs, at least 1.

    Returns
    -------
    Parametrization
        With parameters a, v_1, ..., v_d, all real.

    Raises
    ------
    InputError
        If `d` is not a positive integer.

    Examples
    --------
    >>> neuron(2)
    Parametrization([a*v_1, a*v_2], [a, v_1, v_2])
    """
    weights, a = _numbered("v", _count(d, "number of inputs")), real("a")
    return Parametrization([a * v for v in weights], [a, *weights])


def chain(depth: int, d: int) -> Parametrization:
    """Return w = a_1 ... a_(depth - 1) v: scalars times a vector v in R^d.

    Parameters
    ----------
    depth : int
        Number of factors, the vector included; at least 1.
    d : int
        Number of inputs, at least 1.

    Returns
    -------
    Parametrization
        With parameters a_1, ..., a_(depth - 1), v_1, ..., v_d, all real.

    Raises
    ------
    InputError
        If a number is not a positive integer.

    Examples
    --------
    >>> chain(3, 2)
    Parametrization([a_1*a_2*v_1, a_1*a_2*v_2], [a_1, a_2, v_1, v_2])
    """
    scalars = _numbered("a", _count(depth, "depth") - 1)
    weights = _numbered("v", _count(d, "number of inputs"))
    return Parametrization([sp.Mul(*scalars) * v for v in weights], [*scalars, *weights])


def linear_network(shape: Sequence[int]) -> Parametrization:
    """Return the entries of a product of matrices, row by row.

    Parameters
    ----------
    shape : sequence of int
        Widths from output to input, at least two: (4, 3, 2) is a 4 x 3 matrix times a 3 x 2 matrix.

    Returns
    -------
    Parametrization
        With parameters U1_1_1, U1_1_2, ...: layer, row, column; the layer next to the output first.

    Raises
    ------
    InputError
        If a width is not a positive integer, or there is only one.

    Examples
    --------
    >>> linear_network((1, 2, 1))
    Parametrization([U1_1_1*U2_1_1 + U1_1_2*U2_2_1], [U1_1_1, U1_1_2, U2_1_1, U2_2_1])
    """
    widths = _widths(shape, "widths")
    layers = [
        sp.Matrix(rows, columns, lambda i, j, n=n: real(f"U{n}_{i + 1}_{j + 1}"))
        for n, (rows, columns) in enumerate(pairwise(widths), 1)
    ]
    product = reduce(lambda left, right: (left * right).expand(), layers)
    return Parametrization(list(product), [entry for layer in layers for entry in layer])


@checked
def two_layer_relu(
    inputs: int, hidden: int, outputs: int = 1, *, bias: bool = False
) -> Parametrization:
    """Return the products of weights along the paths of a two-layer ReLU network.

    Where no activation changes, the network is a linear function of these products, a neuron that is off contributing
    nothing. For data that turn every neuron on and off the gradients of the network span those of the products.

    Parameters
    ----------
    inputs, hidden, outputs : int
        Widths, at least 1.
    bias : bool
        Whether the hidden neurons have biases.

    Returns
    -------
    Parametrization
        Outputs a_ok w_kj, then a_ok b_k with biases; parameters a (outputs x hidden), w (hidden x inputs), b.

    Raises
    ------
    InputError
        If a width is not a positive integer.

    Examples
    --------
    >>> two_layer_relu(1, 2, bias=True).outputs
    (a_1_1*w_1_1, a_1_1*b_1, a_1_2*w_2_1, a_1_2*b_2)
    """
    d, k, m = (
        _count(n, f"number of {what}")
        for n, what in ((inputs, "inputs"), (hidden, "neurons"), (outputs, "outputs"))
    )
    first = [[real(f"w_{i}_{j}") for j in range(1, d + 1)] for i in range(1, k + 1)]
    second = [[real(f"a_{o}_{i}") for i in range(1, k + 1)] for o in range(1, m + 1)]
    biases = _numbered("b", k) if bias else ()
    into = [[*row, *biases[i : i + 1]] for i, row in enumerate(first)]
    paths = [row[i] * weight for row in second for i in range(k) for weight in into[i]]
    return Parametrization(paths, [*chain_lists(*second, *first), *biases])


def convolution(widths: Sequence[int]) -> Parametrization:
    """Return the filter of a linear network of full convolutions, one channel each.

    Parameters
    ----------
    widths : sequence of int
        Length of the filter of each layer, at least one layer.

    Returns
    -------
    Parametrization
        The coefficients of the product of polynomials; parameters k1_0, k1_1, ..., k2_0, ...: layer, tap.

    Raises
    ------
    InputError
        If a width is not a positive integer.

    Examples
    --------
    >>> convolution((2, 2)).outputs
    (k1_0*k2_0, k1_0*k2_1 + k1_1*k2_0, k1_1*k2_1)
    """
    sizes = _widths(widths, "widths", least=1)
    filters = [[real(f"k{n}_{i}") for i in range(size)] for n, size in enumerate(sizes, 1)]
    product: list[sp.Expr] = [sp.S.One]
    for taps in filters:
        product = [
            sp.expand(
                sum(product[i - j] * tap for j, tap in enumerate(taps) if 0 <= i - j < len(product))
            )
            for i in range(len(product) + len(taps) - 1)
        ]
    return Parametrization(product, list(chain_lists(*filters)))


def _count(given: Any, what: str) -> int:
    if isinstance(given, bool) or not isinstance(given, numbers.Integral) or given < 1:
        raise InputError(f"The {what} is {given!r}.", remedy="Give a positive integer.")
    if int(given) > _LARGEST:
        raise BudgetError(
            f"The {what} is {given}.", remedy=f"Symbols are written out for at most {_LARGEST}."
        )
    return int(given)


def _widths(given: Any, what: str, least: int = 2) -> list[int]:
    if not isinstance(given, Sequence) or isinstance(given, str) or len(given) < least:
        raise InputError(
            f"The {what} are {given!r}.", remedy=f"Give at least {least} positive integers."
        )
    return [_count(n, "width") for n in given]


def _numbered(name: str, count: int) -> tuple[sp.Symbol, ...]:
    return tuple(real(f"{name}_{n}") for n in range(1, count + 1))
