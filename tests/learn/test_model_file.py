from __future__ import annotations

import hashlib
import json
import os
import pickle
import stat
import subprocess
import sys
import textwrap
import threading

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hvm.data.files import require_writable, write_atomic
from hvm.errors import HvmError, InputError, ModelFileError, OutputError
from hvm.learn import model_file as files
from hvm.learn.model_file import ModelFields, read_fields, write_fields
from hvm.lexicon.lexicon import CHUNK, VARIABLE, Definition, Lexicon, LexiconError
from hvm.symbols.alphabet import Alphabet

DTYPES = {"I64": "<i8", "F64": "<f8", "I32": "<i4", "U32": "<u4", "U8": "|u1"}
ALPHABETS = {
    "char": Alphabet("char", ("\n", "a", "\U0001f600")),
    "word": Alphabet("word", ("", 'a "b"', "né")),
    "byte": Alphabet("byte", (0, 10, 255)),
    "int": Alphabet("int", (-(2**63), 0, 2**63 - 1)),
}


def small_lexicon() -> Lexicon:
    """Three atoms, a variable of two, and a chunk with it as its slot."""
    lexicon = Lexicon.from_definitions(
        3, [Definition(VARIABLE, (0, 1)), Definition(CHUNK, (2, 3, 2))], smoothing=0.25
    )
    return lexicon.with_counts(np.array([4, 0, 2, 0, 9]), np.array([5, 4, 0, 0, 0]))


def small_model(unit: str = "char") -> ModelFields:
    return ModelFields(small_lexicon(), ALPHABETS[unit], "line", {"seed": 3}, {"n_symbols": 33})


def same(first: ModelFields, second: ModelFields) -> bool:
    names = ("kinds", "offsets", "parts", "unit_counts", "filler_counts")
    pairs = [(getattr(first.lexicon, name), getattr(second.lexicon, name)) for name in names]
    return (
        all(x.dtype == y.dtype and x.tolist() == y.tolist() for x, y in pairs)
        and first.lexicon.n_atoms == second.lexicon.n_atoms
        and first.lexicon.smoothing == second.lexicon.smoothing
        and first[1:] == second[1:]
    )


# -- writing ------------------------------------------------------------------------------------


def test_write_atomic_replaces(tmp_path):
    path = tmp_path / "a"
    write_atomic(path, b"one")
    write_atomic(str(path), b"two")
    assert path.read_bytes() == b"two"
    assert os.listdir(tmp_path) == ["a"]


@pytest.mark.parametrize("failure", [KeyboardInterrupt, OSError(28, "No space left on device")])
@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch, failure, step):
    path = tmp_path / "a"
    path.write_bytes(b"old")

    def fail(*_):
        raise failure

    monkeypatch.setattr(files.os, step, fail)
    expected = KeyboardInterrupt if failure is KeyboardInterrupt else OutputError
    with pytest.raises(expected) as error:
        write_atomic(path, b"new")
    monkeypatch.undo()
    assert expected is KeyboardInterrupt or "a: cannot be written: No space" in str(error.value)
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a"]


def test_unwritable_outputs(tmp_path):
    (tmp_path / "file").write_bytes(b"kept")
    for path, words in [
        (tmp_path, "is a directory"),
        (tmp_path / "none" / "a", "none does not exist"),
        (tmp_path / "file" / "a", "file is a file, not a folder"),
        (tmp_path / ("a" * 300), "cannot be written: File name too long"),
    ]:
        with pytest.raises(OutputError, match=words) as error:
            write_atomic(path, b"new")
        assert "\n" not in str(error.value)
    with pytest.raises(OutputError, match="does not exist"):
        require_writable(tmp_path / "none" / "a")
    require_writable(tmp_path / "new")
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.skipif(getattr(os, "geteuid", lambda: 0)() == 0, reason="root may write anywhere")
def test_forbidden_outputs(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"old")
    path.chmod(0o444)
    with pytest.raises(OutputError, match="permission denied"):
        write_atomic(path, b"new")
    tmp_path.chmod(0o555)
    with pytest.raises(OutputError, match="permission denied"):
        write_atomic(tmp_path / "b", b"new")
    tmp_path.chmod(0o755)
    assert path.read_bytes() == b"old"


@pytest.mark.skipif(os.name != "posix", reason="modes and links of POSIX")
def test_write_atomic_keeps_mode_and_link(tmp_path):
    path, link = tmp_path / "a", tmp_path / "link"
    old_mask = os.umask(0o027)
    try:
        write_atomic(path, b"one")
    finally:
        os.umask(old_mask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    path.chmod(0o604)
    link.symlink_to("a")
    write_atomic(link, b"two")
    assert link.is_symlink()
    assert path.read_bytes() == b"two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o604


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_write_atomic_goes_through_a_pipe(tmp_path):
    path, read = tmp_path / "pipe", []
    os.mkfifo(path)
    reader = threading.Thread(target=lambda: read.append(path.read_bytes()), daemon=True)
    reader.start()
    write_atomic(path, b"data")
    reader.join(timeout=10)
    assert read == [b"data"]
    assert path.is_fifo()


# -- models that are whole ----------------------------------------------------------------------


@st.composite
def lexicons(draw) -> Lexicon:
    n_atoms = draw(st.integers(1, 4))
    kinds, patterns, definitions = [0] * n_atoms, [(a,) for a in range(n_atoms)], []
    for _ in range(draw(st.integers(0, 6))):
        entries = st.integers(0, len(kinds) - 1)
        fillers = entries.filter(lambda entry: kinds[entry] != VARIABLE)
        if draw(st.booleans()) and kinds.count(VARIABLE) < len(kinds) - 1:
            parts = draw(st.lists(fillers, min_size=2, max_size=3, unique=True))
            definition, pattern = Definition(VARIABLE, tuple(parts)), (len(kinds),)
        else:
            parts = draw(st.lists(entries, min_size=2, max_size=3))
            pattern = tuple(x for part in parts for x in patterns[part])
            definition = Definition(CHUNK, tuple(parts))
        if pattern not in patterns:
            definitions.append(definition)
            patterns.append(pattern)
            kinds.append(definition.kind)
    lexicon = Lexicon.from_definitions(n_atoms, definitions, draw(st.floats(1e-9, 1e3)))
    counts = st.integers(0, 2**40)
    units = [draw(counts) if kind != VARIABLE else 0 for kind in kinds]
    in_variable = np.repeat(lexicon.kinds == VARIABLE, np.diff(lexicon.offsets))
    fillers = [draw(counts) if inside else 0 for inside in in_variable]
    return lexicon.with_counts(np.array(units, np.int64), np.array(fillers, np.int64))


@st.composite
def alphabets(draw, size: int) -> Alphabet:
    unit = draw(st.sampled_from(["char", "word", "byte", "int"]))
    symbol = {
        "char": st.characters(exclude_categories=["Cs"]),
        "word": st.text(st.characters(exclude_categories=["Cs"]), max_size=3),
        "byte": st.integers(0, 255),
        "int": st.integers(-(2**63), 2**63 - 1),
    }[unit]
    return Alphabet(unit, tuple(sorted(draw(st.sets(symbol, min_size=size, max_size=size)))))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=4,
)  # fmt: skip


@given(st.data(), lexicons(), st.sampled_from(["file", "line"]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_save_and_load_is_identity(tmp_path, data, lexicon, mode):
    path = tmp_path / "m"
    alphabet = data.draw(alphabets(lexicon.n_atoms))
    facts = st.dictionaries(st.text(), JSON, max_size=3)
    model = ModelFields(lexicon, alphabet, mode, data.draw(facts), data.draw(facts))
    write_fields(path, model)
    loaded = read_fields(path)
    assert same(loaded, model)
    assert all(array.flags.writeable for array in (loaded.lexicon.kinds, loaded.lexicon.parts))
    first = path.read_bytes()
    write_fields(path, loaded)
    assert path.read_bytes() == first


@pytest.mark.parametrize("unit", ALPHABETS)
def test_safetensors_reads_a_model(tmp_path, unit):
    safetensors = pytest.importorskip("safetensors.numpy")
    path, model = tmp_path / "m", small_model(unit)
    write_fields(path, model)
    tensors = safetensors.load_file(path)
    assert tensors["unit_counts"].tolist() == [4, 0, 2, 0, 9]
    assert tensors["parts"].dtype == np.int32
    assert tensors["smoothing"].tolist() == [0.25]
    with safetensors.safe_open(path, "numpy") as file:
        about = file.metadata()
        assert set(file.keys()) == set(tensors)
    assert about["unit"] == unit
    assert about["mode"] == "line"
    assert about["format"] == "hvm-model"
    assert json.loads(about["params"]) == {"seed": 3}


def test_files_do_not_depend_on_hash_seed_or_order(tmp_path):
    program = textwrap.dedent("""
        import sys
        from hvm.learn.model_file import ModelFields, write_fields
        from hvm.lexicon.lexicon import CHUNK, Definition, Lexicon
        from hvm.symbols.convert import as_symbols

        symbols = as_symbols("the cat the dog", "word")
        lexicon = Lexicon.from_definitions(3, [Definition(CHUNK, (2, 0))])
        params = {name: 1 for name in set("abcdefgh")}
        fields = ModelFields(lexicon, symbols.alphabet, "file", params, {"b": 1, "a": 2})
        write_fields(sys.argv[1], fields)
    """)
    contents = set()
    for seed in ("0", "1", "2"):
        path = tmp_path / f"seed_{seed}"
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        subprocess.run([sys.executable, "-c", program, path], env=environment, check=True)
        contents.add(path.read_bytes())
    assert len(contents) == 1
    assert b"seed_" not in contents.pop()


def test_what_cannot_be_saved(tmp_path):
    lexicon = small_lexicon()
    for wrong, words in [
        ({"x": float("nan")}, "params cannot be stored"),
        ({"x": np.int64(1)}, "params cannot be stored"),
        ({"x": (1, 2)}, "a tuple"),
        ({1: 2}, "no string"),
    ]:
        with pytest.raises(InputError, match=words):
            write_fields(tmp_path / "m", small_model()._replace(params=wrong))
    with pytest.raises(HvmError, match="3 atoms for 2 symbols"):
        write_fields(tmp_path / "m", small_model()._replace(alphabet=Alphabet("byte", (1, 2))))
    with pytest.raises(HvmError, match="by file or line"):
        write_fields(tmp_path / "m", small_model()._replace(mode="lines"))
    uncounted = lexicon.with_counts(np.array([0, 0, 0, 1, 0]), lexicon.filler_counts)
    with pytest.raises(LexiconError, match=r"variable 3 .* counted as a unit"):
        write_fields(tmp_path / "m", small_model()._replace(lexicon=uncounted))
    assert os.listdir(tmp_path) == []


# -- files that are not -------------------------------------------------------------------------


def refuse(path, words: str = ".") -> None:
    with pytest.raises(ModelFileError, match=words) as error:
        read_fields(path)
    assert str(error.value).startswith(f"{path}: ")
    assert "\n" not in str(error.value)


@pytest.fixture(params=["char", "word"])
def whole(request, tmp_path):
    path = tmp_path / "m"
    write_fields(path, small_model(request.param))
    return path


def test_every_truncation_is_an_error(whole):
    data = whole.read_bytes()
    for size in range(len(data)):
        whole.write_bytes(data[:size])
        refuse(whole)


@pytest.mark.parametrize("flip", [0x01, 0x10, 0x20, 0xFF])
def test_every_flipped_byte_is_an_error(whole, flip):
    data = bytearray(whole.read_bytes())
    for index in range(len(data)):
        data[index] ^= flip
        whole.write_bytes(data)
        refuse(whole)
        data[index] ^= flip


def test_trailing_bytes_are_an_error(whole):
    whole.write_bytes(whole.read_bytes() + b"\0")
    refuse(whole, "damaged")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is not an hvm model"),
        (b"the cat sat on the mat\n" * 40, "is not an hvm model"),
        (bytes(10_000), "is not an hvm model"),
        (b"\xff" * 8 + b"{}", "is not an hvm model"),
        ((1 << 24).to_bytes(8, "little") + b"{}", "is cut short"),
        ((60_000).to_bytes(8, "little") + b"[" * 60_000, "no JSON header"),
        ((60_000).to_bytes(8, "little") + b"9" * 60_000, "no JSON header"),
        ((2).to_bytes(8, "little") + b"{}", "is not an hvm model"),
        ((2).to_bytes(8, "little") + b"[]", "is not an hvm model"),
        ((4).to_bytes(8, "little") + b"null", "is not an hvm model"),
        (pickle.dumps({"format": "hvm-model"}), "is not an hvm model|is cut short"),
    ],
)
def test_files_that_are_no_model(tmp_path, data, words):
    (tmp_path / "m").write_bytes(data)
    refuse(tmp_path / "m", words)


def test_another_safetensors_file(tmp_path):
    safetensors = pytest.importorskip("safetensors.numpy")
    safetensors.save_file({"weights": np.zeros(4)}, tmp_path / "m", {"format": "pt"})
    refuse(tmp_path / "m", "is not an hvm model file")


def test_missing_file_and_directory(tmp_path):
    refuse(tmp_path / "none", "no such file")
    refuse(tmp_path, "directory")
    with pytest.raises(ModelFileError, match="embedded null"):
        read_fields("a\0b")


# -- files forged with a right sha256 -----------------------------------------------------------


def pack(header: dict) -> bytes:
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text


def sign(header: dict, payload: bytes) -> bytes:
    """The file of a header and payload, its sha256 as the format defines it."""
    about = {k: v for k, v in sorted(header["__metadata__"].items()) if k != "sha256"}
    unsigned = pack({**header, "__metadata__": about})
    digest = hashlib.sha256(unsigned + payload).hexdigest()
    signed = dict(sorted({**about, "sha256": digest}.items()))
    return pack({**header, "__metadata__": signed}) + payload


def taken_apart(data: bytes) -> tuple[dict, dict[str, np.ndarray]]:
    length = int.from_bytes(data[:8], "little")
    header, payload = json.loads(data[8 : 8 + length]), data[8 + length :]
    tensors = {}
    for name, spec in header.items():
        if name != "__metadata__":
            start, end = spec["data_offsets"]
            tensors[name] = np.frombuffer(payload[start:end], DTYPES[spec["dtype"]]).copy()
    return header, tensors


def put_together(header: dict, tensors: dict[str, np.ndarray]) -> bytes:
    """As taken apart, with the sizes that the tensors have now and a right sha256."""
    offset = 0
    for name, tensor in tensors.items():
        header[name]["shape"] = [len(tensor)]
        header[name]["data_offsets"] = [offset, offset + tensor.nbytes]
        offset += tensor.nbytes
    return sign(header, b"".join(tensor.tobytes() for tensor in tensors.values()))


@pytest.fixture
def forge(tmp_path):
    """Change a model's tensors and metadata, sign it anew, and return the path."""

    def forge_one(unit: str = "char", about: dict | None = None, **changed):
        path = tmp_path / "m"
        write_fields(path, small_model(unit))
        header, tensors = taken_apart(path.read_bytes())
        header["__metadata__"].update(about or {})
        for name, values in changed.items():
            tensors[name] = np.array(values, tensors[name].dtype)
        path.write_bytes(put_together(header, tensors))
        return path

    return forge_one


def test_the_forger_can_make_a_whole_model(forge):
    assert same(read_fields(forge()), small_model())
    assert read_fields(forge(filler_counts=[7, 0, 0, 0, 0])).lexicon.filler_counts[0] == 7


# kinds 0 0 0 V C, offsets 0 0 0 0 2 5, parts 0 1 | 2 3 2
@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"parts": [0, 1, 2, 4, 2]}, "chunk 4 refers to itself"),
        ({"parts": [0, 4, 2, 3, 2]}, "variable 3 refers to .* a cycle"),
        ({"parts": [0, 1, 2, 5, 2]}, "chunk 4 refers to"),
        ({"parts": [0, -1, 2, 3, 2]}, "variable 3 refers to"),
        ({"parts": [0, -(2**31), 2, 2**31 - 1, 2]}, "variable 3 refers to"),
        ({"parts": [1, 1, 2, 3, 2]}, "variable 3 holds a member twice"),
        ({"kinds": [0, 0, 0, 2, 2], "unit_counts": [4, 0, 2, 0, 0]}, "variable 4 holds a"),
        ({"kinds": [0, 0, 0, 2, 3]}, "unknown kind"),
        ({"kinds": [0, 0, 1, 2, 1]}, "2 atoms for 3 symbols"),
        ({"kinds": [0, 0, 2, 0, 1]}, "unknown kind"),
        ({"kinds": [0, 0, 0, 2]}, "lengths that do not fit"),
        ({"kinds": []}, "0 atoms for 3 symbols"),
        ({"offsets": []}, "lengths that do not fit"),
        ({"offsets": [0, 0, 0, 0, 2]}, "lengths that do not fit"),
        ({"offsets": [0, 0, 0, 0, 1, 5]}, "variable 3 has fewer than two parts"),
        ({"offsets": [0, 0, 0, 0, 7, 5]}, "offsets do not ascend"),
        ({"offsets": [0, 0, 0, 2, 2, 5]}, "own parts"),
        ({"offsets": [0, 0, 2**63 - 1, -(2**63), -1, 5]}, "offsets do not ascend"),
        ({"offsets": [0, 0, 0, 0, 2, 4]}, "offsets do not ascend"),
        ({"unit_counts": [4, 0, 2, 1, 9]}, "variable 3 .* counted as a unit"),
        ({"unit_counts": [4, 0, -2, 0, 9]}, "negative count"),
        ({"unit_counts": [2**62, 2**62, 2**62, 0, 9]}, "more than 2"),
        ({"filler_counts": [2**62, 2**62, 0, 0, 0]}, "more than 2"),
        ({"filler_counts": [5, 4, 1, 0, 0]}, "chunk 4 has filler counts"),
        ({"filler_counts": [5, 4]}, "lengths that do not fit"),
        ({"smoothing": [np.nan]}, "smoothing must be 1e-09 to 1e.09, not nan"),
        ({"smoothing": [np.inf]}, "smoothing must be 1e-09 to 1e.09, not inf"),
        ({"smoothing": [0.0]}, "smoothing must be 1e-09 to 1e.09, not 0"),
        ({"smoothing": [1e-300]}, "smoothing must be 1e-09 to 1e.09, not 1e-300"),
        ({"smoothing": [1e308]}, "smoothing must be 1e-09 to 1e.09, not 1e.308"),
        ({"smoothing": []}, "smoothing must be one number"),
        ({"smoothing": [0.1, 0.1]}, "smoothing must be one number"),
        ({"alphabet": [10, 98]}, "3 atoms for 2 symbols"),
        ({"alphabet": [10, 98, 97]}, "'a' twice or out of order"),
        ({"alphabet": [10, 97, 97]}, "'a' twice or out of order"),
        ({"alphabet": [10, 97, 0xD800]}, "no char"),
        ({"alphabet": [10, 97, 0x110000]}, "1114112, which is no character"),
        ({"alphabet": [10, 97, 2**32 - 1]}, "4294967295, which is no character"),
        ({"about": {"unit": "letter"}}, "unknown unit, 'letter'"),
        ({"about": {"mode": "lines"}}, "by file or line, not 'lines'"),
        ({"about": {"params": "[]"}}, "params must be a JSON object"),
        ({"about": {"params": '{"a":NaN}'}}, "params cannot be stored"),
        ({"about": {"params": '{"a":1e999}'}}, "params cannot be stored"),
        ({"about": {"params": '{"a":1,"a":1}'}}, "params must be"),
        ({"about": {"metadata": "[" * 100_000}}, "metadata must be JSON"),
        ({"about": {"metadata": "\ud800"}}, "metadata must be JSON"),
        ({"about": {"format": "other"}}, "is not an hvm model"),
        ({"about": {"format_version": "4"}}, "newer hvm .format 4, this one reads 3.: upgrade"),
        ({"about": {"format_version": "9" * 90}}, "newer hvm"),
        ({"about": {"format_version": "new"}}, "format version is 'new'"),
        ({"about": {"extra": ""}}, "metadata are not those"),
        ({"about": {"mode": 1}}, "metadata are not those"),
        ({"about": {"unit": "byte"}}, "header is not as hvm writes it"),
    ],
)
def test_forged_models(forge, changed, words):
    refuse(forge(**changed), words)


@pytest.mark.parametrize(
    ("unit", "alphabet", "words"),
    [
        ("byte", [0, 255, 10], "twice or out of order"),
        ("int", [0, -1, 1], "twice or out of order"),
        ("word", list(b'["a","b"]'), "3 atoms for 2 symbols"),
        ("word", list(b'["a","b",1]'), "holds 1, which is no word"),
        ("word", list(b'["a","b",["c"]]'), "which is no word"),
        ("word", list(b'["a","b","b"]'), "twice or out of order"),
        ("word", list(b'["a","b","\\ud800"]'), "which is no word"),
        ("word", list(b'{"a":1}'), "must be a list"),
        ("word", list(b'["a",'), "alphabet must be JSON"),
        ("word", list(b'["\xff"]'), "alphabet must be JSON"),
        ("word", list(b"[" * 100_000), "alphabet must be JSON"),
    ],
)
def test_forged_alphabets(forge, unit, alphabet, words):
    refuse(forge(unit, alphabet=alphabet), words)


def test_forged_chunks_of_one_pattern(tmp_path, monkeypatch):
    chunks = [(0, 1), (1, 0), (2, 0), (0, 3)]  # (01)0 and 0(10)
    lexicon = Lexicon.from_definitions(2, [Definition(CHUNK, parts) for parts in chunks[:3]])
    lexicon = lexicon.extend([Definition(CHUNK, chunks[3])])
    monkeypatch.setattr(files, "_check_fields", lambda model: None)
    write_fields(tmp_path / "m", ModelFields(lexicon, Alphabet("byte", (0, 1)), "file", {}, {}))
    monkeypatch.undo()
    refuse(tmp_path / "m", "chunks 4 and 5 have the same pattern")


def test_forged_pattern_beyond_all_memory(tmp_path, monkeypatch):
    doubling = [Definition(CHUNK, (max(0, i - 1),) * 2) for i in range(1, 200)]
    monkeypatch.setattr(files, "_check_fields", lambda model: None)
    lexicon = Lexicon.of_atoms(1).extend(doubling)
    write_fields(tmp_path / "m", ModelFields(lexicon, Alphabet("byte", (0,)), "file", {}, {}))
    monkeypatch.undo()
    refuse(tmp_path / "m", "patterns up to chunk 28 hold more than 268435456 symbols")


@pytest.mark.parametrize(
    "spec",
    [
        {"shape": [2**40]},
        {"shape": [2**40], "data_offsets": [0, 2**43]},
        {"shape": [-5]},
        {"shape": [5, 1]},
        {"shape": 5},
        {"shape": [5.0]},
        {"shape": [True]},
        {"dtype": "F64"},
        {"data_offsets": [8, 48]},
        {"extra": 1},
    ],
)
def test_forged_tensor_specifications(forge, spec):
    path = forge()
    header, tensors = taken_apart(path.read_bytes())
    header["filler_counts"].update(spec)
    path.write_bytes(sign(header, b"".join(t.tobytes() for t in tensors.values())))
    refuse(path, "is damaged")


def test_forged_sizes_that_agree_with_each_other_only(forge):
    path = forge()
    header, tensors = taken_apart(path.read_bytes())
    payload = b"".join(tensor.tobytes() for tensor in tensors.values())
    shift = 0
    for name in tensors:
        spec = header[name]
        if name == "filler_counts":
            spec["shape"], shift = [2**40], 8 * (2**40 - 5)
            spec["data_offsets"][0] -= shift
        spec["data_offsets"] = [offset + shift for offset in spec["data_offsets"]]
    path.write_bytes(sign(header, payload))
    refuse(path, "its tensors and its length do not agree")


@pytest.mark.parametrize("change", ["missing", "more", "no object", "order", "padding", "twice"])
def test_forged_headers(forge, change):
    path = forge()
    header, tensors = taken_apart(path.read_bytes())
    payload = b"".join(tensor.tobytes() for tensor in tensors.values())
    if change == "missing":
        del header["kinds"]
    elif change == "more":
        header["more"] = {"dtype": "U8", "shape": [0], "data_offsets": [len(payload)] * 2}
    elif change == "no object":
        header["kinds"] = [1]
    elif change == "order":
        header = dict(reversed(header.items()))
    data = sign(header, payload)
    if change == "padding":
        data = data[:8] + data[8:].replace(b'"__metadata__":', b'"__metadata__": ', 1)[:-1]
    elif change == "twice":
        length = int.from_bytes(data[:8], "little") + 8
        text = data[8:].replace(b'{"__meta', b'{"a":1,"a":2,"__meta', 1)
        data = length.to_bytes(8, "little") + text
    path.write_bytes(data)
    refuse(path)


@given(st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
def test_any_signed_change_is_a_model_or_an_error(forge, data):
    unit = data.draw(st.sampled_from(sorted(ALPHABETS)))
    path = forge(unit)
    header, tensors = taken_apart(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 2))):
        tensor = tensors[data.draw(st.sampled_from(sorted(tensors)))]
        if tensor.dtype.kind == "f":
            value = data.draw(st.floats())
        else:
            limits = np.iinfo(tensor.dtype)
            small = st.integers(max(limits.min, -2), 6)
            value = data.draw(small | st.integers(limits.min, limits.max))
        tensor[data.draw(st.integers(0, len(tensor) - 1))] = value
    path.write_bytes(put_together(header, tensors))
    try:
        model = read_fields(path)
    except ModelFileError as error:
        assert str(error).startswith(f"{path}: ")
    else:
        model.lexicon.validate()
        assert np.isfinite(model.lexicon.unit_bits[model.lexicon.kinds != VARIABLE]).all()
        assert len(model.alphabet) == model.lexicon.n_atoms
