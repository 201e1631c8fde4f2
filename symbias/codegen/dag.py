"""Walks over expressions as graphs: every distinct subexpression once, at any depth."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any


def fold(roots: Iterable[Any], combine: Callable[[Any, list[Any]], Any]) -> dict[Any, Any]:
    """Combine every distinct subexpression with the results of its arguments, bottom up.

    An explicit stack and a table replace recursion: shared parts are visited once (a tree walk is
    exponential on shared expressions) and depth is no limit.

    Parameters
    ----------
    roots : iterable of sympy.Basic
        The expressions.
    combine : callable
        ``combine(node, results of its arguments)``.

    Returns
    -------
    dict
        Node -> result.

    Examples
    --------
    >>> import sympy as sp
    >>> x = sp.Integer(2) + sp.sqrt(2)
    >>> fold([x], lambda node, parts: 1 + max(parts, default=0))[x]
    3
    """
    done: dict[Any, Any] = {}
    stack = [(root, False) for root in reversed(list(roots))]
    while stack:
        node, ready = stack.pop()
        if node in done:
            continue
        if ready:
            done[node] = combine(node, [done[a] for a in node.args])
        else:
            stack.append((node, True))
            stack.extend((a, False) for a in reversed(node.args) if a not in done)
    return done


def distinct(roots: Iterable[Any]) -> Iterator[Any]:
    """Yield every distinct subexpression once, each before its arguments.

    Parameters
    ----------
    roots : iterable of sympy.Basic
        The expressions.

    Yields
    ------
    sympy.Basic
        In the same order in every process.

    Examples
    --------
    >>> import sympy as sp
    >>> list(distinct([sp.sqrt(2)]))
    [sqrt(2), 2, 1/2]
    """
    seen: set[Any] = set()
    stack = list(reversed(list(roots)))
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            yield node
            stack.extend(reversed(node.args))


def operations(roots: Iterable[Any]) -> int:
    """Return the number of operations written out, shared parts counted each time.

    Parameters
    ----------
    roots : iterable of sympy.Basic
        The expressions.

    Returns
    -------
    int
        Additions, multiplications, powers and function applications.

    Examples
    --------
    >>> import sympy as sp
    >>> from symbias.sym.symbols import real
    >>> operations([sp.sin(real("x")) + 2])
    2
    """
    roots = list(roots)

    def count(node: Any, parts: list[int]) -> int:
        if not node.args:
            return 0
        own = len(node.args) - 1 if node.is_Add or node.is_Mul else 1
        return own + sum(parts)

    table = fold(roots, count)
    return sum(table[root] for root in roots)
