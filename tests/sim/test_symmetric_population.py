"""Descent in blocks against descent of the whole matrix, and the recognition of blocks."""

import numpy as np
import pytest

import symbias as sb
from symbias.sim import population, symmetric_population
from symbias.sim.population import Activation
from symbias.simulate.block_matrix import BlockMatrix, blocks_of

pytestmark = pytest.mark.jit
SIZES = [(6,), (5, 1), (4, 2), (3, 2, 1), (1, 1, 4)]


def start(sizes, seed):
    rng, r = np.random.default_rng(seed), len(sizes)
    entries = 0.3 * rng.standard_normal((r, r))
    entries[np.arange(r), np.arange(r)] *= np.array(sizes) > 1
    return BlockMatrix(sizes, 1 + 0.3 * rng.standard_normal(r), entries)


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("activation", [Activation(1.0, 0.0), Activation(4.0, -1.0)])
def test_blocks_descend_like_the_whole(sizes, activation):
    W = start(sizes, 1)
    plan = (activation, 0.1, 30, 0.0, 1)
    whole = population.descend(W.dense(), np.ones(sum(sizes)), *plan, second_layer=False)
    blocks = symmetric_population.descend(np.array(sizes), W.diagonal, W.entries, *plan)
    ends = BlockMatrix(sizes, blocks.diagonal, blocks.entries).dense()
    assert ends == pytest.approx(whole.W, abs=1e-13)
    assert blocks.loss == pytest.approx(whole.loss, abs=1e-12)
    assert blocks.norm == pytest.approx(whole.norm, abs=1e-13)


def test_a_symmetric_start_is_recognised_in_any_order():
    W = start((6, 3), 2)
    turn = np.random.default_rng(3).permutation(9)
    matrix = W.dense()[np.ix_(turn, turn)]
    found, labels = blocks_of(matrix)
    assert sorted(found.sizes) == [3, 6]
    assert (found.arranged(labels) == matrix).all()
    loss = sb.PopulationLoss(sb.activations.relu)
    run = loss.descend(matrix, 0.1, 40, tol=0.0)
    whole = population.descend(
        matrix, np.ones(9), Activation(1.0, 0.0), 0.1, 40, 0.0, 40, second_layer=False
    )
    assert run.final == pytest.approx(whole.W, abs=1e-13)
    assert (blocks_of(run.final)[1] == labels).all()
    assert "in blocks of" in run.message
    assert "in blocks of" not in loss.descend(matrix + np.eye(9, k=1) / 99, 0.1, 4).message


def test_matrices_without_blocks_are_not_taken_for_some():
    rng = np.random.default_rng(4)
    assert blocks_of(rng.standard_normal((6, 6))) is None
    cycle = np.eye(6) + np.roll(np.eye(6), 1, axis=1)  # one kind of row, but not one orbit of pairs
    assert blocks_of(cycle) is None
    nearly = np.eye(6)
    nearly[0, 1] = 1e-300
    found = blocks_of(nearly)
    assert found is None or (found[0].arranged(found[1]) == nearly).all()


def test_a_million_inputs_cost_a_few_numbers():
    d = 10**6
    W = BlockMatrix([d - 1, 1], [1.0, -1.0], [[0.0, 2 / d], [1 / d, 0.0]])
    run = sb.PopulationLoss(sb.activations.relu).descend(W, 1 / d, 2_000, tol=0.0)
    assert isinstance(run.final, BlockMatrix)
    assert run.final.sizes == (d - 1, 1)
    assert abs(run.final.diagonal - [1, -1]).max() < 1e-2
    with pytest.raises(sb.InputError, match="rows"):
        run.final.dense()


def test_starts_in_blocks_that_a_run_would_leave_are_refused():
    W = BlockMatrix([3], [1.0], [[0.1]])
    relu = sb.activations.relu
    for loss in (
        sb.PopulationLoss(relu, 1),
        sb.PopulationLoss(relu, second_layer=True),
        sb.PopulationLoss(sb.activations.quadratic),
    ):
        with pytest.raises(sb.InputError, match="dense"):
            loss.descend(W, 0.1, 5)
    with pytest.raises(sb.InputError, match="dense"):
        sb.PopulationLoss(relu).descend(W, 0.1, 5, batch=2, rng=0)
    with pytest.raises(sb.DomainError, match="zero"):
        sb.PopulationLoss(relu).descend(BlockMatrix([3], [0.0], [[0.0]]), 0.1, 5)
    for sizes, diagonal, entries in (
        ([0], [1.0], [[0.0]]),
        (3, [1.0], [[0.0]]),
        ([2], [1.0, 2.0], [[0.0]]),
    ):
        with pytest.raises(sb.InputError):
            BlockMatrix(sizes, diagonal, entries)
