"""The page by itself: notebook 12's marked cells behind Voilà, on this machine alone."""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import webbrowser
from importlib.util import find_spec
from pathlib import Path

import nbformat

from lnnlab import paths, store
from lnnlab.errors import UserError
from lnnlab.jobs import sweep

HOST, PORT = "127.0.0.1", 8866
NOTEBOOK, TAG = "12 Train on your recordings.ipynb", "page"
IDLE_S = 600  # after which a kernel without a tab is ended; its job goes on
LOOK_S = 60
SWEEP_S = 3600.0  # between two looks for jobs that nobody uses any more


def serve(port: int = PORT, browser: bool = True) -> int:
    """Serve the page until it is interrupted; prints its address with a token.

    Args:
        port: on 127.0.0.1.
        browser: open it there.

    Returns:
        Voilà's exit status.

    Raises:
        UserError: Voilà is not installed, or the port is taken.
    """
    if find_spec("voila") is None:
        raise UserError("voila is not installed: 'pip install lnnlab[page]', or open notebook 12 "
                        "in JupyterLab ('make lab')")
    _refuse_taken(port)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # and Voilà with it, below
    token = secrets.token_urlsafe(24)
    address = f"http://{HOST}:{port}/?token={token}"
    with tempfile.TemporaryDirectory(prefix="lnnlab-") as folder:
        notebook = Path(folder) / "page.ipynb"
        store.write_text(notebook, nbformat.writes(marked(paths.NOTEBOOKS / NOTEBOOK)))
        store.write_text(Path(folder) / "voila.json", json.dumps(settings(port, token)))
        process = subprocess.Popen([sys.executable, "-m", "voila", notebook.name],
                                   env=_environment(), cwd=folder)
        try:
            if _answers(port, process):
                print(f"The page is at {address}\nEnd it with Ctrl-C; jobs that run go on.",
                      flush=True)
                if browser:
                    webbrowser.open(address)
            return _ended(process)
        except KeyboardInterrupt:
            return 0
        finally:
            process.terminate()
            process.wait()


def _ended(process: subprocess.Popen) -> int:
    """Wait for Voilà's exit status; jobs that nobody uses any more are removed meanwhile."""
    while True:
        sweep()
        try:
            return process.wait(SWEEP_S)
        except subprocess.TimeoutExpired:
            continue


def marked(path: Path) -> nbformat.NotebookNode:
    """A notebook with its title and the cells alone that are tagged ``page``."""
    notebook = nbformat.read(path, as_version=4)
    title = nbformat.v4.new_markdown_cell(f"# {path.stem.split(' ', 1)[1]}")
    own = [each for each in notebook.cells if TAG in each.metadata.get("tags", [])]
    notebook.cells = [title, *own]
    return notebook


def settings(port: int, token: str) -> dict:
    """Voilà's: nobody without the token, on this machine alone, kernels without a tab ended."""
    return {
        "Voila": {"ip": HOST, "port": port, "port_retries": 0, "open_browser": False,
                  "token": token, "log_level": "ERROR"},
        "MappingKernelManager": {"cull_idle_timeout": IDLE_S, "cull_interval": LOOK_S},
    }


def _environment() -> dict[str, str]:
    """The kernels find this checkout, wherever they start."""
    places = [str(paths.ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return os.environ | {"PYTHONPATH": os.pathsep.join(places)}


def _refuse_taken(port: int) -> None:
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((HOST, port))
        except (OSError, OverflowError) as error:
            why = getattr(error, "strerror", "") or error
            raise UserError(f"port {port}: {why}; choose another one, such as 'make page "
                            f"PORT={port + 1 if port < 65_535 else PORT}'") from error


def _answers(port: int, process: subprocess.Popen) -> bool:
    """Whether Voilà listens by now; waits while it starts."""
    while process.poll() is None:
        with socket.socket() as tried:
            if tried.connect_ex((HOST, port)) == 0:
                return True
        time.sleep(0.1)
    return False
