"""The shape of the house: sizes of files and functions, no circles, one thing a name."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

import hvm

PACKAGE = Path(hvm.__file__).parent
ROOT = PACKAGE.parent
KERNELS = PACKAGE / "kernels"
CLI = PACKAGE / "cli"  # its functions have a parameter an option

MOST_TOP_FILES = 6
MOST_LINES, MOST_LONG_KERNELS = 400, 4
MOST_BODY_LINES, MOST_KERNEL_BODY_LINES = 40, 50
MOST_PARAMETERS = 8
MOST_WIDE_FUNCTIONS = 2  # HVM.__init__ and PaperHVM.__init__, which are like scikit-learn's

Function = (ast.FunctionDef, ast.AsyncFunctionDef)
TREES = {path: ast.parse(path.read_text("utf-8")) for path in sorted(PACKAGE.rglob("*.py"))}


def named(path: Path, node: ast.AST | None = None) -> str:
    place = str(path.relative_to(ROOT))
    return place if node is None else f"{place}:{node.lineno} {node.name}"


def functions() -> Iterator[tuple[Path, ast.FunctionDef]]:
    for path, tree in TREES.items():
        yield from ((path, node) for node in ast.walk(tree) if isinstance(node, Function))


def test_few_files_stand_outside_the_rooms():
    files = sorted(path.name for path in PACKAGE.glob("*.py"))
    assert len(files) <= MOST_TOP_FILES, files


def test_files_are_read_in_one_sitting():
    lines = {path: len(path.read_text("utf-8").splitlines()) for path in TREES}
    long = [path for path, count in lines.items() if count > MOST_LINES]
    assert [named(path) for path in long if KERNELS not in path.parents] == []
    assert len(long) <= MOST_LONG_KERNELS, list(map(named, long))


def body_lines(node: ast.FunctionDef) -> int:
    """Lines of a body, its docstring apart."""
    body = node.body[ast.get_docstring(node) is not None :]
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0


def test_bodies_are_short():
    long = []
    for path, node in functions():
        most = MOST_KERNEL_BODY_LINES if KERNELS in path.parents else MOST_BODY_LINES
        if body_lines(node) > most:
            long.append(f"{named(path, node)}: {body_lines(node)} lines")
    assert long == []


def n_parameters(node: ast.FunctionDef) -> int:
    names = [each.arg for each in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    return len(names) - (names[:1] in (["self"], ["cls"]))


def test_functions_take_few_parameters():
    wide = [
        f"{named(path, node)}: {n_parameters(node)} parameters"
        for path, node in functions()
        if n_parameters(node) > MOST_PARAMETERS and not {KERNELS, CLI} & set(path.parents)
    ]
    assert len(wide) <= MOST_WIDE_FUNCTIONS, wide


def test_no_class_has_the_name_of_another():
    places: dict[str, list[str]] = {}
    for path, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                places.setdefault(node.name, []).append(named(path))
    assert {name: paths for name, paths in places.items() if len(paths) > 1} == {}


def test_rooms_open_with_a_docstring_alone():
    """Three sentences: what lives here, what comes in, what goes out."""
    for path, tree in TREES.items():
        if path.name == "__init__.py" and path.parent != PACKAGE:
            assert ast.get_docstring(tree), named(path)
            functions = [each.name for each in tree.body if isinstance(each, ast.FunctionDef)]
            if path.parent.name == "data":  # hvm.data.load_recall is a public name
                assert functions == ["__getattr__"], named(path)
            elif path.parent.name == "datasets":  # and so are all of hvm.datasets
                assert functions == [] and ast.unparse(tree.body[-1]).startswith("__all__")
            else:
                assert len(tree.body) == 1, named(path)


# -- circles ------------------------------------------------------------------------------


class Import(NamedTuple):
    module: str
    name: str | None


def imports(tree: ast.Module) -> Iterator[Import]:
    """All of a file, those inside functions and under TYPE_CHECKING too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, None) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (Import(node.module, alias.name) for alias in node.names)


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def import_graph(folder: Path) -> dict[str, set[str]]:
    """Modules of a package by who imports them; one that imports itself is in a circle too."""
    trees = {
        module_of(path): ast.parse(path.read_text("utf-8"))
        for path in folder.rglob("*.py")
        if "results" not in path.parts
    }
    graph: dict[str, set[str]] = {}
    for module, tree in trees.items():
        inner = {f"{each.module}.{each.name}" for each in imports(tree)}
        outer = {each.module for each in imports(tree) if f"{each.module}.{each.name}" not in trees}
        graph[module] = (inner | outer) & trees.keys()
    return graph


@pytest.mark.parametrize("package", ["hvm", "experiments"])
def test_no_module_imports_itself_by_way_of_others(package):
    if not (ROOT / package).is_dir():
        pytest.skip("only in a checkout of the repository")
    graph = import_graph(ROOT / package)
    assert any(graph.values())
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))
