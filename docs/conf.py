"""How the site is built: `make docs`. Nothing is fetched, and every warning is an error."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS / "_extensions"))
# Notebooks and gallery run in processes of their own, which must find this checkout's package.
os.environ["PYTHONPATH"] = str(DOCS.parent)
os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
os.environ["COLUMNS"] = "96"
os.environ["TERM"] = "dumb"
os.environ["TTY_COMPATIBLE"] = "0"  # notebooks ask for colours, which pages do not show
# Notebooks know nothing of who builds, and do not warn of how they talk to the builder.
IPYTHON = DOCS / "_build" / "ipython"
(IPYTHON / "profile_default").mkdir(parents=True, exist_ok=True)
(IPYTHON / "profile_default" / "ipython_kernel_config.py").write_text(
    "c.IPKernelApp.log_level = 'ERROR'\n"
)
os.environ["IPYTHONDIR"] = str(IPYTHON)

import matplotlib

from hvm.version import __version__

matplotlib.use("Agg")
os.environ.pop("MPLBACKEND", None)  # notebooks show figures by the one that is theirs

project = "hvm"
author = "hvm contributors"
project_copyright = "hvm contributors"
version = release = __version__

extensions = [
    "myst_nb",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx_copybutton",
    "sphinx_gallery.gen_gallery",
    "commands",
    "rooms",
    "streams",
]
exclude_patterns = [
    "_build",
    "**/.ipynb_checkpoints",
    "gallery/*.ipynb",
    "gallery_source",
    "reference/generated/*.md",
    "gallery/sg_execution_times.rst",
    "jupyter_execute",
    "sg_execution_times.rst",
]
source_suffix = {".rst": "restructuredtext", ".md": "myst-nb"}  # generated pages are of the first
templates_path = ["_templates"]

# -- pages ------------------------------------------------------------------------------------

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
nb_execution_mode = "auto"
nb_execution_timeout = 240
nb_execution_raise_on_error = True
nb_merge_streams = True
copybutton_exclude = ".linenos, .gp, .go"

# -- reference ----------------------------------------------------------------------------------

autosummary_generate = True
autodoc_typehints = "none"
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False
numpydoc_validation_checks: set[str] = set()

# -- gallery ------------------------------------------------------------------------------------

sphinx_gallery_conf = {
    "image_srcset": ["2x"],
    "examples_dirs": "gallery_source",
    "gallery_dirs": "gallery",
    "filename_pattern": r"/plot_",
    "download_all_examples": False,
    "show_memory": False,
    "min_reported_time": 10**6,
    "within_subsection_order": "FileNameSortKey",
    "matplotlib_animations": False,
    "remove_config_comments": True,
    "show_signature": False,
    "abort_on_example_error": True,
}

# -- looks --------------------------------------------------------------------------------------

html_theme = "pydata_sphinx_theme"
html_title = "hvm"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "show_prev_next": True,
    "navigation_with_keys": True,
    "secondary_sidebar_items": ["page-toc"],
    "header_links_before_dropdown": 7,
    "pygments_light_style": "tango",
    "pygments_dark_style": "monokai",
    "logo": {"text": "hvm"},
    "footer_start": ["copyright"],
    "footer_end": [],
}

_OUTSIDE = re.compile(
    r"\[([^\]]+)\]\((\.\./(?:\.\./)?(?:hvm|experiments|human_data|README)[^)]*)\)"
)


def _name_files_outside(app, docname, source):
    """Links to files of the repository, which the site does not hold, become their names."""
    source[0] = _OUTSIDE.sub(lambda found: f"{found[1]} (`{found[2].lstrip('./')}`)", source[0])


def setup(app):
    """Connect what the pages need."""
    app.connect("source-read", _name_files_outside)
