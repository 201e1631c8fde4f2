"""Closed-form implicit bias and loss landscapes: derived, printed, compiled and verified.

Names are loaded when they are first used, so ``import symbias`` costs next to nothing.

Examples
--------
>>> import symbias as sb
>>> "Derivation" in dir(sb)
True
"""

from typing import Any

from symbias.registry import PUBLIC, resolve

__version__ = "0.1.0"
__all__ = [*PUBLIC, "__version__"]  # noqa: PLE0604 - PUBLIC is the table of public names


def __getattr__(name: str) -> Any:
    """Load a public name on first use."""
    if name not in PUBLIC:
        msg = f"module 'symbias' has no attribute {name!r}"
        raise AttributeError(msg)
    value = globals()[name] = resolve(PUBLIC[name])
    return value


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted({*globals(), *PUBLIC})
