"""Limits of potentials for small and large initializations, against Hessians and values of the potentials."""

import mpmath
import numpy as np
import pytest
import sympy as sp

import symbias as sb
from symbias.regularizers.closed_limits import closed_rich
from symbias.regularizers.leading import leading
from symbias.regularizers.limit_lines import both_sides
from symbias.regularizers.limits import limit
from symbias.regularizers.scaling import homogeneity, scaled

u, v, s, t = sp.symbols("u v s t", real=True)
w, w1, w2 = sp.symbols("w w_1 w_2", real=True)
a, b, c = sp.symbols("a b c", positive=True)
half = sp.Rational(1, 2)


derived = {}


def regularizer(outputs, start):
    """Each is derived once, and asked for both limits."""
    key = str((outputs, start))
    if key not in derived:
        derived[key] = sb.Parametrization(outputs, list(start)).regularizer(start)
    return derived[key]


def same(found, wanted):
    """Whether two expressions agree to 25 digits at some points of both signs."""
    names = sorted(found.free_symbols | wanted.free_symbols, key=str)
    for n in (0, 1, 2):
        at = {x: sp.Rational(7 + 3 * n + k, 5) for k, x in enumerate(names)}
        at |= {x: -at[x] for x in names if n == 1 and not x.is_positive}
        if abs((found - wanted).subs(at).evalf(40)) > sp.Float(10) ** -25:
            return False
    return True


RICH = {
    "depth 2": (u**2 - v**2, {u: 1, v: 1}, -sp.log(c) * sp.Abs(w) / 2),
    "biased": (u**2 - v**2, {u: half, v: -sp.Rational(1, 5)}, -sp.log(c) * sp.Abs(w) / 2),
    "symbols": (u**2 - v**2, {u: a, v: b}, -sp.log(c) * sp.Abs(w) / 2),
    "product": (u * v, {u: 2, v: -1}, -sp.log(c) * sp.Abs(w)),
    "depth 3": (u**3 - v**3, {u: 1, v: 1}, sp.Abs(w) / (3 * c)),
    "depth 4": (u**4 - v**4, {u: 1, v: 1}, sp.Abs(w) / (8 * c**2)),
    # The dual variable ends at 1/(3 u0) and at -1/(3 v0).
    "unequal": (u**3 - v**3, {u: 1, v: half}, (sp.Abs(w) * 3 - w) / (6 * c)),
    "neuron": (
        [u * s, u * t],
        {u: 1, s: half, t: sp.Rational(1, 3)},
        (w1**2 + w2**2) ** sp.Rational(3, 4) * 2 / 3,
    ),
}


@pytest.mark.parametrize("name", RICH)
def test_rich_limits(name):
    outputs, start, wanted = RICH[name]
    found = regularizer(outputs, start).limit("rich")
    assert (found.relation, found.clock) == ("~", (c, 0))
    assert same(found.rhs, wanted)
    assert not same(found.rhs * sp.Rational(101, 100), wanted)
    assert found.evidence == found.derivation.evidence in ("exact", "numeric")


@pytest.mark.parametrize(
    ("outputs", "start", "wanted", "sign"),
    [
        (u**2, {u: a}, -sp.log(c) * w / 2, 1),
        (u**3, {u: a}, w / (3 * a * c), 1),
        (-(u**3), {u: a}, -w / (3 * a * c), -1),
        (u**3 + v**3, {u: 1, v: 2}, w / (6 * c), 1),
    ],
    ids=str,
)
def test_rich_limits_on_one_side(outputs, start, wanted, sign):
    found = regularizer(outputs, start).limit("rich")
    assert sp.expand(found.rhs - wanted) == 0
    assert [c.subs(w, sign) for c in found.domain] == [sp.true]
    assert [c.subs(w, -sign) for c in found.domain] == [sp.false]


KERNEL = {
    "depth 2": (u**2 - v**2, {u: 1, v: 1}),
    "biased": (u**2 - v**2, {u: half, v: -sp.Rational(1, 5)}),
    "one branch": (u**3, {u: sp.Rational(3, 2)}),
    "depth 3": (u**3 - v**3, {u: 1, v: 1}),
    "unequal": (u**3 - v**3, {u: 1, v: half}),
    "three branches": (u**2 + 2 * v**2 - 3 * s**2, {u: 1, v: 1, s: 1}),
    "mixed": ([u**2 - v**2, u**2 + 2 * v**2], {u: 1, v: 1}),
    "neuron": ([u * s, u * t], {u: 1, s: half, t: sp.Rational(1, 3)}),
}


@pytest.mark.parametrize("name", KERNEL)
def test_kernel_limits_are_quadratic_forms(name):
    outputs, start = KERNEL[name]
    found = regularizer(outputs, start)
    kernel = found.limit("kernel")
    assert (kernel.relation, kernel.clock) == ("~", (c, sp.oo))
    outputs = sp.Matrix(found.parametrization.outputs)
    there = {x: 3 * value for x, value in start.items()}  # the scale c = 3
    jacobian = outputs.jacobian(list(start)).subs(there)
    warp = sp.sympify(found.warp).subs(there)
    h = sp.Matrix(found.w) - outputs.subs(there)
    wanted = warp * (h.T * (jacobian * jacobian.T).inv() * h)[0] / 2
    assert same(kernel.rhs.subs(c, 3), wanted)
    assert not same(kernel.rhs.subs(c, sp.Rational(31, 10)), wanted)


def test_limits_of_arrays_keep_their_symbols():
    found = regularizer(u**2 - v**2, {u: np.array([1.0, 2.0]), v: np.array([1.0, 0.5])})
    assert same(found.limit("rich").rhs, -sp.log(c) * sp.Abs(w) / 2)
    names = {x.name for x in found.limit("kernel").rhs.free_symbols}
    assert names == {"c", "w", "u_0", "v_0"}


@pytest.mark.parametrize(("depth", "tolerance"), [(2, 0.04), (3, 1e-9)])
def test_potentials_of_small_starts_are_near_their_limit(depth, tolerance):
    small = sp.Rational(1, 10**12)
    rich = regularizer(u**depth - v**depth, {u: 1, v: half}).limit("rich")
    near = regularizer(u**depth - v**depth, {u: small, v: small / 2})
    (eta,), dual = near.eta, near.conjugate.rhs
    along = sp.lambdify(eta, sp.diff(dual, eta), "mpmath")
    for sign in (1, -1):
        with mpmath.workdps(60):
            limiting = mpmath.mpf(str(rich.rhs.subs({c: small, w: sign}).evalf(60)))
            low, high = 0, limiting * (2 if depth == 2 else 1 - mpmath.mpf(10) ** -40)
            for _ in range(180):
                middle = (low + high) / 2
                low, high = (middle, high) if abs(along(sign * middle)) < 1 else (low, middle)
            assert abs(along(sign * low) - sign) < 1e-12
            potential = low - sp.lambdify(eta, dual, "mpmath")(sign * low)
            assert abs(potential / limiting - 1) < tolerance


def test_the_scale_gets_another_name_where_c_is_taken():
    found = regularizer(u**2 - v**2, {u: c, v: c}).limit("kernel")
    assert str(found.clock[0]) == "c_"
    assert found.rhs.free_symbols == {w, c, found.clock[0]}


def test_potentials_without_a_scale_keep_their_form():
    found = regularizer(u - v, {u: 1, v: 1})
    for regime in ("rich", "kernel"):
        assert sp.expand(found.limit(regime).rhs - w**2 / 4) == 0


def test_refusals():
    found = regularizer(sp.exp(u) - sp.exp(v), {u: 1, v: 1})
    with pytest.raises(sb.DomainError, match="not homogeneous"):
        found.limit("rich")
    with pytest.raises(sb.InputError, match="origin"):
        regularizer(sp.exp(u) - sp.exp(v), {u: 0, v: 0}).limit("kernel")
    with pytest.raises(sb.InputError, match='"rich" or "kernel"'):
        found.limit("lazy")
    with pytest.raises(sb.DomainError, match="homogeneous"):
        regularizer(u**2 + v**4, {u: 1, v: 1}).limit("rich")


@pytest.mark.slow
def test_a_limit_that_cannot_be_followed_is_not_given():
    with pytest.raises(sb.BudgetError, match="kernel limit was not found"):
        regularizer(sp.exp(u), {u: 1}).limit("kernel")


def test_a_wrong_leading_term_is_not_confirmed(monkeypatch):
    wrong = lambda expr, scale: leading(expr, scale) * sp.Rational(11, 10)  # noqa: E731
    monkeypatch.setattr("symbias.regularizers.closed_limits.leading", wrong)
    found = regularizer(u**2 - v**2, {u: 1, v: 1})
    with pytest.raises(sb.DerivationError):
        closed_rich(scaled(found))
    with pytest.raises(sb.BudgetError, match="rich limit was not found"):
        limit(found, "rich")


@pytest.mark.parametrize(
    ("expr", "wanted"),
    [
        (w * sp.asinh(w / c**2), -2 * sp.log(c) * sp.Abs(w)),
        (sp.sqrt(w**2 + c), sp.Abs(w)),
        (c**2 * sp.log(1 + a / c**3), -3 * c**2 * sp.log(c)),
    ],
    ids=str,
)
def test_leading_terms(expr, wanted):
    assert same(leading(expr, c), wanted)


def test_both_signs_in_one_expression():
    assert both_sides({1: 2 * a, -1: 2 * a}, a, w) == 2 * sp.Abs(w)
    assert both_sides({-1: 3 * a}, a, w) == -3 * w
    bent = both_sides({1: a**2, -1: a}, a, w)
    assert (bent.subs(w, 3), bent.subs(w, -3)) == (9, 3)


def test_degrees():
    assert homogeneity(u**2 * sp.Abs(v), [u, v]) == 3
    assert homogeneity(sp.S.One, [u]) == 0
    assert homogeneity(u + v**2, [u, v]) is None
