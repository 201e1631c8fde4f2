"""Launch: start the child of a script through a fork server, wait for it, end it with all that it started."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

_MOST_SECONDS = 2e6
"""Sockets count milliseconds in 32 bits."""

_LIVE: set[Child] = set()
_LOCK = threading.Lock()
_SERVERS: list[Server] = []
"""The last one takes requests; those before it wait for their last children."""


class Child:
    r"""A running script.

    Parameters
    ----------
    number : int
        Of its process, which leads a group.
    reply : socket.socket
        Where its exit status will be read.

    Examples
    --------
    >>> ours, theirs = socket.socketpair()
    >>> theirs.send(b"-9\n")
    3
    >>> Child(1, ours).wait(1.0)
    -9
    >>> ours.close(), theirs.close()
    (None, None)
    """

    def __init__(self, number: int, reply: socket.socket) -> None:
        self.number, self.reply = number, reply

    def wait(self, seconds: float | None) -> int | None:
        """Wait for its end.

        Parameters
        ----------
        seconds : float or None
            The longest that is waited; None, or more than the system can count (weeks), for as long as it takes.

        Returns
        -------
        int or None
            The exit status, negative for a signal; None if it will never be known.

        Raises
        ------
        TimeoutError
            If it did not end.

        Examples
        --------
        >>> ours, theirs = socket.socketpair()
        >>> theirs.close()
        >>> print(Child(1, ours).wait(1.0))
        None
        >>> ours.close()
        """
        self.reply.settimeout(None if seconds is None or seconds > _MOST_SECONDS else seconds)
        text = _line(self.reply)
        return int(text) if text else None

    def end(self) -> None:
        """Kill it and all that it started, if anything is left, and wait for its end.

        Examples
        --------
        >>> Child.end.__name__
        'end'
        """
        self.kill()
        with contextlib.suppress(OSError):
            self.wait(10.0)
        self.reply.close()

    def kill(self) -> None:
        """Kill it and all that it started.

        Examples
        --------
        >>> Child.kill.__name__
        'kill'
        """
        with contextlib.suppress(ProcessLookupError, PermissionError):  # it has ended
            os.killpg(self.number, signal.SIGKILL)


class Server:
    """A fork server of this process; see `symbias.runner.fork_server`.

    Parameters
    ----------
    environment : dict
        Its environment variables.
    heavy : bool
        Whether it imports what most scripts need.

    Examples
    --------
    >>> server = Server(dict(os.environ), heavy=False)
    >>> server.alive
    True
    >>> server.close()
    """

    def __init__(self, environment: dict[str, str], *, heavy: bool) -> None:
        self.environment, self.heavy, self.owner = environment, heavy, os.getpid()
        self.control, theirs = socket.socketpair()
        kind = "heavy" if heavy else "light"
        module = "symbias.runner.fork_server"
        self.process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own module
            [sys.executable, "-P", "-m", module, str(theirs.fileno()), kind],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,
            pass_fds=(theirs.fileno(),),
        )
        theirs.close()

    @property
    def alive(self) -> bool:
        """Whether it runs, and is this process's own."""
        return self.owner == os.getpid() and self.process.poll() is None

    def start(self, task: Path, changes: dict[str, str], output: int, pipe: int) -> Child | None:
        """Start a child.

        Parameters
        ----------
        task : pathlib.Path
            The file that describes its job.
        changes : dict
            Environment variables in which it differs from the server.
        output, pipe : int
            Open files: where it prints, and what is closed when this process ends.

        Returns
        -------
        Child or None
            None if the server has ended.

        Examples
        --------
        >>> Server.start.__name__
        'start'
        """
        ours, theirs = socket.socketpair()
        request = {"task": str(task), "folder": str(Path.cwd()), "environment": changes}
        try:
            files = [output, pipe, theirs.fileno()]
            socket.send_fds(self.control, [json.dumps(request).encode() + b"\n"], files)
            theirs.close()
            number = _line(ours)
        except OSError:
            number = ""
        if number:
            return Child(int(number), ours)
        theirs.close()
        ours.close()
        return None

    def retire(self) -> None:
        """Take no more requests; it ends after its last child.

        Examples
        --------
        >>> server = Server(dict(os.environ), heavy=False)
        >>> server.retire()
        >>> server.process.wait(60)
        0
        """
        self.control.close()

    def close(self) -> None:
        """End it; its children end when this process does, or are ended by it.

        Examples
        --------
        >>> server = Server(dict(os.environ), heavy=False)
        >>> server.close()
        >>> server.alive
        False
        """
        self.retire()
        if self.owner == os.getpid():
            self.process.kill()
            self.process.wait()


def launch(
    task: Path,
    environment: dict[str, str],
    changes: dict[str, str],
    output: int,
    pipe: int,
    *,
    heavy: bool,
) -> Child:
    """Start a child through the fork server of this process, which is started if need be.

    Parameters
    ----------
    task : pathlib.Path
        The file that describes its job.
    environment, changes : dict
        Environment variables of the server, and those in which the child differs.
    output, pipe : int
        Open files: where it prints, and what is closed when this process ends.
    heavy : bool
        Whether enough scripts will follow to import first what most of them need.

    Returns
    -------
    Child
        It is killed by `stop_all` until it is given to `forget`.

    Raises
    ------
    ChildProcessError
        If the server does not start.

    Examples
    --------
    >>> launch.__name__
    'launch'
    """
    with _LOCK:
        for _ in range(2):  # a server may end just now, having been idle for long
            child = _server(environment, heavy=heavy).start(task, changes, output, pipe)
            if child is not None:
                _LIVE.add(child)
                return child
            _SERVERS.pop().close()
    raise ChildProcessError("no process for scripts could be started")


def forget(child: Child) -> None:
    """End a child with all that it started, and forget it.

    Parameters
    ----------
    child : Child
        The child.

    Examples
    --------
    >>> forget.__name__
    'forget'
    """
    child.end()
    _LIVE.discard(child)


def stop_all() -> None:
    """Kill every child of this process, with all that it started.

    Examples
    --------
    >>> stop_all()
    """
    for child in list(_LIVE):
        child.kill()


def _server(environment: dict[str, str], *, heavy: bool) -> Server:
    """Return the server that takes requests, after starting one if there is none or it is another kind."""
    last = _SERVERS[-1] if _SERVERS else None
    fits = last is not None and last.alive and last.environment == environment
    if last is not None and fits and (last.heavy or not heavy):
        return last
    for server in _SERVERS:
        server.retire()
    _SERVERS[:] = [server for server in _SERVERS if server.alive]
    _SERVERS.append(Server(environment, heavy=heavy))
    return _SERVERS[-1]


@atexit.register
def _close_all() -> None:
    while _SERVERS:
        _SERVERS.pop().close()


def _line(reply: socket.socket) -> str:
    """Read a line; what comes before the end of a connection if it ends before."""
    text = b""
    while not text.endswith(b"\n"):
        more = reply.recv(1)
        if not more:
            break
        text += more
    return text.decode()
