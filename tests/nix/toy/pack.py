"""Write a wheel as PEP 427 has it: pack.py DIR NAME VERSION TAG OUT."""

import base64
import hashlib
import pathlib
import sys
import zipfile

root, name, version, tag, out = sys.argv[1:]
info = f"{name}-{version}.dist-info"
meta = pathlib.Path(root, info)
meta.mkdir()
requires = "".join(f"Requires-Dist: {d}\n" for d in pathlib.Path(root, "requires").read_text().split())
pathlib.Path(root, "requires").unlink()
(meta / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{requires}")
(meta / "WHEEL").write_text(f"Wheel-Version: 1.0\nGenerator: pack\nRoot-Is-Purelib: false\nTag: {tag}\n")

rows = []
with zipfile.ZipFile(f"{out}/{name}-{version}-{tag}.whl", "w", zipfile.ZIP_DEFLATED) as wheel:

    def add(path, data, mode):
        entry = zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0))
        entry.external_attr = (0o100000 | mode) << 16
        entry.compress_type = zipfile.ZIP_DEFLATED
        wheel.writestr(entry, data)

    for file in sorted(p for p in pathlib.Path(root).rglob("*") if p.is_file()):
        path, data = file.relative_to(root).as_posix(), file.read_bytes()
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        rows.append(f"{path},sha256={digest},{len(data)}\n")
        add(path, data, file.stat().st_mode & 0o777)
    rows.append(f"{info}/RECORD,,\n")
    add(f"{info}/RECORD", "".join(rows), 0o644)
