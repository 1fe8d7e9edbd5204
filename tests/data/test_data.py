"""Fetching data, against a server on this machine that behaves well and badly."""

from __future__ import annotations

import hashlib
import io
import json
import re
import socket
import stat
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from hvm.cli.app import run
from hvm.data import download
from hvm.data import registry as data
from hvm.data.archives import unzip
from hvm.data.registry import DataFile, Dataset, fetch
from hvm.data.task_sources import TASK_SOURCES
from hvm.datasets.tasks import write_task
from hvm.errors import DataError
from hvm.recall.tasks.registry import TASKS

BODY = bytes(range(256)) * 3000  # 768,000 bytes: more than any buffer between the two sides
SHA256 = hashlib.sha256(BODY).hexdigest()


class Server(ThreadingHTTPServer):
    """Serves ``files``; cuts the first ``cuts`` answers; answers with ``failures`` before that."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files = {}
        self.ranges = True
        self.shift = 0
        self.cuts = 0
        self.failures = []
        self.seen = []

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        asked = self.headers.get("Range")
        self.server.seen.append((self.path, asked))
        body = self.server.files.get(self.path)
        if self.server.failures:
            return self.send_error(self.server.failures.pop(0))
        if body is None:
            return self.send_error(404)
        begin = asked_from((self.path, asked if self.server.ranges else None))
        return self.give(body, begin + self.server.shift if begin else 0)

    def give(self, body, begin):
        if begin and begin >= len(body):
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(body)}")
            self.send_header("Content-Length", "0")
            return self.end_headers()
        self.send_response(206 if begin else 200)
        if begin:
            self.send_header("Content-Range", f"bytes {begin}-{len(body) - 1}/{len(body)}")
        rest = body[begin:]
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        if self.server.cuts:
            self.server.cuts -= 1
            rest = rest[: len(rest) // 2]
            self.close_connection = True
        self.wfile.write(rest)


@pytest.fixture
def server():
    with Server() as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture(autouse=True)
def alone(monkeypatch, tmp_path):
    """No folder of the user's, no waiting, and no proxy between this process and itself."""
    monkeypatch.delenv("HVM_DATA", raising=False)
    monkeypatch.setenv("HVM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(download, "RETRY_PAUSE_S", 0.001)


@pytest.fixture
def known(monkeypatch):
    """A data set of one file whose hash is known, and one of a file whose hash is not."""

    def dataset(name, sha256, folder=None):
        monkeypatch.setitem(
            data.DATASETS,
            name,
            Dataset(name, "made up", "none", (DataFile(f"raw/{name}.bin", "", sha256, folder),)),
        )

    dataset("known", SHA256)
    dataset("unknown", None)
    dataset("archive", None, "texts")
    return dataset


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache"


def asked_from(request):
    """The first byte that a request asked for."""
    _, asked = request
    return int(re.fullmatch(r"bytes=(\d+)-", asked or "bytes=0-")[1])


def leftovers(folder):
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


# -- as it should be --------------------------------------------------------------------------


def test_a_file_is_fetched_once_and_then_found(server, known, cache):
    server.files["/raw/known.bin"] = BODY
    (first,) = fetch("known", None, server.url)
    (second,) = fetch("known", None, server.url)
    assert (first.origin, second.origin) == ("download", "cache")
    assert first.path == second.path == cache / "raw/known.bin"
    assert first.path.read_bytes() == BODY
    assert (first.sha256, first.n_bytes, first.is_first) == (SHA256, len(BODY), False)
    assert len(server.seen) == 1
    assert leftovers(cache) == ["known.bin"]


def test_a_file_that_was_changed_in_the_cache_is_fetched_again(server, known, cache):
    server.files["/raw/known.bin"] = BODY
    fetch("known", None, server.url)
    (cache / "raw/known.bin").write_bytes(b"edited")
    (again,) = fetch("known", None, server.url)
    assert again.origin == "download" and again.path.read_bytes() == BODY


def test_the_offline_folder_comes_first(known, cache, tmp_path, monkeypatch):
    offline = tmp_path / "offline/raw/known.bin"
    offline.parent.mkdir(parents=True)
    offline.write_bytes(BODY)
    monkeypatch.setenv("HVM_DATA", str(tmp_path / "offline"))
    (found,) = fetch("known")
    assert (found.path, found.origin) == (offline, "HVM_DATA")
    assert not cache.exists()
    (copied,) = fetch("known", tmp_path / "copy")
    assert copied.origin == "HVM_DATA" and copied.path.read_bytes() == BODY
    assert copied.path == tmp_path / "copy/raw/known.bin"


def test_the_offline_folder_is_asked_for_each_file_alone(server, known, tmp_path, monkeypatch):
    (tmp_path / "offline").mkdir()
    monkeypatch.setenv("HVM_DATA", str(tmp_path / "offline"))
    server.files["/raw/known.bin"] = BODY
    assert fetch("known", None, server.url)[0].origin == "download"


def test_a_wrong_file_in_the_offline_folder_is_named(known, tmp_path, monkeypatch):
    offline = tmp_path / "raw/known.bin"
    offline.parent.mkdir()
    offline.write_bytes(b"other")
    monkeypatch.setenv("HVM_DATA", str(tmp_path))
    for folder in (None, tmp_path / "copy"):
        with pytest.raises(DataError, match=f"{offline}: its sha256 is .* unset HVM_DATA"):
            fetch("known", folder)
    assert leftovers(tmp_path) == ["known.bin"]


# -- what goes wrong on the way ---------------------------------------------------------------


def test_a_cut_transfer_goes_on_where_it_stopped(server, known, cache):
    server.files["/raw/known.bin"] = BODY
    server.cuts = 2
    (found,) = fetch("known", None, server.url)
    assert found.path.read_bytes() == BODY
    first, second, third = map(asked_from, server.seen)
    assert first == 0 < second <= 384_000 and second < third <= 576_000
    assert leftovers(cache) == ["known.bin"]


def test_a_later_call_goes_on_where_an_earlier_one_gave_up(server, known, cache):
    server.files["/raw/known.bin"] = BODY
    server.cuts = download.ATTEMPTS
    with pytest.raises(DataError, match=r"cut after \d{3},\d{3} bytes: the same command goes on"):
        fetch("known", None, server.url)
    assert leftovers(cache) == ["known.bin.part"]
    held = (cache / "raw/known.bin.part").read_bytes()
    assert held == BODY[: len(held)]
    (found,) = fetch("known", None, server.url)
    assert asked_from(server.seen[-1]) == len(held) > len(BODY) // 2
    assert found.path.read_bytes() == BODY
    assert leftovers(cache) == ["known.bin"]


def test_without_ranges_a_cut_transfer_begins_anew(server, known):
    server.files["/raw/known.bin"] = BODY
    server.ranges, server.cuts = False, 1
    (found,) = fetch("known", None, server.url)
    assert found.path.read_bytes() == BODY


def test_a_server_that_gives_another_part_is_not_believed(server, known):
    server.files["/raw/known.bin"] = BODY
    server.cuts, server.shift = 1, 7
    (found,) = fetch("known", None, server.url)
    assert found.path.read_bytes() == BODY
    first, second, third = map(asked_from, server.seen)
    assert first == third == 0 < second


def test_a_part_that_is_whole_needs_no_transfer(server, known, cache):
    server.files["/raw/known.bin"] = BODY
    (cache / "raw").mkdir(parents=True)
    (cache / "raw/known.bin.part").write_bytes(BODY)
    assert fetch("known", None, server.url)[0].path.read_bytes() == BODY
    assert server.seen == [("/raw/known.bin", f"bytes={len(BODY)}-")]


@pytest.mark.parametrize("n_bytes", [1000, len(BODY), len(BODY) + 5])
def test_a_part_of_another_file_is_thrown_away(server, known, cache, n_bytes):
    server.files["/raw/known.bin"] = BODY
    (cache / "raw").mkdir(parents=True)
    (cache / "raw/known.bin.part").write_bytes(b"x" * n_bytes)
    assert fetch("known", None, server.url)[0].path.read_bytes() == BODY


def test_a_wrong_hash_is_an_error_and_nothing_is_kept(server, known, cache):
    server.files["/raw/known.bin"] = other = BODY[:-1]
    found = hashlib.sha256(other).hexdigest()
    with pytest.raises(DataError, match=f"its sha256 is {found}, not {SHA256}: .* not kept"):
        fetch("known", None, server.url)
    assert leftovers(cache) == []


@pytest.mark.parametrize(("status", "asked"), [(404, 1), (403, 1), (500, 3), (429, 3)])
def test_a_refusal_is_final_and_a_failure_is_tried_again(server, known, cache, status, asked):
    server.failures = [status] * 3
    with pytest.raises(DataError, match=rf"^http://127.0.0.1:\d+/raw/known.bin: .*HTTP {status}"):
        fetch("known", None, server.url)
    assert len(server.seen) == asked
    assert leftovers(cache) == []


def test_a_missing_file_is_called_missing(server, known):
    with pytest.raises(DataError, match="no such file on the server"):
        fetch("known", None, server.url)


def test_a_server_that_fails_once_is_forgiven(server, known):
    server.files["/raw/known.bin"] = BODY
    server.failures = [503]
    assert fetch("known", None, server.url)[0].path.read_bytes() == BODY


def closed_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def test_without_a_connection_the_message_says_what_helps(known, cache):
    address = f"http://127.0.0.1:{closed_port()}"
    with pytest.raises(DataError, match=r"cannot be reached \(Connection refused\).*HVM_DATA"):
        fetch("known", None, address)
    assert leftovers(cache) == []


@pytest.mark.parametrize("address", ["ftp://127.0.0.1", "http://", "nonsense"])
def test_an_address_that_is_none(known, address):
    with pytest.raises(DataError, match="cannot be fetched"):
        fetch("known", None, address)


def test_a_folder_that_cannot_be_made_is_named(known, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    status = run(["data", "fetch", "known", "--folder", str(tmp_path / "file/sub")])
    assert status == 2


# -- hashes that are not known before the first download --------------------------------------


def test_the_first_hash_is_recorded_and_checked_from_then_on(server, known, cache):
    server.files["/raw/unknown.bin"] = BODY
    (first,) = fetch("unknown", None, server.url)
    assert first.is_first and first.sha256 == SHA256
    assert json.loads((cache / data.HASHES).read_text()) == {"raw/unknown.bin": SHA256}
    assert not fetch("unknown", None, server.url)[0].is_first

    first.path.unlink()
    server.files["/raw/unknown.bin"] = BODY + b"!"
    with pytest.raises(DataError, match=f"not {SHA256}"):
        fetch("unknown", None, server.url)
    assert leftovers(cache) == [data.HASHES]


def test_without_a_hash_parts_are_never_put_together(server, known, cache):
    server.files["/raw/unknown.bin"] = BODY
    server.cuts = 1
    (cache / "raw").mkdir(parents=True)
    (cache / "raw/unknown.bin.part").write_bytes(b"old")
    assert fetch("unknown", None, server.url)[0].path.read_bytes() == BODY
    assert [asked for _, asked in server.seen] == [None, None]


@pytest.mark.parametrize("text", ["{", "[]"])
def test_a_damaged_record_is_named(server, known, cache, text):
    cache.mkdir()
    (cache / data.HASHES).write_text(text)
    with pytest.raises(DataError, match=f"{data.HASHES}: .*remove it"):
        fetch("unknown", None, server.url)


# -- archives ---------------------------------------------------------------------------------


def packed(members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in members.items():
            archive.writestr(member, content)
    return buffer.getvalue()


def test_an_archive_is_unpacked_once(server, known, cache):
    server.files["/raw/archive.bin"] = packed(
        {"10M/a.train": "one two", "10M/empty/": "", "__MACOSX/10M/._a": "x", "b.dev": "three"}
    )
    (first,) = fetch("archive", None, server.url)
    assert first.folder == cache / "texts"
    assert (first.folder / "10M/a.train").read_text() == "one two"
    assert sorted(path.name for path in first.folder.rglob("*")) == ["10M", "a.train", "b.dev"]
    (first.folder / "b.dev").write_text("mine")
    fetch("archive", None, server.url)
    assert (first.folder / "b.dev").read_text() == "mine"


def a_link():
    link = zipfile.ZipInfo("inside")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    return link


@pytest.mark.parametrize(
    "member", ["../out", "a/../../out", "/etc/out", "C:/out", "a\\..\\out", a_link()]
)
def test_an_archive_that_would_write_elsewhere_is_refused_whole(tmp_path, member):
    path = tmp_path / "archive.zip"
    path.write_bytes(packed({"fine": "1", member: "../../out"}))
    with pytest.raises(DataError, match=r"archive.zip: holds .*(outside the folder|a link)"):
        unzip(path, tmp_path / "to/texts")
    assert leftovers(tmp_path) == ["archive.zip"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("a", "a"), "holds 'a' twice"),
        (("a/b", "a/./b"), "holds 'a/b' twice"),
        (("a", "a/b"), "holds 'a' as a file and as a folder"),
        (("a/b/c", "a"), "holds 'a' as a file and as a folder"),
        (("x" * 300,), "cannot be unpacked: 'xxx.*: File name too long"),
    ],
)
def test_members_that_cannot_stand_beside_each_other(tmp_path, names, message):
    path = tmp_path / "archive.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, "words")
    with pytest.raises(DataError, match=f"archive.zip: {message}") as error:
        unzip(path, tmp_path / "texts")
    assert "\n" not in str(error.value) and leftovers(tmp_path) == ["archive.zip"]


def test_a_name_that_is_no_text_is_named_as_damage(tmp_path):
    path = tmp_path / "archive.zip"
    path.write_bytes(packed({"é.txt": "1"}).replace("é".encode(), b"\xff\xff"))
    with pytest.raises(DataError, match=r"archive.zip: is no zip archive, or a damaged one"):
        unzip(path, tmp_path / "texts")
    assert leftovers(tmp_path) == ["archive.zip"]


def damaged(content):
    at = content.index(b"fine") + 6
    return content[:at] + bytes([content[at] ^ 255]) + content[at + 1 :]


@pytest.mark.parametrize("spoil", [damaged, lambda content: content[:-30], lambda _: b"<html>"])
def test_a_damaged_archive_leaves_nothing(tmp_path, spoil):
    path = tmp_path / "archive.zip"
    path.write_bytes(spoil(packed({"fine": "words " * 500})))
    with pytest.raises(DataError, match=r"archive.zip: is no zip archive, or a damaged one"):
        unzip(path, tmp_path / "texts")
    assert leftovers(tmp_path) == ["archive.zip"]


def test_an_archive_of_too_much_is_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr("hvm.data.archives.MAX_UNZIPPED_BYTES", 100)
    path = tmp_path / "archive.zip"
    path.write_bytes(packed({"zeros": bytes(101)}))
    with pytest.raises(DataError, match="would unpack to 101 bytes"):
        unzip(path, tmp_path / "texts")
    assert not (tmp_path / "texts").exists()


# -- the registry -----------------------------------------------------------------------------


def test_addresses_are_pinned():
    files = [file for dataset in data.DATASETS.values() for file in dataset.files]
    assert len({file.name for file in files}) == len(files)
    for file in files:
        assert file.url.startswith("https://")
        assert file.sha256 is None or re.fullmatch("[0-9a-f]{64}", file.sha256)
    for file in data.DATASETS["recall"].files:
        assert re.search(r"/swu32/motif_learning/[0-9a-f]{40}/data/simonsays_ex2/", file.url)


def test_the_published_files_have_the_registered_hashes(data_folder, monkeypatch):
    monkeypatch.setenv("HVM_DATA", str(data_folder))
    assert [found.origin for found in fetch("recall")] == ["HVM_DATA", "HVM_DATA"]


@pytest.mark.parametrize(("name", "hint"), [("recal", "mean recall"), ("x", "recall, babylm")])
def test_an_unknown_name_is_told_the_closest(name, hint):
    with pytest.raises(DataError, match=hint):
        fetch(name)


def test_the_cache_is_the_users_unless_told_otherwise(monkeypatch, cache):
    assert data.cache_folder() == cache
    monkeypatch.delenv("HVM_CACHE")
    assert data.cache_folder().is_absolute() and "hvm" in data.cache_folder().parts


# -- the command ------------------------------------------------------------------------------


def test_fetch_prints_paths_and_shows_the_licence(server, known, cache, capsys):
    server.files["/raw/unknown.bin"] = BODY
    assert run(["data", "fetch", "unknown", "--base-url", server.url]) == 0
    out, err = capsys.readouterr()
    assert out == f"{cache / 'raw/unknown.bin'}\n"
    assert "licence: none" in err and "recorded" in err


def test_fetch_as_json(server, known, tmp_path, capsys):
    server.files["/raw/known.bin"] = BODY
    folder = tmp_path / "here"
    arguments = ["--base-url", server.url, "--folder", str(folder), "--json"]
    assert run(["data", "fetch", "known", *arguments]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["licence"] == "none"
    assert report["files"] == [
        {
            "path": str(folder / "raw/known.bin"),
            "bytes": len(BODY),
            "sha256": SHA256,
            "origin": "download",
            "recorded_now": False,
            "folder": None,
        }
    ]


def test_fetch_fails_in_one_line_and_with_status_2(server, known, capsys):
    assert run(["data", "fetch", "known", "--base-url", server.url]) == 2
    out, err = capsys.readouterr()
    errors = [line for line in err.splitlines() if line.startswith("hvm: error: ")]
    assert out == "" and len(errors) == 1 and "404" in errors[0]


def test_list_names_every_set_with_licence_and_address(capsys):
    assert run(["data", "list"]) == 0
    text = capsys.readouterr().out
    for dataset in data.DATASETS.values():
        assert dataset.name in text and dataset.licence in text
        assert all(file.url in text for file in dataset.files)
    assert run(["data", "list", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)["datasets"]
    assert [entry["name"] for entry in listed] == list(data.DATASETS)


def test_the_offline_folder_may_be_given_without_its_files(known, monkeypatch, tmp_path):
    monkeypatch.setenv("HVM_DATA", str(tmp_path))
    with pytest.raises(DataError, match="cannot be reached"):
        fetch("known", None, f"http://127.0.0.1:{closed_port()}")


def test_an_offline_folder_that_is_none_is_named(known, monkeypatch, tmp_path):
    (tmp_path / "a.txt").touch()
    for nowhere in (tmp_path / "nowhere", tmp_path / "a.txt"):
        monkeypatch.setenv("HVM_DATA", str(nowhere))
        with pytest.raises(DataError, match=f"HVM_DATA={nowhere}: is no folder: correct it"):
            fetch("known", None, f"http://127.0.0.1:{closed_port()}")
    assert not (tmp_path / "nowhere").exists()


# -- minimal pairs --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "n_files", "one"),
    [
        ("blimp", 67, "blimp/wh_island.jsonl"),
        ("zorro", 23, "zorro/agreement_determiner_noun-between_neighbors.txt"),
    ],
)
def test_sets_of_pairs_are_fetched_file_by_file_and_their_hashes_kept(
    name, n_files, one, server, cache
):
    files = [file.name for file in data.DATASETS[name].files]
    server.files = {f"/{file}": f"pairs of {file}\n".encode() for file in files}
    assert len(set(files)) == n_files and one in files
    fetched = fetch(name, base_url=server.url)
    assert all(file.is_first and file.origin == "download" for file in fetched)
    assert (cache / one).read_text() == f"pairs of {one}\n"
    assert set(json.loads((cache / "hashes.json").read_text())) == set(files)
    assert not any(file.is_first for file in fetch(name, base_url=server.url))
    (cache / one).write_text("other pairs\n")
    server.files[f"/{one}"] = b"other pairs\n"
    with pytest.raises(DataError, match=r"its sha256 is .*, not "):
        fetch(name, base_url=server.url)


@pytest.mark.parametrize("name", ["blimp", "zorro"])
def test_sets_of_pairs_name_a_commit_and_a_licence(name):
    wanted = data.DATASETS[name]
    commit = {"blimp": "3e56b06f", "zorro": "687ba433"}[name]
    assert all(f"/{commit}" in file.url for file in wanted.files)
    assert {"blimp": "CC BY 4.0", "zorro": "MIT"}[name] in wanted.licence


# -- other tasks ----------------------------------------------------------------------------------


def test_keys_of_the_recall_task_are_fetched_and_read(server, cache, tmp_path):
    """The same commit as the other files of the recall task; the first hash is recorded."""
    (made,) = write_task("recall-keys", tmp_path / "made")
    server.files["/recall-keys/data.csv"] = made.read_bytes()
    (found,) = fetch("recall-keys", base_url=server.url)
    assert found.is_first and found.path == cache / "recall-keys/data.csv"
    commits = {
        re.search(r"[0-9a-f]{40}", file.url)[0]
        for name in ("recall", "recall-keys")
        for file in data.DATASETS[name].files
    }
    assert len(commits) == 1
    tables = TASKS["recall-keys"].load(found.path, {})
    assert len(tables.keys) == 6 * 14 * 12
    server.files["/recall-keys/data.csv"] += b"\n"
    found.path.unlink()
    with pytest.raises(DataError, match=r"its sha256 is .*, not |data\.csv"):
        fetch("recall-keys", base_url=server.url)


def test_tasks_are_listed_with_how_to_get_them(capsys):
    assert run(["data", "list"]) == 0
    text = capsys.readouterr().out
    for name, source in TASK_SOURCES.items():
        assert f"{name}: {source.about}" in text and source.licence in text and source.place in text
        assert (name in data.DATASETS) == bool(source.files)
        assert source.files or f"git clone https://github.com/{source.repository}" in text
        assert source.beside in text
    assert run(["data", "list", "--json"]) == 0
    others = json.loads(capsys.readouterr().out)["elsewhere"]
    assert [each["name"] for each in others] == ["state-keys", "graph-paths", "word-times"]
