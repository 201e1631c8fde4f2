"""The page in a browser: no sideways scrolling on a phone, and a table that sorts and filters."""

from __future__ import annotations

import re
import shutil
import subprocess
from html import escape, unescape
from pathlib import Path

import pytest
import sympy as sp

import symbias as sb
from symbias.present.formula_html import derivation_html
from symbias.present.page import page
from symbias.present.verdict_table import verdict_table
from symbias.verdicts.verdict import Verdict

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDTHS = (390, 1280)

FRAME = """<!DOCTYPE html><title>waiting</title>
<iframe srcdoc="{page}" style="width: {width}px; height: 900px; border: 0"></iframe>
<script>document.querySelector("iframe").addEventListener("load", (event) => {{
  document.title = event.target.contentDocument.title;
}});</script>"""
"""A window cannot be as narrow as a phone, a frame can."""

ASK = """
const said = ["width:" + innerWidth];
const rows = () => Array.from(document.querySelectorAll("#verdicts tbody tr"));
const titles = () => rows().filter((row) => !row.hidden).map((row) => row.cells[1].textContent.split(" ")[0]);
document.querySelectorAll("details").forEach((part) => { part.open = true; });
said.push("wide:" + (document.documentElement.scrollWidth - document.documentElement.clientWidth));
said.push("first:" + titles().join(","));
const heading = document.querySelectorAll("#verdicts th")[3];
heading.querySelector("button").click();
said.push("up:" + titles().join(",") + ":" + heading.getAttribute("aria-sort"));
heading.querySelector("button").click();
said.push("down:" + titles().join(",") + ":" + heading.getAttribute("aria-sort"));
const form = document.querySelector("form");
form.kind.value = "";
form.text.value = "beta";
form.dispatchEvent(new Event("input"));
said.push("found:" + titles().join(",") + ":" + form.querySelector("output").textContent);
document.title = said.join(";");
"""


def verdict(title, predicted, holds=True, kind="equality"):
    return Verdict(title, "==", kind, predicted, predicted, 0.0, 1e-9, holds, "said", "exact", 0.1)


def document_in_chromium(path, profile, *flags):
    command = [CHROMIUM, *FLAGS, f"--user-data-dir={profile}", *flags, "--dump-dom", path.as_uri()]
    return subprocess.run(command, capture_output=True, text=True, timeout=100, check=True).stdout


@pytest.fixture(scope="module")
def text():
    x = sp.symbols("x", positive=True)
    long = sum(sp.Symbol(f"a_{k}") * x**k for k in range(30))
    wide = sp.Matrix([[sp.Symbol(f"b_{i}{j}") + x for j in range(12)] for i in range(2)])
    derivation = sb.Derivation("a long line", assumptions=[sp.Gt(long, 0)])
    derivation.start(long, "given").start(wide, "and wide" * 30)
    derivation.rewrite(wide + sp.zeros(2, 12), "$x = y" + " + y" * 90 + "$", given=[sp.Eq(long, 2)])
    lines = [
        ("a_script_with_a_long_name_" * 3, verdict("beta of all", 10.0)),
        ("one", verdict("alpha", 9.0)),
        ("one", verdict("gamma", -2.0, holds=False)),
        ("one", verdict("delta", None, kind="compiled")),
        ("one", verdict("epsilon", None)),
    ]
    script = {
        "name": "one",
        "ok": False,
        "verdicts": [v.to_dict() for _, v in lines],
        "tables": [
            {"key": "polyak1964", "rows": [["statement" * 9, "ours " * 30, "text not read"]]}
        ],
        "derivations": [{"html": derivation_html(derivation), "evidence": "given", "cites": []}],
        "seconds": 1.0,
    }
    report = {"ok": False, "scripts": [script], "environment": {"cache": "/long" * 40}}
    return page(report, verdict_table(lines), "summary", Path())


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM, reason="needs Chromium")
@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_in_chromium(text, width, tmp_path):
    asking = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", text)
    path = tmp_path / "page.html"
    asking = asking.replace("</body>", f"<script>{ASK}</script></body>")
    path.write_text(FRAME.format(page=escape(asking), width=width), "utf-8")
    shown = document_in_chromium(path, tmp_path / "data", "--window-size=1400,1000")
    said = dict(
        part.split(":", 1)
        for part in unescape(re.search(r"<title>(.*?)</title>", shown)[1]).split(";")
    )
    assert said["width"] == str(width)
    assert said["wide"] == "0", "the page scrolls sideways"
    assert said["first"] == "gamma,beta,alpha,epsilon", "what fails first, then claims in order"
    assert said["up"] == "gamma,alpha,beta,epsilon:ascending", "by number, empty cells last"
    assert said["down"] == "beta,alpha,gamma,epsilon:descending"
    assert said["found"] == "beta:1 of 5 shown"


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM, reason="needs Chromium")
def test_the_policy_of_the_page_lets_its_own_script_run_and_no_other(text, tmp_path):
    path = tmp_path / "page.html"
    path.write_text(text.replace("</main>", "</main><script>document.title = 'foreign'</script>"))
    shown = document_in_chromium(path, tmp_path / "data")
    assert "4 of 5 shown" in shown
    assert "<title>foreign" not in shown
