"""What must be true of outputs that the hook has finished: check.py LOADER DIR…

Each RECORD row names a file with that hash and size; each ELF object is of the
store's loader or has none, and the loader finds all that it needs.
"""

import base64
import csv
import hashlib
import os
import pathlib
import re
import subprocess
import sys

loader, *roots = sys.argv[1:]
wrong = []


def check_record(record, roots):
    site = record.parent.parent
    for path, digest, size in csv.reader(record.open()):
        file = pathlib.Path(os.path.normpath(site / path))
        if not file.exists():  # moved to another output
            home = next(r for r in roots if file.is_relative_to(r))
            file = next((f for r in roots if (f := pathlib.Path(r) / file.relative_to(home)).exists()), file)
        if not file.exists():
            wrong.append(f"{record}: {path} is not there")
        elif digest:
            data = file.read_bytes()
            have = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            if digest != f"sha256={have}" or int(size) != len(data):
                wrong.append(f"{record}: the row of {path} is not true")


def check_object(file):
    dynamic = subprocess.run(["readelf", "-lW", file], capture_output=True, text=True).stdout
    if " DYNAMIC " not in dynamic:
        return
    # opencv-python 5 has a library with an empty one, which is no program.
    interpreter = re.search(r"program interpreter: (.+)\]", dynamic)
    if interpreter and interpreter[1] != loader:
        wrong.append(f"{file}: its interpreter is {interpreter[1]}")
    listed = subprocess.run([loader, "--list", file], capture_output=True, text=True, env={})
    for line in (listed.stdout + listed.stderr).splitlines():
        if "not found" in line or listed.returncode != 0:
            wrong.append(f"{file}: {line.strip()}")


objects = 0
for root in roots:
    for file in sorted(pathlib.Path(root).rglob("*")):
        if file.is_symlink() or not file.is_file():
            continue
        if file.match("*.dist-info/RECORD"):
            check_record(file, roots)
        elif file.open("rb").read(4) == b"\x7fELF":
            objects += 1
            check_object(str(file))
print(f"{objects} objects checked")
sys.exit("\n".join(wrong) or None)
