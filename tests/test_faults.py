"""What no error of ours foresaw: a line, an exit code of its own, and a log. What the machine lacks is no fault of ours."""

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from helpers_store import ROOT

from kg.faults import EXIT_CODE

EXAMPLE = ROOT / "examples" / "missile-shield-2009.csv"
#: The command with one fault in it.
FAULTY = """
import sys, kg.graph
def rows(self):
    raise {error}
kg.graph.Graph.rows = rows
sys.argv = ["kg", *sys.argv[1:]]
from kg.cli import main
main()
"""


def faulty(folder, error, *arguments, **environment):
    given = {**os.environ, "KG": str(folder / "s.kg"), "XDG_STATE_HOME": str(folder / "state"), **environment}
    words = [sys.executable, "-c", FAULTY.format(error=error), *arguments]
    return subprocess.run(words, env=given, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("watched", [[], ["--timeout", "60"]], ids=["alone", "watched"])
def test_a_fault_is_one_line_that_says_where_the_whole_is(tmp_path, watched, monkeypatch):
    if watched:  # the process that is watched begins with the package as it is, so that it needs a fault of its own
        of_the_child = FAULTY.format(error="KeyError('who\\\\nelse')").partition("sys.argv")[0]
        (tmp_path / "sitecustomize.py").write_text(of_the_child)
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    done = faulty(tmp_path, "KeyError('who\\nelse')", "facts", "--actor", "it's me", *watched)
    assert (done.returncode, done.stdout) == (EXIT_CODE, "")
    [log] = (tmp_path / "state" / "diplomacy-kg").iterdir()
    note, told, hint = done.stderr.splitlines()
    assert note.startswith("note: no fact speaks of")
    assert told.startswith("error: KeyError: ") and "(kg/console.py:" in told and "fault of kg itself" in told
    assert hint == f"hint: please report it with what {log} says"
    kept = log.read_text(encoding="utf-8")
    assert kept.startswith(f"diplomacy-kg {version('diplomacy-kg')}, Python ")
    assert """facts --actor 'it'"'"'s me'""" in kept and "Traceback" in kept and "KeyError" in kept
    assert log.stat().st_mode & 0o077 == 0


def test_where_no_log_can_be_written_the_line_comes_all_the_same(tmp_path):
    (tmp_path / "file").write_text("no folder")
    done = faulty(tmp_path, "ValueError()", "facts", XDG_STATE_HOME=str(tmp_path / "file"))
    told, hint = done.stderr.splitlines()
    assert told.startswith("error: ValueError (kg/console.py:") and hint == "hint: please report it with the command"
    assert done.returncode == EXIT_CODE


@pytest.mark.parametrize(
    ("error", "told"),
    [
        ("MemoryError()", "error: there is not enough memory for this\n"),
        ("OSError(28, 'No space left on device', '/tmp/x')", "error: No space left on device: /tmp/x\n"),
        ("OSError(5, 'Input/output error')", "error: the output can't be written: Input/output error\n"),
    ],
)
def test_what_the_machine_lacks_is_no_fault(tmp_path, error, told):
    done = faulty(tmp_path, error, "facts")
    assert done.returncode == 1 and done.stderr.startswith(told), done.stderr
    assert not (tmp_path / "state").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a file that is always full")
@pytest.mark.parametrize("arguments", [["facts"], ["facts", "--format", "csv"], ["facts", "--format", "parquet"], ["--help"]])
def test_output_that_has_no_room_is_said_to_have_none(kg, load, arguments):
    load(EXAMPLE)
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [*kg.words, *arguments], env=kg.environment, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False
        )
    assert done.returncode == 1 and done.stderr.splitlines()[0].endswith("No space left on device"), done.stderr
    assert len(done.stderr.splitlines()) <= 2


def test_the_version_is_shown(kg):
    assert kg("--version").out == f"diplomacy-kg {version('diplomacy-kg')}\n"
