"""LaTeX of formulas and derivations, for math mode and as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sympy as sp

from symbias.errors import InputError
from symbias.present.breaking import rows
from symbias.present.characters import in_math, in_text, latex_of

if TYPE_CHECKING:
    from symbias.sym.derivation import Derivation
    from symbias.sym.formula import Formula
    from symbias.sym.step import Step

LEVELS: tuple[str, ...] = ("statement", "steps", "full")
"""How much of a derivation is printed."""

RELATION_LATEX: dict[str, str] = {
    "==": "=",
    "<=": r"\le",
    ">=": r"\ge",
    "~": r"\sim",
    "in law": r"\overset{d}{=}",
}

_ROWS_ON_A_PAGE = 16
"""An aligned block does not break across pages."""

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    **{c: rf"\{c}" for c in "&%$#_{}"},
}


def escape(text: str) -> str:
    r"""Return text with the characters that LaTeX reserves escaped, except between dollar signs.

    Parameters
    ----------
    text : str
        Plain text; parts between dollar signs are LaTeX already.

    Returns
    -------
    str
        Text-mode LaTeX.

    Examples
    --------
    >>> print(escape("x_1 > 0"))
    x\_1 \textgreater{} 0
    >>> print(escape("by $u_1 v_1$, 50%"))
    by $u_1 v_1$, 50\%
    """
    parts = text.split("$")
    if len(parts) % 2 == 0:  # an odd dollar sign is one in the text
        parts = [text]
    return "$".join(
        in_math(part) if number % 2 else in_text("".join(_SPECIAL.get(c, c) for c in part))
        for number, part in enumerate(parts)
    )


def _limit(clock: tuple[Any, Any] | None) -> str:
    if clock is None:
        return ""
    return rf" \quad ({latex_of(clock[0])} \to {latex_of(sp.sympify(clock[1]))})"


def _aligned(lines: list[str]) -> str:
    return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}"


def _displayed(lines: list[str]) -> str:
    """Return rows as a paragraph of their own, one that can break across pages where there are many."""
    if len(lines) <= _ROWS_ON_A_PAGE:
        return rf"\[ {_aligned(lines)} \]"
    return "\\begin{align*}\n" + " \\\\\n".join(lines) + "\n\\end{align*}"


def formula_latex(formula: Formula) -> str:
    r"""Return a formula as math-mode LaTeX; see `Formula.latex`.

    Parameters
    ----------
    formula : Formula
        The formula.

    Returns
    -------
    str
        One line, or an ``aligned`` block when the right-hand side is long.

    Examples
    --------
    >>> import symbias as sb
    >>> print(formula_latex(sb.Derivation("one").start(1, "given").conclude("c", "unit")))
    c = 1
    """
    lines = _formula_rows(formula)
    return lines[0].replace(" {} & ", " ", 1) if len(lines) == 1 else _aligned(lines)


def _formula_rows(formula: Formula) -> list[str]:
    left, relation = latex_of(formula.lhs), RELATION_LATEX[formula.relation]
    first, *more = rows(formula.rhs)
    lines = [f"{left} {relation} {{}} & {first}", *(rf"& \quad {row}" for row in more)]
    lines[-1] += _limit(formula.clock)
    return lines


def _equation_latex(equation: Any) -> str:
    if isinstance(equation, sp.Eq):
        return f"{latex_of(equation.lhs)} = {latex_of(equation.rhs)}"
    return f"{latex_of(equation)} = 0" if isinstance(equation, sp.Expr) else latex_of(equation)


def step_rows(step: Step) -> list[str]:
    r"""Return the aligned rows of one step, without its reason.

    Parameters
    ----------
    step : Step
        The step.

    Returns
    -------
    list of str
        Rows of an ``aligned`` environment, beginning with ``&``.

    Examples
    --------
    >>> import symbias as sb
    >>> step_rows(sb.Derivation("one").start(1, "given").steps[0])
    ['& 1']
    """
    if step.kind == "use":
        return [rf"& {_equation_latex(step.expr)}"]
    relation = RELATION_LATEX.get(step.relation, "")
    first, *more = rows(step.expr)
    found = [f"& {relation} {first}".replace("  ", " "), *(rf"& \quad {row}" for row in more)]
    found[-1] += _limit(step.clock)
    return found


def _steps_latex(derivation: Derivation) -> str:
    lines: list[str] = []
    for step in derivation.steps:
        if step.kind == "start" and lines:
            lines.append("&")
        first, *more = step_rows(step)
        lines.extend([rf"{first} && \text{{{escape(step.because)}}}", *more])
    return _aligned(lines)


def _conditions_text(derivation: Derivation) -> str:
    symbols = {s for step in derivation.steps for s in step.expr.free_symbols}
    named = [
        rf"${latex_of(s)} > 0$"
        if s.is_positive
        else rf"${latex_of(s)} \in \mathbb{{Z}}$"
        if s.is_integer
        else rf"${latex_of(s)} \ge 0$"
        if s.is_nonnegative
        else ""
        for s in sorted(symbols, key=lambda s: s.name)
    ]
    shown = [*filter(None, named), *(f"${latex_of(c)}$" for c in derivation.assumptions)]
    return ", ".join(shown)


def _step_text(number: int, step: Step) -> list[str]:
    shown = [equation for equation in step.given if step.kind == "rewrite"]
    given = ", ".join(f"${_equation_latex(e)}$" for e in shown)
    reason = escape(step.because) + (f"; given {given}" if given else "")
    return [
        rf"\paragraph{{Step {number}}} {reason} \hfill [{step.evidence.grade}]",
        _displayed(step_rows(step)),
    ]


def _full_latex(derivation: Derivation) -> str:
    parts = [rf"\section*{{{escape(derivation.title)}}}"]
    assumed = _conditions_text(derivation)
    if assumed:
        parts.append(rf"\noindent Assumptions: {assumed}.")
    for number, step in enumerate(derivation.steps, 1):
        parts.extend(_step_text(number, step))
    for formula in derivation.formulas:
        where = ", ".join(f"${latex_of(c)}$" for c in formula.domain)
        parts.append(
            rf"\paragraph{{Conclusion ({escape(formula.name)})}} "
            + (f"for {where} " if where else "")
            + rf"\hfill [{formula.evidence}]"
        )
        lines = _formula_rows(formula)
        long = len(lines) > _ROWS_ON_A_PAGE
        parts.append(_displayed(lines) if long else rf"\[ {formula_latex(formula)} \]")
    parts.append(rf"\noindent Evidence of the weakest step: {derivation.evidence}.")
    if derivation.cites:
        parts.append(rf"\nocite{{{','.join(derivation.cites)}}}")
    return "\n\n".join(parts)


def derivation_latex(derivation: Derivation, level: str = "steps") -> str:
    r"""Return a derivation as LaTeX; see `Derivation.latex`.

    Parameters
    ----------
    derivation : Derivation
        The derivation.
    level : str
        A member of `LEVELS`.

    Returns
    -------
    str
        Math-mode LaTeX for ``"statement"`` and ``"steps"``, text for ``"full"``.

    Raises
    ------
    InputError
        If the level is unknown.

    Examples
    --------
    >>> import symbias as sb
    >>> d = sb.Derivation("one").start(1, "given")
    >>> _ = d.conclude("c", "unit")
    >>> print(derivation_latex(d, "statement"))
    c = 1
    """
    if not isinstance(level, str) or level not in LEVELS:
        raise InputError(f"Unknown level {level!r}.", remedy=f"Use one of {', '.join(LEVELS)}.")
    if level == "full":
        return _full_latex(derivation)
    if level == "steps":
        return _steps_latex(derivation)
    statements = [formula_latex(formula) for formula in derivation.formulas]
    if len(statements) == 1:
        return statements[0]
    return "\\begin{gathered}\n" + " \\\\\n".join(statements) + "\n\\end{gathered}"
