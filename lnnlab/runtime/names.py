"""Names that an exported model may have: they become files, macros and symbols in C and C++."""

import re
from collections.abc import Sequence

from lnnlab.errors import UserError

RUNTIME = "liquid_audio_lnn"
MOST = 48  # characters: Arduino takes 63 for a sketch, and the examples' names are longer
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_TAKEN = {
    "a keyword of C": """
        alignas alignof auto bool break case char const constexpr continue default do double else
        enum extern false float for goto if inline int long nullptr register restrict return short
        signed sizeof static static_assert struct switch thread_local true typedef typeof
        typeof_unqual union unsigned void volatile while""",
    "a keyword of C++": """
        and and_eq asm bitand bitor catch char8_t char16_t char32_t class co_await co_return
        co_yield compl concept const_cast consteval constinit decltype delete dynamic_cast explicit
        export friend mutable namespace new noexcept not not_eq operator or or_eq private protected
        public reinterpret_cast requires static_cast template this throw try typeid typename using
        virtual wchar_t xor xor_eq""",
    "a keyword of Rust": """
        abstract as async await become box crate dyn final fn gen impl in let macro match mod move
        mut override priv pub ref self super trait type unsafe unsized use where yield""",
    "a function that every program or sketch defines": "main setup loop",
    "a header of C or of Arduino": """
        arduino assert complex ctype errno fenv inttypes iso646 limits locale math setjmp signal
        stdalign stdarg stdatomic stdbit stdbool stdckdint stddef stdint stdio stdlib stdnoreturn
        string tgmath threads time uchar wchar wctype""",
    "a header that those of some C library include": """
        alloca dirent endian envlock features fcntl ieeefp libgen malloc memory newlib poll pthread
        reent regex sched sdkconfig search semaphore spawn strings sysexits termios types ucontext
        unistd utime values version""",
    "a macro of C": "null eof bufsiz",
}
_LAYOUT_TAKEN = {
    "rust": {
        "the file of the crate's root": "lib",
        "a crate that its example uses": "liquid_audio_nets std",
        "a type that its example uses": "AnomalyDetector Denoiser Error Result",
    },
}
MACROS = ("BYTES", "ARENA_BYTES", "HOP", "WINDOW", "RATE_HZ", "CHANNELS", "CLASSES", "FULL_SCALE",
          "STACK_BYTES", "H")  # of a model's header, behind its name
TAKEN = {word: why for why, words in _TAKEN.items() for word in words.split()}


def check_names(names: Sequence[str]) -> None:
    """Refuse what would not compile, or would stand in another file's place.

    Args:
        names: of the models of one export.

    Raises:
        UserError: a name is no C identifier, is taken, or two are too much alike.
    """
    for name in names:
        if not _NAME.fullmatch(name) or len(name) > MOST:
            raise UserError(f"name '{name}': give a C identifier that begins with a letter, such "
                            f"as bearing_model, of at most {MOST} characters")
        if name.lower() in (RUNTIME, "lnn") or name.lower().startswith("lnn_"):
            raise UserError(f"name '{name}': the runtime has it; choose another")
        if name.lower() in TAKEN:
            raise UserError(f"name '{name}': {TAKEN[name.lower()]}; choose another, such as "
                            f"{name.lower()}_model")
    if len({name.upper() for name in names}) < len(names):
        raise UserError(f"names {', '.join(names)}: they differ in no more than their letters' "
                        "case; choose others")
    _refuse_same_macros(names)
    for name in names:
        if f"{name}_main".upper() in {each.upper() for each in names}:
            raise UserError(f"name '{name}_main': the example of '{name}' has it; choose another")


def check_layout_names(names: Sequence[str], layout: str) -> None:
    """Refuse what a plain export may be called and a layout's own files have already.

    Args:
        names: of the models of one export.
        layout: one of :data:`lnnlab.runtime.layouts.LAYOUTS`.

    Raises:
        UserError: a name is taken there.
    """
    for why, words in _LAYOUT_TAKEN.get(layout, {}).items():
        for name in names:
            if {name, name.lower()} & {*words.split()}:
                raise UserError(f"name '{name}': {why}, in layout '{layout}'; choose another, "
                                f"such as {name.lower()}_model")


def _refuse_same_macros(names: Sequence[str]) -> None:
    """``wake`` and ``wake_arena`` would both define ``WAKE_ARENA_BYTES``."""
    owners: dict[str, str] = {}
    for name in names:
        for macro in MACROS:
            other = owners.setdefault(f"{name}_{macro}".upper(), name)
            if other != name:
                raise UserError(f"names {other}, {name}: both headers would define "
                                f"{name.upper()}_{macro}; choose another for one of them")
