"""The arithmetic behind refusals: balls contain what they stand for, series are those of SymPy."""

from fractions import Fraction

import mpmath
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

import symbias as sb
from symbias.regularizers.balls import BITS, Ball
from symbias.regularizers.coefficients import Balls, IrrationalError, Rationals
from symbias.regularizers.jet_evaluation import JetEvaluator
from symbias.regularizers.jets import Jet, UndecidedError, inverse
from symbias.regularizers.leaf import Derivatives, curve

x, y = sp.symbols("x y", real=True)
ORDER = 6
NUMBERS = st.fractions(-1000, 1000, max_denominator=997)


def ends(ball):
    unit = Fraction(1, 1 << BITS)
    return (ball.middle - ball.radius) * unit, (ball.middle + ball.radius) * unit


def contains(ball, value):
    low, high = ends(ball)
    return low <= value <= high and high - low < Fraction(1, 10**150)


@given(NUMBERS, NUMBERS, st.integers(-50, 50))
def test_balls_contain_the_exact_results(p, q, n):
    a, b = (Ball.fraction(z.numerator, z.denominator) for z in (p, q))
    assert contains(a, p)
    assert contains(a + b, p + q)
    assert contains(a - b, p - q)
    assert contains(-a, -p)
    assert contains(a * b, p * q)
    assert contains(a * n, p * n)
    if n:
        assert contains(a / n, p / n)
    if q:
        assert contains(a / b, p / q)
    assert not (a * b - b * a).excludes_zero()
    assert (a - b).excludes_zero() == (p != q)


@given(NUMBERS, st.integers(0, 10**6), st.integers(1, 10**6), NUMBERS.filter(bool))
def test_wide_balls_contain_the_results_of_all_their_numbers(p, inside, half, q):
    width = half << (BITS - 40)
    middle = Ball.fraction(p.numerator, p.denominator).middle
    wide = Ball(middle, width)
    member = Fraction(middle + width * (2 * inside - 10**6) // 10**6, 1 << BITS)
    other = Ball(Ball.fraction(q.numerator, q.denominator).middle, width)
    partner = Fraction(other.middle - width, 1 << BITS)
    for found, value in ((wide * other, member * partner), (wide - other, member - partner)):
        low, high = ends(found)
        assert low <= value <= high
    if other.excludes_zero():
        low, high = ends(wide / other)
        assert low <= member / partner <= high


FUNCTIONS = {
    **dict.fromkeys(
        ("exp", "sin", "cos", "tan", "atan", "asinh", "erf", "sinh", "cosh", "tanh"), "-1.3"
    ),
    **dict.fromkeys(("log", "acosh", "coth", "sech", "csch", "cot", "sec", "csc"), "1.7"),
    **dict.fromkeys(("asin", "acos", "atanh"), "-0.4"),
    **dict.fromkeys(("acot", "acoth", "asec", "acsc"), "2.5"),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_are_enclosed(name):
    before = (mpmath.mp.prec, mpmath.iv.prec)
    field, at = Balls(), sp.Rational(FUNCTIONS[name])
    function = getattr(sp, name)
    found = field.call(function, field.of(at))
    exactly = function(at).evalf(220)
    low, high = ends(found)
    scaled = Fraction(int(sp.floor(exactly * 10**200)), 10**200)
    assert low - Fraction(2, 10**200) <= scaled <= high + Fraction(2, 10**200)
    assert high - low < Fraction(1, 10**150)
    assert (mpmath.mp.prec, mpmath.iv.prec) == before


def test_functions_without_an_enclosure_are_named():
    with pytest.raises(sb.BudgetError, match="gamma"):
        Balls().call(sp.gamma, Ball.fraction(5, 2))
    with pytest.raises(sb.BudgetError, match="log"):
        Balls().call(sp.log, Ball(0, 5))


def test_only_proved_digits_are_shown():
    wide = Ball(Ball.fraction(1, 3).middle, 1 << (BITS - 20))  # 20 bits are some 6 digits
    assert str(wide.number()) == "0.3333"
    assert not (wide - Ball.fraction(1, 3)).excludes_zero()


EXPRESSIONS = [
    (1 + x) ** 3 / (2 - x * y),
    sp.sqrt(4 + x) * (1 + y) ** sp.Rational(-2, 3),
    sp.exp(x * y) * sp.cos(x) - sp.sin(y) ** 2,
    sp.tan(x) + sp.tanh(y) + sp.atan(x * y),
    sp.log(1 + x) * sp.asinh(y) / sp.cosh(x),
    sp.asin(x) + sp.atanh(y) ** 2 + sp.sec(x),
    sp.erf(x) * sp.sqrt(sp.pi),
    sp.exp(sp.sin(x) + sp.log(1 + y)),
    (1 + x) ** y,
    (1 + x) ** sp.sqrt(2),
    sp.Abs(x - 2) * sp.sign(y + 1),
]


@pytest.mark.parametrize("start", [0, sp.Rational(1, 3), sp.sqrt(2) / 3])
@pytest.mark.parametrize("expr", EXPRESSIONS, ids=str)
def test_series_are_those_of_sympy(expr, start):
    curves = {x: start + x - 2 * x**2, y: start / 2 - x + x**3}
    plain = expr.subs(curves, simultaneous=True)
    slopes = [plain]
    for n in range(1, ORDER):
        slopes.append(sp.diff(slopes[-1], x) / n)
    wanted = [f.subs(x, 0).doit().evalf(40) for f in slopes]
    field = Balls()
    at = {
        s: Jet(0, [field.of(sp.Poly(f, x).coeff_monomial(x**n)) for n in range(ORDER)])
        for s, f in curves.items()
    }
    found = JetEvaluator(field, at, ORDER)(expr)
    numbers = [sp.S.Zero] * found.low + [field.number(c) for c in found.coefficients]
    assert len(numbers) == ORDER
    for number, value in zip(numbers, wanted, strict=True):
        assert abs(number - value) < 1e-25


@pytest.mark.parametrize(
    "expr", [sp.sqrt(x), 1 / x, sp.log(x), sp.Abs(x), x ** sp.Rational(1, 3), sp.sign(x)], ids=str
)
@pytest.mark.parametrize("field", [Rationals(), Balls()], ids=["rational", "ball"])
def test_singular_points_are_refused(expr, field):
    at = {x: Jet(1, [field.of(sp.S.One)] * 3)}
    with pytest.raises(sb.BudgetError, match=r"analytic|domain"):
        JetEvaluator(field, at, 4)(expr)


def test_rationals_give_up_on_irrational_values():
    field = Rationals()
    at = {x: Jet(0, [field.of(sp.S(n)) for n in (1, 1)])}
    with pytest.raises(IrrationalError):
        JetEvaluator(field, at, 2)(sp.exp(x))
    with pytest.raises(IrrationalError):
        JetEvaluator(field, at, 2)(sp.sqrt(1 + x))


LAURENT = st.tuples(
    st.integers(-3, 3), st.lists(st.fractions(-5, 5, max_denominator=4), min_size=4, max_size=4)
)


@given(LAURENT, LAURENT, LAURENT)
def test_series_obey_the_laws_of_a_field(first, second, third):
    p, q, r = (Jet(*part) for part in (first, second, third))

    def agree(left, right):
        gap = left - right
        assert not any(gap.coefficients)

    agree(p * (q + r), p * q + p * r)
    agree((p + q) + r, r + (q + p))
    agree((p * q) * r, p * (q * r))
    if q.coefficients:
        agree(p / q * q, p)


def test_matrices_singular_at_zero_have_an_inverse_nearby():
    one, zero = Jet(0, [Fraction(1), *[Fraction(0)] * 7]), Jet(8, [])
    t = Jet(1, [Fraction(1), *[Fraction(0)] * 7])
    matrix = [[one, one], [one, one + t * t]]
    found = inverse(matrix, zero, one)
    assert found[1][1].low == -2
    for i in range(2):
        for j in range(2):
            entry = matrix[i][0] * found[0][j] + matrix[i][1] * found[1][j]
            assert not any((entry - (one if i == j else zero)).coefficients)
            assert entry.end >= 4
    assert inverse([[one, one], [one, one]], zero, one) is None


def test_a_pivot_of_unknown_sign_decides_nothing():
    fuzzy = Jet(0, [Ball(0, 5)])
    with pytest.raises(UndecidedError):
        inverse([[fuzzy]], Jet(1, []), Jet(0, [Ball.fraction(1, 1)]))


def test_curves_are_flows():
    # u' = 2 u c, v' = -2 v c with c = 1 + t: u = exp(2 t + t^2), v = 3 exp(-2 t - t^2)
    start, controls = [sp.S(1), sp.S(3)], [[1, 1]]
    found = curve(Derivatives([x**2 - y**2], [x, y]), Rationals(), start, controls, ORDER)
    for jet, exactly in zip(found, (sp.exp(2 * x + x**2), 3 * sp.exp(-2 * x - x**2)), strict=True):
        wanted = sp.Poly(sp.series(exactly, x, 0, ORDER).removeO(), x).all_coeffs()[::-1]
        assert [Rationals.number(c) for c in jet.coefficients] == wanted
