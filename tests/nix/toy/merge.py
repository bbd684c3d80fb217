"""Merge packages into one folder of links: merge.py OUT PACKAGE…

A folder that one package has is linked as a whole. Of one that several have the
entries are merged. A file that several have is an error, unless it is one file.
"""

import os
import pathlib
import sys


def merge(out, inputs):
    if len(inputs) == 1 or not all(i.is_dir() for i in inputs):
        if len({i.resolve() for i in inputs}) != 1:
            sys.exit(f"collision: {' and '.join(map(str, inputs))}")
        out.symlink_to(inputs[0])
        return
    out.mkdir()
    names = {name for i in inputs for name in os.listdir(i)}
    for name in sorted(names - {"nix-support", "bin"}):
        merge(out / name, [i / name for i in inputs if (i / name).is_symlink() or (i / name).exists()])


out, *packages = map(pathlib.Path, sys.argv[1:])
merge(out, packages)
