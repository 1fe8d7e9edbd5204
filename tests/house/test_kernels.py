"""Rules of kernels that no type checker knows: see docs/decisions/plain-returns.md."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import hvm

PACKAGE = Path(hvm.__file__).parent
KERNELS = sorted((PACKAGE / "kernels").rglob("*.py"))


def named_tuples():
    trees = [ast.parse(path.read_text("utf-8")) for path in KERNELS]
    classes = [node for tree in trees for node in tree.body if isinstance(node, ast.ClassDef)]
    return {
        node.name
        for node in classes
        if any(isinstance(base, ast.Name) and base.id == "NamedTuple" for base in node.bases)
    }


def compiled():
    """Path, name and returns of every function under ``@kernel``."""
    for path in KERNELS:
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef) and "kernel" in map(
                ast.unparse, node.decorator_list
            ):
                yield path, node.name, ast.unparse(node.returns)


def called_from_python():
    """(path of a kernel's file, name) of what Python code names."""
    for path in PACKAGE.rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        if PACKAGE / "kernels" in path.parents:
            continue
        modules = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("hvm.kernels"):
                for alias in node.names:
                    whole = PACKAGE.parent.joinpath(*node.module.split("."))
                    if whole.with_suffix(".py").is_file():
                        yield whole.with_suffix(".py"), alias.name
                    modules[alias.asname or alias.name] = (whole / alias.name).with_suffix(".py")
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                if node.value.id in modules:
                    yield modules[node.value.id], node.attr


def test_kernels_that_python_calls_return_no_named_tuple():
    named, called = named_tuples(), set(called_from_python())
    assert "Trie" in named and (PACKAGE / "kernels/lexicon/viterbi.py", "viterbi") in called
    returning = [
        f"{path.relative_to(PACKAGE)}: {name} returns {returns}"
        for path, name, returns in compiled()
        if (path, name) in called and named & set(re.findall(r"\w+", returns))
    ]
    assert returning == []


def test_what_runs_without_reference_counts_returns_no_array():
    # Such an array is never freed: see docs/decisions/no-reference-counts.md.
    arrays = named_tuples() | {"NDArray", "TableArrays"}
    returning = [
        f"{path.relative_to(PACKAGE)}: {node.name} returns {ast.unparse(node.returns)}"
        for path in KERNELS
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef)
        and node.returns is not None
        and {"inner", "spliced"} & set(map(ast.unparse, node.decorator_list))
        and arrays & set(re.findall(r"\w+", ast.unparse(node.returns)))
    ]
    assert returning == []
