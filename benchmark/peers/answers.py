"""What every peer answers: the greeting and the pause, as steps/app.py has them."""

GREETING = b"Hello, world!\n"
NOTHING = b"404: nothing is here\n"
TEXT = "text/plain; charset=utf-8"


def pause_of(path: str) -> float | None:
    """/slow/0.1: 0.1"""
    _, _, seconds = path.partition("/slow/")
    try:
        return float(seconds) if 0 <= float(seconds) <= 10 else None
    except ValueError:
        return None


def slept(seconds: float) -> bytes:
    return f"slept {seconds:g} s\n".encode()
