"""What a family is as a result: the derivation of its reduced loss, and the claims that test it."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp

from symbias.landscape.dual_derivatives import ORDERS, a, area, b, c
from symbias.sym.derivation import Derivation
from symbias.sym.formula import Formula
from symbias.verdicts.claim import Claim, claim

LARGEST_DENSE = 24
"""Up to this dimension the Hessian is written out for comparison: it has d^4 entries."""


def reduced_formula(family: Any) -> Formula:
    """Return the loss on the matrices that a family's group fixes, derived from the dual activation.

    Parameters
    ----------
    family : Family
        The family.

    Returns
    -------
    Formula
        In d and the block coordinates, with its derivation: the derivatives of K that gradient and Hessian consist of,
        each checked, and the sum over pairs of neurons.

    Examples
    --------
    >>> import symbias as sb
    >>> reduced_formula(sb.PopulationLoss(sb.activations.relu).family("A")).symbols
    (d, w_AA, w_AA_off)
    """
    system = family.system
    dual = family.population_loss.activation.dual()
    derivation = Derivation(
        f"The population loss on matrices fixed by {family.group}",
        assumptions=[a * b > c**2, family.size > 2],
        cites=["arjevani2021", "safran2018"],
    )
    derivation.use(dual)
    for order in ORDERS[1:]:
        _derivative_step(derivation, family, order)
    value = system.loss.explicit([system.loss.value])[0]
    if family.limit.is_exact:
        value = value.xreplace(dict(zip(system.coordinates, family.limit.weights, strict=True)))
    derivation.start(
        value,
        "the sum of K over pairs of neurons and teachers, one pair of each kind counted as often as it occurs; with "
        "K(a, a, a) for a neuron and itself",
    )
    symbols = [s for s in system.args if value.has(s)]
    name = f"loss_{family.name.replace('+', '_plus_')}"
    return derivation.conclude(sp.Function("L")(*(symbols or [family.size])), name)


def _derivative_step(derivation: Derivation, family: Any, order: str) -> None:
    """Add the derivative of K that a symbol of a pair stands for, written by the area."""
    written = family.dual.general[order].xreplace({area: a * b - c**2})
    derived = family.dual.kernel
    for letter in order:
        derived = sp.diff(derived, {"a": a, "b": b, "c": c}[letter])
    if derived == written or written.is_number:
        return
    derivation.start(derived, f"the derivative of K by {', '.join(order)}")
    derivation.rewrite(
        written, "with D = a b - c^2, which is a sum of squares, and the angle from it and c"
    )


def family_claims(family: Any, d: int) -> tuple[Claim, ...]:
    """Return the claims that compare a member of a family with the loss written out.

    Parameters
    ----------
    family : Family
        The family.
    d : int
        The dimension.

    Returns
    -------
    tuple of Claim
        The gradient vanishes, the loss is the loss, the spectrum is the dense one.

    Examples
    --------
    >>> import symbias as sb
    >>> [c.title for c in family_claims(sb.PopulationLoss(sb.activations.relu).family("A"), 6)][0]
    'the gradient of the whole loss vanishes at A, d = 6'
    """
    point, loss = family.at(d), family.population_loss
    W = point.matrix()
    place = f"{family.name}, d = {d}"

    @claim(f"the gradient of the whole loss vanishes at {place}", relation="<=", of=family.formula)
    def gradient() -> Any:
        found = loss.gradient(W)
        parts = found if isinstance(found, tuple) else (found,)
        return max(float(np.abs(part).max()) for part in parts), 1e-12

    @claim(f"the loss at {place}", relation="==", tolerance=1e-12, of=family.formula)
    def value() -> Any:
        return point.loss, loss.value(W)

    @claim(f"all eigenvalues at {place}", relation="==", tolerance=1e-11, of=family.formula)
    def spectrum() -> Any:
        rows = list(point.spectrum())
        ours = np.repeat([r.eigenvalue for r in rows], [r.multiplicity for r in rows])
        return np.sort(ours), np.linalg.eigvalsh(loss.hessian(W))

    return (gradient, value, spectrum)
