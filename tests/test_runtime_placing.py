"""Where exports go: nothing of somebody else's is lost, nothing half written; and their names."""

import os
import shutil
from pathlib import Path

import policy_records as policies
import pytest
from random_models import model

from lnnlab import cli, lnn_file, store
from lnnlab.errors import UserError
from lnnlab.runtime.export import export, export_together
from lnnlab.runtime.layouts import LAYOUTS, export_layout
from lnnlab.runtime.names import MOST, check_names

BLOBS = {"bearing": lnn_file.to_bytes(model(5, "gru")), "words": policies.blob_of(1, 1)}
ONE = {"bearing": BLOBS["bearing"]}


def content(folder):
    return {each.relative_to(folder).as_posix(): each.read_bytes()
            for each in folder.rglob("*") if each.is_file()}


# ---- a plain export ----


def test_a_plain_export_replaces_its_own_files_and_no_other(tmp_path):
    for _ in range(2):
        export_together(BLOBS, tmp_path)
        export(BLOBS["bearing"], tmp_path / "alone", "net")
    (tmp_path / "notes.c").write_text("mine")
    before = content(tmp_path)
    (tmp_path / "words_main.c").write_text("int main(void) { return 0; }\n")
    (tmp_path / "bearing.h").unlink()
    with pytest.raises(UserError, match=r"words_main\.c: is there and was not written by lnnlab"):
        export_together(BLOBS, tmp_path)
    assert not (tmp_path / "bearing.h").exists()  # nothing was written
    (tmp_path / "words_main.c").unlink()
    export_together(BLOBS, tmp_path)
    assert content(tmp_path) == before


def test_what_earlier_versions_exported_is_known(tmp_path):
    shutil.copytree(Path(__file__).parents[1] / "reports" / "full" / "c", tmp_path / "c")
    assert len(export(BLOBS["bearing"], tmp_path / "c", "model")) == 3


@pytest.mark.parametrize("how", [lambda folder: export(ONE["bearing"], folder),
                                 lambda folder: export_layout(ONE, "cmake", folder)])
def test_a_file_is_no_folder(how, tmp_path):
    (tmp_path / "there").write_text("mine")
    with pytest.raises(UserError, match="there: is a file; give a folder"):
        how(tmp_path / "there")
    assert content(tmp_path) == {"there": b"mine"}


# ---- a layout ----


def test_a_folder_with_other_things_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    for overwrite in (False, True):
        with pytest.raises(UserError, match="holds mine.txt, and nothing says that lnnlab"):
            export_layout(ONE, "arduino", tmp_path, overwrite)
    assert content(tmp_path) == {"mine.txt": b"mine"}
    (tmp_path / ".lnnlab.json").write_text("[1]")  # a mark that says nothing
    with pytest.raises(UserError, match="nothing says that lnnlab wrote it"):
        export_layout(ONE, "arduino", tmp_path)


def test_an_empty_folder_is_filled(tmp_path):
    export_layout(ONE, "arduino", tmp_path)
    export_layout(ONE, "arduino", tmp_path / "new" / "folder")
    fresh = content(tmp_path / "new" / "folder")
    assert {each for each in content(tmp_path) if not each.startswith("new")} == {*fresh}


def test_a_layout_is_renewed_and_keeps_what_was_added(tmp_path):
    folder = tmp_path / "made"
    export_layout(BLOBS, "arduino", folder)
    (folder / "build").mkdir()
    (folder / "build" / "object.o").write_text("mine")
    export_layout(ONE, "zephyr", folder)
    export_layout(ONE, "zephyr", tmp_path / "fresh")
    found = content(folder)
    assert found.pop("build/object.o") == b"mine" and found == content(tmp_path / "fresh")
    assert not (folder / "examples").exists()


def test_changed_files_are_replaced_only_when_told(tmp_path):
    export_layout(ONE, "platformio", tmp_path)
    fresh = content(tmp_path)
    example = "examples/bearing_example/src/main.cpp"
    (tmp_path / example).write_text("my own work")
    (tmp_path / "library.json").write_text("{}")
    changed = content(tmp_path)
    with pytest.raises(UserError, match=r"main\.cpp: was changed or added since.*and 1 more.*"
                                        "--overwrite"):
        export_layout(ONE, "platformio", tmp_path)
    assert content(tmp_path) == changed
    export_layout(ONE, "platformio", tmp_path, overwrite=True)
    assert content(tmp_path) == fresh


def test_an_added_file_in_the_way_is_not_replaced(tmp_path):
    export_layout(ONE, "cmake", tmp_path)
    (tmp_path / "src" / "words.c").write_text("mine")
    with pytest.raises(UserError, match=r"words\.c: was changed or added"):
        export_layout(BLOBS, "cmake", tmp_path)
    assert not (tmp_path / "src" / "words.h").exists()


def test_a_mark_cannot_reach_out_of_its_folder(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    export_layout(ONE, "cmake", tmp_path / "made")
    mark = tmp_path / "made" / ".lnnlab.json"
    mark.write_text(mark.read_text().replace('"files": {', '"files": {"../mine.txt": "",'))
    export_layout(ONE, "cmake", tmp_path / "made")
    assert (tmp_path / "mine.txt").exists()


@pytest.mark.parametrize("there", [False, True])
def test_a_full_disk_leaves_nothing_behind(there, tmp_path, monkeypatch):
    folder = tmp_path / "made"
    if there:
        export_layout(BLOBS, "arduino", folder)
    before, write = content(tmp_path), Path.write_bytes

    def full(path, data):
        if path.name == "README.md":
            raise OSError(28, "No space left on device")
        return write(path, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(UserError, match="made: cannot be written .No space left on device"):
        export_layout(ONE, "zephyr", folder)
    assert content(tmp_path) == before and folder.exists() == there


def test_a_tree_appears_whole(tmp_path, monkeypatch):
    seen, replace = [], os.replace

    def watched(source, target):
        seen.append((sorted(content(Path(source))), (tmp_path / "made").exists()))
        replace(source, target)

    monkeypatch.setattr(os, "replace", watched)
    store.write_tree(tmp_path / "made", {"a": "1", "b/c": "2"})
    assert seen == [(["a", "b/c"], False)]
    assert content(tmp_path / "made") == {"a": b"1", "b/c": b"2"}


# ---- names ----


@pytest.mark.parametrize("name, words", [
    ("int", "a keyword of C;"), ("double", "a keyword of C;"), ("main", "every program"),
    ("_Bool", "give a C identifier"), ("class", r"a keyword of C\+\+"), ("setup", "or sketch"),
    ("Loop", "or sketch"), ("stdint", "a header of C"), ("Arduino", "or of Arduino"),
    ("lnn_static", "the runtime has it"), ("Liquid_Audio_LNN", "the runtime has it"),
    ("été", "give a C identifier"), ("", "give a C identifier"), ("a\n", "give a C identifier"),
    ("a" * (MOST + 1), f"at most {MOST} characters"),
])
def test_a_name_that_would_not_compile_is_refused(name, words, tmp_path):
    for how in (lambda: export(ONE["bearing"], tmp_path, name),
                lambda: export_layout({name: ONE["bearing"]}, "arduino", tmp_path)):
        with pytest.raises(UserError, match=words):
            how()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name, words", [
    ("lib", "the file of the crate's root"), ("Lib", "the file of the crate's root"),
    ("liquid_audio_nets", "a crate that its example uses"), ("std", "a crate that its"),
    ("Error", "a type that its example uses"), ("Result", "a type that its example uses")])
def test_a_name_that_rust_has_is_refused_for_its_layout_alone(name, words, tmp_path):
    with pytest.raises(UserError, match=words):
        export_layout({name: ONE["bearing"]}, "rust", tmp_path)
    assert not list(tmp_path.iterdir())
    export_layout({name: ONE["bearing"]}, "cmake", tmp_path)


def test_names_that_stay(tmp_path):
    check_names(["integer", "a" * MOST, "Main_model", "test", "lnnlab", "x_main"])
    with pytest.raises(UserError, match="'a_main': the example of 'a' has it"):
        export_together({"a": BLOBS["words"], "a_main": BLOBS["bearing"]}, tmp_path)
    export_layout({"x_main": BLOBS["bearing"]}, "cmake", tmp_path)
    assert {"src/x_main.c", "examples/x_main_main.c"} <= content(tmp_path).keys()


# ---- the command ----


@pytest.fixture
def files(tmp_path, monkeypatch):
    for name, blob in BLOBS.items():
        (tmp_path / f"{name}.lnn").write_bytes(blob)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_command_writes_a_layout(layout, files, tmp_path, capsys):
    assert cli.main(["export", "--layout", layout, "bearing.lnn"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert "model/README.md" in said and all(Path(each).is_file() for each in said)
    assert cli.main(["export", "--layout", layout, "bearing.lnn", "words.lnn"]) == 0
    assert "liquid_models/src/words.c" in capsys.readouterr().out.splitlines()
    assert cli.main(["export", "--layout", layout, "bearing.lnn", "--folder", "own/place"]) == 0
    assert content(tmp_path / "own" / "place") == content(tmp_path / "model")


@pytest.mark.parametrize("arguments, message", [
    (["--layout", "ardiuno"], "unknown layout 'ardiuno': did you mean 'arduino'? known: cmake, "),
    (["--layout", ""], "unknown layout ''"),
    (["--layout", "cmake", "--folder", "."], ".: holds bearing.lnn, and nothing says"),
    (["--layout", "cmake", "--name", "int"], "name 'int': a keyword of C"),
    (["--name", "loop"], "name 'loop': a function"),
    (["--overwrite"], "--overwrite: is for --layout"),
])
def test_a_mistake_is_one_line_and_writes_nothing(arguments, message, files, tmp_path, capsys):
    before = content(tmp_path)
    assert cli.main(["export", "bearing.lnn", *arguments]) == 1
    said = capsys.readouterr().err
    assert message in said and len(said.splitlines()) == 1
    assert content(tmp_path) == before


def test_the_command_overwrites_when_told(files, tmp_path, capsys):
    arguments = ["export", "--layout", "zephyr", "bearing.lnn"]
    assert cli.main(arguments) == 0
    conf = tmp_path / "model" / "samples" / "model" / "prj.conf"
    told = conf.read_text()
    conf.write_text(f"{told}CONFIG_FPU=y\n")
    assert cli.main(arguments) == 1
    assert "prj.conf: was changed or added" in capsys.readouterr().err
    assert cli.main([*arguments, "--overwrite"]) == 0
    assert conf.read_text() == told


@pytest.mark.parametrize("names, message", [
    (["wake", "wake_arena"], "both headers would define WAKE_ARENA_BYTES"),
    (["wake_stack", "wake"], "both headers would define WAKE_STACK_BYTES"),
    (["features", "other"], "a header that those of some C library include"),
    (["NULL"], "a macro of C"),
])
def test_names_whose_macros_or_headers_stand_in_the_way_are_refused(names, message):
    with pytest.raises(UserError, match=message):
        check_names(names)
