"""The Markdown files: what they link to is there."""

import re

import pytest

from harness.server import ROOT

LINK = re.compile(r'\]\(([^)\s]+)\)|(?:src|srcset)="([^"]+)"')
OURS = ("*.md", "*/*.md", "steps/*/*.md")  # not those of .venv, nor a learner's


def links(page):
    for link in LINK.finditer(page.read_text(encoding="utf-8")):
        path = (link[1] or link[2]).partition("#")[0]
        if path and "://" not in path:
            yield path


@pytest.mark.parametrize(
    "page", [page.relative_to(ROOT) for each in OURS for page in ROOT.glob(each)], ids=str
)
def test_a_page_links_to_files_that_are_there(page):
    folder = (ROOT / page).parent
    missing = [path for path in links(ROOT / page) if not (folder / path).exists()]
    assert not missing
