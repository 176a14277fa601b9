"""What the notebooks call. Each name does one thing, and says in its docstring what.

    serve, stop, children     a step's server, which ends with the kernel       servers.py
    where                     the line on which a running server stands         servers.py
    about                     what machine this is                              settings.py
    show                      a function or a class, from the files             source.py
    diff                      two files side by side                            differences.py
    predict, reveal, fact     a guess, what came of it, and what must hold      guesses.py
    believe, evidence, ledger the article's claims, and what is known of them   ledger.py
    exercise, check           a file to change, and what the tests say of it    exercises.py
    ask, conversation         one client; HTTP without a connection             clients.py
    jupyter_ports             where the server of a notebook may be asked       clients.py
    rush, crowd, eight        clients: many at a moment, many that stay, eight  clients.py
    standing                  where those eight stand, and where the threads    clients.py
    fairness, timelines       the figures                                       figures.py
    waits                     ... of what `standing` found                      figures.py
    live                      the eight on one step, drawn while they are there figures.py

WORKBOOK_SIZE=small makes the loads small, WORKBOOK_DIR=FOLDER keeps a learner's files elsewhere
than in work/.
"""

from workbook.clients import ask, conversation, crowd, eight, jupyter_ports, rush, standing
from workbook.differences import diff
from workbook.exercises import check, exercise
from workbook.figures import fairness, live, timelines, waits
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
    "check",
    "children",
    "conversation",
    "crowd",
    "diff",
    "eight",
    "evidence",
    "exercise",
    "fact",
    "fairness",
    "jupyter_ports",
    "ledger",
    "live",
    "predict",
    "reveal",
    "rush",
    "serve",
    "show",
    "standing",
    "stop",
    "timelines",
    "waits",
    "where",
]
