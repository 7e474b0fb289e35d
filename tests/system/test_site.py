"""The site: it is built, every link and picture in it is there, and it asks no server."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

ROOT = Path(__file__).parents[2]
pytest.importorskip("zensical", reason="zensical is not installed; scripts/install dev")


class Page(HTMLParser):
    """What a page refers to, and the places that can be referred to."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.places: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value for name, value in attrs if value}
        self.places.update(given[name] for name in ("id", "name") if name in given)
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag in ("img", "script", "source", "iframe") and "src" in given:
            self.loaded.append(given["src"])
        elif tag == "link" and "href" in given and given.get("rel") != "canonical":
            self.loaded.append(given["href"])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built with every warning an error: a missing page ends it."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copy(ROOT / "mkdocs.yml", folder)
    shutil.copytree(ROOT / "docs", folder / "docs")
    (folder / "src").symlink_to(ROOT / "src")
    build = [Path(sys.executable).with_name("zensical"), "build", "--strict"]
    done = subprocess.run(build, cwd=folder, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "site"


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Page]:
    return {path: Page(path) for path in site.rglob("*.html") if path.name != "404.html"}


def test_every_document_is_a_page(pages: dict[Path, Page], site: Path) -> None:
    documents = {path.relative_to(ROOT / "docs") for path in (ROOT / "docs").rglob("*.md")}
    assert {site / path.with_suffix(".html") for path in documents} == set(pages)


def test_every_document_is_in_the_navigation(pages: dict[Path, Page], site: Path) -> None:
    start = site / "index.html"
    reached = {(start.parent / urlsplit(link).path).resolve() for link in pages[start].links}
    assert {path.resolve() for path in pages} <= reached | {start.resolve()}


def test_every_link_and_picture_is_there(pages: dict[Path, Page]) -> None:
    lost = []
    known = {path.resolve(): page for path, page in pages.items()}
    for path, page in pages.items():
        for link in [*page.links, *page.loaded]:
            parts = urlsplit(link)
            if parts.scheme in ("http", "https", "mailto", "data"):
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path.resolve()
            place = unquote(parts.fragment)
            if not target.exists() or (
                place and target in known and place not in known[target].places
            ):
                lost.append(f"{path.name}: {link}")
    assert lost == []


def test_nothing_is_asked_of_a_server(pages: dict[Path, Page], site: Path) -> None:
    asked = {
        source
        for page in pages.values()
        for source in page.loaded
        if urlsplit(source).scheme not in ("", "data")
    }
    assert asked == set()
    styles = "".join(path.read_text(encoding="utf-8") for path in site.rglob("*.css"))
    assert not re.search(r"url\(\s*[\"']?(https?:)?//", styles)


def test_the_links_of_the_readme_are_there() -> None:
    for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "examples/README.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
            if not target.startswith("http"):
                assert ((ROOT / name).parent / target).exists(), (name, target)


def test_every_benchmark_stands_in_the_page_on_figures() -> None:
    page = (ROOT / "docs" / "figures.md").read_text(encoding="utf-8")
    programs = [
        path.name
        for path in (ROOT / "benchmarks").glob("*.py")
        if "python benchmarks/" in path.read_text(encoding="utf-8")
    ]
    assert programs
    assert [name for name in programs if f"benchmarks/{name}" not in page] == []
