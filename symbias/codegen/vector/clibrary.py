"""The functions of the C library that vector code calls, lane by lane."""

from __future__ import annotations

BY_LANES = {"erf": 1, "erfc": 1, "pow": 2, "fmod": 2, "sin": 1, "cos": 1, "tan": 1}
"""Name -> number of arguments; sin, cos, tan and pow for rare arguments only."""
