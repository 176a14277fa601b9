"""What two threads change at once is changed once. Only step 2 has two threads."""

import importlib
import time
from concurrent.futures import ThreadPoolExecutor

from steps.notes import Notes


class Hesitant(dict):
    """A dict that loses its turn behind each look into it, as a thread may at any time.

    Left to itself it hardly ever does: millions of requests show nothing.
    """

    def __contains__(self, key):
        found = super().__contains__(key)
        time.sleep(0.02)
        return found


def test_two_threads_of_step_2_do_not_both_delete_a_note(monkeypatch):
    server = importlib.import_module("steps.02_threaded.server")
    given = {}
    monkeypatch.setattr(server, "launch", lambda serve, **options: given.update(options))
    server.main()
    notes = given.get("notes", Notes())
    notes.add("x")
    notes._notes = Hesitant(notes._notes)
    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(notes.delete, [1, 1])) == [False, True]
