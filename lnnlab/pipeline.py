"""Running the numbered notebooks headless: checked parameters, one clear error, whole files."""

import ast
import builtins
import os
import re
import tempfile
import uuid
from pathlib import Path

import nbformat
import papermill
from jupyter_client.manager import AsyncKernelManager
from papermill.exceptions import PapermillExecutionError
from traitlets import default

from lnnlab import paths, places, store
from lnnlab.errors import UserError, unknown
from lnnlab.notebooks import clean

_KINDS = {bool: "true or false", int: "a whole number", float: "a number", str: "text",
          list: "a list"}


class _PrivateKernelManager(AsyncKernelManager):
    """Kernels that listen on sockets in the file system; ipykernel 7 warns about TCP.

    Where no folder is short enough for a socket, TCP on this machine has to do. What connects to
    them is written below the temporary folder, for homes that cannot be written.
    """

    @default("transport")
    def _ipc(self) -> str:
        return "ipc" if places.socket_name() else "tcp"

    @default("ip")
    def _sockets_of_its_own(self) -> str:
        # jupyter_client's default is one name per folder: kernels started together would share it.
        return places.socket_name() if self.transport == "ipc" else "127.0.0.1"

    @default("connection_file")
    def _of_its_own(self) -> str:
        return os.path.join(tempfile.gettempdir(), f"lnnlab-{uuid.uuid4().hex}.json")


def notebooks() -> list[Path]:
    """The numbered notebooks, in order."""
    return sorted(paths.NOTEBOOKS.glob("[0-9][0-9] *.ipynb"))


def find(name: str) -> Path:
    """A notebook by number (``"04"`` or ``"4"``), by name, or by path.

    Raises:
        UserError: there is none; the nearest name is suggested.
    """
    known = notebooks()
    number = name.zfill(2) if name.isdigit() else name
    for path in known:
        if number == path.stem[:2] or name in (path.stem, path.name):
            return path
    given = paths.user_file(name)
    if given.suffix == ".ipynb" and given.exists():
        return given
    raise unknown("notebook", name, [path.stem for path in known])


def defaults(notebook: Path) -> dict[str, dict]:
    """A notebook's parameters: name → ``default``, ``type`` and ``help``."""
    inspected = papermill.inspect_notebook(str(notebook))
    return {
        name: {
            "default": ast.literal_eval(each["default"]), "type": each["inferred_type_name"],
            "help": each["help"],
        }
        for name, each in inspected.items()
    }


def check_parameters(notebook: Path, given: dict, known: dict[str, dict] | None = None) -> None:
    """Refuse what papermill would take in silence.

    Args:
        known: what :func:`defaults` says, for callers that check many.

    Raises:
        UserError: a parameter is unknown (the nearest is suggested) or of another kind than its
            default.
    """
    known = defaults(notebook) if known is None else known
    for name, value in given.items():
        if name not in known:
            raise unknown(f"parameter of '{notebook.stem}'", name, known)
        kind = type(known[name]["default"])
        fits = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            fits = True
        if not fits and kind in _KINDS:
            raise UserError(
                f"parameter '{name}' of '{notebook.stem}': {value!r} is not {_KINDS[kind]}, "
                f"such as {known[name]['default']!r}"
            )


def run_notebook(
    notebook: Path, parameters: dict, output: Path, progress: bool = True
) -> Path:
    """Run a notebook and write it, cleaned, to ``output``; a failed run writes nothing there.

    Raises:
        UserError: a parameter is refused, or the notebook stopped at a user's mistake.
        PapermillExecutionError: the notebook failed otherwise.
    """
    check_parameters(notebook, parameters)
    try:
        with store.replacing(output) as place:
            _execute(notebook, parameters, place, progress)
    except PapermillExecutionError as error:
        mistake = error.evalue if error.ename == "UserError" else _odd_key(error, parameters)
        kind = getattr(builtins, error.ename, None)
        if isinstance(kind, type) and issubclass(kind, OSError):  # a place, a full disk
            mistake = f"{error.evalue}; see whether the place is there, may be written and has room"
        if mistake:
            raise UserError(f"{notebook.name}: {mistake}") from None
        raise
    return output


def _execute(notebook: Path, parameters: dict, place: Path, progress: bool) -> None:
    papermill.execute_notebook(
        str(notebook), str(place), parameters, kernel_name="python3",
        progress_bar={"desc": notebook.stem, "leave": False} if progress else False,
        kernel_manager_class=_PrivateKernelManager,
        # errors of cells come as messages; its log tells of the interrupt that ends a kernel
        extra_arguments=["--IPKernelApp.log_level=CRITICAL"],
    )
    as_run = nbformat.read(place, as_version=4)
    nbformat.write(clean(as_run, injected=True), place)


def _odd_key(error: PapermillExecutionError, parameters: dict) -> str:
    """The line for a key of a mapping among the parameters that no function takes, or nothing."""
    said = re.search(r"(\w+)(?:\.__init__)?\(\) got an unexpected keyword argument '(\w+)'",
                     error.evalue)
    given = [name for name, value in parameters.items()
             if said and isinstance(value, dict) and said[2] in value]
    return f"parameter '{given[0]}': {said[1]} takes no '{said[2]}'" if given else ""
