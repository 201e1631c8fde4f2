"""Claim: a function that puts a prediction beside a measurement, with the relation between them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import update_wrapper
from time import perf_counter
from typing import Any, NamedTuple

from symbias.contracts import checked
from symbias.errors import InputError
from symbias.verdicts.verdict import ENTIRELY_LOOSE, Verdict


class Kind(NamedTuple):
    """A verdict type: the widest tolerance it takes, and its options with their checks."""

    loosest: float
    options: dict[str, Callable[[Any], bool]]


KINDS: dict[str, Kind] = {
    "equality": Kind(ENTIRELY_LOOSE, {}),
    "bound": Kind(ENTIRELY_LOOSE, {}),
    "scaling": Kind(0.25, {"limit": lambda end: end in {"small", "large"}}),
    "law": Kind(0.25, {}),
    "limit": Kind(ENTIRELY_LOOSE, {"order": lambda p: isinstance(p, (int, float)) and p > 0}),
}

RELATIONS: dict[str, str] = {
    "==": "equality",
    "<=": "bound",
    ">=": "bound",
    "~": "scaling",
    "in law": "law",
    "->": "limit",
}
"""The relation of a claim gives its verdict type."""


class Claim:
    """A claim; calling it calls the plain function, `run` gives the verdict.

    Parameters
    ----------
    function : callable
        ``f(rng)`` or ``f()``; returns what the verdict type of the relation judges.
    title : str
        What is claimed.
    relation : str
        A key of `RELATIONS`.
    tolerance : float, optional
        Passed to the verdict type.
    of : object, optional
        The formula or derivation that the claim is about.
    options : mapping, optional
        Options of the verdict type.

    Examples
    --------
    >>> Claim(lambda: (4.0, sum([2.0, 2.0])), "twice two").run().holds
    True
    """

    @checked
    def __init__(
        self,
        function: Callable[..., Any],
        title: str,
        relation: str = "==",
        *,
        tolerance: float | None = None,
        of: Any = None,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        _check(title, relation, tolerance, options or {})
        self.function, self.title, self.relation = function, title, relation
        self.tolerance, self.of, self.options = tolerance, of, dict(options or {})
        update_wrapper(self, function)

    @property
    def kind(self) -> str:
        """The verdict type."""
        return RELATIONS[self.relation]

    @property
    def evidence(self) -> str:
        """The grade of what the claim is about, or empty."""
        return str(getattr(self.of, "evidence", "") or "")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:  # noqa: D102 - the class says it
        return self.function(*args, **kwargs)

    def run(self, rng: Any = None) -> Verdict:
        """Call the function and judge what it returns.

        Parameters
        ----------
        rng : int, numpy.random.Generator or None
            Seed or generator for a function that takes a parameter; None is the seed 0.

        Returns
        -------
        Verdict
            The verdict, timed.

        Raises
        ------
        VerificationError
            If the function returned something that no verdict can be given on.

        Examples
        --------
        >>> import symbias as sb
        >>> @sb.claim("uniform means are 1/2", relation="==")
        ... def mean(rng):
        ...     x = rng.uniform(size=10_000)
        ...     return 0.5, x.mean(), x.std() / 100
        >>> mean.run(rng=1).holds
        True
        """
        import numpy as np

        start = perf_counter()
        takes_rng = bool(inspect.signature(self.function).parameters)
        answer = (
            self.function(np.random.default_rng(0 if rng is None else rng)) if takes_rng else self()
        )
        verdict = self._judge(answer)
        return replace(
            verdict,
            title=self.title,
            relation=self.relation,
            evidence=self.evidence,
            seconds=perf_counter() - start,
        )

    def _judge(self, answer: Any) -> Verdict:
        # Imported where needed: the goodness of fit alone brings in all of SciPy's statistics.
        if self.kind == "bound":
            from symbias.verdicts.bound import bound

            return bound(answer, self.tolerance, self.relation)
        if self.kind == "law":
            from symbias.verdicts.law import law

            return law(answer, self.tolerance, **self.options)
        from symbias.verdicts.equality import equality
        from symbias.verdicts.limit import limit
        from symbias.verdicts.scaling import scaling

        judges: dict[str, Callable[..., Verdict]] = {
            "equality": equality,
            "scaling": scaling,
            "limit": limit,
        }
        return judges[self.kind](answer, self.tolerance, **self.options)

    def __repr__(self) -> str:
        return f"Claim {self.title!r}  [{self.relation}, {self.kind}]"


def claim(
    title: str,
    relation: str = "==",
    tolerance: float | None = None,
    of: Any = None,
    **options: Any,
) -> Callable[[Callable[..., Any]], Claim]:
    """Declare a function to be a claim.

    Parameters
    ----------
    title : str
        What is claimed, as a sentence of the paper would say it.
    relation : str
        What the function returns: ``"=="`` (predicted, measured[, standard error]); ``"<="``,
        ``">="`` both sides as they read; ``"~"`` (scale, values, exponent); ``"in law"`` (sample,
        cdf or second sample); ``"->"`` (h, values, limit[, standard error]).
    tolerance : float, optional
        Of equalities, bounds and limits relative to the prediction; of scalings and laws the
        coarsest resolution allowed. Each verdict type has a default and a widest value.
    of : Formula or Derivation, optional
        What the claim is about; its evidence is shown beside the verdict.
    **options
        ``limit="small"`` or ``"large"`` for ``"~"``; ``order=1.0`` for ``"->"``.

    Returns
    -------
    callable
        A decorator that turns ``f(rng)`` or ``f()`` into a `Claim`.

    Raises
    ------
    InputError
        If the relation, the tolerance or an option does not exist or is out of range.

    Examples
    --------
    >>> import symbias as sb
    >>> @sb.claim("the harmonic mean is at most the arithmetic one", relation="<=")
    ... def means(rng):
    ...     x = rng.uniform(1, 2, size=(100, 3))
    ...     return 3 / (1 / x).sum(axis=1), x.mean(axis=1)
    >>> means.run().holds
    True
    """
    _check(title, relation, tolerance, options)
    return lambda function: Claim(
        function, title, relation, tolerance=tolerance, of=of, options=options
    )


def _check(title: Any, relation: Any, tolerance: Any, options: Mapping[str, Any]) -> None:
    if not isinstance(title, str) or not title.strip():
        raise InputError(
            "A claim needs a title.",
            "the decorator was used without parentheses" if callable(title) else "",
            'Write @sb.claim("what is claimed", relation="==").',
        )
    if not isinstance(relation, str) or relation not in RELATIONS:
        raise InputError(
            f"{relation!r} is not a relation.", remedy=f"Use one of {', '.join(RELATIONS)}."
        )
    _check_tolerance(RELATIONS[relation], tolerance)
    _check_options(RELATIONS[relation], options)


def _check_tolerance(kind: str, tolerance: float | None) -> None:
    loosest = KINDS[kind].loosest
    if not isinstance(tolerance, float | int | None) or isinstance(tolerance, bool):
        raise InputError(
            f"The tolerance {tolerance!r} of the {kind} claim is no float.",
            remedy=f"Give a number in [0, {loosest:g}].",
        )
    if tolerance is not None and not 0 <= tolerance <= loosest:
        raise InputError(
            f"The tolerance {tolerance} of the {kind} claim is not in [0, {loosest:g}].",
            "so wide a tolerance would let a wrong formula pass" if tolerance > loosest else "",
            f"Choose a tolerance of at most {loosest:g}.",
        )


def _check_options(kind: str, options: Mapping[str, Any]) -> None:
    known = KINDS[kind].options
    for name, value in options.items():
        if name not in known or not known[name](value):
            said = ", ".join(known) or "none"
            raise InputError(
                f"A {kind} claim cannot have the option {name}={value!r}.",
                remedy=f"The options of this relation are: {said}.",
            )
