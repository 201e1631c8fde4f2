"""The cache under many processes, damage, full and read-only disks, and sudden death: never one wrong value.

Every process compares what it computes with mpmath. Damage is done between and during the runs to whatever files the
cache holds, so the campaign knows nothing about their format beyond what an intruder with a text editor would.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

VALUES = 2 * 3 * 3
"""That a process compares for an expression: twice, at three points, three outputs."""
WORKER = Path(__file__).with_name("cache_worker.py")
ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.jit, pytest.mark.timeout(1200)]


def start(cache: Path, seed: int, numbers: range, **options) -> subprocess.Popen[str]:
    env = os.environ | {"SYMBIAS_CACHE_DIR": str(cache), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(WORKER), str(seed), *map(str, numbers)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, env=env, stdout=pipe, stderr=pipe, text=True, **options)


def answers(processes: list[subprocess.Popen[str]], *, may_refuse: bool = False) -> list[str]:
    """Wait for all; each must have answered, or refused where it may."""
    ended = [(process.communicate(timeout=900), process.returncode) for process in processes]
    for (out, err), status in ended:
        assert status == 0, f"status {status}: {out}\n{err[-3000:]}"
        assert out.split()[0] in ({"ok", "refused"} if may_refuse else {"ok"}), out
    return [out.strip() for (out, _), _ in ended]


def answer(process: subprocess.Popen[str], *, may_refuse: bool = False) -> str:
    return answers([process], may_refuse=may_refuse)[0]


def counted(line: str) -> int:
    return int(line.split()[1])


def files(cache: Path) -> list[Path]:
    return sorted(p for p in cache.rglob("*") if p.is_file() and not p.name.endswith(".tmp"))


def resealed(data: bytes) -> bytes:
    """Give changed content a valid hash, in the manner of either kind of file, if it has one."""
    head, _, rest = data.partition(b"\n")
    digest = hashlib.sha256(rest).hexdigest().encode()
    return head[:-64] + digest + b"\n" + rest if len(head) >= 64 else data


def truncated(path: Path, rng: random.Random, _others: list[Path]) -> None:
    path.write_bytes(path.read_bytes()[: rng.randrange(path.stat().st_size + 1)])


def flipped(path: Path, rng: random.Random, _others: list[Path]) -> None:
    data = bytearray(path.read_bytes())
    if data:
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    path.write_bytes(bytes(data))


def swapped(path: Path, rng: random.Random, others: list[Path]) -> None:
    same_kind = [p for p in others if p.suffix == path.suffix and p != path]
    if same_kind:
        path.write_bytes(rng.choice(same_kind).read_bytes())


def foreign(path: Path, rng: random.Random, _others: list[Path]) -> None:
    path.write_bytes(rng.choice([b"", b"import os\nos._exit(7)\n", b"\x7fELF" + bytes(500)]))


def foreign_with_a_seal(path: Path, _rng: random.Random, _others: list[Path]) -> None:
    head = path.read_bytes().partition(b"\n")[0]
    path.write_bytes(resealed(head + b"\nimport os\nos._exit(7)\n"))


def linked(path: Path, rng: random.Random, others: list[Path]) -> None:
    target = rng.choice([Path("/dev/null"), Path("/nowhere"), *others])
    if target != path:
        path.unlink()
        path.symlink_to(target)


def a_directory(path: Path, _rng: random.Random, _others: list[Path]) -> None:
    path.unlink()
    path.mkdir()


def gone(path: Path, _rng: random.Random, _others: list[Path]) -> None:
    path.unlink()


DAMAGE: list[Callable[[Path, random.Random, list[Path]], None]] = [
    truncated,
    flipped,
    swapped,
    foreign,
    foreign_with_a_seal,
    linked,
    gone,
]


def spoil(cache: Path, rng: random.Random, share: float) -> int:
    """Damage a share of the files; return how many."""
    found = files(cache)
    chosen = rng.sample(found, int(share * len(found)))
    for path in chosen:
        try:
            rng.choice(DAMAGE)(path, rng, found)
        except FileNotFoundError:
            continue
    return len(chosen)


@pytest.fixture(scope="module")
def filled(tmp_path_factory) -> Callable[[Path], Path]:
    """Returns a function that copies a cache of four expressions, one of them with a loop of Numba, to a path."""
    cache = tmp_path_factory.mktemp("filled") / "kernels"
    answer(start(cache, 0, range(4)))
    return lambda path: shutil.copytree(cache, path)


def crowd(cache: Path, processes: int, expressions: int) -> list[subprocess.Popen[str]]:
    """Start processes that share most of their expressions, so that the same and different ones meet."""
    shift = max(1, expressions // 4)
    return [
        start(cache, seed, range(shift * (seed % 3), shift * (seed % 3) + expressions))
        for seed in range(processes)
    ]


def campaign(
    cache: Path, processes: int, expressions: int, shares: tuple[float, ...] = (0.0, 0.5, 1.0)
) -> int:
    """Run a crowd on an empty cache, and again and again on a damaged one; return the values compared."""
    rng = random.Random(processes)
    values = 0
    for share in shares:
        if cache.exists():
            spoil(cache, rng, share)
        values += sum(map(counted, answers(crowd(cache, processes, expressions))))
    assert not list(cache.rglob("*.tmp"))
    return values


def test_five_processes_on_a_cache_that_is_damaged_between_them(tmp_path):
    assert campaign(tmp_path / "kernels", 5, 2, shares=(0.0, 0.7)) == 2 * 5 * 2 * VALUES


@pytest.mark.slow
def test_fifty_processes_on_a_cache_that_is_damaged_between_them(tmp_path):
    values = campaign(tmp_path / "kernels", processes=50, expressions=4)
    print(f"\n150 processes, {values} values, none wrong")
    assert values == 3 * 50 * 4 * VALUES


@pytest.mark.slow
def test_files_damaged_while_processes_read_them(tmp_path):
    cache, rng = tmp_path / "kernels", random.Random(1)
    answer(start(cache, 0, range(8)))
    runs = crowd(cache, 16, 6)
    damaged = 0
    while any(run.poll() is None for run in runs):
        damaged += spoil(cache, rng, 0.2)
        time.sleep(0.05)
    values = sum(map(counted, answers(runs)))
    print(f"\n16 processes, {damaged} files damaged meanwhile, {values} values, none wrong")
    assert damaged > 20


@pytest.mark.parametrize("rounds", [2, pytest.param(25, marks=pytest.mark.slow)])
def test_processes_killed_while_they_write(tmp_path, rounds):
    cache = tmp_path / "kernels"
    killed = 0
    began = time.monotonic()
    answer(start(tmp_path / "warm", 0, range(3)))
    whole = time.monotonic() - began
    for number in range(rounds):
        run = start(cache, number, range(3))
        time.sleep(whole * (0.4 + 0.6 * number / rounds))
        run.send_signal(signal.SIGKILL)
        killed += run.wait() == -signal.SIGKILL
        run.communicate()
    assert answer(start(cache, 99, range(3))) == f"ok {3 * VALUES}"
    print(f"\n{killed} of {rounds} processes killed in time, then {3 * VALUES} values, none wrong")


def limited() -> None:
    # No file larger than this can be written, as on a disk that is almost full; the signal becomes an error.
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (700, 700))


def test_a_disk_that_fills_up_in_the_middle_of_a_file(tmp_path):
    cache = tmp_path / "kernels"
    run = start(cache, 0, range(1), preexec_fn=limited)
    assert "SYMBIAS_CACHE_DIR" in answer(run, may_refuse=True)
    assert not list(cache.rglob("*.tmp"))
    assert answer(start(cache, 0, range(1))).startswith("ok")


@pytest.mark.slow
def test_a_small_file_system_that_fills_up(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16k,mode=700", "tmpfs", str(disk)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("no file system can be mounted here")
    try:
        disk.chmod(0o700)
        words = [line.split()[0] for line in answers(crowd(disk, 8, 4), may_refuse=True)]
        print(f"\n{words.count('ok')} processes answered, {words.count('refused')} refused")
        assert not list(disk.rglob("*.tmp"))
    finally:
        subprocess.run(["umount", str(disk)], check=True)


AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act for others")


@AS_ROOT
def test_a_cache_filled_by_somebody_else_is_not_used(tmp_path, filled):
    cache = filled(tmp_path / "kernels")
    for path in (cache, *cache.rglob("*")):
        os.chown(path, 12345, 12345)
    before = {path: path.read_bytes() for path in files(cache)}
    answer(start(cache, 0, range(2)))
    assert {path: path.read_bytes() for path in files(cache)} == before


@AS_ROOT
def test_files_of_somebody_else_in_a_directory_of_ours_give_no_wrong_value(tmp_path, filled):
    cache = filled(tmp_path / "kernels")
    for path in files(cache):
        os.chown(path, 12345, 12345)
        path.chmod(0o666)
        path.write_bytes(b"import os\nos._exit(7)\n")
    assert counted(answer(start(cache, 0, range(2)))) > 0


@pytest.mark.parametrize("suffix", [".py", ".o", ".nbi", ".nbc"])
def test_a_directory_in_the_place_of_a_file(tmp_path, filled, suffix):
    cache = filled(tmp_path / "kernels")
    rng = random.Random(0)
    spoilt = [path for path in files(cache) if path.suffix == suffix]
    assert spoilt
    for path in spoilt:
        a_directory(path, rng, [])
    said = answer(start(cache, 0, range(4)), may_refuse=True)
    assert said.split()[0] == "refused" or counted(said) > 0


def test_a_read_only_copy_of_a_cache_is_read_or_refused(tmp_path, filled):
    copy = filled(tmp_path / "copy")
    for path in (*copy.rglob("*"), copy):
        path.chmod(0o500 if path.is_dir() else 0o400)
    try:
        said = answer(start(copy, 0, range(2)), may_refuse=True)
        assert said.split()[0] == "refused" or counted(said) > 0
    finally:
        for path in itertools.chain([copy], copy.rglob("*")):
            path.chmod(0o700)
