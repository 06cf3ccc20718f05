"""The network that power and battery are shown with: one of table 1."""

from pathlib import Path

from lnnlab import lnn_file
from lnnlab.compress import quantise
from lnnlab.errors import UserError
from lnnlab.experiments.from_record import run_of
from lnnlab.experiments.trained import FOLDER, trained
from lnnlab.integer import IntegerModel
from lnnlab.records import Records

TABLE = "vibration_benchmark"


def example_network(folder: Path, corpus: str, label: str) -> tuple[IntegerModel, str]:
    """The first network of a row of table 1, as it runs on the target, and what it is in words.

    It is the one that the table's record stands for: the integer network where the row was put on
    the target, else the float one, quantised here. Nothing is trained, and no other corpus takes
    its place.

    Args:
        folder: of the profile's reports, such as ``reports/full``.
        corpus: as it stands in the table.
        label: of the model.

    Raises:
        UserError: the row has no record, or its network is not there.
    """
    name = corpus.removesuffix(" (synthetic)")
    again = "'make full', or notebook 04 with that corpus, makes it"
    rows = [each for each in Records(folder / "records" / f"{TABLE}.jsonl").read().values()
            if each["label"] == label and each["identity"]["corpus"] == name]
    if not rows:
        raise UserError(f"{TABLE}: no record of '{label}' on {corpus} in {folder}; {again}")
    for each in sorted(rows, key=lambda row: row["name"]):
        identity = each["identity"]
        place = folder / FOLDER / f"{name}-{identity['recipe']['model']}-{each['key']}.lnn"
        caption = f"{label}, {corpus}, {identity['fold']}, seed {identity['seed']}"
        if place.exists():
            return lnn_file.read(place), caption
        if place.with_suffix(".pt").exists():
            return quantise(trained(run_of(identity), folder / FOLDER)), caption
    raise UserError(f"{folder / FOLDER}: no network of '{label}' on {corpus}; {again}")
