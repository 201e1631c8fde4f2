"""Figures: drawn on demand, without a display, the same file every time."""

from __future__ import annotations

import subprocess
import sys

import pytest

import symbias as sb


@sb.figure("a parabola")
def parabola(ax):
    ax.plot([0, 1, 2], [0, 1, 4])


def test_drawing_on_given_axes_sets_the_title():
    from matplotlib.figure import Figure

    ax = Figure().subplots()
    assert parabola.draw(ax) is ax
    assert ax.get_title() == "a parabola"
    assert len(ax.lines) == 1


def test_a_title_set_by_the_function_stays():
    from matplotlib.figure import Figure

    ax = Figure().subplots()
    sb.figure("declared")(lambda axes: axes.set_title("own")).draw(ax)
    assert ax.get_title() == "own"


def test_the_same_figure_gives_the_same_files(tmp_path):
    for name in ("one", "two"):
        parabola.save(tmp_path / f"{name}.pdf", tmp_path / f"{name}.png")
    for suffix in ("pdf", "png"):
        first = (tmp_path / f"one.{suffix}").read_bytes()
        assert first == (tmp_path / f"two.{suffix}").read_bytes()
        assert len(first) > 1000


def test_declaring_a_figure_loads_no_plotting_library():
    code = "import sys, symbias; symbias.figure('t')(print); print('matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize("title", ["", print])
def test_a_figure_needs_a_title(title):
    with pytest.raises(sb.InputError, match="title"):
        sb.figure(title)
