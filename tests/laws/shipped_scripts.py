"""The shipped derivation scripts; each is run once for all laws that a process asks."""

from __future__ import annotations

import runpy
from functools import cache
from pathlib import Path

from symbias.runner.collect import collect

SCRIPTS = sorted((Path(__file__).parents[2] / "derivations").glob("*.py"))


@cache
def contents(script):
    return collect(runpy.run_path(str(script), run_name=script.stem))
