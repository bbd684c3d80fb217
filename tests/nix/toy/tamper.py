"""Copy a wheel with one line added to one of its files: tamper.py WHEEL PATH OUT."""

import sys
import zipfile

wheel, path, out = sys.argv[1:]
with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(out, "w") as new:
    for entry in old.infolist():
        new.writestr(entry, old.read(entry) + (b"\n# added\n" if entry.filename == path else b""))
