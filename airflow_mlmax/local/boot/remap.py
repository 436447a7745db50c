"""Runs a Python program with the string literals `/opt/ml...` of the job's own files led into the job's folder.

Usage: python remap.py ROOT [python options] (SCRIPT | -m MODULE | -c CODE) [arguments]

It runs under the job's Python, so it imports the standard library only and keeps to Python 3.8. Lines keep their
numbers, files stay as they are, and no byte code is read or written: it would hold the paths of another job.
"""

import ast
import importlib.machinery
import os
import re
import runpy
import sys

_OPT_ML = re.compile(r"(?<![\w/.-])/opt/ml(?![\w.-])")


def moved(text, root):  # type: ignore[no-untyped-def] # this file also runs where our types do not exist
    """The text with each path `/opt/ml` replaced by `root`; `/opt/mlflow` stays."""
    return _OPT_ML.sub(lambda _: root, text)


class _Mover(ast.NodeTransformer):
    def __init__(self, root):
        self.root = root

    def visit_Constant(self, node):
        if isinstance(node.value, str):
            node.value = moved(node.value, self.root)
        elif isinstance(node.value, bytes):
            node.value = moved(node.value.decode("latin-1"), self.root).encode("latin-1")
        return node


def compiled(source, path, root):
    tree = _Mover(root).visit(ast.parse(source, path))
    return compile(tree, path, "exec", dont_inherit=True)


class _Loader(importlib.machinery.SourceFileLoader):
    root = ""

    def path_stats(self, path):
        raise OSError("no byte code")  # the way importlib is told to keep away from .pyc files

    def source_to_code(self, data, path, *, _optimize=-1):
        return compiled(data, path, self.root)


def install(root):
    """Make imports from below the job's folder, and from the parent folder that holds it, go through the rewrite."""
    home = os.path.dirname(os.path.realpath(root))
    _Loader.root = root
    finder = importlib.machinery.FileFinder.path_hook((_Loader, [".py"]))

    def hook(path):
        if not (os.path.realpath(path) + os.sep).startswith(home + os.sep):
            raise ImportError(path)
        return finder(path)

    sys.path_hooks.insert(0, hook)
    sys.path_importer_cache.clear()


def _run_script(path, root):
    with open(path, "rb") as file:
        code = compiled(file.read(), path, root)
    sys.path[0] = os.path.dirname(os.path.abspath(path))
    main = sys.modules["__main__"].__dict__
    for name in [name for name in main if not name.startswith("__")]:
        del main[name]
    main["__file__"] = path
    main["__doc__"] = None
    exec(code, main)


def main(arguments):
    root, *words = arguments
    install(root)
    while words and words[0].startswith("-") and words[0] not in ("-m", "-c"):
        words.pop(0)
    if not words:
        sys.exit("remap: no program given")
    if words[0] in ("-m", "-c"):
        kind, target, *rest = words
        sys.argv = [kind, *rest]
        sys.path[0] = "" if kind == "-c" else os.getcwd()
        if kind == "-m":
            runpy.run_module(target, run_name="__main__", alter_sys=True)
        else:
            exec(compile(target, "<string>", "exec"), sys.modules["__main__"].__dict__)
        return
    sys.argv = words
    _run_script(words[0], root)


if __name__ == "__main__":
    main(sys.argv[1:])
