"""The opening of the derivation for a composition: what is conserved, the metric, and why time has to be warped."""

from __future__ import annotations

from itertools import combinations

import sympy as sp

from symbias.regularizers.composition import Composition
from symbias.regularizers.laws import conservation_laws
from symbias.sym.derivation import Derivation
from symbias.sym.rewrite import rational

WIDEST = 3
"""Most outputs for which whole matrices are shown; beyond them only what is needed."""
LONGEST = 200
"""Most operations of a metric whose derivatives are shown."""


def opening_steps(derivation: Derivation, found: Composition) -> None:
    """Show invariants and metric, and that no mirror potential exists without a warp.

    Parameters
    ----------
    derivation : Derivation
        Where the lines go.
    found : Composition
        The closed forms.

    Raises
    ------
    DerivationError
        If a line is wrong.

    Examples
    --------
    >>> import symbias as sb
    >>> net = sb.parametrizations.neuron(2)
    >>> found = net.regularizer(dict(zip(net.parameters, (1, 0, 1))))
    >>> found.derivation.steps[0].because
    'along the gradient fields of the outputs, the derivatives of $a^{2} - v_{1}^{2} - v_{2}^{2}$'
    """
    _invariants(derivation, found)
    _metric(derivation, found)
    if not _curl(derivation, found):
        _bracket(derivation, found)


def _invariants(derivation: Derivation, found: Composition) -> None:
    net = found.parametrization
    if not all(f.is_polynomial(*net.parameters) for f in net.outputs):
        return
    for law in conservation_laws(net).laws:
        slopes = sp.Matrix([[sp.diff(law, s) for s in net.parameters]])
        derivation.start(
            slopes * net.jacobian().T,
            f"along the gradient fields of the outputs, the derivatives of ${sp.latex(law)}$",
        )
        derivation.rewrite(
            sp.zeros(1, len(net.outputs)), "zero: it is conserved, whatever the loss"
        )


def _metric(derivation: Derivation, found: Composition) -> None:
    net, inner = found.parametrization, found.inner.parametrization
    if len(net.outputs) > WIDEST:
        return
    jacobian, slopes = net.jacobian(), inner.jacobian()
    z = sp.Matrix(inner.outputs)
    push = sp.Add(*(sp.diff(found.product, s.symbol) ** 2 for s in found.scales))
    derivation.start(
        jacobian * jacobian.T,
        r"the metric $M = J J^\top$: $w' = M r$ with $r = -\partial L/\partial w$",
    )
    derivation.rewrite(
        found.product**2 * slopes * slopes.T + push * z * z.T,
        r"a multiple of the metric of $z$, and a part along $z$",
    )


def _curl(derivation: Derivation, found: Composition) -> bool:
    """Show a component of the curl of the inverse metric, times M on every side; False if it is too long.

    With H = M^-1 the derivative of H is -H M' H, so that along M e_i, M e_j, M e_k no inverse is left.
    """
    net = found.parametrization
    jacobian = net.jacobian()
    metric = jacobian * jacobian.T
    if len(net.outputs) > WIDEST or sp.count_ops(metric) > LONGEST:
        return False

    def along(i: int, entry: sp.Expr) -> sp.Expr:
        return sp.Add(*(jacobian[i, n] * sp.diff(entry, s) for n, s in enumerate(net.parameters)))

    for i, j in combinations(range(len(net.outputs)), 2):
        for k in range(len(net.outputs)):
            curl = along(j, metric[i, k]) - along(i, metric[j, k])
            defect = rational(curl)
            if defect != 0:
                one, two, three = i + 1, j + 1, k + 1
                derivation.start(
                    curl,
                    r"with $H = M^{-1}$, the component of its curl $\partial_a H_{bc} - \partial_b H_{ac}$ along "
                    rf"$a = M e_{{{one}}}$, $b = M e_{{{two}}}$, $c = M e_{{{three}}}$: since $H' = -H M' H$ it is "
                    rf"$D_{{{two}}} M_{{{one}{three}}} - D_{{{one}}} M_{{{two}{three}}}$, where $D_i$ acts on the "
                    r"parameters along $\nabla w_i$, which moves $w$ along $M e_i$",
                )
                derivation.rewrite(
                    defect,
                    "it does not vanish: $H$ is no Hessian, and no mirror potential exists; time has to be warped",
                )
                return True
    return False


def _bracket(derivation: Derivation, found: Composition) -> None:
    theta = found.parametrization.parameters
    f, g = found.parametrization.outputs[:2]
    one, two = (sp.Matrix([sp.diff(h, s) for s in theta]) for h in (f, g))
    bracket = sp.hessian(g, theta) * one - sp.hessian(f, theta) * two
    derivation.start(bracket, "the bracket of the first two gradient fields")
    derivation.rewrite(
        bracket.applyfunc(rational),
        "it does not vanish: the fields have no joint flow, and time has to be warped",
    )
