"""Old bugs, planted one at a time, and which test notices: `python -m tests.mutants`."""
