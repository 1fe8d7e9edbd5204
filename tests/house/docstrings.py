"""numpydoc's validator over every public function of three or more parameters, kernels included.

``python tests/house/docstrings.py [PATH ...]`` prints one line a fault and exits 1 if there is one.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from numpydoc.hooks.validate_docstrings import AstValidator
from numpydoc.validate import validate

FEWEST_PARAMETERS = 3
CHECKS = ("GL03", "GL05", "GL06", "GL07", "PR01", "PR02", "PR03", "PR05", "PR10", "RT01", "YD01")
"""Sections, their order and spelling; parameters all named, in order, with a type; returns."""

HELP_TEXTS = "cli"
"""A folder whose docstrings are what ``--help`` prints; options are described where they stand."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def public(
    body: list[ast.stmt], ancestry: list[ast.AST]
) -> Iterator[tuple[ast.AST, list[ast.AST]]]:
    """Public functions, methods and classes, with what they stand in."""
    for node in body:
        if isinstance(node, (Function, ast.ClassDef)) and not node.name.startswith("_"):
            yield node, ancestry
            if isinstance(node, ast.ClassDef):
                yield from public(node.body, [*ancestry, node])


def raises(node: ast.AST) -> bool:
    """Whether a function raises by itself, what it defines inside left out."""
    inside = [child for child in ast.iter_child_nodes(node) if not isinstance(child, Function)]
    return isinstance(node, ast.Raise) or any(map(raises, inside))


def faults(path: Path) -> Iterator[str]:
    """One line a fault of a file."""
    module = ast.parse(path.read_text("utf-8"))
    for node, ancestry in public(module.body, [module]):
        about = {"ast_node": node, "filename": path, "obj_name": node.name, "ancestry": ancestry}
        validator = AstValidator(**about)
        if len(validator.signature_parameters) < FEWEST_PARAMETERS:
            continue
        report = validate(validator_cls=AstValidator, **about)
        where = f"{path}:{node.lineno}: {node.name}"
        yield from (f"{where}: {code} {text}" for code, text in report["errors"] if code in CHECKS)
        if isinstance(node, Function) and raises(node) and not validator.doc["Raises"]:
            yield f"{where}: raises, and has no section Raises"


def main(arguments: list[str]) -> int:
    """Check files and folders, by default the package."""
    paths = [Path(name) for name in arguments or ["hvm"]]
    files = [file for path in paths for file in ([path] if path.is_file() else path.rglob("*.py"))]
    files = [file for file in files if file.parent.name != HELP_TEXTS]
    lines = [line for file in sorted(files) for line in faults(file)]
    print(*lines, sep="\n" if lines else "", end="\n" if lines else "")
    return int(bool(lines))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
