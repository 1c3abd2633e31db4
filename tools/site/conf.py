# SPDX-License-Identifier: MIT
# Copyright (c) 2026 the sockless authors
"""The settings of Sphinx for the site; tools/docs runs it."""
import os

project = "sockless"
author = "the sockless authors"
copyright = "2026 the sockless authors"  # pylint: disable=redefined-builtin
extensions = ["myst_parser"]
exclude_patterns = ["_extra"]
myst_heading_anchors = 4
myst_enable_extensions = []
suppress_warnings = ["myst.header"]  # a document may begin a level lower; the headings of an overload set follow each other
highlight_language = "text"
nitpicky = True

html_theme = "furo"
html_title = "sockless"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_extra_path = [os.path.join(os.environ["SOCKLESS_PAGES"], "_extra")]
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_last_updated_fmt = None
html_use_index = False
html_domain_indices = False
pygments_style = "friendly"
pygments_dark_style = "github-dark"
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#0b5394", "color-brand-content": "#0b5394"},
    "dark_css_variables": {"color-brand-primary": "#7ab8f5", "color-brand-content": "#7ab8f5"},
}
