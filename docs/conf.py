"""How the site is built: `make docs`."""

from importlib.metadata import version as version_of

project = "onecopy"
copyright = "the authors of onecopy"  # noqa: A001 (the name that Sphinx reads)
release = version_of("onecopy")

extensions = ["sphinx.ext.autodoc", "sphinx.ext.autosummary", "numpydoc", "myst_nb"]
exclude_patterns = ["_build"]
# The first is that of the pages that autosummary writes.
source_suffix = {".rst": "restructuredtext", ".md": "myst-nb", ".ipynb": "myst-nb"}
# Notebooks are shown as they are committed; the tests run them.
nb_execution_mode = "off"
myst_heading_anchors = 3
myst_enable_extensions = ["attrs_block"]
# Sessions and messages are no language that can be coloured safely.
highlight_language = "python"

autosummary_generate = True
autodoc_typehints = "none"
autodoc_default_options = {"members": True, "undoc-members": False}
numpydoc_show_class_members = False
numpydoc_xref_param_type = False
nitpicky = False

html_theme = "pydata_sphinx_theme"
html_title = "onecopy"
html_static_path = ["_static"]
html_css_files = ["site.css"]
# Pages without pages below them have no list of these.
_FLAT = ("index", "start", "messages", "how", "benchmarks", "comparison", "changelog")
html_sidebars = {name: [] for name in _FLAT}
html_show_sourcelink = False
html_theme_options = {
    "show_toc_level": 2,
    "navigation_with_keys": False,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
linkcheck_timeout = 20
