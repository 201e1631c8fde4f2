"""Examine: check each derivation, compile each formula and run each claim, one verdict for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
from symbias.verdicts.verdict import Verdict

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
        yield Examination("derivation", derivation.title, "", "", _Check(derivation))
    for formula in items.formulas:
        evidence = formula.evidence
        yield Examination("compiled", formula.name, formula.relation, evidence, _Compile(formula))
    for claim in items.claims:
        yield Examination(
            claim.kind, claim.title, claim.relation, claim.evidence, _Run(claim, seed)
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
        return item.judge(), ""
    seconds = perf_counter() - start
    return failed(item, guard.message, seconds), guard.trace


def failed(item: Examination, message: str, seconds: float = 0.0) -> Verdict:
    """Return the verdict on something that could not be judged.

    Parameters
    ----------
    item : Examination
        What was to be done.
    message : str
        One paragraph: why not.
    seconds : float
        How long it took.

    Returns
    -------
    Verdict
        It does not hold.

    Examples
    --------
    >>> failed(Examination("bound", "t", "<=", "", print), "it raised")
    FAILS: t  [<=]  (it raised)
    """
    return _verdict(
        item.title, item.relation, item.kind, item.evidence, message, seconds, holds=False
    )


def _verdict(
    title: str,
    relation: str,
    kind: str,
    evidence: str,
    message: str,
    seconds: float,
    *,
    holds: bool,
    **details: Any,
) -> Verdict:
    numbers = dict.fromkeys(("predicted", "measured", "error", "tolerance"))
    return Verdict(
        title=title,
        relation=relation,
        kind=kind,
        holds=holds,
        message=message,
        evidence=evidence,
        seconds=seconds,
        details=details,
        **numbers,
    )


class _Check(NamedTuple):
    derivation: Derivation

    def __call__(self) -> Verdict:
        start = perf_counter()
        grade = self.derivation.check()
        message = f"{len(self.derivation.steps)} steps checked"
        seconds = perf_counter() - start
        return _verdict(
            self.derivation.title, "", "derivation", grade, message, seconds, holds=True
        )


class _Compile(NamedTuple):
    formula: Formula

    def __call__(self) -> Verdict:
        start = perf_counter()
        formula = self.formula
        if is_symbolic(formula):
            message, report = "not compiled: it is symbolic", {}
        else:
            report = dict(formula.compile().report())
            message = "from the cache" if report.get("cache_hit") else "compiled"
        return _verdict(
            formula.name,
            formula.relation,
            "compiled",
            formula.evidence,
            message,
            perf_counter() - start,
            holds=True,
            **report,
        )


class _Run(NamedTuple):
    claim: Claim
    seed: int

    def __call__(self) -> Verdict:
        rng = np.random.default_rng([self.seed, crc32(self.claim.title.encode())])
        return self.claim.run(rng)


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
