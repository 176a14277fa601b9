"""The ledger: claims, what was predicted of them, and what was measured."""

from importlib import import_module

import pytest

import workbook
from workbook import guesses
from workbook.ledger import CLAIMS


@pytest.fixture(autouse=True)
def said(tmp_path, monkeypatch):
    """What a cell would show; the learner's files are nobody's own."""
    monkeypatch.setenv("WORKBOOK_DIR", str(tmp_path))
    words = []
    for module in (guesses, import_module("workbook.ledger")):  # its name is a function's, too
        monkeypatch.setattr(module, "say", words.append)
    return words


def line(said, name):
    """A claim's line in the table that was shown last."""
    workbook.ledger()
    [found] = [one for one in said[-1].splitlines() if CLAIMS[name].words in one]
    return found


def test_all_seven_claims_are_there_before_anything_is_known(said):
    workbook.ledger()
    assert said[0].count("\n") == 1 + 7
    assert said[0].count("| nothing yet | nothing yet |") == 7


def test_what_is_believed_stands_beside_what_was_measured(said):
    workbook.believe(fast=3, simple=...)
    workbook.evidence("fast", "served of 1,000 by step 5", 1000)
    workbook.evidence("fast", "x Tornado, step 3", 7.04)
    found = line(said, "fast")
    assert "| does not hold | served of 1,000 by step 5: **1000**; x Tornado" in found
    assert "step 3: **7.04**" in found
    assert "| nothing yet | nothing yet |" in line(said, "simple")


def test_what_is_measured_again_replaces_what_was(said):
    workbook.evidence("fast", "served", 1)
    workbook.evidence("fast", "served", 2)
    assert "served: **2**" in line(said, "fast")
    assert "**1**" not in line(said, "fast")


def test_a_verdict_that_is_none_is_said_and_not_kept(said):
    workbook.believe(fast=4)
    assert said[0] == "`4` for fast is none of 1, 2 and 3."
    assert "guess" not in guesses.load().get("claim fast", {})


@pytest.mark.parametrize(
    "call", [lambda: workbook.believe(slow=1), lambda: workbook.evidence("slow", "", 1)]
)
def test_an_unknown_claim_is_answered_with_those_there_are(call):
    with pytest.raises(LookupError, match="no claim 'slow': choose from simple, fast, scalable"):
        call()


def test_what_is_measured_cannot_break_the_table(said):
    workbook.evidence("fast", "served", "<b>|\n")
    assert "served: **&lt;b&gt;\\|**" in line(said, "fast")
