"""What the table of calls must hold: every public function, and every method of a public class."""

from __future__ import annotations

import inspect
from types import ModuleType
from typing import Any

import symbias as sb
from symbias.registry import PUBLIC

RECORDS = {
    "Evidence": "what the derivation writes about a step",
    "Enclosure": "made by enclose",
    "Formula": "made by conclude, whose arguments are checked",
    "Kernel": "made by compile",
    "UpdateRule": "made by its class methods",
    "Run": "what simulators return",
    "Verdict": "what claims return",
    "Report": "what verify returns",
    "Moments": "what simulators return",
    "Trajectory": "what simulators return",
    "GradientFlowSolution": "what gfs returns",
    "Laws": "what conservation_laws returns",
    "SgdConditions": "what sgd_conditions returns",
    "Threshold": "made by threshold",
    "DataWeight": "made by data_weight_function",
    "Group": "made by permutations, whose arguments are checked",
}
"""Public names that carry answers: they are read, not made by users, so what makes them checks."""


HELPERS = {"real", "checked", "exact"}
"""What modules bring along."""


def public_callables() -> set[str]:
    """Return the names that the table must hold: functions, and methods of public classes."""
    found: set[str] = set()
    for name in PUBLIC:
        value = getattr(sb, name)
        if isinstance(value, ModuleType):
            found |= {n for n, f in vars(value).items() if _is_ours(f, n)}
        elif _is_ours(value, name):
            found.add(name)
            found |= _methods(value) if inspect.isclass(value) else set()
    return {name.rpartition(".")[2] for name in found} - RECORDS.keys()


def _is_ours(value: Any, name: str) -> bool:
    if name.startswith("_") or name in HELPERS or not callable(value):
        return False
    error = inspect.isclass(value) and issubclass(value, BaseException)
    return getattr(value, "__module__", "").startswith("symbias") and not error


def _methods(cls: type) -> set[str]:
    return {
        name
        for name, member in inspect.getmembers(cls)
        if not name.startswith("_") and (inspect.isfunction(member) or inspect.ismethod(member))
    }
