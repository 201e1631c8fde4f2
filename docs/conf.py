"""Sphinx settings; pages about results, scripts and the API are printed from the objects."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_ext"))

import symbias  # noqa: E402 - the path of the extensions comes first

project = "symbias"
author = "The symbias developers"
copyright = author  # noqa: A001 - Sphinx wants this name
version = release = symbias.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.mathjax",
    "sphinx_copybutton",
    "generated_pages",
    "plain_formulas",
]
myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence", "deflist"]
myst_heading_anchors = 3
napoleon_google_docstring = False
napoleon_use_ivar = True
autodoc_typehints = "none"
autodoc_member_order = "bysource"
copybutton_prompt_text = r">>> |\.\.\. "
copybutton_prompt_is_regexp = True

exclude_patterns = ["_build", "_ext"]
html_theme = "furo"
html_title = f"symbias {release}"
