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
"""Most operations of an inverse metric whose derivatives are shown."""


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
    """Show a component of the curl of the inverse metric, by lifts of the derivatives by w; False if it is too long."""
    net = found.parametrization
    jacobian = net.jacobian()
    metric = jacobian * jacobian.T
    if len(net.outputs) > WIDEST or sp.count_ops(metric) > LONGEST:
        return False
    inverse = metric.inv().applyfunc(rational)
    lifts = jacobian.T * inverse
    for i, j in combinations(range(len(net.outputs)), 2):
        for k in range(len(net.outputs)):
            parts = [
                sp.Add(
                    *(lifts[n, a] * sp.diff(inverse[b, k], s) for n, s in enumerate(net.parameters))
                )
                for a, b in ((i, j), (j, i))
            ]
            defect = rational(parts[0] - parts[1])
            if defect != 0:
                derivation.start(
                    parts[0] - parts[1],
                    rf"with $H = M^{{-1}}$, the component $\partial_{i + 1} H_{{{j + 1}{k + 1}}} - "
                    rf"\partial_{j + 1} H_{{{i + 1}{k + 1}}}$ of its curl, where $\partial_i$ acts on the parameters "
                    r"as $J^\top H e_i$",
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
