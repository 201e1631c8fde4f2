"""The reference page of supported functions, printed from the table itself."""

from __future__ import annotations

from symbias.codegen.rules import GROUPS, REMARKS

_HEAD = """# Supported functions

`sb.compile` takes expressions made of the functions below, of numbers, of the constants `pi`, `E`,
`GoldenRatio`, `TribonacciConstant`, `EulerGamma`, `Catalan`, and of symbols; anything else is
refused with `sb.CodegenError`. Arguments are real. Where a subexpression has no real value the
result is NaN; at poles it is an infinity or NaN, as in IEEE arithmetic; NaN in gives NaN out.

A subclass of `symbias.sym.functions.NamedFunction` is compiled by its `definition()`, and by its
`stable_forms()` where their conditions hold.
"""

_TAIL = """
## Stable forms

Compiled code replaces what would cancel, overflow or underflow, for every real `u` and factor `k`:

| written | computed as |
|---|---|
| `log(1 + exp(u))` | `softplus(u)` |
| `log(1 - exp(u))` | `log1p(-exp(u))` or `log(-expm1(u))` |
| `log(exp(u) - 1)` | `u + log(1 - exp(-u))` |
| `log(1 + u)` | `log1p(u)` |
| `log(u + sqrt(u**2 + 1))`, `log(u + sqrt(u**2 - 1))` | `asinh(u)`, `acosh(u)` |
| `log(erfc(u))`, `log(erfc(u)/2)`, `log(normal_cdf(u))` | forms that hold far into both tails |
| `k*exp(u) - k` | `k*expm1(u)` |
| `k*cos(u) - k`, `k*cosh(u) - k` | `-2*k*sin(u/2)**2`, `2*k*sinh(u/2)**2` |
| `k*sqrt(1 + u) - k` | `k*u/(1 + sqrt(1 + u))` |
| `k + k*erf(u)`, `k - k*erf(u)`, `k - k*erfc(u)` | `k*erfc(-u)`, `k*erfc(u)`, `k*erf(u)` |
| `k + k*tanh(u)`, `k - k*tanh(u)` | `2*k/(1 + exp(-2*u))`, `2*k/(1 + exp(2*u))` |
| `k*sin(u) + k*(pi - u)*cos(u)` | `2*pi*k*relu_angle(u)` |
"""


def reference_page() -> str:
    """Return the page ``docs/reference/supported-functions.md``.

    Returns
    -------
    str
        Markdown.

    Examples
    --------
    >>> "`LambertW`" in reference_page()
    True
    """
    parts = [_HEAD]
    for title, rules in GROUPS.items():
        rows = [f"| `{cls.__name__}` | {REMARKS.get(cls, '')} |" for cls in rules]
        parts.append(f"\n## {title}\n\n| function | remark |\n|---|---|\n" + "\n".join(rows) + "\n")
    return "".join([*parts, _TAIL])
