"""The package: built and installed without an index, from a folder of wheels, it does what the checkout does."""

import os
import subprocess
import sys

import pytest
from test_readme import ROOT


def run(*words, cwd=None, **variables):
    done = subprocess.run(
        [str(w) for w in words], cwd=cwd, env=os.environ | variables, capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, f"{words}:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def wheels(tmp_path_factory):
    """A folder with the wheels of the lock and of what builds this package."""
    folder = tmp_path_factory.mktemp("wheels")
    download = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--dest", folder]
    try:
        run(*download, "--require-hashes", "--only-binary", ":all:", "--no-deps", "-r", ROOT / "requirements.lock")
        run(*download, "hatchling>=1.25")
    except AssertionError as error:
        if os.environ.get("KG_REQUIRE_SERVERS"):
            raise
        pytest.skip(f"the wheels can't be fetched, which takes a package index: {str(error)[-300:]}")
    return folder


def test_installs_from_wheels_alone(wheels, tmp_path):
    alone = ("--no-index", "--find-links", wheels, "--quiet", "--disable-pip-version-check")
    run(sys.executable, "-m", "pip", "wheel", *alone, "--no-deps", "--wheel-dir", tmp_path, ROOT)
    (wheel,) = tmp_path.glob("*.whl")
    run(sys.executable, "-m", "venv", tmp_path / "own")
    run(tmp_path / "own" / "bin" / "pip", "install", *alone, wheel)
    (tmp_path / "work").mkdir()

    def kg(*words):
        return run(tmp_path / "own" / "bin" / "kg", *words, cwd=tmp_path / "work", PYTHONPATH="")

    kg("load", ROOT / "examples" / "missile-shield-2009.csv")
    in_cypher = kg("ask", "facts-at", "--param", "at=2009-09-18", "--format", "csv")
    assert in_cypher == kg("ask", "facts-at", "--param", "at=2009-09-18", "--format", "csv", "--language", "sparql")
    assert len(in_cypher.splitlines()) > 1
    kg("export", "page.html")
    assert (tmp_path / "work" / "page.html").stat().st_size > 100_000
    where = run(tmp_path / "own" / "bin" / "python", "-c", "import kg; print(kg.__file__)", cwd=tmp_path, PYTHONPATH="")
    assert where.startswith(str(tmp_path / "own"))
