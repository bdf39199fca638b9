"""Sphinx settings of the documentation; built with warnings as errors in ./test."""

project = "phusong"
author = "The phusong maintainers"
copyright = "2026, The phusong maintainers"
language = "en"
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = "phusong"
myst_heading_anchors = 3
# Links to files of the repository outside docs/ are checked by tests/test_docs.py.
suppress_warnings = ["myst.xref_missing"]
