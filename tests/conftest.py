"""Settings of the whole suite: reproducible, without a display, with a cache of its own."""

from __future__ import annotations

import atexit
import gc
import os
import re
import shutil
import tempfile
from functools import partial
from typing import Any

import pytest
from hypothesis import settings

os.environ["MPLBACKEND"] = "Agg"

if "SYMBIAS_CACHE_DIR" not in os.environ:
    # Set before anything is imported; workers and child processes inherit it.
    _cache = tempfile.mkdtemp(prefix="symbias-tests-")
    os.environ["SYMBIAS_CACHE_DIR"] = _cache
    atexit.register(shutil.rmtree, _cache, ignore_errors=True)

settings.register_profile(
    "symbias", deadline=None, derandomize=True, max_examples=30, print_blob=True, database=None
)
settings.load_profile("symbias")


def jit_is_off() -> bool:
    return os.environ.get("NUMBA_DISABLE_JIT", "0") not in {"", "0"}


@pytest.fixture(scope="session", autouse=True)
def one_fork_server():
    """Pytest names the test in the environment, and scripts of another environment get another fork server."""
    from symbias.runner import job

    whole = job._environment
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            job,
            "_environment",
            lambda: {k: v for k, v in whole().items() if k != "PYTEST_CURRENT_TEST"},
        )
        yield


@pytest.fixture
def cluster_of():
    """Dask clusters at any free port: its scheduler asks for port 8787, even where it shows no dashboard, and warns
    where another program or another test has it."""
    local = pytest.importorskip("distributed").LocalCluster
    return partial(local, dashboard_address="127.0.0.1:0", scheduler_kwargs={"dashboard": False})


def tex_engine() -> str | None:
    return next(filter(None, map(shutil.which, ("latexmk", "pdflatex", "tectonic"))), None)


def pytest_collection_finish() -> None:
    """What is collected stays, and caches grow: looking through all of it took a tenth of the time of the suite."""
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


def pytest_sessionfinish() -> None:
    """Once for resources that somebody forgot to close; pytest and the end of Python would do it seven times."""
    gc.collect()
    gc.freeze()


AT_COMPILED_SPEED = {"mutation"}
"""Folders of tests that run whole scripts again and again, hopeless without the JIT."""


SCRIPT = re.compile(r"\b[a-z]+\d{4}_[a-z_]+[a-z]")
"""The name of a derivation script in the parameters of a test."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep together what shares work: the tests of a file, and those of a script in whatever file."""
    if config.getoption("dist") != "load":
        return None
    from xdist.scheduler import LoadFileScheduling

    class Together(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file, _, rest = nodeid.partition("::")
            script = SCRIPT.search(rest.partition("[")[2])
            return script[0] if script else file

    return Together(config, log)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    reasons = {}
    if jit_is_off():
        reasons["jit"] = "the JIT is off (NUMBA_DISABLE_JIT)"
    if tex_engine() is None:
        reasons["tex"] = "no TeX engine is installed"
    for item in items:
        if AT_COMPILED_SPEED & set(item.path.parts):
            item.add_marker("jit")
        for mark, reason in reasons.items():
            if item.get_closest_marker(mark):
                item.add_marker(pytest.mark.skip(reason=reason))
