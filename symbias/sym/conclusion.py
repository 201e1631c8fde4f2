"""Conclusion: how a chain of checked lines becomes a formula."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sympy.core.function import AppliedUndef

from symbias.errors import InputError
from symbias.registry import ask
from symbias.sym.chain import Chain
from symbias.sym.evidence import Evidence, weakest
from symbias.sym.formula import RELATIONS, Formula
from symbias.sym.lines import ordered_symbols
from symbias.sym.step import Step

if TYPE_CHECKING:
    from symbias.sym.derivation import Derivation


def conclude(
    derivation: Derivation,
    chain: Chain,
    left: Any,
    *,
    name: str,
    relation: str | None,
    domain: tuple[Any, ...],
    reference: str | None,
    evidence: Evidence,
    stable: Formula | None,
) -> Formula:
    """Return the formula ``lhs relation (last line)`` of a chain; see `Derivation.conclude`.

    Parameters
    ----------
    derivation : Derivation
        Its last line becomes the right-hand side.
    chain : Chain
        The chain that the last line belongs to.
    left : sympy.Expr or sympy.Matrix
        A new name, or an expression that equals the first line.
    name : str
        The name of the formula.
    relation : str or None
        The relation to state; that of the chain if None.
    domain : tuple of sympy.Boolean
        Conditions besides the assumptions of the derivation.
    reference : str or None
        Citation key.
    evidence : Evidence
        How ``left`` is known to equal the first line.
    stable : Formula or None
        What a chain with the same first line ended in, here or in a derivation with no more assumptions.

    Returns
    -------
    Formula
        The conclusion.

    Raises
    ------
    InputError
        If the relation does not follow, the name is empty, or the key is unknown.

    Examples
    --------
    >>> import symbias as sb
    >>> sb.Derivation("one").start(1, "given").conclude("c", "unit")
    Formula unit: c == 1  [given]
    """
    if not isinstance(name, str) or not name.strip():
        raise InputError("A formula needs a name.", remedy="Pass a non-empty string.")
    stated = relation or chain.relation
    if stated not in RELATIONS or chain.relation not in {stated, "=="}:
        raise InputError(
            f"The chain proves {chain.relation!r}, which does not give {stated!r}.",
            remedy="Leave the relation out.",
        )
    if reference is not None:
        ask("citations:require_key", reference)
    if stable is not None:
        _require_same_start(stable, derivation, chain)
    grades = [step.evidence.grade for step in derivation.steps]
    return Formula(
        name=name,
        lhs=left,
        rhs=derivation.line,
        relation=stated,
        symbols=ordered_symbols(left, derivation.line),
        domain=(*derivation.assumptions, *domain),
        evidence=weakest([*grades, evidence.grade, *([stable.evidence] if stable else [])]),
        reference=reference,
        derivation=derivation,
        clock=chain.clock,
        opening=chain.first,
        stable=stable,
    )


def _require_same_start(stable: Formula, derivation: Derivation, chain: Chain) -> None:
    equal = stable.opening == chain.first and {stable.relation, chain.relation} == {"=="}
    if not equal or not set(stable.domain) <= set(derivation.assumptions):
        raise InputError(
            f"Formula {stable.name} is not known to equal the last line.",
            "a stable form has to come from a chain of equalities with the same first line and no more assumptions.",
            "Start both chains with one expression.",
        )


def stable_derivations(derivation: Derivation) -> list[Derivation]:
    """Return the derivations, other than this one, of the stable forms of its formulas.

    Parameters
    ----------
    derivation : Derivation
        Whose formulas are meant.

    Returns
    -------
    list of Derivation
        Checked with it.

    Examples
    --------
    >>> import symbias as sb
    >>> net = sb.parametrizations.neuron(2)
    >>> found = net.regularizer(dict(zip(net.parameters, (1, 0, 1))))
    >>> [other.title for other in stable_derivations(found.derivation)]
    ['A potential without cancellation']
    """
    stable = [formula.stable for formula in derivation.formulas if formula.stable is not None]
    return [other.derivation for other in stable if other.derivation is not derivation]


def is_new_name(left: Any, steps: Sequence[Step]) -> bool:
    """Return whether ``left`` is a symbol or applied function that no line contains.

    Parameters
    ----------
    left : sympy.Expr or sympy.Matrix
        What the formula is to be called.
    steps : sequence of Step
        The lines so far.

    Returns
    -------
    bool
        Whether it is a mere name, so that there is nothing to check.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> is_new_name(real("c"), ())
    True
    """
    if not (getattr(left, "is_Symbol", False) or isinstance(left, AppliedUndef)):
        return False
    return not any(step.expr.has(left) for step in steps)
