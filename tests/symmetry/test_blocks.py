"""Blocks of random equivariant matrices: their eigenvalues, with multiplicities, are those of the whole matrix."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

import symbias as sb
from symbias.symmetry.blocks import block, gram
from symbias.symmetry.components import components
from symbias.symmetry.group import Block, Group, permutations

n = sp.Symbol("n", positive=True)


def pattern(group, places):
    """What distinguishes places up to the group: their orbits, and which elements of a block are equal."""
    seen: dict = {}
    key = []
    for row, column in places:
        for names, index in ((group.rows, row), (group.columns, column)):
            if index is None:
                key.append(None)
                continue
            name = names[index[0]]
            labels = seen.setdefault(name, {})
            label = 0 if group.table[name].is_point else labels.setdefault(index[1], len(labels))
            key.append((index[0], label))
    return tuple(key)


class RandomMatrix:
    """A random symmetric matrix that the group leaves alone: one number per pattern."""

    def __init__(self, group, seed):
        self.group, self.numbers, self.rng = group, {}, np.random.default_rng(seed)

    def __call__(self, here, there):
        key = pattern(self.group, (here, there))
        if key not in self.numbers:
            value = sp.Rational(int(self.rng.integers(-9, 10)), 4)
            self.numbers[key] = self.numbers[pattern(self.group, (there, here))] = value
        return self.numbers[key]

    def dense(self, second_layer):
        group = self.group
        rows = [(r, k) for r in range(len(group.rows)) for k in range(int(group.row(r).size))]
        columns = [
            (c, k) for c in range(len(group.columns)) for k in range(int(group.column(c).size))
        ]
        places = [(i, a) for i in rows for a in columns] + [(i, None) for i in rows] * second_layer
        return np.array([[float(self(p, q)) for q in places] for p in places])


GROUPS = {
    "one block": permutations([5]),
    "two elements": permutations([2]),
    "three elements": permutations([3, 1]),
    "two and a point": permutations([2, 1]),
    "two blocks": permutations([4, 3]),
    "two twos": permutations([2, 2]),
    "extra row": permutations([4], extra_rows=1),
    "extra rows and column": permutations([3, 1], extra_rows=2, extra_columns=1),
    "extra columns": permutations([4, 2], extra_columns=2),
    "two sets of rows": Group((Block("A", sp.Integer(4)),), ("A", "A"), ("A",)),
    "rows apart from columns": Group(
        (Block("A", sp.Integer(3)), Block("B", sp.Integer(4))), ("A",), ("B",)
    ),
}
each_group = pytest.mark.parametrize("group", GROUPS.values(), ids=GROUPS)


@each_group
@pytest.mark.parametrize("second_layer", [False, True])
def test_eigenvalues_of_blocks_are_those_of_the_matrix(group, second_layer):
    matrix = RandomMatrix(group, 1)
    found = []
    for component in components(group, second_layer=second_layer):
        small = np.array(block(group, component, matrix).tolist(), dtype=float)
        values = np.linalg.eigvals(small)
        assert np.abs(values.imag).max() < 1e-9
        found += list(np.repeat(values.real, int(component.dimension)))
        metric = np.array(gram(group, component).tolist(), dtype=float)
        np.testing.assert_allclose(metric @ small, (metric @ small).T, atol=1e-9)
        assert np.linalg.eigvalsh(metric)[0] > 0
    dense = matrix.dense(second_layer)
    assert len(found) == len(dense)
    np.testing.assert_allclose(np.sort(found), np.linalg.eigvalsh(dense), atol=1e-9)


@pytest.mark.parametrize("size", [4, 5, 7])
def test_a_symbolic_size_stands_for_every_size(size):
    free, fixed = permutations([n, 1]), permutations([size, 1])
    for here, there in zip(components(free), components(fixed), strict=True):
        matrix = RandomMatrix(free, 3)
        # The same random numbers in both: they depend on patterns alone.
        small = block(free, here, matrix).subs(n, size)
        other = RandomMatrix(fixed, 3)
        other.numbers = matrix.numbers
        assert small == block(fixed, there, other)
        assert here.dimension.subs(n, size) == there.dimension


@each_group
def test_fixed_spaces_have_the_dimension_that_averaging_gives(group):
    import itertools

    shape = tuple(int(x) for x in group.shape)
    trivial = components(group)[0]
    assert trivial.multiplicity == group.dimension
    # Burnside: the number of orbits is the mean number of fixed entries, here over random elements of a small group.
    sizes = {b.name: int(b.size) for b in group.blocks}
    if np.prod([float(sp.factorial(s)) for s in sizes.values()]) > 200:
        return
    total, count = 0, 0
    for choice in itertools.product(*(itertools.permutations(range(s)) for s in sizes.values())):
        image = dict(zip(sizes, choice, strict=True))
        fixed = [
            sum(image[x][k] == k for x in names for k in range(sizes[x]))
            for names in (group.rows, group.columns)
        ]
        total, count = total + fixed[0] * fixed[1], count + 1
    assert total == count * group.dimension
    assert sum(o.size for o in group.orbits) == shape[0] * shape[1]


def test_dimensions_of_components_are_polynomials():
    found = {c.kind: c for c in components(permutations([n]))}
    assert sp.expand(sum(c.dimension * c.multiplicity for c in found.values())) == n**2
    free = components(permutations([n, 3], extra_rows=1), second_layer=True)
    total = sp.expand(sum(c.dimension * c.multiplicity for c in free))
    assert total == sp.expand((n + 4) * (n + 3) + n + 4)


def test_equivariance_is_checked_at_arrays():
    group = permutations([3, 1])
    W = np.random.default_rng(0).normal(size=(4, 4))
    sb.symmetry.assert_equivariant(lambda V: (V**3).sum(), group, at=W)
    sb.symmetry.assert_equivariant(lambda V: V @ V.T @ V, group, at=W)
    sb.symmetry.assert_equivariant(np.eye(16), group)
    with pytest.raises(sb.InputError, match="elements 1 and 2 of block A changes entry"):
        sb.symmetry.assert_equivariant(lambda V: V * np.arange(4), group, at=W)
    with pytest.raises(sb.InputError, match="not fixed"):
        sb.symmetry.assert_equivariant(W, group)


@pytest.mark.parametrize("sizes", [[], [0], [2.5], ["3"], [-1], [None]])
def test_no_sizes(sizes):
    with pytest.raises(sb.InputError):
        sb.symmetry.permutations(sizes)


def test_groups_that_do_not_act():
    group = permutations([3, 1])
    with pytest.raises(sb.InputError, match="acts on"):
        sb.symmetry.assert_equivariant(np.eye(3), group)
    with pytest.raises(sb.InputError, match="does not act"):
        Group((Block("A", sp.Integer(3)),), ("A", "B"), ("A",))
    with pytest.raises(sb.InputError, match="at="):
        sb.symmetry.assert_equivariant(lambda V: V, group)


@pytest.mark.parametrize(("kind", "size"), [("s", 4), ("x", 4), ("y", 5)])
def test_cubic_invariants_are_those_of_random_averages(kind, size):
    """The rank of averaged cubes: x (the antisymmetric matrices with zero row sums) has none for any size."""
    import itertools

    from symbias.symmetry.invariants import cubic_invariants

    rng = np.random.default_rng(0)
    numbers = []
    for _ in range(4):
        A = rng.normal(size=(size, size))
        A = {"s": np.diag(A[0]), "x": A - A.T, "y": A + A.T}[kind]
        project = np.eye(size) - 1 / size
        A = project @ A @ project if kind == "x" else A
        if kind == "y":  # symmetric, no diagonal, zero row sums
            np.fill_diagonal(A, 0)
            u = (A.sum(1) - A.sum() / (2 * (size - 1))) / (size - 2)
            A = A - u[:, None] - u[None, :]
            np.fill_diagonal(A, 0)
        if kind == "s":
            A = A - np.eye(size) * np.trace(A) / size
        assert abs(A.sum()) < 1e-12
        forms = rng.normal(size=(6, size, size))
        values = [
            np.mean(
                [
                    np.sum(f * A[np.ix_(p, p)]) ** 3
                    for p in map(list, itertools.permutations(range(size)))
                ]
            )
            for f in forms
        ]
        numbers.append(values)
    rank = np.linalg.matrix_rank(np.array(numbers), tol=1e-9)
    # Four elements are fewer than the stable range; what they have is a lower bound.
    assert (rank == 0) == (cubic_invariants(kind) == 0)
