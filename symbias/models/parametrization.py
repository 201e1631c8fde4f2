"""A model's definition: the predictor w as a function F of the trained parameters theta.

Everything else (the metric of its gradient flow, its regularizer, its simulation) starts from this object. It holds
symbols only; numbers meet it in the compiled kernels and in `Parametrization.pack`.
"""

from __future__ import annotations

import numbers
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp

from symbias.codegen.kernel import Kernel, compile_expression
from symbias.contracts import checked, has_items
from symbias.errors import InputError
from symbias.models.floats import as_floats
from symbias.registry import ask


class Parametrization:
    """The map w = F(theta), immutable.

    With one output and a wider data matrix the map acts on every coordinate alike: coordinate i of w has its own
    copy of the parameters (a diagonal network).

    Parameters
    ----------
    outputs : sympy.Expr or sequence of sympy.Expr
        The coordinates of w, in the symbols of `parameters` alone.
    parameters : sympy.Symbol or sequence of sympy.Symbol
        The trained parameters, in the order in which arrays hold them.

    Attributes
    ----------
    outputs : tuple of sympy.Expr
        As given.
    parameters : tuple of sympy.Symbol
        As given.

    Raises
    ------
    InputError
        If an output is not an expression, a parameter not a symbol or named twice, or if an output contains
        a symbol that is no parameter.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> u, v = real("u v")
    >>> Parametrization(u**2 - v**2, [u, v])
    Parametrization([u**2 - v**2], [u, v])
    """

    outputs: tuple[sp.Expr, ...]
    parameters: tuple[sp.Symbol, ...]

    def __init__(
        self,
        outputs: sp.Expr | Iterable[sp.Expr],
        parameters: sp.Symbol | Iterable[sp.Symbol],
    ) -> None:
        fields = vars(self)
        fields["outputs"] = _expressions(outputs)
        fields["parameters"] = _symbols(parameters)
        _check_closed(self.outputs, self.parameters)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a Parametrization is immutable; make a new one to change {name!r}")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Parametrization):
            return NotImplemented
        return (self.outputs, self.parameters) == (other.outputs, other.parameters)

    def __hash__(self) -> int:
        return hash((self.outputs, self.parameters))

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by the definition; kernels are compiled again from the cache."""
        return type(self), (self.outputs, self.parameters)

    def __repr__(self) -> str:
        return f"Parametrization({list(self.outputs)}, {list(self.parameters)})"

    def _repr_latex_(self) -> str:
        """Return the map as display LaTeX for notebooks."""
        names = ", ".join(sp.latex(s) for s in self.parameters)
        body = ", ".join(sp.latex(e) for e in self.outputs)
        inside = body if len(self.outputs) == 1 else rf"\left({body}\right)"
        return rf"$\displaystyle w\left({names}\right) = {inside}$"

    def jacobian(self) -> sp.Matrix:
        """Return dF/dtheta.

        Returns
        -------
        sympy.Matrix
            Shape (outputs, parameters).

        Examples
        --------
        >>> from symbias.sym.symbols import real
        >>> u, v = real("u v")
        >>> Parametrization(u * v, [u, v]).jacobian()
        Matrix([[v, u]])
        """
        return sp.Matrix(self.outputs).jacobian(self.parameters)

    @cached_property
    def first_order(self) -> Kernel:
        """Kernel of F and its Jacobian, stacked: q outputs, then q*p entries, row by row."""
        return compile_expression([*self.outputs, *self.jacobian()], self.parameters)

    @cached_property
    def second_order(self) -> Kernel:
        """Kernel of the second derivatives: q*p*p entries, output by output."""
        seconds = [
            sp.diff(f, a, b) for f in self.outputs for a in self.parameters for b in self.parameters
        ]
        return compile_expression(seconds, self.parameters)

    @checked
    def conservation_laws(self, at: Mapping[sp.Symbol, Any] | None = None) -> Any:
        """Count the quantities that every gradient flow of the map conserves, and find closed forms.

        Parameters
        ----------
        at : mapping of sympy.Symbol to number, optional
            Count at this point, given by exact numbers, instead of a generic one.

        Returns
        -------
        Laws
            With `.count`, `.laws` and `.complete`; of one coordinate where the map acts coordinatewise.

        Raises
        ------
        InputError
            If the map is not differentiable, has an unsupported function, or the point is no point.
        BudgetError
            If the count could not be decided.

        Examples
        --------
        >>> from symbias.sym.symbols import real
        >>> u, v = real("u v")
        >>> Parametrization(u * v, [u, v]).conservation_laws()
        1 conservation law, complete: u**2 - v**2
        """
        return ask("regularizers.laws:conservation_laws", self, at)

    @checked
    def regularizer(self, init: Mapping[sp.Symbol, Any]) -> Any:
        """Derive what gradient flow from an initialization minimises, or show that no potential of this kind exists.

        Parameters
        ----------
        init : mapping of sympy.Symbol to number, expression or array
            One value per parameter; arrays where one output acts on every coordinate.

        Returns
        -------
        Regularizer
            With `.potential`, `.conjugate`, `.derivation`, `.minimizer` and more.

        Raises
        ------
        NoRegularizer
            If a necessary test fails; `.reason` and `.defect` say which.
        BudgetError
            If a closed form was not found or a test not decided.
        InputError
            If an initial value is missing, unknown or outside the domain of the map.

        Examples
        --------
        >>> from symbias.sym.symbols import positive, real
        >>> u, v = real("u v")
        >>> a = positive("a")
        >>> Parametrization(u**2 - v**2, [u, v]).regularizer({u: a, v: a}).conjugate.rhs
        a**2*sinh(2*eta)**2
        """
        return ask("regularizers.engine:regularizer", self, init)

    @checked
    def coordinatewise(self, width: int) -> bool:
        """Return whether the map acts on every coordinate of data that wide.

        Parameters
        ----------
        width : int
            Number of columns of the data matrix.

        Returns
        -------
        bool
            True if the one output is repeated `width` times, False if the outputs are the coordinates themselves.

        Raises
        ------
        InputError
            If neither fits.

        Examples
        --------
        >>> from symbias.sym.symbols import real
        >>> u, v = real("u v")
        >>> Parametrization(u * v, [u, v]).coordinatewise(64)
        True
        """
        count = len(self.outputs)
        if count not in {1, width}:
            raise InputError(
                f"The data have {width} columns, the parametrization {count} outputs.",
                remedy="Give one expression per column, or a single one to be used for every column.",
            )
        return count == 1

    def pack(self, values: Mapping[sp.Symbol, Any], width: int) -> np.ndarray:
        """Return the parameters as the array that simulations start from.

        Parameters
        ----------
        values : mapping of sympy.Symbol to number or array
            A value for every parameter: a number, or an array of length `width` where the map acts coordinatewise.
        width : int
            Number of columns of the data matrix.

        Returns
        -------
        numpy.ndarray
            Shape (parameters, copies), where copies is `width` for a coordinatewise map and 1 otherwise.

        Raises
        ------
        InputError
            If a value is missing, unknown, not finite or of the wrong shape.

        Examples
        --------
        >>> from symbias.sym.symbols import real
        >>> u, v = real("u v")
        >>> Parametrization(u * v, [u, v]).pack({u: 1, v: [0.1, 0.2, 0.3]}, 3)
        array([[1. , 1. , 1. ],
               [0.1, 0.2, 0.3]])
        """
        _check_width(width)
        copies = width if self.coordinatewise(width) else 1
        if not isinstance(values, Mapping):
            raise InputError(
                f"The initial values are a {type(values).__name__}.",
                remedy=f"Give a dict with a value for each of {_listing(self.parameters)}.",
            )
        unknown = [key for key in values if key not in self.parameters]
        missing = [s for s in self.parameters if s not in values]
        if unknown or missing:
            raise InputError(_mismatch(unknown, missing), _why(unknown, missing), self._remedy())
        return np.array([_row(s, values[s], copies) for s in self.parameters])

    @checked
    def unpack(self, theta: np.ndarray) -> dict[sp.Symbol, Any]:
        """Return the dict of parameters that an array from `pack` stands for.

        Parameters
        ----------
        theta : numpy.ndarray
            Shape (parameters, copies).

        Returns
        -------
        dict of sympy.Symbol to float or numpy.ndarray
            Arrays of length copies; plain floats where there is one copy.

        Raises
        ------
        InputError
            If the array has another shape or type.

        Examples
        --------
        >>> from symbias.sym.symbols import real
        >>> u, v = real("u v")
        >>> Parametrization(u * v, [u, v]).unpack(np.array([[1.0], [2.0]]))
        {u: 1.0, v: 2.0}
        """
        if theta.ndim != 2 or len(theta) != len(self.parameters) or theta.dtype.kind not in "biuf":
            raise InputError(
                f"The array has shape {theta.shape} and type {theta.dtype}.",
                remedy=f"Give real numbers of shape ({len(self.parameters)}, copies), as from pack.",
            )
        return {
            s: float(row[0]) if row.size == 1 else row.copy()
            for s, row in zip(self.parameters, theta, strict=True)
        }

    def _remedy(self) -> str:
        return (
            f"Give a value for each of {_listing(self.parameters)}, keyed by these very symbols: "
            "symbols of one name with different assumptions differ."
        )


def _expressions(outputs: Any) -> tuple[sp.Expr, ...]:
    listed = (outputs,) if isinstance(outputs, sp.Expr) else _listed(outputs, "outputs")
    wrong = [e for e in listed if not isinstance(e, sp.Expr)]
    if wrong or not listed:
        what = (
            f"Output {wrong[0]!r} is a {type(wrong[0]).__name__}" if wrong else "There is no output"
        )
        raise InputError(
            f"{what}, not a SymPy expression.",
            remedy="Give expressions such as u**2 - v**2 in your own symbols.",
        )
    return listed


def _symbols(parameters: Any) -> tuple[sp.Symbol, ...]:
    single = isinstance(parameters, sp.Expr | str)
    listed = (parameters,) if single else _listed(parameters, "parameters")
    wrong = [s for s in listed if not isinstance(s, sp.Symbol)]
    if wrong or not listed:
        what = (
            f"Parameter {wrong[0]!r} is a {type(wrong[0]).__name__}"
            if wrong
            else "There is no parameter"
        )
        raise InputError(
            f"{what}, not a SymPy symbol.", remedy="List the symbols that are trained."
        )
    if len(set(listed)) < len(listed):
        raise InputError(
            f"A parameter is named twice in {_listing(listed)}.", remedy="Name each once."
        )
    return listed


def _listed(items: Any, what: str) -> tuple[Any, ...]:
    if not has_items(items) or isinstance(items, str):
        raise InputError(
            f"The {what} are a {type(items).__name__}.", remedy="Give a list of SymPy expressions."
        )
    return tuple(items)


def _check_closed(outputs: tuple[sp.Expr, ...], parameters: tuple[sp.Symbol, ...]) -> None:
    free = set().union(*(e.free_symbols for e in outputs)) - set(parameters)
    if free:
        raise InputError(
            f"The outputs contain {_listing(sorted(free, key=str))}, which no parameter is.",
            "a constant without a value, or a symbol made twice with different assumptions.",
            f"Put a number in its place, or add it to the parameters {_listing(parameters)}.",
        )


def _listing(symbols: Iterable[sp.Symbol]) -> str:
    return ", ".join(str(s) for s in symbols)


def _mismatch(unknown: list[Any], missing: list[sp.Symbol]) -> str:
    parts = []
    if missing:
        parts.append(f"no value for {_listing(missing)}")
    if unknown:
        parts.append(
            "a value for " + ", ".join(repr(k) for k in unknown) + ", which is no parameter"
        )
    return f"The initial values hold {' and '.join(parts)}."


def _why(unknown: list[Any], missing: list[sp.Symbol]) -> str:
    names = {str(s) for s in missing}
    if any(isinstance(k, str) for k in unknown):
        return "a name was given where the symbol is needed."
    return "two symbols of one name." if any(str(k) in names for k in unknown) else ""


def _check_width(width: Any) -> None:
    if not isinstance(width, numbers.Integral) or not 1 <= int(width) < 2**31:
        raise InputError(
            f"The width is {width!r}.", remedy="Give the number of columns of the data."
        )


def _row(symbol: sp.Symbol, value: Any, copies: int) -> np.ndarray:
    try:
        row = as_floats(value)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"The initial value of {symbol} is not a real number: {value!r}.",
            remedy="Give a number or an array of numbers.",
        ) from error
    if row.shape not in {(), (copies,)}:
        raise InputError(
            f"The initial value of {symbol} has shape {row.shape}.",
            remedy=f"Give a number, or an array of shape ({copies},): one value per coordinate.",
        )
    if not np.isfinite(row).all():
        raise InputError(
            f"The initial value of {symbol} is not finite.", remedy="Give finite numbers."
        )
    return np.broadcast_to(row, (copies,))
