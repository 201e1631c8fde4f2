"""MathML of expressions, as browsers without any library print it.

SymPy's own printer is the base. Overridden is what it prints badly or wrongly: it writes text unescaped,
puts the names of functions in lower case, drops brackets after a minus sign and around a differentiated
sum, and has no form for piecewise expressions, products, substitutions and sets given by a condition.
"""

from __future__ import annotations

import re
import unicodedata
from html import unescape
from typing import Any
from xml.dom.minidom import Element, Text  # only ever written, never parsed

import sympy as sp
from sympy.printing.conventions import requires_partial, split_super_sub
from sympy.printing.mathml import MathMLPresentationPrinter
from sympy.printing.pretty.pretty_symbology import greek_unicode

NAMES: dict[str, str] = {
    "varphi": "φ",
    "varepsilon": "ε",
    "Heaviside": "Θ",
    "DiracDelta": "δ",
    "LambertW": "W",
    "gamma": "Γ",
    "loggamma": "log Γ",
    "digamma": "ψ",
    "zeta": "ζ",
    "sign": "sgn",
    "asin": "arcsin",
    "acos": "arccos",
    "atan": "arctan",
    "atan2": "atan2",
    "asinh": "arsinh",
    "acosh": "arcosh",
    "atanh": "artanh",
    "Max": "max",
    "Min": "min",
    "star": "∗",
    "ell": "ℓ",
}
"""Names that are printed differently; letters of the Greek alphabet besides."""

RELATIONS: dict[str, str] = {"==": "=", "<=": "≤", ">=": "≥", "~": "∼", "->": "→"}
_PLAIN = str.maketrans({"ⅆ": "d", "ⅇ": "e", "ⅈ": "i", "-": "−"})
_TALL = ("mfrac", "mtable", "munder", "munderover", "mroot")
_LOOSE = (sp.Add, sp.MatAdd, sp.Piecewise, sp.Integral, sp.Sum, sp.Product, sp.Limit, sp.Rel)


def _readable(character: str) -> str:
    return "\ufffd" if unicodedata.category(character) in {"Cc", "Cs"} else character


def _named(name: str) -> str:
    if name in NAMES:
        return NAMES[name]
    return str(greek_unicode.get(name, name))


def _is_negative(e: Any) -> bool:
    """Whether a minus sign stands in front."""
    return bool(e.is_Number and e.is_negative) or (
        isinstance(e, sp.Mul) and bool(e.args[0].is_Number and e.args[0].is_negative)
    )


class Printer(MathMLPresentationPrinter):
    """SymPy's printer of presentation MathML, corrected; `mathml` is the function to call.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> Printer().doprint(real("<b>"))
    '<mi>&lt;b&gt;</mi>'
    """

    def __init__(self) -> None:
        super().__init__()
        self.dom.createTextNode = self._text

    def _text(self, data: str) -> Text:
        """Return a node that is escaped when written; SymPy's passes text through."""
        node = Text()
        node.data = "".join(map(_readable, unescape(data).translate(_PLAIN)))
        node.ownerDocument = self.dom
        return node

    def emptyPrinter(self, expr: Any) -> Element:
        """Return what is no expression as text."""
        return self.make("mtext", str(expr))

    def make(self, tag: str, *children: Any) -> Element:
        """Return an element; children are elements, text, or expressions to be printed."""
        made = self.dom.createElement(tag)
        for child in children:
            if isinstance(child, str):
                made.appendChild(self._text(child))
            else:
                made.appendChild(child if isinstance(child, Element) else self._print(child))
        return made

    def sign(self, text: str) -> Element:
        """Return an operator."""
        return self.make("mo", text)

    def bracketed(self, item: Any) -> Element:
        """Return an expression in round brackets."""
        return self._listed([item])

    def _listed(self, items: Any, around: str = "()") -> Element:
        inside: list[Any] = []
        for item in items:
            inside += [*([self.sign(",")] if inside else []), item]
        opening, closing = map(self.sign, around)
        made = self.make("mrow", opening, *inside, closing)
        if not any(made.getElementsByTagName(tag) for tag in _TALL):
            # Browsers set brackets that may stretch wide apart.
            for bracket in (opening, closing):
                bracket.setAttribute("stretchy", "false")
        return made

    def _print_Abs(self, e: Any, exp: Any = None) -> Element:  # noqa: ARG002 - SymPy's protocol
        return self._listed(e.args, "||")

    def subscripted(self, name: str, power: Any = None) -> Element:
        """Return an identifier: ``w_1`` with its index below, Greek letters as letters."""
        head, above, below = split_super_sub(name.rstrip("'"))
        above += ["′" * (len(name) - len(name.rstrip("'")))] if name.endswith("'") else []
        sup = [self.make("mi", _named(part)) for part in above] + ([power] if power else [])
        sub = [self.make("mi", _named(part)) for part in below]
        body = self.make("mi", _named(head))
        joined = [
            parts[0] if len(parts) == 1 else self.make("mrow", *parts)
            for parts in (sub, sup)
            if parts
        ]
        tag = {(False, False): "", (True, False): "msub", (False, True): "msup"}
        chosen = tag.get((bool(sub), bool(sup)), "msubsup")
        return self.make(chosen, body, *joined) if joined else body

    # sums, products and powers

    def terms(self, e: Any) -> list[Element]:
        """Return the printed terms of a sum, each after the first with its sign in front."""
        found: list[Element] = []
        for term in self._as_ordered_terms(e):
            negative = _is_negative(term)
            body = -term if negative else term
            shown = self.bracketed(body) if isinstance(body, sp.Add) else self._print(body)
            if negative or found:
                sign = self.sign("-" if negative else "+")
                if found:
                    sign.setAttribute("form", "infix")
                shown = self.make("mrow", sign, shown)
            found.append(shown)
        return found

    def _print_Add(self, e: Any, order: Any = None) -> Element:  # noqa: ARG002 - SymPy's protocol
        return self.make("mrow", *self.terms(e))

    def factor(self, e: Any) -> Element:
        """Return a factor, in brackets where it needs them."""
        loose = isinstance(e, (*_LOOSE, sp.Mul)) or _is_negative(e)
        loose = loose or (isinstance(e, sp.Derivative) and not self._is_bracketed(e.expr))
        return self.bracketed(e) if loose else self._print(e)

    def product(self, factors: Any) -> Element:
        """Return factors side by side, with a dot before digits."""
        if len(factors) == 1:
            return self._print(factors[0])
        row: list[Element] = []
        for f in factors:
            digits = f.is_Number or (isinstance(f, sp.Pow) and f.base.is_Number)
            shown, times = self.factor(f), self.sign("·" if digits else "\u2062")
            if row and not digits and _is_word(row[-1], shown):
                times.setAttribute("lspace", "0.17em")
            row += [times, shown] if row else [shown]
        return self.make("mrow", *row)

    def _print_Mul(self, e: Any) -> Element:
        if _is_negative(e):
            body = -e
            shown = self.bracketed(body) if isinstance(body, sp.Add) else self._print(body)
            return self.make("mrow", self.sign("-"), shown)
        above: list[Any] = []
        below: list[Any] = []
        for f in e.as_ordered_factors() if e.is_commutative else e.args:
            if isinstance(f, sp.Rational):
                above += [] if f.p == 1 else [sp.Integer(f.p)]
                below += [] if f.q == 1 else [sp.Integer(f.q)]
            elif isinstance(f, sp.Pow) and f.is_commutative and _is_negative(f.exp):
                below.append(_reciprocal(f))
            else:
                above.append(f)
        if not below:
            return self.product(above or [sp.S.One])
        tall = [f for f in above if isinstance(f, (sp.Piecewise, sp.Integral, sp.Sum, sp.Product))]
        above = [f for f in above if f not in tall]
        fraction = self.make("mfrac", self.product(above or [sp.S.One]), self.product(below))
        return self.make("mrow", fraction, *map(self.factor, tall)) if tall else fraction

    def _print_Pow(self, e: Any) -> Element:
        if _is_negative(e.exp) and e.is_commutative:
            return self.make("mfrac", sp.S.One, _reciprocal(e))
        if isinstance(e.exp, sp.Rational) and e.exp.p == 1 and e.exp.q > 1:
            root = [e.base] if e.exp.q == 2 else [e.base, sp.Integer(e.exp.q)]
            return self.make("msqrt" if len(root) == 1 else "mroot", *root)
        power = self._exponent(e.exp)
        if e.exp.is_Integer and self._is_applied(e.base):
            return self._applied(e.base, power)
        plain = e.base.is_Symbol or (e.base.is_Integer and e.base.is_nonnegative)
        plain = plain or isinstance(e.base, (sp.Abs, sp.NumberSymbol, sp.Indexed))
        return self.make("msup", self._print(e.base) if plain else self.bracketed(e.base), power)

    def _exponent(self, e: Any) -> Element:
        if isinstance(e, sp.Rational) and e.q != 1:
            return self.make("mrow", sp.Integer(e.p), self.sign("/"), sp.Integer(e.q))
        return self._print(e)

    def _get_printed_Rational(self, e: Any, folded: Any = None) -> Element:  # noqa: ARG002
        fraction = self.make("mfrac", sp.Integer(abs(e.p)), sp.Integer(e.q))
        return self.make("mrow", self.sign("-"), fraction) if e.p < 0 else fraction

    _print_MatAdd = _print_Add

    # functions

    def _is_applied(self, e: Any) -> bool:
        special = any(hasattr(self, f"_print_{cls.__name__}") for cls in type(e).__mro__[:1])
        return isinstance(e, sp.Function) and not special and not isinstance(e, sp.Piecewise)

    def _applied(self, e: Any, power: Element | None = None) -> Element:
        args = e.args[:1] if isinstance(e, sp.Heaviside) else e.args
        latex = getattr(e, "latex_name", "")
        name = _from_latex(latex) if latex else type(e).__name__
        return self.make(
            "mrow", self.subscripted(name, power), self.sign("\u2061"), self._listed(args)
        )

    def _print_Function(self, e: Any) -> Element:
        return self._applied(e)

    def _hprint_variadic_function(self, e: Any) -> Element:
        shown = self._listed(sorted(e.args, key=sp.default_sort_key))
        return self.make("mrow", self.make("mi", _named(type(e).__name__)), shown)

    _print_Min = _print_Max = _hprint_variadic_function

    def _print_Basic(self, e: Any) -> Element:
        return self.make("mrow", self.subscripted(type(e).__name__), self._listed(e.args))

    def _print_UndefinedFunction(self, e: Any) -> Element:
        return self.subscripted(e.__name__)

    _print_FunctionClass = _print_UndefinedFunction

    def _print_Symbol(self, e: Any, style: str = "plain") -> Element:  # noqa: ARG002
        return self.subscripted(e.name)

    _print_MatrixSymbol = _print_Symbol

    def _print_str(self, e: str) -> Element:
        return self.make("mtext", e)

    def _print_conjugate(self, e: Any) -> Element:
        return self.make("mover", e.args[0], self.sign("¯"))

    def _print_Piecewise(self, e: Any) -> Element:
        rows = [
            self.make(
                "mtr",
                self.make("mtd", case),
                self.make("mtd", self.make("mtext", "otherwise"))
                if condition == sp.true
                else self.make("mtd", self.make("mtext", "if\u00a0"), condition),
            )
            for case, condition in e.args
        ]
        return self.make("mrow", self.sign("{"), self.make("mtable", *rows))

    # calculus

    def _is_bracketed(self, e: Any) -> bool:
        return isinstance(e, (*_LOOSE, sp.Mul))

    def _differentiated(self, e: Any) -> Element:
        return self.bracketed(e) if self._is_bracketed(e) else self._print(e)

    def _print_Derivative(self, e: Any) -> Element:
        d = "∂" if requires_partial(e.expr) else "d"
        below: list[Element] = []
        for variable, count in reversed(e.variable_count):
            shown = self._print(variable) if variable.is_Symbol else self.bracketed(variable)
            below += [self.make("mi", d), shown if count == 1 else self.make("msup", shown, count)]
        order = sum(count for _, count in e.variable_count)
        above = self.make("mi", d)
        above = above if order == 1 else self.make("msup", above, sp.sympify(order))
        fraction = self.make("mfrac", above, self.make("mrow", *below))
        return self.make("mrow", fraction, self._differentiated(e.expr))

    def _print_Integral(self, e: Any) -> Element:
        row: list[Element] = []
        for limit in reversed(e.limits):
            ends = limit[1:]
            tag = {0: "", 1: "msup", 2: "msubsup"}[len(ends)]
            sign = self.sign("∫")
            row.append(self.make(tag, sign, *ends) if tag else sign)
        row.append(self.bracketed(e.function) if isinstance(e.function, _LOOSE) else e.function)
        for limit in e.limits:
            space = self.make("mspace")
            space.setAttribute("width", "0.17em")
            row += [space, self.make("mi", "d"), limit[0]]
        return self.make("mrow", *row)

    def _big(self, sign: str, e: Any) -> Element:
        row: list[Any] = []
        for index, *ends in reversed(e.limits):
            below = self.make("mrow", index, self.sign("="), ends[0]) if ends else index
            parts = [self.sign(sign), below, *ends[1:]]
            row.append(self.make("munderover" if len(parts) == 3 else "munder", *parts))
        return self.make("mrow", *row, self._differentiated(e.function))

    def _print_Sum(self, e: Any) -> Element:
        return self._big("∑", e)

    def _print_Product(self, e: Any) -> Element:
        return self._big("∏", e)

    def _print_Limit(self, e: Any) -> Element:
        body, variable, point, side = e.args
        one_sided = str(side) in {"+", "-"} and not point.is_infinite
        end = self.make("msup", point, self.sign(str(side))) if one_sided else point
        below = self.make("mrow", variable, self.sign("→"), end)
        return self.make(
            "mrow", self.make("munder", self.make("mo", "lim"), below), self._differentiated(body)
        )

    def _print_Subs(self, e: Any) -> Element:
        pairs = [
            self.make("mrow", old, self.sign("="), new)
            for old, new in zip(e.variables, e.point, strict=True)
        ]
        where = self._listed(pairs) if len(pairs) > 1 else pairs[0]
        inside = self.make("mrow", self.sign("["), e.expr, self.sign("]"))
        return self.make("msub", inside, where)

    # sets and conditions

    def _print_ConditionSet(self, e: Any) -> Element:
        within = self.make("mrow", e.sym, self.sign("∈"), e.base_set)
        return self.make(
            "mrow", self.sign("{"), within, self.sign("|"), e.condition, self.sign("}")
        )

    def _print_ImageSet(self, e: Any) -> Element:
        pairs = zip(e.lamda.variables, e.base_sets, strict=True)
        within = [self.make("mrow", v, self.sign("∈"), s) for v, s in pairs]
        return self.make(
            "mrow", self.sign("{"), e.lamda.expr, self.sign("|"), *within, self.sign("}")
        )

    def _print_LogOp(self, args: Any, symbol: str) -> Element:
        row: list[Any] = []
        for arg in args:
            row += [self.sign(symbol)] if row else []
            nested = arg.is_Boolean and not arg.is_Relational and not arg.is_Atom
            row.append(self.bracketed(arg) if nested and not arg.is_Not else arg)
        return self.make("mrow", *row)

    # matrices

    def _print_Trace(self, e: Any) -> Element:
        return self.make("mrow", self.make("mi", "tr"), self.bracketed(e.arg))


def _is_word(*neighbours: Element) -> bool:
    """Whether the name of a function or a longer name stands among factors: it needs space around it."""
    heads = [found.getElementsByTagName("mi")[:1] for found in neighbours]
    heads += [[found] for found in neighbours if found.tagName == "mi"]
    texts = [head[0].firstChild for head in heads if head]
    return any(text is not None and len(text.toxml()) > 1 for text in texts)


def _reciprocal(power: Any) -> Any:
    """Return one over a power with a negative exponent, unevaluated so that it prints as it stands."""
    exponent = -power.exp
    return power.base if exponent == 1 else sp.Pow(power.base, exponent, evaluate=False)


def _from_latex(name: str) -> str:
    r"""Return the name of a function that is given in LaTeX, such as ``\kappa_{1}``."""
    text = re.sub(r"\\operatorname\{(\w+)\}", r"\1", name)
    text = re.sub(r"\\([A-Za-z]+)", lambda found: f"{_named(found[1])} ", text)
    return re.sub(r"[{}]", "", text).strip().replace(" _", "_")


def mathml(expr: Any) -> str:
    """Return an expression as one element of presentation MathML.

    Parameters
    ----------
    expr : sympy.Basic
        The expression.

    Returns
    -------
    str
        What stands between ``<math>`` and ``</math>``, in ASCII; every text in it is escaped.

    Examples
    --------
    >>> from symbias.sym.symbols import real
    >>> mathml(real("x") ** 2)
    '<msup><mi>x</mi><mn>2</mn></msup>'
    """
    return str(Printer().doprint(expr))
