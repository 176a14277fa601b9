"""What the notebooks call. Each name does one thing, and says in its docstring what.

    serve, stop, children     a step's server, which ends with the kernel       servers.py
    where                     the line on which a running server stands         servers.py
    about                     what machine this is                              settings.py
    show, diff                a function or a difference, from the files        source.py
    predict, reveal, fact     a guess, what came of it, and what must hold      guesses.py
    believe, evidence, ledger the article's claims, and what is known of them   ledger.py
    conclude, save_ledger     the verdict, and a page of it                     ledger.py, page.py
    exercise, check           a file to change, and what the tests say of it    exercises.py
    ask, conversation         one client; HTTP without a connection             clients.py
    jupyter_ports             where the server of a notebook may be asked       clients.py
    rush, crowd, eight        clients: many at a moment, many that stay, eight  clients.py
    fairness, timelines       the figures                                       figures.py
    standstill                the same, for a server that stands still          figures.py
    bench, winners, figure_of the benchmark of all steps                        loads.py
    load, cores               its clients, on one server                        loads.py
    start, front, pair        any server; nginx before one; a step twice        foreign.py
    judge                     what the suite says of any server                 judging.py

WORKBOOK_SIZE=small makes the loads small, WORKBOOK_DIR=FOLDER keeps a learner's files elsewhere
than in work/.
"""

from workbook.clients import ask, conversation, crowd, eight, jupyter_ports, rush
from workbook.exercises import check, exercise
from workbook.figures import fairness, standstill, timelines
from workbook.foreign import front, pair, start
from workbook.guesses import fact, predict, reveal
from workbook.judging import judge
from workbook.ledger import believe, conclude, evidence, ledger
from workbook.loads import bench, cores, figure_of, load, winners
from workbook.page import save_ledger
from workbook.servers import children, serve, stop, where
from workbook.settings import about, raise_limit
from workbook.source import diff, show

raise_limit()

__all__ = [
    "about",
    "ask",
    "believe",
    "bench",
    "check",
    "children",
    "conclude",
    "conversation",
    "cores",
    "crowd",
    "diff",
    "eight",
    "evidence",
    "exercise",
    "fact",
    "fairness",
    "figure_of",
    "front",
    "judge",
    "jupyter_ports",
    "ledger",
    "load",
    "pair",
    "predict",
    "reveal",
    "rush",
    "save_ledger",
    "serve",
    "show",
    "standstill",
    "start",
    "stop",
    "timelines",
    "where",
    "winners",
]
