"""What the notebooks call. Each name does one thing, and says in its docstring what.

    serve, stop, children     a step's server, which ends with the kernel       servers.py
    where                     the line on which a running server stands         servers.py
    about                     what machine this is                              settings.py
    show                      a function or a class, from the files             source.py
    diff                      two files side by side                            differences.py
    lines, calls              how much code there is, and how much is called    counting.py
    capabilities              what the suite found of each step                 counting.py
    predict, reveal, fact     a guess, what came of it, and what must hold      guesses.py
    believe, evidence, ledger the article's claims, and what is known of them   ledger.py
    exercise, check           a file to change, and what the tests say of it    exercises.py
    ask, conversation         one client; HTTP without a connection             clients.py
    hear                      what a server says, even one in this kernel       clients.py
    jupyter_ports             where the server of a notebook may be asked       clients.py
    rush, crowd, eight        clients: many at a moment, many that stay, eight  clients.py
    cost, lateness, watching  what an answer costs, how late news is            measures.py
    fairness, timelines       the figures                                       figures.py

WORKBOOK_SIZE=small makes the loads small, WORKBOOK_DIR=FOLDER keeps a learner's files elsewhere
than in work/.
"""

from workbook.clients import ask, conversation, crowd, eight, hear, jupyter_ports, rush
from workbook.costs import cost, lateness, watching
from workbook.counting import calls, capabilities, lines
from workbook.differences import diff
from workbook.exercises import check, exercise
from workbook.figures import fairness, timelines
from workbook.guesses import fact, predict, reveal
from workbook.ledger import believe, evidence, ledger
from workbook.servers import children, serve, stop, where
from workbook.settings import about, raise_limit
from workbook.source import show

raise_limit()

__all__ = [
    "about",
    "ask",
    "believe",
    "calls",
    "capabilities",
    "check",
    "children",
    "conversation",
    "cost",
    "crowd",
    "diff",
    "eight",
    "evidence",
    "exercise",
    "fact",
    "fairness",
    "hear",
    "jupyter_ports",
    "lateness",
    "ledger",
    "lines",
    "predict",
    "reveal",
    "rush",
    "serve",
    "show",
    "stop",
    "timelines",
    "watching",
    "where",
]
