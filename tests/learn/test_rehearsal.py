"""Compiling beside a first fit: other processes fill the cache, or are not needed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from numba import config

from hvm.kernels.cache import KernelFiles
from hvm.learn import rehearsal

PROGRAM = """
import os, time
from hvm.kernels.jit import is_kept
from hvm.kernels.learn.growth import label_hashes
from hvm.kernels.lexicon.viterbi import viterbi
from hvm.learn import rehearsal

if __name__ == "__main__":
    os.cpu_count = lambda: 2
    assert not is_kept(viterbi) and not is_kept(label_hashes)
    with rehearsal.compiled_beside("growth"):
        begin = time.monotonic()
        while not is_kept(label_hashes) and time.monotonic() < begin + 240:
            time.sleep(0.1)
    assert is_kept(label_hashes) and not is_kept(viterbi)
"""


@pytest.mark.skipif(bool(config.DISABLE_JIT), reason="NUMBA_DISABLE_JIT")
def test_another_process_compiles_what_is_needed_later(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(PROGRAM, encoding="utf-8")
    variables = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    variables["PYTHONPATH"] = str(Path(rehearsal.__file__).parents[2])
    subprocess.run([sys.executable, program], env=variables, check=True, timeout=300)


@pytest.mark.parametrize(("n_processors", "is_there"), [(1, False), (8, True)])
def test_no_process_is_begun_for_nothing(n_processors, is_there, monkeypatch):
    monkeypatch.setattr(rehearsal.os, "cpu_count", lambda: n_processors)
    monkeypatch.setattr(rehearsal, "is_kept", lambda kernel: is_there)
    monkeypatch.setattr("multiprocessing.get_context", None)
    with rehearsal.compiled_beside("growth"):
        pass


def test_a_kernel_is_kept_where_code_of_its_sources_is(tmp_path):
    files = KernelFiles(tmp_path, "add", "sources")
    assert not files.has_any()
    KernelFiles(tmp_path, "add", "others").save("signature", 1)
    KernelFiles(tmp_path, "add_all", "sources").save("signature", 1)
    assert not files.has_any()
    files.save("signature", 2)
    assert files.has_any()


def test_what_is_compiled_beside_is_what_a_fit_calls():
    for compile_part in rehearsal.PARTS.values():
        compile_part()
