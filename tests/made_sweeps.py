"""A small notebook that records, tabulates and misbehaves on request, and processes to sweep it."""

import contextlib
import os
import socket
import subprocess
import sys
import time

import nbformat
import psutil

from lnnlab import paths

PARAMETERS = """n: int = 0  # a number
odd: bool = False  # a knob
mode: str = ""  # how it misbehaves
corpus: str = ""  # a file
profile: str = "quick"  # reports go to reports/<profile>"""
BODY = """import os, time
from pathlib import Path
from lnnlab import paths
from lnnlab.errors import UserError
from lnnlab.records import Records, Subject
log = Path({log!r})
with log.open("a") as file:
    file.write(f"{{n}} {{os.getpid()}}\\n")
if mode == "raise" and n == 1:
    raise UserError("n is 1:\\nthat is too odd")
while mode == "wait" and n == 1 and not log.with_name("go").exists():
    time.sleep(0.05)
while mode == "stuck" and n == 1:
    time.sleep(0.05)"""
RECORD = """folder = paths.reports(profile)
read = Path(corpus).read_text() if corpus else ""
subject = Subject(f"run {n}", f"row {n}", {"n": n}, {"data": read})
records = Records(folder / "records" / "tried.jsonl")
records.kept(subject, lambda: {"square": n * n / 3})
records.settle()
if not mode:  # one that behaves makes a table too
    import pandas as pd
    from lnnlab.reports import tables
    row = {"model": f"row {n}", "metric": "square", "value": n * n / 3, "basis": "measured",
           "corpus": "none", "split": f"rule {n % 2}"}
    tables.update("tried", pd.DataFrame([row]), folder)
print(n, odd)"""


def notebook(folder):
    """Write the notebook; returns its path. It notes each start in ``log`` beside it."""
    code = nbformat.v4.new_code_cell
    cells = [code(PARAMETERS, metadata={"tags": ["parameters"]}),
             code(BODY.format(log=str(folder / "log"))), code(RECORD)]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    path = folder / "tried.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), path)
    return path


def grid(folder, text="[grid]\nn = [0, 1, 2]\n", name="grid", mode=""):
    """Write the notebook and a grid of it; returns the grid's path."""
    notebook(folder)
    path = folder / f"{name}.toml"
    fixed = f'[parameters]\nmode = "{mode}"\n' if mode else ""
    path.write_text(f'notebook = "tried.ipynb"\n{fixed}{text}')
    return path


def starts(folder):
    """Which n was started, in order, and by which kernel: (n, pid)."""
    log = folder / "log"
    return [tuple(map(int, line.split())) for line in log.read_text().splitlines()
            ] if log.exists() else []


def until(true, seconds=60):
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.05)
    return found


def alive(pid):
    """Whether a process runs."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False


def environment(reports, **more):
    """Of processes that use this checkout and write below ``reports``."""
    path = os.pathsep.join([more.pop("first", ""), str(paths.ROOT)]).strip(os.pathsep)
    return os.environ | {"LNNLAB_REPORTS": str(reports), "PYTHONPATH": path} | more


def started(arguments, env, **more):
    """A process of Python in the background."""
    return subprocess.Popen([sys.executable, *map(str, arguments)], env=env, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)


def command(file, reports, *arguments, **more):
    """``lnnlab sweep`` in the background."""
    return started(["-m", "lnnlab", "sweep", file, *arguments], environment(reports, **more))


class Dask:
    """A scheduler and its workers as processes, all ended on the way out."""

    def __init__(self, reports, tls=()):
        self.reports, self.tls = reports, tls
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"{'tls' if tls else 'tcp'}://127.0.0.1:{self.port}"
        self.processes = []

    def __enter__(self):
        self.scheduler = self.start_scheduler()
        return self

    def __exit__(self, *_):
        for each in self.processes:
            each.kill()
            each.communicate()

    def start_scheduler(self):
        return self._dask("scheduler", "--port", self.port, "--protocol",
                          "tls" if self.tls else "tcp", env=environment(self.reports))

    def worker(self, **more):
        """One more worker; arguments as of :func:`environment`."""
        return self._dask("worker", self.address, "--nthreads", 1, "--no-nanny",
                          "--local-directory", self.reports.parent,
                          env=environment(self.reports, **more))

    def _dask(self, kind, *arguments, env):
        found = started(["-m", "dask", kind, "--host", "127.0.0.1", "--no-dashboard", *self.tls,
                         *arguments], env, cwd=self.reports.parent)  # "-m" finds what lies here
        self.processes.append(found)
        return found
