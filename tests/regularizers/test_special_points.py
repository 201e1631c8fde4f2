"""Counts at given points: where the algebra shrinks, where it only seems to, and what is no point."""

from fractions import Fraction

import pytest
import sympy as sp

import symbias as sb

P = sb.parametrizations
u, v, c = sp.symbols("u v c", real=True)
a, b = sp.symbols("a b", positive=True)


def laws_at(network, values):
    return network.conservation_laws(at=dict(zip(network.parameters, values, strict=True)))


@pytest.mark.parametrize(
    ("network", "values", "count"),
    [
        (sb.Parametrization(u * v, [u, v]), [0, 0], 2),  # at rest
        (sb.Parametrization(u * v, [u, v]), [1, 1], 1),
        (P.chain(3, 1), [1, 1, 1], 2),
        (P.chain(3, 1), [0, 0, 1], 3),
        (P.chain(3, 1), [0, 1, 1], 2),
        (P.diagonal(2), [a, a], 1),  # balanced, any scale
        (P.linear_network((2, 2, 2)), [1, 0, 0, 1, 1, 0, 0, 1], 3),  # balanced, full rank
        (P.linear_network((2, 2, 2)), [1, 0, 0, 0, 1, 0, 0, 0], 5),  # rank one
        (P.linear_network((2, 2, 2)), [0] * 8, 8),
        (P.linear_network((2, 2, 2, 2)), [1, 0, 0, 1] * 3, 6),
        (P.linear_network((2, 2, 2, 2)), [0] * 12, 12),
        (P.neuron(3), [1, 0, 0, 0], 1),
        (P.two_layer_relu(2, 2), [0, 1, 0, 0, 1, 2], 4),  # a dead neuron keeps its three weights
        (sb.Parametrization(sp.exp(u) - sp.exp(v), [u, v]), [0, 0], 1),
        (sb.Parametrization(sp.sin(u) * v, [u, v]), [0, 0], 2),
        (sb.Parametrization(sp.sin(u) * v, [u, v]), [sp.pi / 2, 0], 1),
        (sb.Parametrization(sp.sqrt(a) * b, [a, b]), [2, Fraction(1, 3)], 1),
    ],
)
def test_counts_at_points(network, values, count):
    found = laws_at(network, values)
    assert found.count == count
    assert found.generic_count == network.conservation_laws().count
    assert found.complete == (count == found.generic_count)
    assert "at a generic point" in repr(found)


@pytest.mark.parametrize("power", [1, 2, 3, 4])
def test_a_direction_that_opens_in_a_late_bracket_only_is_seen(power):
    # grad(u**power * v) vanishes at 0 up to order power; brackets with d/du bring it back one order at a time.
    found = laws_at(sb.Parametrization([u, u**power * v], [u, v]), [0, 0])
    assert found.count == 0


def test_floats_are_no_special_point_and_that_is_said():
    found = laws_at(sb.Parametrization(u * v, [u, v]), [0.0, 0.0])
    assert found.count == found.generic_count == 1
    assert found.at is None
    assert "floats" in repr(found)


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ({u: 1}, "an exact number for each of"),
        ({u: 1, v: 1, c: 1}, "an exact number for each of"),
        ([1, 1], "a list, not a dict"),
        ({u: sp.oo, v: 1}, "the value of u is"),
        ({u: "1", v: 1}, "the value of u is"),
        ({u: v, v: 1}, "Use numbers or other symbols"),
    ],
)
def test_what_is_no_point_is_refused(at, said):
    with pytest.raises(sb.InputError) as caught:
        sb.Parametrization(u * v, [u, v]).conservation_laws(at=at)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("output", "at"),
    [(sp.log(a) * b, {a: -1, b: 1}), (u / v, {u: 1, v: 0}), (sp.sqrt(u - 1) * v, {u: 0, v: 1})],
)
def test_points_outside_the_domain_are_refused(output, at):
    with pytest.raises(sb.DomainError):
        sb.Parametrization(output, list(at)).conservation_laws(at=at)


def test_constants_that_are_not_known_to_be_independent_are_refused():
    network = sb.Parametrization(sp.exp(u) * v, [u, v])
    with pytest.raises(sb.BudgetError, match="independent"):
        network.conservation_laws(at={u: 1, v: sp.pi})
