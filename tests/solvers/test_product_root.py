"""The root of a product of shifted gaps, against fifty digits and at its extremes."""

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symbias.solvers.product_root import product_root, square_gaps

EPS = float(np.finfo(float).eps)


def reference(weights):
    """Root and sum of inverses to fifty digits, by bisection on the logarithm of the root."""
    squares = [mpmath.mpf(float(w)) ** 2 for w in weights]
    gaps = [a - min(squares) for a in squares]
    low, high = mpmath.mpf(-2000), mpmath.mpf(0)
    for _ in range(180):
        middle = (low + high) / 2
        above = mpmath.fsum(mpmath.log(b + mpmath.exp(middle)) for b in gaps) > 0
        low, high = (low, middle) if above else (middle, high)
    root = mpmath.exp(low)
    return root, mpmath.fsum(1 / (b + root) for b in gaps)


def errors(weights):
    roots, sums = product_root(square_gaps(np.array([weights])))
    with mpmath.workdps(50):
        root, total = reference(weights)
        return float(abs(roots[0] / root - 1)), float(abs(sums[0] / total - 1))


@pytest.mark.parametrize(
    "weights",
    [
        [3.0, 1.0],
        [1.5, -0.1],
        [1.0, 1.0, 1.0],
        [1.0, 1.0 + 1e-15],
        [1e8, 1e8 + 1e-7, 1e8],
        [1e-160, 1e-170, 1e-300, 0.0],
        [1e70, 1e-70, 1e-70],
        [1e150, 1e-200],
        [1e40, 1e40, 1e-3],
        [0.3] * 40,
    ],
)
def test_root_and_sum_have_all_their_digits(weights):
    assert max(errors(weights)) < 8 * EPS


@settings(max_examples=15, deadline=None)
@given(st.lists(st.floats(-12, 12), min_size=2, max_size=7), st.integers(0, 6))
def test_digits_of_weights_over_many_orders(exponents, ties):
    weights = [10.0**e for e in exponents] + [10.0 ** min(exponents)] * ties
    assert max(errors(weights)) < 8 * EPS


def test_a_root_below_the_range_of_doubles_is_said_to_be_zero():
    roots, sums = product_root(np.array([[1e300, 1e300, 0.0]]))
    assert roots[0] == 0
    assert sums[0] == np.inf


def test_nan_stays_nan():
    roots, sums = product_root(np.array([[np.nan, 0.0], [8.0, 0.0]]))
    assert np.isnan([roots[0], sums[0]]).all()
    assert sums[1] == pytest.approx(68**0.5, rel=4 * EPS)


def test_gaps_do_not_cancel():
    close = 1.0 + 2.0**-52
    assert square_gaps(np.array([1.0, close]))[1] == 2.0**-51 * (1 + 2.0**-53)
