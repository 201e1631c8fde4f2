"""Finite steps: where gradient descent and SGD end, against runs."""

from functools import cache

import numpy as np
import pytest
import sympy as sp

import symbias as sb
from symbias.regularizers import finite_step as module
from symbias.simulate import replay

u, v, s, t = sp.symbols("u v s t", real=True)
pytestmark = pytest.mark.jit

RUNS = {
    "descent": (u**2 - v**2, {u: 0.3, v: 0.3}, 0.02, None),
    "sgd": (u**2 - v**2, {u: 0.3, v: 0.3}, 0.01, 1),
    "biased": (v**2 - u**2, {u: -0.1, v: 0.3}, 0.02, 2),
    "arrays": (u**2 - v**2, {u: np.linspace(0.1, 0.5, 8), v: 0.2}, 0.02, None),
    "rotated": (u * v - s * t, {u: 0.3, v: 0.1, s: 0.3, t: 0.1}, 0.02, None),
    "weighted": (u**2 - 2 * v**2, {u: 0.3, v: 0.2}, 0.01, None),
    "with a vertex": (u**2 + u - v**2, {u: 0.3, v: 0.2}, 0.01, None),
}


def data(n=3, d=8):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n, d))
    return X, X @ rng.standard_normal(d)


@cache
def descend(name):
    """The flow and the run; `descend.__wrapped__` makes them anew, to be changed."""
    outputs, init, step, batch = RUNS[name]
    net = sb.Parametrization(outputs, list(init))
    X, y = data()
    rng = None if batch is None else 5
    run = sb.simulate.gradient_descent(net, X, y, init, step, batch, rng=rng, tolerance=1e-13)
    assert run.converged
    return net.regularizer(init), run


SLOW = {"weighted"}
"""Its inverse has no closed form, which takes a search."""


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.slow) if name in SLOW else name for name in RUNS],
)
def test_runs_end_at_the_minimiser(name):
    flow, run = descend(name)
    X, y = data()
    assert np.abs(flow.minimizer(X, y) - run.w).max() > 1e-4
    found = flow.finite_step(run)
    assert np.abs(found.minimizer(X, y) - run.w).max() < 1e-9
    assert "finite steps" in found.remark
    assert found.derivation.evidence in ("exact", "numeric")
    assert found.claims[0].run().holds


@pytest.mark.parametrize("factor", [1.05, 0.0, -1.0])
def test_a_wrong_correction_is_seen(monkeypatch, factor):
    flow, run = descend("descent")
    right = module._log_factors
    monkeypatch.setattr(module, "_log_factors", lambda x: factor * right(x))
    found = flow.finite_step(run)
    assert np.abs(found.minimizer(*data()) - run.w).max() > 1e-5
    assert not found.claims[0].run().holds


def test_a_wrong_step_is_refuted_in_the_derivation(monkeypatch):
    flow, run = descend("descent")
    right = module._parabolas

    def bent(*args):
        return [module.Parabola(p.mode, p.curvature * 2, p.vertex) for p in right(*args)]

    monkeypatch.setattr(module, "_parabolas", bent)
    with pytest.raises(sb.DerivationError, match="multiplied"):
        flow.finite_step(run)


def test_steps_that_change_the_sign_of_a_parameter_or_set_it_to_zero():
    net = sb.parametrizations.diagonal(2)
    a, b = net.parameters
    # The first step has x = 1, and x = 1.34.
    for start, step, target in (((0.5, 0.5), 0.5, -1.0), ((1.0, 0.1), 0.45, -0.5)):
        init = {a: start[0], b: start[1]}
        run = sb.simulate.gradient_descent(net, [[1.0]], [target], init, step, max_steps=9999)
        assert run.converged
        assert np.concatenate(list(run.replay.gradients())).max() * 2 * step >= 1
        found = net.regularizer(init).finite_step(run)
        assert found.minimizer([[1.0]], [target]) == pytest.approx([target], abs=1e-12)
    x = np.array([0.3, 1.0, 1.5, 1e-9])
    with np.errstate(divide="ignore"):
        wanted = np.log(np.abs(1 - x)) + x
    assert module._log_factors(x)[:3] == pytest.approx(wanted[:3])
    assert abs(module._log_factors(x)[3]) < 1e-16  # -x**2/2, where the other form rounds
    assert module._log_factors(x)[1] == -np.inf


def test_the_equivalent_start_is_the_product_of_the_factors():
    flow, run = descend("sgd")
    found = flow.finite_step(run)
    gradients = np.concatenate([block.copy() for block in run.replay.gradients()])
    assert gradients.shape == (run.steps, 8)
    x = 2 * run.replay.step * gradients
    for sign, values in zip((1, -1), found.start.arrays.values(), strict=True):
        wanted = 0.3 * np.prod((1 - sign * x) * np.exp(sign * x), axis=0)
        assert np.abs(values) == pytest.approx(np.abs(wanted), rel=1e-12)


def test_replays_are_blockwise_and_notice_changed_data(monkeypatch):
    flow, run = descend.__wrapped__("sgd")
    whole = np.concatenate([block.copy() for block in run.replay.gradients()])
    monkeypatch.setattr(replay, "ENTRIES", 56)
    pieces = [block.copy() for block in run.replay.gradients()]
    assert max(map(len, pieces)) == 7
    assert np.array_equal(np.concatenate(pieces), whole)
    run.replay.problem.X[0, 0] += 1e-3
    with pytest.raises(sb.InputError, match="ended elsewhere"):
        flow.finite_step(run)


def test_refusals():
    flow, run = descend("descent")
    net, (X, y) = flow.parametrization, data()
    init = RUNS["descent"][1]
    with pytest.raises(sb.InputError, match="another start"):
        net.regularizer({u: 0.3, v: 0.2}).finite_step(run)
    with pytest.raises(sb.InputError, match="another map"):
        sb.Parametrization(v**2 - u**2, [u, v]).regularizer(init).finite_step(run)
    with pytest.raises(sb.InputError, match="not a gradient descent"):
        flow.finite_step(sb.simulate.gradient_flow(net, X, y, init))
    short = sb.simulate.gradient_descent(net, X, y, init, 0.02, max_steps=5)
    with pytest.raises(sb.InputError, match="did not converge"):
        flow.finite_step(short)
    alpha = sp.Symbol("alpha", positive=True)
    with pytest.raises(sb.InputError, match="symbols"):
        net.regularizer({u: alpha, v: alpha}).finite_step(run)
    cubic = sb.Parametrization(u**3 - v**3, [u, v])
    with pytest.raises(sb.BudgetError, match="reweighting_defect"):
        cubic.regularizer(init).finite_step(run)
