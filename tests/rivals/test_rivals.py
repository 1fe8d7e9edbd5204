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
RIVALS = {name: METHODS[name] for name in METHODS if name not in OURS}
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
    assert lzw.lzw_bits(b"abababa") == pytest.approx(8 + sum(phrases))


def test_lzw_code_of_nonsense():
    with pytest.raises(InputError, match="phrase 1 "):
        lzw.decode(np.array([97, 258]))


# -- one question for all ---------------------------------------------------------------------


@pytest.mark.parametrize("rival", METHODS.values(), ids=METHODS)
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
    assert RIVALS["lz78"].measure(data, before) == lz78_bits(TEXT) - lz78_bits(before)
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
