"""A denoiser of the study on boards: the C against the twin, and what it takes."""

from collections.abc import Sequence
from dataclasses import asdict, astuple, dataclass
from pathlib import Path

import numpy as np

from lnnlab.experiments.denoising.forms import integer_of
from lnnlab.experiments.denoising.material import Material
from lnnlab.experiments.denoising.study import TABLE, Line, file_of, network_of
from lnnlab.experiments.denoising.training import DenoisePlan
from lnnlab.integer import IntegerModel, denoised, quantise_samples
from lnnlab.profiling.denoise import denoise_costs
from lnnlab.records import Records, Subject
from lnnlab.store import key, write_bytes
from lnnlab.target.boards import board
from lnnlab.target.denoise import DenoiseRunner
from lnnlab.target.stream import HOST

BOARDS = ("nrf52840", "stm32f407", "stm32l4r5")
CORES = {HOST: 24, "cortex-m4": 2, "cortex-m0plus": 1, "rv32imc": 1}  # core → mixtures compared
COSTED = 20  # hops


@dataclass(frozen=True)
class Deployed:
    """What was found of one network.

    Attributes:
        bytes: of its file.
        parity: core → samples compared, samples that differ.
        costs: board → figures of :class:`lnnlab.profiling.denoise.DenoiseCosts`.
        stale: why the record is stale; empty: it is not.
    """

    bytes: int
    parity: dict[str, list[int]]
    costs: dict[str, dict]
    stale: str = ""


def deployed(
    material: Material, plan: DenoisePlan, line: Line, folder: Path,
    boards: Sequence[str] = BOARDS, cores: dict[str, int] | None = None,
) -> Deployed:
    """The int8 network of a line of the study on boards; its file goes beside the network.

    Args:
        line: of the study, whose seed and depth are taken.
        folder: of the profile's reports.
        boards: whose costs are counted; cores: core → test mixtures that are compared.
    """
    cores = CORES if cores is None else cores
    model = integer_of(network_of(material, plan, line, folder), line.setting.gains)
    blob = file_of(model)
    write_bytes(folder / "networks" / f"{TABLE}.lnn", blob)
    identity = {"study": f"{TABLE} deployed", "corpus": material.corpus, "what": plan.as_dict(),
                "seed": line.seed, "boards": list(boards), "cores": cores,
                "setting": [line.setting.opening, *astuple(line.setting.gains)]}
    basis = {"data": material.hash, "board": key([repr(board(each)) for each in boards]),
             "target": key(blob.hex())}
    subject = Subject(f"{material.corpus} {line.name} on boards", line.name, identity, basis)
    records = Records(folder / "records" / f"{TABLE}.jsonl")
    found, stale = records.kept(subject, lambda: _made(material, model, blob, boards, cores))
    records.settle()
    return Deployed(found["bytes"], found["parity"], found["costs"], stale)


def _made(
    material: Material, model: IntegerModel, blob: bytes, boards: Sequence[str],
    cores: dict[str, int],
) -> dict:
    drawn = material.tests("test", 5, max(cores.values()))
    sounds = [quantise_samples(each.noisy, 1.0) for each in drawn]
    twins = [denoised(model, each) for each in sounds]
    parity = {}
    for core, count in cores.items():
        runner = DenoiseRunner(blob, core)
        differ = [int((runner.run(sound) != twin).sum())
                  for sound, twin in zip(sounds[:count], twins, strict=False)]
        parity[core] = [sum(map(len, twins[:count])), sum(differ)]
    speech = np.concatenate(sounds[:1])[16_000:]
    costs = {each: asdict(denoise_costs(blob, board(each), speech, COSTED)) for each in boards}
    return {"bytes": len(blob), "parity": parity, "costs": costs}
