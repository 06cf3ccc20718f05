"""What templates of layouts are filled with: names, lists of files, sizes of the models."""

import re
from collections.abc import Mapping, Sequence

from lnnlab import __version__, lnn_file
from lnnlab.integer import IntegerModel
from lnnlab.runtime import FOLDER, service_of
from lnnlab.runtime.arena import MODEL_BYTES, arena_bytes, room_bytes, structure_of
from lnnlab.runtime.export import HEADER, rooms_together
from lnnlab.runtime.export_text import (
    asked,
    calls_of,
    set_streaming,
    title_of,
    tried,
)
from lnnlab.runtime.names import RUNTIME
from lnnlab.runtime.stack import ARCHITECTURES, other_stack_bytes, stack_bytes_of

SEVERAL = "liquid_models"  # what a folder of several models is called
PRINTING_BYTES = 2048  # of stack, for the example's own calls


def project_of(names: Sequence[str]) -> str:
    """What a folder with these models is called: as its only model, or ``SEVERAL``."""
    return names[0] if len(names) == 1 else SEVERAL


def of_all(blobs: Mapping[str, bytes], whole: bool = False) -> dict[str, object]:
    """Values that hold for the whole folder; ``whole``: with all of the runtime."""
    names = [*blobs]
    project, rooms = project_of(names), rooms_together(blobs, whole)
    files, given = [RUNTIME, *names], blobs.values()
    return {
        "project": project,
        "PROJECT": project.upper(),
        "version": __version__,
        "interface": interface_version(),
        "names": " ".join(names),
        "listed": ", ".join(names),
        "first": names[0],
        "FIRST": names[0].upper(),
        "networks": "a liquid network" if len(names) == 1 else f"{len(names)} liquid networks",
        "sources": "\n  ".join(f"src/{each}.c" for each in files),
        "quoted_sources": "\n       ".join(f'"src/{each}.c"' for each in files),
        "headers": "\n  ".join(f"src/{each}.h" for each in files),
        "includes": ",".join(f"{each}.h" for each in names),
        "json_headers": ", ".join(f'"{each}.h"' for each in names),
        "modules": "\n".join(f"pub mod {name};" for name in sorted(names)),
        "literals": "".join(f"{name.upper()}_{each}\tLITERAL1\n" for name in names
                            for each in ("BYTES", "ARENA_BYTES", "HOP", "CHANNELS")).rstrip(),
        "rows": "\n".join(_row(name, blob, rooms[name]) for name, blob in blobs.items()),
        "calls": "".join(f"- **`{name}`:** {calls_of(blob)}; the head of that section in "
                         "`src/liquid_audio_lnn.h` shows it. `lnn_push`, `LNN` of C++ and Rust, "
                         "`Static` and `Net` give the outputs themselves, under names of classes.\n"
                         for name, blob in blobs.items() if calls_of(blob)),
        "structures": ", ".join(f"{taken} B of `{name}`" for name, taken
                                in sorted({*map(structure_of, blobs.values())})),
        "ram_bytes": f"{sum(rooms.values()) + sum(structure_of(each)[1] for each in given):,}",
        "flash_bytes": f"{sum(map(len, blobs.values())):,}",
        "static_bytes": f"{max(rooms.values()) + MODEL_BYTES:,}",
        "stacks": ", ".join(f"{', '.join(ARCHITECTURES[macro])} {most:,} B"
                            for macro, most in stack_bytes_of(True).items()),
        "other_stack_bytes": f"{other_stack_bytes():,}",
        "bare_stack_bytes": f"{max(stack_bytes_of(False).values()):,}",
        "task_stack_bytes": other_stack_bytes() + PRINTING_BYTES,
    }


def of_model(name: str, blob: bytes) -> dict[str, str]:
    """Values that differ between models."""
    model = lnn_file.from_bytes(blob)
    call = set_streaming(model)
    settings = f"\n    {call}; /* a decision after every frame */" if call else ""
    return {"name": name, "NAME": name.upper(), "asks": asked(model), "settings": settings,
            "cpp_settings": settings.replace("&model", "model.handle()"), "tried": tried(model)
            } | _of_rust(model, blob)


_NETS = {  # what a file is for → the type of Rust that borrows it, what its arena is enough for
    "": ("Net", ", flux gates and all"), "denoise": ("DenoiserNet", ""),
    "anomaly": ("AnomalyNet", "")}


def _of_rust(model: IntegerModel, blob: bytes) -> dict[str, object]:
    front, service = model.features, service_of(blob)
    room = room_bytes(blob, True) if service else arena_bytes(blob, True, flux=True)
    net, needs = _NETS[service]
    call = "    model.set_streaming(&liquid_audio_nets::StreamConfig::default())?;\n"
    return {
        "bytes": len(blob), "arena_words": -(-room // 4), "net": net, "needs": needs,
        "hop": front.spec.hop, "window": front.window, "channels": front.channels,
        "rate_hz": max(0, int(front.rate_hz + 0.5)),
        "rust_settings": call if set_streaming(model) else "",
        "rust_asks": ".filter(|now| now.detected)" if asked(model) else "",
    }


def interface_version() -> str:
    """Of the runtime's header, such as ``"2.0.0"``."""
    number = int(re.search(r"#define LNN_VERSION (\d+)", (FOLDER / HEADER).read_text()).group(1))
    return f"{number // 10000}.{number // 100 % 100}.{number % 100}"


def _row(name: str, blob: bytes, room: int) -> str:
    model = lnn_file.from_bytes(blob)
    front = model.features
    title = re.sub(r"([|\\`*_<>\[\]])", r"\\\1", title_of(model))
    cells = (f"`{name}`", title, f"{len(blob):,}", f"{room:,}", f"{front.rate_hz:,.6g}",
             front.channels, front.spec.hop, front.window)
    return "| " + " | ".join(map(str, cells)) + " |"
