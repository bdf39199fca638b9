"""Results of single steps, kept between assessments in files named by a digest of everything they depend on.

An entry is a set of named parts in one file: written under another name and renamed, so that it appears whole or not at
all, and checked when it is read: an entry that is damaged counts as missing. What depends on other inputs has another
name, so that nothing here can be out of date. The folder has a limit; the entries that were not used for longest go
first. Several processes may share it. An entry that cannot be written (the disk is full, the folder is closed) is kept
in memory instead: an assessment never fails because of its cache, and ends by saying what did not fit (`settle`).
"""

from __future__ import annotations

import itertools
import logging
import math
import os
import shutil
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from geo.errors import FULL_DISK
from geo.settings import Settings
from geo.store.result_entries import Parts, entry_content, read_entry

logger = logging.getLogger(__name__)

BYTES_PER_GB = 1_000_000_000
# Room for entries that cannot be written; what does not fit is computed again.
MEMORY_BYTES = 1_000_000_000
# Evicting goes on to this share of the limit, so that not every new entry evicts again.
EVICT_TO_SHARE = 0.9
# A file takes whole blocks of a disk.
DISK_BLOCK_BYTES = 4096
BYTES_PER_MB = 1_000_000
# A temporary file of this age was left behind by a process that was killed.
LEFTOVER_S = 3600.0
TEMPORARY = ".tmp-"


def cache_folder(home: Path) -> Path:
    """Return the folder of kept results."""
    return home / "cache"


@dataclass(frozen=True, slots=True)
class KindStatus:
    """Entries of one kind and their size."""

    kind: str
    entries: int
    bytes: int


@dataclass(frozen=True, slots=True)
class _File:
    path: str
    kind: str
    size: int
    used: float


class ResultCache:
    """The folder of kept results. A key is `kind/digest`, the digest in hexadecimal digits."""

    def __init__(self, folder: Path, *, limit_bytes: int, on_trouble: Callable[[OSError], None] | None = None) -> None:
        """Use a folder, which is made when the first entry is written.

        A limit of 0 keeps entries in memory only: what an earlier limit left in the folder is not read either.
        `on_trouble` is called once, with the reason why entries cannot be written.
        """
        self.folder = folder
        self.limit_bytes = limit_bytes
        self.trouble: OSError | None = None
        self._on_trouble = on_trouble
        self._memory: OrderedDict[str, Parts] = OrderedDict()
        self._memory_bytes = 0
        self._bytes: int | None = None
        # For `settle`: which entries were used, and the sizes of those that were written or evicted.
        self._used: set[str] = set()
        self._sizes: dict[str, int] = {}
        self._has_evicted = False
        self._is_disk_full = False
        self._lock = Lock()
        self._counting = Lock()
        self._numbers = itertools.count()

    def has(self, key: str) -> bool:
        """Tell whether an entry is there; it may still turn out to be damaged."""
        return key in self._memory or (self.limit_bytes > 0 and self._path(key).is_file())

    def read(self, key: str, names: Sequence[str] | None = None) -> Parts | None:
        """Return the parts of an entry with the given names (None: all; others are left out), None without one."""
        with self._lock:
            kept = self._memory.get(key)
        if kept is not None:
            return {name: kept[name] for name in (kept if names is None else names) if name in kept}
        if self.limit_bytes <= 0:
            return None
        path = self._path(key)
        try:
            parts = read_entry(path, names)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, ValueError) as error:
            logger.warning("a kept result is damaged and will be computed again: %s (%s)", path.name, error)
            _remove(path)
            return None
        return parts

    def write(self, key: str, parts: Mapping[str, bytes]) -> None:
        """Keep an entry."""
        content = entry_content(parts)
        self._sizes[key] = len(content)
        self._used.add(key)
        if self.limit_bytes <= 0 or self.trouble is not None:
            self._remember(key, parts)
            return
        try:
            self._write_file(key, content)
        except OSError as error:
            if not self._is_written_with_room(error, key, content):
                self._give_up(error)
                self._remember(key, parts)

    def touch(self, keys: Iterable[str]) -> None:
        """Count entries as used now: those that were used last stay longest."""
        if self.limit_bytes <= 0:
            return
        for key in keys:
            self._used.add(key)
            try:
                os.utime(self._path(key))
            except OSError:
                continue

    def settle(self) -> None:
        """End an assessment: hold the limit also where nothing was written, and say once which room was missing.

        The folder is read only where nothing has read it before.
        """
        if self._total() > self.limit_bytes:
            self.evict()
        is_short = self._has_evicted or (self.trouble is not None and self.trouble.errno in FULL_DISK)
        if self.limit_bytes > 0 and is_short:
            self._tell_shortage()

    def count(self) -> None:
        """Read the folder, so that the first write need not wait for its size."""
        if self.limit_bytes > 0:
            self._total()

    def count_again(self) -> None:
        """Let the folder be read again when its size is next asked for: other processes have written to it."""
        with self._lock:
            self._bytes = None

    def newest(self, kind: str) -> str | None:
        """Return the key of the entry of a kind that was used last, None without one."""
        files = self._files(kind) if self.limit_bytes > 0 else ()
        found = max(files, key=lambda file: file.used, default=None)
        return None if found is None else f"{kind}/{Path(found.path).name}"

    def status(self) -> tuple[KindStatus, ...]:
        """Return entries and bytes by kind."""
        found: dict[str, list[int]] = {}
        for file in self._files():
            found.setdefault(file.kind, []).append(file.size)
        return tuple(KindStatus(kind, len(sizes), sum(sizes)) for kind, sizes in sorted(found.items()))

    def clear(self) -> int:
        """Remove everything and return how many bytes that were."""
        total = sum(file.size for file in self._files())
        with self._lock:
            self._memory.clear()
            self._memory_bytes = 0
            self._bytes = None
        shutil.rmtree(self.folder, ignore_errors=True)
        return total

    def evict(self, keep_bytes: int | None = None) -> None:
        """Remove the entries that were not used for longest, until `keep_bytes` (by default the limit) hold the rest.

        The folder is read again: another process may have written or removed entries.
        """
        files = sorted(self._files(), key=lambda file: (file.used, file.path))
        total = sum(file.size for file in files)
        limit = self.limit_bytes if keep_bytes is None else keep_bytes
        if total > limit:
            for file in files:
                if total <= EVICT_TO_SHARE * limit:
                    break
                _remove(Path(file.path))
                total -= file.size
                self._sizes.setdefault(f"{file.kind}/{Path(file.path).name}", file.size)
            self._has_evicted = True
        with self._lock:
            self._bytes = total

    def _path(self, key: str) -> Path:
        kind, digest = key.split("/")
        return self.folder / kind / digest[:2] / digest

    def _write_file(self, key: str, content: bytes) -> None:
        path = self._path(key)
        self._total()
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f"{TEMPORARY}{os.getpid()}-{next(self._numbers)}")
        try:
            temporary.write_bytes(content)
            temporary.replace(path)
        except BaseException:
            _remove(temporary)
            raise
        with self._lock:
            self._bytes = None if self._bytes is None else self._bytes + len(content)
            is_full = self._bytes is not None and self._bytes > self.limit_bytes
        if is_full:
            self.evict()

    def _is_written_with_room(self, error: OSError, key: str, content: bytes) -> bool:
        """Make room on a full disk by evicting, and try again; other errors are left as they are."""
        # Entries that leave make room. No other error is mended so.
        if error.errno not in FULL_DISK:
            return False
        with self._lock:
            is_first, self._is_disk_full = not self._is_disk_full, True
        self.evict(keep_bytes=max(0, self._total() - 8 * len(content)))
        try:
            self._write_file(key, content)
        except OSError:
            return False
        if is_first:
            logger.warning(
                "the disk of %s is full: kept results that were not used for longest leave for new ones", self.folder
            )
        return True

    def _tell_shortage(self) -> None:
        """Say how much room everything that was used would need, where some of it could not stay."""
        needed = kept = 0
        for key in self._used:
            try:
                present = self._path(key).stat().st_size
            except OSError:
                present = 0
            needed += self._room(present or self._sizes.get(key, 0))
            kept += self._room(present)
        if kept >= needed:
            return
        # What leaves when it is full is more than the one entry that did not fit. Where even that is within the limit,
        # another installation uses the folder, too.
        room = needed / EVICT_TO_SHARE
        if not self._is_disk_full and room <= self.limit_bytes:
            room = (self.limit_bytes + needed - kept) / EVICT_TO_SHARE
        room_mb = math.ceil(room / BYTES_PER_MB)
        logger.warning(
            "too little room for kept results: this assessment needs %.1f MB, of which %.1f MB could stay; what left "
            "is computed again every time. %s, or set PHUSONG_CACHE_LIMIT_GB=0 to keep nothing",
            needed / BYTES_PER_MB,
            kept / BYTES_PER_MB,
            f"Make room for {room_mb} MB in {self.folder}"
            if self._is_disk_full
            else f"Set PHUSONG_CACHE_LIMIT_GB to {room_mb / 1000:g} or more",
        )

    def _room(self, size: int) -> int:
        return math.ceil(size / DISK_BLOCK_BYTES) * DISK_BLOCK_BYTES if self._is_disk_full else size

    def _total(self) -> int:
        """Return how many bytes there are; the folder is read once, by the first who asks."""
        with self._counting:
            with self._lock:
                known = self._bytes
            if known is None:
                known = sum(file.size for file in self._files())
                with self._lock:
                    self._bytes = known
            return known

    def _files(self, only: str | None = None) -> Iterator[_File]:
        """Find all entries (of one kind); temporary files that were left behind are removed on the way."""
        oldest = time.time() - LEFTOVER_S
        for kind in _folders(self.folder):
            if only not in (None, kind.name):
                continue
            for shelf in _folders(Path(kind.path)):
                for entry in _entries(Path(shelf.path)):
                    try:
                        found = entry.stat()
                    except OSError:
                        continue
                    if entry.name.startswith(TEMPORARY):
                        if found.st_mtime < oldest:
                            _remove(Path(entry.path))
                        continue
                    yield _File(entry.path, kind.name, found.st_size, found.st_mtime)

    def _remember(self, key: str, parts: Mapping[str, bytes]) -> None:
        with self._lock:
            self._drop_memory(key)
            self._memory[key] = dict(parts)
            self._memory_bytes += _size(parts)
            while self._memory_bytes > MEMORY_BYTES and len(self._memory) > 1:
                self._drop_memory(next(iter(self._memory)))

    def _drop_memory(self, key: str) -> None:
        parts = self._memory.pop(key, None)
        if parts is not None:
            self._memory_bytes -= _size(parts)

    def _give_up(self, error: OSError) -> None:
        with self._lock:
            is_first = self.trouble is None
            self.trouble = error
        if is_first:
            logger.warning("results cannot be kept in %s: %s; the computation goes on without", self.folder, error)
            if self._on_trouble is not None:
                self._on_trouble(error)


def result_cache(settings: Settings) -> ResultCache:
    """Return the cache of an installation."""
    limit_bytes = round(settings.cache_limit_gb * BYTES_PER_GB)
    return ResultCache(cache_folder(settings.home_path), limit_bytes=limit_bytes)


def _size(parts: Mapping[str, bytes]) -> int:
    return sum(len(content) for content in parts.values())


def _remove(path: Path) -> None:
    """Remove a file; one that is gone or may not be removed is left to the next who tries."""
    with suppress(OSError):
        path.unlink()


def _folders(folder: Path) -> list[os.DirEntry[str]]:
    return [entry for entry in _entries(folder) if entry.is_dir(follow_symlinks=False)]


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return []
