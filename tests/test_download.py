"""Every mirror here is a real HTTP server on a free port of this machine, most of them broken."""

import contextlib
import hashlib
import io
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import tarfile
import threading
import time
import zipfile
from collections import namedtuple
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from course_utils import download as dl
from course_utils import mirrors
from course_utils.archives import Entry, digest, folder_problems, load_manifest, unpack
from course_utils.download import DownloadError, Patience, ensure, fetch, resolve

SHORT = Patience(connect=5.0, window=60.0, lock=20.0)
HASTY = replace(SHORT, window=0.15, floor=100_000)
NAMES = ("batch_1", "batch_2", "names.meta")


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def tar_of(members):
    """A tar.gz of {name: bytes}; the same bytes every time."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", compresslevel=1) as pack:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            pack.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def zip_of(members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as pack:
        for name, data in members.items():
            pack.writestr(name, data)
    return buffer.getvalue()


def entry_for(archive, members, urls, file="toy.tar.gz"):
    return Entry(
        title="Toy",
        file=file,
        bytes=len(archive),
        sha256=sha256(archive),
        urls=tuple(urls),
        folder="toy-batches",
        unpacked_bytes=sum(map(len, members.values())),
        files={name: {"bytes": len(d), "sha256": sha256(d)} for name, d in members.items()},
    )


MEMBERS = {name: random.Random(name).randbytes(100_000) for name in NAMES}
TAR = tar_of({f"toy-batches/{name}": data for name, data in MEMBERS.items()} | {"readme": b"!"})


class Mirror:
    """A server of one file. ``cuts``: bytes after which the next answers break off."""

    def __init__(self, content, **ways):
        self.content, self.requests, self.cuts = content, [], list(ways.get("cuts", ()))
        self.status, self.ranges = ways.get("status"), ways.get("ranges", True)
        self.pause, self.piece = ways.get("pause", 0), ways.get("piece", 1 << 20)
        self.length = ways.get("length", True)

    def __enter__(self):
        mirror = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                with contextlib.suppress(OSError):
                    mirror.answer(self)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/toy.tar.gz"
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def answer(self, handler):
        asked = handler.headers.get("Range")
        self.requests.append(asked)
        if self.status:
            handler.send_error(self.status)
            return
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and self.ranges else 0
        handler.send_response(206 if asked and self.ranges else 200)
        if asked and self.ranges:
            size = len(self.content)
            handler.send_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
        if self.length:
            handler.send_header("Content-Length", str(len(self.content) - start))
        handler.end_headers()
        self.send(handler.wfile, start)

    def send(self, stream, start):
        stop = start + self.cuts.pop(0) if self.cuts else len(self.content)
        for at in range(start, stop, self.piece):
            stream.write(self.content[at : min(at + self.piece, stop)])
            stream.flush()
            time.sleep(self.pause)


@pytest.fixture
def serve():
    with contextlib.ExitStack() as stack:
        yield lambda content=TAR, **ways: stack.enter_context(Mirror(content, **ways))


@pytest.fixture(autouse=True)
def _plain_surroundings(monkeypatch):
    for name in ("COURSE_DATA", "COURSE_OFFLINE", "http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(dl, "_given_up", {})


def toy(*mirrors_or_urls):
    urls = [getattr(m, "url", m) for m in mirrors_or_urls]
    return {"toy": entry_for(TAR, MEMBERS, urls)}


def get(folder, manifest, patience=SHORT):
    return ensure("toy", folder, manifest=manifest, patience=patience, progress=False)


def look(folder, manifest, mode="auto", patience=SHORT):
    patience = replace(patience, stay=False)
    return resolve("toy", folder, mode=mode, manifest=manifest, patience=patience)


def fails(folder, manifest, patience=SHORT):
    with pytest.raises(DownloadError) as caught:
        get(folder, manifest, patience)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def assert_whole(folder):
    for name, data in MEMBERS.items():
        assert (folder / "toy-batches" / name).read_bytes() == data
    left = {path.name for path in folder.iterdir()} - {".toy.tar.gz.lock"}
    assert left <= {"toy-batches", "toy.tar.gz"}


@pytest.fixture
def refused():
    """A URL on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}/toy.tar.gz"


# The manifest -------------------------------------------------------------------------------------


def test_the_manifest_knows_both_datasets():
    manifest = load_manifest()
    cifar, bees = manifest["cifar10"], manifest["hymenoptera"]
    assert cifar.hash == ("md5", "c58f30108f718f92721af3b95e74349a")
    assert (cifar.bytes, len(cifar.urls), len(cifar.files)) == (170_498_071, 2, 7)
    assert cifar.unpacked_bytes == sum(known["bytes"] for known in cifar.files.values())
    assert bees.hash[0] == "sha256"
    assert sum(bees.counts.values()) == 244 + 153
    assert all(url.startswith("https://") for entry in manifest.values() for url in entry.urls)


def test_the_manifest_has_torchvisions_own_md5_sums():
    from torchvision.datasets import CIFAR10

    cifar = load_manifest()["cifar10"]
    listed = dict([*CIFAR10.train_list, *CIFAR10.test_list])
    listed[CIFAR10.meta["filename"]] = CIFAR10.meta["md5"]
    assert {name: known["md5"] for name, known in cifar.files.items()} == listed
    assert (cifar.file, cifar.folder) == (CIFAR10.filename, CIFAR10.base_folder)
    assert cifar.md5 == CIFAR10.tgz_md5


@pytest.mark.parametrize("text", ["{", '{"x": {"file": "f"}}', '{"x": {"urls": [], "what": 1}}'])
def test_a_broken_manifest_is_one_line_with_the_fix(tmp_path, text):
    (tmp_path / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(DownloadError, match=r"cannot be read .* git checkout data/manifest.json"):
        load_manifest(tmp_path / "manifest.json")


def test_an_entry_without_a_checksum_is_refused(tmp_path):
    text = json.dumps({"net": {"title": "Net", "file": "net.pt", "bytes": 3, "urls": []}})
    (tmp_path / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(DownloadError, match=r"net.pt has no checksum .* add its sha256"):
        load_manifest(tmp_path / "manifest.json")


def test_an_unknown_name_is_answered_with_the_choices(tmp_path):
    with pytest.raises(ValueError, match="'cifar' is unknown; choose one of cifar10, hymenoptera"):
        fetch("cifar", folder=tmp_path)


# One mirror, several mirrors ----------------------------------------------------------------------


def test_download_unpack_and_then_no_request_more(tmp_path, serve):
    mirror = serve()
    assert get(tmp_path, toy(mirror)) == tmp_path / "toy-batches"
    assert get(tmp_path, toy(mirror)) == tmp_path / "toy-batches"
    assert mirror.requests == [None]
    assert_whole(tmp_path)


def test_fetch_gives_the_verified_file_alone(tmp_path, serve):
    mirror = serve()
    path = fetch("toy", folder=tmp_path, manifest=toy(mirror), patience=SHORT, progress=False)
    assert path.read_bytes() == TAR
    assert not (tmp_path / "toy-batches").exists()


def test_a_length_that_the_server_does_not_tell_is_no_obstacle(tmp_path, serve):
    get(tmp_path, toy(serve(length=False)))
    assert_whole(tmp_path)


def test_a_slow_mirror_is_left_and_the_next_one_goes_on(tmp_path, serve, capsys):
    slow, quick = serve(piece=1000, pause=0.02), serve()
    ensure("toy", tmp_path, manifest=toy(slow, quick), patience=HASTY)
    assert_whole(tmp_path)
    assert "slow (" in capsys.readouterr().out
    assert quick.requests[0].startswith("bytes=")


def test_when_every_mirror_is_slow_the_fastest_is_kept(tmp_path, serve, capsys):
    slow, slower = serve(piece=20_000, pause=0.02), serve(piece=2000, pause=0.03)
    ensure("toy", tmp_path, manifest=toy(slower, slow), patience=replace(HASTY, floor=1e9))
    assert_whole(tmp_path)
    assert f"Staying with {slow.url[7:-11]}" in capsys.readouterr().out
    assert (len(slower.requests), len(slow.requests)) == (1, 2)


def test_a_notebook_leaves_slow_mirrors_and_keeps_what_came(tmp_path, serve):
    slow = serve(piece=1000, pause=0.02)
    source = look(tmp_path, toy(slow), patience=HASTY)
    assert (source.path, source.kind) == (None, "sample")
    assert "(the mirrors are slow). For real Toy: python course.py download" in source.message
    assert (tmp_path / "toy.tar.gz.part").stat().st_size > 0


def test_404_and_refusal_lead_to_the_next_mirror(tmp_path, serve, refused):
    get(tmp_path, toy(serve(status=404), refused, serve()))
    assert_whole(tmp_path)


def test_when_all_fail_each_reason_is_named(tmp_path, serve, refused):
    lost = serve(status=404)
    message = fails(tmp_path, toy(lost, refused))
    assert f"{lost.url[7:-11]}: HTTP 404; {refused[7:-11]}: connection refused" in message
    assert f"put the file into {tmp_path} yourself" in message


def test_a_mirror_that_never_answers_is_left(tmp_path, serve):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/x"
        get(tmp_path, toy(url, serve()), replace(SHORT, connect=0.3))
    assert_whole(tmp_path)


def test_a_name_that_is_not_found_in_time_is_left(tmp_path, serve, monkeypatch):
    slow = threading.Event()
    find = socket.getaddrinfo

    def look_up(host, *rest, **named):
        if host == "nowhere.invalid":
            slow.wait(20)
            raise socket.gaierror("no such host")
        return find(host, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    patience = replace(SHORT, connect=0.2)
    message = fails(tmp_path, toy("http://nowhere.invalid/x"), patience)
    slow.set()
    assert "nowhere.invalid: no answer in 0.2 s" in message


def test_a_name_that_is_not_known_is_no_network(tmp_path, monkeypatch):
    def unknown(*_, **__):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert "nowhere.invalid: its name was not found" in fails(
        tmp_path, toy("http://nowhere.invalid/x")
    )
    assert "(no network)" in look(tmp_path, toy("http://nowhere.invalid/x")).message


def test_a_certificate_that_is_not_accepted_is_explained():
    import ssl
    from urllib.error import URLError

    assert "check the clock" in mirrors._why(URLError(ssl.SSLCertVerificationError("bad")))


# Cut, resumed, changed ----------------------------------------------------------------------------


def test_a_cut_connection_is_taken_up_where_it_broke(tmp_path, serve):
    mirror = serve(cuts=[1000, 70_000])
    get(tmp_path, toy(mirror))
    assert mirror.requests == [None, "bytes=1000-", "bytes=71000-"]
    assert_whole(tmp_path)


def test_a_mirror_that_only_cuts_is_left_and_the_part_is_kept(tmp_path, serve):
    mirror = serve(cuts=[1000, 0, 0, 0])
    message = fails(tmp_path, toy(mirror))
    assert f"connection cut at 1,000 of {len(TAR):,} bytes" in message
    assert len(mirror.requests) == 3
    assert (tmp_path / "toy.tar.gz.part").read_bytes() == TAR[:1000]


def test_a_server_without_range_resumes_without_losing_the_part(tmp_path, serve):
    (tmp_path / "toy.tar.gz.part").write_bytes(TAR[:50_000])
    weak = serve(ranges=False, cuts=[20_000, 20_000, 20_000])
    fails(tmp_path, toy(weak))
    assert (tmp_path / "toy.tar.gz.part").read_bytes() == TAR[:50_000]
    get(tmp_path, toy(weak))
    assert_whole(tmp_path)


def test_a_part_of_another_file_is_thrown_away_once_its_hash_shows_it(tmp_path, serve):
    (tmp_path / "toy.tar.gz.part").write_bytes(b"x" * 50_000)
    mirror = serve()
    get(tmp_path, toy(mirror))
    assert mirror.requests == ["bytes=50000-", None]
    assert_whole(tmp_path)


@pytest.mark.parametrize("extra", [0, 1])
def test_a_part_that_is_too_long_or_whole_but_wrong_is_replaced(tmp_path, serve, extra):
    (tmp_path / "toy.tar.gz.part").write_bytes(b"x" * (len(TAR) + extra))
    get(tmp_path, toy(serve()))
    assert_whole(tmp_path)


def test_a_whole_part_needs_no_request(tmp_path, serve):
    (tmp_path / "toy.tar.gz.part").write_bytes(TAR)
    mirror = serve()
    get(tmp_path, toy(mirror))
    assert mirror.requests == []


def test_another_file_under_the_same_address_is_refused_before_it_is_written(tmp_path, serve):
    page = serve(b"<html>Please log in to the Wi-Fi</html>")
    (tmp_path / "toy.tar.gz.part").write_bytes(TAR[:10])
    message = fails(tmp_path, toy(page))
    assert f"offers another file (39 bytes, expected {len(TAR):,})" in message
    assert (tmp_path / "toy.tar.gz.part").read_bytes() == TAR[:10]


def test_a_wrong_hash_names_both_and_removes_the_file(tmp_path, serve):
    bad = bytes([TAR[0] ^ 1]) + TAR[1:]
    message = fails(tmp_path, toy(serve(bad)))
    assert f"sha256 {sha256(bad)}, expected {sha256(TAR)}; removed" in message
    assert not list(tmp_path.glob("toy*"))


def test_after_a_wrong_hash_the_next_mirror_is_asked_from_the_start(tmp_path, serve):
    bad, good = serve(b"x" * len(TAR)), serve()
    get(tmp_path, toy(bad, good))
    assert good.requests == [None]
    assert_whole(tmp_path)


def test_a_server_that_answers_another_range_is_left(tmp_path, serve, monkeypatch):
    (tmp_path / "toy.tar.gz.part").write_bytes(TAR[:1000])
    odd = serve()
    real = odd.answer

    def shifted(handler):
        handler.headers.replace_header("Range", "bytes=7-")
        real(handler)

    monkeypatch.setattr(odd, "answer", shifted)
    assert "answers bytes 1000- with 'bytes 7-" in fails(tmp_path, toy(odd))
    assert (tmp_path / "toy.tar.gz.part").read_bytes() == TAR[:1000]


def test_ctrl_c_keeps_the_part_and_the_next_run_goes_on(tmp_path, serve, monkeypatch):
    mirror = serve(piece=30_000, pause=0.001)
    real, calls = mirrors._read, []

    def interrupted(response):
        calls.append(1)
        if len(calls) > 3:
            raise KeyboardInterrupt
        return real(response)

    monkeypatch.setattr(mirrors, "_read", interrupted)
    with pytest.raises(KeyboardInterrupt):
        get(tmp_path, toy(mirror))
    kept = (tmp_path / "toy.tar.gz.part").read_bytes()
    assert 0 < len(kept) < len(TAR)
    assert TAR.startswith(kept)
    monkeypatch.setattr(mirrors, "_read", real)
    get(tmp_path, toy(mirror))
    assert mirror.requests[-1] == f"bytes={len(kept)}-"
    assert_whole(tmp_path)


# The disk -----------------------------------------------------------------------------------------


def test_too_little_room_is_said_before_the_first_byte(tmp_path, serve, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**9, 10**9, 100_000))
    mirror = serve()
    message = fails(tmp_path, toy(mirror))
    assert "0 MB free, Toy needs 1 MB; free some space or set COURSE_DATA_DIR" in message
    assert mirror.requests == []


def test_a_disk_that_fills_up_is_named_and_the_part_kept(tmp_path, serve, monkeypatch):
    real = Path.open

    class Full(io.FileIO):
        def write(self, data):
            if self.tell() + len(data) > 100_000:
                super().write(data[: 100_000 - self.tell()])
                raise OSError(28, "No space left on device")
            return super().write(data)

    def opened(path, mode="r", *rest, **named):
        return Full(path, mode) if path.suffix == ".part" and "a" in mode else real(path, mode)

    monkeypatch.setattr(Path, "open", opened)
    message = fails(tmp_path, toy(serve()))
    assert f"{tmp_path}: the disk is full; free some space" in message
    assert (tmp_path / "toy.tar.gz.part").stat().st_size <= 100_000


def test_a_folder_that_cannot_be_made_is_named_with_the_fix(tmp_path, serve):
    (tmp_path / "file").touch()
    message = fails(tmp_path / "file" / "data", toy(serve()))
    assert "cannot write (" in message
    assert "set COURSE_DATA_DIR to a folder of your own" in message


def test_a_read_only_folder_gives_the_sample_in_auto_mode(tmp_path, serve, monkeypatch):
    def denied(path, *_, **__):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "mkdir", denied)
    source = look(tmp_path, toy(serve()))
    assert source.kind == "sample"
    assert "cannot write" in source.message


def test_verified_data_in_a_read_only_folder_is_used_without_a_write(tmp_path, monkeypatch):
    put_batches(tmp_path)

    def denied(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", denied)
    monkeypatch.setattr("course_utils.storage.FileLock", denied)
    assert look(tmp_path, toy()).path == tmp_path / "toy-batches"
    assert get(tmp_path, toy()) == tmp_path / "toy-batches"


# What the user put there --------------------------------------------------------------------------


def put_batches(folder):
    (folder / "toy-batches").mkdir()
    for name, data in MEMBERS.items():
        (folder / "toy-batches" / name).write_bytes(data)


def test_a_tarball_of_the_user_is_used_without_a_request(tmp_path, refused):
    (tmp_path / "toy.tar.gz").write_bytes(TAR)
    source = look(tmp_path, toy(refused))
    assert source.kind == "real"
    assert source.message == f"Data: real Toy, verified, in {tmp_path / 'toy-batches'}"
    assert_whole(tmp_path)


def test_a_tarball_packed_differently_is_used_if_its_content_is_right(tmp_path, refused):
    members = {f"./toy-batches/{name}": data for name, data in MEMBERS.items()}
    (tmp_path / "toy.tar.gz").write_bytes(tar_of(members))
    get(tmp_path, toy(refused))
    assert_whole(tmp_path)


@pytest.mark.parametrize("bad", [TAR[:-5000], b"not a tarball", b""])
def test_a_bad_tarball_is_replaced_by_a_download(tmp_path, serve, bad):
    (tmp_path / "toy.tar.gz").write_bytes(bad)
    get(tmp_path, toy(serve()))
    assert (tmp_path / "toy.tar.gz").read_bytes() == TAR
    assert_whole(tmp_path)


def test_a_bad_tarball_that_cannot_be_replaced_stays_and_is_named(tmp_path, refused):
    (tmp_path / "toy.tar.gz").write_bytes(TAR[:-5000])
    message = fails(tmp_path, toy(refused))
    assert f"toy.tar.gz has {len(TAR) - 5000:,} bytes, expected {len(TAR):,}" in message
    assert (tmp_path / "toy.tar.gz").read_bytes() == TAR[:-5000]


def damage(folder, name="batch_2"):
    """Truncate one batch file."""
    path = folder / "toy-batches" / name
    path.write_bytes(MEMBERS[name][:99])
    return path


def test_a_damaged_batch_is_found_by_size_hash_or_absence(tmp_path):
    put_batches(tmp_path)
    entry, folder = toy()["toy"], tmp_path / "toy-batches"
    assert folder_problems(folder, entry) == []
    flipped = bytearray(MEMBERS["batch_1"])
    flipped[500] ^= 1
    (folder / "batch_1").write_bytes(flipped)
    os.utime(folder / "batch_1", (1, 1))
    damage(tmp_path)
    (folder / "names.meta").unlink()
    first, second, third = folder_problems(folder, entry)
    assert first.startswith("batch_1 has sha256 ")
    assert second == "batch_2 has 99 bytes, expected 100,000"
    assert third == "names.meta is missing"


def test_real_mode_names_the_damaged_file_and_touches_nothing(tmp_path, serve):
    put_batches(tmp_path)
    path = damage(tmp_path)
    mirror = serve()
    with pytest.raises(DownloadError) as caught:
        look(tmp_path, toy(mirror), "real")
    expected = f"{path.parent}: batch_2 has 99 bytes, expected 100,000; to repair it: "
    assert str(caught.value) == expected + "python course.py download"
    assert path.stat().st_size == 99
    assert mirror.requests == []


def test_auto_mode_repairs_from_the_tarball_and_leaves_other_files(tmp_path, refused):
    put_batches(tmp_path)
    damage(tmp_path)
    (tmp_path / "toy-batches" / "my notes.txt").write_text("mine", encoding="utf-8")
    (tmp_path / "toy.tar.gz").write_bytes(TAR)
    assert look(tmp_path, toy(refused)).kind == "real"
    assert (tmp_path / "toy-batches" / "my notes.txt").read_text(encoding="utf-8") == "mine"
    assert_whole(tmp_path)


def test_auto_mode_repairs_by_download_else_falls_back_and_says_why(tmp_path, serve, refused):
    put_batches(tmp_path)
    path = damage(tmp_path)
    source = look(tmp_path, toy(refused))
    assert source.message == (
        "Data: the drawn sample (batch_2 has 99 bytes, expected 100,000; no network). "
        "For real Toy: python course.py download"
    )
    assert path.stat().st_size == 99
    dl._given_up.clear()
    assert look(tmp_path, toy(serve())).kind == "real"
    assert_whole(tmp_path)


# Modes --------------------------------------------------------------------------------------------


def test_data_mode_reads_the_environment(monkeypatch):
    assert dl.data_mode() == "auto"
    for value, mode in {"real": "real", " SAMPLE ": "sample", "": "auto"}.items():
        monkeypatch.setenv("COURSE_DATA", value)
        assert dl.data_mode() == mode


def test_an_unknown_mode_is_answered_with_the_choices(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", "imagenet")
    with pytest.raises(ValueError, match="COURSE_DATA='imagenet' is unknown; choose auto, real or"):
        dl.resolve_cifar10(tmp_path)
    with pytest.raises(ValueError, match="mode='fake' is unknown"):
        dl.resolve_hymenoptera(tmp_path, mode="fake")


def test_sample_mode_looks_nowhere_and_says_so(tmp_path, monkeypatch, refused):
    (tmp_path / "toy.tar.gz").write_bytes(TAR)
    monkeypatch.setenv("COURSE_DATA", "sample")
    source = resolve("toy", tmp_path, manifest=toy(refused))
    assert source.path is None
    assert source.message.startswith("Data: the drawn sample (COURSE_DATA=sample). For real Toy: ")
    assert "(as asked)" in dl.resolve_cifar10(tmp_path, mode="sample").message
    assert [path.name for path in tmp_path.iterdir()] == ["toy.tar.gz"]


def test_auto_mode_without_network_tries_once_and_then_still_sees_new_files(
    tmp_path, refused, monkeypatch
):
    tries, real = [], mirrors._open
    monkeypatch.setattr(mirrors, "_open", lambda *a: tries.append(1) or real(*a))
    first, second = look(tmp_path, toy(refused)), look(tmp_path, toy(refused))
    assert first == second
    assert first.message == (
        "Data: the drawn sample (no network). For real Toy: python course.py download"
    )
    assert len(tries) == 1
    put_batches(tmp_path)
    assert look(tmp_path, toy(refused)).kind == "real"


def test_real_mode_without_data_never_falls_back(tmp_path, monkeypatch, refused):
    monkeypatch.setenv("COURSE_DATA", "real")
    with pytest.raises(DownloadError, match=r"toy.tar.gz could not be downloaded: .* refused"):
        resolve("toy", tmp_path, manifest=toy(refused), progress=False)


@pytest.mark.parametrize("mode", ["auto", "real"])
def test_course_offline_forbids_even_trying(tmp_path, monkeypatch, serve, mode):
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    mirror = serve()
    if mode == "auto":
        assert "(COURSE_OFFLINE=1)" in look(tmp_path, toy(mirror)).message
    else:
        with pytest.raises(DownloadError, match="COURSE_OFFLINE is set"):
            look(tmp_path, toy(mirror), "real")
    assert mirror.requests == []


def test_the_default_folder_is_data_dir(tmp_path, monkeypatch, serve):
    monkeypatch.setenv("COURSE_DATA_DIR", str(tmp_path / "mine"))
    assert ensure("toy", manifest=toy(serve()), progress=False) == tmp_path / "mine" / "toy-batches"


# Two at once --------------------------------------------------------------------------------------


def test_two_at_once_download_once(tmp_path, serve):
    mirror, results = serve(piece=30_000, pause=0.02), []
    both = [
        threading.Thread(target=lambda: results.append(get(tmp_path, toy(mirror))))
        for _ in range(2)
    ]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join(20)
    assert results == [tmp_path / "toy-batches"] * 2
    assert mirror.requests == [None]
    assert_whole(tmp_path)


def test_another_process_that_holds_the_lock_is_not_waited_for_for_ever(tmp_path, serve, capsys):
    code = (
        "import sys; from filelock import FileLock\n"
        "with FileLock(sys.argv[1]): print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(tmp_path / ".toy.tar.gz.lock")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == b"held" + os.linesep.encode()
        with pytest.raises(DownloadError, match="still being fetched by another process"):
            ensure("toy", tmp_path, manifest=toy(serve()), patience=replace(SHORT, lock=0.1))
        assert "Another process is fetching toy.tar.gz; waiting" in capsys.readouterr().out
        holder.kill()
    get(tmp_path, toy(serve()))  # the lock of a killed process holds nobody up
    assert_whole(tmp_path)


# Archives -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["../evil", "toy-batches/../../evil", "/evil", "C:\\evil", "..\\evil", "\\\\host\\x"]
)
@pytest.mark.parametrize("pack", [tar_of, zip_of])
def test_a_member_that_points_outside_refuses_the_archive(tmp_path, name, pack):
    members = {f"toy-batches/{n}": data for n, data in MEMBERS.items()} | {name: b"evil"}
    home = tmp_path / "deep" / "home"
    home.mkdir(parents=True)
    (home / "toy.tar.gz").write_bytes(pack(members))
    with pytest.raises(DownloadError, match="points outside the folder"):
        unpack(home / "toy.tar.gz", home / "toy-batches", toy()["toy"])
    assert [p.name for p in tmp_path.rglob("*")] == ["deep", "home", "toy.tar.gz"]


def test_links_and_strangers_in_a_tarball_are_not_written(tmp_path):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as pack:
        for name, target in {"toy-batches/batch_1": "/etc/passwd", "other": "x"}.items():
            link = tarfile.TarInfo(name)
            link.type, link.linkname = tarfile.SYMTYPE, target
            pack.addfile(link)
        pack.addfile(tarfile.TarInfo("toy-batches/stranger"), io.BytesIO())
    (tmp_path / "toy.tar.gz").write_bytes(buffer.getvalue())
    with pytest.raises(DownloadError, match="in it, batch_1 is missing"):
        unpack(tmp_path / "toy.tar.gz", tmp_path / "toy-batches", toy()["toy"])
    assert [path.name for path in tmp_path.iterdir()] == ["toy.tar.gz"]


def test_a_member_larger_than_all_should_be_is_not_unpacked(tmp_path):
    (tmp_path / "toy.tar.gz").write_bytes(tar_of({"toy-batches/batch_1": bytes(1_000_000)}))
    with pytest.raises(DownloadError, match="1,000,000 bytes, more than all of it should be"):
        unpack(tmp_path / "toy.tar.gz", tmp_path / "toy-batches", toy()["toy"])


def test_what_a_killed_process_left_is_cleared(tmp_path):
    (tmp_path / ".unpack-toy-batches-abc").mkdir()
    (tmp_path / "toy.tar.gz").write_bytes(TAR)
    get(tmp_path, toy())
    assert_whole(tmp_path)


# Ants and bees: no hash for each picture, so they are counted -------------------------------------


def bees(url=()):
    parts = {"train/ants": 2, "train/bees": 1, "val/ants": 1, "val/bees": 1}
    members = {
        f"hymenoptera_data/{part}/{i}.jpg": b"picture"
        for part, n in parts.items()
        for i in range(n)
    }
    extra = {
        "hymenoptera_data/train/ants/imageNotFound.gif": b"no picture",
        "hymenoptera_data/train/ants/._0.jpg": b"left by macOS",
        "__MACOSX/hymenoptera_data/train/ants/9.jpg": b"left by macOS",
    }
    archive = zip_of(members | extra)
    entry = Entry(
        title="ants & bees photographs",
        file="bees.zip",
        bytes=len(archive),
        sha256=sha256(archive),
        urls=tuple(url),
        folder="hymenoptera_data",
        unpacked_bytes=1000,
        counts=parts,
    )
    return archive, {"hymenoptera": entry}


def test_ants_and_bees_are_unpacked_and_counted(tmp_path, serve):
    mirror = serve(bees()[0])
    _, manifest = bees([mirror.url])
    path = ensure("hymenoptera", tmp_path, manifest=manifest, patience=SHORT, progress=False)
    found = sorted(p.relative_to(path).as_posix() for p in path.rglob("*") if p.is_file())
    assert found == [
        "train/ants/0.jpg",
        "train/ants/1.jpg",
        "train/bees/0.jpg",
        "val/ants/0.jpg",
        "val/bees/0.jpg",
    ]


def test_photographs_of_the_learner_are_welcome_missing_and_empty_ones_are_not(tmp_path):
    archive, manifest = bees()
    (tmp_path / "bees.zip").write_bytes(archive)
    path = ensure("hymenoptera", tmp_path, manifest=manifest, progress=False)
    (path / "train" / "bees" / "mine.jpg").write_bytes(b"my bee")
    assert folder_problems(path, manifest["hymenoptera"]) == []
    (path / "train" / "ants" / "0.jpg").write_bytes(b"")
    expected = ["train/ants has 1 images, expected 2"]
    assert folder_problems(path, manifest["hymenoptera"]) == expected
    ensure("hymenoptera", tmp_path, manifest=manifest, progress=False)
    assert (path / "train" / "ants" / "0.jpg").read_bytes() == b"picture"
    assert (path / "train" / "bees" / "mine.jpg").read_bytes() == b"my bee"


# The command line ---------------------------------------------------------------------------------


def test_the_command_line_reports_each_and_fails_in_one_line(tmp_path, monkeypatch, capsys, serve):
    mirror = serve()
    manifest = {"cifar10": toy(mirror)["toy"], "hymenoptera": toy()["toy"]}
    manifest["hymenoptera"] = replace(manifest["hymenoptera"], folder="other", file="other.zip")
    monkeypatch.setattr(dl, "load_manifest", lambda: manifest)
    assert dl.main(["cifar10", "--folder", str(tmp_path)]) == 0
    assert capsys.readouterr().out == f"verified: {tmp_path / 'toy-batches'}\n"
    assert dl.main(["--folder", str(tmp_path)]) == 1
    out, err = capsys.readouterr()
    assert out.startswith("verified: ")
    assert err.count("\n") == 1
    assert "no mirror is known" in err


def test_the_command_line_says_that_an_interruption_loses_nothing(monkeypatch, capsys):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(dl, "ensure", interrupted)
    assert dl.main(["cifar10"]) == 130
    assert "what has come is kept" in capsys.readouterr().err


def test_the_module_needs_no_torch():
    code = "import sys, course_utils.download; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


# The real files -----------------------------------------------------------------------------------


@pytest.mark.real
def test_the_real_batches_are_verified_and_used(real_dir):
    source = dl.resolve_cifar10(real_dir, mode="auto")
    assert (source.path, source.kind) == (real_dir, "real")


@pytest.mark.real
def test_the_real_photographs_are_counted_and_used(real_dir, tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    shutil.copyfile(real_dir / "hymenoptera_data.zip", tmp_path / "hymenoptera_data.zip")
    source = dl.resolve_hymenoptera(tmp_path, mode="auto")
    assert source.path == tmp_path / "hymenoptera_data"
    assert len(list(source.path.glob("train/*/*"))) == 244
    assert len(list(source.path.glob("val/*/*"))) == 153


@pytest.mark.real
def test_a_flipped_byte_in_a_real_batch_is_found(real_dir, tmp_path):
    root = tmp_path / "cifar-10-batches-py"
    root.mkdir()
    entry = load_manifest()["cifar10"]
    for name in entry.files:
        (root / name).symlink_to(real_dir / entry.folder / name)
    data = bytearray((root / "test_batch").read_bytes())
    data[12345] ^= 1
    (root / "test_batch").unlink()
    (root / "test_batch").write_bytes(data)
    (problem,) = folder_problems(root, entry)
    assert problem.startswith(f"test_batch has sha256 {digest(root / 'test_batch', 'sha256')}")
    with pytest.raises(DownloadError, match=r"to repair it: python course\.py download"):
        dl.resolve_cifar10(tmp_path, mode="real")
