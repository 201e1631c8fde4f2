"""Scripts that the tests of the runner and of the command line write into a directory of their own."""

from __future__ import annotations

import textwrap
from pathlib import Path

GOOD = """
    import sympy as sp
    import symbias as sb

    x = sp.symbols("x", positive=True)
    derivation = sb.Derivation("a perfect square", cites=["polyak1964"])
    derivation.start(sp.sqrt(x**2 + 2 * x + 1), "given").rewrite(x + 1, "x > 0")
    root = derivation.conclude(sp.Function("f")(x), "root")

    @sb.claim("the mean of uniforms is 1/2")
    def mean(rng):
        sample = rng.uniform(size=10_000)
        return 0.5, sample.mean(), sample.std() / 100

    @sb.claim("the root is at least 1", relation=">=", of=root)
    def bound():
        return root.compile()(3.0), 1.0

    @sb.figure("the root")
    def figure(ax):
        ax.plot([0, 1], [1, 2])

    table = sb.statements("polyak1964", [("f = x + 1", "the same", "agrees")])
"""

ONE_CLAIM = """
    import symbias as sb

    @sb.claim({title!r})
    def claim(rng):
        {body}
"""


def write(folder: Path, name: str, text: str) -> Path:
    script = folder / f"{name}.py"
    script.write_text(textwrap.dedent(text), encoding="utf-8")
    return script


def with_claim(folder: Path, name: str, body: str) -> Path:
    return write(folder, name, ONE_CLAIM.format(title=f"claim of {name}", body=body))


BAD = {
    "raises": "1 / 0",
    "syntax": "x = (",
    "empty": "x = 1",
    "exits": "import sys; sys.exit(0)",
    "crashes": "import os; os.abort()",
    "vanishes": "import os; os._exit(0)",
    "missing": "import no_such_module",
    "twice": """
        import symbias as sb
        @sb.claim("one")
        def same():
            return 1.0, 2.0
        @sb.claim("two")
        def same():
            return 1.0, 1.0
    """,
    "false_step": """
        import sympy as sp, symbias as sb
        x = sp.symbols("x", real=True)
        d = sb.Derivation("a slip").start((x + 1)**2, "given").rewrite(x**2 + 1, "expand")
    """,
}
"""Name -> a script that cannot be verified."""

SAID = {
    "raises": "ZeroDivisionError: division by zero at line 1 of raises.py",
    "syntax": "SyntaxError: '(' was never closed at line 1 of syntax.py",
    "empty": "nothing to verify",
    "exits": "called sys.exit(0)",
    "crashes": "was ended by the signal SIGABRT during 'the import of crashes.py'",
    "vanishes": "ended early during 'the import of vanishes.py'",
    "missing": "ModuleNotFoundError: No module named 'no_such_module'",
    "twice": "defines same more than once",
    "false_step": "Step 2 of 'a slip'",
}
"""Name -> what the report says about it."""

BAD_CLAIMS = {
    "nan": "return 1.0, float('nan')",
    "shapes": "return [1.0, 2.0], [1.0]",
    "nothing": "pass",
    "wrong": "return 1.0, 1.1",
    "error": "raise KeyError('gone')",
}
"""Name -> the body of a claim that does not hold."""
