"""What every command takes. Nothing heavy is imported here, so that ``--help`` is quick.

A parser names the function that does the work as ``"module:function"`` of :mod:`lnnlab.cli`.
"""

import argparse
from pathlib import Path

from lnnlab import __version__
from lnnlab.cli.notebook_parsers import add_clean, add_inspect, add_page, add_reports, add_run
from lnnlab.cli.sweep_parser import add_sweep

LAYOUTS = "cmake, cpp, rust, arduino, platformio, esp-idf, zephyr"
CORPORA = ("bearing_sim, cwru, ceiling_fan, pronostia, skab, uav_propeller, spoken_words, "
           "spoken_words_wide, speech_commands, speech_commands_35, speech_commands_wide, "
           "speech_commands_wide_spoken, speech_commands_wide_unmade, event_sim, wildlife_sim, "
           "esc10, esc50, esc50_wildlife")


def workbench() -> argparse.ArgumentParser:
    """The parser of ``lnnlab``."""
    parser = argparse.ArgumentParser(
        prog="lnnlab", description="Workbench for liquid neural networks on microcontrollers."
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for add in (_tasks, _inspect_data, _train, _evaluate, _export, _flash, _hil, _fetch,
                add_reports, add_page, add_run, add_sweep, add_inspect, add_clean):
        add(commands)
    return parser


def compress() -> argparse.ArgumentParser:
    """The parser of ``liquid-compress``."""
    parser = argparse.ArgumentParser(
        prog="liquid-compress", description="Quantise and prune a trained network for a target."
    )
    parser.add_argument("--input", type=Path, required=True, help="model.pt of 'lnnlab train'")
    parser.add_argument("--output", type=Path, required=True, help="the .lnn file to write")
    parser.add_argument("--target", default="cortex-m4", help="core, such as cortex-m4")
    parser.add_argument("--quantization", default="int8",
                        help="int8; dynamic-int8 means the same, with ranges calibrated once; "
                             "float32 for cores with an FPU")
    parser.add_argument("--prune-threshold", type=float, default=0.0,
                        help="drop units that contribute less than this share of the largest")
    parser.set_defaults(work="compress:compress")
    return parser


def profile() -> argparse.ArgumentParser:
    """The parser of ``liquid-profile``."""
    parser = argparse.ArgumentParser(
        prog="liquid-profile", description="What a model costs on a board, emulated and modelled."
    )
    parser.add_argument("--device", required=True, help="board, such as stm32f407")
    parser.add_argument("--model", type=Path, required=True, help="a .lnn file")
    parser.add_argument("--stream", type=Path, metavar="WAV",
                        help="a recording to count a model with a timestep policy on")
    parser.add_argument("--write-costs", type=Path, metavar="FILE",
                        help="write the model with what it takes on this board, for programs that "
                             "ask for their power; may be the model's own file")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")
    parser.set_defaults(work="profile:profile")
    return parser


def _data_options(parser: argparse.ArgumentParser) -> None:
    """How a person's own recordings are read."""
    own = parser.add_argument_group("your own recordings")
    own.add_argument("--label", help="column that holds the class (default label; of a folder its "
                                     "folders)")
    own.add_argument("--time", help="column of times; found by its name or values otherwise")
    own.add_argument("--rate-hz", type=float, help="samples a second where no column tells")
    own.add_argument("--channels", nargs="+", metavar="COLUMN", help="columns to use (default all)")
    own.add_argument("--groups", help="what must not be torn apart: columns, such as machine,load, "
                                      "or levels of folders, such as machine/load")
    own.add_argument("--layout", help="what folders of sound mean, such as speaker/word")
    own.add_argument("--recording", help="column that tells recordings of one file apart")
    own.add_argument("--window", type=int, help="samples per decision")


def _inspect_data(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser("inspect-data", help="say and draw what is read of recordings")
    parser.add_argument("corpus", metavar="FOLDER",
                        help=f"your CSV file or folder, or {CORPORA}")
    _data_options(parser)
    parser.add_argument("--figure", type=Path,
                        help="where the picture goes (default NAME.png here)")
    parser.set_defaults(work="inspect_data:inspect_data")


def _train(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser("train", help="train one network and save it as model.pt")
    parser.add_argument("--task", help="vibration, keywords, events, vad, anomaly, denoise, ...: "
                                       "see 'lnnlab tasks' (default: what the recordings are)")
    parser.add_argument("--corpus",
                        help=f"your CSV file or folder, or {CORPORA} (default: the task's first, "
                             "without a task bearing_sim)")
    parser.add_argument("--normal", metavar="CLASS",
                        help="of task anomaly, the class that is normal running, or 'all': no "
                             "fault was recorded")
    parser.add_argument("--model",
                        help="linear_ltc, lstm, ...; for sound also keyword_linear_ltc (the "
                             "defaults: the first, for sound the last)")
    parser.add_argument("--split",
                        help="file_order, time, official, or a grouping such as load or speaker, "
                             "each of which is held out once (default: what the data offer)")
    parser.add_argument("--fold", type=int, default=0, help="number of the fold (default 0)")
    parser.add_argument("--recipe", metavar="LABEL",
                        help="of a table's row, such as 'liquid (LinearLTC)'; 'start' for the one "
                             "that searches start from (default: of the row of this corpus, "
                             "split and model, if there is one)")
    parser.add_argument("--trials", type=int, default=0,
                        help="recipes to choose from on validation windows instead")
    parser.add_argument("--epochs", type=int, help="default: as the recipe's row had, else 40")
    parser.add_argument("--versions", type=int,
                        help="augmented versions of each training clip of sound (default: as the "
                             "recipe's row had, else 4)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cpu",
                        help="cpu (default), cuda, mps, or auto: the first of cuda, mps, cpu that "
                             "is there")
    parser.add_argument("--from-record", metavar="KEY",
                        help="the network of a table's record, by its key, or the first of a row "
                             "by its label; the other options but --profile and --output are moot")
    parser.add_argument("--profile", default="full",
                        help="whose records and rows are read (default full)")
    parser.add_argument("--output", type=Path,
                        help="default model.pt; of vad, anomaly and denoise model.lnn, in int8")
    _data_options(parser)
    parser.set_defaults(work="train:train_one")


def _tasks(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser("tasks", help="list what can be asked of recordings")
    parser.set_defaults(work="tasks:list_tasks")


def _evaluate(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser("evaluate", help="score a model on recordings")
    parser.add_argument("model", type=Path, metavar="MODEL", help="a .pt or .lnn file")
    parser.add_argument("corpus", metavar="FOLDER", help=f"your CSV file or folder, or {CORPORA}")
    parser.add_argument("--on", metavar="CORE",
                        help="run a .lnn in C: host, or an emulated core such as cortex-m4")
    parser.add_argument("--split", help="score the test windows of this rule's fold alone")
    parser.add_argument("--fold", type=int, default=0, help="number of the fold (default 0)")
    _data_options(parser)
    parser.set_defaults(work="evaluate:evaluate_model")


def _export(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser("export", help="write a model as C that stands alone, or as ONNX")
    parser.add_argument("models", type=Path, nargs="+", metavar="MODEL",
                        help=".lnn files; of several one runtime is written for all. For onnx and "
                             "tflite the .pt of 'lnnlab train', or a .lnn of float32")
    parser.add_argument("--format", default="c",
                        help="c (default); onnx or tflite: one step of the network in float32, for "
                             "onnxruntime or TensorFlow Lite Micro")
    parser.add_argument("--timespan", metavar="STEPS",
                        help="of onnx and tflite, how many usual steps each one stands for "
                             "(default 1); 'input': it comes in with each step")
    parser.add_argument("--layout", metavar="NAME", help="write a folder that a tool takes as it "
                        f"is, with its manifest and an example: {LAYOUTS}")
    parser.add_argument("--folder", type=Path, help="where the files go (default: here; a layout's "
                        "into a new folder of the model's name)")
    parser.add_argument("--overwrite", action="store_true",
                        help="of an earlier layout, replace also what was changed in it since")
    parser.add_argument("--name", nargs="+", help="of files and data, one for each model; C "
                        "identifiers (default: model, of several the files' own names)")
    parser.set_defaults(work="export:export_models")


def _flash(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser("flash", help="write a model as firmware into a board")
    parser.add_argument("--device", required=True, help="board, such as nucleo-f446re")
    parser.add_argument("--model", type=Path, required=True, help="a .lnn file")
    parser.add_argument("--baud", type=int, default=921600, help="of its line (default 921600)")
    parser.add_argument("--programmer", default="", metavar="NAME",
                        help="pyocd, openocd or st-flash (default: the first that is there)")
    parser.add_argument("--dry-run", action="store_true",
                        help="build the firmware and print the command alone; where no programmer "
                             "is there, that of each")
    parser.set_defaults(work="flash:flash_board")


def _hil(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser("hil", help="try a model on a board, beside the twin")
    parser.add_argument("corpus", metavar="FOLDER", nargs="?",
                        help=f"your CSV file or folder, or {CORPORA}")
    parser.add_argument("--device", required=True, help="board, such as nucleo-f446re")
    parser.add_argument("--model", type=Path, required=True, help="a .lnn file")
    parser.add_argument("--url", metavar="PORT",
                        help="port of a board with the firmware of 'lnnlab flash', such as "
                             "/dev/ttyACM0, or socket://HOST:PORT; 'qemu': that firmware under "
                             "QEMU (default: the board's core alone, emulated)")
    parser.add_argument("--baud", type=int, default=921600, help="of the line (default 921600)")
    parser.add_argument("--split", help="whose first fold's test windows are taken (default: what "
                                        "the data offer)")
    parser.add_argument("--limit", type=_count, default=0,
                        help="at most so many windows, evenly spread (default 0: all)")
    parser.add_argument("--stream", type=Path, nargs="+", metavar="WAV", default=[],
                        help="recordings to hear from end to end")
    parser.add_argument("--meter", help="ppk2 or joulescope, in the board's supply")
    _data_options(parser)
    parser.set_defaults(work="hil:try_board")


def _count(text: str) -> int:
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError(f"{value}: choose 0 or more")
    return value


_count.__name__ = "whole number"  # as argparse calls what is none


def _fetch(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser("fetch", help="download a corpus, checked and resumed")
    parser.add_argument("name", help="cwru, ceiling_fan, speech_commands, ...; an unknown one "
                                     "lists all")
    parser.set_defaults(work="fetch:fetch_one")
