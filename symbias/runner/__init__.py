"""Collecting derivation scripts, running them in child processes, reporting verdicts."""
