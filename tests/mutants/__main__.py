"""The table of mutants and detectors.

    python -m tests.mutants [--only WORDS] [--markdown FILE]

Exit status 1 if a bug stays unseen that should be noticed, or more than two stay unseen.
"""

import argparse
import sys
from pathlib import Path

from tests.mutants.catalogue import MUTANTS
from tests.mutants.run import Verdict, judge


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants")
    parser.add_argument("--only", default="", help="those with these words in their name")
    parser.add_argument("--markdown", metavar="FILE", help="write the table there too")
    options = parser.parse_args()
    verdicts = []
    for mutant in MUTANTS:
        if options.only in mutant.name:
            verdicts.append(judge(mutant))
            print(line(verdicts[-1]), flush=True)
    if options.markdown:
        Path(options.markdown).write_text(markdown(verdicts), encoding="utf-8")
    sys.exit(summary(verdicts))


def line(verdict: Verdict) -> str:
    detector = verdict.detector or f"UNSEEN: {verdict.mutant.unseen or 'nothing says why'}"
    return (
        f"step {verdict.mutant.step}  {verdict.mutant.name:40} {verdict.seconds:4.0f} s  {detector}"
    )


def summary(verdicts: list[Verdict]) -> int:
    """Say how it went, and return the exit status."""
    unseen = [verdict for verdict in verdicts if not verdict.detector]
    seconds = sum(verdict.seconds for verdict in verdicts)
    print(f"{len(verdicts) - len(unseen)} of {len(verdicts)} noticed, in {seconds:.0f} s")
    return int(len(unseen) > 2 or any(not verdict.mutant.unseen for verdict in unseen))


def markdown(verdicts: list[Verdict]) -> str:
    rows = ["| step | bug | where it comes from | first noticed by |", "| :-: | --- | --- | --- |"]
    for verdict in verdicts:
        mutant = verdict.mutant
        detector = verdict.detector or f"nothing: {mutant.unseen}"
        cells = (str(mutant.step), mutant.name, mutant.history, detector)
        rows.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    main()
