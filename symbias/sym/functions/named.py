"""What every function of the package has in common: a definition, and numbers to any precision."""

from __future__ import annotations

import threading
from typing import Any

import mpmath
import sympy as sp
from sympy.core.evalf import prec_to_dps
from sympy.core.function import ArgumentIndexError

from symbias.sym.symbols import dummy

GUARD_BITS = 32
"""Extra bits carried by one evaluation."""


DOUBLINGS = 4
"""How often the precision is doubled until two values agree."""

_own = threading.local()


def working_context(bits: int) -> Any:
    """Return an mpmath context of the given precision that belongs to the calling thread.

    mpmath's global context is shared by every thread and every caller, and its functions change the
    precision while they work.

    Parameters
    ----------
    bits : int
        Binary precision.

    Returns
    -------
    mpmath context
        The same one for the same thread and precision.

    Examples
    --------
    >>> str(working_context(100).sqrt(2))[:20]
    '1.4142135623731'
    """
    contexts = _own.__dict__.setdefault("contexts", {})
    if bits not in contexts:
        contexts[bits] = mpmath.mp.clone()
        contexts[bits].prec = bits
    return contexts[bits]


def to_mpmath(number: Any, context: Any) -> Any:
    """Return a SymPy number in an mpmath context.

    Parameters
    ----------
    number : sympy.Expr
        A Float, a Rational or a constant.
    context : mpmath context
        Its precision is used. (Numbers of mpmath's global context would round to that one's.)

    Returns
    -------
    mpf or mpc
        A number of the context.

    Examples
    --------
    >>> to_mpmath(sp.Rational(1, 4), working_context(53))
    mpf('0.25')
    """
    bits = context.prec
    value = number._to_mpmath(bits)  # noqa: SLF001 - SymPy has no public name for it
    return context.convert(value)


class NamedFunction(sp.Function):
    """A real function with a name of its own; users subclass it for theirs.

    A subclass gives `definition` (standard functions, valid for all real arguments), and may give
    `latex_name`, `slope`, `evaluate` (when the definition cancels at high precision too) and
    `stable_forms` (when it loses digits in floating point: pairs of a condition and an expression
    that replaces the definition there in compiled code).

    Examples
    --------
    >>> import sympy as sp
    >>> from symbias.sym.symbols import real
    >>> class swish(NamedFunction):
    ...     def definition(self):
    ...         return self.args[0] / (1 + sp.exp(-self.args[0]))
    >>> swish(sp.Integer(1)).evalf(12)
    0.731058578630
    """

    latex_name = ""

    def definition(self) -> Any:
        """Return the defining expression in standard SymPy functions.

        Returns
        -------
        sympy.Expr
            Equal to the function for all real arguments in its domain.
        """
        raise NotImplementedError(f"{type(self).__name__} has no definition")

    def stable_forms(self) -> tuple[tuple[Any, Any], ...]:
        """Return pairs ``(condition, expression)`` for where the definition loses digits.

        Returns
        -------
        tuple of (sympy.Boolean, sympy.Expr)
            Tried in order; the definition is used where no condition holds.
        """
        return ()

    def slope(self, index: int) -> Any:
        """Return the partial derivative with respect to argument `index` (from 1).

        Parameters
        ----------
        index : int
            The number of the argument.

        Returns
        -------
        sympy.Expr
            The derivative; by default that of the definition.
        """
        hole = dummy("u", real=True)
        args = [hole if k == index - 1 else a for k, a in enumerate(self.args)]
        return self.func(*args).definition().diff(hole).xreplace({hole: self.args[index - 1]})

    @classmethod
    def evaluate(cls, context: Any, *values: Any) -> Any:
        """Return the value at real numbers, in an mpmath context.

        Parameters
        ----------
        context : mpmath context
            Holds the working precision.
        *values : mpf
            The arguments.

        Returns
        -------
        mpf
            The value, to the precision of the context.
        """
        digits = context.dps + GUARD_BITS
        numbers = [sp.Float(v, digits) for v in values]
        exact = cls(*numbers, evaluate=False).definition().evalf(digits)
        return to_mpmath(exact, context)

    def fdiff(self, argindex: int = 1) -> Any:
        """Return the partial derivative, as SymPy asks for it."""
        if not 1 <= argindex <= len(self.args):
            raise ArgumentIndexError(self, argindex)
        return self.slope(argindex)

    def _eval_expand_func(self, **_hints: Any) -> Any:
        return self.definition()

    def _eval_is_extended_real(self) -> bool | None:
        return True if all(a.is_extended_real for a in self.args) else None

    def _eval_evalf(self, prec: int) -> Any:
        # Twice the bits until two values agree: the argument itself may have to be known better.
        old = self._value(prec + GUARD_BITS)
        for doubling in range(1, DOUBLINGS + 1):
            new = None if old is None else self._value((prec + GUARD_BITS) << doubling)
            if new is None or abs(new - old) <= abs(new) * sp.Float(2, prec) ** -prec:
                return None if new is None else sp.Float(new, precision=prec)
            old = new
        return None

    def _value(self, bits: int) -> Any:
        """Return the value worked out with so many bits, or None if an argument is no number."""
        digits = prec_to_dps(bits) + 2
        numbers = [a.evalf(digits) for a in self.args]
        if not all(n.is_Float or n.is_Rational for n in numbers):
            return None
        context = working_context(bits)
        value = self.evaluate(context, *(to_mpmath(n, context) for n in numbers))
        return sp.Float(value, precision=bits)

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        name = self.latex_name or rf"\operatorname{{{type(self).__name__}}}"
        power = "" if exp is None else f"^{{{exp}}}"
        inside = ", ".join(printer._print(a) for a in self.args)  # noqa: SLF001 - SymPy's protocol
        return rf"{name}{power}{{\left({inside}\right)}}"
