"""Polynomials in parameters and generators, their derivatives, and random points modulo a prime."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from math import lcm
from typing import Any

import numpy as np
import sympy as sp
from sympy.polys.rings import PolyElement, ring

from symbias.errors import BudgetError, DomainError
from symbias.regularizers.modular import Roots, random_prime, rank
from symbias.regularizers.tower import IMAGINARY, Generator, Tower

ATTEMPTS = 20_000
CHARACTERS = 48


@dataclass(frozen=True, eq=False)
class Place:
    """A point modulo a prime.

    Parameters
    ----------
    prime : int
        Below 2**31.
    values : numpy.ndarray, shape (symbols,)
        A residue for every symbol of a ring, in the ring's order.
    """

    prime: int
    values: np.ndarray


class DifferentialRing:
    """The polynomial ring of a tower with its derivations.

    Parameters
    ----------
    parameters : iterable of sympy.Symbol
        The variables.
    expressions : iterable of sympy.Expr
        Functions of them; they become `elements`.
    constants : iterable of sympy.Expr
        Numbers; they become `constants`.

    Attributes
    ----------
    elements, constants : tuple of PolyElement
        The expressions and numbers in the ring.

    Raises
    ------
    InputError
        If an expression is not differentiable or has an unsupported function.
    BudgetError
        If the independence of its generators is not known.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> u, v = real("u v")
    >>> ring = DifferentialRing((u, v), [u**2 * v])
    >>> ring.gradient(ring.elements[0])
    [2*u*v, u**2]
    >>> ring.element(u + 1).diff(0)
    1
    >>> rng = np.random.default_rng(0)
    >>> place = ring.place(ring.prime(rng), rng)
    >>> evaluate(ring.elements[0], place) == int(place.values[0]) ** 2 * int(place.values[1]) % place.prime
    True
    >>> fixed = DifferentialRing((u, v), [u * v], constants=(sp.S(2), sp.S(3)))
    >>> fixed.place_at(101, rng).values
    array([2, 3])
    """

    def __init__(
        self,
        parameters: Iterable[sp.Symbol],
        expressions: Iterable[sp.Expr],
        constants: Iterable[sp.Expr] = (),
    ) -> None:
        self.parameters = tuple(parameters)
        self.tower = Tower(self.parameters, expressions, constants)
        self.symbols = self.tower.symbols
        self.ring: Any = ring(self.symbols, sp.QQ)[0]
        self.index = {s: n for n, s in enumerate(self.symbols)}
        self.elements = tuple(self.element(e) for e in self.tower.polynomials)
        self.constants = tuple(self.element(e) for e in self.tower.values)
        self._of = [self.element(g.of) for g in self.tower.generators]
        self._rate = [self.element(g.rate) for g in self.tower.generators]
        self.order = lcm(1, *(g.order for g in self.tower.generators))
        self._tables: dict[int, Roots] = {}
        self._check_independence()

    @property
    def polynomial(self) -> bool:
        """Whether nothing had to be adjoined to the parameters."""
        return not self.tower.generators

    def element(self, expr: sp.Expr) -> PolyElement:
        """Return a polynomial expression in the symbols as an element of the ring.

        Parameters
        ----------
        expr : sympy.Expr
            Polynomial in `symbols`, with rational coefficients.

        Returns
        -------
        PolyElement
            The same.
        """
        return self.ring.from_expr(sp.sympify(expr))

    @cached_property
    def slopes(self) -> list[list[PolyElement]]:
        """Derivative of each symbol (rows) by each parameter (columns)."""
        one, zero = self.ring.one, self.ring.zero
        table = [[one if a == b else zero for b in self.parameters] for a in self.symbols]
        for number, generator in enumerate(self.tower.generators):
            inner = self._derivatives(self._of[number], table)
            for symbol, row in zip(
                generator.symbols, self._generator_slopes(number, generator, inner), strict=True
            ):
                table[self.index[symbol]] = row
        return table

    def _generator_slopes(
        self, number: int, generator: Generator, inner: list[PolyElement]
    ) -> list[list[PolyElement]]:
        own = [self.ring.gens[self.index[s]] for s in generator.symbols]
        if generator.kind == "inverse":
            return [[-(own[0] ** 2) * d for d in inner]]
        if generator.kind == "exp":
            return [[own[0] * d for d in inner], [-own[1] * d for d in inner]]
        if generator.kind == "circle":
            return [[-own[1] * d for d in inner], [own[0] * d for d in inner]]
        if generator.kind == "root":
            share = sp.QQ(1, generator.order)
            first = [d * own[1] ** (generator.order - 1) * share for d in inner]
            return [first, [-(own[1] ** 2) * d for d in first]]
        if generator.kind == "primitive":
            return [[self._rate[number] * d for d in inner]]
        return [[self.ring.zero for _ in inner] for _ in own]

    def _derivatives(self, f: PolyElement, table: list[list[PolyElement]]) -> list[PolyElement]:
        size = len(self.parameters)
        found = [f.diff(n) for n in range(size)]
        used = {n for monomial in f.itermonoms() for n, e in enumerate(monomial) if e and n >= size}
        for n in used:
            partial = f.diff(n)
            found = [
                total + partial * slope if slope else total
                for total, slope in zip(found, table[n], strict=True)
            ]
        return found

    def gradient(self, f: PolyElement) -> list[PolyElement]:
        """Return the derivatives of an element by the parameters.

        Parameters
        ----------
        f : PolyElement
            In the ring.

        Returns
        -------
        list of PolyElement
            One for each parameter.
        """
        return self._derivatives(f, self.slopes)

    # --- points -----------------------------------------------------------------------------------------------

    def prime(self, rng: np.random.Generator) -> int:
        """Return a random prime modulo which the constants of this ring have their roots.

        Parameters
        ----------
        rng : numpy.random.Generator
            Source of the prime.

        Returns
        -------
        int
            Between 2**30 and 2**31.

        Raises
        ------
        BudgetError
            If none was found.
        """
        for _ in range(ATTEMPTS):
            prime = random_prime(rng, self.order)
            if self._has_constants(prime, rng):
                return prime
        raise BudgetError(
            "No prime was found modulo which all constants have roots.",
            "many roots of numbers.",
            "Use rational coefficients.",
        )

    def _has_constants(self, prime: int, rng: np.random.Generator) -> bool:
        values = rng.integers(1, prime, size=len(self.symbols))
        for number, generator in enumerate(self.tower.generators):
            if generator.kind == "constant":
                found = self._generator_values(
                    number, generator, prime, self._roots(prime), values, rng
                )
                if found is None:
                    return False
                for symbol, value in zip(generator.symbols, found, strict=True):
                    values[self.index[symbol]] = value
        return True

    def place(self, prime: int, rng: np.random.Generator) -> Place:
        """Return a random point on the variety of the generators' relations, all coordinates of generators nonzero.

        Parameters
        ----------
        prime : int
            From `prime`.
        rng : numpy.random.Generator
            Source of the point.

        Returns
        -------
        Place
            The point.

        Raises
        ------
        BudgetError
            If none was found.
        """
        roots = self._roots(prime)
        for _ in range(ATTEMPTS):
            values = self._attempt(prime, roots, rng)
            if values is not None:
                return Place(prime, values)
        raise BudgetError(
            f"No point modulo {prime} was found in {ATTEMPTS} attempts.",
            "many roots are nested.",
            "Write the map with fewer roots.",
        )

    def _roots(self, prime: int) -> Roots:
        if prime not in self._tables:
            self._tables[prime] = Roots(prime, self.order)
        return self._tables[prime]

    def _attempt(
        self, prime: int, roots: Roots, rng: np.random.Generator, before: int | None = None
    ) -> np.ndarray | None:
        values = rng.integers(1, prime, size=len(self.symbols))
        for number, generator in enumerate(self.tower.generators[:before]):
            found = self._generator_values(number, generator, prime, roots, values, rng)
            if found is None or 0 in found:
                return None
            for symbol, value in zip(generator.symbols, found, strict=True):
                values[self.index[symbol]] = value
        return values

    def _generator_values(
        self, number: int, generator: Generator, p: int, roots: Roots, values: np.ndarray, rng: Any
    ) -> tuple[int, ...] | None:
        free = [int(values[self.index[s]]) for s in generator.symbols]
        if generator.kind == "exp":
            return free[0], pow(free[0], -1, p)
        if generator.kind == "circle":
            return _on_circle(free[0], p)
        if generator.kind == "primitive" or generator.family == "transcendental":
            return tuple(free)
        inner = evaluate(self._of[number], Place(p, values))
        root = None
        if inner:
            inverse = generator.kind == "inverse"
            root = inner if inverse else roots.root(inner, generator.order, rng)
        if root is None:
            return None
        pair = (root, pow(root, -1, p))
        return pair[1:] if generator.kind == "inverse" else pair

    def place_at(self, prime: int, rng: np.random.Generator) -> Place:
        """Return the point whose coordinates are the ring's constants.

        Parameters
        ----------
        prime : int
            From `prime`.
        rng : numpy.random.Generator
            Source of the values of transcendental constants and of the signs of roots.

        Returns
        -------
        Place
            The constants are those of the symbols in `moving`, in their order.

        Raises
        ------
        DomainError
            If there are not as many constants as symbols that depend on the parameters.
        """
        base = self.place(prime, rng)
        values = base.values.copy()
        moving = self.moving
        if len(self.constants) != len(moving):
            raise DomainError("A value is missing.", remedy="Give one for each parameter.")
        for symbol, constant in zip(moving, self.constants, strict=True):
            values[self.index[symbol]] = evaluate(constant, base)
        return Place(prime, values)

    @property
    def moving(self) -> list[sp.Symbol]:
        """The symbols that depend on the parameters."""
        made = [
            s
            for g in self.tower.generators
            for s, m in zip(g.symbols, g.meanings, strict=True)
            if m.has(*self.parameters)
        ]
        return [*self.parameters, *made]

    # --- independence -----------------------------------------------------------------------------------------

    def _check_independence(self) -> None:
        """Make sure that the relations are all there are: roots are roots of nothing smaller, and exponents differ.

        Exponentials and logarithms are algebraically independent when the forms d(argument) and dq/q have no rational
        relation (Ostrowski, Ax); angles and inverse trigonometric functions likewise, as imaginary parts.
        """
        rng = np.random.default_rng(20)
        prime = self.prime(rng)
        for number, generator in enumerate(self.tower.generators):
            if generator.kind == "root":
                self._check_root(number, generator, prime, rng)
        for imaginary in (False, True):
            self._check_forms(imaginary, prime, rng)

    def _check_root(self, number: int, generator: Generator, prime: int, rng: Any) -> None:
        roots, seen = self._roots(prime), set()
        for _ in range(ATTEMPTS):
            values = self._attempt(prime, roots, rng, before=number)
            inner = 0 if values is None else evaluate(self._of[number], Place(prime, values))
            if inner:
                seen.add(roots.character(inner, generator.order))
            factors = sp.primefactors(generator.order)
            if all(len({c % q for c in seen}) > 1 for q in factors):
                return
            if _ >= CHARACTERS and inner and len(seen) == 1:
                break
        raise BudgetError(
            f"{generator.meanings[0]} is not known to be independent of the other roots.",
            "its argument is a perfect power, perhaps after the others are adjoined.",
            "Write the map with fewer roots.",
        )

    def _check_forms(self, imaginary: bool, prime: int, rng: Any) -> None:
        chosen = [
            n
            for n, g in enumerate(self.tower.generators)
            if (g.kind == "circle" or (g.kind == "primitive" and g.family == IMAGINARY))
            == imaginary
            and g.kind in {"exp", "circle", "primitive"}
            and g.meanings[0].has(*self.parameters)
        ]
        if len(chosen) < 2:
            return
        forms = [[self._rate[n] * d for d in self.gradient(self._of[n])] for n in chosen]
        places = [self.place(prime, rng) for _ in range(len(chosen) + 4)]
        columns = [[evaluate(c, place) for place in places for c in form] for form in forms]
        if rank(np.array(columns), prime) < len(chosen):
            shown = ", ".join(str(self.tower.generators[n].meanings[0]) for n in chosen)
            raise BudgetError(
                f"{shown} are not known to be independent.",
                "their arguments are linearly dependent.",
                "Write one by the others.",
            )


def _on_circle(t: int, p: int) -> tuple[int, int] | None:
    """Return the point of the circle of parameter t, the tangent of half the angle."""
    if (1 + t * t) % p == 0:
        return None
    scale = pow(1 + t * t, -1, p)
    return (1 - t * t) * scale % p, 2 * t * scale % p


def evaluate(f: PolyElement, place: Place) -> int:
    """Return the value of a polynomial at a point.

    Parameters
    ----------
    f : PolyElement
        Over the rationals.
    place : Place
        The point.

    Returns
    -------
    int
        A residue.

    Examples
    --------
    >>> R, x, y = ring("x y", sp.QQ)
    >>> evaluate(x**2 * y + 1, Place(101, np.array([3, 2])))
    19
    """
    p, total = place.prime, 0
    for monomial, number in f.iterterms():
        term = int(number.numerator) * pow(int(number.denominator), -1, p)
        for n, exponent in enumerate(monomial):
            if exponent:
                term = term * pow(int(place.values[n]), exponent, p) % p
        total += term
    return total % p
