"""Compiled kernels on disk: what is not whole, or of another source, is compiled anew."""

from __future__ import annotations

import pytest

from hvm.kernels.cache import KernelFiles

KEY = ("signature", ("x86_64", "skylake"))


@pytest.fixture
def files(tmp_path):
    files = KernelFiles(tmp_path, "kernel-7.py311", "stamp")
    files.save(KEY, ["compiled", 1])
    return files


def only_file(folder):
    (path,) = folder.iterdir()
    return path


def test_what_was_saved_is_loaded(files):
    assert files.load(KEY) == ["compiled", 1]


def test_another_signature_or_source_is_not_there(files, tmp_path):
    assert files.load(("signature", ("x86_64", "generic"))) is None
    assert KernelFiles(tmp_path, "kernel-7.py311", "later").load(KEY) is None
    assert KernelFiles(tmp_path, "another-7.py311", "stamp").load(KEY) is None


@pytest.mark.parametrize("damage", [lambda c: c[:-1], lambda c: c[:9], lambda c: c[:40] + c[39:]])
def test_a_damaged_file_is_not_there(files, tmp_path, damage):
    path = only_file(tmp_path)
    path.write_bytes(damage(path.read_bytes()))
    assert files.load(KEY) is None
    files.save(KEY, ["compiled", 2])
    assert files.load(KEY) == ["compiled", 2]


def test_a_write_that_was_cut_off_is_never_read(files, tmp_path):
    path = only_file(tmp_path)
    path.rename(path.with_name(f"{path.name}.0011.tmp"))
    assert files.load(KEY) is None


def test_a_disk_that_takes_nothing_is_no_error(tmp_path, monkeypatch):
    absent = KernelFiles(tmp_path / "no folder", "kernel-7.py311", "stamp")
    absent.save(KEY, 1)
    assert absent.load(KEY) is None

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    KernelFiles(tmp_path, "kernel-7.py311", "stamp").save(KEY, 1)
    assert not list(tmp_path.iterdir())


def test_code_of_an_older_source_is_removed(files, tmp_path):
    (tmp_path / "kernel-7.py311.nbi").write_bytes(b"an index of numba")
    (tmp_path / "kernel-77.py311.nbi").write_bytes(b"of another kernel")
    later = KernelFiles(tmp_path, "kernel-7.py311", "later")
    later.save(KEY, 2)
    later.save(("another",), 3)
    assert len(list(tmp_path.iterdir())) == 3
    assert later.load(KEY) == 2 and files.load(KEY) is None


def test_flush_forgets_this_kernel_alone(files, tmp_path):
    other = KernelFiles(tmp_path, "another-7.py311", "stamp")
    other.save(KEY, 2)
    files.flush()
    assert files.load(KEY) is None and other.load(KEY) == 2
