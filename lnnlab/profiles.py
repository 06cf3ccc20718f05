"""All notebooks of a profile, side by side where they need nothing of each other, and its page."""

import multiprocessing
import os
import threading
import tomllib
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from functools import partial
from pathlib import Path

import nbformat
import psutil
from papermill.exceptions import PapermillExecutionError
from tqdm.auto import tqdm

from lnnlab import paths
from lnnlab.errors import UserError, unknown
from lnnlab.pipeline import find, run_notebook
from lnnlab.records import STALE

PROFILES = Path(__file__).with_name("profiles.toml")
AT_ONCE = min(2, os.cpu_count() or 1)  # while one notebook compiles or draws, another trains


def profiles() -> dict[str, list[dict]]:
    """Profile → what it runs."""
    return tomllib.loads(PROFILES.read_text())


def run_profile(profile: str, progress: bool = True, jobs: int = AT_ONCE) -> Path:
    """Run all notebooks of a profile and write its page.

    What the notebooks have recorded already is not computed again.

    Args:
        jobs: notebooks at a time. One that is named under another's ``after`` ends before that
            one begins; all others may run in any order, and the tables are the same.

    Returns:
        The page, ``reports/<profile>/index.html``. Stale records are named on the way out.

    Raises:
        UserError: the profile is unknown, or a notebook stopped at a user's mistake.
    """
    from lnnlab.reports.site import write_index  # with torch: a sweep's processes do without

    known = profiles()
    if profile not in known:
        raise unknown("profile", profile, known)
    if jobs < 1:
        raise UserError(f"jobs = {jobs}: choose 1 or more notebooks at a time")
    folder, entries = paths.reports(profile), known[profile]
    bar = tqdm(total=len(entries), disable=not progress, unit="notebook", desc=f"{profile} reports")
    work = partial(_entry, folder, progress and jobs == 1)
    with bar:
        outputs = [work(each) for each in _counted(entries, bar)] if jobs == 1 else \
            _side_by_side(entries, work, jobs, bar)
    for line in dict.fromkeys(line for path in outputs for line in _stale_lines(path)):
        print(line)
    return write_index(profile, folder)


def _counted(entries: list[dict], bar: tqdm) -> Iterator[dict]:
    for each in entries:
        bar.set_postfix_str(_name(each))
        yield each
        bar.update()


def _name(entry: dict) -> str:
    return entry.get("name") or find(entry["notebook"]).stem


def _entry(folder: Path, progress: bool, entry: dict) -> Path:
    """Run one notebook of a profile."""
    parameters = entry.get("parameters", {}) | {"profile": folder.name}
    output = folder / "notebooks" / f"{_name(entry)}.ipynb"
    try:
        return run_notebook(find(entry["notebook"]), parameters, output, progress)
    except PapermillExecutionError as error:  # does not travel from process to process
        raise RuntimeError(f"{_name(entry)}: {error}") from None


def _side_by_side(entries: list[dict], work: Callable, jobs: int, bar: tqdm) -> list[Path]:
    """Each entry's notebook once those that it comes after are done; a failure ends it all."""
    left, running, done = list(range(len(entries))), {}, {}
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, context, _end_with_parent) as pool:
        while left or running:
            awaited = {name for k in (*left, *running.values())
                       for name in (entries[k]["notebook"], entries[k].get("name"))}
            ready = [k for k in left if not awaited & set(entries[k].get("after", ()))]
            for k in ready[: jobs - len(running)]:
                left.remove(k)
                running[pool.submit(work, entries[k])] = k
            bar.set_postfix_str(", ".join(_name(entries[k]) for k in running.values()))
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                k = running.pop(future)
                done[k] = future.result()
                bar.update()
    return [done[k] for k in range(len(entries))]


def _stale_lines(notebook: Path) -> list[str]:
    """What a notebook that ran printed of stale records."""
    cells = nbformat.read(notebook, as_version=4).cells
    printed = [each.text for cell in cells for each in cell.get("outputs", ())
               if each.output_type == "stream"]
    return [line for text in printed for line in text.splitlines() if STALE in line]


def _end_with_parent() -> None:
    """In a process of the pool: end with every kernel that it started once its parent is gone."""
    def watch() -> None:
        multiprocessing.parent_process().join()
        for process in psutil.Process().children(recursive=True):  # in sessions of their own
            process.kill()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
