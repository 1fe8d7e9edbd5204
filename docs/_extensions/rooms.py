"""Pages of the reference, one a room, made of the package before each build."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any, get_origin

PACKAGE = Path(__file__).parents[2] / "hvm"
ROOMS = (
    *("learn", "symbols", "lexicon", "predict", "datasets", "data", "worlds", "code", "curve"),
    *("rivals", "pairs", "segment", "language", "recall", "show", "errors", "plugins"),
)
"""In the order of use; kernels and the command line are no interface of Python."""


def modules_of(room: str) -> list[str]:
    """Return the modules of a room, the room itself first."""
    path = PACKAGE / room
    if not path.is_dir():
        return [f"hvm.{room}"]
    files = sorted(path.rglob("*.py"))
    names = [".".join(file.relative_to(PACKAGE.parent).with_suffix("").parts) for file in files]
    return [name for name in names if not name.endswith("__init__")]


def has_public_names(module: str) -> bool:
    """Whether a module defines anything without an underscore."""
    tree = ast.parse((PACKAGE.parent / f"{module.replace('.', '/')}.py").read_text("utf-8"))
    return any(
        isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_")
        for node in tree.body
    )


def page_of(room: str) -> str:
    """Return the page of a room as reStructuredText."""
    title = f"hvm.{room}"
    lines = [title, "=" * len(title), ""]
    init = PACKAGE / room / "__init__.py"
    if init.exists():
        lines += [(ast.get_docstring(ast.parse(init.read_text("utf-8"))) or ""), ""]
    for module in modules_of(room):
        if not has_public_names(module):
            continue
        if module != title:
            lines += [module, "-" * len(module), ""]
        lines += [f".. automodule:: {module}", "   :members:", ""]
    return "\n".join(lines)


def write_pages(app: Any) -> None:
    """Write what has changed."""
    folder = Path(app.srcdir) / "reference" / "rooms"
    folder.mkdir(parents=True, exist_ok=True)
    for room in ROOMS:
        path, page = folder / f"{room}.rst", page_of(room)
        if not path.exists() or path.read_text("utf-8") != page:
            path.write_text(page, "utf-8")


def skip_aliases(app: Any, what: str, name: str, value: Any, skip: bool, options: Any) -> bool:
    """Leave names of types out, which are no functions, and fields that the class lists itself."""
    if type(value).__name__ == "_tuplegetter":
        return True
    return skip or (get_origin(value) is not None and not isinstance(value, type))


def setup(app: Any) -> dict[str, bool]:
    """Write the pages before they are read."""
    app.connect("builder-inited", write_pages)
    app.connect("autodoc-skip-member", skip_aliases)
    return {"parallel_read_safe": True}
