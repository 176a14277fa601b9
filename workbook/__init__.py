"""What the notebooks call. Each name does one thing, and says in its docstring what.

    serve, stop, children     a step's server, which ends with the kernel       servers.py
    planted                   step 3 with an old bug in it                      servers.py
    serve_bug, serve_exercise the same with a bug; an exercise's                servers.py
    where                     the line on which a running server stands         servers.py
    about, gil                what machine this is, and what Python             settings.py
    show                      a function or a class, from the files             source.py
    diff                      two files side by side                            differences.py
    lines, calls              how much code there is, and how much is called    counting.py
    capabilities              what the suite found of each step                 counting.py
    predict, reveal, fact     a guess, what came of it, and what must hold      guesses.py
    believe, evidence, ledger the article's claims, and what is known of them   ledger.py
    exercise, check           a file to change, and what the tests say of it    exercises.py
    hear                      what a server says, even one in this kernel       clients.py
    ask, narrow, conversation one client, in two ways; HTTP without one         clients.py
    jupyter_ports             where the server of a notebook may be asked       clients.py
    cost, lateness, watching  what an answer costs, how late news is            costs.py
    cpu_share, heartbeat      measures of a running server                      measures.py
    busy, idle, large, pauses measures that tell a sick server from a sound one measures.py
    table                     measures, side by side                            measures.py
    by_hand, state            step 3's loop in slow motion, and what it holds   turning.py
    rush, crowd, hold, eight  clients: many at a moment, many that stay, eight  clients.py
    talkers                   clients that talk without end                     talkers.py
    cut_in                    one thread loses its turn, and another runs       turns.py
    fairness, timelines       the figures                                       figures.py

WORKBOOK_SIZE=small makes the loads small, WORKBOOK_DIR=FOLDER keeps a learner's files elsewhere
than in work/.
"""

from workbook.clients import (
    ask,
    conversation,
    crowd,
    eight,
    hear,
    hold,
    jupyter_ports,
    narrow,
    rush,
)
from workbook.costs import cost, lateness, watching
from workbook.counting import calls, capabilities, lines
from workbook.differences import diff
from workbook.exercises import check, exercise
from workbook.figures import fairness, timelines
from workbook.guesses import fact, predict, reveal
from workbook.ledger import believe, evidence, ledger
from workbook.measures import busy, cpu_share, heartbeat, idle, large, pauses, table
from workbook.servers import children, planted, serve, serve_bug, serve_exercise, stop, where
from workbook.settings import about, gil, raise_limit
from workbook.source import show
from workbook.talkers import talkers
from workbook.turning import by_hand, state
from workbook.turns import cut_in

raise_limit()

__all__ = [
    "about",
    "ask",
    "believe",
    "busy",
    "by_hand",
    "calls",
    "capabilities",
    "check",
    "children",
    "conversation",
    "cost",
    "cpu_share",
    "crowd",
    "cut_in",
    "diff",
    "eight",
    "evidence",
    "exercise",
    "fact",
    "fairness",
    "gil",
    "hear",
    "heartbeat",
    "hold",
    "idle",
    "jupyter_ports",
    "large",
    "lateness",
    "ledger",
    "lines",
    "narrow",
    "pauses",
    "planted",
    "predict",
    "reveal",
    "rush",
    "serve",
    "serve_bug",
    "serve_exercise",
    "show",
    "state",
    "stop",
    "table",
    "talkers",
    "timelines",
    "watching",
    "where",
]
