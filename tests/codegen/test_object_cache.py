"""Object files of vector code: found without Numba, made for this processor, never trusted blindly."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import sympy as sp

from symbias.codegen import lower as lowering
from symbias.codegen import objects, store
from symbias.codegen.kernel import compile_expression
from symbias.codegen.objects import object_path
from symbias.codegen.vector import machine
from symbias.sym.symbols import real

x, y = real("x y")
EXPRESSION = sp.atan2(x, y) * sp.sqrt(1 + x * y) + sp.tanh(x) ** 3
ROOT = Path(__file__).parents[2]
pytestmark = [
    pytest.mark.jit,
    pytest.mark.skipif(not machine.is_usable(), reason="this processor has no vector code"),
]

SCRIPT = """
import sys, sympy as sp
from symbias.codegen.kernel import compile_expression
from symbias.sym.symbols import real
x, y = real("x y")
kernel = compile_expression(sp.atan2(x, y) * sp.sqrt(1 + x * y) + sp.tanh(x) ** 3, [x, y])
value = kernel(0.5, 1.5)
heavy = ("numba", "scipy", "matplotlib", "symbias.codegen.lower", "symbias.codegen.vector.module")
print(kernel.report()["cache_hit"], repr(value), *[name for name in heavy if name in sys.modules])
"""


@pytest.fixture
def fresh(tmp_path, monkeypatch):
    """A cache directory of its own."""
    monkeypatch.setenv("SYMBIAS_CACHE_DIR", str(tmp_path / "kernels"))
    forget(monkeypatch)
    return tmp_path / "kernels"


def forget(monkeypatch):
    monkeypatch.setattr(store, "_loaded", {})
    monkeypatch.setattr(store, "_modules", {})
    monkeypatch.setattr(objects, "_loaded", {})


def value():
    return compile_expression(EXPRESSION, [x, y])(0.5, 1.5)


def child(cache):
    env = os.environ | {"SYMBIAS_CACHE_DIR": str(cache), "PYTHONPATH": str(ROOT)}
    found = subprocess.run([sys.executable, "-c", SCRIPT], env=env, check=True, capture_output=True)
    return found.stdout.decode().split()


def test_a_kernel_from_the_cache_needs_neither_numba_nor_lowering(tmp_path):
    hit, first, *heavy = child(tmp_path / "a")
    assert hit == "False"
    assert "numba" not in heavy
    assert child(tmp_path / "a") == ["True", first]


def test_a_hit_compiles_nothing(fresh, monkeypatch):
    expected = value()
    forget(monkeypatch)
    monkeypatch.setattr(objects, "compile_ir", lambda *_, **__: pytest.fail("compiled again"))
    monkeypatch.setattr(lowering, "lower", lambda *_: pytest.fail("lowered again"))
    assert value() == expected


def sealed(content):
    return hashlib.sha256(content).hexdigest().encode() + b"\n" + content


DAMAGE = {
    "empty": lambda _: b"",
    "truncated": lambda data: data[: len(data) // 2],
    "one bit": lambda data: data[:-100] + bytes([data[-100] ^ 1]) + data[-99:],
    "foreign": lambda _: b"\x7fELF" + b"\0" * 1000,
    "foreign, sealed": lambda _: sealed(b"\x7fELF" + b"\0" * 1000),
    "another key, sealed": lambda data: sealed(b"0" * 64 + data.partition(b"\n")[2][64:]),
    "no code, sealed": lambda data: sealed(data.partition(b"\n")[2].partition(b"\n")[0]),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_object_file_is_made_again(fresh, monkeypatch, damage):
    expected = value()
    (path,) = fresh.glob("*.o")
    good = path.read_bytes()
    path.write_bytes(damage(good))
    forget(monkeypatch)
    assert value() == expected
    assert path.read_bytes() == good


def test_code_of_another_kernel_under_this_name_is_not_loaded(fresh, monkeypatch):
    expected = value()
    (path,) = fresh.glob("*.o")
    other = compile_expression(EXPRESSION + 1, [x, y])
    assert other(0.5, 1.5) == expected + 1
    path.write_bytes(object_path(other.stored, careful=False).read_bytes())
    forget(monkeypatch)
    assert value() == expected


def test_code_of_another_processor_is_left_alone_and_made_again(fresh, monkeypatch):
    expected = value()
    (path,) = fresh.glob("*.o")
    stamp = path.stat().st_mtime_ns
    forget(monkeypatch)
    for module in (machine, objects):
        monkeypatch.setattr(module, "machine_key", lambda: "f" * 64)
    assert value() == expected
    assert len(list(fresh.glob("*.o"))) == 2
    assert path.stat().st_mtime_ns == stamp


def test_the_machine_key_tells_processors_and_compilers_apart(monkeypatch):
    key = machine.machine_key.__wrapped__
    keys = {key()}
    triple, name, features = machine._processor()
    for other in ((triple, "generic", features), (triple, name, features + ",-fma")):
        monkeypatch.setattr(machine, "_processor", lambda other=other: other)
        keys.add(key())
    monkeypatch.setattr("llvmlite.__version__", "0.0")
    keys.add(key())
    monkeypatch.setattr(machine, "FORMAT", 0)
    keys.add(key())
    assert len(keys) == 5


def test_code_made_in_haste_is_made_again_with_care_after_many_points(fresh, monkeypatch):
    kernel = compile_expression(EXPRESSION, [x, y])
    points = np.random.default_rng(0).uniform(0.1, 3.0, (2, 1000))
    hasty = kernel(*points)
    assert not kernel.machine.careful
    (path,) = fresh.glob("*.o")
    assert path == object_path(kernel.stored, careful=False)
    monkeypatch.setattr(objects, "ENOUGH", 1999)
    careful = kernel(*points)
    assert kernel.machine.careful
    assert list(fresh.glob("*.o")) == [object_path(kernel.stored)]
    assert hasty.tobytes() == careful.tobytes(), "the bits do not depend on it"
    forget(monkeypatch)
    monkeypatch.setattr(objects, "compile_ir", lambda *_, **__: pytest.fail("compiled again"))
    again = compile_expression(EXPRESSION, [x, y])
    assert again(*points).tobytes() == careful.tobytes()
    assert again.machine.careful


def test_a_replaced_module_takes_its_object_code_with_it(fresh, monkeypatch):
    kernel = compile_expression(EXPRESSION, [x, y])
    expected = kernel(0.5, 1.5)
    stale = kernel.path.with_name(f"{kernel.path.stem}.{'0' * 16}.o")
    stale.write_bytes(b"made from the text that was damaged")
    kernel.path.write_text("damaged")
    forget(monkeypatch)
    assert value() == expected
    assert not stale.exists()


def test_a_disk_that_cannot_be_written_costs_time_only(fresh, monkeypatch):
    kernel = compile_expression(EXPRESSION, [x, y])

    def full(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    assert kernel(0.5, 1.5) == pytest.approx(float(EXPRESSION.subs({x: 0.5, y: 1.5})), rel=1e-14)
    assert not list(fresh.glob("*.o"))
    assert not list(fresh.glob("*.tmp"))


def test_object_files_are_private(fresh):
    value()
    (path,) = fresh.glob("*.o")
    assert path.stat().st_mode & 0o077 == 0
    assert fresh.stat().st_mode & 0o777 == 0o700
