"""The description of an optimiser for the simulations, in the words of its documentation."""

from __future__ import annotations

import numbers
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from symbias.errors import InputError, near
from symbias.sim import optimisers
from symbias.simulate.checks import check_count

METHODS = {
    "sgd": optimisers.SGD,
    "nesterov": optimisers.NESTEROV,
    "quasi-hyperbolic": optimisers.QUASI_HYPERBOLIC,
    "optimistic": optimisers.OPTIMISTIC,
    "extragradient": optimisers.EXTRAGRADIENT,
    "lookahead": optimisers.LOOKAHEAD,
}
"""Name -> what the compiled loop calls it."""

_MOMENTUM = {"sgd", "nesterov", "quasi-hyperbolic"}
_BUFFERS = {"sgd", "quasi-hyperbolic"}
_NESTED = {"extragradient", "lookahead"}


@dataclass(frozen=True)
class Optimiser:
    """An optimiser as it is programmed; every buffer starts at zero.

    Parameters
    ----------
    method : str
        ``"sgd"``: PyTorch's SGD with its flags. ``"nesterov"``: the gradient at theta + momentum * velocity, as
        Nesterov's method is written in papers. ``"quasi-hyperbolic"``: the average of the gradient and its moving
        average, with the weight `nu` on the latter (1: moving average alone). ``"optimistic"``: twice the gradient
        minus the last one. ``"extragradient"``: the gradient at the point that a step would reach. ``"lookahead"``:
        one step is `inner` steps of gradient descent and a move of the slow weights by `alpha` of the way.
    momentum : float
        Between -1 and 1.
    dampening : float
        Gradients enter the buffers times 1 - dampening; below 1.
    nesterov : bool
        PyTorch's flag, for ``"sgd"`` without dampening.
    weight_decay : float
        Adds weight_decay * theta to each gradient, at the point of the gradient.
    nu, alpha, inner : float, float, int
        Of the methods above.
    factors : tuple of float
        Multiples of the step size, used in turn, one per step.
    delay : int or dict of int to float
        How many steps old the point of each gradient is, or the probabilities of that, independent for each step.
    shifted : bool
        Whether each of delay + 1 workers, which take turns, keeps a momentum buffer of its own.

    Raises
    ------
    InputError
        If a value is out of its range or has no meaning for the method.

    Examples
    --------
    >>> Optimiser(momentum=0.9, delay=2).delay
    2
    """

    method: str = "sgd"
    momentum: float = 0.0
    dampening: float = 0.0
    nesterov: bool = False
    weight_decay: float = 0.0
    nu: float = 1.0
    alpha: float = 1.0
    inner: int = 1
    factors: tuple[float, ...] = (1.0,)
    delay: int | Mapping[int, float] = 0
    shifted: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.method, str) or self.method not in METHODS:
            raise InputError(
                f"There is no optimiser {self.method!r}.", remedy=near(str(self.method), METHODS)
            )
        _inside("momentum", self.momentum, -1.0, 1.0, ends=False)
        _inside("dampening", self.dampening, -np.inf, 1.0, ends=False)
        _inside("weight_decay", self.weight_decay, 0.0, np.inf)
        _inside("nu", self.nu, 0.0, 1.0)
        _inside("alpha", self.alpha, 0.0, 1.0)
        check_count("inner", self.inner)
        if not isinstance(self.factors, Sequence) or not self.factors:
            raise InputError("There are no factors.", remedy="Give at least one, such as (1.0,).")
        for factor in self.factors:
            _inside("a factor", factor, 0.0, np.inf)
        self._check_delay()
        self._check_meaning()

    @property
    def is_random(self) -> bool:
        """Whether the delay is drawn anew for each step."""
        return isinstance(self.delay, Mapping)

    def rule(self) -> optimisers.Rule:
        """Return the flags as the compiled loop wants them.

        Returns
        -------
        symbias.sim.optimisers.Rule
            Plain numbers.

        Examples
        --------
        >>> Optimiser(momentum=0.5).rule().momentum
        0.5
        """
        return optimisers.Rule(
            METHODS[self.method],
            float(self.momentum),
            float(self.dampening),
            bool(self.nesterov),
            float(self.weight_decay),
            float(self.alpha if self.method == "lookahead" else self.nu),
            int(self.inner),
            int(self.delay) + 1 if self.shifted and not isinstance(self.delay, Mapping) else 1,
        )

    def _check_delay(self) -> None:
        if not isinstance(self.delay, Mapping):
            check_count("delay", self.delay, least=0)
            return
        if not self.delay:
            raise InputError("The delay law is empty.", remedy="Give {delay: probability}.")
        for delay, chance in self.delay.items():
            check_count("a delay", delay, least=0)
            _inside("a probability", chance, 0.0, 1.0)
        total = sum(self.delay.values())
        if abs(total - 1) > 1e-12:
            raise InputError(
                f"The probabilities of the delays sum to {total}.",
                remedy="Divide them by their sum.",
            )

    def _check_meaning(self) -> None:
        used = {
            "momentum": (self.momentum != 0, self.method in _MOMENTUM),
            "dampening": (self.dampening != 0, self.method in {"sgd", "nesterov"}),
            "nesterov": (self.nesterov, self.method == "sgd" and self.dampening == 0),
            "nu": (self.nu != 1, self.method == "quasi-hyperbolic"),
            "alpha": (self.alpha != 1, self.method == "lookahead"),
            "inner": (self.inner != 1, self.method == "lookahead"),
            "delay": (self.delay != 0, self.method not in _NESTED),
            "shifted": (self.shifted, self.method in _BUFFERS and not self.is_random),
        }
        for name, (given, meaningful) in used.items():
            if given and not meaningful:
                raise InputError(
                    f"{name} has no meaning for {self.method!r} with these other options.",
                    remedy=f"Leave {name} out, or choose another method.",
                )


def _inside(name: str, value: Any, low: float, high: float, *, ends: bool = True) -> None:
    try:
        number = float(value) if isinstance(value, numbers.Real) else np.nan
    except OverflowError:
        number = np.inf
    fits = low <= number <= high if ends else low < number < high
    if not (fits and np.isfinite(number)):
        between = "from {} to {}" if ends else "between {} and {}, ends excluded"
        raise InputError(
            f"The value of {name} is {value!r}.",
            remedy=f"Give a finite number {between.format(low, high)}.",
        )
