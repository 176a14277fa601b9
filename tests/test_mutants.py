"""That the suite notices bugs: a sample of `python -m tests.mutants`, which plants them all."""

import pytest

from tests.mutants.catalogue import MUTANTS
from tests.mutants.run import ROOT, judge

SAMPLE = ("the unsent rest is forgotten", "Content-Length by int()")


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_bug_can_be_planted(mutant):
    text = (ROOT / mutant.file).read_text(encoding="utf-8")
    assert text.count(mutant.old) == 1, f"{mutant.file} has changed: {mutant.old!r}"


@pytest.mark.long
@pytest.mark.parametrize("name", SAMPLE)
def test_a_planted_bug_is_noticed(name):
    (mutant,) = (mutant for mutant in MUTANTS if mutant.name == name)
    assert judge(mutant).detector
