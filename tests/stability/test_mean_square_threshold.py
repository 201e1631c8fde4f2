"""Mean-square thresholds against the spectral radius of E[A (x) A] of the lifted state, which shares no code."""

from math import exp, factorial

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

import symbias as sb
from symbias.stability.noise_gain import RATIO, X, gain_equations, power_gain, small_gain
from symbias.stability.noisy_mode import Z, noisy_mode

Rule = sb.UpdateRule
BETA, Q = sp.symbols("beta q")
A, V = sp.symbols("a v", positive=True)
DESCENT = Rule.gradient_descent()


def spectral_radius(past, reads, law, mean, variance, step):
    """rho(E[A (x) A]) for theta(t+1) = sum past_k theta(t-k) - step xi y(t-tau), y = sum reads_k theta(t-k)."""
    size = max(len(past), len(reads) + max(law))
    shift = np.eye(size, k=-1)
    shift[0, : len(past)] += past
    total = np.zeros((size**2, size**2))
    for tau, chance in law.items():
        for curvature in (mean - np.sqrt(variance), mean + np.sqrt(variance)):
            one = shift.copy()
            one[0, tau : tau + len(reads)] -= step * curvature * np.asarray(reads)
            total += chance / 2 * np.kron(one, one)
    return max(abs(np.linalg.eigvals(total)))


def bisected(past, reads, law, mean, variance, start):
    low, high = 0.5 * start, 2 * start
    assert spectral_radius(past, reads, law, mean, variance, low) < 1
    assert spectral_radius(past, reads, law, mean, variance, high) > 1
    for _ in range(60):
        middle = (low + high) / 2
        if spectral_radius(past, reads, law, mean, variance, middle) < 1:
            low = middle
        else:
            high = middle
    return low


MOMENTUM = [1.5, -0.5]
TABLE = [
    (DESCENT, [1], [1], {0: 1}),
    (Rule.heavy_ball(0.5), MOMENTUM, [1], {0: 1}),
    (Rule.nesterov(0.5), MOMENTUM, [1.5, -0.5], {0: 1}),
    (Rule.from_torch(0.5, nesterov=True), MOMENTUM, [1.5, -0.5], {0: 1}),
    (Rule.quasi_hyperbolic(0.5, 0.25), MOMENTUM, [7 / 8, -3 / 8], {0: 1}),
    (Rule.optimistic(), [1], [2, -1], {0: 1}),
    (Rule.shifted_momentum(0.5, 1), [1, 0.5, -0.5], [0, 1], {0: 1}),
    (DESCENT.delayed(1), [1], [1], {1: 1}),
    (DESCENT.delayed(5), [1], [1], {5: 1}),
    (Rule.heavy_ball(0.5).delayed(2), MOMENTUM, [1], {2: 1}),
    (DESCENT.delayed({0: 0.5, 1: 0.5}), [1], [1], {0: 0.5, 1: 0.5}),
    (Rule.nesterov(0.5).delayed({0: 0.25, 3: 0.75}), MOMENTUM, MOMENTUM, {0: 0.25, 3: 0.75}),
]


@pytest.mark.parametrize(("rule", "past", "reads", "law"), TABLE, ids=lambda v: str(v)[:60])
@pytest.mark.parametrize(("mean", "variance"), [(2, 1), (1, 9), (3, 0.01)])
def test_threshold_is_where_the_lifted_second_moment_stops_decaying(
    rule, past, reads, law, mean, variance
):
    found = float(rule.mean_square_threshold(mean, variance))
    assert found == pytest.approx(bisected(past, reads, law, mean, variance, found), rel=1e-9)


@pytest.mark.parametrize(
    "law", [{0: 0.5, 1: 0.5}, {0: 0.5, 2: 0.5}, {1: 0.2, 2: 0.3, 6: 0.5}, {0: 0.9, 1: 0.1}]
)
def test_random_delays_alone(law):
    found = float(DESCENT.delayed(law).mean_square_threshold())
    assert found == pytest.approx(bisected([1], [1], law, 1, 0, found), rel=1e-9)


def test_geometric_delays_are_the_limit_of_their_truncations():
    q, size = 0.5, 24
    law = {k: (1 - q) * q**k for k in range(size)}
    law[size] = 1 - sum(law.values())
    s = sp.Symbol("s")
    rule = DESCENT.delayed(sp.Lambda(s, (1 - Q) / (1 - Q * s)))
    found = rule.mean_square_threshold(q=q)
    assert sp.expand(found - (sp.sqrt(97) - 1) / 8) == 0
    assert spectral_radius([1], [1], law, 1, 0, float(found)) == pytest.approx(1, abs=1e-6)
    closed = rule.mean_square_threshold()
    assert abs(sp.N(closed.subs(Q, sp.Rational(1, 2)) - found, 40)) < 1e-30


def test_poisson_delays_by_quadrature_agree_with_an_exact_finite_law():
    chances = [sp.Rational(repr(exp(-1) / factorial(k))) for k in range(17)]
    chances[-1] += 1 - sum(chances)
    exact = DESCENT.delayed(dict(enumerate(chances)))
    s = sp.Symbol("s")
    rule = DESCENT.delayed(sp.Lambda(s, sp.exp(s - 1)))
    assert float(rule.mean_square_threshold()) == pytest.approx(
        float(exact.mean_square_threshold()), rel=1e-9
    )
    assert float(rule.mean_square_threshold(2, 1)) == pytest.approx(
        float(exact.mean_square_threshold(2, 1)), rel=1e-9
    )


def circle_gain(x, generating, points):
    """Mean of x**2 (1 - |g|**2) / |z - 1 + x g|**2 over the circle, by the trapezoidal rule."""
    z = np.exp(2j * np.pi * (np.arange(points) + 0.5) / points)
    g = generating(1 / z)
    return (x**2 * (1 - abs(g) ** 2) / abs(z - 1 + x * g) ** 2).mean()


@pytest.mark.parametrize("mean", [3, 20])
def test_long_poisson_delays_come_close_to_the_threshold_of_the_mean(mean):
    s = sp.Symbol("s")
    rule = DESCENT.delayed(sp.Lambda(s, sp.exp(mean * (s - 1))))
    found = float(rule.mean_square_threshold())
    assert found < float(rule.threshold().value())
    for factor, below in ((1 - 1e-7, True), (1 + 1e-7, False)):
        gain = circle_gain(factor * found, lambda w: np.exp(mean * (w - 1)), 2**20)
        assert bool(gain < 1) is below


def test_a_delay_without_a_mean():
    """Its generating function 1 - sqrt(1 - s) is singular on the circle, at s = 1."""
    s = sp.Symbol("s")
    found = DESCENT.delayed(sp.Lambda(s, 1 - sp.sqrt(1 - s))).mean_square_threshold()
    for factor, below in ((1 - 1e-4, True), (1 + 1e-4, False)):
        gain = circle_gain(factor * float(found), lambda w: 1 - np.sqrt(1 - w), 2**18)
        assert bool(gain < 1) is below


def test_closed_forms():
    assert DESCENT.mean_square_threshold(2, 1) == sp.Rational(4, 5)
    heavy = Rule.heavy_ball(BETA).mean_square_threshold(A, V)
    assert sp.cancel(2 / heavy - A / (1 + BETA) - V / A / (1 - BETA)) == 0
    damped = Rule.heavy_ball(BETA, BETA).mean_square_threshold(A, V)
    assert sp.cancel(damped - heavy / (1 - BETA)) == 0
    c = A * DESCENT.delayed(1).mean_square_threshold(A, V)
    balance = (V / A**2) * c * (1 + c) - (1 - c) * (c + 2)
    assert sp.radsimp(sp.expand(sp.radsimp(balance))) == 0
    assert DESCENT.delayed({0: 0.5, 1: 0.5}).mean_square_threshold() == sp.sqrt(5) - 1


@pytest.mark.parametrize(
    "rule", [Rule.nesterov(BETA), Rule.heavy_ball(BETA).delayed(1), Rule.shifted_momentum(BETA, 1)]
)
@pytest.mark.parametrize("beta", ["-1/2", "1/7", "4/5"])
def test_symbolic_and_numeric_answers_agree(rule, beta):
    closed = rule.mean_square_threshold(A, V).subs(
        {A: 3, V: sp.Rational(7, 2), BETA: sp.Rational(beta)}
    )
    exact = rule.mean_square_threshold(3, sp.Rational(7, 2), beta=sp.Rational(beta))
    assert abs(sp.N(closed - exact, 40)) < 1e-30


def test_closed_form_of_nesterov_is_finite_without_momentum():
    found = Rule.nesterov(BETA).mean_square_threshold(A, V).subs(BETA, 0)
    expected = DESCENT.mean_square_threshold(A, V)
    for point in ({A: 2, V: 3}, {A: sp.Rational(1, 7), V: 5}):
        assert abs(sp.N((found - expected).subs(point), 40)) < 1e-35


def test_without_variance_the_threshold_of_the_mean_remains():
    assert Rule.nesterov(0.5).mean_square_threshold(2, 0) == sp.Rational(3, 4)
    golden = DESCENT.delayed(2).mean_square_threshold(1, 0)
    assert sp.expand(golden - (sp.sqrt(5) - 1) / 2) == 0
    rule = DESCENT.delayed({0: 0.5, 2: 0.5})  # its noise vanishes at the frequency of the crossing
    assert rule.mean_square_threshold(1, 0) == rule.mean_square_threshold()


def test_damping_and_decay_shift_x():
    plain, damped = Rule.heavy_ball(0.5), Rule.heavy_ball(0.5, dampening=0.25)
    assert damped.mean_square_threshold(2, 1) == plain.mean_square_threshold(2, 1) / sp.Rational(
        3, 4
    )
    decayed = Rule.from_torch(0.5, weight_decay=0.5)
    assert decayed.mean_square_threshold(2, 1) == plain.mean_square_threshold(2.5, 1)
    law = decayed.delayed({0: 0.5, 1: 0.5})
    undecayed = plain.delayed({0: 0.5, 1: 0.5}).mean_square_threshold()
    assert sp.expand(law.mean_square_threshold() - undecayed + law.step / 2) == 0


def test_long_delays_are_numbers_of_thirty_digits():
    found = Rule.heavy_ball(0.9).delayed(30).mean_square_threshold(2, 1)
    assert isinstance(found, sp.Float)
    past, reads = [1.9, -0.9], [1]
    for factor, stable in ((1 - 1e-6, True), (1 + 1e-6, False)):
        radius = _noise_sum(past, reads, 30, 2, 1, float(found) * factor)
        assert bool(radius < 1) is stable


def _noise_sum(past, reads, tau, mean, variance, step):
    """step**2 * variance * sum of the squared responses of y, by running the recurrence."""
    theta = np.zeros(40_000)
    theta[tau + 2] = 1.0
    reach = len(past)
    for t in range(tau + 2, len(theta) - 1):
        late = sum(c * theta[t - tau - k] for k, c in enumerate(reads))
        theta[t + 1] = sum(past[k] * theta[t - k] for k in range(reach)) - step * mean * late
    return step**2 * variance * (theta**2).sum()


@settings(max_examples=15, deadline=None)
@given(
    beta=st.sampled_from(["-3/5", "0", "2/5", "9/10"]),
    tau=st.integers(0, 4),
    mean=st.integers(1, 9),
    variance=st.integers(1, 9),
    scale=st.integers(2, 7),
)
def test_scaling_the_curvature_divides_the_step_and_more_variance_lowers_it(
    beta, tau, mean, variance, scale
):
    rule = Rule.heavy_ball(sp.Rational(beta)).delayed(tau)
    found = rule.mean_square_threshold(mean, variance)
    scaled = rule.mean_square_threshold(scale * mean, scale**2 * variance)
    assert float(scaled) == pytest.approx(float(found) / scale, rel=1e-14)
    assert float(rule.mean_square_threshold(mean, variance + 1)) < float(found)


def test_a_changed_gain_is_seen():
    """The lifted operator tells 2/eta = a/(1+b) + v/(a (1-b)) from its neighbours."""
    found = float(Rule.heavy_ball(0.5).mean_square_threshold(2, 1))
    assert spectral_radius(MOMENTUM, [1], {0: 1}, 2, 1, found) == pytest.approx(1, abs=1e-12)
    for wrong in (found * 1.001, 2 / (2 / 1.5 + 0.5 / 1.5), 2 / (2 / 0.5 + 0.5 / 1.5)):
        assert abs(spectral_radius(MOMENTUM, [1], {0: 1}, 2, 1, wrong) - 1) > 1e-4


@pytest.mark.parametrize(
    "rule", [Rule.heavy_ball(0.9).delayed(9), Rule.nesterov(0.5).delayed({0: 0.5, 4: 0.5})]
)
def test_gain_is_the_mean_over_the_circle(rule):
    mode = noisy_mode(rule, {})
    x, ratio = sp.Rational(1, 100), sp.Rational(3, 7)
    top, bottom = (e.subs({X: x, RATIO: ratio}) for e in small_gain(mode))
    z = np.exp(2j * np.pi * np.arange(4096) / 4096)
    free, driven, injected = (
        sp.lambdify(Z, e, "numpy")(z) for e in (mode.free, mode.driven, mode.injected)
    )
    noise = (1 + 3 / 7) * abs(injected) ** 2 - abs(driven) ** 2
    expected = 1e-4 * (noise / abs(free + driven / 100) ** 2).mean()
    assert float(top / bottom) == pytest.approx(expected, rel=1e-10)


def test_interpolated_determinants_equal_symbolic_ones():
    symbolic = power_gain(Z**9 * (Z - 1) * (Z - BETA) + X, sp.S.One)
    plain = power_gain(Z**9 * (Z - 1) * (Z - sp.Rational(1, 3)) + X, sp.S.One)
    for one, other in zip(symbolic, plain, strict=True):
        assert sp.expand(one.subs(BETA, sp.Rational(1, 3)) - other) == 0


def test_equations_of_the_gain():
    u = sp.symbols("u:3")
    p = Z**2 - sp.Rational(1, 2) * Z + sp.Rational(1, 4)
    solved = sp.solve(gain_equations(p, sp.S.One, u), u)
    top, bottom = power_gain(p, sp.S.One)
    assert 2 * solved[u[2]] == sp.cancel(top / bottom)


@pytest.mark.parametrize(
    ("rule", "args", "kwargs", "message"),
    [
        (DESCENT, (), {}, "Nothing is random"),
        (DESCENT, (2,), {}, "belong together"),
        (DESCENT, (-2, 1), {}, "must be positive"),
        (DESCENT, (2, -1), {}, "must be positive"),
        (DESCENT, (2, float("nan")), {}, "variance"),
        (DESCENT, (2, 1), {"beta": 1}, "no parameter"),
        (Rule.heavy_ball(BETA), (2, 1), {"beta": 2}, "needs"),
        (Rule.heavy_ball(BETA), (2, 1), {"bta": 0.5}, "beta"),
        (DESCENT.delayed(sp.Symbol("tau")), (2, 1), {}, "tau=3"),
        (DESCENT.delayed(sp.Symbol("tau")), (2, 1), {"tau": 1.5}, "integer"),
        (Rule.extragradient(), (2, 1), {}, "not linearly"),
        (Rule.cycle([1, 6]), (2, 1), {}, "not linearly"),
        (DESCENT.delayed(3), (A, V), {}, "no closed form"),
    ],
)
def test_refusals(rule, args, kwargs, message):
    with pytest.raises(sb.InputError, match=message):
        rule.mean_square_threshold(*args, **kwargs)


def test_a_rule_that_climbs_is_refused():
    theta, grad = sp.Function("theta"), sp.Function("grad")
    t, step = sp.symbols("t step")
    rule = Rule.from_recurrence(theta(t) + step * grad(theta(t)), theta, grad, t, step)
    with pytest.raises(sb.DomainError, match="not stable for small steps"):
        rule.mean_square_threshold(2, 1)
    s = sp.Symbol("s")
    with pytest.raises(sb.DomainError, match="not stable for small steps"):
        rule.delayed(sp.Lambda(s, sp.exp(s - 1))).mean_square_threshold()
