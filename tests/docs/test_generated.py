"""The documentation shows what the program does today."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from docs.__main__ import main
from docs.generated import DOCS, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGES = [*sorted(ROOT.glob("*.md")), *sorted(DOCS.rglob("*.md"))]
_PAGE = re.compile(r"\bdocs/[\w/-]+\.(?:md|json)\b")
_LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)?(?:#([^)\s]+))?\)")


@pytest.mark.network
def test_generated_parts_are_current(capsys: pytest.CaptureFixture[str]) -> None:
    """Run `make docs` if this fails."""
    assert main(["--check"]) == 0, capsys.readouterr().out


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _broken_links(page: Path) -> Iterator[str]:
    for target, anchor in _LINK.findall(page.read_text(encoding="utf-8")):
        if target.startswith(("http", "mailto:")):
            continue
        file = (page.parent / target).resolve() if target else page
        if not file.exists() or (anchor and anchor not in _anchors(file)):
            yield f"{target}#{anchor}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    """A page or heading that moved leaves readers at an error."""
    assert list(_broken_links(page)) == []


def test_pages_that_the_program_names_exist() -> None:
    """Who reads the message looks for the page."""
    files = [*(ROOT / "lambda_src").rglob("*.py"), *(ROOT / "stacks").rglob("*.py"), ROOT / "regionproof.yaml"]
    named = {page for file in files for page in _PAGE.findall(file.read_text(encoding="utf-8"))}
    assert named
    assert [page for page in named if not (ROOT / page).exists()] == []


def test_readme_is_short() -> None:
    """A first page that is not read to its end hides the others."""
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 150
