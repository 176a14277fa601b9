"""python -m benchmark: see cli.py for what it does and results.py for what it writes."""

import sys

if __name__ == "__main__":
    try:
        from benchmark.cli import main  # takes a moment, in which somebody may press Ctrl-C

        sys.exit(main())
    except KeyboardInterrupt:
        print("Interrupted before anything was measured.", file=sys.stderr)
        sys.exit(130)
