"""Derivation: an ordered list of steps, each with a reason and an executable check."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import sympy as sp

from symbias.contracts import checked
from symbias.errors import BudgetError, DerivationError, InputError
from symbias.registry import ask
from symbias.sym.chain import Chain
from symbias.sym.conclusion import conclude, is_new_name, stable_derivations
from symbias.sym.conditions import conditions
from symbias.sym.equality import decide
from symbias.sym.evidence import GIVEN, Evidence, weakest
from symbias.sym.formula import Formula
from symbias.sym.lines import as_equations, as_line, as_reason
from symbias.sym.step import Step
from symbias.sym.symbols import real

STEP_SECONDS = 20.0
"""The time budget of one step."""


class Derivation:
    """A derivation that checks itself while it is written.

    Parameters
    ----------
    title : str
        What is derived.
    assumptions : iterable of sympy.Boolean
        Conditions that hold throughout, besides the assumptions of the symbols themselves.
    cites : iterable of str
        Citation keys of the papers it follows.

    Attributes
    ----------
    steps : tuple of Step
        The lines so far.
    formulas : tuple of Formula
        The formulas concluded so far.
    evidence : str
        The grade of the weakest step.

    Raises
    ------
    InputError
        If an assumption is not a condition, or a citation key is unknown.

    Examples
    --------
    >>> import sympy as sp
    >>> import symbias as sb
    >>> x = sp.symbols("x", real=True)
    >>> d = sb.Derivation("a perfect square").start(x**2 + 2*x + 1, "given")
    >>> d.rewrite((x + 1)**2, "collect").evidence
    'exact'
    >>> d.rewrite((x + 2)**2, "a slip")
    Traceback (most recent call last):
        ...
    symbias.errors.DerivationError: Step 3 of 'a perfect square' (a slip) is false...
    """

    def __init__(self, title: str, assumptions: Any = (), cites: Iterable[str] = ()) -> None:
        if not isinstance(title, str) or not title.strip():
            raise InputError("A derivation needs a title.", remedy="Pass a non-empty string.")
        self.title = title
        self.assumptions = conditions(assumptions)
        self.cites = ask("citations:require_keys", cites)
        self._steps: list[Step] = []
        self._formulas: list[Formula] = []
        self._chain = Chain(None)
        self._used: list[Any] = []

    @property
    def steps(self) -> tuple[Step, ...]:
        """The lines so far, oldest first."""
        return tuple(self._steps)

    @property
    def formulas(self) -> tuple[Formula, ...]:
        """The formulas concluded so far."""
        return tuple(self._formulas)

    @property
    def evidence(self) -> str:
        """The grade of the weakest step, ``"given"`` when nothing was derived yet."""
        return weakest(step.evidence.grade for step in self._steps)

    @property
    def line(self) -> Any:
        """The current line of the chain."""
        for step in reversed(self._steps):
            if step.kind != "use":
                return step.expr
        raise InputError(
            f"{self.title!r} has no line yet.", remedy="Begin with .start(expression, because)."
        )

    def start(self, expr: Any, because: str) -> Derivation:
        """Begin a chain: what is shown here is given, not derived.

        Parameters
        ----------
        expr : sympy.Expr or sympy.Matrix
            The first line.
        because : str
            Where it comes from.

        Returns
        -------
        Derivation
            Itself, for chaining.

        Examples
        --------
        >>> import symbias as sb
        >>> sb.Derivation("one").start(1, "given").evidence
        'given'
        """
        step = Step("start", "", as_line(expr), as_reason(because), Evidence(GIVEN, "start"))
        self._steps.append(step)
        self._chain = Chain(step.expr)
        return self

    @checked
    def rewrite(
        self,
        expr: Any,
        because: str,
        relation: str = "==",
        given: Any = (),
        *,
        clock: tuple[Any, Any] | None = None,
        seconds: float = STEP_SECONDS,
    ) -> Derivation:
        """Add a line and check it against the previous one.

        Parameters
        ----------
        expr : sympy.Expr or sympy.Matrix
            The new line.
        because : str
            The reason.
        relation : str
            ``previous relation new``: ``"=="``, ``"<="``, ``">="`` or ``"~"``.
        given : equation or iterable of equations
            Equations (or expressions that vanish) under which the step holds.
        clock : tuple, optional
            ``(symbol, point)``: the limit in which ``~`` is meant, for example ``(alpha, 0)``.
        seconds : float
            Time budget of the check.

        Returns
        -------
        Derivation
            Itself, for chaining.

        Raises
        ------
        DerivationError
            If the step is false; it carries a counterexample, and the derivation is unchanged.
        BudgetError
            If the step could not be decided.
        InputError
            If the relation does not follow those before it.

        Examples
        --------
        >>> import sympy as sp
        >>> import symbias as sb
        >>> x, y = sp.symbols("x y", real=True)
        >>> d = sb.Derivation("means").start(x*y, "given")
        >>> d.rewrite((x**2 + y**2)/2, "(x - y)**2 >= 0", relation="<=").steps[-1].relation
        '<='
        """
        longer = self._chain.extended(relation, clock)
        equations = (*self._used, *as_equations(given))
        unchecked = Evidence(GIVEN, "not checked yet")
        step = Step("rewrite", relation, as_line(expr), as_reason(because), unchecked, equations)
        step = replace(step, clock=clock)
        evidence = self._decide(len(self._steps) + 1, self.line, step, seconds)
        self._steps.append(replace(step, evidence=evidence))
        self._chain = longer
        return self

    def _decide(self, number: int, previous: Any, step: Step, seconds: float) -> Evidence:
        try:
            return decide(
                previous,
                step.expr,
                step.relation,
                assumptions=self.assumptions,
                given=step.given,
                clock=step.clock,
                seconds=seconds,
            )
        except DerivationError as error:
            raise DerivationError(
                f"Step {number} of {self.title!r} ({step.because}) is false: {error.what}",
                error.cause,
                error.remedy,
                counterexample=error.counterexample,
                values=error.values,
            ) from None
        except BudgetError as error:
            raise BudgetError(
                f"Step {number} of {self.title!r} ({step.because}) was not decided: {error.what}",
                error.cause,
                error.remedy,
            ) from None

    def cite(self, expr: Any, key: str) -> Derivation:
        """Adopt the next line from a paper; the grade falls to ``cited``.

        Parameters
        ----------
        expr : sympy.Expr or sympy.Matrix
            The new line.
        key : str
            Citation key.

        Returns
        -------
        Derivation
            Itself, for chaining.

        Raises
        ------
        InputError
            If the key is unknown.

        Examples
        --------
        >>> import sympy as sp
        >>> import symbias as sb
        >>> x = sp.symbols("x")
        >>> sb.Derivation("taken over").start(x, "given").cite(x**2, "polyak1964").evidence
        'cited'
        """
        self.line  # noqa: B018 - a chain must have begun
        ask("citations:require_key", key)
        evidence = Evidence("cited", f"taken from {key}")
        self._steps.append(Step("cite", "==", as_line(expr), f"see {key}", evidence, (), key))
        self.cites = self.cites if key in self.cites else (*self.cites, key)
        return self

    def assume(self, expr: Any, because: str) -> Derivation:
        """Take the next line as an ansatz; the grade falls to ``ansatz``.

        Parameters
        ----------
        expr : sympy.Expr or sympy.Matrix
            The new line.
        because : str
            What is assumed.

        Returns
        -------
        Derivation
            Itself, for chaining.

        Examples
        --------
        >>> import sympy as sp
        >>> import symbias as sb
        >>> x = sp.symbols("x")
        >>> sb.Derivation("scaling").start(x, "given").assume(2*x, "symmetry").evidence
        'ansatz'
        """
        self.line  # noqa: B018 - a chain must have begun
        evidence = Evidence("ansatz", "assumed")
        self._steps.append(Step("assume", "==", as_line(expr), as_reason(because), evidence))
        return self

    def use(self, formula: Formula) -> Derivation:
        """Bring in an equation derived elsewhere; later steps may use it.

        Parameters
        ----------
        formula : Formula
            With relation ``"=="``.

        Returns
        -------
        Derivation
            Itself, for chaining.

        Raises
        ------
        InputError
            If it is not a formula with relation ``==``.

        Examples
        --------
        >>> import sympy as sp
        >>> import symbias as sb
        >>> x, f = sp.symbols("x"), sp.Function("f")
        >>> square = sb.Derivation("s").start(x*x, "given").conclude(f(x), "square")
        >>> sb.Derivation("d").use(square).start(f(x) + 1, "given").rewrite(x**2 + 1, "f").evidence
        'exact'
        """
        if not isinstance(formula, Formula) or formula.relation != "==":
            raise InputError(
                f"Only formulas with relation == can be used, got {formula!r}.",
                remedy="Give other relations as assumptions of the derivation.",
            )
        equation = sp.Eq(formula.lhs, formula.rhs, evaluate=False)
        evidence = Evidence(formula.evidence, f"formula {formula.name}")
        step = Step("use", "", equation, f"formula {formula.name}", evidence)
        self._steps.append(step)
        self._used.append(equation)
        self.assumptions = (
            *self.assumptions,
            *(c for c in formula.domain if c not in self.assumptions),
        )
        return self

    @checked
    def conclude(
        self,
        lhs: Any,
        name: str,
        relation: str | None = None,
        domain: Any = None,
        reference: str | None = None,
        stable: Formula | None = None,
    ) -> Formula:
        """End the chain in a formula ``lhs relation (last line)``.

        Parameters
        ----------
        lhs : sympy.Expr, sympy.Matrix or str
            A new name for the first line (a symbol or an applied function that the chain does not
            contain), or an expression, which is then checked against the first line.
        name : str
            The name of the formula.
        relation : str, optional
            The relation of the chain when left out; it may be weaker than the chain.
        domain : sympy.Boolean or iterable of sympy.Boolean, optional
            Conditions besides the assumptions under which the formula is stated.
        reference : str, optional
            Citation key of a published form.
        stable : Formula, optional
            What a chain with the same first line ended in: an equal form that kernels evaluate, without cancellation.

        Returns
        -------
        Formula
            Its ``symbols`` are the arguments of ``lhs`` in order, then the remaining free symbols
            by name.

        Raises
        ------
        InputError
            If the relation does not follow from the chain, or the key is unknown.
        DerivationError
            If ``lhs`` is an expression and differs from the first line.

        Examples
        --------
        >>> import sympy as sp
        >>> import symbias as sb
        >>> a, x = sp.symbols("a x", positive=True)
        >>> d = sb.Derivation("scaling").start(sp.sqrt(a**2 * x), "given")
        >>> d.rewrite(a * sp.sqrt(x), "a > 0").conclude(sp.Function("f")(x, a), "scaled").symbols
        (x, a)
        """
        left = real(lhs) if isinstance(lhs, str) else as_line(lhs)
        if not is_new_name(left, self._steps):
            step = Step("rewrite", "==", left, name, Evidence(GIVEN, ""), tuple(self._used))
            evidence = self._decide(len(self._steps) + 1, self._chain.first, step, STEP_SECONDS)
        else:
            evidence = Evidence(GIVEN, "a name")
        formula = conclude(
            self,
            self._chain,
            left,
            name=name,
            relation=relation,
            domain=conditions(domain),
            reference=reference,
            evidence=evidence,
            stable=stable,
        )
        self._formulas.append(formula)
        return formula

    @checked
    def check(self, *, seconds: float = STEP_SECONDS) -> str:
        """Check every step again, from scratch.

        Parameters
        ----------
        seconds : float
            Time budget of each step.

        Returns
        -------
        str
            The grade of the derivation, as found anew.

        Raises
        ------
        DerivationError
            If a step is false.
        BudgetError
            If a step could not be decided.

        Examples
        --------
        >>> import sympy as sp
        >>> import symbias as sb
        >>> x = sp.symbols("x")
        >>> sb.Derivation("d").start((x + 1)**2, "given").rewrite(x**2 + 2*x + 1, "expand").check()
        'exact'
        """
        grades: list[str] = []
        previous: Any = None
        for number, step in enumerate(self._steps, 1):
            grade = step.evidence.grade
            if step.kind == "rewrite":
                grade = self._decide(number, previous, step, seconds).grade
            grades.append(grade)
            previous = previous if step.kind == "use" else step.expr
        grades += [other.check(seconds=seconds) for other in stable_derivations(self)]
        return weakest(grades)

    def latex(self, level: str = "steps") -> str:
        r"""Return the derivation as LaTeX.

        Parameters
        ----------
        level : str
            ``"statement"``: the concluded formulas (math mode); ``"steps"``: the chains, aligned
            (math mode); ``"full"``: text with assumptions, reasons, grades and references.

        Returns
        -------
        str
            LaTeX; for ``"statement"`` and ``"steps"`` without delimiters.

        Raises
        ------
        InputError
            If the level is unknown.

        Examples
        --------
        >>> import symbias as sb
        >>> sb.Derivation("one").start(1, "given").latex()
        '\\begin{aligned}\n& 1 && \\text{given}\n\\end{aligned}'
        """
        return str(ask("present.latex:derivation_latex", self, level))

    def write_tex(self, path: Any, standalone: bool = True) -> Any:
        """Write the full derivation to a LaTeX file.

        Parameters
        ----------
        path : str or os.PathLike
            The file to write; its directory must exist.
        standalone : bool
            Whether the file is a document of its own or a part to be input.

        Returns
        -------
        pathlib.Path
            The file.

        Raises
        ------
        InputError
            If the file cannot be written.

        Examples
        --------
        >>> import pathlib, tempfile
        >>> import symbias as sb
        >>> folder = pathlib.Path(tempfile.mkdtemp())
        >>> sb.Derivation("one").start(1, "given").write_tex(folder / "one.tex").name
        'one.tex'
        """
        return ask("present.document:write_tex", self, path, standalone)

    def _repr_html_(self) -> str:
        return str(ask("present.formula_html:derivation_html", self))

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex('steps')}$"

    def __repr__(self) -> str:
        head = f"Derivation {self.title!r}  [{self.evidence}]"
        lines = [f"  {n:>2}  {step}" for n, step in enumerate(self._steps, 1)]
        return "\n".join([head, *lines])
