"""LaTeX documents: a derivation as a file that compiles."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symbias.citations import bibliography
from symbias.errors import InputError
from symbias.present.latex import derivation_latex

if TYPE_CHECKING:
    from symbias.sym.derivation import Derivation

PREAMBLE = r"""\documentclass[11pt]{article}
\usepackage[T1]{fontenc}
\usepackage[utf8]{inputenc}
\usepackage{lmodern}
\usepackage[margin=25mm]{geometry}
\usepackage{amsmath,amssymb}
\allowdisplaybreaks
"""


def document(derivation: Derivation) -> str:
    """Return a complete LaTeX document of a derivation.

    Parameters
    ----------
    derivation : Derivation
        The derivation.

    Returns
    -------
    str
        A document that needs standard packages only.

    Examples
    --------
    >>> import symbias as sb
    >>> document(sb.Derivation("one").start(1, "given")).count("begin{document}")
    1
    """
    parts = [PREAMBLE, r"\begin{document}", derivation_latex(derivation, "full")]
    if derivation.cites:
        parts.append(bibliography(derivation.cites))
    parts.append("\\end{document}\n")
    return "\n".join(parts)


def write_tex(derivation: Derivation, path: Any, standalone: bool = True) -> Path:
    r"""Write a derivation to a LaTeX file; see `Derivation.write_tex`.

    Parameters
    ----------
    derivation : Derivation
        The derivation.
    path : str or os.PathLike
        The file; it is replaced as a whole or left alone.
    standalone : bool
        Whether to write a document, or a part for ``\\input``.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    InputError
        If it cannot be written there.

    Examples
    --------
    >>> import symbias as sb
    >>> folder = Path(tempfile.mkdtemp())
    >>> write_tex(sb.Derivation("one").start(1, "given"), folder / "one.tex").exists()
    True
    """
    if not isinstance(standalone, bool):
        raise InputError(f"standalone is {standalone!r}.", remedy="Give True or False.")
    if not isinstance(path, str | os.PathLike):
        raise InputError(
            f"The path is a {type(path).__name__}.", remedy="Give a string or a pathlib.Path."
        )
    text = document(derivation) if standalone else derivation_latex(derivation, "full") + "\n"
    target = Path(path)
    try:
        handle, temporary = tempfile.mkstemp(dir=target.parent, suffix=".tex")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(target)
    except (OSError, ValueError) as error:  # ValueError: no file system has such a name or letter
        raise InputError(
            f"{str(target)!r} could not be written: {getattr(error, 'strerror', error)}.",
            remedy="Give a path in an existing directory that you may write to.",
        ) from None
    return target
