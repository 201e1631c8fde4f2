"""The derivation behind the potential of a map with as many outputs as parameters; every line is checked."""

from __future__ import annotations

import sympy as sp

from symbias.regularizers.square import Square
from symbias.sym.derivation import Derivation
from symbias.sym.formula import Formula


def derive_square(
    found: Square, derivation: Derivation | None = None
) -> tuple[Derivation, dict[str, Formula]]:
    """Return the derivation and its formulas by name.

    Parameters
    ----------
    found : Square
        The closed forms.
    derivation : Derivation, optional
        What came before.

    Returns
    -------
    Derivation
        From the map to its warp and potential.
    dict of str to Formula
        ``"metric"``, the warp, and ``"gradient"`` and ``"potential"`` where they are closed in w.

    Raises
    ------
    DerivationError
        If a closed form is wrong.
    BudgetError
        If an integral was not found or a line could not be checked.

    Examples
    --------
    >>> from symbias.models.parametrization import Parametrization
    >>> from symbias.sym.symbols import real
    >>> u, v = real("u v")
    >>> Parametrization([u, u**2 + v], [u, v]).regularizer({u: 0, v: 0}).potential.rhs
    w_2/2 + exp(2*w_1**2 - 2*w_2)/4 - 1/4
    """
    derivation = derivation or Derivation("What gradient flow minimises", cites=["azulay2021"])
    theta, net = found.parametrization.parameters, found.parametrization
    jacobian = net.jacobian()
    derivation.start(
        jacobian * jacobian.T, r"the metric $M = J J^\top$ in the parameters, which are coordinates"
    )
    logarithm = sp.log(found.warp)
    derivation.start(
        sp.Matrix([sp.diff(logarithm, s) for s in theta]),
        r"the derivatives of the logarithm of a warp $g$",
    )
    derivation.rewrite(
        sp.Matrix(found.form), r"the only ones for which $g M^{-1}$ can be a Hessian in $w$"
    )
    derivation.start(
        sp.Matrix(found.gradient).jacobian(theta), "the derivatives of a function of the parameters"
    )
    derivation.rewrite(
        found.warp * found.inverse_jacobian.T,
        r"by $w$ they are $g M^{-1}$, which is symmetric: it is the gradient of a potential",
    )
    derivation.start(
        sp.Matrix([sp.diff(found.height, s) for s in theta]), "the derivatives of that potential"
    )
    derivation.rewrite(jacobian.T * sp.Matrix(found.gradient), "by the chain rule")
    derivation.start(found.warp, "the warp")
    formulas = {"metric": derivation.conclude(sp.Function("g")(*theta), "warp")}
    if found.inside is not None:
        at = dict(found.inside)
        derivation.start(
            sp.Matrix(net.outputs).subs(at, simultaneous=True),
            "the outputs, with the parameters solved for",
        )
        derivation.rewrite(sp.Matrix(found.w), r"they are $w$, on the branch of the start")
        derivation.start(sp.Matrix(found.link), r"the gradient in terms of $w$, zero at the start")
        formulas["gradient"] = derivation.conclude("dQ", "gradient")
        derivation.start(found.potential, r"the potential in terms of $w$, zero at the start")
        formulas["potential"] = derivation.conclude(sp.Function("Q")(*found.w), "potential")
    return derivation, formulas
