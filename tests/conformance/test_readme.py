"""README's commands for servers run as they stand, on empty servers."""

import re
import shutil

from test_readme import ROOT, blocks, run


def test_commands_for_servers(neo4j_url, fuseki_url, tmp_path):
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    [block] = blocks(ROOT / "README.md", "bash")
    commands = block.splitlines()
    assert len(commands) == 5
    said = []
    for command in commands:
        real = command.replace("neo4j://localhost:7687", neo4j_url).replace("http://localhost:3030/kg/sparql", fuseki_url)
        done = run(real, tmp_path)
        assert done.returncode == 0, f"{real}\n{done.stdout}\n{done.stderr}"
        said.append(done.stdout)
    assert said[1] == said[3]
    assert len(said[1].splitlines()) > 3
    assert re.search(r"fact\t33\t[0-9a-f]{16}", said[4])
