"""The fuzz targets: hostile files find nothing in the runtime, and would find what is broken."""

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from test_compilers import STRICT, compiler

from lnnlab import paths, runtime
from lnnlab.target.toolchain import SANITIZERS, build_host

FUZZ = Path(__file__).with_name("fuzz")


@dataclass(frozen=True)
class Target:
    """A fuzz target and what it is linked with.

    ``mutations`` of each file are replayed, ``checked`` under the slower check for memory that was
    never written.
    """

    name: str
    sources: tuple
    include: Path
    corpus: str
    mutations: int
    checked: int

    @property
    def main(self):
        return FUZZ / self.name

    def files(self):
        return sorted((FUZZ / self.corpus).iterdir())

    def compiled(self, command, program, sources=None):
        """Compile the replay with a command of one's own."""
        subprocess.run([*command, "-std=c99", "-g", "-DFUZZ_MAIN=1", f"-I{self.include}",
                        self.main, *(sources or self.sources), "-o", program], check=True)
        return program

    def replayed(self, command, mutations=None):
        count = self.mutations if mutations is None else mutations
        return subprocess.run([*command, str(count), *self.files()], capture_output=True,
                              text=True, check=False, timeout=300)


INT8 = Target("lnn_load_fuzz.c", tuple(runtime.sources()), runtime.FOLDER, "corpus", 300, 100)
FLOAT32 = Target("lnn_float_fuzz.c", tuple(runtime.float_sources()), runtime.FLOAT_FOLDER,
                 "corpus_float", 3500, 2000)
targets = pytest.mark.parametrize("target", [INT8, FLOAT32], ids=["int8", "float32"])


def needs(program):
    return shutil.which(program) or pytest.skip(f"no {program} here")


@targets
def test_hostile_files_neither_crash_nor_read_outside(target):
    needs("cc")
    program = build_host(
        [target.main, *target.sources], include=[FUZZ, target.include, runtime.FOLDER],
        defines={"FUZZ_MAIN": 1}, sanitize=True)
    assert "address" in SANITIZERS[0]
    done = target.replayed([program])
    assert done.returncode == 0, done.stderr[-2000:]
    tried, ran = map(int, re.findall(r"\d+", done.stdout))
    assert tried > 20_000 and ran > tried / 8  # refused files alone would prove little


def command_of(target):
    """What the comment at the target's head says to type: a line to build, one to run."""
    comment = target.main.read_text().split("*/")[0]
    lines = re.findall(r"^ \*     (.*)$", comment, re.MULTILINE)
    return "\n".join(lines).replace("\\\n", " ")


@targets
def test_the_documented_command_builds_and_finds_nothing(target, tmp_path):
    needs("clang")
    for name in ("lnnlab", "tests"):  # what the command writes stays out of the repository
        (tmp_path / name).symlink_to(paths.ROOT / name)
    before = target.files()
    done = subprocess.run(["sh", "-ec", f"{command_of(target)} -runs=20000 -seed=1"],
                          cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300)
    if "libclang_rt.fuzzer" in done.stderr and "cannot find" in done.stderr:
        pytest.skip("clang without libFuzzer: the Debian package libclang-rt-14-dev has it")
    assert done.returncode == 0, done.stderr[-2000:]
    assert "Done 20000 runs" in done.stderr
    assert any(each.is_dir() and [*each.iterdir()] for each in tmp_path.glob("found*"))
    assert target.files() == before


def memory_checker(target, folder, sources=None):
    """A command that runs the replay and fails at the first use of memory never written."""
    clang = [needs("clang"), "-O1", "-fsanitize=memory"]
    return [target.compiled(clang, folder / "replay", sources)]


@targets
def test_no_memory_is_used_before_it_is_written(target, tmp_path):
    done = target.replayed(memory_checker(target, tmp_path), target.checked)
    assert done.returncode == 0, done.stderr[:2000]


@dataclass(frozen=True)
class Damage:
    """A mistake put into one source file."""

    target: Target
    file: str
    text: str
    instead: str

    def sources(self, folder):
        """The runtime's sources with the mistake, and where their headers lie."""
        changed = next(each for each in self.target.sources if each.name == self.file)
        assert changed.read_text().count(self.text) == 1, self.text
        (folder / self.file).write_text(changed.read_text().replace(self.text, self.instead))
        kept = [each for each in self.target.sources if each != changed]
        return [folder / self.file, *kept, f"-I{changed.parent}"]


REFUSED = "if (status != LNN_OK) return status;\n    open_file"
MISTAKES = {
    "scratch of an LSTM": Damage(INT8, "lnn_setup.c", "joined + 4 * u", "joined + 4 * u - 2"),
    "scratch of a CfC": Damage(INT8, "lnn_setup.c", "lnn_even(hidden) + 3 * u",
                               "lnn_even(hidden) + 3 * u - 2"),
    "scratch of a dense layer": Damage(INT8, "lnn_setup.c", "values = lnn_even(u); break;",
                                       "values = lnn_even(u) - 2; break;"),
    "scratch of an MFCC": Damage(INT8, "lnn_setup.c", "4u * (feat->features / feat->channels)",
                                 "4u * (feat->features / feat->channels - 1)"),
    "scratch of an autocorrelation": Damage(
        INT8, "lnn_setup.c", "/ feat->channels + lnn_acf_moved(feat)",
        "/ feat->channels - 1 + lnn_acf_moved(feat)"),
    "a place too many": Damage(INT8, "lnn_acf.c", "(frame - lags + step - 1) / step",
                               "(frame - lags + step) / step"),
    "memory behind a gate": Damage(INT8, "lnn_setup.c", "(compares ? feat->features : 0)", "0"),
    "laid out before the size is known": Damage(
        INT8, "lnn_setup.c", REFUSED, "if (status && status != LNN_SMALL_ARENA) return status;\n"
        "    lay_out((open_file(model, file), model), arena);\n"
        "    if (status) return (model->feat = 0), status;\n    open_file"),
    "arena four bytes too small": Damage(INT8, "lnn_setup.c", "> arena_bytes ?",
                                         "> arena_bytes + 4 ?"),
    "a result kept from the call before": Damage(INT8, "lnn_stream.c",
                                                 "    model->told = 0;\n", ""),
    "offsets of arrays at odd places": Damage(INT8, "lnn_container.c",
                                              "return !(offset & 3) && offset", "return offset"),
    "float32: scratch": Damage(FLOAT32, "lnn_float_layers.c", "n + 5 * u + (", "n + 5 * u - 1 + ("),
    "float32: arena": Damage(FLOAT32, "lnn_float.c", "> arena_bytes ?", "> arena_bytes + 4 ?"),
    "float32: mark of no model": Damage(FLOAT32, "lnn_float.c", "    model->feat = 0;", "   "),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_replay_would_notice(mistake, tmp_path):
    damage = MISTAKES[mistake]
    program = damage.target.compiled([needs("gcc"), *SANITIZERS], tmp_path / "replay",
                                     damage.sources(tmp_path))
    done = damage.target.replayed([program])
    assert done.returncode != 0
    assert re.search("AddressSanitizer|runtime error|not true", done.stderr), done.stderr[:500]


@pytest.mark.parametrize("damage", [
    Damage(INT8, "lnn_setup.c", "    lnn_reset(model);\n    return LNN_OK;", "    return LNN_OK;"),
    Damage(FLOAT32, "lnn_float_check.c",
           "if (order[n] != ((order[n / 2] >> 1) | (n & 1 ? half / 2 : 0))) return 0;",
           "if (order[n] >= half) return 0;"),
], ids=["int8", "float32"])
def test_memory_never_written_would_be_noticed(damage, tmp_path):
    command = memory_checker(damage.target, tmp_path, damage.sources(tmp_path))
    done = damage.target.replayed(command, damage.target.checked)
    assert done.returncode != 0 and "MemorySanitizer" in done.stderr, done.stderr[:500]


@targets
@pytest.mark.parametrize("name", ["gcc", "clang"])
@pytest.mark.parametrize("main", [[], ["-DFUZZ_MAIN=1"]], ids=["libFuzzer", "replay"])
def test_the_targets_compile_without_a_warning(target, name, main, tmp_path):
    subprocess.run([*compiler(name, "host"), *STRICT, "-O2", *main, f"-I{target.include}", "-c",
                    target.main, "-o", tmp_path / "object.o"], check=True)
