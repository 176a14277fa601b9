"""The ledger: the article's claims, what was predicted, what was measured, and in the end a verdict.

Its lines are kept with the predictions (guesses.py), each under the key "claim NAME": the guess is
the predicted verdict, `evidence` is {experiment: figure}, in the order in which they were made.
"""

from dataclasses import dataclass

from workbook.guesses import in_words, keep, load
from workbook.settings import say


@dataclass(frozen=True, slots=True)
class Claim:
    name: str
    words: str
    tested: str  # in which notebooks


CLAIMS = {
    claim.name: claim
    for claim in (
        Claim("simple", "it is simple: no Apache or nginx is needed", "06"),
        Claim("fast", "it is fast: it serves thousands of connections at once", "01, 02, 05"),
        Claim("scalable", "it scales, because its input and output do not block", "03, 06"),
        Claim("real_time", "it is fit for services in real time", "04, 05"),
        Claim("one_thread", "one thread serves better than a thread for each connection", "02, 03"),
        Claim("coroutines", "coroutines on asyncio are what does it", "04"),
        Claim("handlers", "RequestHandler makes GET, POST, PUT and DELETE easy", "05"),
    )
}
VERDICTS = ("holds", "holds under conditions", "does not hold")


def believe(**verdicts: object) -> None:
    """Write down what you expect of each claim: the number of a verdict, or `...` for none yet."""
    for name, verdict in verdicts.items():
        known(name)
        if type(verdict) is int and 1 <= verdict <= len(VERDICTS):
            keep(f"claim {name}", guess=verdict, choices=VERDICTS)
        elif verdict is not ...:
            say(f"`{verdict!r:.50}` for {name} is none of 1, 2 and 3.")
    choices = "; ".join(f"{number}: {words}" for number, words in enumerate(VERDICTS, 1))
    say(f"Put a number in the place of the dots ({choices}), and run the cell again.")
    ledger()


def evidence(name: str, experiment: str, figure: object) -> None:
    """Put a measured figure into the ledger; measured again, it replaces the one before."""
    known(name)
    kept = load().get(f"claim {name}", {}).get("evidence", {})
    keep(f"claim {name}", evidence={**kept, experiment: in_words(figure, ())})


def ledger() -> None:
    """Show all claims, with what is known of each so far."""
    kept = load()
    rows = ["| claim | you predict | measured here | tested in |", "|:--|:--|:--|:--|"]
    for claim in CLAIMS.values():
        line = kept.get(f"claim {claim.name}", {})
        guess = in_words(line["guess"], VERDICTS) if "guess" in line else "nothing yet"
        found = "; ".join(f"{what}: **{much}**" for what, much in line.get("evidence", {}).items())
        rows.append(f"| {claim.words} | {guess} | {found or 'nothing yet'} | {claim.tested} |")
    say("\n".join(rows))


def known(name: str) -> None:
    if name not in CLAIMS:
        raise LookupError(f"there is no claim {name!r}: choose from {', '.join(CLAIMS)}")
