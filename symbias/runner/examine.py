"""Examine: check each derivation, compile each formula and run each claim, one verdict for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np
import sympy as sp
from sympy.core.function import AppliedUndef

from symbias.runner.collect import Collection
from symbias.runner.guard import Guard
from symbias.sym.derivation import Derivation
from symbias.sym.formula import Formula
from symbias.verdicts.claim import Claim
from symbias.verdicts.verdict import Verdict, without_numbers

SYMBOLIC = (
    AppliedUndef,
    sp.Derivative,
    sp.Subs,
    sp.Integral,
    sp.Sum,
    sp.Product,
    sp.Limit,
    sp.Indexed,
    sp.MatrixSymbol,
)
"""What keeps an expression from being a number once its symbols are; such a formula is not compiled."""


class Examination(NamedTuple):
    """Something to be put to the test: what it is called, and how to do it."""

    kind: str
    title: str
    relation: str
    evidence: str
    judge: Callable[[], Verdict]


def examinations(items: Collection, seed: int) -> Iterator[Examination]:
    """Yield what is to be tested, derivations first.

    Parameters
    ----------
    items : Collection
        What a script defines.
    seed : int
        The seed of the run; every claim gets a generator seeded by it and by its own title, so that
        neither order nor number of workers matters.

    Yields
    ------
    Examination
        Not yet done.

    Examples
    --------
    >>> import symbias as sb
    >>> from symbias.runner.collect import collect
    >>> d = sb.Derivation("one").start(1, "given")
    >>> [item.kind for item in examinations(collect([d]), seed=0)]
    ['derivation']
    """
    for derivation in items.derivations:
        yield Examination("derivation", derivation.title, "", "", partial(_check, derivation))
    for formula in items.formulas:
        evidence = formula.evidence
        yield Examination(
            "compiled", formula.name, formula.relation, evidence, partial(_compile, formula)
        )
    for claim in items.claims:
        yield Examination(
            claim.kind, claim.title, claim.relation, claim.evidence, partial(_run, claim, seed)
        )


def examine(item: Examination, script: Path | None = None) -> tuple[Verdict, str]:
    """Put one thing to the test; whatever it raises is a verdict that does not hold.

    Parameters
    ----------
    item : Examination
        What is to be done.
    script : pathlib.Path, optional
        The script, to name the line that raised.

    Returns
    -------
    verdict : Verdict
        Its outcome.
    trace : str
        The traceback, empty if nothing was raised.

    Examples
    --------
    >>> verdict, trace = examine(Examination("bound", "t", "<=", "", lambda: 1 / 0))
    >>> verdict.holds, "ZeroDivisionError" in trace
    (False, True)
    """
    start = perf_counter()
    with Guard(script) as guard:
        verdict = item.judge()
        return replace(verdict, seconds=perf_counter() - start), ""
    failed = without_numbers(
        item.kind,
        item.title,
        guard.message,
        relation=item.relation,
        evidence=item.evidence,
        seconds=perf_counter() - start,
    )
    return failed, guard.trace


def _check(derivation: Derivation) -> Verdict:
    grade = derivation.check()
    checked = sum(step.kind == "rewrite" for step in derivation.steps)
    message = (
        f"checked: {checked} of {len(derivation.steps)} lines" if checked else "nothing derived"
    )
    return without_numbers("derivation", derivation.title, message, holds=True, evidence=grade)


def _compile(formula: Formula) -> Verdict:
    report: dict[str, Any] = {}
    message = "symbolic: it has no number to compile"
    if not is_symbolic(formula):
        report = dict(formula.compile().report())
        message = "cached" if report.get("cache_hit") else "compiled"
    return without_numbers(
        "compiled",
        formula.name,
        message,
        holds=True,
        relation=formula.relation,
        evidence=formula.evidence,
        details=report,
    )


def _run(claim: Claim, seed: int) -> Verdict:
    return claim.run(np.random.default_rng([seed, crc32(claim.title.encode())]))


def is_symbolic(formula: Formula) -> bool:
    """Say whether a closed form stays symbolic when its symbols are numbers.

    Parameters
    ----------
    formula : Formula
        The formula.

    Returns
    -------
    bool
        True for statements with undefined functions, unevaluated integrals and the like, and for
        those of sets and relations.

    Examples
    --------
    >>> import symbias as sb
    >>> is_symbolic(sb.Derivation("d").start(2, "given").conclude("two", "two"))
    False
    """
    rhs = formula.rhs
    entries = list(rhs) if isinstance(rhs, sp.MatrixBase) else [rhs]
    return any(not isinstance(item, sp.Expr) or item.has(*SYMBOLIC) for item in entries)
