"""Fork server: a process that has imported what scripts need, and becomes the child of a script by forking.

To import SymPy, SciPy, Numba, Matplotlib and scikit-learn takes a script two to three seconds of processor time. This
process does it once, runs no script, and stays without threads: a fork of it is as good as a fresh interpreter.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import selectors
import signal
import socket
import sys
import tempfile
import time
from typing import NamedTuple, TypedDict

from symbias.registry import preload

IDLE = 60.0
"""Seconds without a script after which the server ends."""

LIGHT = ("symbias.runner.child",)
HEAVY = (
    "numba",
    "scipy.integrate",
    "scipy.optimize",
    "scipy.stats",
    "scipy.sparse.linalg",
    "sklearn.datasets",
    "matplotlib.figure",
    "matplotlib.backends.backend_agg",
    "matplotlib.backends.backend_pdf",
    "sympy.integrals.manualintegrate",
    "sympy.physics.units",
    "sympy.tensor.tensor",
    "symbias.codegen.kernel",
    "symbias.landscape.anchored_branch",
    "symbias.landscape.family",
    "symbias.present.figure",
    "symbias.regularizers",
    "symbias.simulate",
    "symbias.stability",
)
"""What most scripts import; a package that is not installed is left out."""


class Request(TypedDict):
    """What is asked for: the file of a job, the working directory, and variables in which the environment differs."""

    task: str
    folder: str
    environment: dict[str, str]


class Birth(NamedTuple):
    """What a new child is to run: the file of its job, and the pipe that is closed when its parent ends."""

    task: str
    pipe: int


class ForkServer:
    """The server: reads one line for each script, with three open files, and forks.

    Parameters
    ----------
    control : socket.socket
        Where requests come from: a `Request` as JSON, and with it the files where the child prints, from which it
        learns that its parent has ended, and to which its number and then its exit status are written.

    Examples
    --------
    >>> ours, theirs = socket.socketpair()
    >>> ours.close()
    >>> with theirs:
    ...     ForkServer(theirs).serve()
    """

    def __init__(self, control: socket.socket) -> None:
        self.control = control
        self.waiting: dict[int, int] = {}
        """Number of a living child -> where its exit status is to be written."""

    def serve(self) -> Birth | None:
        """Fork for every request; return in the child what it is to run, and None in the server at its end.

        Examples
        --------
        >>> ours, theirs = socket.socketpair()
        >>> ours.close()
        >>> with theirs:
        ...     ForkServer(theirs).serve()
        """
        reading, writing = os.pipe()
        os.set_blocking(writing, False)
        before = signal.set_wakeup_fd(writing)
        handler = signal.signal(signal.SIGCHLD, lambda *_: None)
        last = time.monotonic()
        try:
            with selectors.DefaultSelector() as selector:
                selector.register(self.control, selectors.EVENT_READ)
                selector.register(reading, selectors.EVENT_READ)
                asked = True
                while self.waiting or (asked and time.monotonic() - last < IDLE):
                    ready = {key.fd for key, _ in selector.select(timeout=IDLE)}
                    if reading in ready:
                        os.read(reading, 4096)
                        self._report()
                        last = time.monotonic()
                    if self.control.fileno() in ready:
                        request, files = self._request()
                        if not request:
                            selector.unregister(self.control)
                            asked = False
                        elif birth := self._fork(json.loads(request), files):
                            return birth
            return None
        finally:
            signal.set_wakeup_fd(before)
            signal.signal(signal.SIGCHLD, handler)
            os.close(reading)
            os.close(writing)

    def _request(self) -> tuple[bytes, list[int]]:
        request, files, _, _ = socket.recv_fds(self.control, 65536, 3)
        while request and not request.endswith(b"\n"):
            more = self.control.recv(65536)
            if not more:
                return b"", files
            request += more
        return request, files

    def _fork(self, request: Request, files: list[int]) -> Birth | None:
        output, pipe, reply = files
        child = os.fork()
        if child == 0:
            self._become_a_child(request, output, [reply, *self.waiting.values()])
            return Birth(request["task"], pipe)
        with contextlib.suppress(OSError):  # the child may have done it, and ended
            os.setpgid(child, child)
        self.waiting[child] = reply
        os.write(reply, f"{child}\n".encode())
        os.close(output)
        os.close(pipe)
        return None

    def _become_a_child(self, request: Request, output: int, foreign: list[int]) -> None:
        os.setpgid(0, 0)
        self.control.close()
        for file in foreign:
            os.close(file)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.close(output)
        os.chdir(request["folder"])
        os.environ.update(request["environment"])
        # Or all children would draw the same numbers from the global generator of scripts that use it.
        if "numpy" in sys.modules:
            sys.modules["numpy"].random.seed()

    def _report(self) -> None:
        """Pass on how children ended."""
        while self.waiting:
            child, status = os.waitpid(-1, os.WNOHANG)
            if child == 0:
                return
            reply = self.waiting.pop(child)
            with contextlib.suppress(OSError):  # nobody wants to know any more
                os.write(reply, f"{os.waitstatus_to_exitcode(status)}\n".encode())
            os.close(reply)


def warm_up() -> None:
    """Pay once for what the first loop and the first figure of a process cost: tables of types, fonts and a parser.

    Examples
    --------
    >>> warm_up()
    """
    from symbias.jit import warm_up as read_tables
    from symbias.present.figure import Figure

    read_tables()
    # What keeps figures from being drawn is told by the first script that draws one.
    with contextlib.suppress(Exception), tempfile.TemporaryDirectory(prefix="symbias-") as folder:
        drawn = Figure(lambda ax: ax.loglog([1, 10], [1, 10]), "$x$")
        drawn.save(*(os.path.join(folder, name) for name in ("x.png", "x.pdf")))  # noqa: PTH118


def main() -> None:
    """Serve at the socket that is the first argument; the second says whether to import what most scripts need.

    Examples
    --------
    >>> main.__name__
    'main'
    """
    control, heavy = int(sys.argv[1]), sys.argv[2] == "heavy"
    preload(LIGHT + HEAVY * heavy)  # those of packages that are not installed are left out
    if heavy:
        warm_up()
    # What is there to stay is never collected: at its end a child would visit, and copy, every page of it.
    gc.collect()
    gc.freeze()
    birth = ForkServer(socket.socket(fileno=control)).serve()
    if birth is not None:
        from symbias.runner.child import leave, run

        run(*birth)
        leave()


if __name__ == "__main__":
    main()
