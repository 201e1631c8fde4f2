"""1 + 2 |f| <= neuron by neuron <= oriented <= mean gradient <= sharpness, and where a link is an equality."""

import numpy as np
import pytest
from shallow_nets import DIMENSIONS, random_data, random_net, random_problem

import symbias as sb

ROUNDING = 1e-12
PROBLEMS = 300


def links(net, X, y=None):
    return np.array(
        [
            1 + 2 * net.stability_norm(X),
            net.sharpness_bound(X),
            net.sharpness_bound(X, oriented=True),
            net.mean_gradient_bound(X),
            net.sharpness(X, y),
        ]
    )


@pytest.fixture(scope="module")
def chains():
    return np.array([links(net, X) for net, X, _ in map(random_problem, range(PROBLEMS))])


def test_the_chain_holds_on_hundreds_of_networks(chains):
    assert (chains[:, :-1] <= chains[:, 1:] * (1 + ROUNDING)).all()


def test_rounding_does_not_turn_the_chain_around():
    for seed in range(200):
        rng = np.random.default_rng(seed)
        d = int(rng.choice(DIMENSIONS))
        net, X = random_net(d, int(rng.integers(1, 7)), rng), random_data(20, d, rng)
        twice = sb.ShallowReLU(
            np.vstack([net.W, -3 * net.W]), np.r_[net.b, -3 * net.b], np.r_[net.v, net.v / 7], 0.0
        )
        for n in (net, twice):
            values = 1 + 2 * n.stability_norm(X), n.sharpness_bound(X), n.sharpness_bound(X, True)
            assert values[0] <= values[1] <= values[2] <= n.sharpness(X)


def test_every_link_is_strict_somewhere_and_nearly_attained_somewhere(chains):
    ratios = chains[:, 1:] / chains[:, :-1]
    assert (ratios.max(axis=0) > 1.2).all()
    assert (ratios.min(axis=0) < 1.02).all()


def test_a_weight_ten_per_cent_too_large_would_break_the_chain():
    net, X = symmetric_pair(3, 1.0)
    norm = net.stability_norm(X)
    assert 1 + 2 * 1.1 * norm > net.sharpness(X)


def test_residuals_add_at_most_their_term():
    slacks = []
    for net, X, y in map(random_problem, range(PROBLEMS)):
        values = links(net, X, y)
        radius = np.linalg.norm(X, axis=1).max()
        root = np.sqrt(np.mean((net.predict(X) - y) ** 2))
        assert values[0] <= (values[4] + 2 * (radius + 1) * root) * (1 + ROUNDING)
        # The Hessian of f at a sample x has norm sqrt(1 + |x|^2), which gives a sharper term for the whole chain.
        slacks.append(values[4] + np.hypot(1, radius) * root - values[3])
        assert slacks[-1] >= -ROUNDING * values[3]
    assert min(slacks) > 0


def test_without_the_residual_term_the_chain_is_false():
    broken = 0
    for net, X, y in map(random_problem, range(60)):
        low = sb.ShallowReLU(net.W, net.b, net.v, net.c - 100.0)
        broken += low.sharpness(X, y) < low.mean_gradient_bound(X)
    assert broken > 0


def symmetric_pair(d, output):
    """A best-rescaled neuron and its mirror image, on two opposite samples."""
    x = np.ones(d) / np.sqrt(d)
    net = sb.ShallowReLU([x, -x], [0.0, 0.0], [output, output], 0.0)
    X = np.array([x, -x]) * 1.5
    return net.balanced(X), X


@pytest.mark.parametrize("d", DIMENSIONS)
def test_all_links_are_equalities_for_a_symmetric_pair_of_neurons(d):
    values = links(*symmetric_pair(d, 2.0))
    assert values == pytest.approx(np.full(5, 1 + 2.0 * 1.5 * np.sqrt(1 + 1.5**2)), rel=1e-13)


def test_opposite_masses_on_one_hyperplane_cancel_in_the_norm_alone():
    x = np.array([1.0, 0.0])
    net = sb.ShallowReLU([x, -x], [0.0, 0.0], [1.0, -1.0], 0.0)
    X = [x, -x, [0.5, 3.0], [-0.5, -3.0]]
    assert net.stability_norm(X) == 0  # the function is linear
    assert net.sharpness_bound(X) > 1.5


@pytest.mark.parametrize("d", [1, 4, 64])
def test_the_mean_gradient_is_the_top_eigenvector_where_all_samples_are_one(d):
    rng = np.random.default_rng(d)
    net = random_net(d, 12, rng)
    X = np.tile(rng.standard_normal(d), (7, 1))
    assert net.mean_gradient_bound(X) == pytest.approx(net.sharpness(X), rel=1e-13)


@pytest.mark.parametrize("d", [1, 4, 64])
def test_the_mean_gradient_attains_the_oriented_bound_after_balancing(d):
    rng = np.random.default_rng(d)
    for _ in range(10):
        net, X = random_net(d, 9, rng), random_data(30, d, rng)
        flat = net.balanced(X)
        assert flat.predict(X) == pytest.approx(net.predict(X), rel=1e-9, abs=1e-9)
        bound = net.sharpness_bound(X, oriented=True)
        assert flat.mean_gradient_bound(X) == pytest.approx(bound, rel=1e-13)
        assert flat.sharpness_bound(X, oriented=True) == pytest.approx(bound, rel=1e-13)


def test_both_weights_agree_on_symmetric_data_through_the_centre():
    rng = np.random.default_rng(0)
    half = rng.standard_normal((20, 6))
    X = np.vstack([half, -half])
    net = sb.ShallowReLU(rng.standard_normal((9, 6)), np.zeros(9), rng.standard_normal(9), 0.0)
    oriented = net.sharpness_bound(X, oriented=True)
    assert net.sharpness_bound(X) == pytest.approx(oriented, rel=1e-13)
    assert 1 + 2 * net.stability_norm(X) == pytest.approx(oriented, rel=1e-13)


@pytest.mark.parametrize("d", DIMENSIONS)
def test_the_norm_belongs_to_the_function(d):
    """Splitting, mirroring, rescaling and permuting neurons, and adding dead or far ones, change nothing."""
    rng = np.random.default_rng(d)
    X, net = random_data(40, d, rng), random_net(d, 4, rng)
    signs = rng.choice([-1.0, 1.0], 4)
    scales, parts = rng.uniform(0.01, 100.0, 4), rng.uniform(-3, 3, 4)
    far = np.eye(d)[0]
    W = np.vstack([net.W, signs[:, None] * scales[:, None] * net.W, [far, 0 * far, net.W[0]]])
    b = np.concatenate([net.b, signs * scales * net.b, [1e3, 1.0, 0.1]])
    v = np.concatenate([parts * net.v, (1 - parts) * net.v / scales, [5.0, 5.0, 0.0]])
    order = rng.permutation(len(v))
    split = sb.ShallowReLU(W[order], b[order], v[order], 0.0)
    assert split.stability_norm(X) == pytest.approx(net.stability_norm(X), rel=1e-9)
    seen = split.laplacian(X).masses
    assert sorted(np.abs(seen))[:4] == pytest.approx(
        sorted(np.abs(net.laplacian(X).masses)), rel=1e-9
    )


def test_hyperplanes_are_merged_up_to_rounding_only():
    rng = np.random.default_rng(3)
    u = rng.standard_normal(5)
    W = [u, u * 3 * (1 + 1e-15), -u / 7, u + 1e-9 * np.ones(5)]
    net = sb.ShallowReLU(W, [0.2, 0.6, -0.2 / 7, 0.2], [1.0, 1.0, 1.0, 1.0], 0.0)
    X = rng.standard_normal((9, 5))
    assert len(net.laplacian(X).masses) == 2
    assert len(net.laplacian(X, tolerance=0.0).masses) >= 2
    assert len(net.laplacian(X, tolerance=1e-6).masses) == 1


def test_many_hyperplanes_are_merged_like_pair_by_pair():
    rng = np.random.default_rng(4)
    planes = rng.standard_normal((40, 4))
    chosen, scales = rng.integers(0, 40, 400), rng.choice([-2.0, -1.0, 0.3, 1.7], 400)
    rows = planes[chosen] * scales[:, None]
    v = rng.standard_normal(400)
    found = sb.ShallowReLU(rows[:, :3], rows[:, 3], v, 0.0).laplacian(rng.standard_normal((5, 3)))
    sizes = np.linalg.norm(planes[:, :3], axis=1)
    wanted = np.bincount(chosen, v * np.abs(scales), 40) * sizes
    assert sorted(found.masses) == pytest.approx(
        sorted(wanted[np.unique(chosen)]), rel=1e-9, abs=1e-12
    )


@pytest.mark.parametrize("tolerance", [-1.0, 0.5, np.nan])
def test_tolerances_out_of_range_are_refused(tolerance):
    with pytest.raises(sb.InputError, match="tolerance"):
        sb.ShallowReLU([[1.0]], [0.0], [1.0], 0.0).stability_norm([[1.0]], tolerance=tolerance)
