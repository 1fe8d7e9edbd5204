"""Promises about the house as a whole: layers, what loads when, one version, links that lead on."""

from __future__ import annotations

import ast
import importlib
import operator
import re
import subprocess
import sys
from pathlib import Path

import pytest

import hvm

ROOT = Path(__file__).parents[2]
PACKAGE = Path(hvm.__file__).parent
HEAVY = {
    "matplotlib",
    "networkx",
    "numba",
    "numpy",
    "pandas",
    "pooch",
    "regex",
    "requests",
    "safetensors",
    "scipy",
    "torch",
    "transformers",
}
COMMANDS = ("fit", "score", "parse", "show", "graph", "generate", "demo", "data", "recall")

in_checkout = pytest.mark.skipif(
    not (ROOT / "pyproject.toml").is_file(), reason="only in a checkout of the repository"
)


def run_python(code, *arguments):
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        check=True,
        cwd=PACKAGE.parent,
    ).stdout


# -- layers -------------------------------------------------------------------------------


@in_checkout
def test_imports_run_one_way():
    code = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports())"
    result = subprocess.run(
        [sys.executable, "-c", code.replace("()", "(no_cache=True)")],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr


def imported_by(path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "."


def test_kernels_import_numpy_numba_and_errors_only():
    standard = (
        r"__future__|math|typing|re|functools|collections\.abc"
        r"|contextlib|gc|hashlib|os|pathlib|pickle|secrets|warnings|hvm\.errors"
    )
    allowed = re.compile(rf"(numpy|numba|hvm\.kernels)(\..+)?|{standard}")
    modules = sorted((PACKAGE / "kernels").rglob("*.py"))
    assert modules
    for path in modules:
        strangers = [name for name in imported_by(path) if not allowed.fullmatch(name)]
        assert not strangers, f"{path.name} imports {strangers}"


def test_torch_is_imported_by_llm_only():
    for path in PACKAGE.rglob("*.py"):
        tops = {name.split(".")[0] for name in imported_by(path)}
        assert path.parent.name == "language" or not tops & {"torch", "transformers"}, path


# -- what loads when ----------------------------------------------------------------------


LOADED = f"print(*sorted({HEAVY!r} & set(sys.modules)))"


def test_importing_hvm_loads_nothing_heavy():
    assert run_python(f"import sys, hvm; {LOADED}").split() == []


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_loads_nothing_heavy(command):
    code = f"import sys; from hvm.cli.app import run; run(sys.argv[1:]); {LOADED}"
    output = run_python(code, *command.split(), "--help")
    assert "Usage: hvm" in output
    assert output.splitlines()[-1] == ""


def processor_seconds(*arguments):
    """What one more interpreter takes."""
    resource = pytest.importorskip("resource", reason="processor time of children is not known")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def takes_at_most(limit, measured, runs=40):
    """Whether any of some runs does: other work on the machine only makes them longer."""
    return any(measured() <= limit for _ in range(runs))


def test_import_is_quick():
    nothing = min(processor_seconds("-c", "pass") for _ in range(7))
    assert takes_at_most(0.05, lambda: processor_seconds("-c", "import hvm") - nothing)


def test_help_is_quick():
    assert takes_at_most(0.4, lambda: processor_seconds("-m", "hvm", "--help"))


# -- public names -------------------------------------------------------------------------


def test_every_public_name_is_there():
    for name in hvm.__all__:
        assert getattr(hvm, name) is not None
        assert name in dir(hvm)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'hcm'"):
        operator.attrgetter("hcm")(hvm)


@pytest.mark.parametrize("first", ["import hvm.worlds.generate", "import hvm; hvm.generate"])
def test_hvm_generate_is_the_module_whoever_loads_it_first(first):
    assert run_python(f"{first}; import hvm; print(hvm.generate.generate.__name__)") == "generate\n"


def test_every_error_is_an_hvm_error():
    """One family: whoever catches HvmError catches all that hvm raises on purpose."""
    for path in PACKAGE.rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        names = [node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
        for name in (name for name in names if name.endswith("Error")):
            module = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
            assert issubclass(getattr(importlib.import_module(module), name), hvm.HvmError)


# -- the repository -----------------------------------------------------------------------


@in_checkout
@pytest.mark.parametrize(
    ("file", "pattern"),
    [("CITATION.cff", r"^version: (.+)$"), ("CHANGELOG.md", r"^## (\d\S+)")],
)
def test_one_version_everywhere(file, pattern):
    found = re.search(pattern, (ROOT / file).read_text("utf-8"), re.MULTILINE)
    assert found and found[1] == hvm.__version__


@in_checkout
def test_links_between_pages_lead_somewhere():
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("*/**/*.md")]
    pages = [page for page in pages if not any(part.startswith(".") for part in page.parts)]
    links = [
        (page, target)
        for page in pages
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
    ]
    assert len(links) > 10
    broken = [f"{page.name}: {target}" for page, target in links if not _exists(page, target)]
    assert not broken


def _exists(page, target):
    return (page.parent / target).exists()


@in_checkout
def test_the_readme_names_the_two_commands_and_every_subcommand():
    readme = (ROOT / "README.md").read_text("utf-8")
    for words in ("make demo", "make test", *(f"hvm {command}" for command in COMMANDS)):
        assert words in readme


@in_checkout
def test_the_readme_lists_every_room():
    readme = (ROOT / "README.md").read_text("utf-8")
    rooms = [path.parent.name for path in PACKAGE.glob("*/__init__.py")]
    assert [room for room in rooms if f"`{room}/`" not in readme] == []
