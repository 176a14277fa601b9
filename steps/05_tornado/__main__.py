import sys

try:
    from .server import main
except ModuleNotFoundError as error:
    sys.exit(f"step 5 needs {error.name}: python3 start.py test sets it up in .venv/bin/python")

main()
