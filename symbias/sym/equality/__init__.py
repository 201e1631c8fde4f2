"""Decides the steps of derivations: proves them, compares both sides at points, or refutes them."""

from symbias.sym.equality.decision import decide as decide
