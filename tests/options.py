"""The suite's options, known before pytest looks for tests: an option's FILE is then no test."""


def pytest_addoption(parser):
    group = parser.getgroup("web servers")
    group.addoption("--steps", metavar="1,3", help="test these steps only")
    group.addoption("--server", metavar="'CMD {port}'", help="test the server that CMD starts")
    group.addoption("--url", help="test the server that runs there")
    group.addoption("--all", action="store_true", help="the long form, in nine minutes")
    group.addoption(
        "--course",
        action="store_true",
        help="each notebook dark and twice over, each wrong answer: six minutes more",
    )
    group.addoption("--matrix", metavar="FILE", help="write the table of capabilities as Markdown")
