"""The command line: exit status as designed, results on stdout, errors on stderr in one paragraph."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import symbias as sb
from symbias.cli import EXAMPLES, main, parser

sys.path.insert(0, str(Path(__file__).parent / "runner"))
from scripts import BAD, GOOD, with_claim, write


def run(*arguments, **options):
    command = [sys.executable, "-m", "symbias", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


def test_verify_prints_the_table_and_writes_the_report(tmp_path, capsys):
    script, out = write(tmp_path, "good", GOOD), tmp_path / "out"
    assert main(["verify", str(script), "--out", str(out), "--no-pdf", "--seed", "5"]) == 0
    said = capsys.readouterr()
    assert "4 of 4 hold; seed 5" in said.out
    assert str(out / "report.html") in said.out
    assert said.err == ""


def test_a_failing_claim_is_status_1(tmp_path, capsys):
    script = with_claim(tmp_path, "wrong", "return 1.0, 1.5")
    assert main(["verify", str(script)]) == 1
    assert "FAILS" in capsys.readouterr().out


def test_a_traceback_is_shown_only_on_request(tmp_path, capsys):
    script = write(tmp_path, "raises", BAD["raises"])
    assert main(["verify", str(script)]) == 1
    assert "Traceback" not in "".join(capsys.readouterr())
    assert main(["verify", str(script), "--traceback"]) == 1
    assert "ZeroDivisionError" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["verify", "no_such_directory"],
        ["cite", "polyak64"],
        ["show", "no_such_result"],
        ["latex", "no_such_result"],
        ["derive", "no_such_script.py"],
        ["verify", "--seed", "-1", str(Path(__file__).parent / "runner")],
    ],
)
def test_a_wrong_call_is_status_2_with_one_paragraph(arguments, capsys):
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("symbias: ")
    assert said.err.count("\n") == 1
    assert "What to do: " in said.err


@pytest.mark.parametrize(
    "arguments", [[], ["frobnicate"], ["verify"], ["latex", "x", "--level", "all"]]
)
def test_what_cannot_be_parsed_is_status_2(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage: symbias" in capsys.readouterr().err


def test_derive_checks_steps_without_running_claims(tmp_path, capsys):
    script = write(tmp_path, "good", GOOD.replace("return 0.5,", "raise RuntimeError; return 0.5,"))
    assert main(["derive", str(script)]) == 0
    said = capsys.readouterr().out
    assert said.startswith("a perfect square  [exact]")
    assert "exact    == x + 1    (x > 0)" in said
    assert "Formula root: f(x) == x + 1" in said


def test_derive_names_the_false_step(tmp_path, capsys):
    assert main(["derive", str(write(tmp_path, "slip", BAD["false_step"]))]) == 1
    assert "Step 2 of 'a slip'" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["derive", "latex"])
def test_a_script_without_derivations_is_a_wrong_call(tmp_path, command, capsys):
    script = with_claim(tmp_path, "claims_only", "return 1.0, 1.0")
    assert main([command, str(script)]) == 2
    assert "defines no derivation" in capsys.readouterr().err


def test_latex_of_a_script_and_of_a_result(tmp_path, capsys):
    script = write(tmp_path, "good", GOOD)
    assert main(["latex", str(script), "--level", "steps"]) == 0
    assert r"\begin{aligned}" in capsys.readouterr().out
    target = tmp_path / "result.tex"
    assert main(["latex", "relu_angle_kernel", "--level", "statement", "--out", str(target)]) == 0
    assert r"\pi" in target.read_text("utf-8")
    assert capsys.readouterr().out == ""


def test_list_show_cite_and_about(capsys):
    assert main(["list", "relu"]) == 0
    assert "relu_angle_kernel" in capsys.readouterr().out
    assert main(["show", "relu_angle_kernel"]) == 0
    assert "The ReLU angle kernel" in capsys.readouterr().out
    assert main(["cite", "relu_angle_kernel"]) == 0
    assert capsys.readouterr().out == sb.cite("relu_angle_kernel")
    assert main(["about"]) == 0
    assert sb.__version__ in capsys.readouterr().out


def test_every_command_has_help_with_an_example():
    top = parser()
    (commands,) = (a for a in top._actions if hasattr(a, "choices") and a.choices)
    assert set(commands.choices) | {"symbias"} == set(EXAMPLES)
    for name, command in commands.choices.items():
        text = command.format_help()
        assert f"  symbias {name}" in text
        assert "example" in text


def test_examples_of_the_help_can_be_parsed():
    for text in EXAMPLES.values():
        for line in text.splitlines():
            words = line.split("   ")[0].split() or line.split()
            if words[:1] == ["symbias"]:
                assert parser().parse_args(words[1:]).command


def test_help_and_version_load_nothing_heavy():
    code = "import sys; from symbias.cli import parser; parser().format_help(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"sympy", "numpy", "scipy", "numba", "matplotlib"} & set(done.stdout.split())
    assert run("--version").stdout.strip() == f"symbias {sb.__version__}"


def test_the_reader_of_a_pipe_may_leave():
    command = f"{sys.executable} -m symbias cite polyak1964 | true"
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}"], capture_output=True, check=False
    )
    assert b"Traceback" not in done.stderr
    assert b"BrokenPipe" not in done.stderr


def test_an_interrupt_stops_children_and_leaves_nothing_half_written(tmp_path):
    mark, out = tmp_path / "alive", tmp_path / "out"
    body = f"""import time, pathlib
        while True:
            pathlib.Path({str(mark)!r}).touch()
            time.sleep(0.05)"""
    script = with_claim(tmp_path, "loop", body)
    command = [sys.executable, "-m", "symbias", "verify", str(script), "--out", str(out)]
    process = subprocess.Popen(
        command,
        stderr=subprocess.PIPE,
        text=True,
        # A background job of a shell inherits an ignored SIGINT, and Python leaves it ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - no threads here
    )
    for _ in range(200):
        if mark.exists():
            break
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "interrupted" in said
    assert "Traceback" not in said
    mark.unlink()
    time.sleep(0.3)
    assert not mark.exists(), "the child is still running"
    assert list(out.iterdir()) == []
