"""Result: a formula together with the claims that test it; it answers the four questions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from symbias.registry import ask
from symbias.sym.derivation import Derivation
from symbias.sym.formula import Formula
from symbias.verdicts.claim import Claim


@dataclass(frozen=True, eq=False)
class Result:
    """A derived formula that knows how it is verified.

    Parameters
    ----------
    name : str
        The name in the catalogue.
    formula : Formula
        What it is.
    claims : tuple of Claim
        Comparisons of its predictions with independent simulations.
    cites : tuple of str
        Keys of papers that state it, where the derivation rests on none of them.

    Examples
    --------
    >>> import symbias as sb
    >>> sb.landscape.relu_angle_kernel().formula.name
    'relu_angle_kernel'
    """

    name: str
    formula: Formula
    claims: tuple[Claim, ...]
    cites: tuple[str, ...] = ()

    @property
    def derivation(self) -> Derivation:
        """How it is known."""
        return self.formula.derivation

    def latex(self) -> str:
        """Return the statement as math-mode LaTeX.

        Returns
        -------
        str
            LaTeX without delimiters.

        Examples
        --------
        >>> import symbias as sb
        >>> "pi" in sb.landscape.relu_angle_kernel().latex()
        True
        """
        return self.formula.latex()

    def _repr_html_(self) -> str:
        return str(ask("present.formula_html:result_html", self))

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"

    def compile(self) -> Any:
        """Compile the formula.

        Returns
        -------
        Kernel
            Takes the formula's symbols in order.

        Examples
        --------
        >>> import symbias as sb
        >>> round(sb.landscape.relu_angle_kernel().compile()(0.0), 12)
        0.5
        """
        return self.formula.compile()

    def verify(self, rng: Any = None, executor: Any = None) -> Any:
        """Run every claim.

        Parameters
        ----------
        rng : int or numpy.random.Generator, optional
            Seed of the simulations.
        executor : concurrent.futures.Executor, optional
            Where independent simulations run; here, if left out.

        Returns
        -------
        Report
            One verdict per claim.

        Examples
        --------
        >>> import symbias as sb
        >>> sb.landscape.relu_angle_kernel().verify(rng=0).ok
        True
        """
        return ask("runner.verify:verify", self, rng=rng, executor=executor)
