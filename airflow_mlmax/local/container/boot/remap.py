"""Runs a Python program with the string literals `/opt/ml...` of the job's own files led into the job's folder.

Usage: python [options] remap.py ROOT (SCRIPT | -m MODULE | -c CODE) [arguments]

It runs under the job's Python, so it imports the standard library only and keeps to Python 3.8. Lines keep their
numbers, files stay as they are, and no byte code is read or written: it would hold the paths of another job.
"""
# pathlib alone would take as long to load as everything else here:
# ruff: noqa: PTH100, PTH109, PTH120, PTH123

from __future__ import annotations

import ast
import builtins
import importlib.machinery
import os
import re
import runpy
import sys
from types import CodeType, ModuleType
from typing import Any

_OPT_ML = re.compile(r"(?<![\w/.-])/opt/ml(?![\w.-])")


def moved(text: str, root: str) -> str:
    """The text with each path `/opt/ml` replaced by `root`; `/opt/mlflow` stays."""
    return _OPT_ML.sub(lambda _: root, text)


class _Mover(ast.NodeTransformer):
    def __init__(self, root: str) -> None:
        self.root = root

    def visit_Constant(self, node: ast.Constant) -> ast.Constant:
        if isinstance(node.value, str):
            node.value = moved(node.value, self.root)
        elif isinstance(node.value, bytes):
            node.value = os.fsencode(moved(os.fsdecode(node.value), self.root))
        return node


def compiled(source: Any, path: str, root: str) -> CodeType:
    """Byte code of a source text, with its literals moved."""
    tree = _Mover(root).visit(ast.parse(source, path))
    return compile(tree, path, "exec", dont_inherit=True)


class _Loader(importlib.machinery.SourceFileLoader):
    root = ""

    def path_stats(self, path: Any) -> Any:
        raise OSError("no byte code")  # the way importlib is told to keep away from .pyc files

    def source_to_code(  # type: ignore[override] # the stubs know only the static method of the base class
        self, data: Any, path: Any, *_: Any, **__: Any
    ) -> CodeType:
        return compiled(data, path, self.root)


def install(root: str) -> None:
    """Lead imports from below the folder that holds `root` through the rewrite."""
    _Loader.root = root
    finder = importlib.machinery.FileFinder.path_hook((_Loader, [".py"]))
    home = os.path.dirname(os.path.realpath(root))

    def hook(path: str) -> Any:
        if not (os.path.realpath(path) + os.sep).startswith(home + os.sep):
            raise ImportError(path)
        return finder(path)

    sys.path_hooks.insert(0, hook)
    sys.path_importer_cache.clear()


def _lead_path(folder: str) -> None:
    """Put the program's folder where Python put ours."""
    if sys.path and sys.path[0] == os.path.dirname(os.path.abspath(__file__)):
        sys.path[0] = folder


def main(arguments: list[str]) -> None:
    """Run the program as Python itself would."""
    root, *words = arguments
    install(root)
    if words[0] == "--":
        words.pop(0)
    if words[0] == "-m":
        _lead_path(os.getcwd())
        sys.argv = words[1:]
        runpy.run_module(words[1], run_name="__main__", alter_sys=True)
        return
    if words[0] == "-c":
        _lead_path("")
        sys.argv = ["-c", *words[2:]]
        code, path = compile(words[1], "<string>", "exec", dont_inherit=True), None
    else:
        path = words[0]
        _lead_path(os.path.dirname(os.path.abspath(path)))
        sys.argv = words
        with open(path, "rb") as file:
            code = compiled(file.read(), path, root)
    program = ModuleType("__main__")  # our own module goes on living in its functions
    sys.modules["__main__"] = program
    if path:
        program.__file__ = path
    program.__dict__["__builtins__"] = builtins
    exec(code, program.__dict__)  # noqa: S102 - the user's program


if __name__ == "__main__":
    main(sys.argv[1:])
