"""Downloads of corpora: checked by SHA-256 where there is one, resumed after a break, unpacked
whole or not at all."""

import os
import shutil
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pooch
import requests
import urllib3
from tqdm.auto import tqdm

from lnnlab import paths, store
from lnnlab.errors import UserError, unknown

HOST = "http://download.tensorflow.org/data"
PIECE = 1 << 20  # bytes
UNPACKED = 2.0  # an archive needs so many times its size while it is unpacked, at most


@dataclass(frozen=True)
class Archive:
    """A published file.

    Attributes:
        url: where it is; sha256: of its bytes, ``""`` where none can be: a host that packs a
            repository when it is asked promises no bytes.
        folder: below the data folder, where it is unpacked.
        file: its name here; ``""``: the last part of the address.
    """

    url: str
    sha256: str
    folder: str
    file: str = ""

    @property
    def name(self) -> str:
        """The file's name."""
        return self.file or self.url.rsplit("/", 1)[-1]


ARCHIVES: dict[str, Archive] = {
    "speech_commands": Archive(
        f"{HOST}/speech_commands_v0.02.tar.gz",
        "af14739ee7dc311471de98f5f9d2c9191b18aedfe957f4a6ff791c709868ff58", "speech_commands",
    ),
    "speech_commands_v0.01": Archive(
        f"{HOST}/speech_commands_v0.01.tar.gz",
        "743935421bb51cccdb6bdd152e04c5c70274e935c82119ad7faeec31780d811d",
        "speech_commands_v0.01",
    ),
    "speech_commands_test_set_v0.02": Archive(
        f"{HOST}/speech_commands_test_set_v0.02.tar.gz",
        "cc2a00c1147c2254e9be3fa0f779d8c17421dc349b86366567a8edfa9acd51df",
        "speech_commands_test_set_v0.02",
    ),
    # GitHub packs it when asked and changes its bytes now and then, so no SHA-256 can stand here;
    # each file's CRC in the archive and the list of clips, which the loader checks, must do
    "esc50": Archive("https://github.com/karolpiczak/ESC-50/archive/master.zip", "", "esc50",
                     "ESC-50-master.zip"),
}


def fetch(name: str, archives: dict[str, Archive] | None = None, progress: bool = True) -> Path:
    """Download a corpus and unpack it below the data folder; nothing is done where it is there.

    Args:
        name: key of ``ARCHIVES``.
        archives: others to take it from.
        progress: show a bar.

    Returns:
        The folder.

    Raises:
        UserError: the name is unknown, the connection broke (call again to go on), the disk is
            full, or the checksum does not match (the file is kept aside and not used).
    """
    known = ARCHIVES if archives is None else archives
    if name not in known:
        raise unknown("corpus to fetch", name, known)
    archive, root = known[name], paths.data_root()
    folder = root / archive.folder
    if folder.is_dir():
        return folder
    root.mkdir(parents=True, exist_ok=True)
    downloaded = _download(archive, root, progress)
    _unpack(downloaded, folder)
    downloaded.unlink()
    return folder


def _download(archive: Archive, root: Path, progress: bool) -> Path:
    part = root / f"{archive.name}.part"
    pooch.get_logger().setLevel("WARNING")  # the bar says it better
    try:
        pooch.retrieve(
            archive.url, f"sha256:{archive.sha256}" if archive.sha256 else None, archive.name, root,
            downloader=_Resuming(part, progress),
        )
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        raise UserError(
            f"{archive.url}: the download broke off ({type(error).__name__}); call again to go on "
            f"where it stopped, or put the file's content into {root / archive.folder} by hand"
        ) from error
    except ValueError as error:  # pooch's checksum
        aside = part.with_suffix(".rejected")
        part.replace(aside)
        raise UserError(
            f"{aside}: its SHA-256 is not the published one; it is kept aside and not used, fetch "
            "again"
        ) from error
    except OSError as error:
        raise UserError(f"{root}: cannot write ({error.strerror}); make room and call again"
                        ) from error
    part.unlink(missing_ok=True)
    return root / archive.name


class _Resuming:
    """A downloader of pooch's that goes on from a partial file.

    Args:
        part: what has come so far.
        progress: show a bar.
    """

    def __init__(self, part: Path, progress: bool) -> None:
        self.part, self.progress = part, progress

    def __call__(self, url: str, output_file: str, _: object) -> None:
        """Complete the partial file and give pooch its own link to it."""
        done = self.part.stat().st_size if self.part.exists() else 0
        headers = {"Accept-Encoding": "identity"}
        headers |= {"Range": f"bytes={done}-"} if done else {}
        with requests.get(url, headers=headers, stream=True, timeout=30) as answer:
            if answer.status_code == 416:  # nothing is left to come
                answer.close()
            else:
                answer.raise_for_status()
                self._take(answer, done if answer.status_code == 206 else 0)
        os.unlink(output_file)
        os.link(self.part, output_file)

    def _take(self, answer: requests.Response, done: int) -> None:
        left = int(answer.headers.get("Content-Length", 0))
        free = shutil.disk_usage(self.part.parent).free
        if left * (1 + UNPACKED) > free:
            raise OSError(28, f"{left * (1 + UNPACKED) / 1e9:.1f} GB are needed, "
                              f"{free / 1e9:.1f} GB are free")
        bar = tqdm(total=done + left, initial=done, unit="B", unit_scale=True,
                   desc=self.part.stem, disable=not self.progress)
        with self.part.open("ab" if done else "wb") as file, bar:
            while piece := answer.raw.read1(PIECE):  # whatever has come, so a break loses nothing
                file.write(piece)
                bar.update(len(piece))
        if left and self.part.stat().st_size < done + left:
            raise requests.ConnectionError("fewer bytes came than were announced")


def _unpack(archive: Path, folder: Path) -> None:
    """Unpack beside the folder first; a break leaves nothing half unpacked in its place."""
    try:
        with store.replacing(folder) as place:
            if archive.suffix == ".zip":
                with zipfile.ZipFile(archive) as packed:
                    packed.extractall(place)  # keeps names that lead outside inside
                return
            with tarfile.open(archive) as file:
                file.extractall(place, filter="data")  # refuses names that lead outside
    except (tarfile.TarError, zipfile.BadZipFile, EOFError) as error:
        raise UserError(f"{archive}: cannot be unpacked ({error}); fetch again") from error

