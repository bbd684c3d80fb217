"""What a built wheel is now, from inside the sandbox: report.py OUTPUT WHEEL LOADER [IGNORED…]

RECORD as the program verifies it; each bundled library and where the loader itself
finds it; what comes from outside; whether its modules can be imported here.
"""

import fnmatch
import json
import os
import pathlib
import re
import subprocess
import sys
import zipfile

output, wheel, loader, *ignored = sys.argv[1:]
clean = {k: v for k, v in os.environ.items() if not k.startswith("LD_")}


def program(*arguments):
    done = subprocess.run(["wheel-auto-patch", *arguments], capture_output=True, text=True)
    return done.stdout + done.stderr


def short(path):
    return path.replace(output + "/", "$out/")


def dynamic(file):
    with file.open("rb") as f:
        if f.read(4) != b"\x7fELF":
            return False
    return " DYNAMIC " in subprocess.run(["readelf", "-lW", file], capture_output=True, text=True).stdout


print("RECORD, of the wheel and of what was installed")
print(program("verify", wheel, output).replace(output, "$out").rstrip())
with zipfile.ZipFile(wheel) as archive:
    record = next(n for n in archive.namelist() if n.endswith(".dist-info/RECORD"))
    for row in archive.read(record).decode().splitlines():
        if ".libs/libz-" in row:
            print("its row", row)

objects = [f for f in sorted(pathlib.Path(output).rglob("*")) if f.is_file() and not f.is_symlink() and dynamic(f)]
bundled = {f.name: str(f) for f in objects if ".so" in f.name}
found, missing, passed, outside = {}, [], set(), {}
for file in objects:
    listing = subprocess.run([loader, "--list", file], capture_output=True, text=True, env=clean)
    for name, path in re.findall(r"^\s(\S+) => (.*?)(?: \(0x[0-9a-f]+\))?$", listing.stdout + listing.stderr, re.M):
        if path == "not found" and any(fnmatch.fnmatchcase(name, glob.rpartition(":")[2]) for glob in ignored):
            passed.add(name)
        elif path == "not found":
            missing.append((str(file), name))
        elif path.startswith(output):
            found[name] = os.path.normpath(path)
        else:
            outside[name] = os.path.realpath(path)

print(f"\nThe loader {loader}")
print(f"finds every library of {len(objects)} objects" if not missing else f"misses {missing}")
if passed:
    print(f"but for those that may be missing: {' '.join(sorted(passed))}")
print(f"\nBundled libraries, {len(found)} asked for by another object, all found in the output:")
for name, path in sorted(found.items()):
    print(f"  {name:36} {short(path)}")
print("\nFrom outside the wheel:")
for name, path in sorted(outside.items()):
    print(f"  {name:36} {path}")

checked = json.loads(subprocess.run(
    ["wheel-auto-patch", "check", "--any-python", *(f"--ignore-missing={glob}" for glob in ignored), f"--interpreter={loader}", "--format=json", output],
    capture_output=True, text=True).stdout or "{}")
errors = [p for p in checked.get("problems", []) if p["severity"] == "error"]
print(f"\nwheel-auto-patch check: {len(checked.get('objects', []))} objects, {len(errors)} errors")

site = next(pathlib.Path(output).glob("lib/python*/site-packages"), None)
tops = sorted(d.name for d in site.iterdir()) if site else []
for top in tops:
    top = top.removesuffix(".py")
    if not top.isidentifier() or not ((site / top / "__init__.py").exists() or (site / f"{top}.py").exists()):
        continue
    done = subprocess.run([sys.executable, "-c", f"import {top}"], capture_output=True, text=True,
                          env={"PYTHONPATH": str(site)})
    print(f"import {top}:", "works" if done.returncode == 0 else "no: " + done.stderr.strip().splitlines()[-1])
sys.exit(1 if missing or errors else 0)
