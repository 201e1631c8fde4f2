"""Proofs: steps that earlier runs have proved with the same engine; a proof once found is not sought again."""

from __future__ import annotations

import json
from dataclasses import asdict

from symbias.runner.shelf import Shelf
from symbias.runner.sources import engine
from symbias.sym.evidence import Evidence


class Proofs:
    """Evidence by fingerprint, on a shelf that belongs to this package as it is, and to what it stands on.

    Examples
    --------
    >>> Proofs().shelf.folder.name
    'proofs'
    """

    def __init__(self) -> None:
        self.shelf = Shelf("proofs", json.dumps(engine(), sort_keys=True))

    def find(self, key: str) -> Evidence | None:
        """Return the evidence of an earlier run.

        Parameters
        ----------
        key : str
            The fingerprint of a question.

        Returns
        -------
        Evidence or None
            None if there is none.

        Examples
        --------
        >>> Proofs().find("no question") is None
        True
        """
        kept = self.shelf.get(key)
        return None if kept is None else Evidence(**json.loads(kept))

    def keep(self, key: str, evidence: Evidence) -> None:
        """Keep evidence for later runs.

        Parameters
        ----------
        key : str
            The fingerprint of a question.
        evidence : Evidence
            A proof.

        Examples
        --------
        >>> proofs = Proofs()
        >>> proofs.keep("an example", Evidence("exact", "shown"))
        >>> proofs.find("an example").how
        'shown'
        """
        self.shelf.put(key, json.dumps(asdict(evidence)).encode())
