"""The figures: each an image on a card of its own colour, with its words below it."""

from IPython.display import display

from benchmark import dots, drawing, words
from benchmark.results import environment
from workbook import stalls
from workbook.settings import say


def timelines(data: dict) -> None:
    """Who waits for whom: the eight clients that `eight` sent."""
    figure(drawing.draw(data, "card"), words.title(data), words.alternative(data))


def fairness(crowds: list[dict]) -> None:
    """Who is served: a dot for each client that `crowd` sent."""
    data = {"crowds": crowds, "environment": environment({})}
    figure(dots.draw(data, "card"), dots.title(data), dots.alternative(data))


def standstill(closed: list[tuple[float, float]], opened: list[tuple[float, float]]) -> None:
    """How long requests waited while a server stood still, in a closed and in an open loop: for each
    when it was due and how long it waited, in seconds."""
    data = {"closed": closed, "open": opened, "environment": environment({})}
    figure(stalls.draw(data), stalls.title(data), stalls.alternative(data))


def figure(svg: str, title: str, alternative: str) -> None:
    text = f"{title} {alternative}"
    display({"image/svg+xml": svg, "text/plain": text}, raw=True)
    say(f"<details><summary>The figure in words</summary>{alternative}</details>")
