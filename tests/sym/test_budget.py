"""Time limits hold in every thread, nest, and leave nothing behind."""

import contextlib
import sys
import threading
import time

import pytest
import sympy as sp

from symbias.errors import BudgetError, SymbiasError
from symbias.sym import budget
from symbias.sym.budget import Clock, time_limit
from symbias.sym.equality import decide

x, y = sp.symbols("x y")
LATE = 6.0
"""Seconds after which a limit has not held, on a machine that does other things as well."""

pytestmark = pytest.mark.skipif(
    sys.gettrace() is not None, reason="limits are off under a tracer, and these run for ever"
)


def forever():
    while True:
        with contextlib.suppress(Exception):  # what SymPy's handlers do
            sum(range(100))


def nasty():
    terms = [
        sp.exp(sp.sin(i * x + y)) ** sp.Rational(1, 3) * sp.log(1 + x**2 + i * y**2)
        for i in range(1, 12)
    ]
    total = sum(terms)
    messy = sp.sqrt(total) + sp.atan(total) * sp.sqrt(1 + total**2)
    return messy, sp.expand(messy**2) / messy


def in_thread(work):
    result = []
    thread = threading.Thread(target=lambda: result.append(work()))
    thread.start()
    thread.join(30)
    assert not thread.is_alive()
    return result[0]


def seconds_until_budget_error():
    start = time.monotonic()
    with pytest.raises(BudgetError):
        time_limit(0.2, forever)
    return time.monotonic() - start


def test_the_limit_holds_in_the_main_thread_and_in_others():
    assert 0.15 < seconds_until_budget_error() < LATE
    assert 0.15 < in_thread(seconds_until_budget_error) < LATE


def test_the_tighter_limit_wins():
    start = time.monotonic()
    with pytest.raises(BudgetError, match=r"0\.1 s"):
        time_limit(5, lambda: time_limit(0.1, forever))
    with pytest.raises(BudgetError, match=r"0\.1 s"):
        time_limit(0.1, lambda: time_limit(5, forever))
    assert time.monotonic() - start < LATE


def still_alone():
    """Whether nothing arrives any more, and no watchdog is left behind."""
    time.sleep(0.3)
    return sys.unraisablehook is not budget._HUSH


def test_nothing_arrives_after_the_block():
    # The end of the work and the limit coincide, so that the exception arrives anywhere in between.
    for _ in range(200):
        with contextlib.suppress(BudgetError):
            time_limit(0.002, lambda: time.sleep(0.0019))
    assert still_alone()


def test_limits_that_end_together_leave_nothing_behind():
    for _ in range(100):
        with contextlib.suppress(BudgetError):
            time_limit(0.002, lambda: time_limit(0.002, forever))
    assert still_alone()


class Noisy:
    """An object whose finalizer takes long, so that the exception arrives inside it."""

    def __del__(self):
        time.sleep(0.001)


def make_noise():
    while True:
        Noisy()
        time.sleep(0.001)  # or the exception would only ever arrive in finalizers


def test_an_exception_that_arrives_in_a_finalizer_is_not_reported_and_comes_again():
    # Warnings are errors here, and an unraisable exception is one.
    hook = sys.unraisablehook
    with pytest.raises(BudgetError):
        time_limit(0.05, make_noise)
    time.sleep(0.1)
    assert sys.unraisablehook is hook


def test_no_time_left():
    with pytest.raises(BudgetError):
        time_limit(0, lambda: 1)
    with pytest.raises(BudgetError):
        Clock(-1).attempt(lambda: 1)


def decided_within(seconds):
    """Processor time, which is what budgets count."""
    start = time.thread_time()
    with contextlib.suppress(SymbiasError):
        decide(*nasty(), seconds=seconds)
    return time.thread_time() - start


def test_a_nasty_step_respects_its_budget():
    assert decided_within(1) < 3
    assert in_thread(lambda: decided_within(1)) < 3


@pytest.mark.parametrize(
    ("lhs", "rhs"),
    [
        (sp.exp(sp.exp(sp.exp(1000))), 1),
        (sp.exp(sp.exp(sp.exp(x**2 + 1000))), 1),
        (sp.Pow(10, sp.Pow(10, 9, evaluate=False), evaluate=False), 1),
        (sp.Pow(10, 10**9, evaluate=False), 1),
        (sp.factorial(10**9, evaluate=False), 1),
        (sp.sin(sp.exp(sp.exp(500))), 0),
        (sp.Sum(y, (y, 1, 10**12)), 1),
    ],
    ids=str,
)
def test_computations_that_cannot_be_interrupted_are_not_entered(lhs, rhs):
    start = time.monotonic()
    with pytest.raises(SymbiasError):
        decide(lhs, rhs, seconds=3)
    assert time.monotonic() - start < 3 + LATE


def test_huge_powers_can_still_be_compared():
    power = (x + 1) ** (10**9)
    assert decide(power * (x + 2), power * x + 2 * power).grade == "exact"


def test_expressions_that_are_nested_too_deeply_are_not_decided():
    nested = x
    with contextlib.suppress(RecursionError):
        while True:  # how deep SymPy gets depends on the version of Python
            nested = sp.sin(nested) + 1
    with pytest.raises(BudgetError, match="nested too deeply"):
        decide(nested, nested + y)
