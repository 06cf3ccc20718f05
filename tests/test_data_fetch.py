"""Downloads: resumed after a break, checked, unpacked whole or not at all."""

import functools
import hashlib
import io
import tarfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from lnnlab.cli import main
from lnnlab.data.fetch import ARCHIVES, Archive, fetch
from lnnlab.errors import UserError


def archive(names=("yes/a.wav", "no/b.wav")) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as file:
        for name in names:
            content = hashlib.sha256(name.encode()).digest() * 2000
            info = tarfile.TarInfo(name)
            info.size = len(content)
            file.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


class Server(BaseHTTPRequestHandler):
    """Serves ``content``; the first answer breaks off after ``breaks`` bytes."""

    def __init__(self, state, *arguments):
        self.state = state
        super().__init__(*arguments)

    def do_GET(self):
        content, start = self.state["content"], 0
        if "Range" in self.headers:
            start = int(self.headers["Range"].removeprefix("bytes=").removesuffix("-"))
            self.state["resumed"].append(start)
        if start >= len(content) > 0 and "Range" in self.headers:
            self.send_response(416)
            self.end_headers()
            return
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        stop = self.state.pop("breaks", len(content))
        self.wfile.write(content[start:stop])

    def log_message(self, *_):
        pass


@pytest.fixture
def served(tmp_path, monkeypatch):
    monkeypatch.setenv("LNNLAB_DATA", str(tmp_path / "data"))
    state = {"content": archive(), "resumed": []}
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Server, state))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    state["url"] = f"http://127.0.0.1:{server.server_port}/words.tar.gz"
    state["folder"] = tmp_path / "data"
    yield state
    server.shutdown()


def known(state, sha256=None):
    digest = sha256 or hashlib.sha256(state["content"]).hexdigest()
    return {"words": Archive(state["url"], digest, "words")}


def test_a_corpus_is_fetched_once(served):
    folder = fetch("words", known(served), progress=False)
    assert sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*.wav")) == [
        "no/b.wav", "yes/a.wav"]
    assert [each.name for each in served["folder"].iterdir()] == ["words"]
    served["content"] = b""  # a second call asks for nothing
    assert fetch("words", known(served, "0" * 64), progress=False) == folder


def test_a_broken_download_goes_on_where_it_stopped(served):
    served["breaks"] = 100
    with pytest.raises(UserError, match="the download broke off .* call again to go on"):
        fetch("words", known(served), progress=False)
    assert [each.name for each in served["folder"].iterdir()] == ["words.tar.gz.part"]
    fetch("words", known(served), progress=False)
    assert served["resumed"] == [100]
    assert [each.name for each in served["folder"].iterdir()] == ["words"]


def test_a_wrong_checksum_keeps_the_file_aside(served):
    with pytest.raises(UserError, match="SHA-256 is not the published one"):
        fetch("words", known(served, "0" * 64), progress=False)
    assert [each.name for each in served["folder"].iterdir()] == ["words.tar.gz.rejected"]


def test_nothing_leads_outside_the_folder(served):
    served["content"] = archive(("yes/a.wav", "../outside.wav"))
    with pytest.raises(UserError, match="cannot be unpacked"):
        fetch("words", known(served), progress=False)
    assert not (served["folder"].parent / "outside.wav").exists()
    assert not (served["folder"] / "words").exists()


def test_a_full_disk_is_said_before_anything_is_written(served, monkeypatch):
    monkeypatch.setattr("lnnlab.data.fetch.UNPACKED", 1e15)
    with pytest.raises(UserError, match="cannot write .*GB are needed.* make room"):
        fetch("words", known(served), progress=False)
    assert not (served["folder"] / "words").exists()


def test_no_connection_names_the_address_and_the_folder(served):
    nowhere = {"words": Archive("http://127.0.0.1:9/words.tar.gz", "0" * 64, "words")}
    with pytest.raises(UserError, match="127.0.0.1:9/words.tar.gz.*data/words by hand"):
        fetch("words", nowhere, progress=False)


def test_the_command_knows_its_names(capsys):
    assert main(["fetch", "speech_comands"]) == 1
    assert "did you mean 'speech_commands'" in capsys.readouterr().err
    assert [name for name, each in ARCHIVES.items() if len(each.sha256) != 64] == ["esc50"]
