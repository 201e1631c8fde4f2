"""The reduced equations of a family, ready to be evaluated: in floats, and in balls at any precision."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import sympy as sp

from symbias.codegen.ball_twin import BallProgram
from symbias.codegen.kernel import Kernel, compile_expression
from symbias.codegen.lower import Program, lower
from symbias.codegen.pair_tape import PairTape, pair_tape
from symbias.landscape.dual_derivatives import DualDerivatives
from symbias.landscape.reduced_loss import ReducedLoss
from symbias.sym.symbols import real
from symbias.symmetry.blocks import gram
from symbias.symmetry.components import Component
from symbias.symmetry.group import Block, Group


class System:
    """Gradient, Newton matrix, loss and Hessian blocks on the matrices that a group fixes.

    Parameters
    ----------
    dual : DualDerivatives
        Of the activation.
    group : Group
        The group, its sizes in the symbol `size`.
    size : sympy.Symbol
        The dimension d.
    second_layer : bool
        Whether the blocks include the second layer.
    fixed : tuple of sympy.Expr, optional
        Block coordinates that are known in closed form.

    Examples
    --------
    >>> from symbias.landscape.dual_derivatives import a, b, c
    >>> from symbias.landscape.limits import d, named_limit
    >>> system = System(DualDerivatives(a * b + 2 * c**2), named_limit("A", None).group, d)
    >>> float(system.float_equations(3.0, 1.0, 0.0)[0])  # the gradient at the teacher
    0.0
    >>> s = system.components[1]
    >>> system.name(s), system.silent(s), system.norm_degrees("s")
    ('s', 0, [0, 1, 1])
    >>> system.explicit_block("y").shape, list(system.split(range(15))["t"])
    ((1, 1), [0, 1, 2, 3])
    """

    def __init__(
        self,
        dual: DualDerivatives,
        group: Group,
        size: Any,
        *,
        second_layer: bool = False,
        fixed: tuple[Any, ...] | None = None,
    ) -> None:
        self.dual, self.group, self.size, self.second_layer = dual, group, size, second_layer
        self.coordinates = tuple(real(f"w_{orbit.name}") for orbit in group.orbits)
        self.fixed = fixed
        self.args = (size, *self.coordinates)
        self.loss = ReducedLoss(
            dual, group, self.coordinates if fixed is None else fixed, second_layer=second_layer
        )

    @cached_property
    def equations(self) -> list[Any]:
        """The gradient, one entry per orbit, and its Jacobian row by row."""
        plain = self.loss
        if self.second_layer:
            plain = ReducedLoss(self.dual, self.group, plain.weights)
        jacobian = plain.block(plain.components[0])
        return plain.explicit([*plain.gradient, *jacobian])

    @cached_property
    def float_equations(self) -> Kernel:
        """The equations in float64."""
        return compile_expression(self.equations, self.args)

    @cached_property
    def ball_equations(self) -> BallProgram:
        """The equations in balls."""
        return BallProgram(self.equations_program)

    @cached_property
    def components(self) -> tuple[Component, ...]:
        """The isotypic components."""
        return self.loss.components

    def name(self, component: Component) -> str:
        """Return the name of a component: its kind, with the block's name where several blocks move.

        Parameters
        ----------
        component : Component
            One of `components`.

        Returns
        -------
        str
            For example ``s`` or ``s_A``.
        """
        several = sum(not block.is_point for block in self.group.blocks) > 1
        return component.kind + (
            "_" + "".join(component.blocks) if component.blocks and several else ""
        )

    def silent(self, component: Component) -> int:
        """Return how many eigenvalues on a component vanish because neurons can be rescaled.

        Parameters
        ----------
        component : Component
            One of `components`.

        Returns
        -------
        int
            The copies of the component among the rows, if the second layer is trained.
        """
        return sum(vector.column is None for vector in component.vectors)

    @cached_property
    def blocks(self) -> dict[str, Any]:
        """Component -> block of the Hessian, in the symbols of pairs."""
        return {self.name(c): self.loss.block(c) for c in self.components}

    def explicit_block(self, name: str) -> Any:
        """Return a block of the Hessian in d and the block coordinates.

        Parameters
        ----------
        name : str
            Of its component.

        Returns
        -------
        sympy.Matrix
            Of the size of the component's multiplicity.
        """
        matrix = self.blocks[name]
        return sp.Matrix(*matrix.shape, self.loss.explicit(list(matrix)))

    @cached_property
    def spectral_expressions(self) -> list[Any]:
        """The loss, the gradient and all blocks of the Hessian, flat."""
        entries = [entry for matrix in self.blocks.values() for entry in matrix]
        return self.loss.explicit([self.loss.value, *self.loss.gradient, *entries])

    @cached_property
    def float_blocks(self) -> Kernel:
        """The entries of all blocks of the Hessian in float64, flat."""
        return compile_expression(self.spectral_expressions[1 + len(self.coordinates) :], self.args)

    @cached_property
    def pair_gradient(self) -> PairTape:
        """The gradient in pairs of floats."""
        return pair_tape(lower(self.equations[: len(self.coordinates)], self.args))

    @cached_property
    def pair_spectral(self) -> PairTape:
        """The loss and all blocks of the Hessian in pairs of floats, flat."""
        entries = [entry for matrix in self.blocks.values() for entry in matrix]
        return pair_tape(lower(self.loss.explicit([self.loss.value, *entries]), self.args))

    @cached_property
    def float_dimensions(self) -> Kernel:
        """The dimensions of all components in float64."""
        return compile_expression([sp.sympify(c.dimension) for c in self.components], (self.size,))

    @cached_property
    def float_loss(self) -> Kernel:
        """The loss in float64, where its terms do not cancel."""
        return compile_expression(self.loss.explicit([self.loss.value])[0], self.args)

    @cached_property
    def loss_program(self) -> Program:
        """The loss as a statement list."""
        return lower(self.loss.explicit([self.loss.value]), self.args)

    @cached_property
    def equations_program(self) -> Program:
        """The equations as a statement list."""
        return lower(self.equations, self.args)

    @cached_property
    def ball_spectral(self) -> BallProgram:
        """What `spectral_expressions` lists, in balls."""
        return BallProgram(lower(self.spectral_expressions, self.args))

    @cached_property
    def float_areas(self) -> Kernel:
        """The squared area of every pair, times d^2, over the squares of the norms, in float64."""
        return compile_expression(
            [self.size**2 * area for area in self.loss.relative_areas()], self.args
        )

    @cached_property
    def _grams(self) -> list[Any]:
        """The inner products of the vectors of all components, flat."""
        return [entry for c in self.components for entry in gram(self.group, c)]

    @cached_property
    def ball_grams(self) -> BallProgram:
        """The inner products of the vectors of all components, in balls."""
        return BallProgram(lower(self._grams, (self.size,)))

    @cached_property
    def float_grams(self) -> Kernel:
        """The same in float64."""
        return compile_expression(self._grams, (self.size,))

    def norm_degrees(self, name: str) -> list[int]:
        """Return the degrees in d of the squared norms of a component's vectors.

        Parameters
        ----------
        name : str
            Of the component.

        Returns
        -------
        list of int
            One per copy.
        """
        component = next(c for c in self.components if self.name(c) == name)
        products = gram(self.group, component)
        return [int(sp.degree(products[k, k], self.size)) for k in range(component.multiplicity)]

    def split(self, entries: Sequence[Any]) -> dict[str, list[Any]]:
        """Return flat entries of all blocks by component.

        Parameters
        ----------
        entries : sequence
            Row by row, block by block.

        Returns
        -------
        dict
            Component -> entries of its block.
        """
        found, place = {}, 0
        for component in self.components:
            count = component.multiplicity**2
            found[self.name(component)] = list(entries[place : place + count])
            place += count
        return found


def resized(group: Group, size: Any, value: int) -> Group:
    """Return a group with a number for its free size.

    Parameters
    ----------
    group : Group
        Sizes in a symbol.
    size : sympy.Symbol
        The symbol.
    value : int
        The number.

    Returns
    -------
    Group
        With numeric sizes, so that small blocks are recognised.

    Examples
    --------
    >>> from symbias.landscape.limits import d, named_limit
    >>> resized(named_limit("II", None).group, d, 3).shape
    (3, 3)
    """
    blocks = tuple(Block(b.name, sp.sympify(b.size).subs(size, value)) for b in group.blocks)
    return Group(blocks, group.rows, group.columns)
