"""Provenance: what a report must say so that somebody else can repeat it."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from symbias._about import about


def provenance(folder: Path | None = None) -> dict[str, Any]:
    """Describe the installation, the processor and the commit.

    Parameters
    ----------
    folder : pathlib.Path, optional
        Where the scripts are; the commit is that of its repository.

    Returns
    -------
    dict
        What `about` says, ``commit`` (None outside a repository) and ``changed``, whether the
        checkout differs from it.

    Examples
    --------
    >>> provenance()["commit"] is None
    True
    """
    commit = _git(folder, "rev-parse", "HEAD") if folder else None
    changed = bool(_git(folder, "status", "--porcelain")) if commit else None
    return {**about(), "commit": commit, "changed": changed}


def _git(folder: Path | None, *arguments: str) -> str | None:
    try:
        done = subprocess.run(  # noqa: S603 - fixed arguments
            ["git", *arguments],  # noqa: S607 - whichever git the user has
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
