"""Messages of existing systems, as committed under tests/data/fixtures."""

import json
from pathlib import Path
from typing import Any

FIXTURES = Path(__file__).parent / "data" / "fixtures"


def fixture(name: str) -> Any:
    return json.loads((FIXTURES / name).read_text(encoding="utf-8"))
