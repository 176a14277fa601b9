"""How long and how often: the questions of a quick run, of an ordinary one, and of a long one."""

from dataclasses import dataclass

from benchmark.questions import POLITE, churn, fair, hello, idle, silent, slow
from benchmark.readings import PAUSE
from benchmark.scenarios import GREETING, Load, Scenario
from benchmark.timing import fib, rate, ticks

FAR = "86400"  # seconds: a deadline that nobody meets
CLIENTS = (1, 10, 100, 1000)
SUBSCRIBERS = (1, 100, 1000)
TICKS, PERIOD = 10, 0.05
HEAVY, ITS_ANSWER = 31, 1346269  # fib(31): a fifth of a second or so
OFFERED = (1000, 2000, 4000, 8000, 16000)  # requests a second


@dataclass(frozen=True, slots=True)
class Mode:
    """How much time a run takes. Seconds, but for `rounds`, `few` and the numbers of clients."""

    rounds: int  # of what is compared from run to run: hello, churn
    few: int  # of the rest, of which is asked whether, and not how fast
    headline: int  # of the load whose medians are quoted
    windows: tuple[float, ...]  # for each of CLIENTS
    warm: float
    pauses: tuple[int, ...]
    held: tuple[int, ...]  # idle connections
    idle: float  # they are held for so long
    mute: float  # a polite client among mute ones
    churn: float
    rate: float  # for each of OFFERED
    usual: tuple[str, ...] | None = None  # the scenarios when none is asked for; None: all

    def scenarios(self) -> dict[str, Scenario]:
        loops = {n: self.loop(n, window) for n, window in zip(CLIENTS, self.windows, strict=True)}
        made = (
            hello(loops),
            fair(loops),
            slow(tuple(map(self.burst, self.pauses))),
            ticks(tuple(map(self.stream, SUBSCRIBERS))),
            fib(self.heavy()),
            silent(tuple(map(self.beset, (1, 500)))),
            idle(tuple(map(self.hold, self.held))),
            rate(tuple(map(self.offer, OFFERED)), loops[100]),
            churn(self.anew(), loops[100]),
        )
        return {scenario.name: scenario for scenario in made}

    @property
    def can_be_compared(self) -> bool:
        """It has rounds enough: see compare.py."""
        return self.rounds > 5

    def loop(self, count: int, window: float) -> Load:
        rounds = self.headline if count == 100 else self.rounds
        floored = count == 100 or self.can_be_compared
        return Load("loop", "/", GREETING, count, window, self.warm, rounds, floored=floored)

    def anew(self) -> Load:
        floored = self.can_be_compared
        return Load(
            "churn", "/", GREETING, 100, self.churn, self.warm, self.rounds, floored=floored
        )

    def offer(self, rate: int) -> Load:
        return Load("rate", "/", GREETING, 100, self.rate, self.warm, self.few, rate=rate)

    def burst(self, count: int) -> Load:
        path, body = f"/slow/{PAUSE}", f"slept {PAUSE} s\n"
        return Load("burst", path, body, count, count * PAUSE * 1.5 + 2, rounds=self.few)

    def stream(self, count: int) -> Load:
        """A fresh server for each: one that serves one at a time goes on with those who left."""
        path, body = f"/ticks/{TICKS}/{PERIOD}", "".join(f"tick {n + 1}\n" for n in range(TICKS))
        seconds = TICKS * PERIOD + 1
        return Load("ticks", path, body, count, seconds, rounds=self.few, alone=True)

    def heavy(self) -> Load:
        path, body = f"/fib/{HEAVY}", f"fib({HEAVY}) = {ITS_ANSWER}\n"
        return Load("heavy", path, body, 1, 1.0, self.warm, self.few, alone=True)

    def hold(self, count: int) -> Load:
        far = ("--head-timeout", FAR, "--idle-timeout", FAR)
        return Load("hold", "/", GREETING, count, self.idle, options=far, alone=True)

    def beset(self, count: int) -> Load:
        deadlines = ("head", "idle", "send", "body")
        never = tuple(word for name in deadlines for word in (f"--{name}-timeout", "0"))
        shape = {"options": never, "alone": True, "polite": POLITE}
        return Load("mute", "/", GREETING, count, self.mute, 0.5, self.few, **shape)


QUICK = Mode(
    rounds=3,
    few=3,
    headline=5,
    windows=(0.15, 0.15, 0.4, 1.0),
    warm=0.1,
    pauses=(10,),
    held=(1000, 5000),
    idle=2.0,
    mute=1.0,
    churn=0.3,
    rate=1.0,
    usual=("hello", "fair", "slow"),
)
DEFAULT = Mode(
    rounds=9,
    few=3,
    headline=9,
    windows=(0.2, 0.2, 0.3, 0.6),
    warm=0.1,
    pauses=(10,),
    held=(1000, 5000),
    idle=1.0,
    mute=1.0,
    churn=0.3,
    rate=1.0,
)
FULL = Mode(
    rounds=12,
    few=5,
    headline=12,
    windows=(3.0, 3.0, 4.0, 5.0),
    warm=0.5,
    pauses=(10, 100),
    held=(1000, 5000, 10000),
    idle=5.0,
    mute=5.0,
    churn=2.0,
    rate=3.0,
)
MODES = {"quick": QUICK, "default": DEFAULT, "full": FULL}
