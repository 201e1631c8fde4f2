"""Steps that keep the accessible minima."""

import pickle

import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

import symbias as sb
from symbias.stability.transfer import transfer

Rule = sb.UpdateRule
PLAIN = Rule.gradient_descent()
TAU = sp.Symbol("tau", integer=True, nonnegative=True)
BETA = sp.Symbol("beta")


def test_rule_of_the_paper():
    """Giladi et al.: the synchronous step times sin(pi / (2 (2 tau + 1)))."""
    found = transfer(PLAIN, PLAIN.delayed(TAU), sp.Rational(1, 10))
    for delay in (0, 1, 5, 40):
        expected = sp.sin(sp.pi / (2 * (2 * delay + 1))) / 10
        assert abs(sp.N(found.subs(TAU, delay) - expected, 40)) < 1e-35


def test_parameters_stay_symbolic():
    step = sp.Symbol("eta", positive=True)
    assert sp.cancel(transfer(PLAIN, Rule.heavy_ball(BETA), step) - step * (1 + BETA)) == 0


def test_without_a_closed_form_a_number():
    slow = Rule.heavy_ball(0.9).delayed(7)
    found = float(transfer(PLAIN, slow, 0.1))
    assert found == pytest.approx(0.05 * float(slow.threshold().value()), rel=1e-12)


def test_without_a_closed_form_symbols_stay():
    late = Rule.heavy_ball(BETA).delayed(TAU)
    found = transfer(PLAIN, late, step=0.1)
    assert found.free_symbols == {BETA, TAU}
    for beta, delay in ((sp.Rational(1, 2), 3), (sp.Rational(-1, 2), 0), (sp.Rational(9, 10), 12)):
        number = found.subs({BETA: beta, TAU: delay})
        expected = Rule.heavy_ball(beta).delayed(delay).threshold().value(30) / 20
        assert abs(number.evalf(25) - expected) < expected * sp.Float(10) ** -24
        assert sp.lambdify((BETA, TAU), found)(beta, delay) == pytest.approx(
            float(expected), rel=1e-14
        )
    assert found.subs(TAU, 3).evalf().free_symbols == {BETA}
    with pytest.raises(sb.DomainError, match="beta < 1"):
        found.subs({BETA: 2, TAU: 3}).evalf()


def test_thresholds_without_a_closed_form_cancel_only_against_themselves():
    step = sp.Symbol("eta", positive=True)
    heavy, nesterov = (make(BETA).delayed(TAU) for make in (Rule.heavy_ball, Rule.nesterov))
    assert transfer(heavy, Rule.heavy_ball(BETA).delayed(TAU), step) == step
    found = transfer(heavy, nesterov, step)
    assert found.free_symbols == {BETA, TAU, step}
    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301 - our own bytes
    here = {BETA: sp.Rational(1, 4), TAU: 5}
    ratio = nesterov.threshold().value(20, here) / heavy.threshold().value(20, here)
    assert float(found.subs(here).subs(step, 1)) == pytest.approx(float(ratio), rel=1e-14)


def test_weight_decay_counts():
    decayed = Rule.from_torch(0.5, weight_decay=0.25)
    new = transfer(PLAIN, decayed, 0.1)  # accessible up to curvature 20
    assert new == sp.Rational(3) / sp.Rational(81, 4)
    assert transfer(decayed, PLAIN, new) == sp.Rational(1, 10)


@settings(max_examples=20, deadline=None)
@given(
    beta=st.sampled_from([-0.5, 0.25, 0.9]),
    batches=st.tuples(st.integers(1, 40), st.integers(1, 40)),
    samples=st.sampled_from([None, 50]),
)
def test_noisy_edge_is_kept(beta, batches, samples):
    """On flat noisy directions both mean-square thresholds give the same largest variance."""
    heavy = Rule.heavy_ball(beta)
    new = float(transfer(PLAIN, heavy, 0.1, *batches, samples=samples, regime="noise"))
    chances = [(50 - b) / (b * 49) if samples else 1 / b for b in batches]
    curvature = 1e-7
    # Gradient descent at step 0.1 tolerates p v = 2 c / 0.1 - c**2 there.
    variance = (20 * curvature - curvature**2) / chances[0]
    limit = float(heavy.mean_square_threshold(curvature, chances[1] * variance))
    assert new == pytest.approx(limit, rel=1e-6)
    back = transfer(heavy, PLAIN, new, *batches[::-1], samples=samples, regime="noise")
    assert float(back) == pytest.approx(0.1, rel=1e-12)


def test_noisy_edge_does_not_see_the_delay():
    assert transfer(PLAIN, PLAIN.delayed(TAU), 0.1, 8, 8, regime="noise") == sp.Rational(1, 10)
    slow = transfer(PLAIN, PLAIN.delayed(4), 0.1, 8, 8, regime="noise")
    curvature, variance = 1e-7, 20e-7
    limit = float(PLAIN.delayed(4).mean_square_threshold(curvature, variance))
    assert float(slow) == pytest.approx(limit, rel=1e-5)


@pytest.mark.parametrize(("beta", "sizes"), [(0.9, (32, 32)), (0.5, (32, 128)), (-0.5, (64, 16))])
def test_default_keeps_every_accessible_minimum(beta, sizes):
    heavy = Rule.heavy_ball(beta)
    new = float(transfer(PLAIN, heavy, 0.1, *sizes))
    touched = False
    for curvature in (1e-6, 1.0, 10.0, 19.0, 20 - 1e-6):
        most = (20 * curvature - curvature**2) * sizes[0]
        limit = float(heavy.mean_square_threshold(curvature, most / sizes[1]))
        assert new <= limit * (1 + 1e-6)
        touched = touched or new == pytest.approx(limit, rel=1e-4)
    assert touched


def test_default_for_the_same_rule():
    assert transfer(PLAIN, PLAIN, 0.1, 32, 64) == sp.Rational(1, 10)
    assert transfer(PLAIN, PLAIN, 0.1, 32, 16) == sp.Rational(1, 20)
    assert transfer(PLAIN, PLAIN, 0.1, 32, 100, samples=100) == sp.Rational(1, 10)


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((PLAIN, PLAIN, 0), {}, "step"),
        ((PLAIN, PLAIN, -1), {}, "step"),
        ((PLAIN, PLAIN, 0.1, 4), {}, "batch"),
        ((PLAIN, PLAIN, 0.1, 4, 0), {}, "batch"),
        ((PLAIN, PLAIN, 0.1, 4, 8), {"samples": 6}, "exceeds"),
        ((PLAIN, PLAIN, 0.1, 4, 8), {"regime": "both"}, "regime"),
        ((PLAIN, PLAIN, 0.1), {"regime": "noise"}, "need batches"),
        ((PLAIN, PLAIN, 0.1, 4, 8), {"samples": 8, "regime": "noise"}, "full batch"),
        ((PLAIN, PLAIN, 0.1, 8, 4), {"samples": 8}, "full batch"),
        ((PLAIN, Rule.nesterov(0.5), 0.1, 4, 4), {}, "straight line"),
        ((PLAIN, PLAIN.delayed(1), 0.1, 4, 4), {}, "straight line"),
        (
            (PLAIN, PLAIN.delayed({0: 0.5, 1: 0.5}), 0.1, 4, 4),
            {"regime": "noise"},
            "noise of its own",
        ),
        ((PLAIN, Rule.from_torch(0.5, weight_decay=1), 0.1, 4, 4), {"regime": "noise"}, "flat"),
        ((Rule.from_torch(0.5, weight_decay=1), PLAIN, 4), {}, "no accessible minimum"),
    ],
)
def test_refusals(arguments, options, message):
    with pytest.raises(sb.InputError, match=message):
        transfer(*arguments, **options)
