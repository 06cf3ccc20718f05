"""A line of shell in a notebook: what it prints, where it runs, what it refuses."""

import pytest

from lnnlab import __version__, paths
from lnnlab.cli.terminal import OURS, terminal
from lnnlab.errors import UserError


def test_the_commands_are_those_of_this_checkout_and_hide_its_folders(tmp_path, capsys):
    terminal("lnnlab --version", tmp_path / "new")
    assert capsys.readouterr().out == f"$ lnnlab --version\n{__version__}\n"
    terminal(f"pwd; echo {paths.ROOT}/lnnlab  ", tmp_path)
    assert capsys.readouterr().out.splitlines()[1:] == [".", "LNNLAB/lnnlab"]
    for command in OURS:
        terminal(f"{command} --help", tmp_path)
        assert f"usage: {command}" in capsys.readouterr().out


def test_a_program_that_is_not_there_is_told_and_nothing_runs(tmp_path, capsys):
    terminal("touch made", tmp_path, needs="no-such-program")
    assert capsys.readouterr().out.endswith("(no-such-program is not on this machine: not run)\n")
    assert not (tmp_path / "made").exists()


def test_what_fails_stops_unless_it_must(tmp_path, capsys):
    with pytest.raises(UserError, match="'lnnlab export none.lnn' ended with status 1: lnnlab: "):
        terminal("lnnlab export none.lnn", tmp_path)
    capsys.readouterr()
    terminal("lnnlab export none.lnn", tmp_path, refused=True)
    assert "none.lnn" in capsys.readouterr().out.splitlines()[1]
    with pytest.raises(UserError, match="'true' ended with status 0: nothing said"):
        terminal("true", tmp_path, refused=True)
