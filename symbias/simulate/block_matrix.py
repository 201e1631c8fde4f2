"""Square matrices that permutations within blocks of neurons and inputs leave as they are, by a few numbers."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from typing import Any

import numpy as np

from symbias.errors import InputError
from symbias.simulate.checks import as_finite, check_count

_MOST = 8
"""Blocks up to which a matrix counts as made of blocks."""

_DENSE = 10_000
"""The largest matrix that is written out."""


@dataclass(frozen=True, eq=False)
class BlockMatrix:
    """The square matrix with ``diagonal[b]`` on the diagonal of block b, and ``entries[b, c]`` elsewhere in (b, c).

    Parameters
    ----------
    sizes : sequence of int
        Rows of each block, which are also the columns of its number.
    diagonal : array_like, shape (r,)
        Entries on the diagonal.
    entries : array_like, shape (r, r)
        The others; within a block of one row there are none, and the number is not used.

    Raises
    ------
    InputError
        If sizes are no positive integers, or shapes or entries do not fit.

    Examples
    --------
    >>> BlockMatrix([2, 1], [1.0, -1.0], [[0.0, 0.5], [0.25, 0.0]]).dense()
    array([[ 1.  ,  0.  ,  0.5 ],
           [ 0.  ,  1.  ,  0.5 ],
           [ 0.25,  0.25, -1.  ]])
    """

    sizes: Any
    diagonal: Any
    entries: Any

    def __post_init__(self) -> None:
        try:
            sizes = tuple(self.sizes)
        except TypeError:
            raise InputError(
                f"The sizes are a {type(self.sizes).__name__}.", remedy="Give a list of integers."
            ) from None
        for size in sizes:
            check_count("a size", size)
        shapes = ("diagonal", (len(sizes),)), ("entries", (len(sizes), len(sizes)))
        object.__setattr__(self, "sizes", tuple(map(int, sizes)))
        for name, shape in shapes:
            array = as_finite(name, getattr(self, name), (len(shape),))
            if array.shape != shape:
                raise InputError(f"{name} has shape {array.shape}.", remedy=f"Give shape {shape}.")
            object.__setattr__(self, name, array)

    def moved(self, diagonal: np.ndarray, entries: np.ndarray) -> BlockMatrix:
        """Return the matrix with other numbers, which may have left the floats.

        Parameters
        ----------
        diagonal, entries : numpy.ndarray
            In the place of these.

        Returns
        -------
        BlockMatrix
            Of the same sizes.

        Examples
        --------
        >>> BlockMatrix([1], [1.0], [[0.0]]).moved(np.array([np.inf]), np.zeros((1, 1))).diagonal
        array([inf])
        """
        found = copy(self)
        object.__setattr__(found, "diagonal", diagonal)
        object.__setattr__(found, "entries", entries)
        return found

    def dense(self) -> np.ndarray:
        """Return the matrix written out.

        Returns
        -------
        numpy.ndarray, shape (d, d)
            d is the sum of the sizes.

        Raises
        ------
        InputError
            If d is above 10 000.
        """
        if sum(self.sizes) > _DENSE:
            raise InputError(
                f"The matrix has {sum(self.sizes)} rows.", remedy="Use its blocks instead."
            )
        return self.arranged(np.repeat(np.arange(len(self.sizes)), self.sizes))

    def arranged(self, labels: np.ndarray) -> np.ndarray:
        """Return the matrix written out, with the rows and columns of the blocks in the given places.

        Parameters
        ----------
        labels : numpy.ndarray of int, shape (d,)
            The block of each row.

        Returns
        -------
        numpy.ndarray, shape (d, d)
            The matrix.

        Examples
        --------
        >>> BlockMatrix([1, 1], [1.0, 2.0], [[0, 3.0], [4.0, 0]]).arranged(np.array([1, 0]))
        array([[2., 4.],
               [3., 1.]])
        """
        matrix = self.entries[np.ix_(labels, labels)]
        np.fill_diagonal(matrix, self.diagonal[labels])
        return np.asarray(matrix)


def blocks_of(W: np.ndarray) -> tuple[BlockMatrix, np.ndarray] | None:
    """Return a matrix by its blocks, None if it has too many to gain anything.

    Parameters
    ----------
    W : numpy.ndarray, shape (d, d)
        The matrix; entries count as equal if they are the same floats.

    Returns
    -------
    tuple of BlockMatrix and numpy.ndarray, or None
        The blocks, and the block of each row.

    Examples
    --------
    >>> W = BlockMatrix([3, 1], [1.0, 4.0], [[0.0, 2.0], [3.0, 0.0]]).dense()
    >>> blocks, labels = blocks_of(W)
    >>> blocks.sizes, labels
    ((3, 1), array([0, 0, 0, 1]))
    >>> blocks_of(np.array([[1.0, 2], [3, 4]])) is None
    True
    """
    d = len(W)
    most = min(_MOST, d // 2)
    labels = np.unique(np.diag(W), return_inverse=True)[1]
    while labels.max(initial=0) < most:
        # Rows are told apart by what they hold in each block, until that tells nothing new.
        seen = [_signature(W, labels, i) for i in range(d)]
        order = {key: n for n, key in enumerate(dict.fromkeys(seen))}
        finer = np.array([order[key] for key in seen])
        if finer.max() == labels.max():
            break
        labels = finer
    count = int(labels.max(initial=0)) + 1
    if count > most:
        return None
    places = [np.flatnonzero(labels == b) for b in range(count)]
    entries = np.zeros((count, count))
    for b, rows in enumerate(places):
        for c, columns in enumerate(places):
            if b != c or len(rows) > 1:
                entries[b, c] = W[rows[0], columns[-1]]
    diagonal = np.array([W[rows[0], rows[0]] for rows in places])
    found = BlockMatrix([len(rows) for rows in places], diagonal, entries)
    return (found, labels) if (found.arranged(labels) == W).all() else None


def _signature(W: np.ndarray, labels: np.ndarray, i: int) -> bytes:
    """Return what row and column i hold, sorted within blocks."""
    others = np.arange(len(W)) != i
    row = W[i, others][np.lexsort((W[i, others], labels[others]))]
    column = W[others, i][np.lexsort((W[others, i], labels[others]))]
    return np.concatenate([[labels[i], W[i, i]], row, column]).tobytes()
