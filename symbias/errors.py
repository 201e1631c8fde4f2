"""The errors of the package: each message says what failed, why, and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def near(name: str, known: Iterable[str]) -> str:
    """Return the remedy for a name that does not exist: those that look like it, or all of them.

    Parameters
    ----------
    name : str
        The unknown name.
    known : iterable of str
        The names that exist.

    Returns
    -------
    str
        One sentence.

    Examples
    --------
    >>> near("polyak64", ["polyak1964", "cho2009"])
    'Did you mean polyak1964?'
    """
    from difflib import get_close_matches

    names = sorted(known)
    close = get_close_matches(name, names, n=3, cutoff=0.5)
    return f"Did you mean {' or '.join(close)}?" if close else f"Known are: {', '.join(names)}."


class SymbiasError(Exception):
    """Base class of every error that symbias raises on purpose.

    Parameters
    ----------
    what : str
        What failed, as a full sentence.
    cause : str, optional
        The likely cause.
    remedy : str, optional
        What the user can do next.

    Examples
    --------
    >>> print(SymbiasError("The data hold a NaN.", remedy="Remove the row."))
    The data hold a NaN. What to do: Remove the row.
    """

    def __init__(self, what: str, cause: str = "", remedy: str = "") -> None:
        parts = [what]
        if cause:
            parts.append(f"Likely cause: {cause}{'' if cause[-1] in '.?!' else '.'}")
        if remedy:
            parts.append(f"What to do: {remedy}")
        super().__init__(" ".join(parts))
        self.what, self.cause, self.remedy = what, cause, remedy

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by the three sentences, so that errors cross process borders unharmed."""
        return type(self), (self.what, self.cause, self.remedy), self.__dict__


class InputError(SymbiasError, ValueError):
    """An argument has the wrong type, shape, name or content."""


class DomainError(InputError):
    """A value lies outside the assumptions or the domain of a formula."""


class DerivationError(SymbiasError):
    """A step of a derivation is false.

    Attributes
    ----------
    counterexample : dict
        Symbol -> value at which the step fails; empty for constants.
    values : tuple
        Both sides there: ``(previous line, new line)``.

    Examples
    --------
    >>> DerivationError("They differ.", counterexample={"x": 2}, values=(4, 5)).counterexample
    {'x': 2}
    """

    def __init__(
        self,
        what: str,
        cause: str = "",
        remedy: str = "",
        *,
        counterexample: Mapping[Any, Any] | None = None,
        values: tuple[Any, ...] = (),
    ) -> None:
        super().__init__(what, cause, remedy)
        self.counterexample = dict(counterexample or {})
        self.values = values


class NoRegularizer(SymbiasError):  # noqa: N818 - a finding, named as users say it
    """A necessary test for a (warped) mirror potential fails.

    Attributes
    ----------
    reason : str
        ``"no intrinsic metric"``, ``"no warp"`` or ``"rank deficient"``.
    defect : object
        A number or expression that the test wants to be zero, proved different from zero.
    point : dict
        Parameter -> exact value at which the defect was taken; empty if it holds everywhere.

    Examples
    --------
    >>> NoRegularizer("The metric has rank 1.", reason="rank deficient", defect=1).reason
    'rank deficient'
    """

    def __init__(
        self,
        what: str,
        cause: str = "",
        remedy: str = "",
        *,
        reason: str = "",
        defect: Any = None,
        point: Mapping[Any, Any] | None = None,
    ) -> None:
        super().__init__(what, cause, remedy)
        self.reason, self.defect = reason, defect
        self.point = dict(point or {})


class BudgetError(SymbiasError):
    """Something could not be decided or computed within its budget; that never means "false"."""


class CodegenError(SymbiasError):
    """An expression cannot be compiled; the message names the unsupported part."""


class CacheError(SymbiasError):
    """No usable directory for compiled kernels was found."""


class ConvergenceError(SymbiasError):
    """An iteration or an integration ended before it reached its tolerance."""


class VerificationError(SymbiasError):
    """A claim returned something that no verdict can be given on."""


class ScriptError(SymbiasError):
    """A derivation script could not be collected or run."""


class MissingDependencyError(SymbiasError, ImportError):
    """An optional dependency is not installed; the message names the extra."""
