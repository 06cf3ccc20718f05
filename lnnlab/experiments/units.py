"""Whether recordings are in the units that a model was trained on."""

from collections.abc import Mapping, Sequence

import numpy as np

from lnnlab.data import Dataset
from lnnlab.data.tables.units import bare, looks_like_unit, plain, unit_of
from lnnlab.errors import UserError
from lnnlab.features import FeatureSpec
from lnnlab.features.spec import MARGIN

UNLIKE = 30.0  # times: no machine's wear changes a sensor's largest sample by so much
SAME = {"volt": "v", "volts": "v", "ampere": "a", "amps": "a", "watt": "w", "watts": "w",
        "degc": "°c", "celsius": "°c", "c": "°c", "dps": "°/s", "deg/s": "°/s", "m/s/s": "m/s2",
        "count": "counts", "lsb": "counts", "adc": "counts", "raw": "counts"}


def units_of(dataset: Dataset) -> dict[str, str]:
    """Channel → unit, as far as names of columns or a row of units tell them."""
    told = dataset.account.channels if dataset.account is not None else {}
    found = {each: told.get(each, "") or unit_of(each) for each in dataset.channels}
    return {each: unit for each, unit in found.items()
            if unit and looks_like_unit(unit)}


def refuse_other_units(
    dataset: Dataset, channels: Sequence[str], trained: Mapping[str, str]
) -> None:
    """Refuse a channel in another unit than the model's; one without a unit is taken.

    Args:
        dataset: as it was read.
        channels: of the model; they go by name, where none is alike by place.
        trained: channel → unit, what was stored with the model; names tell further ones.

    Raises:
        UserError: there is one.
    """
    own, names = units_of(dataset), {_name(each): each for each in dataset.channels}
    by_place = len(channels) == len(dataset.channels) and not names.keys() & set(
        map(_name, channels))
    for k, channel in enumerate(channels):
        here = dataset.channels[k] if by_place else names.get(_name(channel), "")
        unit, wanted = own.get(here, ""), trained.get(channel, "") or unit_of(channel)
        if unit and wanted and looks_like_unit(wanted) and _alike(unit) != _alike(wanted):
            raise UserError(f"{dataset.name}: column {bare(here)} in {unit}, but the model was "
                            f"trained on it in {wanted}; convert it")


def largest_sample(spec: FeatureSpec) -> float:
    """The largest training sample, from which :meth:`FeatureSpec.scaled_to` set full scale."""
    return spec.full_scale / (MARGIN * (spec.headroom or 1.0))


def scale_note(dataset: Dataset, peaks: Sequence[float]) -> list[str]:
    """A sentence where a channel's largest sample is far from that of the training windows.

    Args:
        dataset: with the model's channels in its order.
        peaks: of the training windows, the largest sample of each channel, or of all.
    """
    there = np.maximum(dataset.x.max(axis=(0, 1)), -dataset.x.min(axis=(0, 1)))
    if len(peaks) == 1:
        there = there.max(keepdims=True)
    for k, (here, trained) in enumerate(zip(there.tolist(), peaks, strict=True)):
        if not here or not trained or 1 / UNLIKE < here / trained < UNLIKE:
            continue
        what = f"Channel {dataset.channels[k]} is" if len(peaks) > 1 else "The recordings are"
        ratio = max(here / trained, trained / here)
        word = "as large as" if here > trained else "smaller than"
        return [f"{what} {ratio:,.0f} times {word} what the model was trained on: the same unit?"]
    return []


def _alike(unit: str) -> str:
    text = plain(unit).replace("²", "2").replace("^", "").replace("μ", "u").replace("µ", "u")
    return SAME.get(text, text)


def _name(channel: str) -> str:
    return "".join(bare(channel).casefold().split())
