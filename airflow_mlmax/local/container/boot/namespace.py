"""Runs a program in Linux namespaces of its own, where its folder is /opt/ml and its host name `algo-1`.

Usage: python namespace.py ROOT HOST HOSTS_FILE CWD COMMAND [arguments]

Standard library only, Python 3.8 or newer. Everything it mounts goes away with the program.
"""
# pathlib alone would take as long to load as everything else here:
# ruff: noqa: PTH102, PTH103, PTH112, PTH115, PTH118, PTH120, PTH123, PTH211

from __future__ import annotations

import ctypes
import os
import sys

_NEWNS, _NEWUTS, _NEWUSER = 0x00020000, 0x04000000, 0x10000000
_BIND, _REC, _PRIVATE, _DETACH = 4096, 16384, 1 << 18, 2
_OPT = "/opt"
_OPT_ML = "/opt/ml"
_NOT_FOUND = 127

_libc = ctypes.CDLL(None, use_errno=True)


def _call(name: str, *arguments: object) -> None:
    if getattr(_libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def _mount(source: str, target: str, kind: str | None, flags: int) -> None:
    words = [None if word is None else os.fsencode(word) for word in (source, target, kind)]
    _call("mount", *words, ctypes.c_ulong(flags), None)


def _enter() -> None:
    """Leave the system's namespaces; who is not root needs a user namespace, in which the user keeps the number."""
    user, group = os.getuid(), os.getgid()
    try:
        _call("unshare", _NEWNS | _NEWUTS)
    except PermissionError:
        _call("unshare", _NEWUSER | _NEWNS | _NEWUTS)
        _write("/proc/self/setgroups", "deny")  # else the kernel takes no group map from an ordinary user
        _write("/proc/self/uid_map", f"{user} {user} 1")
        _write("/proc/self/gid_map", f"{group} {group} 1")
    _mount("none", "/", None, _REC | _PRIVATE)


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def _rebuild_opt(scratch: str) -> None:
    """Give /opt a folder `ml` without touching the disk: an empty /opt, with its old children bound back into it."""
    os.makedirs(scratch, exist_ok=True)
    _mount(_OPT, scratch, None, _BIND | _REC)
    _mount("none", _OPT, "tmpfs", 0)
    for entry in os.scandir(scratch):
        new = os.path.join(_OPT, entry.name)
        if entry.is_symlink():
            os.symlink(os.readlink(entry.path), new)
            continue
        if entry.is_dir():
            os.mkdir(new)
        else:
            _write(new, "")
        _mount(entry.path, new, None, _BIND | _REC)
    _call("umount2", os.fsencode(scratch), _DETACH)
    os.mkdir(_OPT_ML)


def main(arguments: list[str]) -> None:
    """Enter the namespaces and become the program."""
    root, host, hosts, cwd, *command = arguments
    _enter()
    _call("sethostname", os.fsencode(host), len(host))
    _mount(hosts, "/etc/hosts", None, _BIND)
    if not os.path.isdir(_OPT_ML):
        _rebuild_opt(os.path.join(os.path.dirname(root), "opt"))
    _mount(root, _OPT_ML, None, _BIND | _REC)
    os.chdir(cwd)
    try:
        os.execvp(command[0], command)  # noqa: S606 - the user's program
    except OSError as error:
        sys.stderr.write(f"cannot run {command[0]}: {error.strerror}\n")
        sys.exit(_NOT_FOUND)


if __name__ == "__main__":
    main(sys.argv[1:])
