from __future__ import annotations

import bz2
import lzma
import math
import sys
import zlib

import brotli
import numpy as np
import pyppmd
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from contracts.rivals import check_rival
from hvm.code.container import compress
from hvm.code.mixed import mixed_bits
from hvm.errors import InputError
from hvm.kernels.rivals.lzw import lzw_parse
from hvm.rivals import lzw, ppmd, standard
from hvm.rivals.brotli import brotli_file
from hvm.rivals.ctw import CTW
from hvm.rivals.lz78 import lz78_bits
from hvm.rivals.registry import METHODS
from hvm.rivals.zstd import zstd_file
from naive import rivals as naive_rivals

OURS = ("mixed", "mixed-symbols", "hvm")
PROGRAMS = {name for name, rival in METHODS.items() if rival.programs}
RIVALS = {name: METHODS[name] for name in METHODS if name not in {*OURS, *PROGRAMS}}
HERE = {name: rival for name, rival in METHODS.items() if rival.is_here}
ORDERS = ppmd.ORDERS
NOISE = np.random.default_rng(0).bytes(3000)
TEXT = b"".join(b"the %d cats sat on the %d mats\n" % (i, i * i) for i in range(200))

AWKWARD = [b"", b"a", b"\0", bytes(5000), b"ab" * 3000, bytes(range(256)), NOISE, TEXT]

FILES = {
    "zlib": standard.zlib_file,
    "bz2": standard.bz2_file,
    "lzma": standard.lzma_file,
    "zstd": zstd_file,
    "brotli": brotli_file,
}


def ppmd_decode(file: bytes, order: int) -> bytes:
    decoder = pyppmd.Ppmd8Decoder(order, 256 << 20)
    data = decoder.decode(file, -1)
    assert decoder.eof
    return data


DECODERS = {
    "zlib": zlib.decompress,
    "bz2": bz2.decompress,
    "lzma": lzma.decompress,
    "zstd": zstandard.ZstdDecompressor().decompress,
    "brotli": brotli.decompress,
}

# -- the bits are those of a file that decodes ----------------------------------------------------


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("data", AWKWARD, ids=range(len(AWKWARD)))
def test_files_decode_and_have_the_bits(name, data):
    file = FILES[name](data)
    assert DECODERS[name](file) == data
    assert RIVALS[name].measure(data) == 8 * len(file)


@pytest.mark.parametrize("data", AWKWARD, ids=range(len(AWKWARD)))
def test_ppmd_files_decode_and_have_the_bits(data):
    files = [ppmd.ppmd_file(data, order) for order in ORDERS]
    for order, file in zip(ORDERS, files):
        assert ppmd_decode(file, order) == data
    assert RIVALS["ppmd"].measure(data) == 8 * min(map(len, files)) + 8


@given(st.binary(max_size=200))
def test_small_files_decode(data):
    for name, file in FILES.items():
        assert DECODERS[name](file(data)) == data
    assert ppmd_decode(ppmd.ppmd_file(data, 5), 5) == data


def test_xz_writes_the_same_container():
    file = standard.lzma_file(TEXT)
    assert file[:6] == b"\xfd7zXZ\0" and file[-2:] == b"YZ"
    assert lzma.LZMADecompressor(lzma.FORMAT_XZ).decompress(file) == TEXT


def test_zstd_sees_all_of_a_long_input():
    # Level 19 by itself looks back 8 MB.
    data = NOISE + bytes(9 << 20) + NOISE
    assert len(zstd_file(data)) < 1.5 * len(NOISE)


@pytest.mark.parametrize("data", [np.random.default_rng(1).bytes(50_000), TEXT * 20])
def test_ppmd_is_never_cut_back(data, monkeypatch):
    # A model that is thrown away when its memory is full codes what follows otherwise.
    cramped, roomy = (pyppmd.Ppmd8Encoder(16, memory) for memory in (100_000, 1 << 30))
    file = roomy.encode(data) + roomy.flush()
    assert file != cramped.encode(data) + cramped.flush()
    monkeypatch.setattr(ppmd, "MEMORY_BYTES", (0, ppmd.MEMORY_BYTES[1]))
    assert ppmd.ppmd_file(data, 16) == file


# -- payloads and frames ----------------------------------------------------------------------


@pytest.mark.parametrize("data", AWKWARD, ids=range(len(AWKWARD)))
def test_payload_of_zlib_and_xz_is_that_of_their_raw_formats(data):
    raw = zlib.compressobj(9, wbits=-15)
    deflated = raw.compress(data) + raw.flush()
    assert RIVALS["zlib"].cost(data) == (8 * len(deflated), 8 * 6)
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME}]
    packed = lzma.compress(data, lzma.FORMAT_RAW, filters=filters) if data else b""
    payload, frame = RIVALS["lzma"].cost(data)
    assert payload == 8 * len(packed)
    assert frame == 8 * (len(standard.lzma_file(data)) - len(packed))


def test_frame_of_bz2_has_a_part_a_block():
    blocks = {0: b"", 1: TEXT, 3: np.random.default_rng(2).bytes(2_000_000)}
    for n_blocks, data in blocks.items():
        assert RIVALS["bz2"].cost(data).frame_bits == 8 * (14 + 10 * n_blocks)
    assert RIVALS["bz2"].cost(b"").payload_bits == 0


def test_frame_of_zstd_is_what_a_decoder_reads_first():
    payload, frame = RIVALS["zstd"].cost(TEXT)
    file = zstd_file(TEXT)
    assert payload + frame == 8 * len(file)
    magicless = zstandard.ZstdDecompressor(format=zstandard.FORMAT_ZSTD1_MAGICLESS)
    assert magicless.decompress(file[4:]) == TEXT  # the magic number, 4 of its bytes
    assert zstandard.get_frame_parameters(file[: int(frame) // 8]).content_size == len(TEXT)


@pytest.mark.parametrize("name", ["mixed", "hvm"])
@pytest.mark.parametrize("data", AWKWARD, ids=range(len(AWKWARD)))
def test_own_files_are_payload_and_frame(name, data):
    file = compress(data, name)
    payload, frame = METHODS[name].cost(data)
    assert payload + frame == METHODS[name].measure(data) == 8 * len(file)
    # Magic and unit, two checks; where the bytes do not stand as they are, how many symbols.
    assert frame in ((8 * 10,) if payload == 8 * len(data) else (8 * 11, 8 * 12))


def test_payload_of_mixed_is_the_code_of_its_probabilities():
    for data in (TEXT, TEXT[:1000], b"ab" * 3000):
        bits = mixed_bits(data).sum()
        assert bits <= METHODS["mixed"].cost(data).payload_bits + 0.5 and (
            METHODS["mixed"].cost(data).payload_bits < bits + 16
        )


def test_what_is_no_file_has_no_frame():
    for name in ("mixed-symbols", "ctw", "kn", "bpe", "unigram", "morfessor", "hcm"):
        assert METHODS[name].cost(TEXT).frame_bits == 0


def test_after_other_bytes_no_frame_is_paid_again():
    for name in FILES:
        assert RIVALS[name].cost(TEXT, TEXT).frame_bits <= 8 * 6  # lengths take more digits
    assert METHODS["mixed"].cost(TEXT, TEXT).frame_bits == 0


# -- LZW --------------------------------------------------------------------------------------


@given(st.one_of(st.binary(max_size=200), st.text("ab", max_size=200).map(str.encode)))
def test_lzw_kernel_and_twin_agree_and_decode(data):
    phrases = lzw_parse(np.frombuffer(data, np.uint8))
    assert phrases.tolist() == naive_rivals.lzw_parse(np.frombuffer(data, np.uint8))
    assert lzw.decode(phrases) == data


@pytest.mark.parametrize("data", AWKWARD, ids=range(len(AWKWARD)))
def test_lzw_decodes(data):
    phrases = lzw.encode(data)
    assert lzw.decode(phrases) == data
    assert phrases.tolist() == naive_rivals.lzw_parse(np.frombuffer(data, np.uint8))


def test_lzw_bits_by_hand():
    # a | b | ab | aba, and seven bytes: the Elias delta code of 8 has 3 + 2 * 2 + 1 bits.
    phrases = [math.log2(known) for known in (256, 257, 258, 259)]
    assert lzw.lzw_cost(b"abababa").bits == pytest.approx(8 + sum(phrases))


def test_lzw_code_of_nonsense():
    with pytest.raises(InputError, match="phrase 1 "):
        lzw.decode(np.array([97, 258]))


# -- one question for all ---------------------------------------------------------------------


@pytest.mark.parametrize("rival", HERE.values(), ids=HERE)
def test_contract(rival):
    check_rival(rival)


@pytest.mark.parametrize("rival", RIVALS.values(), ids=RIVALS)
def test_awkward_inputs(rival):
    assert rival.measure(b"") <= 32 * 8
    assert 0 < rival.measure(b"a") <= rival.measure(TEXT[:100])
    assert rival.measure(bytes(5000)) < 0.2 * 5000
    assert rival.measure(NOISE) > 7.9 * len(NOISE)
    assert rival.measure(TEXT) < 4 * len(TEXT)


@pytest.mark.parametrize("rival", RIVALS.values(), ids=RIVALS)
def test_priming(rival):
    for before in (b"a", bytes(5000), NOISE, TEXT):
        for data in (b"", b"a", bytes(100), before):
            assert rival.measure(data, before) >= -8 * 8
    assert rival.measure(TEXT[3000:], TEXT[:3000]) < rival.measure(TEXT[3000:])
    assert isinstance(rival.measure(TEXT, TEXT), float)


def test_priming_is_the_difference():
    data, before = TEXT[3000:], TEXT[:3000]
    zlib_bits = 8 * (len(zlib.compress(TEXT, 9)) - len(zlib.compress(before, 9)))
    assert RIVALS["zlib"].measure(data, before) == zlib_bits
    lz78 = RIVALS["lz78"].measure(data, before)
    assert lz78 == pytest.approx(lz78_bits(TEXT) - lz78_bits(before), rel=1e-12)
    assert RIVALS["ctw"].measure(data, before) == pytest.approx(CTW().surprisal(TEXT)[3000:].sum())


def test_ppmd_takes_the_best_order_for_the_data():
    sizes = [
        len(ppmd.ppmd_file(NOISE + TEXT, order)) - len(ppmd.ppmd_file(NOISE, order))
        for order in ORDERS
    ]
    assert RIVALS["ppmd"].measure(TEXT, NOISE) == 8 * min(sizes) + 8


def test_every_rival_says_what_it_pays_for():
    assert all(rival.pays_for for rival in METHODS.values())
    assert "dictionary" in RIVALS["brotli"].pays_for


@pytest.mark.parametrize(
    "name, package", [("zstd", "zstandard"), ("brotli", "brotli"), ("ppmd", "pyppmd")]
)
def test_missing_package(name, package, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(InputError, match=rf"{package} .*pip install hvm-learn\[rivals\]"):
        METHODS[name].measure(b"abc")
