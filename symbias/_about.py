"""About: what a bug report and a report of verdicts must say of the installation."""

from __future__ import annotations

import ctypes
import os
import platform
import re
import sys
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from symbias.errors import CacheError
from symbias.registry import ask

PACKAGES: tuple[str, ...] = (
    "symbias",
    "sympy",
    "mpmath",
    "numpy",
    "scipy",
    "numba",
    "llvmlite",
    "matplotlib",
    "python-flint",
    "scikit-learn",
)
CORE_NAMES: tuple[str, ...] = (
    "scipy_openblas_get_corename64_",
    "scipy_openblas_get_corename",
    "openblas_get_corename64_",
    "openblas_get_corename",
)
"""The function of OpenBLAS that names its kernels, as the builds of NumPy call it."""


class About(dict[str, Any]):
    """What is installed and where it runs: a dict that prints as a table.

    Examples
    --------
    >>> About({"symbias": "1.0", "cores": 2})
    symbias  1.0
    cores    2
    """

    def __repr__(self) -> str:
        width = max(map(len, self), default=0)
        return "\n".join(f"{name:<{width}}  {value}" for name, value in self.items())

    def _repr_html_(self) -> str:
        return str(ask("present.html:pairs_table", [(k, str(v)) for k, v in self.items()]))


def about() -> About:
    """Describe the installation.

    Returns
    -------
    About
        Versions, ground types of SymPy, the directory of compiled kernels, processor, cores, and
        the kernels that the linear algebra of NumPy picked.

    Examples
    --------
    >>> about()["symbias"]
    '...'
    """
    found = versions(PACKAGES)
    return About(
        found
        | {
            "python": platform.python_version(),
            "system": f"{platform.system()} {platform.release()} {platform.machine()}",
            "ground types": ground_types(),
            "cache": _cache(),
            "processor": _processor(),
            "cores": len(os.sched_getaffinity(0))
            if hasattr(os, "sched_getaffinity")
            else os.cpu_count(),
            "BLAS core": _blas_core(),
            "BLAS threads": os.environ.get("OPENBLAS_NUM_THREADS", "default"),
        }
    )


def versions(names: Iterable[str]) -> dict[str, str]:
    """Return the versions of installed packages.

    Parameters
    ----------
    names : iterable of str
        Their names.

    Returns
    -------
    dict
        Name -> version, or ``"not installed"``.

    Examples
    --------
    >>> versions(["no-such-package"])
    {'no-such-package': 'not installed'}
    """
    return {name: _version(name) for name in names}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        # A checkout on the path runs without being installed.
        return str(sys.modules["symbias"].__version__) if name == "symbias" else "not installed"


def ground_types() -> str:
    """Name the integers that SymPy computes with.

    Returns
    -------
    str
        ``"python"``, ``"gmpy"`` or ``"flint"``.

    Examples
    --------
    >>> ground_types() in {"python", "gmpy", "flint"}
    True
    """
    from sympy.external.gmpy import GROUND_TYPES

    return str(GROUND_TYPES)


def _cache() -> str:
    try:
        directory = ask("codegen.directory:cache_directory")
    except CacheError as error:
        return f"none: {error}"
    return f"{directory.path} ({directory.note})" if directory.note else str(directory.path)


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        named = re.search(r"^model name\s*:\s*(.+)$", information.read_text("utf-8"), re.MULTILINE)
        if named:
            return named[1]
    return platform.processor() or platform.machine() or "unknown"


def _blas_core() -> str:
    """Ask the OpenBLAS that NumPy carries; other libraries do not tell."""
    import numpy as np  # noqa: F401 - loads the library that is asked

    spec = find_spec("numpy")
    places = [Path(str(spec.origin)).parent] if spec else []
    folders = [place.parent / "numpy.libs" for place in places] + [p / ".dylibs" for p in places]
    for library in (file for folder in folders for file in folder.glob("*openblas*")):
        loaded = ctypes.CDLL(str(library))
        for name in CORE_NAMES:
            if hasattr(loaded, name):
                function = getattr(loaded, name)
                function.restype = ctypes.c_char_p
                return str(function().decode())
    return "unknown"
