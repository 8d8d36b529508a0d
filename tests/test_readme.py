"""What the documents say is true: README's commands and code run as they stand, and nothing is left undocumented."""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import kg
from kg import content, questions
from kg.actors import RULES
from kg.deeds import LEVELS
from kg.export import FORMS
from kg.loaders import all_loaders

ROOT = Path(__file__).resolve().parent.parent


def blocks(page: Path, language: str) -> list[str]:
    """The fenced blocks of a page in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the examples, as in a clone; the commands of README build on each other there."""
    folder = tmp_path_factory.mktemp("readme")
    shutil.copytree(ROOT / "examples", folder / "examples")
    return folder


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k != "KG"}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=folder,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


def run_commands(page: Path, folder: Path, least: int) -> None:
    """Run the commands of a page, one after the other; none may fail but where the page says so."""
    commands = [line[2:] for block in blocks(page, "console") for line in block.splitlines() if line[:2] == "$ "]
    assert len(commands) >= least
    for command in commands:
        wanted = re.search(r"# exit code (\d+)", command)
        done = run(command, folder)
        assert done.returncode == (int(wanted[1]) if wanted else 0), f"{command}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr, command
        if re.match(r"kg (facts|ask|cypher|sparql|info|resolve \w|actors korea|actors show)", command):
            assert len(done.stdout.splitlines()) > 1, f"no rows from: {command}"


def test_readme_commands(workplace: Path) -> None:
    run_commands(ROOT / "README.md", workplace, 14)
    assert (workplace / "story.html").stat().st_size > 100_000
    assert (workplace / "facts.ttl").exists() and (workplace / "facts.csv").exists()


@pytest.mark.parametrize(("name", "least"), [("start", 20), ("loading", 15), ("page", 3), ("servers", 3)])
def test_the_commands_of_a_page(name: str, least: int, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    run_commands(ROOT / "docs" / f"{name}.md", tmp_path, least)


def test_figures_of_readme_are_those_measured() -> None:
    """What README says of speed is lines of the page that the benchmark wrote."""
    [said] = re.findall(r"^How fast:.*?\n## ", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    lines = [line for line in said.splitlines() if line.startswith("|")]
    measured = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8").splitlines()
    assert len(lines) > 5
    assert [line for line in lines if line not in measured] == []
    assert re.findall(r"\d", re.sub(r"^\|.*", "", said, flags=re.MULTILINE)) == [], "a figure beside the table"


def test_links_between_documents_lead_somewhere() -> None:
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]
    for page in pages:
        for target, anchor in re.findall(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)", page.read_text(encoding="utf-8")):
            file = (page.parent / target) if target else page
            assert file.exists(), f"{page.name}: {target}"
            if anchor:
                assert anchor in anchors(file), f"{page.name}: {target}#{anchor}"


def anchors(page: Path) -> set[str]:
    """The names that a page's headings have as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_page_about_actors(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    run_commands(ROOT / "docs" / "actors.md", tmp_path, 15)
    page = (ROOT / "docs" / "actors.md").read_text(encoding="utf-8")
    for rule, meaning in RULES.items():
        assert f"| `{rule}` | {meaning} |" in page
    for table in (ROOT / "schema" / "actors").glob("*.csv"):
        assert f"`{table.name}`" in page


def test_the_page_about_time(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    page = ROOT / "docs" / "time.md"
    run_commands(page, tmp_path, 14)
    run("kg load examples/missile-shield-2009.csv --kg again.kg", tmp_path)
    day = kg.open(tmp_path / "again.kg")
    [cypher], [sparql] = blocks(page, "cypher"), blocks(page, "sparql")
    at = {"at": dt.date(2009, 9, 18)}
    assert len(day.cypher(cypher, at).rows) == len(day.sparql(sparql, at).rows) == len(day.at("2009-09-18").facts()) > 5


def test_the_page_about_exports(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    page = ROOT / "docs" / "export.md"
    run_commands(page, tmp_path, 25)
    text = page.read_text(encoding="utf-8")
    assert all(f"`{suffix}`" in text for suffix in FORMS)
    done = run("kg info --kg copy.kg", tmp_path)
    assert re.search(r"^facts\s+33$", done.stdout, re.MULTILINE), done.stdout
    [code] = blocks(page, "python")
    done = run(f"{sys.executable} - <<'END'\n{code}END", tmp_path)
    assert done.returncode == 0, done.stderr
    assert "facts between" in done.stdout
    assert (tmp_path / "september.gexf").exists()


def test_the_page_about_deeds(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    page = ROOT / "docs" / "deeds.md"
    run_commands(page, tmp_path, 8)
    for level in LEVELS:
        assert f"`{level}`" in page.read_text(encoding="utf-8")
    graph = kg.open(tmp_path / "diplomacy.kg")
    found = graph.merge("1d", "root")
    assert (found.deeds, found.facts) == (2, 4)
    assert len(graph.deeds().facts()) == len(graph.facts()) - 2


def test_the_page_about_questions(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    text = (ROOT / "docs" / "questions.md").read_text(encoding="utf-8")
    written, _, made = text.partition("<!-- What follows is made")
    page = tmp_path / "introduction.md"
    page.write_text(written, encoding="utf-8")
    run_commands(page, tmp_path, 5)
    assert re.findall(r"^## (.*)", made, re.MULTILINE) == list(questions.THEMES)
    assert sorted(re.findall(r"^### (.*)", made, re.MULTILINE)) == questions.names()
    # Each has the beginning of an answer: a table with a row at least.
    assert len(re.findall(r"^\| --- .*\n\| ", made, re.MULTILINE)) == len(questions.names())


def test_questions_are_listed_by_theme(workplace: Path) -> None:
    lines = [line.split("\t") for line in run("kg ask --list", workplace).stdout.splitlines()]
    assert lines[0] == ["theme", "name", "question", "parameters"]
    assert sorted(name for _, name, *_ in lines[1:]) == questions.names()
    assert list(dict.fromkeys(theme for theme, *_ in lines[1:])) == list(questions.THEMES)


def test_readme_python(workplace: Path) -> None:
    [code] = blocks(ROOT / "README.md", "python")
    done = run(f"{sys.executable} -c '{code}print(len(rows))'", workplace)
    assert done.returncode == 0, done.stderr
    assert "USA scraps missile-shield" in done.stdout
    assert int(done.stdout.splitlines()[-1]) > 0


def test_the_page_about_python(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    (tmp_path / "page.py").write_text("\n".join(blocks(ROOT / "docs" / "python.md", "python")), encoding="utf-8")
    done = run(f"{sys.executable} page.py", tmp_path)
    assert done.returncode == 0, done.stderr
    assert "desk.csv 3 '2009-02-30' is no day of the calendar" in done.stdout and "DELETE is refused" in done.stdout
    assert (tmp_path / "story.html").stat().st_size > 100_000


def test_loader_of_the_documentation(workplace: Path) -> None:
    [sql] = blocks(ROOT / "docs" / "loaders.md", "sql")
    (workplace / "visits.sql").write_text(sql, encoding="utf-8")
    (workplace / "visits.csv").write_text(
        "id,visitor,from,start,end\n7,President Obama,USA,2009-04-01,2009-04-03\n8,The Dalai Lama,,2009-10,\n", encoding="utf-8"
    )
    done = run("kg load visits.csv --loader visits.sql --kg v.kg && kg facts --kg v.kg --format csv", workplace)
    assert done.returncode == 0, done.stderr
    assert "2009-04-01/2009-04-03,Barack Obama,visits,United States" in done.stdout
    assert "2009-10,14th Dalai Lama,visits,United States" in done.stdout


def test_reference_is_fresh_and_whole() -> None:
    done = run(f"{sys.executable} scripts/make_docs.py --check", ROOT)
    assert done.returncode == 0, done.stdout
    page = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    for name in (*all_loaders(), *questions.names()):
        assert f"`{name}`" in page


@pytest.mark.parametrize("page", [*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md"], ids=lambda p: p.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_shelves_hold_no_code() -> None:
    for name in ("schema", "loaders", "queries"):
        assert not list(content.shelf(name).rglob("*.py"))
