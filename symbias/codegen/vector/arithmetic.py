"""Operations on lanes that are one instruction, or that pick bits: the words of the library."""

from __future__ import annotations

from typing import Any

from symbias.codegen.vector.ir import DOUBLES, TRUTHS, Bits, Code, Mask, Vector, hexadecimal

MAGIC = 6755399441055744.0
"""1.5 * 2**52: adding it rounds to an integer, which the low bits of the sum then hold."""

_SIGN = -(2**63)


def constant(code: Code, value: float) -> Vector:
    """Return eight equal numbers.

    Parameters
    ----------
    code : Code
        The function that is being written.
    value : float
        The number.

    Returns
    -------
    Vector
        A literal; no instruction.

    Examples
    --------
    >>> constant(Code(), 1.0).name
    'splat (double 0x3FF0000000000000)'
    """
    return Vector(code, f"splat (double {hexadecimal(value)})")


def fma(x: Vector, y: Any, z: Any) -> Vector:
    """Return ``x*y + z``, rounded once.

    Parameters
    ----------
    x, y, z : Vector
        ``y`` and ``z`` may be floats.

    Returns
    -------
    Vector
        One instruction where the processor has it.

    Examples
    --------
    >>> fma(Vector(Code(), "%x"), 2.0, 1.0).name
    '%v0'
    """
    return x.code.intrinsic("fma", x, _vector(x, y), _vector(x, z))


def _vector(like: Vector, value: Any) -> Vector:
    return value if isinstance(value, Vector) else constant(like.code, value)


def sqrt(x: Vector) -> Vector:
    """Return the correctly rounded square root, NaN for negative numbers.

    Examples
    --------
    >>> from symbias.codegen.vector.trial import trial
    >>> trial("sqrt", 2.0)
    1.4142135623730951
    """
    return x.code.intrinsic("sqrt", x)


def fabs(x: Vector) -> Vector:
    """Return the absolute value.

    Examples
    --------
    >>> from symbias.codegen.vector.trial import trial
    >>> trial("fabs", -2.0)
    2.0
    """
    return x.code.intrinsic("fabs", x)


def floor(x: Vector) -> Vector:
    """Return the largest integer not above.

    Examples
    --------
    >>> from symbias.codegen.vector.trial import trial
    >>> trial("floor", -2.5)
    -3.0
    """
    return x.code.intrinsic("floor", x)


def ceil(x: Vector) -> Vector:
    """Return the smallest integer not below.

    Examples
    --------
    >>> ceil(Vector(Code(), "%x")).name
    '%v0'
    """
    return x.code.intrinsic("ceil", x)


def copysign(size: Any, sign: Vector) -> Vector:
    """Return the first number with the sign of the second.

    Examples
    --------
    >>> copysign(1.0, Vector(Code(), "%x")).name
    '%v0'
    """
    return sign.code.intrinsic("copysign", _vector(sign, size), sign)


def select(test: Mask, yes: Any, no: Any) -> Any:
    """Return, lane by lane, one of two values.

    Parameters
    ----------
    test : Mask
        True chooses the first.
    yes, no : Vector, float, or both Mask
        The values.

    Returns
    -------
    Vector or Mask
        As the values.

    Examples
    --------
    >>> x = Vector(Code(), "%x")
    >>> select(x < 0.0, -x, x).name
    '%v2'
    """
    code = test.code
    masks = isinstance(yes, Mask)
    kind = TRUTHS if masks else DOUBLES
    pair = [v if masks else (v if isinstance(v, Vector) else constant(code, v)) for v in (yes, no)]
    head = f"select {TRUTHS} {test.name}, "
    name = code.instruction(head + ", ".join(f"{kind} {v.name}" for v in pair))
    return Mask(code, name) if masks else Vector(code, name)


def isnan(x: Vector) -> Mask:
    """Tell which lanes are not a number.

    Examples
    --------
    >>> isnan(Vector(Code(), "%x")).name
    '%v0'
    """
    return x.differs(x)


def polynomial(x: Vector, coefficients: tuple[float, ...]) -> Vector:
    """Return a polynomial by Horner's rule.

    Parameters
    ----------
    x : Vector
        Where.
    coefficients : tuple of float
        From the constant one upwards, at least two.

    Returns
    -------
    Vector
        One fused operation per degree.

    Examples
    --------
    >>> polynomial(Vector(Code(), "%x"), (1.0, 2.0, 3.0)).name
    '%v1'
    """
    total: Any = coefficients[-1]
    for c in reversed(coefficients[:-1]):
        total = fma(x, total, c)
    return _vector(x, total)


def nearest(x: Vector, factor: float) -> tuple[Vector, Bits]:
    """Return the integer nearest to ``factor*x``, as float and as bits of which the low ones count.

    Parameters
    ----------
    x : Vector
        With a product below 2**51.
    factor : float
        The factor.

    Returns
    -------
    Vector, Bits
        The integer.

    Examples
    --------
    >>> nearest(Vector(Code(), "%x"), 1.0)[0].name
    '%v1'
    """
    shifted = fma(x, factor, MAGIC)
    return shifted - MAGIC, shifted.bits()


def power_of_two(k: Bits) -> Vector:
    """Return 2**k for the bits of `nearest`, -1023 < k < 1024.

    Examples
    --------
    >>> power_of_two(nearest(Vector(Code(), "%x"), 1.0)[1]).name
    '%v5'
    """
    return (k + 1023).shifted_left(52).floats()


def product_error(x: Any, y: Any, product: Vector) -> Vector:
    """Return what ``x*y`` exceeds its rounded value by, exactly.

    Examples
    --------
    >>> x = Vector(Code(), "%x")
    >>> product_error(x, x, x * x).name
    '%v2'
    """
    return fma(x, y, -product)


def sum_error(x: Any, y: Any, total: Vector) -> Vector:
    """Return what ``x + y`` exceeds its rounded value by, exactly.

    Examples
    --------
    >>> x = Vector(Code(), "%x")
    >>> sum_error(x, 1.0, x + 1.0).name
    '%v5'
    """
    part = total - x
    return (x - (total - part)) + (y - part)


def flipped(x: Vector, sign: Bits) -> Vector:
    """Return numbers with the sign changed where the top bit of the integers is set.

    Examples
    --------
    >>> x = Vector(Code(), "%x")
    >>> flipped(x, x.bits()).name
    '%v3'
    """
    return (x.bits() ^ (sign & _SIGN)).floats()
