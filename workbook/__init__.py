"""What the notebooks call. Each name does one thing, and says in its docstring what.

servers
    serve, stop, children     a step's server, which ends with the kernel       servers.py
    serve_bug, planted        a step with a bug that you see, or are to find    servers.py
    serve_exercise            what you wrote for an exercise, if it is solved   servers.py
    start, front, pair        any server; nginx before one; a step twice        foreign.py
    where                     the line on which a running server stands         servers.py
    by_hand, state            step 3's loop in slow motion, and what it holds   turning.py
guesses and facts
    predict, reveal, fact     a guess, what came of it, and what must hold      guesses.py
    believe, evidence, ledger the article's claims, and what is known of them   ledger.py
    conclude, save_ledger     the verdict, and a page of it                     ledger.py, page.py
    about, gil                what machine this is, and what Python             settings.py
code
    show                      a function or a class, from the files             source.py
    diff                      two files side by side                            differences.py
    lines, calls              how much code there is, and how much is called    counting.py
    exercise, check           a file to change, and what the tests say of it    exercises.py
    judge, capabilities       what they say of any server, and of each step     judging.py, counting.py
clients
    ask, narrow, hear         one client: asks, reads little, hears it all      clients.py
    conversation              HTTP without a connection                         clients.py
    jupyter_ports             where the server of a notebook may be asked       clients.py
    rush, crowd, hold, eight  many: at a moment, busy, silent; the eight        clients.py
    standing                  where those eight stand, and where the threads    clients.py
    talkers                   two that talk without end                         talkers.py
    load, cores               the benchmark's clients, on one server            loads.py
    bench, winners, figure_of the benchmark of all steps                        loads.py
    cut_in                    one thread loses its turn, and another runs       turns.py
measures
    cpu_share, heartbeat      of a running server                               measures.py
    busy, idle, large, pauses those that tell a sick server from a sound one    measures.py
    cost, lateness, watching  what an answer costs, how late news is            costs.py
    table                     measures, side by side                            measures.py
figures
    timelines, fairness       who waits for whom, who is served                 figures.py
    waits                     where everybody stands                            figures.py
    live                      the eight on one step, drawn while they are there figures.py
    standstill                a server that stands still, in two measures       figures.py

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
    standing,
)
from workbook.costs import cost, lateness, watching
from workbook.counting import calls, capabilities, lines
from workbook.differences import diff
from workbook.exercises import check, exercise
from workbook.figures import fairness, live, standstill, timelines, waits
from workbook.foreign import front, pair, start
from workbook.guesses import fact, predict, reveal
from workbook.judging import judge
from workbook.ledger import believe, conclude, evidence, ledger
from workbook.loads import bench, cores, figure_of, load, winners
from workbook.measures import busy, cpu_share, heartbeat, idle, large, pauses, table
from workbook.page import save_ledger
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
    "bench",
    "busy",
    "by_hand",
    "calls",
    "capabilities",
    "check",
    "children",
    "conclude",
    "conversation",
    "cores",
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
    "figure_of",
    "front",
    "gil",
    "hear",
    "heartbeat",
    "hold",
    "idle",
    "judge",
    "jupyter_ports",
    "large",
    "lateness",
    "ledger",
    "lines",
    "live",
    "load",
    "narrow",
    "pair",
    "pauses",
    "planted",
    "predict",
    "reveal",
    "rush",
    "save_ledger",
    "serve",
    "serve_bug",
    "serve_exercise",
    "show",
    "standing",
    "standstill",
    "start",
    "state",
    "stop",
    "table",
    "talkers",
    "timelines",
    "waits",
    "watching",
    "where",
    "winners",
]
