"""Copy a wheel with one edit: tamper.py WHEEL OUT CODE.

CODE changes `entries`, the contents by path, or `record`, the text of RECORD, which
lies at `path`; or it defines `whole`, a function of the finished file's bytes.
"""

import sys
import zipfile

wheel, out, code = sys.argv[1:]
with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(out, "w") as new:
    infos = {info.filename: info for info in old.infolist()}
    entries = {path: old.read(path) for path in infos}
    path = next(path for path in entries if path.endswith(".dist-info/RECORD"))
    names = {"entries": entries, "path": path, "record": entries[path].decode(), "whole": bytes}
    exec(code, names)
    if path in entries:
        entries[path] = names["record"].encode()
    for name, data in entries.items():
        new.writestr(infos.get(name, name), data)
with open(out, "r+b") as new:
    data = names["whole"](new.read())
    new.seek(0)
    new.write(data)
    new.truncate()
