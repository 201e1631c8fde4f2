"""Sweeps: the same bits whoever runs the jobs, in order, with little overhead and clear refusals."""

from __future__ import annotations

import sys
import threading
import time
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import symbias as sb
from symbias.simulate.sweeping import _chunks, blocks

sys.path.insert(0, str(Path(__file__).parent))
from sweep_jobs import draw, fails_at, square

POINTS = list(range(37))


class Immediate(Executor):
    """Runs what is submitted at once; not one of the standard executors."""

    def __init__(self):
        self.parts = []

    def submit(self, function, /, *args, **kwargs):
        future = Future()
        self.parts.append(len(args[1]))
        try:
            future.set_result(function(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - it is handed on
            future.set_exception(error)
        return future


@pytest.fixture(scope="module")
def processes():
    with ProcessPoolExecutor(2) as pool:
        yield pool


def test_results_are_in_the_order_of_the_points():
    def late_first(n):
        time.sleep(0.01 if n == 0 else 0.0)
        return n

    assert sb.sweep(late_first, POINTS, workers=4) == POINTS
    assert sb.sweep(square, iter(POINTS)) == [n * n for n in POINTS]
    assert sb.sweep(square, []) == []


@pytest.mark.parametrize("workers", [1, 2, 5])
@pytest.mark.parametrize("chunk", [None, 1, 4, 100])
def test_neither_workers_nor_chunks_change_a_bit(workers, chunk):
    wanted = sb.sweep(draw, POINTS, rng=7, workers=1)
    found = sb.sweep(draw, POINTS, rng=7, workers=workers, chunk=chunk)
    assert found == wanted
    assert len(set(found)) == len(found), "each job has a generator of its own"


def test_no_executor_changes_a_bit(processes):
    wanted = sb.sweep(draw, POINTS, rng=7, workers=1)
    with ThreadPoolExecutor(3) as threads:
        for executor in (threads, processes, Immediate()):
            assert sb.sweep(draw, POINTS, rng=7, executor=executor) == wanted
            with sb.simulate.sweeps_on(executor):
                assert sb.sweep(draw, POINTS, rng=7) == wanted


@pytest.mark.slow
def test_a_cluster_changes_no_bit(cluster_of):
    wanted = sb.sweep(draw, POINTS, rng=7, workers=1)
    with (
        cluster_of(n_workers=2, threads_per_worker=1, processes=True) as cluster,
        cluster.get_client() as client,
        client.get_executor() as executor,
    ):
        assert sb.sweep(draw, POINTS, rng=7, executor=executor) == wanted
        with pytest.raises(ValueError, match="at 5"):
            sb.sweep(partial(fails_at, 5), POINTS, executor=executor)


def test_streams_belong_to_the_job_and_to_the_kind_of_the_generator():
    one = sb.sweep(draw, POINTS, rng=7)
    assert sb.sweep(draw, POINTS[:5], rng=7) == one[:5], "more points change no earlier one"
    assert sb.sweep(draw, POINTS, rng=8) != one
    generator = np.random.default_rng(7)
    assert sb.sweep(draw, POINTS, rng=generator) == one
    assert sb.sweep(draw, POINTS, rng=generator) != one, "a generator goes on"
    philox = [np.random.Generator(np.random.Philox(3)) for _ in range(2)]
    assert sb.sweep(draw, POINTS, rng=philox[0]) == sb.sweep(draw, POINTS, rng=philox[1], workers=1)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 3000), st.integers(1, 64), st.none() | st.integers(1, 50))
def test_chunks_are_a_partition(jobs, workers, size):
    parts = _chunks(range(jobs), workers, size)
    assert [job for part in parts for job in part] == list(range(jobs))
    if size is None and jobs:
        assert len(parts[-1]) == 1 or jobs < 2, "the last ones are short"
        assert len(parts[0]) <= max(1, jobs // (2 * workers))


@settings(max_examples=100, deadline=None)
@given(st.integers(2, 10**6), st.integers(2, 10**4))
def test_blocks_add_up_and_none_is_short(total, size):
    cut = blocks(total, size)
    assert sum(cut) == total
    assert max(cut) <= size
    assert max(cut) - min(cut) <= 1


def test_the_first_failure_is_raised_and_what_has_not_begun_is_cancelled():
    ran = []

    def job(n):
        ran.append(n)
        if n in {3, 9}:
            raise ValueError(f"at {n}")
        time.sleep(0.002)
        return n

    with pytest.raises(ValueError, match="at 3"):
        sb.sweep(job, range(2000), workers=2)
    assert len(ran) < 1900


def test_failures_in_other_processes_are_raised(processes):
    with pytest.raises(ValueError, match="at 5"):
        sb.sweep(partial(fails_at, 5), POINTS, executor=processes)
    assert sb.sweep(square, [2], executor=processes) == [4], "the pool lives on"


@pytest.mark.parametrize(
    ("function", "rng"), [(abs, 0), (lambda n, rng: n, None), (lambda: 1, None)]
)
def test_a_function_of_too_many_or_too_few_arguments_is_refused(function, rng):
    with pytest.raises(sb.InputError, match="cannot be called as it will be"):
        sb.sweep(function, POINTS, rng=rng)


def test_what_cannot_be_sent_is_refused_with_the_remedy(processes):
    with pytest.raises(sb.InputError, match=r"another process.*top level of a module"):
        sb.sweep(lambda n: n, POINTS, executor=processes)


@pytest.mark.parametrize(
    "options", [{"workers": 0}, {"workers": 1.5}, {"chunk": 0}, {"rng": -1}, {"rng": "x"}]
)
def test_wrong_calls_are_refused(options):
    with pytest.raises(sb.InputError):
        sb.sweep(square, POINTS, **options)


def test_a_sweep_inside_a_sweep_runs_where_it_is():
    seen = set()

    def inner(_):
        seen.add(threading.get_ident())

    def outer(_):
        here = threading.get_ident()
        sb.sweep(inner, range(3))
        return here

    assert set(sb.sweep(outer, range(8), workers=2)) == seen


def test_the_sweeps_of_a_claim_run_on_the_executor_of_verify():
    executor = Immediate()
    network = sb.parametrizations.diagonal(2)
    regularizer = network.regularizer(dict.fromkeys(network.parameters, 0.5))
    reports = [regularizer.verify(rng=3, executor=e) for e in (None, executor)]
    assert executor.parts, "the flows of the claim ran on it"
    assert [v.measured for v in reports[0].verdicts] == [v.measured for v in reports[1].verdicts]


@pytest.mark.parametrize(
    "result",
    [
        lambda: sb.parametrizations.diagonal(2).regularizer(
            dict.fromkeys(sb.parametrizations.diagonal(2).parameters, 0.5)
        ),
        lambda: sb.UpdateRule.nesterov(0.5).threshold(),
        lambda: sb.catalogue()["sgd_mean_square_threshold"],
    ],
    ids=["regularizer", "threshold", "registered"],
)
def test_results_are_verified_on_a_process_pool(result, processes):
    found = result()
    here, there = (found.verify(rng=5, executor=e) for e in (None, processes))
    assert there.ok, there
    for one, other in zip(here.verdicts, there.verdicts, strict=True):
        assert (one.predicted, one.measured) == (other.predicted, other.measured)


@pytest.mark.jit
def test_simulators_give_the_same_bits_on_any_executor(processes):
    rows = np.array([[1.0, 0.5], [0.3, 2.0], [1.5, 1.0]])
    net = sb.parametrizations.linear_network((1, 2, 3))
    start = dict(zip(net.parameters, (1, 0.5, 0, 2, 1, 1, 0, -1), strict=True))
    X, y = [[1.0, 0.0, 1.0], [0.0, 1.0, -1.0]], [1.0, 0.5]

    def run(executor):
        moments = sb.simulate.sgd_second_moment(
            rows, 0.2, 2, 5, [1.0, -1.0], samples=1500, rng=4, executor=executor
        )
        product = sb.simulate.gaussian_mean_product(np.abs, 0.4, 300_000, rng=4, executor=executor)
        moved = sb.simulate.reweighting_defect(net, X, y, start, executor=executor)
        return [moments.mean.tolist(), moments.error.tolist(), product, moved]

    wanted = run(None)
    with ThreadPoolExecutor(3) as threads:
        assert run(threads) == wanted
    assert run(processes) == wanted
