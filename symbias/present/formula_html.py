"""HTML of formulas, derivations and results: statements as MathML, steps with reasons and grades."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sympy as sp

from symbias.present.html import Markup, element, inline, pill
from symbias.present.inline_math import inline_math
from symbias.present.mathml import RELATIONS, mathml
from symbias.present.mathml_breaking import pieces

if TYPE_CHECKING:
    from symbias.sym.derivation import Derivation
    from symbias.sym.formula import Formula
    from symbias.sym.step import Step

_IN_LAW = '<mover><mo lspace="0.28em" rspace="0.28em">=</mo><mi>d</mi></mover>'


def math(*markup: str) -> Markup:
    """Return MathML as formulas in a line that is broken between them.

    Parameters
    ----------
    *markup : str
        What `symbias.present.mathml` returns.

    Returns
    -------
    Markup
        One ``math`` element for each.

    Examples
    --------
    >>> print(math("<mi>x</mi>"))
    <math displaystyle="true"><mrow><mi>x</mi></mrow></math>
    """
    # One row, so that operators at its ends are spaced as ends.
    return Markup(
        " ".join(f'<math displaystyle="true"><mrow>{part}</mrow></math>' for part in markup)
    )


def _relation(relation: str) -> str:
    if relation == "in law":
        return _IN_LAW
    return f'<mo form="infix">{inline(RELATIONS[relation])}</mo>' if relation else ""


def _limit(clock: tuple[Any, Any] | None) -> list[str]:
    if clock is None:
        return []
    variable, point = clock
    shown = f"{mathml(variable)}<mo>→</mo>{mathml(sp.sympify(point))}"
    return [f'<mo form="prefix">(</mo>{shown}<mo form="postfix">)</mo>']


def _statement(left: str, relation: str, right: Any, clock: tuple[Any, Any] | None) -> Markup:
    first, *more = pieces(right)
    return math(f"{left}{_relation(relation)}{first}", *more, *_limit(clock))


def _conditions(found: Any) -> Markup:
    shown = (f"<math><mrow>{mathml(condition)}</mrow></math>" for condition in found)
    return Markup(", ".join(shown))


def formula_html(formula: Formula) -> Markup:
    """Return a formula: its name and grade, the statement, and where it holds.

    Parameters
    ----------
    formula : Formula
        The formula.

    Returns
    -------
    Markup
        A ``div`` that needs no style sheet to be read.

    Examples
    --------
    >>> import symbias as sb
    >>> found = formula_html(sb.Derivation("one").start(1, "given").conclude("c", "unit"))
    >>> "unit" in found, "<mi>c</mi>" in found
    (True, True)
    """
    shown = _statement(mathml(formula.lhs), formula.relation, formula.rhs, formula.clock)
    name = element("p", element("code", formula.name), " ", pill(formula.evidence), class_="name")
    parts = [name, element("div", shown, class_="formula")]
    if formula.domain:
        parts.append(element("p", "for ", _conditions(formula.domain), class_="domain"))
    return element("div", *parts, class_="statement")


def derivation_html(derivation: Derivation) -> Markup:
    """Return a derivation: what it concludes, and its steps with reasons and grades, folded.

    Parameters
    ----------
    derivation : Derivation
        The derivation.

    Returns
    -------
    Markup
        An ``article`` that needs no style sheet to be read.

    Examples
    --------
    >>> import symbias as sb
    >>> found = derivation_html(sb.Derivation("one").start(1, "as <given>"))
    >>> "as &lt;given&gt;" in found, "<details>" in found
    (True, True)
    """
    title = element("h4", _reason(derivation.title), " ", pill(derivation.evidence))
    parts = [title, *map(formula_html, derivation.formulas), _steps(derivation)]
    return element("article", *parts, class_="derivation")


def _steps(derivation: Derivation) -> Markup:
    parts = []
    if derivation.assumptions:
        assumed = _conditions(derivation.assumptions)
        parts.append(element("p", "Assumed: ", assumed, class_="domain"))
    parts.append(element("ol", *map(_step, derivation.steps), class_="steps"))
    if derivation.cites:
        parts.append(element("p", f"After {', '.join(derivation.cites)}", class_="sources"))
    count = len(derivation.steps)
    return element("details", element("summary", f"{count} step{'s' * (count != 1)}"), *parts)


def _step(step: Step) -> Markup:
    parts = [
        element("p", _reason(step.because), " ", pill(step.evidence.grade), class_="because"),
        element("div", _line(step), class_="formula"),
    ]
    if step.kind == "rewrite" and step.given:
        parts.append(
            element("p", "given ", _conditions(map(_equation, step.given)), class_="domain")
        )
    if step.key:
        parts.append(element("p", f"stated in {step.key}", class_="sources"))
    if step.kind != "start":
        parts.append(element("p", step.evidence.how, class_="how"))
    return element("li", *parts)


def _reason(text: str) -> Markup:
    """Return a reason; what stands between dollar signs is simple LaTeX."""
    parts = text.split("$")
    if len(parts) % 2 == 0:  # an odd dollar sign is one in the text
        parts = [text]
    return Markup("".join(_math_in_text(p) if n % 2 else inline(p) for n, p in enumerate(parts)))


def _math_in_text(latex: str) -> str:
    return f"<math>{inline_math(latex)}</math>"


def _line(step: Step) -> Markup:
    if step.kind == "use":
        return math(mathml(_equation(step.expr)))
    return _statement("", step.relation, step.expr, step.clock)


def _equation(given: Any) -> Any:
    return sp.Eq(given, 0, evaluate=False) if isinstance(given, sp.Expr) else given


def result_html(result: Any) -> Markup:
    """Return a result: its derivation, with every statement, and the claims that test it.

    Parameters
    ----------
    result : object
        Anything with ``derivation``, ``formula`` and ``claims``.

    Returns
    -------
    Markup
        A ``div`` that needs no style sheet to be read.

    Examples
    --------
    >>> import symbias as sb
    >>> "heavy" in result_html(sb.catalogue()["heavy_ball_threshold"])
    True
    """
    parts = [derivation_html(result.derivation)]
    if result.formula not in result.derivation.formulas:
        parts.insert(0, formula_html(result.formula))
    claims = [element("li", claim.title) for claim in result.claims]
    if claims:
        parts.append(element("p", "Claims that verify() puts to the test:"))
        parts.append(element("ul", *claims))
    return element("div", *parts, class_="symbias")
