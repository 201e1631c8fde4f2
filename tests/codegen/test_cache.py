"""The cache: found by later processes, written once, never trusted blindly, never in the way."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import sympy as sp

import symbias as sb
from symbias.codegen import lower as lowering
from symbias.codegen import store
from symbias.codegen.directory import cache_directory, private_directory
from symbias.codegen.kernel import compile_expression
from symbias.codegen.seal import is_intact, sealed
from symbias.sym.symbols import real

x, y = real("x y")
EXPRESSION = sp.LambertW(x * y) + sp.sin(x) ** 3 / sp.sqrt(1 + y**2)
ROOT = Path(__file__).parents[2]

SCRIPT = """
import hashlib, os, sympy as sp
from symbias.codegen.kernel import compile_expression
from symbias.sym.symbols import real
x, y = real("x y")
f = sum(sp.sin(x + k) * sp.Max(y, k, x * k) / (x**2 + y**2 + k) ** sp.Rational(k, 2)
        for k in range(1, int(os.environ["TERMS"])))
g = sp.Piecewise((x * y, sp.And(x > 0, y > 0, x * y < 3)), (f**2, True))
last = sp.gamma(x * y) if os.environ.get("NUMBA_LOOP") else sp.LambertW(x * y)
kernel = compile_expression([f + g, last], [x, y])
value = kernel(1.25, 0.5).sum()
digest = hashlib.sha256(kernel.source.encode()).hexdigest()
print(digest, kernel.report()["cache_hit"], repr(float(value)), kernel.path)
"""


@pytest.fixture
def fresh(tmp_path, monkeypatch):
    """A cache directory of its own; `again()` forgets what is in memory."""
    monkeypatch.setenv("SYMBIAS_CACHE_DIR", str(tmp_path / "kernels"))
    monkeypatch.setattr(store, "_loaded", {})
    return tmp_path / "kernels"


def again(monkeypatch, expression=EXPRESSION):
    monkeypatch.setattr(store, "_loaded", {})
    monkeypatch.setattr(store, "_modules", {})
    return compile_expression(expression, [x, y])


def child(cache, **environment):
    usual = {"SYMBIAS_CACHE_DIR": str(cache), "PYTHONPATH": str(ROOT), "TERMS": "3"}
    env = os.environ | usual | environment
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT],
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def answer(process):
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return out.split()


@pytest.mark.jit
@pytest.mark.parametrize(("loop", "machine_code"), [("", "*.o"), ("1", "__pycache__/*.nbc")])
def test_later_processes_hit_the_cache_and_reload_machine_code(tmp_path, loop, machine_code):
    runs, stamps = [], []
    for seed in "123":
        runs.append(answer(child(tmp_path / "a", NUMBA_LOOP=loop, PYTHONHASHSEED=seed)))
        (file,) = (tmp_path / "a").glob(machine_code)
        stamps.append(file.stat().st_mtime_ns)
    assert [hit for _, hit, *_ in runs] == ["False", "True", "True"]
    assert len({value for _, _, value, _ in runs}) == 1
    assert len(set(stamps)) == 1, "written once"


def test_source_is_the_same_under_three_hash_seeds(tmp_path):
    runs = [child(tmp_path / s, PYTHONHASHSEED=s, NUMBA_DISABLE_JIT="1", TERMS="20") for s in "123"]
    answers = [answer(run) for run in runs]
    assert len({digest for digest, *_ in answers}) == 1
    assert len({Path(path).name for *_, path in answers}) == 1


@pytest.mark.jit
def test_six_processes_at_once_write_one_module(tmp_path):
    answers = [answer(run) for run in [child(tmp_path / "c") for _ in range(6)]]
    assert len({(digest, value) for digest, _, value, _ in answers}) == 1
    assert len(list((tmp_path / "c").glob("*.py"))) == len(list((tmp_path / "c").glob("*.o"))) == 1
    assert not list((tmp_path / "c").glob("*.tmp"))


def test_jit_and_plain_python_agree(tmp_path):
    plain = answer(child(tmp_path / "d", NUMBA_DISABLE_JIT="1"))
    usual = answer(child(tmp_path / "d"))
    assert float(plain[2]) == pytest.approx(float(usual[2]), rel=1e-14)


@pytest.mark.jit
def test_machine_code_never_goes_to_a_shared_numba_directory(tmp_path):
    answer(child(tmp_path / "e", NUMBA_LOOP="1", NUMBA_CACHE_DIR=str(tmp_path / "shared")))
    assert not list(tmp_path.glob("shared/**/*.nb?"))
    assert list(tmp_path.glob("e/**/*.nbc"))


def test_a_hit_needs_no_lowering(fresh, monkeypatch):
    value = compile_expression(EXPRESSION, [x, y])(0.5, 1.5)
    monkeypatch.setattr(lowering, "lower", lambda *_: pytest.fail("lowered again"))
    found = again(monkeypatch)
    assert found.report()["cache_hit"]
    assert found(0.5, 1.5) == value


def test_an_intact_module_is_never_rewritten(fresh, monkeypatch):
    path = compile_expression(EXPRESSION, [x, y]).path
    stamp = path.stat().st_mtime_ns
    assert again(monkeypatch).path == path
    assert path.stat().st_mtime_ns == stamp


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[: len(text) // 2],
        lambda text: "",
        lambda text: text.replace("math.sin", "math.cos"),
        lambda text: "import os\nos.abort()\n",
        lambda text: sealed(text.partition("\n")[2].replace('KEY = "', 'KEY = "0')),
        lambda text: sealed("import os\nos.abort()\n"),
    ],
    ids=["truncated", "empty", "edited", "foreign", "other key", "sealed foreign"],
)
def test_a_damaged_module_is_replaced(fresh, monkeypatch, damage):
    good = compile_expression(EXPRESSION, [x, y])
    value, text = good(0.5, 1.5), good.source
    good.path.write_text(damage(text), encoding="utf-8")
    repaired = again(monkeypatch)
    assert not repaired.report()["cache_hit"]
    assert repaired(0.5, 1.5) == value
    assert is_intact(repaired.path.read_text(encoding="utf-8"))


def test_a_file_that_is_not_text_is_replaced(fresh, monkeypatch):
    good = compile_expression(EXPRESSION, [x, y])
    good.path.write_bytes(b"\xff\xfe\x00")
    assert again(monkeypatch).source == good.source


@pytest.mark.jit
@pytest.mark.parametrize("suffix", ["nbi", "nbc"])
@pytest.mark.parametrize("keep", [0, 40])
def test_machine_code_that_was_cut_off_is_made_again(fresh, monkeypatch, suffix, keep):
    expression = sp.gamma(x) * y
    value = compile_expression(expression, [x, y])(0.5, 1.5)
    files = list((fresh / "__pycache__").glob(f"*.{suffix}"))
    assert files
    for file in files:
        file.write_bytes(file.read_bytes()[:keep])
    assert again(monkeypatch, expression)(0.5, 1.5) == value
    assert again(monkeypatch, expression)(0.5, 1.5) == value


def test_the_directory_is_private(fresh):
    compile_expression(EXPRESSION, [x, y])
    assert fresh.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o755])
def test_a_directory_open_to_others_is_not_used(fresh, mode):
    fresh.mkdir()
    fresh.chmod(mode)
    kernel = compile_expression(EXPRESSION, [x, y])
    assert kernel.path.parent == private_directory()
    assert "open to other users" in kernel.report()["note"]
    assert not list(fresh.iterdir())


def test_a_directory_of_someone_else_is_not_used(fresh, monkeypatch):
    fresh.mkdir(mode=0o700)
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    assert "another user" in cache_directory().note


def test_a_named_directory_that_cannot_be_made_is_an_error(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("SYMBIAS_CACHE_DIR", str(tmp_path / "file" / "kernels"))
    with pytest.raises(sb.CacheError, match="SYMBIAS_CACHE_DIR") as caught:
        compile_expression(EXPRESSION, [x, y])
    assert caught.value.remedy


def test_a_full_named_disk_is_an_error_and_leaves_nothing(fresh, monkeypatch):
    def full(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(sb.CacheError, match="No space left"):
        compile_expression(EXPRESSION, [x, y])
    assert not list(fresh.iterdir())


def test_the_default_directory_gives_way_to_a_temporary_one(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.delenv("SYMBIAS_CACHE_DIR")
    monkeypatch.setattr("platformdirs.user_cache_path", lambda _name: tmp_path / "file")
    kernel = compile_expression(EXPRESSION, [x, y])
    assert kernel.path.parent == private_directory()
    assert "a temporary one is used instead" in kernel.report()["note"]


def test_keys_tell_order_names_assumptions_and_numbers_apart():
    from symbias.codegen.key import content_key
    from symbias.sym.symbols import positive

    z = positive("x")
    cases = [
        ([x - y], (x, y)),
        ([x - y], (y, x)),
        ([x - y, x], (x, y)),
        ([x, x - y], (x, y)),
        ([x - 2 * y], (x, y)),
        ([x - sp.Float("2.0", 20) * y], (x, y)),
        ([x - 2.0 * y], (x, y)),
        ([sp.Heaviside(x, 0)], (x, y)),
        ([sp.Heaviside(x, 1)], (x, y)),
        ([sp.sin(x)], (x, y)),
        ([sp.cos(x)], (x, y)),
    ]
    assert len({content_key(*case) for case in cases}) == len(cases)
    assert content_key([z**2], (z,)) == content_key([x**2], (x,))


def test_keys_of_shared_graphs_are_fast():
    from symbias.codegen.key import content_key

    node = x
    for k in range(60):
        node = sp.sin(node) * sp.cos(node) + k  # a tree of 2**60 leaves
    assert len(content_key([node], (x,))) == 64


def test_threads_get_one_module(fresh):
    found = []
    work = [
        threading.Thread(
            target=lambda: found.append(compile_expression(EXPRESSION, [x, y])(0.5, 1.5))
        )
        for _ in range(6)
    ]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()
    assert len(set(found)) == 1
    assert len(list(fresh.glob("*.py"))) == 1
