"""Figure: a titled drawing that runs when asked for; no plotting library is loaded before."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import update_wrapper
from pathlib import Path
from typing import Any

from symbias.contracts import checked
from symbias.errors import InputError


class Figure:
    """A drawing; calling it draws on given axes.

    Parameters
    ----------
    function : callable
        ``f(ax)``: draws on Matplotlib axes.
    title : str
        What is shown.

    Examples
    --------
    >>> Figure(lambda ax: ax.plot([0, 1]), "a line")
    Figure 'a line'
    """

    @checked
    def __init__(self, function: Callable[[Any], Any], title: str) -> None:
        self.function, self.title = function, title
        update_wrapper(self, function)

    def __call__(self, ax: Any) -> Any:  # noqa: D102 - the class says it
        return self.function(ax)

    def draw(self, ax: Any = None) -> Any:
        """Draw the figure.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure in the current backend when left out.

        Returns
        -------
        matplotlib.axes.Axes
            The axes, with the title.

        Examples
        --------
        >>> from matplotlib.figure import Figure as Canvas
        >>> Figure(lambda ax: ax.plot([0, 1]), "a line").draw(Canvas().subplots()).get_title()
        'a line'
        """
        if ax is None:
            from matplotlib import pyplot as plt

            ax = plt.figure(layout="constrained").subplots()
        elif not hasattr(ax, "get_title"):
            raise InputError(f"{ax!r} is no axes.", remedy="Give matplotlib axes, or nothing.")
        self.function(ax)
        if not ax.get_title():
            ax.set_title(self.title)
        return ax

    def save(self, *paths: str | os.PathLike[str]) -> None:
        """Draw the figure once and write it to files, without a display or a backend.

        Parameters
        ----------
        *paths : str or os.PathLike
            The files; the suffix gives the format.

        Examples
        --------
        >>> import pathlib, tempfile
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "line.png"
        >>> Figure(lambda ax: ax.plot([0, 1]), "a line").save(path)
        >>> path.stat().st_size > 0
        True
        """
        from matplotlib.figure import Figure as Canvas

        canvas = Canvas(layout="constrained", dpi=150)
        self.draw(canvas.subplots())
        # Laid out once for all files: it costs more than to draw.
        canvas.draw_without_rendering()
        canvas.set_layout_engine(None)
        for path in paths:
            if not isinstance(path, str | os.PathLike):
                raise InputError(f"{path!r} is no path.", remedy="Give strings or paths.")
            # Without a date the same figure gives the same file.
            metadata = {"CreationDate": None} if Path(path).suffix == ".pdf" else None
            try:
                canvas.savefig(path, metadata=metadata)
            except (OSError, ValueError) as error:
                raise InputError(
                    f"The figure could not be written to {str(path)!r}: {error}.",
                    remedy="Give a file in an existing directory, with a suffix such as .png.",
                ) from error

    def __repr__(self) -> str:
        return f"Figure {self.title!r}"


@checked
def figure(title: str) -> Callable[[Callable[[Any], Any]], Figure]:
    """Declare a function of axes to be a figure of the report.

    Parameters
    ----------
    title : str
        What is shown.

    Returns
    -------
    callable
        A decorator that turns ``f(ax)`` into a `Figure`.

    Raises
    ------
    InputError
        If the title is missing.

    Examples
    --------
    >>> import symbias as sb
    >>> @sb.figure("a parabola")
    ... def parabola(ax):
    ...     ax.plot([0, 1, 2], [0, 1, 4])
    >>> parabola.title
    'a parabola'
    """
    if not isinstance(title, str) or not title.strip():
        raise InputError(
            "A figure needs a title.",
            "the decorator was used without parentheses" if callable(title) else "",
            'Write @sb.figure("what is shown").',
        )
    return lambda function: Figure(function, title)
