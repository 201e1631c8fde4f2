"""The initialization of a flow: what of it is symbolic, what is a number, and what is special about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

from symbias.errors import InputError
from symbias.models.exact import exact
from symbias.models.floats import as_floats
from symbias.models.parametrization import Parametrization
from symbias.sym.symbols import negative, positive, real

_SMALLEST, _LARGEST = sp.Rational(1, 2**1000), sp.Integer(2**1000)
"""Between these a float has all its digits."""


@dataclass(frozen=True, eq=False)
class Initialization:
    """Initial values in three forms.

    Parameters
    ----------
    generic : dict of sympy.Symbol to sympy.Expr
        For each parameter a placeholder, zero, or the expression that was given.
    exact : dict of sympy.Symbol to sympy.Expr
        Placeholder -> exact number.
    arrays : dict of sympy.Symbol to numpy.ndarray
        Placeholder -> one value per coordinate.

    Attributes
    ----------
    symbolic : bool
        Whether expressions with symbols of the user's own were given.

    Examples
    --------
    >>> import symbias as sb
    >>> net = sb.parametrizations.diagonal(2)
    >>> found = initialization(net, dict.fromkeys(net.parameters, 0.5))
    >>> found.symbolic, found.numbers
    (False, {u_0: 0.5, v_0: 0.5})
    """

    generic: dict[sp.Symbol, sp.Expr]
    exact: dict[sp.Symbol, sp.Expr]
    arrays: dict[sp.Symbol, np.ndarray]

    @property
    def symbolic(self) -> bool:
        """Whether the values contain symbols besides placeholders."""
        return bool(self.symbols - set(self.exact) - set(self.arrays))

    @property
    def symbols(self) -> set[sp.Symbol]:
        """All symbols of the generic values."""
        return set().union(*(value.free_symbols for value in self.generic.values()))

    def restricted(self, parameters: Iterable[sp.Symbol]) -> Initialization:
        """Return the initialization of some of the parameters.

        Parameters
        ----------
        parameters : iterable of sympy.Symbol
            Those that are kept.

        Returns
        -------
        Initialization
            With their values.

        Examples
        --------
        >>> import symbias as sb
        >>> net = sb.parametrizations.diagonal(2)
        >>> u, v = net.parameters
        >>> initialization(net, {u: 1, v: 2}).restricted([v]).point
        {v: 2}
        """
        generic = {s: self.generic[s] for s in parameters}
        used = set().union(*(value.free_symbols for value in generic.values()))
        return Initialization(
            generic,
            {s: x for s, x in self.exact.items() if s in used},
            {s: x for s, x in self.arrays.items() if s in used},
        )

    @property
    def point(self) -> dict[sp.Symbol, sp.Expr]:
        """The parameters at the start, numbers inserted; arrays stay placeholders."""
        return {s: value.xreplace(self.exact) for s, value in self.generic.items()}

    @property
    def numbers(self) -> dict[sp.Symbol, Any]:
        """Placeholder -> float or array."""
        return {**{s: float(x) for s, x in self.exact.items()}, **self.arrays}


def initialization(
    parametrization: Parametrization, init: Mapping[sp.Symbol, Any]
) -> Initialization:
    """Return initial values, checked.

    Parameters
    ----------
    parametrization : Parametrization
        The map.
    init : mapping of sympy.Symbol to number, expression or array
        One value per parameter; floats are read as the decimals that they print, arrays need a map with one output.

    Returns
    -------
    Initialization
        Numbers, symbols and arrays kept apart.

    Raises
    ------
    InputError
        If a value is missing, unknown, not finite, or arrays differ in length or come with several outputs.

    Examples
    --------
    >>> import symbias as sb
    >>> net = sb.parametrizations.diagonal(2)
    >>> initialization(net, dict(zip(net.parameters, (0.5, 0)))).point
    {u: 1/2, v: 0}
    """
    parameters = parametrization.parameters
    _check_names(parameters, init)
    taken = {s.name for s in parameters} | {
        f.name for value in init.values() if isinstance(value, sp.Basic) for f in value.free_symbols
    }
    made: tuple[dict[Any, Any], dict[Any, Any], dict[Any, Any]] = ({}, {}, {})
    for s in parameters:
        _place(s, init[s], made, taken, len(parametrization.outputs))
    generic, numbers, arrays = made
    lengths = {len(a) for a in arrays.values()}
    if len(lengths) > 1:
        raise InputError(
            f"The initial values are arrays of lengths {sorted(lengths)}.",
            remedy="Give numbers, or arrays with one value per coordinate.",
        )
    _check_domain(parametrization, generic, numbers)
    return Initialization(generic, numbers, arrays)


def _check_names(parameters: tuple[sp.Symbol, ...], init: Any) -> None:
    listed = ", ".join(map(str, parameters))
    if not isinstance(init, Mapping):
        raise InputError(
            f"The initial values are a {type(init).__name__}.",
            remedy=f"Give a dict with a value for each of {listed}.",
        )
    missing = [str(s) for s in parameters if s not in init]
    unknown = [str(s) for s in init if s not in parameters]
    if missing or unknown:
        raise InputError(
            f"The initial values lack {', '.join(missing) or 'nothing'} and name "
            f"{', '.join(unknown) or 'nothing'} that is no parameter.",
            "two symbols of one name, or a name instead of a symbol."
            if missing and unknown
            else "",
            f"Give a value for each of {listed}, keyed by these very symbols.",
        )


def _place(s: sp.Symbol, value: Any, made: Any, taken: set[str], outputs: int) -> None:
    generic, numbers, arrays = made
    if isinstance(value, list | tuple) or (isinstance(value, np.ndarray) and value.ndim):
        generic[s] = _placeholder(s, taken, _array(s, value, outputs))
        arrays[generic[s]] = as_floats(value)
        return
    number = exact(
        value.item() if isinstance(value, np.generic | np.ndarray) else value, f"the value of {s}"
    )
    if number.is_number and number != 0 and not _SMALLEST < abs(number) < _LARGEST:
        raise InputError(
            f"The initial value of {s} has the order of magnitude 1e{int(sp.log(abs(number), 10))}.",
            remedy="Give a number that a float can hold; for the limit of small values see .limit.",
        )
    if number.has(sp.Integral, sp.Sum, sp.Derivative, sp.core.function.AppliedUndef):
        raise InputError(
            f"The initial value of {s} is {number}, which is not written in closed form.",
            remedy="Call .doit(), or give a symbol in its place.",
        )
    if not number.is_number:
        generic[s] = number
    elif number == 0:
        generic[s] = sp.S.Zero
    else:
        generic[s] = _placeholder(s, taken, np.array([float(number)]))
        numbers[generic[s]] = number
    _check_sign(s, number)


def _array(s: sp.Symbol, value: Any, outputs: int) -> np.ndarray:
    try:
        found = as_floats(value)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"The initial value of {s} is not an array of real numbers.",
            remedy="Give finite numbers.",
        ) from error
    if found.ndim != 1 or not found.size or not np.isfinite(found).all() or outputs > 1:
        raise InputError(
            f"The initial value of {s} is an array of shape {found.shape}.",
            "the map has several outputs." if outputs > 1 else "",
            "Give finite numbers; one-dimensional arrays where one output acts on every coordinate.",
        )
    _check_sign(s, sp.Float(found.min()))
    return found


def _check_sign(s: sp.Symbol, value: sp.Expr) -> None:
    if (s.is_positive and value.is_positive is False) or (s.is_nonnegative and value.is_negative):
        raise InputError(f"{s} = {value}.", remedy=f"{s} is declared to be positive.")


def _placeholder(s: sp.Symbol, taken: set[str], values: np.ndarray) -> sp.Symbol:
    name = f"{s.name}_0"
    while name in taken:
        name += "_"
    taken.add(name)
    if (values > 0).all():
        return positive(name)
    return negative(name) if (values < 0).all() else real(name)


def _check_domain(parametrization: Parametrization, generic: Any, numbers: Any) -> None:
    for output in (*parametrization.outputs, *parametrization.jacobian()):
        value = output.subs(generic, simultaneous=True).xreplace(numbers)
        if value.has(sp.nan, sp.zoo, sp.oo, -sp.oo) or (value.is_number and value.is_real is False):
            raise InputError(
                f"{output} has no finite real value at the start.",
                "the initial values lie outside the domain of the map.",
                "Choose initial values inside it.",
            )
