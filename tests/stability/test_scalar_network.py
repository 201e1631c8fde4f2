"""Where gradient flow of scalar networks ends, how sharp it is there, and what a step of descent does to it."""

import numpy as np
import pytest
import sympy as sp
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import symbias as sb

EDGE_OF_FOUR = [sp.Rational(9, 4), sp.Rational(9, 4), 0.445, 0.445]
sizes = st.floats(0.05, 5.0)


def flowed(weights):
    """The end of an integrated flow."""
    names = sp.symbols(f"w_1:{len(weights) + 1}", real=True)
    net = sb.Parametrization(sp.Mul(*names), names)
    init = dict(zip(names, map(float, weights), strict=True))
    run = sb.simulate.gradient_flow(net, [[1.0]], [1.0], init, tolerance=1e-13, accuracy=1e-13)
    return run, np.array([run.theta[name] for name in names])


# --- the end of the flow --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "weights",
    [
        [3, 1],
        [1.5, -0.1],
        [-2.0, -1.0],
        [0.5, -1.5, 1.2],
        [-0.7, -1.5, -1.2, 0.9],
        [0, -2, 1],
        [1.1, 1.1, 0.3, 0.3, -2.0, -0.2],
    ],
)
def test_the_root_is_the_end_of_the_integrated_flow(weights):
    run, end = flowed(weights)
    assert run.converged
    network = sb.ScalarNetwork(weights)
    np.testing.assert_allclose(network.gfs(), end, rtol=0, atol=1e-10 * np.abs(end).max())
    measured = sb.simulate.scalar_network_sharpness(end)
    assert network.gfs_sharpness() == pytest.approx(float(measured), rel=1e-10)


@settings(max_examples=60, deadline=None)
@given(st.lists(sizes, min_size=2, max_size=6), st.integers(0, 63))
def test_the_end_has_product_one_the_same_balances_and_signs(magnitudes, pattern):
    signs = [1 - 2 * (pattern >> k & 1) for k in range(len(magnitudes))]
    weights = np.array(magnitudes) * signs
    order = np.argsort(magnitudes)
    if np.prod(signs) < 0 and magnitudes[order[0]] == magnitudes[order[1]]:
        with pytest.raises(sb.DomainError):
            sb.ScalarNetwork(weights).gfs()
        return
    network = sb.ScalarNetwork(weights)
    end = network.gfs()
    assert np.prod(end) == pytest.approx(1, rel=1e-13)
    shifts = end**2 - weights**2
    scale = max(np.abs(weights).max() ** 2, np.abs(end).max() ** 2)
    np.testing.assert_allclose(shifts, shifts[0], rtol=0, atol=1e-14 * scale)
    turned = np.flatnonzero(np.sign(end) != np.sign(weights))
    assert list(turned) == ([order[0]] if np.prod(signs) < 0 else [])
    assert network.gfs_sharpness() == pytest.approx((1 / end**2).sum(), rel=1e-12)
    assert network.gfs_sharpness() >= len(weights) * (1 - 1e-14)


def test_the_sharpness_of_equal_weights_is_their_number():
    assert sb.ScalarNetwork([0.3] * 5).gfs_sharpness() == pytest.approx(5, rel=1e-15)
    assert sb.ScalarNetwork([7, 7]).gfs_sharpness() == pytest.approx(2, rel=1e-15)


def test_exact_numbers_decide_what_floats_cannot():
    # The floats of both weights agree: the exact ones tell which of them passes through zero.
    close = 1 + sp.Rational(1, 10**20)
    with pytest.raises(sb.DomainError, match="equal"):
        sb.ScalarNetwork([1.0, -1.0]).gfs()
    np.testing.assert_allclose(sb.ScalarNetwork([close, -1]).gfs(), [1.0, 1.0])
    np.testing.assert_allclose(sb.ScalarNetwork([1, -close]).gfs(), [-1.0, -1.0])
    with pytest.raises(sb.DomainError, match="equal"):
        sb.ScalarNetwork([sp.sqrt(2), -sp.sqrt(8) / 2]).gfs()


@pytest.mark.parametrize(
    "weights", [[0, 0], [0, 0, 3], [0.0, 1, 0.0], [1, -1], [2, 1, -1], [-3, -3, -3]]
)
def test_flows_that_end_at_a_saddle_are_refused_and_do_end_there(weights):
    network = sb.ScalarNetwork(weights)
    for question in (network.gfs, network.gfs_sharpness, network.monotone_step):
        with pytest.raises(sb.DomainError, match=r"saddle.*What to do"):
            question()
    assert np.isnan(sb.stability.gfs_sharpness_at([[float(w) for w in weights]])).all()
    assert not flowed(weights)[0].converged


def test_a_tie_does_no_harm_where_the_product_is_positive():
    assert (
        sb.ScalarNetwork([-1, -1, 3]).gfs_sharpness() == sb.ScalarNetwork([1, 1, 3]).gfs_sharpness()
    )


@pytest.mark.parametrize(
    ("weights", "error"),
    [
        ([1], sb.InputError),
        ([], sb.InputError),
        ("12", sb.InputError),
        (3.0, sb.InputError),
        (np.array(3.0), sb.InputError),
        ([1, np.nan], sb.InputError),
        ([1, np.inf], sb.InputError),
        ([1, 1j], sb.InputError),
        ([1, sp.I], sb.InputError),
        ([1, sp.Symbol("x")], sb.InputError),
        ([1, "2"], sb.InputError),
        ([1, True], sb.InputError),
        ([1, 1e200], sb.DomainError),
        ([1.0] * 20_000, sb.BudgetError),
    ],
)
def test_what_is_no_network_is_refused(weights, error):
    with pytest.raises(error, match="What to do"):
        sb.ScalarNetwork(weights)


def test_a_sharpness_beyond_doubles_is_refused():
    with pytest.raises(sb.DomainError, match="sharper"):
        sb.ScalarNetwork([1e120, 1e120, 1]).gfs_sharpness()
    assert sb.stability.gfs_sharpness_at([[1e120, 1e120, 1.0]])[0] == np.inf


def test_weights_at_the_end_of_the_range_are_answered():
    network = sb.ScalarNetwork([1e150] * 3)
    np.testing.assert_allclose(network.gfs(), 1.0)
    assert network.gfs_sharpness() == pytest.approx(3, rel=1e-15)
    assert network.monotone_step() == np.inf
    assert sb.ScalarNetwork([1e150, 1e150, 1e140]).monotone_step() == 0


@pytest.mark.parametrize("points", [[1.0, 2.0], [[1.0]], [[1.0, np.nan]], [["a", "b"]]])
def test_points_that_are_no_weights_are_refused(points):
    with pytest.raises(sb.InputError):
        sb.stability.gfs_sharpness_at(points)
    with pytest.raises(sb.DomainError):
        sb.stability.gfs_sharpness_at([[1e200, 1.0]])


def test_networks_are_immutable_and_printed_shortly():
    network = sb.ScalarNetwork(EDGE_OF_FOUR)
    with pytest.raises(AttributeError):
        network.weights = ()
    assert repr(network) == "ScalarNetwork([2.25, 2.25, 0.445, 0.445])"
    assert network == sb.ScalarNetwork(network.weights)


# --- formulas -------------------------------------------------------------------------------------


@pytest.mark.parametrize("depth", [2, 3, 5, 12])
def test_formulas_of_every_depth_are_exact_and_give_the_sharpness(depth):
    formula = sb.ScalarNetwork.gfs_sharpness_formula(depth)
    assert formula.evidence == formula.derivation.check() == "exact"
    assert {f.name for f in formula.derivation.formulas} >= {"balance", "level", "gfs_equation"}
    weights = np.random.default_rng(depth).uniform(0.4, 1.6, depth)
    network = sb.ScalarNetwork(weights)
    values = list(weights)
    if depth > 2:
        values.append(network.gfs()[0] ** 2 - weights[0] ** 2)
    assert formula.compile()(*values) == pytest.approx(network.gfs_sharpness(), rel=1e-12)


@pytest.mark.parametrize("depth", [3, pytest.param(6, marks=pytest.mark.slow)])
def test_results_of_deeper_networks_hold(depth):
    for result in (sb.stability.gfs_sharpness(depth), sb.stability.monotone_step(depth)):
        report = result.verify(rng=depth)
        assert report.ok, str(report)
        assert result.derivation.evidence == "exact"


@pytest.mark.parametrize("depth", [1, 0, -3, 13])
def test_depths_without_a_derivation_are_refused(depth):
    for question in (
        sb.ScalarNetwork.gfs_sharpness_formula,
        sb.stability.gfs_sharpness,
        sb.stability.monotone_step,
    ):
        with pytest.raises(sb.InputError, match="depth"):
            question(depth)


# --- steps of descent -----------------------------------------------------------------------------


def after(weights, step):
    return sb.simulate.train_scalar_network(weights, step, 1).final


def test_two_weights_bear_exactly_the_derived_step():
    rng = np.random.default_rng(0)
    for weights in rng.uniform(-2, 2, (40, 2)):
        network = sb.ScalarNetwork(weights)
        before, longest = network.gfs_sharpness(), network.monotone_step()
        assert longest == pytest.approx(np.sqrt(2) / abs(weights.prod() - 1), rel=1e-13)
        shorter, longer = (after(weights, longest * (1 + h)) for h in (-1e-4, 1e-4))
        assert sb.ScalarNetwork(shorter).gfs_sharpness() < before
        assert sb.ScalarNetwork(longer).gfs_sharpness() > before


@settings(max_examples=60, deadline=None)
@given(st.lists(sizes, min_size=3, max_size=6), st.integers(0, 63), st.floats(0.01, 1.0))
def test_more_weights_bear_every_step_up_to_the_derived_one(magnitudes, pattern, part):
    signs = [1 - 2 * (pattern >> k & 1) for k in range(len(magnitudes))]
    weights = np.array(magnitudes) * signs
    low, second = sorted(magnitudes)[:2]
    assume(low != second or np.prod(signs) > 0)
    longest = sb.ScalarNetwork(weights).monotone_step()
    assume(np.isfinite(longest))
    before, later = sb.stability.gfs_sharpness_at([weights, after(weights, part * longest)])
    assume(np.isfinite(later))  # a step may end on weights that are tied
    assert later <= before * (1 + 1e-12)


def test_three_weights_do_not_bear_what_two_do():
    # Contracted balances alone do not help: turned round they put two squares high where two were low.
    weights = np.array([5.0, 5.0013, 5.781])
    longer = np.sqrt(2) * sb.ScalarNetwork(weights).monotone_step()
    before, later = sb.stability.gfs_sharpness_at([weights, after(weights, longer)])
    gaps = [np.abs(np.subtract.outer(w**2, w**2)) for w in (weights, after(weights, longer))]
    assert (gaps[1] <= gaps[0] * (1 + 1e-9) + 1e-9).all()
    assert later > 3 * before


@pytest.mark.parametrize("depth", [3, 5])
def test_no_multiple_of_the_derived_step_is_borne_by_all_weights(depth):
    weights = np.sqrt(1e8 + np.array([0.0] * (depth - 1) + [1e4]))
    longest = sb.ScalarNetwork(weights).monotone_step()
    moved = [after(weights, factor * longest) for factor in (1.0, 1.01)]
    before, at, beyond = sb.stability.gfs_sharpness_at([weights, *moved])
    assert at <= before
    assert beyond > 10 * before


def test_where_nothing_is_broken_every_step_is_allowed():
    assert sb.ScalarNetwork([2, -2, -2]).monotone_step() == np.inf
    assert sb.ScalarNetwork([2, sp.Rational(1, 2)]).monotone_step() == np.inf
    assert sb.ScalarNetwork([0.1] * 30).monotone_step() == np.inf
    assert sb.ScalarNetwork([2] + [1] * 29).monotone_step() == pytest.approx(0.5)


# --- training -------------------------------------------------------------------------------------


@pytest.mark.jit
def test_four_weights_end_at_the_edge_of_stability():
    run = sb.ScalarNetwork(EDGE_OF_FOUR).train(step=0.2, steps=20_000)
    assert run.gfs_sharpness.shape == run.loss.shape == (20_001,)
    assert run.gfs_sharpness[[0, -1]] == pytest.approx([10.519, 9.9274], abs=1e-3)
    assert (np.diff(run.gfs_sharpness) <= 1e-14).all()
    assert (np.diff(run.loss) > 0).sum() > 100
    assert isinstance(run.final, sb.ScalarNetwork)
    measured = sb.simulate.scalar_network_sharpness(run.path[-1])
    assert 0.99 < measured * 0.2 / 2 < 1


def test_the_sharpness_along_a_run_is_that_of_its_points():
    run = sb.ScalarNetwork([2, -0.7, 0.4]).train(0.3, 12)
    one_by_one = [sb.ScalarNetwork(point).gfs_sharpness() for point in run.path]
    np.testing.assert_array_equal(run.gfs_sharpness, one_by_one)
    assert run.final.gfs_sharpness() == one_by_one[-1]


def test_a_run_that_overflows_says_so():
    run = sb.ScalarNetwork([3, 3, 3]).train(5.0, 50)
    assert not run.converged
    assert len(run.gfs_sharpness) == len(run.loss) < 50


@pytest.mark.parametrize(("step", "steps"), [(0, 5), (-1.0, 5), (np.nan, 5), (0.1, 0), (0.1, 2.5)])
def test_steps_that_make_no_sense_are_refused(step, steps):
    with pytest.raises(sb.InputError):
        sb.ScalarNetwork([2, 1]).train(step, steps)
