"""A tape written out is the tape: the same balls and intervals come out."""

import pytest
import sympy as sp

from symbias.codegen.lower import lower
from symbias.codegen.straight_line import straight_line
from symbias.codegen.tape import record
from symbias.sym.equality.interval import at_precision, ball_library, ends, interval
from symbias.sym.symbols import real

x, y = real("x y")
EXPRESSIONS = [
    x + y + sp.pi - 3,
    -x * y * (x - y),
    x**3 / (y + 4) ** 2,
    sp.atan2(y, x) * sp.sqrt(x**2 + y**2),
    sp.Piecewise((x, x > y), (-y, True)),
    x,
    sp.Integer(2),
]


@pytest.mark.parametrize("kind", ["balls", "intervals"])
def test_written_out_a_tape_gives_the_same(kind):
    tape = record(lower(EXPRESSIONS, (x, y)))

    def run():
        arb = ball_library().arb
        values = [arb("0.7", 1e-9), arb(-2)]
        if kind == "intervals":
            values = [interval("0.5", "0.75"), interval(1, 2)]
        constants = tape.enclosed()
        return tape.run(constants, values), straight_line(tape)(constants, values)

    slow, quick = at_precision(150, run)
    for one, two in zip(slow, quick, strict=True):
        assert [e.man_exp() for e in ends(one)] == [e.man_exp() for e in ends(two)]
