"""What pytest reads first: notebooks lie beside ``tests/`` and are verified by its plugin."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "tests"))
pytest_plugins = ["notebook_verification"]
