"""What a request may ask for: the bounds of numbers, queries and notes."""

import json
import re
from urllib.parse import parse_qs

from steps.messages import Request

NOTE_LIMIT = 16 * 1024  # bytes: 1,000 characters may take 12 each in JSON, as \ud83d\udc0d


class Invalid(ValueError):
    """Good HTTP that asks for something out of bounds: a 400."""


def query(request: Request) -> dict[str, str]:
    """The query's fields, the last of each name."""
    try:
        fields = parse_qs(request.query, keep_blank_values=True, errors="strict")
    except ValueError:
        raise Invalid("the percent-escapes of a query are UTF-8 here") from None
    return {name: values[-1] for name, values in fields.items()}


def number(words: str, least: int, most: int) -> float:
    """A number in plain decimals: no sign, no exponent, no inf, no nan."""
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", words) or not least <= float(words) <= most:
        raise Invalid(f"a number from {least} to {most} is wanted here")
    return float(words)


def whole(words: str, least: int, most: int) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", words) or not least <= int(words) <= most:
        raise Invalid(f"a whole number from {least} to {most} is wanted here")
    return int(words)


def note_text(body: bytes | str) -> str:
    try:
        words = json.loads(body)["text"] if len(body) <= NOTE_LIMIT else None
    except (ValueError, TypeError, KeyError, RecursionError):
        words = None
    if not isinstance(words, str) or len(words) > 1000:
        raise Invalid('a note is JSON, {"text": "..."}, of at most 1000 characters')
    return words
