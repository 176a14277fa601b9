"""The ledger: the article's claims, what was predicted, what was measured, and in the end a verdict.

Its lines are kept with the predictions (guesses.py), each under the key "claim NAME": the guess is
the predicted verdict, `evidence` is {experiment: figure}, in the order in which they were made, and
`verdict` and `conditions` are what the learner makes of it. page.py makes a page of it.
"""

from dataclasses import dataclass

from workbook.guesses import in_words, keep, load
from workbook.settings import say

VERDICTS = ("holds", "holds under conditions", "does not hold")
HOLDS, CONDITIONS, FAILS = 1, 2, 3


@dataclass(frozen=True, slots=True)
class Claim:
    name: str
    words: str
    tested: str  # in which notebooks
    ours: int  # our own verdict
    because: str


CLAIMS = {
    claim.name: claim
    for claim in (
        Claim(
            "simple",
            "it is simple: no Apache or nginx is needed",
            "06",
            CONDITIONS,
            "It waits for slow and silent clients by itself; step 1 needs a server in front for that. "
            "One in front still sends files faster, and answers where Tornado leaves without a "
            "word (06).",
        ),
        Claim(
            "fast",
            "it is fast: it serves thousands of connections at once",
            "01, 02, 05, 06",
            CONDITIONS,
            "A thousand connections at once: yes, as any loop (06). Fast: not against a bare loop, "
            "which answers several times as many greetings (06); with work to do the difference "
            "fades (05).",
        ),
        Claim(
            "scalable",
            "it scales, because its input and output do not block",
            "03, 06",
            CONDITIONS,
            "Not blocking alone burned a core for ten clients; what scales is one wait for all, and a "
            "list that the kernel keeps (03). Work does not overlap: one heavy request stops everybody "
            "(03, 05). A second process helps, and has a memory of its own (06).",
        ),
        Claim(
            "real_time",
            "it is fit for services in real time",
            "04, 05, 06",
            CONDITIONS,
            "It tells a change at once (05), as long as no handler computes (05), and promises no "
            "deadline: a tick is late by all the work that is due before it (06).",
        ),
        Claim(
            "one_thread",
            "one thread serves better than a thread for each connection",
            "02, 03",
            CONDITIONS,
            "For a crowd that mostly waits: it needs less memory and is fairer (02), and needs no lock "
            "where it does not wait between reading and writing (04). Beside heavy work it is worse, "
            "for everybody stands still (02, 03).",
        ),
        Claim(
            "coroutines",
            "coroutines on asyncio are what does it",
            "04",
            FAILS,
            "What does it is one call that waits for all, and step 3 has that without a coroutine (03). "
            "Coroutines make it read like step 1, which saves your time, not the server's (04).",
        ),
        Claim(
            "handlers",
            "RequestHandler makes GET, POST, PUT and DELETE easy",
            "05",
            HOLDS,
            "A method for each. Not in fewer lines than a `match` needs, and HEAD and `Allow` are left "
            "to you (05).",
        ),
    )
}


def believe(**verdicts: object) -> None:
    """Write down what you expect of each claim: the number of a verdict, or `...` for none yet."""
    for name, verdict in verdicts.items():
        known(name)
        if is_verdict(verdict):
            keep(f"claim {name}", guess=verdict, choices=VERDICTS)
        elif verdict is not ...:
            refuse(name, verdict)
    ask_for_numbers()
    ledger()


def evidence(name: str, experiment: str, figure: object) -> None:
    """Put a measured figure into the ledger; measured again, it replaces the one before."""
    known(name)
    keep(f"claim {name}", evidence={experiment: in_words(figure, ())})


def conclude(**verdicts: object) -> None:
    """Write down your verdict on each claim: its number; its number and your conditions, in words, as
    `(2, "words")`; or `...` for none yet. Then ours can be unfolded."""
    for name, verdict in verdicts.items():
        known(name)
        number, words = (
            verdict if isinstance(verdict, tuple) and len(verdict) == 2 else (verdict, "")
        )
        if is_verdict(number) and isinstance(words, str):
            keep(f"claim {name}", verdict=number, conditions=words)
        elif verdict is not ...:
            refuse(name, verdict)
    ask_for_numbers()
    ledger()
    say(f"<details><summary>Our own verdicts, for afterwards</summary>\n\n{ours()}\n\n</details>")


def ledger() -> None:
    """Show all claims, with what is known of each so far."""
    judged = any(map(verdict_on, CLAIMS))
    rows = [
        f"| claim | you predict | measured here | tested in |{' your verdict |' * judged}",
        f"|:--|:--|:--|:--|{':--|' * judged}",
    ]
    for claim in CLAIMS.values():
        found = "; ".join(f"{what}: **{much}**" for what, much in evidence_of(claim.name).items())
        said = f" {verdict_on(claim.name) or 'none yet'} |" * judged
        cells = (claim.words, guess_on(claim.name), found or "nothing yet", claim.tested)
        rows.append(f"| {' | '.join(cells)} |{said}")
    say("\n".join(rows))


def ours() -> str:
    rows = ["| claim | our verdict | because (where) |", "|:--|:--|:--|"]
    rows += [
        f"| {claim.words} | {VERDICTS[claim.ours - 1]} | {claim.because} |"
        for claim in CLAIMS.values()
    ]
    return "\n".join(rows)


# What is known of a claim, as it may stand in a table's cell


def guess_on(name: str) -> str:
    guess = line(name).get("guess")
    return in_words(guess, VERDICTS) if is_verdict(guess) else "nothing yet"


def verdict_on(name: str) -> str:
    """With its conditions; empty while there is none."""
    verdict, words = line(name).get("verdict"), line(name).get("conditions")
    if not is_verdict(verdict):
        return ""
    return f"{VERDICTS[verdict - 1]}{f': {in_words(words, ())}' if words else ''}"


def evidence_of(name: str) -> dict[str, str]:
    return line(name).get("evidence", {})


def line(name: str) -> dict:
    return load().get(f"claim {name}", {})


# What may be said


def known(name: str) -> None:
    if name not in CLAIMS:
        raise LookupError(f"there is no claim {name!r}: choose from {', '.join(CLAIMS)}")


def is_verdict(number: object) -> bool:
    return type(number) is int and 1 <= number <= len(VERDICTS)


def refuse(name: str, verdict: object) -> None:
    say(f"`{verdict!r:.50}` for {name} is none of 1, 2 and 3.")


def ask_for_numbers() -> None:
    choices = "; ".join(f"{number}: {words}" for number, words in enumerate(VERDICTS, 1))
    say(f"Put a number in the place of the dots ({choices}), and run the cell again.")
