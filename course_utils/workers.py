"""For experiments with other processes that are meant to fail."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator


@contextlib.contextmanager
def hidden_reports() -> Iterator[None]:
    """Keep what other processes write to the terminal's error output out of the page.

    A process that dies writes a long report there, with paths of this machine in it. Inside the
    ``with`` block these go to a file that is thrown away. Exceptions pass as always.
    """
    kept = os.dup(2)
    try:
        with tempfile.TemporaryFile() as away:
            os.dup2(away.fileno(), 2)
            yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
