"""Layouts: every folder is what its tool documents, and what is in it compiles and runs."""

import configparser
import json
import re
import shutil
import subprocess
import tomllib

import policy_records as policies
import pytest
import yaml
from random_models import model
from test_compilers import STRICT, compiler
from test_runtime_rust import cargo

from lnnlab import __version__, lnn_file, paths
from lnnlab.errors import UserError
from lnnlab.runtime import CRATE, layouts
from lnnlab.runtime.arena import MODEL_BYTES
from lnnlab.runtime.export import export_together, rooms_together
from lnnlab.runtime.export_text import streams
from lnnlab.runtime.layouts import LAYOUTS, TEMPLATES, Layout, export_layout
from lnnlab.runtime.layouts.values import project_of
from lnnlab.runtime.stack import other_stack_bytes

STUBS = paths.ROOT / "tests" / "layouts"
CPP = ["-std=c++11", *(each for each in STRICT[1:] if each != "-Wstrict-prototypes")]
RECURRENT, WINDOWED = (lnn_file.to_bytes(model(5, kind)) for kind in ("gru", "convolutional"))
CASES = {
    "one": {"bearing": RECURRENT}, "windows": {"test": WINDOWED},
    "policy": {"words": policies.blob_of(1, 4)},
    "two": {"bearing": RECURRENT, "words": policies.blob_of(1, 1)},
}
SEMVER = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
EXAMPLES = {  # layout → its example of a model, what runs it, whether it ends by itself
    "cmake": ("examples/{}_main.c", None), "cpp": ("examples/{}_main.cpp", None),
    "rust": ("examples/{}_main.rs", None),
    "zephyr": ("samples/{}/src/main.c", None),
    "arduino": ("examples/{0}_example/{0}_example.ino", "sketch.cpp"),
    "platformio": ("examples/{}_example/src/main.cpp", None),
    "esp-idf": ("examples/{}_example/main/main.c", "component.c"),
}


@pytest.fixture(params=[(layout, case) for layout in LAYOUTS for case in CASES],
                ids="-".join)
def made(request, tmp_path):
    """A layout's name, its models, its folder."""
    layout, case = request.param
    folder = tmp_path / "made"
    written = export_layout(CASES[case], layout, folder)
    there = {each for each in folder.rglob("*") if each.is_file()}
    assert there == {*written, folder / ".lnnlab.json"}
    return layout, CASES[case], folder


def layout_of(name, case, tmp_path):
    export_layout(CASES[case], name, tmp_path / "made")
    return tmp_path / "made"


def hops_of(blob):
    """As many as the plain example runs for."""
    network = lnn_file.from_bytes(blob)
    front = network.features
    return -(-(round(front.rate_hz) if streams(network) else front.window) // front.spec.hop)


def run(folder, layout, name, hops, *flags):
    """Compile the C and an example with the tool's calls on this machine, and run it."""
    if layout == "rust":
        return cargo(folder, "run", "--quiet", "--example", f"{name}_main", check=False,
                     LNN_CFLAGS=" ".join(STRICT[1:]))
    cc = shutil.which("gcc") or pytest.skip("no gcc here")
    cpp = shutil.which("g++") or pytest.skip("no g++ here")
    example, runner = EXAMPLES[layout]
    path, objects = folder / example.format(name), []
    sources = [*sorted((folder / "src").glob("*.c")), path, *([STUBS / runner] if runner else [])]
    given = [*flags, f"-DHOPS={hops}", f"-I{folder / 'src'}", f"-I{STUBS}", "-c"]
    for source in sources:
        objects.append(folder.parent / f"{source.name}.o")
        if source.suffix == ".c":
            command = [cc, *STRICT, *given, source]
        else:  # as the Arduino IDE does with a sketch
            sketch = ["-include", "Arduino.h", "-x", "c++"] if source.suffix == ".ino" else []
            newer = ["-std=c++17"] if layout == "cpp" else []
            command = [cpp, *CPP, *newer, *given, *sketch, source]
        subprocess.run([*command, "-o", objects[-1]], check=True)
    program = folder.parent / "program"
    subprocess.run([cpp, *objects, "-o", program], check=True)
    return subprocess.run([program], capture_output=True, text=True, check=False)


# ---- the C, and the examples ----


def test_everything_compiles_and_every_example_decides_as_the_plain_one(made, tmp_path):
    layout, blobs, folder = made
    export_together(blobs, tmp_path / "plain")
    for name, blob in blobs.items():
        done = run(folder, layout, name, hops_of(blob), *["-DARDUINO=1"] * (layout == "arduino"))
        assert done.returncode == 0
        subprocess.run(["gcc", "liquid_audio_lnn.c", *(f"{each}.c" for each in blobs),
                        f"{name}_main.c", "-o", "plain"], cwd=tmp_path / "plain", check=True)
        plain = subprocess.run([tmp_path / "plain" / "plain"], capture_output=True, text=True,
                               check=True).stdout
        if layout == "cmake":
            assert done.stdout == plain
            continue
        first, *said = done.stdout.splitlines()
        decisions = re.findall(r"^(.*), confidence", plain, re.MULTILINE)
        shares = re.findall(r"confidence (.*)", plain)
        assert first == f"{name} listens"
        assert [each.partition(",")[0] for each in said if re.match(r"class \d", each)] == decisions
        assert [int(re.search(r"(\d+)( %)?$", each).group(1)) for each in said
                if not re.fullmatch(r"class \d", each)] == pytest.approx(
                    [100 * float(each) for each in shares], abs=1)
        example = (folder / EXAMPLES[layout][0].format(name)).read_text()
        call = re.compile(r"lnn_set_streaming\((?:&model|model.handle\(\)), (\d+), (\d+)\)")
        asked = call.findall((tmp_path / "plain" / f"{name}_main.c").read_text())
        if layout == "rust":  # with the defaults of StreamConfig, which are the same
            assert ("set_streaming(" in example) == bool(asked)
        else:
            assert call.findall(example) == asked
        assert bool(decisions) != streams(lnn_file.from_bytes(blob))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_example_says_why_a_file_is_refused(layout, tmp_path):
    folder, name = layout_of(layout, "two", tmp_path), "words"
    source = folder / "src" / f"{name}.c"
    source.write_text(source.read_text().replace("0x4c, 0x4e, 0x4e", "0x4c, 0x4e, 0x4f"))
    done = run(folder, layout, name, 1)
    assert done.returncode in (1, 3) and "listens" not in done.stdout
    assert done.stdout == ("model in memory: " * (layout == "cpp") + "no .lnn file"
                           + " (at byte 0)" * (layout == "rust") + "\n")


def test_platformio_runs_the_same_on_a_board(tmp_path):
    folder = layout_of("platformio", "one", tmp_path)
    example = folder / "examples" / "bearing_example" / "src" / "main.cpp"
    example.write_text(example.read_text() + f'#include "{STUBS / "sketch.cpp"}"\n')
    done = run(folder, "platformio", "bearing", hops_of(RECURRENT), "-DARDUINO=1")
    assert done.stdout.startswith("bearing listens\n") and done.stdout.count("\n") > 2


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_c_and_the_sketch_are_for_a_cortex_m4(layout, tmp_path):
    folder = layout_of(layout, "two", tmp_path)
    for source in sorted((folder / "src").glob("*.c")):
        subprocess.run([*compiler("arm-none-eabi-gcc", "cortex-m4"), *STRICT, "-c", source, "-o",
                        tmp_path / "out.o"], check=True)
    if layout == "arduino":
        cpp = shutil.which("arm-none-eabi-g++") or pytest.skip("no arm-none-eabi-g++ here")
        subprocess.run([cpp, *compiler("arm-none-eabi-gcc", "cortex-m4")[1:], *CPP, "-DHOPS=1",
                        "-fsyntax-only", f"-I{folder / 'src'}", f"-I{STUBS}", "-include",
                        "Arduino.h", "-x", "c++",
                        folder / EXAMPLES["arduino"][0].format("words")], check=True)


@pytest.mark.parametrize("layout", [each for each in LAYOUTS if each not in ("cmake", "rust")])
def test_no_example_of_a_tool_needs_a_float(layout, tmp_path):
    folder = layout_of(layout, "two", tmp_path)
    done = run(folder, layout, "bearing", hops_of(RECURRENT), "-DLNN_NO_FLOAT", "-DLNN_NO_STATIC")
    assert done.stdout.startswith("bearing listens\n") and done.stdout.count("\n") > 1


# ---- what each README and manifest says ----


def test_readmes_tell_what_is_computed(made):
    layout, blobs, folder = made
    text = (folder / "README.md").read_text()
    rooms = rooms_together(blobs)
    assert text.startswith(f"# {project_of([*blobs])}, for {LAYOUTS[layout].tool}\n")
    assert len(text.splitlines()) < 90
    for name, blob in blobs.items():
        row = text.split(f"\n| `{name}` |")[1].splitlines()[0]
        cells = [each.strip() for each in row.split("|")]
        front = lnn_file.from_bytes(blob).features
        assert cells[1:3] == [f"{len(blob):,}", f"{rooms[name]:,}"]
        assert cells[4:7] == [str(front.channels), str(front.spec.hop), str(front.window)]
    total = sum(rooms.values()) + 112 * len(blobs)
    for words in (f"**RAM:** {total:,} B", f"{other_stack_bytes():,} B", __version__, "MIT",
                  f"({max(rooms.values()) + 112:,} B", "version 2.4.0", "lnn_container.c",
                  "LNN_NO_STATIC", "LNN_NO_FLOAT", "_STACK_BYTES", "multiple of 8"):
        assert words in text, words
    assert (folder / "LICENSE").read_text() == (paths.ROOT / "LICENSE").read_text()


def test_nothing_is_left_to_fill_in_and_every_text_file_says_its_licence(made):
    folder = made[2]
    for path in folder.rglob("*"):
        if path.is_file():
            text = path.read_text()
            assert "@{" not in text and text.endswith("\n"), path
            assert "\n\n\n" not in text or path.parent.name == "src", path
            if CRATE in path.parts:
                assert 'license = "MIT"' in (folder / CRATE / "Cargo.toml").read_text()
            elif path.suffix in (".rs", ".toml", ".c", ".h", ".ino", ".cpp", ".yml", ".yaml",
                                 ".ini", ".cmake"):
                assert "SPDX-License-Identifier: MIT" in text[:400], path


@pytest.mark.parametrize("name, core", [("zig", "cortex-m33"), ("arm-none-eabi-gcc", "cortex-m4")])
def test_a_model_takes_so_many_bytes_where_pointers_have_four(name, core, tmp_path):
    folder = layout_of("cmake", "one", tmp_path)
    source = tmp_path / "size.c"
    for size, fits in ((MODEL_BYTES, True), (MODEL_BYTES + 4, False)):
        source.write_text('#include "bearing.h"\n'
                          f"typedef char same[sizeof(lnn_model_t) == {size} ? 1 : -1];\n")
        done = subprocess.run([*compiler(name, core), f"-I{folder / 'src'}", "-c", source, "-o",
                               tmp_path / "size.o"], capture_output=True, check=False)
        assert (done.returncode == 0) == fits


@pytest.mark.parametrize("label", ["a | b", "*/", "@{tool}", "`x`", "\n# heading\n", "été"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_no_label_breaks_a_layout(layout, label, tmp_path):
    network = model(1, "gru")
    network.meta["label"] = label
    export_layout({"net": lnn_file.to_bytes(network)}, layout, tmp_path / "made")
    row = next(line for line in (tmp_path / "made" / "README.md").read_text().splitlines()
               if line.startswith("| `net`"))
    assert len(re.findall(r"(?<!\\)\|", row)) == 9
    if layout == "cmake":
        run(tmp_path / "made", layout, "net", 1)


CATEGORIES = {"Display", "Communication", "Signal Input/Output", "Sensors", "Device Control",
              "Timing", "Data Storage", "Data Processing", "Other"}


@pytest.mark.parametrize("case", CASES)
def test_arduino_takes_the_library(case, tmp_path):
    folder = layout_of("arduino", case, tmp_path)
    lines = (folder / "library.properties").read_text().splitlines()
    found = dict(line.split("=", 1) for line in lines)
    assert len(found) == len(lines)
    needed = {"name", "version", "author", "maintainer", "sentence", "paragraph", "category", "url",
              "architectures"}
    assert needed <= found.keys() and all(found.values())
    assert re.fullmatch(r"(?=.*[A-Za-z])[A-Za-z0-9][A-Za-z0-9 _.-]{0,62}", found["name"])
    assert SEMVER.fullmatch(found["version"]) and found["category"] in CATEGORIES
    assert re.fullmatch(r"https?://\S+", found["url"])
    assert all(re.fullmatch(r"[a-z0-9_]+", each) for each in found["architectures"].split(","))
    assert "avr" not in found["architectures"].split(",")  # int has 16 bits there
    for header in found["includes"].split(","):
        assert (folder / "src" / header).is_file()
    for name in CASES[case]:
        sketch = folder / "examples" / f"{name}_example" / f"{name}_example.ino"
        assert sketch.is_file() and re.fullmatch(r"[A-Za-z0-9][\w.-]{0,62}", sketch.stem)
    headers = "".join(each.read_text() for each in (folder / "src").glob("*.h"))
    words = [line.split("\t") for line in (folder / "keywords.txt").read_text().splitlines()
             if not line.startswith("#")]
    for word, kind in words:
        assert kind in ("KEYWORD1", "KEYWORD2", "LITERAL1")
        assert re.search(rf"\b{word}\b", headers), word


@pytest.mark.parametrize("case", CASES)
def test_platformio_takes_the_library_and_the_projects(case, tmp_path):
    folder = layout_of("platformio", case, tmp_path)
    found = json.loads((folder / "library.json").read_text())
    assert re.fullmatch(r"[^:;/,@<>]{1,100}", found["name"]) and SEMVER.fullmatch(found["version"])
    assert found["license"] == "MIT" and 0 < len(found["description"]) <= 255
    assert found["frameworks"] == "*" and found["platforms"] == "*"
    assert all(re.fullmatch(r"[a-z\d\-+. ]{1,50}", each) for each in found["keywords"])
    assert all(each["name"] for each in found["authors"])
    assert {*found["build"]} <= {"flags", "unflags", "srcDir", "includeDir", "srcFilter"}
    assert (folder / found["build"]["srcDir"] / "liquid_audio_lnn.c").is_file()
    for header in found["headers"]:
        assert (folder / found["build"]["includeDir"] / header).is_file()
    for name in CASES[case]:
        project = folder / "examples" / f"{name}_example"
        ini = configparser.ConfigParser()
        ini.read(project / "platformio.ini")
        assert {*ini.sections()} == {"platformio", "env", "env:native", "env:nucleo_l476rg"}
        assert f"env:{ini['platformio']['default_envs']}" in ini.sections()
        library, place = ini["env"]["lib_deps"].split("=symlink://")
        assert library == found["name"] and (project / place).resolve() == folder.resolve()
        for env in ini.sections()[2:]:
            assert ini[env]["platform"]
        assert ini["env:nucleo_l476rg"]["board"] and ini["env:nucleo_l476rg"]["framework"]


# ---- CMake, and the tools that are made of it ----


def cmake():
    return shutil.which("cmake") or pytest.skip("no cmake here")


def call(*command, cwd=None):
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def built(source, place, *options):
    call(cmake(), "-S", source, "-B", place, "-DCMAKE_C_FLAGS=-Wall -Wextra -Werror", *options)
    call(cmake(), "--build", place)


@pytest.mark.parametrize("layout, case", [*(("cmake", case) for case in CASES), ("cpp", "two")])
def test_cmake_builds_tests_and_installs(layout, case, tmp_path):
    folder = layout_of(layout, case, tmp_path)
    project, build = project_of([*CASES[case]]), tmp_path / "build"
    built(folder, build, f"-DCMAKE_INSTALL_PREFIX={tmp_path / 'installed'}")
    said = call("ctest", "--test-dir", build)
    assert f"100% tests passed, 0 tests failed out of {len(CASES[case])}" in said
    call(cmake(), "--install", build)
    name = next(iter(CASES[case]))
    user = tmp_path / "user"
    user.mkdir()
    main = folder / "examples" / f"{name}_main.{'cpp' if layout == 'cpp' else 'c'}"
    shutil.copy(main, user / main.name)
    for number, found in enumerate((f"add_subdirectory({folder} lnn)",
                                    f"find_package(lnn_{project} {__version__} REQUIRED)")):
        (user / "CMakeLists.txt").write_text(
            f"cmake_minimum_required(VERSION 3.15)\nproject(user C CXX)\n{found}\n"
            f"add_executable(user {main.name})\n"
            f"target_link_libraries(user PRIVATE lnn::{project})\n")
        built(user, tmp_path / f"user {number}", f"-DCMAKE_PREFIX_PATH={tmp_path / 'installed'}")
        call(tmp_path / f"user {number}" / "user")
        assert not (tmp_path / f"user {number}" / "lnn" / f"{name}_main").exists()


def test_cmake_tests_can_fail_and_options_reach_who_links(tmp_path):
    folder, build = layout_of("cmake", "one", tmp_path), tmp_path / "build"
    source = folder / "src" / "bearing.c"
    source.write_text(source.read_text().replace("0x4c, 0x4e, 0x4e", "0x4c, 0x4e, 0x4f"))
    built(folder, build, "-DLNN_NO_STATIC=ON")
    done = subprocess.run(["ctest", "--test-dir", build], capture_output=True, check=False)
    assert done.returncode
    built(folder, tmp_path / "without_float", "-DLNN_NO_FLOAT=ON")


def test_cmake_crosses_with_its_toolchain_file(tmp_path):
    shutil.which("arm-none-eabi-gcc") or pytest.skip("no arm-none-eabi-gcc here")
    folder = layout_of("cmake", "two", tmp_path)
    built(folder, tmp_path / "build", "-DCMAKE_TOOLCHAIN_FILE=cmake/cortex-m4.cmake")
    said = call("arm-none-eabi-objdump", "-f", tmp_path / "build" / "liblnn_liquid_models.a")
    assert said.count("elf32-littlearm") == 3


def recorded(folder, script, functions, before=""):
    """Run a tool's CMake file with the tool's functions as stubs: a list of their calls."""
    stubs = "".join(f'function({each})\n  message(STATUS "{each};${{ARGN}}")\nendfunction()\n'
                    for each in functions)
    file = folder.parent / "stubs.cmake"
    file.write_text(f"{stubs}{before}\nset(CMAKE_CURRENT_SOURCE_DIR {script.parent})\n"
                    f"set(CMAKE_CURRENT_LIST_DIR {script.parent})\ninclude({script})\n")
    said = call(cmake(), "-P", file)
    return [line.removeprefix("-- ").split(";") for line in said.splitlines()]


@pytest.mark.parametrize("case", CASES)
def test_esp_idf_takes_the_component_and_the_projects(case, tmp_path):
    folder, names = layout_of("esp-idf", case, tmp_path), [*CASES[case]]
    symbol = f"LNN_{project_of(names).upper()}_NO_FLOAT"
    functions = ["idf_component_register", "target_compile_definitions"]
    [(_, *given)] = recorded(folder, folder / "CMakeLists.txt", functions)
    files = [f"src/{each}.c" for each in ("liquid_audio_lnn", *names)]
    assert given == ["SRCS", *files, "INCLUDE_DIRS", "src"]
    assert all((folder / each).is_file() for each in files)
    _, defined = recorded(folder, folder / "CMakeLists.txt", functions,
                          f"set(CONFIG_{symbol} y)\nset(COMPONENT_LIB lib)")
    assert defined[1:] == ["lib", "PUBLIC", "LNN_NO_FLOAT"]
    kconfig = (folder / "Kconfig").read_text()
    assert f"config {symbol}\n" in kconfig and kconfig.count("menu") == 2
    manifest = yaml.safe_load((folder / "idf_component.yml").read_text())
    assert {*manifest} <= {"version", "description", "license", "targets", "dependencies", "url"}
    assert SEMVER.fullmatch(manifest["version"]) and manifest["license"] == "MIT"
    assert manifest["description"] and manifest["dependencies"] == {"idf": ">=5.0"}
    for name in names:
        check_project(folder, folder / "examples" / f"{name}_example", functions)


def check_project(folder, project, functions):
    text = (project / "CMakeLists.txt").read_text()
    assert text.index("EXTRA_COMPONENT_DIRS") < text.index("tools/cmake/project.cmake")
    (folder.parent / "tools" / "cmake").mkdir(parents=True, exist_ok=True)
    (folder.parent / "tools" / "cmake" / "project.cmake").write_text("")
    calls = recorded(folder, project / "CMakeLists.txt", ["cmake_minimum_required", "project"],
                     f"set(ENV{{IDF_PATH}} {folder.parent})\n"
                     'variable_watch(EXTRA_COMPONENT_DIRS told)\nfunction(told name how value)\n'
                     'message(STATUS "told;${value}")\nendfunction()')
    assert [each for each in calls if each[0] == "told"] == [["told", str(folder)]]
    assert calls[-1] == ["project", project.name]
    [(_, *given)] = recorded(folder, project / "main" / "CMakeLists.txt", functions)
    assert given[:2] == ["SRCS", "main.c"] and "REQUIRES" not in given
    stack = int(re.search(r"^CONFIG_ESP_MAIN_TASK_STACK_SIZE=(\d+)$",
                          (project / "sdkconfig.defaults").read_text(), re.MULTILINE).group(1))
    assert stack >= other_stack_bytes() + 1024


@pytest.mark.parametrize("case", CASES)
def test_zephyr_takes_the_module_and_the_samples(case, tmp_path):
    folder, names = layout_of("zephyr", case, tmp_path), [*CASES[case]]
    symbol = f"LNN_{project_of(names).upper()}"
    module = yaml.safe_load((folder / "zephyr" / "module.yml").read_text())
    assert {*module} == {"name", "build", "samples"} and {*module["build"]} == {"cmake", "kconfig"}
    assert (folder / module["build"]["cmake"] / "CMakeLists.txt").is_file()
    kconfig = (folder / module["build"]["kconfig"]).read_text()
    functions = ["zephyr_library_named", "zephyr_library_sources", "zephyr_include_directories",
                 "zephyr_compile_definitions"]
    assert recorded(folder, folder / "CMakeLists.txt", functions) == []
    calls = recorded(folder, folder / "CMakeLists.txt", functions, f"set(CONFIG_{symbol} y)")
    found = {name: given for name, *given in calls}
    assert [each[0] for each in calls].index("zephyr_library_named") < len(calls) - 1
    files = found["zephyr_library_sources"]
    assert files == [f"src/{each}.c" for each in ("liquid_audio_lnn", *names)]
    assert found["zephyr_include_directories"] == ["src"] and len(calls) == 3
    calls = recorded(folder, folder / "CMakeLists.txt", functions,
                     f"set(CONFIG_{symbol} y)\nset(CONFIG_{symbol}_NO_FLOAT y)")
    assert ["zephyr_compile_definitions", "LNN_NO_FLOAT"] in calls
    assert re.findall(r"^config (\w+)$", kconfig, re.MULTILINE) == [symbol, f"{symbol}_NO_FLOAT"]
    assert re.findall(r"^(if|endif)\b", kconfig, re.MULTILINE) == ["if", "endif"]
    assert all(line.startswith("\t") for line in kconfig.splitlines()
               if line and not re.match(r"config|if|endif|#", line))
    for name in names:
        check_sample(folder / module["samples"][0] / name, name, folder, symbol)


def check_sample(sample, name, folder, symbol):
    calls = recorded(folder, sample / "CMakeLists.txt",
                     ["cmake_minimum_required", "find_package", "project", "target_sources"],
                     "variable_watch(EXTRA_ZEPHYR_MODULES told)\nfunction(told name how value)\n"
                     'message(STATUS "told;${value}")\nendfunction()')
    told = [each[1] for each in calls if each[0] == "told" and len(each) > 1 and each[1]]
    assert (sample / told[-1]).resolve() == folder.resolve()
    order = [each[0] for each in calls]
    assert order.index("told") < order.index("find_package") < order.index("project")
    assert calls[-1] == ["target_sources", "app", "PRIVATE", "src/main.c"]
    lines = (sample / "prj.conf").read_text().splitlines()
    settings = dict(line.split("=") for line in lines if not line.startswith("#"))
    assert settings[f"CONFIG_{symbol}"] == "y"
    assert int(settings["CONFIG_MAIN_STACK_SIZE"]) >= other_stack_bytes() + 1024
    told = yaml.safe_load((sample / "sample.yaml").read_text())
    assert {*told} == {"sample", "tests"} and told["sample"]["name"] == name
    [(test, given)] = told["tests"].items()
    assert re.fullmatch(r"\w+(\.\w+)+", test) and given["harness"] == "console"
    assert given["harness_config"] == {"type": "one_line", "regex": [f"{name} listens"]}


# ---- templates ----


def test_every_template_is_shipped():
    data = tomllib.loads((paths.ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    shipped = {each for pattern in data["package-data"]["lnnlab"]
               for each in (paths.ROOT / "lnnlab").glob(pattern)}
    templates = {each for each in TEMPLATES.rglob("*") if each.is_file() and each.suffix != ".py"
                 and "__pycache__" not in each.parts}
    assert len(templates) > 25 and templates <= shipped
    folders = {each.name for each in TEMPLATES.iterdir() if each.is_dir()} - {"__pycache__"}
    assert folders == {*LAYOUTS} == {*EXAMPLES}


def test_a_new_layout_is_a_row_and_a_folder(tmp_path, monkeypatch):
    templates = tmp_path / "templates"
    shutil.copytree(TEMPLATES, templates)
    (templates / "make").mkdir()
    (templates / "make" / "USE.md").write_text("`make` builds it.\n")
    (templates / "make" / "Makefile").write_text("all: @{first}.o ${MORE}\n")
    (templates / "make" / "MODEL.mk").write_text("@{NAME} := @{name}\n")
    monkeypatch.setattr(layouts, "TEMPLATES", templates)
    monkeypatch.setitem(LAYOUTS, "make", Layout("make"))
    folder = layout_of("make", "two", tmp_path)
    assert (folder / "Makefile").read_text() == "all: bearing.o ${MORE}\n"
    assert (folder / "words.mk").read_text() == "WORDS := words\n"
    assert "## Use\n\n`make` builds it.\n" in (folder / "README.md").read_text()
    assert not (folder / "USE.md").exists()


def test_an_unknown_layout_is_named(tmp_path):
    with pytest.raises(UserError, match="unknown layout 'arduno': did you mean 'arduino'"):
        export_layout(CASES["one"], "arduno", tmp_path / "made")
    assert not list(tmp_path.iterdir())
