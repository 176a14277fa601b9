"""Which servers the suite is applied to, who starts them, and what a run leaves out.

A test that asks for `target`, directly or through a fixture below, runs once for each step, or for
the one server that --server or --url names. All other tests judge our own code: they run with the
steps only.
"""

import contextlib
import resource
import ssl
import time

import httpx
import pytest

from harness import HarnessError
from tests.http_client import Client
from tests.matrix import Matrix, target_of
from tests.targets import HASTE, NEVER, Fleet, choose_targets

NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # httpx would take 50 ms for each client's own


def pytest_configure(config):
    for mark in (
        "capability(words): the row of the matrix that this test belongs to",
        "fails_in({step: why}): the test must fail in that step, and why is the lesson",
        "long: only with --all",
        "course: only with --course",
    ):
        config.addinivalue_line("markers", mark)
    if config.option.matrix:
        try:
            open(config.option.matrix, "a").close()
        except OSError as error:
            why = f"--matrix {config.option.matrix} cannot be written: {error.strerror}"
            raise pytest.UsageError(why) from None
    config.left_out = []
    config.fleet = Fleet()
    config.targets = choose_targets(config.option)
    if not all(target.step for target in config.targets):
        be_brief(config)
    config.pluginmanager.register(Matrix(config.option.matrix), "matrix")


def pytest_sessionstart(session):
    """A foreign server that cannot be started, or reached, is said before anything else."""
    for target in session.config.targets:
        if not target.step and not session.config.option.collectonly:
            try:
                session.config.fleet.get(target)
            except HarnessError as error:
                raise pytest.UsageError(str(error)) from None
    with contextlib.suppress(ValueError, OSError):  # we are a thousand clients
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 10240), hard))


def pytest_unconfigure(config):
    if hasattr(config, "fleet"):
        config.fleet.kill()


# What to run


def pytest_generate_tests(metafunc):
    if "target" in metafunc.fixturenames:
        targets = metafunc.config.targets
        metafunc.parametrize("target", targets, ids=[target.name for target in targets])


def pytest_collection_modifyitems(config, items):
    if not all(target.step for target in config.targets):
        ours = [item for item in items if not target_of(item)]
        leave_out(config, items, ours, "that judge our own code, not a server")
    if not config.option.all:
        long = [item for item in items if item.get_closest_marker("long")]
        leave_out(config, items, long, "that take long: --all runs them too")
    if not config.option.course:
        course = [item for item in items if item.get_closest_marker("course")]
        leave_out(config, items, course, "of the course as a whole: --all --course runs them too")


def leave_out(config, items, which, why):
    if which:
        config.hook.pytest_deselected(items=which)
        config.left_out.append(f"left out: {len(which)} tests {why}")
        items[:] = [item for item in items if item not in set(which)]


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter, config):
    for words in config.left_out:
        terminalreporter.write_line(words)


def be_brief(config):
    """A foreign server may fail hundreds of tests. Show the matrix alone, unless told otherwise."""
    given = config.invocation_params.args
    if not any(word.startswith(("--tb", "-r")) for word in given):
        config.option.tbstyle, config.option.reportchars = "no", ""
        config.left_out.append("each failure in detail: --tb=short, and -k WORDS for some of them")


# Servers


@pytest.fixture
def server(request, target):
    """A server as it comes."""
    yield from request.config.fleet.lend(request.node, target)


@pytest.fixture
def patient_server(request, target):
    """A server whose deadlines are never: it holds on to a client for longer than any test does."""
    yield from request.config.fleet.lend(request.node, target, *(NEVER if target.step else []))


@pytest.fixture
def hasty_server(request, target):
    """A server that nobody may keep waiting for more than 0.3 s."""
    if not target.step:
        pytest.skip("this server's deadlines cannot be set")
    yield from request.config.fleet.lend(request.node, target, *HASTE)


@pytest.fixture
def start(target):
    """Start a server of the test's own with these options; a foreign one does without the wishes."""
    with contextlib.ExitStack() as stack:

        def start(*options, wishes=(), descriptors=None):
            if target.url:
                pytest.skip("this server runs elsewhere: it cannot be started again or stopped")
            if options and not target.step:
                pytest.skip(f"this server cannot be told {' '.join(options)}")
            options += tuple(wishes) if target.step else ()
            server = target.start(*options, descriptors=descriptors)
            stack.callback(server.kill)
            return server

        yield start


@pytest.fixture
def process():
    """The process of a server, where it is ours to look at."""

    def process(server):
        if server.process is None:
            pytest.skip("this server runs elsewhere: its process cannot be looked at")
        return server.process

    return process


# Clients


@pytest.fixture
def patience(request, target):
    """Seconds for what takes milliseconds: it only detects a hang. Short where one is expected."""
    if request.node.get_closest_marker("xfail"):
        return 0.5
    return 10 if target.step else 2


@pytest.fixture
def connect(patience):
    """Connect to a server, by hand."""
    with contextlib.ExitStack() as stack:

        def connect(server, **how):
            return stack.enter_context(Client(server, **{"patience": patience} | how))

        yield connect


@pytest.fixture
def client(server, connect):
    return connect(server)


@pytest.fixture
def until(patience):
    """Wait until something happens, or fail with what it means that it does not."""

    def until(happens, otherwise):
        deadline = time.monotonic() + patience
        while not happens():
            assert time.monotonic() < deadline, f"{otherwise}, after {patience} s"
            time.sleep(0.01)

    return until


@pytest.fixture
def http(server, patience):
    """What a well-behaved client sees. Closed after each test: step 1 serves nobody else before."""
    with httpx.Client(
        base_url=server.url, timeout=patience, verify=NO_TLS, trust_env=False
    ) as http:
        yield http
