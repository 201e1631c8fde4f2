"""Symbolic mathematics: symbols, formulas, derivations and the engine that decides their steps."""
