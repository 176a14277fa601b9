"""Three calls, three meanings: a prediction, what came of it, and a fact.

Predictions are kept in predictions.json among the learner's files, each beside what was measured:

    {"key": {"guess": ..., "choices": [...], "late": false, "measured": ...}}

`late` says that the guess was made when the result was known already.
"""

import fcntl
import json
import math
from html import escape
from pathlib import Path

from workbook.settings import say, work, write

NAME = "predictions.json"


def predict(key: str, guess: object, *choices: str) -> None:
    """Write down what you expect, before you run it: a number of a choice, or your own words.

    Happy with `...`: then nothing is written down yet.
    """
    if guess is ...:
        keep(key, choices=choices)
        say(f"**Your prediction?** {asked_for(choices)}")
    elif isinstance(guess, int) and abs(guess) > 1e300:  # and Python would not even print it
        say(f"That number is too large. {asked_for(choices)}")
    elif choices and not (type(guess) is int and 1 <= guess <= len(choices)):
        say(f"`{guess!r:.50}` is none of the choices. {asked_for(choices)}")
    elif not isinstance(guess, str | int | float):
        say(f"`{guess!r:.50}` is no prediction: write a number, or words in quotes.")
    else:
        old = load().get(key, {})
        late = old.get("late", False) if old.get("guess") == guess else "measured" in old
        keep(key, guess=guess, choices=choices, late=late)
        say(f"**You predict:** {in_words(guess, choices)}. Now run the next cell.")


def asked_for(choices: tuple[str, ...]) -> str:
    if not choices:
        return "Put it in the place of the three dots, and run this cell again."
    listed = "\n".join(f"{n}. {words}" for n, words in enumerate(choices, 1))
    return f"Put its number in the place of the three dots, and run this cell again.\n\n{listed}"


def reveal(key: str, measured: object) -> None:
    """Show what was measured beside what was predicted, and keep both."""
    kept = load().get(key, {})
    choices, guess = kept.get("choices", ()), kept.get("guess")
    keep(key, measured=measured)
    said = "nothing yet" if guess is None else in_words(guess, choices)
    mark = " ✓" if agree(guess, measured, choices) else ""
    late = " *(when the result was known)*" if kept.get("late") else ""
    rows = f"| you predicted | here |\n|---|---|\n| {said}{late} | **{in_words(measured, choices)}**{mark} |"
    say(rows)


def agree(guess: object, measured: object, choices: tuple[str, ...]) -> bool:
    """Whether a guess was right; of a quantity, within a fifth."""
    if choices or not all(isinstance(one, int | float) for one in (guess, measured)):
        return guess == measured
    return math.isclose(guess, measured, rel_tol=0.2)


def fact(holds: bool, sentence: str) -> None:
    """Assert what must hold on every machine. AssertionError, with the sentence, where it does not."""
    if not holds:
        raise AssertionError(f"this does not hold here: {sentence}")
    say(f"✓ {sentence}")


def in_words(value: object, choices: tuple[str, ...]) -> str:
    """As it may stand in a table's cell."""
    if choices and isinstance(value, int) and 1 <= value <= len(choices):
        return choices[value - 1]
    words = f"{value:,.3g}" if isinstance(value, float) else str(value)
    return escape(" ".join(words[:500].split())).replace("|", "\\|")


# The file


def keep(key: str, **news: object) -> None:
    """Add to what is kept: a dict to the one that is there. What cannot be kept is said, and no
    reason to stop."""
    try:
        with (work() / f"{NAME}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # another notebook may be at it
            kept = load()
            one = kept.setdefault(key, {})
            for name, value in news.items():
                one[name] = {**one.get(name, {}), **value} if isinstance(value, dict) else value
            write(work() / NAME, json.dumps(kept, indent=1) + "\n")
    except (OSError, ValueError) as error:
        say(f"This could not be written down in `{NAME}`: {error}.")


def load() -> dict:
    """All that is kept. A file that cannot be understood is put aside, and not lost."""
    path = work() / NAME
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(kept, dict) and all(map(well_formed, kept.values())):
            return kept
    except FileNotFoundError:
        return {}
    except (ValueError, RecursionError):
        pass  # not JSON
    aside = unused(path)
    path.rename(aside)
    say(f"`{path.name}` cannot be understood: it was put aside as `{aside.name}`.")
    return {}


def well_formed(one: object) -> bool:
    return (
        isinstance(one, dict)
        and isinstance(one.get("choices", []), list)
        and isinstance(one.get("evidence", {}), dict)
    )


def unused(path: Path) -> Path:
    number = 1
    while (aside := path.with_suffix(f".broken-{number}.json")).exists():
        number += 1
    return aside
