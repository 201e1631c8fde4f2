"""Files: written whole or not at all, under names that any file system takes."""

from __future__ import annotations

import json
import os
import re
import tempfile
import unicodedata
from pathlib import Path
from typing import Any

from symbias.errors import InputError
from symbias.verdicts.plain import plain


def slug(text: str, taken: set[str] | None = None) -> str:
    """Return a file name for a title.

    Parameters
    ----------
    text : str
        Any title.
    taken : set of str, optional
        Names in use; the new one differs from them and is added.

    Returns
    -------
    str
        Lower-case ASCII letters, digits and underscores, at most 50.

    Examples
    --------
    >>> slug("L1 norm: the rich limit"), slug("x", {"x"})
    ('l1_norm_the_rich_limit', 'x_2')
    """
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    base = re.sub(r"[^a-z0-9]+", "_", ascii_text).strip("_")[:50].rstrip("_") or "untitled"
    used = set() if taken is None else taken
    name, number = base, 1
    while name in used:
        number += 1
        name = f"{base}_{number}"
    used.add(name)
    return name


def write_whole(path: Path, text: str) -> None:
    """Write a text file so that nobody ever sees half of it.

    Parameters
    ----------
    path : pathlib.Path
        The file; replaced if it exists.
    text : str
        Its content.

    Raises
    ------
    InputError
        If it cannot be written there.

    Examples
    --------
    >>> path = Path(tempfile.mkdtemp()) / "note.txt"
    >>> write_whole(path, "done")
    >>> path.read_text()
    'done'
    """
    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=path.parent, prefix=".", suffix=path.suffix, delete=False
        ) as part:
            part.write(text)
        Path(part.name).chmod(0o644)
        Path(part.name).replace(path)
    except OSError as error:
        raise unwritable(path, error) from error


def write_json(path: Path, value: Any, *, indent: int | None = None) -> None:
    """Write a JSON document whole; what is not finite becomes null.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    value : object
        Anything `plain` takes.
    indent : int, optional
        For readers; what only programs read is written several times as fast without.

    Examples
    --------
    >>> path = Path(tempfile.mkdtemp()) / "numbers.json"
    >>> write_json(path, {"x": float("nan")})
    >>> json.loads(path.read_text())
    {'x': None}
    """
    text = json.dumps(plain(value), indent=indent, ensure_ascii=False, allow_nan=False)
    write_whole(path, text + "\n")


def output_folder(path: str | os.PathLike[str]) -> Path:
    """Return a folder for results, made if it does not exist.

    Parameters
    ----------
    path : str or os.PathLike
        The folder.

    Returns
    -------
    pathlib.Path
        Absolute.

    Raises
    ------
    InputError
        If it cannot be made or written to.

    Examples
    --------
    >>> output_folder(Path(tempfile.mkdtemp()) / "report").is_dir()
    True
    """
    folder = Path(path).absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise unwritable(folder, error) from error
    return folder


def unwritable(path: Path, error: OSError) -> InputError:
    """Return the error for a path that cannot be written.

    Parameters
    ----------
    path : pathlib.Path
        The path.
    error : OSError
        What the system said.

    Returns
    -------
    InputError
        To be raised.

    Examples
    --------
    >>> unwritable(Path("x"), OSError(13, "Permission denied")).what
    'x cannot be written.'
    """
    return InputError(
        f"{path} cannot be written.",
        f"the system says: {error.strerror or error}",
        "Choose another place, or change its permissions.",
    )
