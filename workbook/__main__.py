"""python -m workbook build [NAME ...]: see build.py."""

import sys

from harness import HarnessError
from workbook.build import build, names


def main(arguments: list[str]) -> int:
    command, *wanted = arguments or [""]
    unknown = set(wanted) - set(names())
    if command != "build" or unknown:
        print(f"usage: python -m workbook build [{' | '.join(names())}]", file=sys.stderr)
        return 2
    try:
        for name in wanted or names():
            print(build(name))
    except HarnessError as error:
        print(f"Nothing was made: {error}.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
