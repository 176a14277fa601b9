"""The ledger as a page of the learner's own: one file, no script, nothing fetched, light and dark."""

import html
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from workbook.guesses import agree, in_words, load
from workbook.ledger import (
    CLAIMS,
    VERDICTS,
    Claim,
    evidence_of,
    guess_on,
    verdict_on,
)
from workbook.settings import machine, say, work, write
from workbook.source import link

STYLE = Path(__file__).with_name("page.css")


def save_ledger() -> None:
    """Write the ledger to ledger.html among the learner's files, and say so."""
    try:
        path = work() / "ledger.html"
        write(path, page())
    except OSError as error:
        return say(f"Your ledger could not be saved: {error}.")
    return say(
        f"Your ledger is saved: {link(path)}. Open it in a browser; it is one file, and yours to keep."
    )


def page() -> str:
    parts = [*heading(), *map(section, CLAIMS.values()), *predictions()]
    body = "\n".join(parts).replace(
        "\\|", "|"
    )  # words are kept as a table in a notebook wants them
    return f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>Is Tornado a web server? My ledger</title>
<style>
{STYLE.read_text()}</style>
<main>
{body}
</main>
</html>
"""


def heading() -> Iterator[str]:
    yield "<h1>Is Tornado a web server?</h1>"
    yield f"<p>Measured on: {html.escape(machine())}. Saved on {time.strftime('%Y-%m-%d')}.</p>"
    yield "<p>An article makes seven claims. What I expected of each, what I measured, and what I say now:</p>"


def section(claim: Claim) -> str:
    first, rest = claim.words[0].upper(), claim.words[1:]
    found = evidence_of(claim.name)
    measured = (
        table(("measured", "here"), [(html.escape(what), much) for what, much in found.items()])
        if found
        else f"<p class=soft>Not measured yet: run notebook {in_list(claim.tested)}.</p>"
    )
    return f"""<section>
<h2>{first}{rest}.</h2>
<p><span class=soft>Expected:</span> {guess_on(claim.name)}</p>
{measured}
<p class=verdict><span class=soft>Verdict:</span> {verdict_on(claim.name) or "none yet"}</p>
<details><summary>What the workbook's authors say</summary>
<p>{VERDICTS[claim.ours - 1].capitalize()}. {html.escape(claim.because)}</p></details>
</section>"""


def predictions() -> Iterator[str]:
    """All that was predicted and then seen, the verdicts apart. Sentences are neither right nor wrong."""
    made = {
        key: one
        for key, one in load().items()
        if "guess" in one and "measured" in one and not one.get("late")
    }
    if not made:
        return
    judged = {
        key: one for key, one in made.items() if one.get("choices") or is_number(one["measured"])
    }
    right = [key for key, one in judged.items() if is_right(one)]
    rows = [
        (
            html.escape(key),
            words_of(one, "guess"),
            words_of(one, "measured") + " ✓" * (key in right),
        )
        for key, one in made.items()
    ]
    yield f"<h2>Predicted: {len(judged)}. Right: {len(right)}.</h2>"
    yield f"<details><summary>All of them</summary>{table(('what', 'predicted', 'here'), rows)}</details>"


def is_right(one: dict) -> bool:
    return agree(one["guess"], one["measured"], one.get("choices", ()))


def is_number(measured: object) -> bool:
    return isinstance(measured, int | float)


def words_of(one: dict, which: str) -> str:
    return in_words(one[which], one.get("choices", ()))


def table(head: Iterable[str], rows: Iterable[tuple[str, ...]]) -> str:
    """Of cells that are escaped already."""
    titles = "".join(f"<th scope=col>{title}</th>" for title in head)
    lines = "\n".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<div class=scroll><table><tr>{titles}</tr>\n{lines}</table></div>"


def in_list(tested: str) -> str:
    """01, 02, 05: 01, 02 or 05."""
    *others, last = tested.split(", ")
    return f"{', '.join(others)} or {last}" if others else last
