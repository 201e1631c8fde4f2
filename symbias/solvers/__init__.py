"""Numerical solvers that predictions rest on: eigenproblems on symmetric matrices, cones, random products."""
