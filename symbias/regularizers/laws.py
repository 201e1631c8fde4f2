"""Laws: how many quantities every gradient flow of a map conserves, which ones, and how that is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp

from symbias.codegen.kernel import Kernel, compile_expression
from symbias.contracts import checked
from symbias.errors import InputError
from symbias.models.exact import exact
from symbias.models.parametrization import Parametrization
from symbias.registry import ask
from symbias.regularizers.differential_ring import DifferentialRing
from symbias.regularizers.drift import drift_claim
from symbias.regularizers.law_search import find_laws
from symbias.regularizers.lie_rank import GradientFields
from symbias.regularizers.special_points import dimension_at, exact_point, law_rank_at
from symbias.sym.derivation import Derivation
from symbias.sym.formula import Formula
from symbias.verdicts.claim import Claim

SEED = 2023


@dataclass(frozen=True, eq=False)
class Laws:
    """The conservation laws of a map: a result, with derivation, LaTeX, kernel and verification.

    Parameters
    ----------
    parametrization : Parametrization
        The map w = F(theta). For a coordinatewise map the laws are those of one coordinate.
    count : int
        The number of independent laws: parameters less the dimension of the Lie algebra that the gradients of the
        outputs generate, at a generic point or at `at`.
    laws : tuple of sympy.Expr
        Closed forms, functionally independent at a generic point; there may be fewer than `count`.
    complete : bool
        Whether the gradients of the closed forms span what the count says; then the count is proved by them.
    generic_count : int
        The count at a generic point.
    at : mapping or None
        The point, symbol -> exact number.
    remark : str
        What is to be said besides.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> u, v = real("u v")
    >>> Parametrization(u**2 - v**2, [u, v]).conservation_laws()
    1 conservation law, complete: u*v
    """

    parametrization: Parametrization
    count: int
    laws: tuple[sp.Expr, ...]
    complete: bool
    generic_count: int
    at: Mapping[sp.Symbol, sp.Expr] | None = None
    remark: str = ""

    def __repr__(self) -> str:
        known = "complete" if self.complete else f"{len(self.laws)} in closed form"
        shown = ": " + ", ".join(str(law) for law in self.laws) if self.laws else ""
        plural = "" if self.count == 1 else "s"
        point = ""
        if self.at is not None:
            values = ", ".join(f"{s} = {x}" for s, x in self.at.items())
            point = f" at {values} ({self.generic_count} at a generic point)"
        remark = f" [{self.remark}]" if self.remark else ""
        return f"{self.count} conservation law{plural}{point}, {known}{shown}{remark}"

    @cached_property
    def formulas(self) -> tuple[Formula, ...]:
        """One formula C_k(theta) == law for each closed form."""
        return self.derivation.formulas[1::2]

    @cached_property
    def derivation(self) -> Derivation:
        """The proof: for each law that its gradient is orthogonal to the gradient of every output."""
        return _derive(self.parametrization, self.laws)

    @property
    def formula(self) -> Formula:
        """The first of `formulas`.

        Raises
        ------
        InputError
            If there is no law in closed form.
        """
        self._need_laws()
        return self.formulas[0]

    def latex(self) -> str:
        """Return the laws as math-mode LaTeX.

        Returns
        -------
        str
            LaTeX without delimiters: an aligned list, or a sentence when there is none.

        Examples
        --------
        >>> from symbias.sym.symbols import real
        >>> u, v = real("u v")
        >>> "u v" in Parametrization(u**2 - v**2, [u, v]).conservation_laws().latex()
        True
        """
        if not self.laws:
            return rf"\text{{{self.count} conservation laws, none in closed form}}"
        lines = [rf"& {sp.latex(law)} = \text{{const}}" for law in self.laws]
        return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}"

    def _repr_html_(self) -> str:
        return str(ask("present.formula_html:result_html", self))

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"

    def compile(self) -> Kernel:
        """Compile the laws.

        Returns
        -------
        Kernel
            Takes the parameters of the map in order; the values of all laws, in order.

        Raises
        ------
        InputError
            If there is no law in closed form.

        Examples
        --------
        >>> from symbias.sym.symbols import real
        >>> u, v = real("u v")
        >>> Parametrization(u**2 - v**2, [u, v]).conservation_laws().compile()(2, 3)
        array([6.])
        """
        self._need_laws()
        return compile_expression(list(self.laws), self.parametrization.parameters)

    @cached_property
    def claims(self) -> tuple[Claim, ...]:
        """That the laws stay where they are along simulated gradient flows."""
        self._need_laws()
        return (drift_claim(self),)

    def verify(self, rng: Any = None, executor: Any = None) -> Any:
        """Measure how far the laws drift along simulated gradient flows.

        Parameters
        ----------
        rng : int or numpy.random.Generator, optional
            Seed of starts and data.
        executor : concurrent.futures.Executor, optional
            Where independent simulations run; here, if left out.

        Returns
        -------
        Report
            With one verdict.

        Raises
        ------
        InputError
            If there is no law in closed form.

        Examples
        --------
        >>> from symbias.sym.symbols import real
        >>> u, v = real("u v")
        >>> Parametrization(u**2 - v**2, [u, v]).conservation_laws().verify(rng=0).ok
        True
        """
        self._need_laws()
        return ask(
            "runner.verify:verify", [self.derivation, *self.claims], rng=rng, executor=executor
        )

    def _need_laws(self) -> None:
        if not self.laws:
            raise InputError(
                "There is no conservation law in closed form.",
                "the map has none." if self.count == 0 else "none was found.",
                "Look at .count and .complete.",
            )


@checked
def conservation_laws(
    parametrization: Parametrization, at: Mapping[sp.Symbol, Any] | None = None
) -> Laws:
    """Count the quantities that every gradient flow of a map conserves, and find closed forms.

    Parameters
    ----------
    parametrization : Parametrization
        The map w = F(theta).
    at : mapping of sympy.Symbol to number, optional
        A point at which to count; its numbers must be exact (int, Fraction, SymPy numbers), further symbols in them
        stand for generic numbers. With floats the generic count is returned, and that is said.

    Returns
    -------
    Laws
        The count and the closed forms.

    Raises
    ------
    InputError
        If a function of the map is not differentiable or not supported, or the point is no point.
    BudgetError
        If independence of functions or numbers of the map is not known, or the count at the point is not decided.

    Notes
    -----
    Number and closed forms follow Marcotte et al. (``marcotte2023``); arithmetic modulo primes, the fields of
    functions and the count at special points are derived here.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> u, v = real("u v")
    >>> found = conservation_laws(Parametrization(u**3 - v**3, [u, v]))
    >>> found.count, found.laws, found.complete
    (1, (1/v + 1/u,), True)
    """
    outputs = [exact(e, f"output {e}") for e in parametrization.outputs]
    exactly = Parametrization(outputs, parametrization.parameters)
    rng = np.random.default_rng(SEED)
    point = None if at is None else exact_point(exactly, at)
    parts, free = components(exactly)
    found = [_of_component(part, point, rng) for part in parts]
    generic = len(free) + sum(part.generic for part in found)
    count = len(free) + sum(part.count for part in found)
    laws = (*free, *(law for part in found for law in part.laws))
    complete = count == len(free) + sum(part.rank for part in found)
    inexact = at is not None and point is None
    remark = "the point is given by floats: counted at a generic one" if inexact else ""
    return Laws(parametrization, count, laws, complete, generic, point, remark)


@dataclass(frozen=True)
class _Component:
    """What is found for outputs that share no parameter with others: counts, laws, rank of their gradients."""

    generic: int
    count: int
    laws: tuple[sp.Expr, ...]
    rank: int


def _of_component(
    part: Parametrization, point: Mapping[sp.Symbol, sp.Expr] | None, rng: np.random.Generator
) -> _Component:
    size = len(part.parameters)
    fields = GradientFields(DifferentialRing(part.parameters, part.outputs), len(part.outputs))
    generic = size - fields.dimension(rng)
    laws = find_laws(part, fields, generic, rng)
    if point is None:
        return _Component(generic, generic, laws, len(laws))
    here = {s: point[s] for s in part.parameters}
    rank = law_rank_at(part, laws, here, rng)
    count = size - dimension_at(part, here, size - generic, size - rank, rng)
    return _Component(generic, count, laws, rank)


def components(parametrization: Parametrization) -> tuple[list[Parametrization], list[sp.Symbol]]:
    """Split a map into parts that share no parameter: algebra and laws are those of the parts together.

    Parameters
    ----------
    parametrization : Parametrization
        The map.

    Returns
    -------
    parts : list of Parametrization
        Each with at least one output, constant outputs left out.
    free : list of sympy.Symbol
        Parameters that no output contains; they never move.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> a, b, u, v, w = real("a b u v w")
    >>> components(Parametrization([a * u, b * v, a**2], [a, b, u, v, w]))
    ([Parametrization([a*u, a**2], [a, u]), Parametrization([b*v], [b, v])], [w])
    """
    groups: list[tuple[set[Any], list[Any]]] = []
    for output in parametrization.outputs:
        symbols, members = set(output.free_symbols), [output]
        for group in [g for g in groups if g[0] & symbols]:
            symbols, members = symbols | group[0], [*group[1], *members]
            groups.remove(group)
        if symbols:
            groups.append((symbols, members))
    order = parametrization.parameters
    groups.sort(key=lambda group: min(order.index(s) for s in group[0]))
    parts = [Parametrization(f, [s for s in order if s in symbols]) for symbols, f in groups]
    used = set().union(*(symbols for symbols, _ in groups)) if groups else set()
    return parts, [s for s in order if s not in used]


def _derive(parametrization: Parametrization, laws: tuple[sp.Expr, ...]) -> Derivation:
    parameters, outputs = parametrization.parameters, parametrization.outputs
    derivation = Derivation(
        f"Conservation laws of gradient flow ({len(parameters)} parameters, {len(outputs)} outputs)",
        cites=["marcotte2023"],
    )
    if not laws:
        return derivation.start(
            parametrization.jacobian(), "the gradients of the outputs, row by row"
        )
    for number, law in enumerate(laws, 1):
        name = f"C_{number}"
        products = [f for output in outputs if (f := _product(output, law)) != 0] or [sp.S.Zero]
        derivation.start(
            sp.Matrix(products),
            f"gradients of the outputs that share a parameter with {name}, times its gradient: the velocity of {name} "
            "along the flow of any loss is a combination of them",
        )
        derivation.rewrite(sp.zeros(len(products), 1), "differentiate and multiply out")
        derivation.conclude(f"velocity_of_{name}", f"velocity_of_{name}", reference="marcotte2023")
        arguments = [s for s in parameters if law.has(s)]
        derivation.start(sp.expand(law), f"the quantity {name}")
        derivation.rewrite(law, "collect")
        derivation.conclude(sp.Function(name)(*arguments), f"law_{number}")
    return derivation


def _product(output: sp.Expr, law: sp.Expr) -> sp.Expr:
    """Return grad output . grad law with the derivatives still to be taken."""
    shared = sorted(output.free_symbols & law.free_symbols, key=str)
    return sp.Add(*(sp.Derivative(output, s) * sp.Derivative(law, s) for s in shared))
