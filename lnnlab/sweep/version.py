"""Which package a machine has: only equal ones give records that may stand side by side."""

import hashlib
from functools import cache

from lnnlab import paths, store

MADE_BY = "versions.json"  # in each point's zip
SOURCES = ("*.py", "*.toml", "*.c", "*.h", "*.csv")


@cache
def versions() -> dict[str, str]:
    """Versions of Python, the package and its libraries, and a hash of the package's files."""
    digest = hashlib.sha256()
    package = paths.ROOT / "lnnlab"
    for path in sorted(path for pattern in SOURCES for path in package.rglob(pattern)):
        digest.update(f"{path.relative_to(package).as_posix()}\0".encode() + path.read_bytes())
    return store.versions() | {"files": digest.hexdigest()[:12]}


def unlike(wanted: dict[str, str], found: dict[str, str]) -> str:
    """What a machine has other than the one that reads the grid, in words; ``""``: nothing."""
    differing = [name for name in wanted if wanted[name] != found.get(name)]
    if not differing:
        return ""
    said = ", ".join(
        f"{_named(name)} {found.get(name, 'none')}, here {wanted[name]}" for name in differing)
    return f"another version ({said}); install the one that is here"


def _named(name: str) -> str:
    return "the package's files are" if name == "files" else name
