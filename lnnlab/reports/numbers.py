"""Numbers written for people, and how tables head each figure."""

import math
from typing import NamedTuple

from lnnlab.target.boards import boards

NOT_COUNTABLE = 1e15  # from here on, and below TINY, a number is written with a power of ten
TINY = 1e-4
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


class Heading(NamedTuple):
    """How a figure stands in the views that people read.

    Attributes:
        text: of the column, with the unit.
        decimals: how many; None: four significant digits.
    """

    text: str
    decimals: int | None = None


HEADINGS: dict[tuple[str, str], Heading] = {  # (metric, unit) → heading
    ("accuracy", "%"): Heading("accuracy, %", 2),
    ("balanced_accuracy", "%"): Heading("balanced accuracy, %", 2),
    ("weight_bytes_float32", "B"): Heading("float32 weights, B", 0),
    ("weight_bytes_int8", "B"): Heading("int8 weights, B", 0),
    ("macs", "MAC"): Heading("MAC per window", 0),
    ("error", "1"): Heading("largest error"),
    ("evaluations", "1"): Heading("evaluations per step", 0),
    ("sequences_per_second", "1/s"): Heading("sequences/s", 0),
    ("ratio", "1"): Heading("ratio to ncps CfC", 1),
    ("accuracy_float", "%"): Heading("float accuracy before int8, %", 2),
    ("accuracy_int8", "%"): Heading("int8 accuracy (twin), %", 2),
    ("accuracy_lost", "points"): Heading("lost in int8, points", 2),
    ("flash", "B"): Heading("flash, B", 0),
    ("ram", "B"): Heading("RAM, B", 0),
    ("arena", "B"): Heading("arena, B", 0),
    ("model_bytes", "B"): Heading("model file, B", 0),
    ("cycles", "cycles"): Heading("cycles per decision", 0),
    ("step_cycles", "cycles"): Heading("cycles per frame", 0),
    ("latency", "ms"): Heading("ms per decision", 2),
    ("energy", "uJ"): Heading("uJ per decision", 1),
    ("flash_cycles", "cycles"): Heading("cycles with the board's flash", 0),
    ("flash_latency", "ms"): Heading("ms with the board's flash", 2),
    ("flash_energy", "uJ"): Heading("uJ with the board's flash", 1),
    ("flash_average power", "mW"): Heading("average power with the board's flash, mW"),
    ("tuned_networks", "networks"): Heading("networks tuned in int8", 0),
    ("features", "cycles"): Heading("features, cycles", 0),
    ("layers", "cycles"): Heading("layers, cycles", 0),
    ("readout", "cycles"): Heading("readout, cycles", 0),
    ("other", "cycles"): Heading("other, cycles", 0),
    ("cycles_per_s", "cycles"): Heading("cycles per second", 0),
    ("miss_rate", "%"): Heading("missed, %", 1),
    ("false_accepts", "/h"): Heading("false accepts/h", 1),
    ("false_accepts_low", "/h"): Heading("95 % from", 1),
    ("false_accepts_high", "/h"): Heading("95 % to", 1),
    ("map", ""): Heading("mAP", 3),
    ("auc", ""): Heading("AUC", 3),
    ("segment_f1", "%"): Heading("segment F1, %", 1),
    ("event_f1", "%"): Heading("event F1, %", 1),
    ("f1_lost", "points"): Heading("F1 lost, points", 1),
    ("steps", "%"): Heading("frames computed, %", 1),
    ("fewer_cycles", "x"): Heading("times fewer cycles", 1),
    ("features", "%"): Heading("transforms, %", 1),
    ("worst_latency", "ms"): Heading("ms latency at worst", 0),
    ("threshold", ""): Heading("threshold", 2),
    ("peak current", "%"): Heading("peak, % of CR2032's pulse current", 0),
    ("f1", "%"): Heading("F1, %", 1),
    ("missed", "%"): Heading("speech missed, %", 1),
    ("passed", "%"): Heading("noise passed, %", 1),
    ("hop", "ms"): Heading("ms a decision", 0),
    ("hangover", "ms"): Heading("hangover, ms", 0),
    ("delay", "ms"): Heading("ms from clip's start to report", 0),
    ("stream", "h"): Heading("hours of stream", 2),
    ("model", "x"): Heading("times as fast by the model", 3),
    ("least of builds", "x"): Heading("least of builds", 3),
    ("most of builds", "x"): Heading("most of builds", 3),
    ("least of parts", "x"): Heading("least of parts", 2),
    ("most of parts", "x"): Heading("most of parts", 2),
    ("least published", "x"): Heading("least published", 3),
    ("most published", "x"): Heading("most published", 3),
    ("model", "%"): Heading("waits by the model, %", 1),
    ("least of builds", "%"): Heading("least of builds, %", 1),
    ("most of builds", "%"): Heading("most of builds, %", 1),
    ("least published", "%"): Heading("least published, %", 1),
    ("most published", "%"): Heading("most published, %", 1),
    ("model to published median", "%"): Heading("model against published, %", 1),
    ("commands_accuracy", "%"): Heading("commands, %", 2),
    ("commands_of_all_classes", "%"): Heading("commands, refused counts as wrong, %", 2),
    ("unknown_auc", "1"): Heading("words never heard: area under the curve", 3),
    ("unknown_accepted", "%"): Heading("never heard, accepted at 5 % refused, %", 1),
    ("softmax_unknown_auc", "1"): Heading("the same area by softmax", 3),
    ("softmax_unknown_accepted", "%"): Heading("accepted by softmax, %", 1),
    ("accepted_of_plain", "1"): Heading("accepted, of the plain network's by softmax", 2),
    ("auc_above_plain", "1"): Heading("area above the plain network's", 3),
    ("refused_at_chosen", "%"): Heading("commands refused at validation's threshold, %", 1),
    ("accepted_at_chosen", "%"): Heading("never heard, accepted there, %", 1),
    **{(f"{metric}{kind}_{level}db", unit): Heading(f"{text}{said} at {level} dB{after}", decimals)
       for metric, unit, text, after, decimals in (("si_sdr", "dB", "SI-SDR", ", dB", 1),
                                                   ("stoi", "", "STOI", "", 3))
       for kind, said in (("", ""), ("_gained", " gained"))
       for level in (-5, 0, 5, 10, 15, 20)},
    ("flash_power", "mW"): Heading("power with the board's flash, mW"),
    ("cycles", "cycles a hop"): Heading("cycles a hop", 0),
    **{(f"cycles_{stage}", "cycles a hop"): Heading(f"{stage}, cycles a hop", 0)
       for stage in ("analysis", "features", "layers", "readout", "synthesis")},
    ("samples_that_differ", ""): Heading("samples that differ from the twin", 0),
    ("false_alarms", "%"): Heading("false alarms, %", 1),
    ("median_warning", "h"): Heading("median warning, h", 2),
    ("calibration_windows", "windows"): Heading("windows learned from, median", 0),
    ("calibration_minutes", "min"): Heading("minutes learned from, median", 1),
    ("torch_rounding", "1"): Heading("torch float32 from float64"),
    **{(f"{form}_{metric}", unit): Heading(f"{title} {text}", decimals)
       for form, title in (("onnx", "ONNX"), ("tflite", "TFLite Micro"))
       for metric, unit, text, decimals in (
           ("opset", "1", "opset" if form == "onnx" else "schema", 0),
           ("nodes", "1", "nodes", 0), ("bytes", "B", "file, B", 0),
           ("logit_difference", "1", "logit difference", None),
           ("decisions_differ", "decisions", "decisions that differ", 0))},
}
ON_BOARDS: dict[tuple[str, str], Heading] = {  # metric before "_<board>" → heading before its title
    ("power", "mW"): Heading("mW on", 2),
    ("frame_latency", "ms"): Heading("ms to a decision,", 2),
    ("flash_power", "mW"): Heading("mW with the flash of", 2),
    ("flash_frame_latency", "ms"): Heading("ms to a decision with the flash of", 2),
    ("flash_cycles_per_s", "cycles"): Heading("cycles per second with the flash of", 0),
    ("aa_days", "days"): Heading("days of 2 AA,", 0),
    ("cr2032_days", "days"): Heading("days of CR2032,", 1),
}
BATCHED = "_batched"  # at the end of a metric: a buffer wakes the board ten times a second


def heading_of(metric: str, unit: object) -> Heading:
    """The heading of a figure; one made of metric and unit where the table has none.

    Args:
        metric: name of the figure.
        unit: of it; 1 and "1" are the same, nan is none.
    """
    plain = unit if isinstance(unit, str) else "" if _nothing(unit) else f"{unit:g}"
    bare = "" if plain == "1" else plain  # tables write a plain number in both ways
    found = (HEADINGS.get((metric, plain)) or HEADINGS.get((metric, bare))
             or _on_board(metric, plain))
    return found or Heading(", ".join(part for part in (metric, plain) if part))


def number(value: object, decimals: int | None = None) -> str:
    """A number for people: thousands separated, no ``1.8e+04``; text and nothing stay as they are.

    Args:
        value: number, text, or None and nan for nothing.
        decimals: how many; None: four significant digits, without zeros at the end.
    """
    if isinstance(value, str | bool):
        return str(value)
    if _nothing(value):
        return ""
    value = float(value)
    if math.isinf(value):
        return "infinite" if value > 0 else "-infinite"
    size = abs(value)
    if size >= NOT_COUNTABLE or (decimals is None and 0 < size < TINY):
        return _with_power(value)
    if decimals is not None:
        return f"{value:z,.{decimals}f}"
    places = 0 if size >= 1000 or not size else max(0, 3 - math.floor(math.log10(size)))
    text = f"{value:z,.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def spread(value: float, deviation: float, decimals: int | None = None) -> str:
    """``mean ± deviation``; the mean alone where there is no deviation."""
    text = number(value, decimals)
    return text if _nothing(deviation) else f"{text} ± {number(deviation, decimals)}"


def _with_power(value: float) -> str:
    digits, power = f"{value:.1e}".split("e")
    return f"{digits}·10{str(int(power)).translate(RAISED)}"


def _on_board(metric: str, unit: str) -> Heading | None:
    bare = metric.removesuffix(BATCHED)
    for name, each in boards().items():
        found = ON_BOARDS.get((bare.removesuffix(f"_{name}"), unit))
        if found and bare.endswith(f"_{name}"):
            later = ", 10 wakes/s" if bare != metric else ""
            return Heading(f"{found.text} {each.title}{later}", found.decimals)
    return None


def _nothing(value: object) -> bool:
    return value is None or (not isinstance(value, str) and value != value)
