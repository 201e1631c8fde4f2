"""The derivations behind the potentials of conformal and of isotropic metrics; every line is checked."""

from __future__ import annotations

import sympy as sp

from symbias.regularizers.conformal import Conformal
from symbias.regularizers.isotropic import HEIGHT, Isotropic
from symbias.sym.derivation import Derivation
from symbias.sym.formula import Formula


def derive_conformal(
    found: Conformal, derivation: Derivation | None = None
) -> tuple[Derivation, dict[str, Formula]]:
    """Return the derivation and its formulas by name.

    Parameters
    ----------
    found : Conformal
        The closed forms.
    derivation : Derivation, optional
        What came before.

    Returns
    -------
    Derivation
        From the map to its potential.
    dict of str to Formula
        ``"trajectory"``, ``"conjugate"``, ``"gradient"``, ``"potential"``.

    Raises
    ------
    DerivationError
        If a closed form is wrong.

    Examples
    --------
    >>> from symbias.models.parametrization import Parametrization
    >>> from symbias.sym.symbols import real
    >>> u, v = real("u v")
    >>> square = Parametrization([u**2 - v**2, 2 * u * v], [u, v])
    >>> square.regularizer({u: 1, v: 0}).potential.rhs
    w_1**2/2 - w_1 + w_2**2/2 + 1/2
    """
    derivation = derivation or Derivation("What gradient flow minimises", cites=["azulay2021"])
    jacobian = found.parametrization.jacobian()
    derivation.start(
        jacobian * jacobian.T,
        r"the metric $M = J J^\top$: $w' = M r$ with $r = -\partial L/\partial w$",
    )
    derivation.rewrite(
        found.warp * found.constant,
        "a multiple of a constant matrix: the multiple is a warp of time",
    )
    formulas: dict[str, Formula] = {}
    eta, w = found.eta, found.w
    derivation.start(
        sp.Matrix(found.trajectory),
        r"the outputs in that time, with $\eta$ the integral of $-\partial L/\partial w$ over it",
    )
    formulas["trajectory"] = derivation.conclude("w", "trajectory")
    derivation.start(
        sp.Matrix([sp.diff(found.conjugate, e) for e in eta]), "the gradient of the conjugate"
    )
    derivation.rewrite(sp.Matrix(found.trajectory), r"it is $w$")
    derivation.start(found.conjugate, r"the conjugate, zero at $\eta = 0$")
    formulas["conjugate"] = derivation.conclude(sp.Function("Qstar")(*eta), "conjugate")
    derivation.start(
        sp.Matrix([sp.diff(found.potential, x) for x in w]), "the gradient of the potential"
    )
    derivation.rewrite(sp.Matrix(found.link), r"it is $\eta$ in terms of $w$")
    formulas["gradient"] = derivation.conclude("dQ", "gradient")
    derivation.start(
        found.potential,
        "the potential: half the squared distance from the start in the constant metric",
    )
    formulas["potential"] = derivation.conclude(sp.Function("Q")(*w), "potential")
    return derivation, formulas


def derive_isotropic(
    found: Isotropic, derivation: Derivation | None = None
) -> tuple[Derivation, dict[str, Formula]]:
    """Return the derivation and its formulas by name.

    Parameters
    ----------
    found : Isotropic
        The closed forms.
    derivation : Derivation, optional
        What came before.

    Returns
    -------
    Derivation
        From the map to its potential.
    dict of str to Formula
        ``"gradient"``, and ``"conjugate"`` and ``"potential"`` where they have closed forms.

    Raises
    ------
    DerivationError
        If a closed form is wrong.
    BudgetError
        If a line could not be checked.

    Examples
    --------
    >>> from symbias.models.parametrization import Parametrization
    >>> from symbias.sym.symbols import real
    >>> r, t = real("r t")
    >>> polar = Parametrization([r * sp.cos(t), r * sp.sin(t)], [r, t])
    >>> found = polar.regularizer({r: 1, t: 0})
    >>> found.gradient.rhs.subs(dict(zip(found.w, (1, 0)))).norm()
    0
    """
    derivation = derivation or Derivation("What gradient flow minimises", cites=["azulay2021"])
    outputs = sp.Matrix(found.parametrization.outputs)
    jacobian = found.parametrization.jacobian()
    square = (outputs.T * outputs)[0]
    derivation.start(
        jacobian * jacobian.T,
        r"the metric $M = J J^\top$: $w' = M r$ with $r = -\partial L/\partial w$",
    )
    derivation.rewrite(
        found.across * sp.eye(len(outputs))
        + (found.along - found.across) / square * outputs * outputs.T,
        r"one eigenvalue along $w$, another across it",
    )
    slope, n = found.slope, found.n
    derivation.start(found.across / found.along, "the ratio of the eigenvalues")
    derivation.rewrite(
        found.ratio,
        rf"in terms of the norm ${n}$ of $w$ and of what is conserved",
        given=[sp.Eq(n**2, square), *(sp.Eq(law, c) for law, c in found.laws.items())],
    )
    derivation.start(
        n * sp.diff(slope, n) / slope,
        r"the logarithmic derivative of $q'$: $q(n)$ has the Hessian eigenvalues $q''$ along $w$, $q'/n$ across it",
    )
    derivation.rewrite(
        found.ratio,
        r"so that the inverse metric times a warp is the Hessian of a function $q$ of the norm",
    )
    formulas: dict[str, Formula] = {}
    derivation.start(sp.Matrix(found.link), "the gradient of the potential, zero at the start")
    formulas["gradient"] = derivation.conclude("dQ", "gradient")
    if found.profile is not None:
        derivation.start(sp.diff(found.profile, n), "the derivative of the radial part")
        derivation.rewrite(slope, r"it is $q'$")
        derivation.start(
            found.potential,
            "the potential: the radial part and the linear term of the initialization",
        )
        formulas["potential"] = derivation.conclude(sp.Function("Q")(*found.w), "potential")
    if found.conjugate is not None:
        derivation.start(
            slope.subs(n, found.inside),
            rf"the value of $q'$ at the norm that belongs to ${sp.latex(HEIGHT)}$",
        )
        derivation.rewrite(HEIGHT, "solved for the norm")
        derivation.start(
            found.conjugate, r"the Legendre transform, with $\eta$ counted from the start"
        )
        formulas["conjugate"] = derivation.conclude(sp.Function("Qstar")(*found.eta), "conjugate")
    return derivation, formulas
