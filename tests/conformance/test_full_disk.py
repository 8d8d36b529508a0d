"""The disk of a server is full in the middle of a load: one line, whole facts, and a rerun ends as a clean load does."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from helpers_history import same
from helpers_store import EXAMPLE, command, many_rows
from servers import start as servers

import kg

#: A log of transactions as small as it may be: by default it takes 256 MB at once.
LITTLE = {"db__tx_log__preallocate": "false", "db__tx_log__rotation__size": "128k"}


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a disk of its own of 500 MB, in memory."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    if mount is None or os.geteuid() != 0 or subprocess.run([mount, "-t", "tmpfs", "-o", "size=500m", "kg", folder]).returncode:
        pytest.skip("a disk in memory can't be made: it needs mount and the right to use it")
    yield folder
    subprocess.run(["umount", folder], check=True)


def fill(folder: Path, left: int) -> Path:
    """Fill a disk but for some bytes."""
    room = os.statvfs(folder)
    ballast = folder / "ballast"
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, room.f_bavail * room.f_frsize - left)
    return ballast


@pytest.mark.parametrize(
    ("kind", "settings"), [(servers.neo4j, LITTLE), (servers.fuseki, {"files": True})], ids=["neo4j", "fuseki"]
)
def test_a_load_into_a_server_whose_disk_is_full(kind, settings, small_disk, start_server, twin, tmp_path, contents):
    home = small_disk / "home"
    home.mkdir()
    server = start_server(kind, home, **settings)
    assert command("load", EXAMPLE, "--kg", server.url, cwd=tmp_path).returncode == 0
    many = many_rows(tmp_path / "many.csv", 8_000)
    ballast = fill(small_disk, 1_500_000)
    done = command("load", many, "--source", "d", "--kg", server.url, cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    lines = done.stderr.strip().splitlines()
    assert len([line for line in lines if line.startswith("error: ")]) == 1
    assert re.search(r"127\.0\.0\.1:\d+", lines[0]), done.stderr
    assert re.search("disk|space", done.stderr), done.stderr
    assert "Traceback" not in done.stderr

    # As an administrator would: room, and the server anew, which may have given up on its files.
    server.kill()
    ballast.unlink()
    server = start_server(kind, home, port=urlsplit(server.url).port, **settings)
    twin.load(EXAMPLE)
    twin.load(many, dataset="d")
    assert command("load", many, "--source", "d", "--kg", server.url, cwd=tmp_path).returncode == 0
    same(contents(kg.open(server.url)), contents(twin))
