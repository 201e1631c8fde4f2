"""Kernels: compiled expressions that broadcast over arrays, cached on disk by content.

What makes code is imported only where code is made: a kernel from the cache needs neither lowering
nor Numba.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from symbias.codegen.arguments import as_floats, bind, broadcast, resolve_arguments
from symbias.codegen.key import content_key
from symbias.codegen.objects import Executable, executable
from symbias.codegen.outputs import flatten
from symbias.codegen.seal import facts
from symbias.codegen.store import Stored, load, module_of
from symbias.codegen.translate import symbols_of
from symbias.codegen.vector.machine import is_usable, jit_is_off

if TYPE_CHECKING:
    from symbias.codegen.lower import Program


@dataclass(frozen=True, eq=False, repr=False)
class Kernel:
    """A compiled expression, or list of expressions; made by `compile_expression`.

    Calling it with one value per argument, by position or by name, broadcasts like NumPy. Where the
    real function is undefined the result is NaN; at poles it is an infinity or NaN, as in IEEE
    arithmetic; no warning and no exception comes from the numbers.

    Parameters
    ----------
    expressions : tuple of sympy.Basic
        What is computed, flat.
    args : tuple of sympy.Symbol
        The arguments, in calling order.
    shape : tuple of int
        The shape of the list of expressions; ``()`` for one expression.
    key : str
        The content key.
    stored : Stored
        The generated module.
    seconds : float
        How long lowering and loading took.

    Examples
    --------
    >>> import sympy as sp
    >>> from symbias.sym.symbols import real
    >>> x, y = real("x y")
    >>> kernel = compile_expression([x + y, sp.sin(x)], [x, y])
    >>> kernel
    Kernel((x, y) -> (2,))
    >>> kernel(0.0, [1.0, 2.0])
    array([[1., 2.],
           [0., 0.]])
    """

    expressions: tuple[Any, ...]
    args: tuple[Any, ...]
    shape: tuple[int, ...]
    key: str
    stored: Stored
    seconds: float
    _program: list[Program] = field(default_factory=list)

    def __call__(self, *values: Any, **named: Any) -> Any:
        """Return the values, with the shape of the list in front of the broadcast shape.

        Parameters
        ----------
        *values, **named : numbers or array_like
            One per argument; real. A dict symbol -> value works too.

        Returns
        -------
        float or numpy.ndarray
            A float for one expression at numbers.

        Raises
        ------
        InputError
            If an argument is missing, unknown, not real, or the shapes do not broadcast.
        """
        given = bind(self.args, values, named)
        arrays = [as_floats(n, v) for n, v in zip(self.names, given, strict=True)]
        flat, steps, shape = broadcast(self.names, arrays)
        points = int(np.prod(shape, dtype=np.int64))
        out = np.empty((len(self.expressions), points))
        if points:
            self._run(flat, steps, out)
        if not self.shape and not shape:
            return float(out[0, 0])
        return out.reshape(self.shape + shape)

    def _run(self, flat: list[np.ndarray], given: list[int], out: np.ndarray) -> None:
        """Run vector code, or the loop; what Numba cannot save runs from memory."""
        if self.backend == "vector":
            self.machine(flat, given, out)
            return
        inputs, steps = tuple(flat), tuple(given)
        try:
            self.loop(inputs, steps, out)
        except OSError:
            # The code was compiled but could not be saved; it runs from memory.
            self.loop(inputs, steps, out)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the arguments, in order."""
        return tuple(a.name for a in self.args)

    @property
    def signature(self) -> str:
        """The names of the arguments and the shape of the result, as text."""
        shape = "number" if not self.shape else str(self.shape)
        return f"({', '.join(self.names)}) -> {shape}"

    @property
    def source(self) -> str:
        """The text of the generated module."""
        return self.stored.source

    @property
    def path(self) -> Path:
        """The file of the generated module."""
        return self.stored.path

    @property
    def backend(self) -> str:
        """What a call runs: ``"vector"`` code, the loop of ``"numba"``, or plain ``"python"``.

        Vector code, eight points at a time, runs whatever has a vector form: all but gamma, loggamma,
        digamma and erfi, whose helpers loop until they converge. It needs a processor that fuses
        multiplications with additions. Under ``NUMBA_DISABLE_JIT=1`` everything is plain Python.
        """
        if jit_is_off():
            return "python"
        return "vector" if self._facts["VECTOR"] and is_usable() else "numba"

    @cached_property
    def machine(self) -> Executable:
        """The machine code that a call runs where `backend` is ``"vector"``."""

        def write() -> str:
            from symbias.codegen.vector.module import module_ir

            return module_ir(self.program)

        return executable(self.stored, write)

    @cached_property
    def _facts(self) -> dict[str, Any]:
        return facts(self.stored.source)

    @property
    def loop(self) -> Any:
        """The compiled function ``loop(inputs, steps, out)``, callable from ``nogil`` Numba code.

        It is made by Numba from `source` when it is first called, whatever `backend` a call of the
        kernel runs; the two agree to a few units in the last place.

        ``inputs``: one one-dimensional float64 array per argument, as a tuple, or as the rows of a
        two-dimensional array. ``steps``: one integer per argument, as a tuple or an array: 1 if its
        array has one entry per point, 0 if its first entry serves all points. ``out``: float64 array
        ``(number of expressions, number of points)``, filled in place.
        """
        return module_of(self.stored).loop

    @property
    def program(self) -> Program:
        """The statement list (worked out again if the module came from the cache)."""
        from symbias.codegen.lower import lower

        if not self._program:
            self._program.append(lower(list(self.expressions), self.args))
        return self._program[0]

    def mp(self, digits: int) -> Callable[..., Any]:
        """Return the multiprecision twin, evaluated from the same statement list.

        Parameters
        ----------
        digits : int
            Significant digits of every value; the working precision adapts to cancellation.

        Returns
        -------
        callable
            ``f(*values)`` -> mpf, or nested lists of mpf in the shape of the list. Values may be
            ints, Fractions, floats (exact as they are), strings, mpf or SymPy numbers.

        Raises
        ------
        BudgetError
            From the call, if a value cancels beyond the largest working precision.

        Examples
        --------
        >>> import sympy as sp
        >>> from symbias.sym.symbols import real
        >>> x = real("x")
        >>> compile_expression(sp.exp(x), [x]).mp(20)(1)
        mpf('2.71828182845904523536')
        """
        from symbias.codegen.twin import twin

        evaluate = twin(self.program, digits)

        def call(*values: Any, **named: Any) -> Any:
            return nested(evaluate(*bind(self.args, values, named)), self.shape)

        return call

    def ball(self, digits: int) -> Callable[..., Any]:
        """Return the ball twin, evaluated from the same statement list in interval arithmetic.

        Parameters
        ----------
        digits : int
            Relative accuracy aimed at where all arguments are exact numbers: the working precision is raised until
            it is reached, or the value may be 0. Enclosures hold in any case.

        Returns
        -------
        callable
            ``f(*values)`` -> `Enclosure` ``(low, high)``, or nested lists of them in the shape of the list. Values
            may be ints, Fractions, floats (exact as they are), strings, mpf or SymPy numbers, pairs ``(low, high)``
            of them for all numbers in between, or balls of python-flint. Both bounds are NaN where a value is not
            defined, or not shown to be, in a part of the arguments.

        Raises
        ------
        MissingDependencyError
            If python-flint is not installed.
        InputError
            From the call, if an argument is no finite real number.

        Examples
        --------
        >>> import sympy as sp
        >>> from symbias.sym.symbols import real
        >>> x = real("x")
        >>> square = compile_expression(x**2, [x]).ball(20)
        >>> square((-1, 2))
        Enclosure(low=mpf('0.0'), high=mpf('4.0'))
        >>> square("0.1").contains(sp.Rational(1, 100))
        True
        """
        from symbias.codegen.ball_twin import ball_twin

        evaluate = ball_twin(self.program, self.names, digits)

        def call(*values: Any, **named: Any) -> Any:
            return nested(evaluate(*bind(self.args, values, named)), self.shape)

        return call

    def report(self) -> dict[str, Any]:
        """Return how the kernel was made.

        Returns
        -------
        dict
            ``operations_before``, ``operations_after``, ``statements``, ``backend`` (see there),
            ``cache_hit``, ``seconds``, ``path`` and ``note`` (why the module is not in the usual
            directory, else empty).

        Examples
        --------
        >>> from symbias.sym.symbols import real
        >>> x = real("x")
        >>> compile_expression(x**2 + 1, [x]).report()["operations_after"]
        2
        """
        before, after = self._facts["OPERATIONS"]
        return {
            "operations_before": before,
            "operations_after": after,
            "statements": self._facts["STATEMENTS"],
            "backend": self.backend,
            "cache_hit": self.stored.found,
            "seconds": self.seconds,
            "path": str(self.stored.path),
            "note": self.stored.note,
        }

    def __repr__(self) -> str:
        return f"Kernel({self.signature})"

    def __reduce__(self) -> Any:
        return _restore, (self.expressions, self.args, self.shape)


def nested(values: list[Any], shape: tuple[int, ...]) -> Any:
    """Return a flat list in nested form.

    Parameters
    ----------
    values : list
        As many as the product of the shape.
    shape : tuple of int
        ``()`` for a single value.

    Returns
    -------
    object or nested lists
        The value, or lists of them.

    Examples
    --------
    >>> nested([1, 2, 3, 4], (2, 2))
    [[1, 2], [3, 4]]
    """
    if not shape:
        return values[0]
    size = len(values) // shape[0]
    return [nested(values[k * size : (k + 1) * size], shape[1:]) for k in range(shape[0])]


def _restore(expressions: tuple[Any, ...], args: tuple[Any, ...], shape: tuple[int, ...]) -> Kernel:
    """Return the kernel of flat expressions, from memory, disk or made anew."""
    start = time.perf_counter()
    roots = list(expressions)
    programs: list[Program] = []

    def write() -> str:
        from symbias.codegen.lower import lower
        from symbias.codegen.source import module_text

        programs.append(lower(roots, args))
        return module_text(programs[0], key)

    key = content_key(roots, args)
    stored = load(key, write)
    return Kernel(expressions, args, shape, key, stored, time.perf_counter() - start, programs)


def compile_expression(expressions: Any, args: Any) -> Kernel:
    """Compile one expression, a nested list of expressions or a matrix.

    Parameters
    ----------
    expressions : sympy.Expr, number, condition, nested list or tuple, or SymPy matrix
        Made of the functions listed under "Supported functions" in the reference.
    args : sequence of sympy.Symbol or str
        The arguments, in calling order; all free symbols must be there.

    Returns
    -------
    Kernel
        Compiled on its first call, or loaded from the cache.

    Raises
    ------
    InputError
        If the arguments are not distinct symbols that cover the free symbols.
    CodegenError
        If a function is not supported; the message names it and lists what is.
    BudgetError
        If there are too many statements.
    CacheError
        If ``SYMBIAS_CACHE_DIR`` cannot be written.

    Examples
    --------
    >>> import sympy as sp
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> compile_expression(sp.log(1 + sp.exp(x)), [x])(1000)
    1000.0
    """
    flat, shape = flatten(expressions)
    return _restore(tuple(flat), resolve_arguments(args, symbols_of(flat)), shape)


def compile_formula(formula: Any) -> Kernel:
    """Compile the closed form of a formula in its symbols, in its stable form where it has one.

    Parameters
    ----------
    formula : Formula
        Anything with ``rhs``, ``stable`` and ``symbols``.

    Returns
    -------
    Kernel
        Takes the formula's symbols in their order.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from symbias.sym.symbols import real
    >>> x = real("x")
    >>> compile_formula(SimpleNamespace(rhs=x**2, stable=None, symbols=(x,)))(3)
    9.0
    """
    form = formula if formula.stable is None else formula.stable
    return compile_expression(form.rhs, formula.symbols)
