"""The figures: each an image on a card of its own colour, with its words below it."""

from IPython.display import DisplayHandle, display

from benchmark import discs, dots, drawing, words
from benchmark.live import watch
from benchmark.results import environment
from workbook import stalls
from workbook.settings import say, small

SLOWER = 3  # times: to be looked at, the eight clients are over too soon


def timelines(data: dict) -> None:
    """Who waits for whom: the eight clients that `eight` sent."""
    figure(drawing.draw(data, "card"), words.title(data), words.alternative(data))


def waits(data: dict) -> None:
    """Who stands on which line that waits, clients and threads: what `standing` found."""
    figure(discs.draw(data, "card"), discs.title(data), discs.alternative(data))


def fairness(crowds: list[dict]) -> None:
    """Who is served: a dot for each client that `crowd` sent."""
    data = {"crowds": crowds, "environment": environment({})}
    figure(dots.draw(data, "card"), dots.title(data), dots.alternative(data))


def standstill(closed: list[tuple[float, float]], opened: list[tuple[float, float]]) -> None:
    """How long requests waited while a server stood still, in a closed and in an open loop: for each
    when it was due and how long it waited, in seconds."""
    data = {"closed": closed, "open": opened, "environment": environment({})}
    figure(stalls.draw(data), stalls.title(data), stalls.alternative(data))


def live(step: int) -> None:
    """The eight clients on one step, drawn while they are there. For looking, not for measuring: the
    clients are slower than those of `eight`, and the drawing takes its share of the machine."""
    shown = DisplayHandle()
    shown.display({"text/plain": f"The eight clients come to step {step} ..."}, raw=True)

    def show(data: dict) -> None:
        svg = drawing.draw(data, "card")
        shown.update(image(svg, words.title(data), words.alternative(data)), raw=True)

    data = watch(step, show, 1 if small() else SLOWER)
    show(data)
    in_words(words.alternative(data))


def figure(svg: str, title: str, alternative: str) -> None:
    display(image(svg, title, alternative), raw=True)
    in_words(alternative)


def image(svg: str, title: str, alternative: str) -> dict:
    return {"image/svg+xml": svg, "text/plain": f"{title} {alternative}"}


def in_words(alternative: str) -> None:
    say(f"<details><summary>The figure in words</summary>{alternative}</details>")
