"""The way to a scheduler: encrypted or on this machine, as it runs whatever anyone sends it."""

import ipaddress
import logging
import sys
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from tqdm.auto import tqdm

from lnnlab.errors import UserError

TRY_S = 5.0  # that one attempt at a connection may take
HOW = "--tls CA CERT KEY names its files"


@dataclass(frozen=True)
class Access:
    """How a scheduler is reached.

    Attributes:
        address: such as ``"tls://head:8786"``, or ``"tcp://127.0.0.1:8786"`` on this machine.
        tls: files of authority, certificate and key; or the ``security`` of one of Dask's clusters;
            None: as Dask is configured.
        trusted: whether ``tcp://`` to another machine is meant.
        wait_s: for a scheduler, or for workers, that are not there yet, or no more.
    """

    address: str
    tls: Sequence[Path] | Any = None
    trusted: bool = False
    wait_s: float = 60.0

    def __post_init__(self) -> None:
        parts = urlsplit(self.address)
        if parts.scheme not in ("tcp", "tls") or not parts.hostname or not _port(self.address):
            raise UserError(f"--scheduler {self.address}: write tls://host:port, or "
                            "tcp://127.0.0.1:port for one on this machine")
        if parts.scheme == "tcp" and not _loopback(parts.hostname) and not self.trusted:
            raise UserError(
                f"--scheduler {self.address}: whoever reaches a scheduler without TLS can run "
                f"programs on its workers; use tls://, or an ssh tunnel to 127.0.0.1, or say "
                "--trust-network")
        for file in self.tls if isinstance(self.tls, Sequence) else ():
            if not Path(file).is_file():
                raise UserError(f"--tls: {file}: no such file")
        if self.tls and parts.scheme != "tls":
            raise UserError(f"--scheduler {self.address}: --tls is for tls://")


def connected(access: Access) -> Any:
    """A client of the scheduler, tried for as long as the access says.

    Raises:
        UserError: ``distributed`` is not installed, or nobody answers.
    """
    dask = package()
    until = time.monotonic() + access.wait_s
    while True:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # other versions of Dask's own parts
                return dask.Client(access.address, timeout=min(TRY_S, access.wait_s or 1.0),
                                   security=_security(dask, access), set_as_default=False)
        except (OSError, TimeoutError) as error:
            if time.monotonic() >= until:
                raise UserError(
                    f"--scheduler {access.address}: nobody answers ({_reason(error)}); start it "
                    f"with 'dask scheduler', or wait longer with --wait (now {access.wait_s:g} s)"
                ) from None
            time.sleep(0.5)


def package() -> ModuleType:
    """Dask's ``distributed``, silent but for what we say ourselves.

    Raises:
        UserError: it is not installed.
    """
    try:
        module = import_module("distributed")
    except ImportError:
        raise UserError("--scheduler: the package 'distributed' is not installed; pip install "
                        "'lnnlab[sweep]' or distributed; --jobs works without it") from None
    for name in list(logging.root.manager.loggerDict):  # each of its loggers has its own level
        if name.startswith("distributed"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
    return module


def say(words: str) -> None:
    """A line beside the bar."""
    tqdm.write(f"lnnlab: {words}", file=sys.stderr)


def _security(dask: ModuleType, access: Access) -> Any:
    if not access.address.startswith("tls://"):
        return None
    if access.tls and not isinstance(access.tls, Sequence):
        return access.tls
    if access.tls:
        authority, certificate, key = map(str, access.tls)
        return dask.Security(require_encryption=True, tls_ca_file=authority,
                             tls_client_cert=certificate, tls_client_key=key)
    configured = dask.Security(require_encryption=True)  # from Dask's configuration
    if not configured.tls_ca_file:
        raise UserError(f"--scheduler {access.address}: no certificates are known; {HOW}, or set "
                        "distributed.comm.tls in Dask's configuration")
    return configured


def _port(address: str) -> int:
    try:
        return urlsplit(address).port or 0
    except ValueError:
        return 0


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _reason(error: Exception) -> str:
    cause = error.__cause__ or error
    return (str(cause).splitlines() or [type(cause).__name__])[0][:120]
