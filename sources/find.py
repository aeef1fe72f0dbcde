"""From what the user names to the sources to be read: files, folders, archive members, standard input.

Nothing is followed, written or executed that the input asks for: symbolic links inside folders, devices and pipes are
listed and left alone, names inside archives are labels only.
"""

import os
import stat
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from m365timeline.schemas.record import Code, Issue
from m365timeline.schemas.source import Source
from m365timeline.sources.labels import label_of, printable
from m365timeline.sources.spool import Spool, SpoolError
from m365timeline.sources.unpack import HEAD, archive_kind, self_extracting, unpack


class _Found(msgspec.Struct):
    path: Path  # absolute, links resolved
    label: tuple[str, ...]  # the parts of the name shown to users; more parents are put before it where two are alike


def find_sources(inputs: Sequence[str], spool: Spool) -> list[Source | Issue]:
    """Find every source behind ``inputs``, sorted by name; an Issue for each that cannot be opened.

    The same file named twice is one source. Names do not depend on the working folder or on the order of arguments.
    Raises OSError if temporary copies cannot be written.
    """
    results: list[Source | Issue] = []
    found: dict[Path, _Found] = {}
    try:
        for text in inputs:
            if text == "-":
                results.extend(_open(_spool_stdin(spool), spool))
                continue
            for item in _walk(Path(text)):
                if isinstance(item, Issue):
                    results.append(item)
                else:
                    found.setdefault(item.path, item)
        for item in sorted(_with_distinct_labels(list(found.values())), key=lambda one: one.label):
            results.extend(_open(_file_source(item), spool))
    except SpoolError as failure:
        raise failure.error from None
    return sorted(results, key=lambda item: item.name if isinstance(item, Source) else item.source_file)


def _walk(named: Path) -> Iterator[_Found | Issue]:
    """The file the user named, links followed; or every regular file in the folder, links left alone."""
    label = label_of(named.name or str(named))
    try:
        path = named.resolve()
        mode = path.stat().st_mode
    except FileNotFoundError:
        path, mode = named.absolute(), stat.S_IFREG  # told when it is opened
    except (OSError, RuntimeError) as error:
        yield _unreadable(label, error)
        return
    if stat.S_ISREG(mode):
        yield _Found(path, (named.name,))
    elif stat.S_ISDIR(mode):
        yield from _walk_folder(path)
    else:
        yield Issue(
            code=Code.UNREADABLE_FILE,
            source_file=label,
            reason="It is a device, pipe or socket, no regular file. Give its content on standard input (`-`), or save it as a file.",
        )


def _walk_folder(top: Path) -> Iterator[_Found | Issue]:
    failures: list[OSError] = []
    empty = True
    for folder, folders, files in os.walk(top, followlinks=False, onerror=failures.append):
        here = Path(folder)
        for name in sorted(folders):
            if (here / name).is_symlink():
                empty = False
                yield _left_alone(top, here / name, "a symbolic link to a folder")
        folders[:] = sorted(name for name in folders if not (here / name).is_symlink())
        for name in sorted(files):
            empty = False
            yield _regular(top, here / name)
    if empty and not failures:
        reason = "The folder holds no file. Look whether it is the one you meant."
        yield Issue(code=Code.NO_EXPORT, source_file=label_of(top.name or str(top)), reason=reason)
    for failure in failures:
        where = Path(os.fsdecode(failure.filename or top))
        yield _unreadable(_name_in(top, where), failure)


def _regular(top: Path, file: Path) -> _Found | Issue:
    try:
        mode = file.lstat().st_mode
    except OSError as error:
        return _unreadable(_name_in(top, file), error)
    if stat.S_ISREG(mode):
        return _Found(file, (top.name, *file.relative_to(top).parts))
    return _left_alone(top, file, "a symbolic link" if stat.S_ISLNK(mode) else "no regular file")


def _name_in(top: Path, path: Path) -> str:
    return "/".join(map(label_of, (top.name, *path.relative_to(top).parts)))


def _left_alone(top: Path, path: Path, what: str) -> Issue:
    reason = f"{what[0].upper()}{what[1:]}: left alone. Name its target as an input if it is part of the case."
    return Issue(code=Code.NO_EXPORT, source_file=_name_in(top, path), reason=reason)


def _unreadable(name: str, error: OSError | RuntimeError) -> Issue:
    words = "its links lead in a circle" if isinstance(error, RuntimeError) else error.strerror or type(error).__name__
    return Issue(
        code=Code.UNREADABLE_FILE,
        source_file=name,
        reason=f"It cannot be opened: {words}. Check the path and your rights to read it; what is in it is missing here.",
    )


def _with_distinct_labels(found: list[_Found]) -> list[_Found]:
    """Put parent folders before labels until no two are alike."""
    extra = [0] * len(found)
    while True:
        groups: dict[tuple[str, ...], list[int]] = {}
        for index, item in enumerate(found):
            groups.setdefault(_label(item, extra[index]), []).append(index)
        clashes = [index for group in groups.values() if len(group) > 1 for index in group]
        grow = [
            index for index in clashes if _label(found[index], extra[index]) != _label(found[index], extra[index] + 1)
        ]
        if not grow:
            break
        for index in grow:
            extra[index] += 1
    return [_Found(item.path, _label(item, extra[index])) for index, item in enumerate(found)]


def _label(item: _Found, parents: int) -> tuple[str, ...]:
    above = item.path.parts[1 : -len(item.label)]
    return (*above[len(above) - parents :], *item.label) if parents else item.label


def _file_source(item: _Found) -> Source:
    name = "/".join(map(label_of, item.label))
    origin = printable(item.path.as_posix())  # the same text on every system
    try:
        facts = item.path.stat()
    except OSError:
        return Source(name=name, path=str(item.path), origin=origin, size=0)
    return Source(name=name, path=str(item.path), origin=origin, size=facts.st_size, modified_ns=facts.st_mtime_ns)


def _spool_stdin(spool: Spool) -> Source:
    path, size = spool.keep(sys.stdin.buffer)
    return Source(name="stdin", path=str(path), origin="-", size=size)


def _open(source: Source, spool: Spool) -> Iterator[Source | Issue]:
    """The source itself, or what is in it if it is an archive or a mail."""
    try:
        with source.open() as stream:
            start = stream.read(HEAD)
        kind = archive_kind(start) or self_extracting(source, start)
    except OSError as error:
        reason = f"The file cannot be opened: {error.strerror or error}. Check the path and your rights to read it."
        yield Issue(code=Code.UNREADABLE_FILE, source_file=source.name, reason=reason)
        return
    if kind is None:
        yield source
        return
    for item in unpack(source, kind, spool):
        if isinstance(item, Issue):
            yield item
        else:
            yield from _open(item, spool)
    spool.drop(source)
