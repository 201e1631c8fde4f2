"""The least penalty over rescalings that leave a model unchanged: from ridge to the path norm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy as sp
from sympy.core.symbol import Symbol

from symbias.contracts import checked, has_items
from symbias.errors import InputError
from symbias.models.exact import exact, shown
from symbias.regularizers.rescaling_derivation import minimise
from symbias.sym.derivation import Derivation
from symbias.sym.formula import Formula
from symbias.sym.symbols import positive


@checked
def rescaling_minimum(penalty: Any, scaling: Mapping[Any, Any], symbol: Any) -> Formula:
    """Derive the minimum of a penalty over the rescalings of its parameters.

    Parameters
    ----------
    penalty : sympy.Expr
        In real or positive symbols, for example ``(a**2 + v**2)/2``: a sum of terms that are homogeneous in the
        parameters and not negative. Degrees and weights may be symbols, declared positive.
    scaling : dict of sympy.Symbol to sympy.Expr
        Each parameter's image, the parameter times a power of the scale: ``{a: a*c, v: v/c}``.
    symbol : sympy.Symbol or sequence of sympy.Symbol
        The scale c > 0; several independent scales are eliminated one after the other.

    Returns
    -------
    Formula
        ``P_min(parameters, ...) == infimum over c``, named ``"rescaling_minimum"``. Its derivation also concludes the
        penalty on the orbit, its convexity in log c, the minimiser, and the balance of the terms that holds if and
        only if the point itself is minimal. Where all terms grow with c, or all fall, the infimum is what does not
        depend on c, and the derivation says that it is not attained.

    Raises
    ------
    InputError
        If the penalty has terms that may be negative or are not homogeneous, a parameter or the symbol is unknown,
        or an image is no rescaling.
    BudgetError
        If no closed form was found, as for three exponents in general.

    Notes
    -----
    Derived here. For weight decay of a two-layer network it gives the scaled variation norm of Wang and Lin
    (``wang2021``).

    Examples
    --------
    >>> a, v = sp.symbols("a v", real=True)
    >>> c = sp.symbols("c", positive=True)
    >>> formula = rescaling_minimum((a**2 + v**2) / 2, {a: a * c, v: v / c}, c)
    >>> formula.rhs, formula.evidence
    (Abs(a)*Abs(v), 'exact')
    >>> [f"{f.lhs} = {f.rhs}" for f in formula.derivation.formulas if f.name == "balance over c"]
    ['a**2 = v**2']
    """
    scales = _scales(symbol)
    expr = _expression(penalty, scales)
    images = _images(expr, scaling, scales)
    c = ", ".join(str(s) for s in scales.values())
    derivation = Derivation(f"The least penalty over the rescaling {c}", cites=["wang2021"])
    line, because = expr.subs(images, simultaneous=True), f"the penalty, rescaled by {c} > 0"
    remaining = list(scales.values())
    while True:
        scale = remaining.pop(0)
        symbols = [*images, *remaining]
        rest = sorted(expr.free_symbols - set(symbols), key=lambda s: s.name)
        name = "P_min" if not remaining else f"P_{scale.name}"
        title = "rescaling_minimum" if not remaining else f"minimum over {scale}"
        least = sp.Function(name)(*symbols, *rest)
        formula = minimise(derivation, line, scale, least, title, because)
        if not remaining:
            return formula
        line, because = formula.rhs, f"the minimum over {scale}, a function of the other scales"


def _scales(symbol: Any) -> dict[Any, Any]:
    """Return the scales as given, each with a positive symbol of its name."""
    given: Any = (symbol,) if isinstance(symbol, (Symbol, str)) else symbol
    found = list(given) if has_items(given) else [given]
    for s in found:
        if not isinstance(s, Symbol) or s.is_positive is False:
            raise InputError(
                f"{s!r} cannot be a scale.",
                remedy='Pass a positive symbol: c = sympy.symbols("c", positive=True).',
            )
    if not found or len(set(found)) < len(found):
        raise InputError("Each scale is to be named once.", remedy="Pass one symbol, or a list.")
    return {s: s if s.is_positive else positive(s.name) for s in found}


def _expression(penalty: Any, scales: Mapping[Any, Any]) -> Any:
    found = exact(penalty, "The penalty")
    if found.free_symbols & set(scales):
        raise InputError(
            f"The penalty {shown(found)} already contains the scale.",
            remedy="Give the penalty of the parameters, and the scale in `scaling` only.",
        )
    return found


def _images(penalty: Any, scaling: Any, scales: Mapping[Any, Any]) -> dict[Any, Any]:
    """Return the checked images of the parameters, in positive scales."""
    if not isinstance(scaling, Mapping) or not scaling:
        raise InputError(
            f"The rescaling is {scaling!r}.",
            remedy="Pass a dict from parameters to their images: {a: a*c, v: v/c}.",
        )
    images = {}
    for parameter, image in scaling.items():
        if parameter not in penalty.free_symbols:
            raise InputError(
                f"The penalty {shown(penalty)} does not contain the parameter {parameter!r}.",
                "another symbol of the same name, with other assumptions",
                "Use the same symbols in the penalty and in the rescaling.",
            )
        if not parameter.is_real:
            raise InputError(
                f"The parameter {parameter} is not known to be real.",
                remedy=f'Declare it: sympy.symbols("{parameter}", real=True).',
            )
        images[parameter] = exact(image, f"The image of {parameter}").xreplace(dict(scales))
    used = set().union(*(image.free_symbols for image in images.values()))
    absent = [given for given, scale in scales.items() if scale not in used]
    if absent:
        raise InputError(
            f"No parameter is rescaled by {absent[0]}.",
            "another symbol of the same name, with other assumptions",
            "Use the same symbol in the rescaling and as the scale.",
        )
    for parameter, image in images.items():
        _require_rescaling(parameter, image, scales)
    return images


def _require_rescaling(parameter: Any, image: Any, scales: Mapping[Any, Any]) -> None:
    factor = sp.powsimp(sp.expand_power_base(sp.cancel(image / parameter)))
    for scale in scales.values():
        exponent = sp.cancel(scale * sp.diff(factor, scale) / factor)
        factor = sp.powsimp(sp.expand_power_base(factor * scale**-exponent))
        if exponent.has(*scales.values(), parameter):
            break
    if factor != 1:
        raise InputError(
            f"{image} is not {parameter} times a power of {', '.join(str(s) for s in scales.values())}.",
            remedy=f"Rescale by powers that are one at one, as in {parameter}*c or {parameter}/c**2.",
        )
