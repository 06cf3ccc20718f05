"""What the report page asks in turn, and which figures of which tables answer."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from lnnlab.reports import findings
from lnnlab.reports.anomaly_lines import anomaly_lines
from lnnlab.reports.denoise_lines import noise_lines
from lnnlab.reports.documents import printed
from lnnlab.reports.events import IN_STREAM, ranking_lines, stream_lines
from lnnlab.reports.numbers import number
from lnnlab.reports.policies import BEST_WITHIN
from lnnlab.reports.refusal_figures import refusal_brief, refusal_lines
from lnnlab.reports.refusal_plain import plain_lines
from lnnlab.reports.sentences import brief, read_pairs, short, standing_lines
from lnnlab.reports.taught import taught_lines
from lnnlab.reports.variants import UNSEEN, standing_value_lines, variant_lines
from lnnlab.reports.views import together
from lnnlab.reports.voice import voice_lines

WIDE = "keyword_wide"  # the first keyword table
BENCHMARKS = ("vibration_benchmark", WIDE, "keyword_benchmark")
EVENTS = "sound_events"
PAIRS = tuple(f"{name}_pairs" for name in BENCHMARKS)
FIRST = "speech_commands_wide_spoken: "  # of sentences after those of the first printed table
_GOOD = ("accuracy", "balanced_accuracy", "accuracy_float", "accuracy_int8", "accuracy_lost",
         "commands", "unknown", "softmax", "refused", "accepted")
_BIG = ("weight_bytes_float32", "weight_bytes_int8", "macs", "flash", "ram")
_FAST = ("cycles", "flash_cycles", "step_cycles", "latency", "flash_latency", "cycles_per_s",
         "frame_latency", "flash_frame_latency", "flash_cycles_per_s")
_ENERGY = ("energy", "flash_energy", "power", "flash_power", "aa_days", "cr2032_days")


@dataclass(frozen=True)
class Part:
    """Figures of one table.

    Attributes:
        table: its name.
        metrics: starts of the metrics that are shown; empty: all.
    """

    table: str
    metrics: tuple[str, ...] = ()


@dataclass(frozen=True)
class Section:
    """A question, a figure, two sentences, and the tables that answer it.

    Attributes:
        key, title: of the section.
        figure: start of the name of its figure.
        parts: its tables.
        sentences: folder of the reports → what its figures say.
    """

    key: str
    title: str
    figure: str
    parts: tuple[Part, ...]
    sentences: Callable[[Path], Iterable[str]]


def said(section: Section, folder: Path) -> tuple[list[str], list[str]]:
    """The two sentences under a section's heading, and the others.

    First come those of the corpora that stand beside the documents' tables.
    """
    lines = [line for line in section.sentences(folder) if line]
    main = [f"{each.corpus}, {each.split}" for each in printed().values()]
    main.insert(1, FIRST)
    chosen = []
    for start in main:
        chosen += [line for line in lines if line.startswith(start) and line not in chosen][:1]
    first = (chosen + [line for line in lines if line not in chosen])[:2]
    return first, [line for line in lines if line not in first]


def _rows(name: str, folder: Path) -> pd.DataFrame | None:
    path = folder / "tables" / f"{name}.csv"
    if not path.exists():
        return None
    rows = together(pd.read_csv(path))
    return rows[rows["basis"] != "claimed"] if "basis" in rows else rows


def _how_good(folder: Path) -> list[str]:
    lines = []
    for name in BENCHMARKS:
        reference = findings.LIQUID_WORDS if name.startswith("keyword") else None
        rows = _rows(name, folder)
        if rows is not None:
            pairs = read_pairs(name, folder)
            if name == WIDE:
                lines += refusal_brief(rows) + refusal_lines(rows, pairs) + plain_lines(rows)
            found = standing_lines(rows, pairs, *[reference] if reference else [])
            lines += _joined(found if reference else brief(found))
            lines += standing_value_lines(rows, pairs) + taught_lines(rows, name, folder)
    spoken, against = (_rows(name, folder) for name in ("voice_activity", "voice_activity_pairs"))
    if spoken is not None and against is not None:
        lines += _joined(voice_lines(spoken, against))
    events = _rows(EVENTS, folder)
    if events is not None:
        lines += ranking_lines(events, read_pairs(EVENTS, folder))
        lines += stream_lines(events[events["split"].str.startswith(IN_STREAM)])
        lines += taught_lines(events, EVENTS, folder)
    quieter = _rows("noise_suppression", folder)
    lines += noise_lines(quieter) if quieter is not None else []
    there = all((folder / "tables" / f"{name}.csv").exists() for name in UNSEEN)
    return lines + (variant_lines(folder) if there else [])


def _joined(lines: list[str]) -> list[str]:
    """Of each heading with its indented lines sentences: the heading with the first and the last,
    which is the best null's, then the others."""
    found: list[list[str]] = []
    for line in lines:
        if line.startswith("  ") and found:
            found[-1].append(line.strip().rstrip("."))
        else:
            found.append([line.rstrip(":.")])
    said = []
    for head, *inner in found:
        null = next((line for line in inner if line.startswith("best null")), "")
        first = [line for line in inner[:1] if line != null]
        said.append(f"{head}: {'; '.join(filter(None, [*first, null]))}" if inner else head)
        said += [f"{head}: {line}" for line in inner if line != null and line not in first]
    return said


def _how_big(folder: Path) -> list[str]:
    lines = []
    for name in BENCHMARKS:
        rows = _rows(name, folder)
        if rows is None:
            continue
        lines += [_smallest(own, corpus, split)
                  for (corpus, split), own in rows.groupby(["corpus", "split"], sort=False)]
        lines += findings.int8_lines(rows)
    return lines


def _smallest(own: pd.DataFrame, corpus: str, split: str) -> str:
    """The network with the least RAM, beside the CNN."""
    ram = own[own["metric"] == "ram"].drop_duplicates("model").set_index("model")["value"]
    if not len(ram):
        return ""
    least, most = ram.idxmin(), ram.idxmax()
    flash = own[own["metric"] == "flash"].drop_duplicates("model").set_index("model")["value"]
    return (f"{corpus}, {short(split)}: the least RAM is {number(ram[least], 0)} B, {least}, with "
            f"{number(flash[least], 0)} B of flash; the most {number(ram[most], 0)} B, {most}")


def _how_fast(folder: Path) -> list[str]:
    lines = [line for name in BENCHMARKS for line in _fewest(_rows(name, folder), "cycles", "")]
    for name in BENCHMARKS[1:]:
        words = _rows(name, folder)
        if words is not None:
            for _, own in words.groupby("corpus", sort=False):
                lines += findings.listening_lines(own)
    growth = folder / "tables" / "corpus_growth.csv"
    return lines + (findings.growth_lines(pd.read_csv(growth)) if growth.exists() else [])


def _fewest(rows: pd.DataFrame | None, metric: str, unit: str) -> list[str]:
    """The network that takes least, and the best one beside it, a sentence a corpus and split."""
    lines = []
    if rows is None:
        return lines
    for (corpus, split), own in rows.groupby(["corpus", "split"], sort=False):
        wide = own.drop_duplicates(["model", "metric"]).pivot(
            index="model", columns="metric", values="value")
        if metric not in wide or "accuracy" not in wide:
            continue
        wide = wide.dropna(subset=[metric, "accuracy"])
        least, best = wide[metric].idxmin(), wide["accuracy"].idxmax()
        line = (f"{corpus}, {short(split)}: {least} takes {number(wide[metric][least], 0)}"
                f"{unit or ' cycles'} a decision at {number(wide['accuracy'][least], 1)} %")
        if best != least:
            line += (f"; the most accurate, {best}, {number(wide[metric][best], 0)} at "
                     f"{number(wide['accuracy'][best], 1)} %")
        lines.append(line)
    return lines


def _how_much(folder: Path) -> list[str]:
    return [line for name in BENCHMARKS
            for line in _fewest(_rows(name, folder), "energy", " uJ (modelled)")]


def _when(folder: Path) -> list[str]:
    rows, clips = _rows("timestep_policies", folder), _rows("keyword_benchmark", folder)
    if rows is None:
        return []
    lines = findings.policy_lines(rows, (BEST_WITHIN,))
    arena = rows[rows["metric"] == "arena"]["value"]
    if len(arena):
        lines.append(f"looking back needs RAM: an arena of {number(arena.min(), 0)} to "
                     f"{number(arena.max(), 0)} bytes, by policy")
    for corpus in [] if clips is None else clips["corpus"].unique():
        own = rows[rows["corpus"] == corpus]
        lines.append(findings.repeated_line(
            own[own["metric"] == "event_f1"],
            clips[(clips["corpus"] == corpus) & (clips["metric"] == "accuracy")]))
    return lines


def _how_known(folder: Path) -> list[str]:
    parity, cycles = _rows("c_parity", folder), _rows("cycle_evidence", folder)
    lines = findings.parity_lines(parity) if parity is not None else []
    if cycles is not None:
        apart = cycles[cycles["metric"] == "model to published median"]
        most = apart.loc[apart["value"].abs().idxmax()]
        lines.append(f"cycle model: {len(apart)} ratios between cores lie within "
                     f"{number(abs(most['value']), 1)} % of published scores, the farthest "
                     f"{most['model']}")
    audit = _rows("claims_audit", folder)
    return lines + ([findings.claims_line(audit)] if audit is not None else [])


SECTIONS: Sequence[Section] = (
    Section("good", "How good is it?", "accuracy_parameters", (
        *(Part(name, _GOOD) for name in BENCHMARKS), Part("wake_word"), Part("voice_activity"),
        Part("fault_size_variants"), Part("condition_variants"),
        Part(EVENTS, ("map", "accuracy", "segment_f1")), Part("wildlife"),
        Part("noise_suppression"), *map(Part, (
            *PAIRS, "voice_activity_pairs", "noise_suppression_pairs", f"{EVENTS}_pairs",
            "wildlife_pairs"))), _how_good),
    Section("anomalies", "Does it know when something is wrong?", "roc", (
        Part("anomalies"), Part("anomalies_pairs")), anomaly_lines),
    Section("big", "How big is it?", "compression", (
        *(Part(name, _BIG) for name in BENCHMARKS), Part(EVENTS, ("model_bytes", *_BIG)),
        Part("compression"), Part("other_runtimes")), _how_big),
    Section("fast", "How fast is it?", "stages", (
        *(Part(name, _FAST) for name in (*BENCHMARKS, EVENTS)), Part("stages"), Part("solvers"),
        Part("training_speed"), Part("training_speed_sizes"),
        Part("training_speed_cuda"), Part("corpus_growth")), _how_fast),
    Section("energy", "How much energy does it take?", "accuracy_energy", (
        *(Part(name, _ENERGY) for name in (*BENCHMARKS, EVENTS)), Part("power")), _how_much),
    Section("sleep", "When may it sleep?", "sleep", (
        Part("timestep_policies"), Part("equal_cycles")), _when),
    Section("know", "How do we know?", "energy_evidence", (
        Part("c_parity"), Part("cycle_evidence"), Part("energy_evidence"), Part("claims_audit")),
        _how_known),
)
