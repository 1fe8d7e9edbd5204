from __future__ import annotations

import math
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hvm import HVM, as_symbols
from hvm.code import prequential, twopart
from hvm.code.bits import primed_bits
from hvm.code.container import (
    METHODS,
    CompressedFileError,
    compress,
    decompress,
    decompressed_blocks,
    two_part_bits,
)
from hvm.code.mixed import mixed_bits
from hvm.code.numbers import NumberWriter
from hvm.code.priming import priming_of
from hvm.code.symbols import pack_gaps, unpack_gaps, varint
from hvm.code.units import BYTE, CHAR, TWO_PART
from hvm.errors import InputError
from hvm.kernels.code import coder
from hvm.kernels.code.symbols import encode
from hvm.kernels.predict.context import context_bits
from hvm.learn.model import Model
from hvm.lexicon import measures
from hvm.lexicon.lexicon import Lexicon
from hvm.predict.context import predictor_of
from naive import lexicon as naive

TEXT = "the cat sat on the mat . the dog sat on the log . where is the cat ? "

NOISE = np.random.default_rng(2).bytes(900)

AWKWARD = {
    "empty": b"",
    "one byte": b"a",
    "one byte that is no text": b"\xff",
    "one symbol": b"a" * 5000,
    "zeros": bytes(20_000),
    "random": np.random.default_rng(0).bytes(6000),
    "all bytes": bytes(range(256)) * 4,
    "text": TEXT.encode() * 100,
    "other scripts": "δύο ☃ 二 \U0001f600\u0301 ".encode() * 200,
    "compressed already": zlib.compress(np.random.default_rng(1).bytes(3000)),
    "text cut in a character": TEXT.encode() + "é".encode()[:1],
    "line ends": b"a\r\nb\nc\r\r\n\x00" * 50,
}


@pytest.fixture(params=METHODS)
def method(request):
    return request.param


@pytest.mark.parametrize("name", AWKWARD)
def test_what_was_compressed_comes_back(name, method):
    data = AWKWARD[name]
    packed = compress(data, method)
    assert decompress(packed) == data
    assert len(packed) <= 1.01 * len(data) + 64


@settings(max_examples=60)
@given(st.one_of(st.binary(max_size=400), st.text(max_size=300).map(str.encode)))
def test_any_bytes_come_back(data):
    for method in METHODS:
        assert decompress(compress(data, method)) == data


def test_long_runs_come_back():
    # Of one byte nearly every bit is certain: the most bytes that a byte of code can hold.
    data = bytes(240_000)
    packed = compress(data, "mixed")
    assert 240_000 / 1500 < len(packed) < 400
    assert decompress(packed) == data


def test_chunks_are_learned_on_the_way(method):
    rng = np.random.default_rng(0)
    words = ["".join(rng.choice(list("abcdefgh"), 6)) for _ in range(60)]
    data = " ".join(words[i] for i in rng.integers(0, 60, 4000)).encode()
    packed = compress(data, method)
    assert decompress(packed) == data
    assert 8 * len(packed) / 4000 < 1.2 * math.log2(60)  # bits a word; the spelling is learned


def test_equal_input_gives_equal_files(method):
    data = TEXT.encode() * 120
    assert compress(data, method) == compress(data, method)


def test_mixed_files_are_as_long_as_their_surprisal():
    rng = np.random.default_rng(0)
    data = rng.choice(20, 9_000, p=rng.dirichlet(np.ones(20))).astype(np.uint8).tobytes()
    bits = mixed_bits(data).sum()
    assert bits + 8 * 12 <= 8 * len(compress(data, "mixed")) <= 1.001 * bits + 8 * 12 + 64


def test_a_method_must_be_known():
    with pytest.raises(InputError, match="'ppm'"):
        compress(b"a", "ppm")
    with pytest.raises(InputError, match="'ppm'"):
        primed_bits(b"a", b"b", "ppm")


@pytest.mark.parametrize("method", ["mixed", "mixed-symbols", "hvm"])
def test_what_was_learned_before_saves_bits(method):
    data = TEXT.encode() * 20
    nothing = b"" if method != "hvm" else b"z"
    assert primed_bits(data, data * 5, method) < 0.3 * primed_bits(data, nothing, method)
    assert np.isfinite(primed_bits("né☃".encode() + b"\xff", data, method))  # nothing like it


def test_without_chunks_the_first_bytes_cost_the_same():
    data = TEXT.encode() * 100
    with_chunks, without = mixed_bits(data), mixed_bits(data, chunks=False)
    assert (with_chunks[:4096] == without[:4096]).all()
    assert with_chunks.sum() != without.sum()


def test_files_are_as_long_as_their_surprisal():
    rng = np.random.default_rng(0)
    codes = rng.choice(20, 30_000, p=rng.dirichlet(np.ones(20))).astype(np.int32)
    lexicon, bits = Lexicon.of_atoms(20), np.empty(len(codes))
    n = len(codes)
    context_bits(predictor_of(lexicon, 20, n, "symbols"), codes, np.zeros(1, np.int64), bits)
    writer = coder.make_writer(16)
    predictor = predictor_of(lexicon, 20, n, "symbols")
    writer = writer._replace(data=encode(predictor, writer, codes, 0, n, np.empty(0)))
    written = 8 * len(coder.finish(writer))
    assert bits.sum() - 8 <= written <= 1.001 * bits.sum() + 64


@pytest.mark.parametrize("seed", range(20))
def test_the_range_coder_writes_what_it_reads(seed):
    # Chances near 0 and 1, so that carries run through many bytes.
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(500):
        total = int(rng.integers(2, 1 << int(rng.integers(2, 26))))
        below = int(rng.choice([0, total - 1, rng.integers(0, total)]))
        rows.append((below, int(rng.integers(1, total - below + 1)), total))
    writer = coder.make_writer(16)
    for row in rows:
        writer = writer._replace(data=coder.with_capacity(writer, 8))
        coder.write(writer, *row)
    data = coder.finish(writer)
    least = sum(math.log2(total / frequency) for _, frequency, total in rows)
    assert 8 * len(data) <= least * 1.0001 + 16
    reader = coder.make_reader(data)
    for below, frequency, total in rows:
        assert below <= coder.target(reader, total) < below + frequency
        coder.take(reader, below, frequency, total)


def test_an_alphabet_is_read_from_before_any_number_of_bytes():
    alphabet = np.array([0, 7, 65, 0x10FFFF])
    packed = pack_gaps(alphabet)
    for n_after in (0, 1, 7_000_000):
        read, used = unpack_gaps(b"??" + packed + bytes(n_after), 2, 0x110000)
        assert (read.tolist(), used) == (alphabet.tolist(), 2 + len(packed))


# -- damage -------------------------------------------------------------------------------


def test_every_cut_is_noticed(method):
    packed = compress(TEXT.encode() * 3, method)
    for length in range(len(packed)):
        with pytest.raises(CompressedFileError, match="pic"):
            decompress(packed[:length], "pic.hvz")


def test_damage_never_gives_wrong_bytes(method):
    data = TEXT.encode() * 3
    packed, rng = compress(data, method), np.random.default_rng(0)
    for _ in range(2000):
        damaged = bytearray(packed)
        for place in rng.integers(0, len(packed), rng.integers(1, 4)):
            damaged[place] = rng.integers(256)
        if bytes(damaged) != packed:
            with pytest.raises(CompressedFileError):
                decompress(bytes(damaged))


@pytest.mark.parametrize(
    ("packed", "message"),
    [
        (b"", "not a file that hvm compressed"),
        (b"PK\x03\x04 something else", "not a file that hvm compressed"),
        (b"hvz" + bytes([9 << 4]) + bytes(10), "another version"),
        (b"hvz" + bytes([1 << 4 | 7]) + bytes(10), "damaged"),
    ],
)
def test_foreign_files_are_named(packed, message):
    with pytest.raises(CompressedFileError, match=f"x.hvz: .*{message}"):
        decompress(packed, "x.hvz")


@pytest.mark.parametrize("unit", [1, 2, 3])
def test_claims_that_pass_the_first_check_are_not_believed(unit):
    # A body that claims two thousand million symbols, its first check right: no hang, no memory.
    body = b"hvz" + bytes([1 << 4 | unit]) + b"\xff\xff\xff\xff\x0f" + b"\x60\x00"
    check = zlib.crc32(body).to_bytes(4, "big")[:2]
    with pytest.raises(CompressedFileError, match="damaged"):
        decompress(body + check + bytes(4))


def packed_of(unit, body):
    """A file of a body, its first check right."""
    packed = b"hvz" + bytes([1 << 4 | unit]) + body
    return packed + zlib.crc32(packed).to_bytes(4, "big")[:2] + bytes(4)


def two_part_body(n_symbols, alphabet, write):
    writer = NumberWriter()
    write(writer)
    lexicon = writer.code()
    return varint(n_symbols) + pack_gaps(np.array(alphabet)) + varint(len(lexicon)) + lexicon


def test_parts_that_cost_no_bits_are_not_read():
    """Choosing among one takes none: 18 bytes asked for 2 ** 39 parts."""

    def write(writer):
        writer.gamma(2)
        writer.choose(0, 2)
        writer.gamma(1 << 39)

    packed = packed_of(CHAR | TWO_PART, two_part_body(5, [97], write))
    assert len(packed) < 30
    with pytest.raises(CompressedFileError, match="damaged"):
        decompress(packed)


@pytest.mark.parametrize("n_units", [6, 1 << 31, 1 << 40])
def test_counts_are_compared_with_the_length_before_they_are_read(n_units):
    def write(writer):
        writer.gamma(1)
        writer.delta(n_units + 1)

    packed = packed_of(CHAR | TWO_PART, two_part_body(5, [97, 98], write))
    with pytest.raises(CompressedFileError, match="damaged"):
        decompress(packed)


def test_chunks_of_chunks_are_no_longer_than_the_text():
    """Forty chunks, each twice the one before, stand for a million million symbols."""

    def write(writer):
        writer.gamma(41)
        for entry in range(2, 42):
            writer.choose(0, 2)
            writer.gamma(1)
            for part in (entry - 1, entry - 1):
                writer.choose(part, entry)
        writer.delta(2)
        writer.counts(np.array([0] * 41 + [1]))

    packed = packed_of(CHAR | TWO_PART, two_part_body(1 << 20, [97, 98], write))
    with pytest.raises(CompressedFileError, match="damaged"):
        decompress(packed)


@pytest.mark.parametrize("mode", ["prequential", "two-part"])
@pytest.mark.parametrize("data", [b"a" * 5000, TEXT.encode() * 9, NOISE, "é".encode() * 70])
def test_a_file_unpacks_to_no_more_than_is_allowed(data, mode):
    packed = compress(data, "hvm", mode=mode)
    assert decompress(packed, max_bytes=len(data)) == data
    with pytest.raises(CompressedFileError, match=r"x\.hvz: unpacks to more than .*--max-bytes"):
        decompress(packed, "x.hvz", max_bytes=len(data) - 1)


def test_a_file_is_decoded_block_by_block():
    data = b"ab" * 40_000
    for how in ({"method": "mixed"}, {"method": "hvm", "mode": "two-part"}):
        blocks = list(decompressed_blocks(compress(data, **how)))
        assert b"".join(blocks) == data
    assert len(list(decompressed_blocks(compress(data)))) > 1


# -- in two parts -------------------------------------------------------------------------


@pytest.mark.parametrize("name", AWKWARD)
def test_two_parts_come_back(name):
    data = AWKWARD[name]
    packed = compress(data, "hvm", mode="two-part")
    assert decompress(packed) == data
    assert len(packed) <= len(data) + 64


@settings(max_examples=60)
@given(st.one_of(st.binary(max_size=400), st.text("ab cd", max_size=300).map(str.encode)))
def test_any_bytes_come_back_in_two_parts(data):
    assert decompress(compress(data, "hvm", mode="two-part")) == data


@pytest.mark.parametrize("seed", range(12))
def test_two_parts_take_the_bits_that_the_measures_say(seed):
    rng = np.random.default_rng(seed)
    n_atoms = int(rng.integers(2, 6))  # over one symbol, nothing is worth a chunk
    lexicon = naive.random_lexicon(rng, n_atoms, int(rng.integers(0, 30)))
    codes = rng.integers(0, n_atoms, 700).astype(np.int32)
    lexicon, best = twopart.lexicon_and_parse(lexicon, codes)
    packed, code = twopart.pack_lexicon(lexicon), twopart.pack_data(lexicon, best)
    again = twopart.unpack_lexicon(packed, n_atoms, len(codes))
    for name in ("kinds", "offsets", "parts", "unit_counts", "filler_counts"):
        np.testing.assert_array_equal(getattr(again, name), getattr(lexicon, name))
    np.testing.assert_array_equal(twopart.unpack_data(code, again, len(codes)), codes)
    for written, bits in (
        (packed, measures.lexicon_bits(lexicon)),
        (code, measures.data_bits(lexicon, best)),
    ):
        assert 8 * len(written) <= bits * 1.00001 + 16
        assert 8 * len(written) >= bits - 24  # zeros at the end are left out


def test_damage_in_two_parts_never_gives_wrong_bytes():
    data = TEXT.encode() * 3
    packed, rng = compress(data, "hvm", mode="two-part"), np.random.default_rng(0)
    assert two_part_bits(packed) is not None
    for _ in range(2000):
        damaged = bytearray(packed)
        damaged[rng.integers(4, len(packed) - 6)] = rng.integers(256)
        body = bytes(damaged[:-6])
        repaired = body + zlib.crc32(body).to_bytes(4, "big")[:2] + damaged[-4:]
        try:  # past the first check
            assert decompress(repaired) == data
        except CompressedFileError:
            continue


def test_two_parts_are_of_hvm_alone():
    with pytest.raises(InputError, match="method hvm"):
        compress(b"a", "mixed", mode="two-part")
    with pytest.raises(InputError, match="'one'"):
        compress(b"a", mode="one")


# -- with a model -------------------------------------------------------------------------


def fitted(tmp_path, text, **how):
    path = tmp_path / "m.hvm"
    HVM(restarts=1).fit(as_symbols(text, **how)).save(path)
    return Model.load(path)


@pytest.mark.parametrize("text", [TEXT * 20, ("δύο ☃ " + TEXT) * 20])
def test_a_model_saves_bits_and_is_needed(tmp_path, method, text):
    model, other = fitted(tmp_path, text), fitted(tmp_path, TEXT * 19)
    data = text[:150].encode()
    packed = compress(data, method, model)
    assert decompress(packed, model=model) == data
    assert len(packed) < 0.8 * len(compress(data, method))
    with pytest.raises(CompressedFileError, match=r"x.hvz: needs the model whose SHA-256"):
        decompress(packed, "x.hvz")
    with pytest.raises(CompressedFileError, match=r"x.hvz: needs .* not "):
        decompress(packed, "x.hvz", other)
    with pytest.raises(CompressedFileError, match="damaged"):
        decompress(packed[:-1], model=model)


@pytest.mark.parametrize("learner", [HVM(restarts=1), HVM.paper(iterations=6)], ids=repr)
def test_a_fitted_model_and_its_file_compress_alike(tmp_path, method, learner):
    model = learner.fit(TEXT * 20)
    model.save(tmp_path / "m.hvm")
    loaded, data = Model.load(tmp_path / "m.hvm"), TEXT.encode()
    packed = compress(data, method, model)
    assert compress(data, method, loaded) == packed
    assert decompress(packed, model=model) == decompress(packed, model=loaded) == data


def test_a_model_that_learned_nothing_cannot_compress():
    with pytest.raises(InputError, match="has learned nothing yet"):
        compress(b"abab", model=HVM())


@pytest.mark.parametrize("name", AWKWARD)
def test_any_bytes_come_back_with_a_model(tmp_path, method, name):
    model, data = fitted(tmp_path, TEXT.encode() * 20), AWKWARD[name]
    assert decompress(compress(data, method, model), model=model) == data


def test_a_model_of_words_cannot_compress(tmp_path):
    with pytest.raises(InputError, match="model of words"):
        compress(b"a", model=fitted(tmp_path, TEXT * 20, unit="word"))


def test_a_priming_spells_the_model(tmp_path):
    model = fitted(tmp_path, ("δύο ☃ " + TEXT) * 20)
    priming = priming_of(model)
    assert priming.lexicon.n_atoms == 256
    assert "☃".encode() in priming.text
    patterns = {
        "".join(model.alphabet_.symbols[i] for i in model.lexicon_.pattern(chunk)).encode()
        for chunk in model.lexicon_.chunks
        if max(model.lexicon_.pattern(chunk)) < model.lexicon_.n_atoms
    }
    spelled = {
        bytes(priming.lexicon.pattern(chunk))
        for chunk in priming.lexicon.chunks
        if max(priming.lexicon.pattern(chunk)) < 256
    }
    assert patterns and patterns <= spelled


def test_a_priming_has_the_text_that_the_model_learned_from(tmp_path, monkeypatch):
    text = "δύο ☃\n" + "the cat sat\n" * 20
    assert priming_of(fitted(tmp_path, text)).text == text.encode()
    assert priming_of(fitted(tmp_path, text, sequences="line")).text == text.encode()
    assert priming_of(fitted(tmp_path, text.encode())).text == text.encode()
    monkeypatch.setattr("hvm.code.priming.MOST_TEXT_BYTES", 6)
    assert priming_of(fitted(tmp_path, text)).text == b"t sat\n"


def test_a_priming_of_a_model_without_its_text_has_its_units():
    model = HVM(restarts=1, context="unigram").fit(TEXT * 20)
    text = priming_of(model).text
    assert len(text) < len(TEXT * 20)
    assert b"the" in text


# -- the command line ---------------------------------------------------------------------


def test_commands(tmp_path, capsys):
    from hvm.cli.app import run

    source, packed, back = (tmp_path / name for name in ("a.txt", "a.hvz", "b.txt"))
    source.write_bytes(TEXT.encode() * 30)
    assert run(["compress", str(source), "-o", str(packed), "--method", "hvm"]) == 0
    capsys.readouterr()
    assert run(["compress", str(source), "-o", str(packed)]) == 0
    assert "bits per byte" in capsys.readouterr().out
    assert run(["decompress", str(packed), "-o", str(back)]) == 0
    assert back.read_bytes() == source.read_bytes()
    packed.write_bytes(packed.read_bytes()[:-1])
    back.write_bytes(b"older")
    assert run(["decompress", str(packed), "-o", str(back)]) == 2
    assert "a.hvz: is damaged" in capsys.readouterr().err
    assert back.read_bytes() == b"older"
    assert run(["compress", str(source), "-o", str(packed)]) == 0
    assert run(["decompress", str(packed), "-o", str(back), "--max-bytes", "99"]) == 2
    said = capsys.readouterr().err
    assert "a.hvz: unpacks to more than 99 bytes" in said and "--max-bytes" in said
    assert back.read_bytes() == b"older" and len(list(tmp_path.iterdir())) == 3
    assert run(["compress", str(source), "-o", str(source)]) == 2


def test_a_text_of_too_many_characters_is_read_as_bytes(monkeypatch):
    data = "äöü".encode() * 50
    by_characters = compress(data, "hvm")
    monkeypatch.setattr(prequential, "MOST_CHARACTERS", 2)
    by_bytes = compress(data, "hvm")
    assert (by_characters[3] & 15, by_bytes[3] & 15) == (CHAR, BYTE)
    assert decompress(by_bytes) == decompress(by_characters) == data
