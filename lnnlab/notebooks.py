"""Notebooks as files: cleaned, so that a diff shows what changed and nothing of the machine."""

import base64
import io
import re
from itertools import count

from nbformat import NotebookNode
from PIL import Image

COLOURS = 64  # of a picture: with fewer, lines of neighbouring colours look alike
NARROWEST_PIXELS, MOST_BYTES = 300, 11_000
WIDEST_PIXELS = 560  # figures in a committed notebook; the reports hold them in full
_NOISE = re.compile(r"\x1b\[[0-9;]*m| at 0x[0-9a-f]+")


def clean(notebook: NotebookNode, injected: bool = False) -> NotebookNode:
    """Take out what differs from run to run: times, addresses, stderr, widgets.

    Code cells are numbered from the top, as Run All numbers them (nbval takes a cell with outputs
    and no number for one that was never run). Figures are reduced to a small palette.

    Args:
        notebook: changed in place.
        injected: keep the cell of parameters that papermill put in.
    """
    notebook.metadata = NotebookNode(
        kernelspec={"display_name": "Python 3", "language": "python", "name": "python3"},
        language_info={"name": "python"},
    )
    if not injected:
        notebook.cells = [
            cell for cell in notebook.cells
            if "injected-parameters" not in cell.metadata.get("tags", [])
        ]
    runs = count(1)
    for number, cell in enumerate(notebook.cells):
        tags = cell.metadata.get("tags")
        cell.metadata = NotebookNode({"tags": tags} if tags else {})
        cell.id = f"cell-{number:02d}"
        if cell.cell_type == "code":
            cell.execution_count = next(runs)
            cell.outputs = _joined([
                _output(each, cell.execution_count) for each in cell.outputs if _belongs(each)
            ])
    return notebook


def _joined(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Printed lines in one piece: where they break apart depends on the moment."""
    whole: list[NotebookNode] = []
    for each in outputs:
        last = whole[-1] if whole else None
        if last is not None and each.output_type == last.output_type == "stream":
            last.text += each.text
        else:
            whole.append(each)
    return whole


def _belongs(output: NotebookNode) -> bool:
    """Sounds go too: they are large, and Run All plays them again."""
    data = output.get("data", {})
    heard = "<audio" in "".join(data.get("text/html", ""))
    return output.get("name") != "stderr" and not heard and not any(
        "widget" in kind for kind in data
    )


def _output(output: NotebookNode, run: int) -> NotebookNode:
    output.metadata = NotebookNode()
    if output.output_type == "stream":
        del output["metadata"]
        output.text = _NOISE.sub("", output.text)
    if output.output_type == "error":
        del output["metadata"]
    if "execution_count" in output:
        output.execution_count = run
    data = output.get("data", {})
    if "image/png" in data:
        data["image/png"] = _small(data["image/png"])
        data.pop("text/plain", None)
    return output


def _small(encoded: str) -> str:
    """A picture in few colours, narrower where its content is too rich for a small file."""
    with Image.open(io.BytesIO(base64.b64decode(encoded))) as image:
        whole = image.convert("RGB")
    width = min(whole.width, WIDEST_PIXELS)
    while True:
        size = (width, round(whole.height * width / whole.width))
        picture = whole if size == whole.size else whole.resize(size, Image.Resampling.LANCZOS)
        buffer = io.BytesIO()
        picture.quantize(COLOURS).save(buffer, format="png", optimize=True)
        if buffer.tell() <= MOST_BYTES or width <= NARROWEST_PIXELS:
            return base64.b64encode(buffer.getvalue()).decode() + "\n"
        width = max(NARROWEST_PIXELS, int(0.85 * width))
