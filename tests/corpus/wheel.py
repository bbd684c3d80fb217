"""What is done with one wheel, and what of it went wrong."""

import base64
import csv
import hashlib
import json
import mmap
import os
import re
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import ground

OBJECTS, MODULES, PROGRAMS = 50, 12, 12  # that are loaded, imported, started
DEPENDENCIES = 2 << 30  # bytes of dependencies that are unpacked for a wheel

# Dependencies beyond that, known before they are fetched.
HEAVY = re.compile(r"(torch|nvidia-.*|tensorflow|jaxlib|triton|pyspark|paddlepaddle.*|cupy.*|pyqt6-webengine.*|pyside6-.*)", re.I)

# Written by installers, or differing between them.
GENERATED = re.compile(r"(.*\.dist-info/(RECORD|INSTALLER|REQUESTED|direct_url\.json|uv_cache\.json)|.*\.pyc)")

# What a wheel's code is run with.
QUIET = {
    "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1",
    "QT_QPA_PLATFORM": "offscreen", "MPLBACKEND": "agg",
}  # fmt: skip


class Failure(Exception):
    """The wheel cannot be tried further."""


class Trial:
    """One wheel on a ground. result is what the page and the next run read."""

    def __init__(self, store, tools, program, pin, file):
        self.store, self.tools, self.program, self.pin, self.file = store, tools, program, pin, file
        self.result = {
            "objects": 0, "edits": 0, "edited": {}, "write": [], "failures": [], "notes": [], "needs": 0, "dlopen": 0, "imports": 0,
            "programs": 0, "false_words": 0, "opened": [], "proved": 0,
        }  # fmt: skip
        self.work = Path(tempfile.mkdtemp(prefix="corpus-", dir="/tmp"))
        self.work.chmod(0o755)
        self.out, self.deps = self.work / "out", []
        tags = pin["file"].removesuffix(".whl").split("-")[-3:]
        self.platform = tags[2]
        machines = [*ground.MACHINES, "loong64", "armv6l"]
        self.machine = next((m for m in machines if self.platform.split(".")[0].endswith(m)), "x86_64")
        self.musl = self.platform.startswith("musllinux")
        self.here = self.machine == "x86_64" and not self.musl
        self.loader = store.loader(self.machine, self.musl)
        self.fits = tools.fits(pin["file"])

    def run(self):
        try:
            self.verify()
            self.opened(self.ask("explain", self.file)[0])
            self.install()
            self.objects = elf_files(self.out)
            self.result["objects"] = len(self.objects)
            if self.loader:
                self.patched()
            else:
                self.note(f"no loader for {'musl of ' * self.musl}{self.machine} to ask")
        except Failure as e:
            if str(e):
                self.fail("run", str(e))
        finally:
            shutil.rmtree(self.work, ignore_errors=True)
            shutil.rmtree(f"{self.store.bytecode}{self.work}", ignore_errors=True)
        return self.result

    def fail(self, stage, text):
        self.result["failures"].append([stage, text.replace(str(self.work), "")[:400]])

    def note(self, text):
        self.result["notes"].append(text)

    def ask(self, command, *args):
        """Runs the program; returns its report and exit status."""
        flags = ["--format", "json"]
        if command != "verify" and self.program.knows(command, "--any-python") and not self.fits:
            flags.append("--any-python")
        env = {k: v for k, v in os.environ.items() if not k.startswith("NIX_")}
        words = [self.program.path, command, *flags, *map(str, args)]
        run = subprocess.run(words, capture_output=True, text=True, env=env, timeout=1800)
        try:
            report = json.loads(run.stdout)
        except ValueError:
            raise Failure(f"{command}: status {run.returncode}: {run.stderr[-300:]}") from None
        if departs := self.tools.departs(run.stdout):
            self.fail("schema", f"{command}: {departs}")
        return report, run.returncode

    # verify and install

    def verify(self):
        report, status = self.ask("verify", self.file)
        self.true = not status  # else patch is told to go on
        for p in errors(report):
            self.fail("verify", f"{p['code']}: {p['path']}: {p['message']}")

    def install(self):
        trees = {}
        for tool in ("pip", "installer"):
            prefix = self.work / tool
            if said := self.tools.install(tool, self.file, prefix):
                self.fail("install", f"{tool}: {said}")
                continue
            trees[tool] = digests(prefix)
        if not trees:
            raise Failure("no installer takes it")
        if len(trees) == 2:
            self.compare_installs(**trees)
            shutil.rmtree(self.work / "pip")
        (self.work / ("installer" if "installer" in trees else "pip")).rename(self.out)

    def compare_installs(self, pip, installer):
        # In a virtual environment pip has a place of its own for headers.
        pip = {re.sub(r"^include/site/", "include/", name): d for name, d in pip.items()}
        scripts = re.compile(r"bin/[^/]*")
        for name in sorted({*pip, *installer}):
            if GENERATED.fullmatch(name):
                continue
            if name not in pip or name not in installer:
                self.fail("install", f"{name} is there after {'pip' if name in pip else 'installer'} alone")
            elif pip[name] != installer[name] and not scripts.fullmatch(name):
                self.fail("install", f"{name} differs after pip and installer")

    @property
    def site(self):
        return next(self.out.glob("lib/python*/site-packages"), self.out)

    # patch and its oracles

    def patched(self):
        self.needed, paths = dynamic(self.objects)
        self.untouched()
        self.loaded_before()
        self.patch_dependencies()
        supplied = self.patch()
        if any(stage == "patch" for stage, _ in self.result["failures"]):
            return  # nothing was changed
        checked, _ = self.ask("check", *[f for f in supplied if not f.startswith(("--record=", "--patchelf="))], self.out)
        self.equal_to_loader(checked)
        self.no_idle_entry(paths)
        self.served(supplied)
        self.second_patch(supplied)
        self.loaded_after()

    def patch(self):
        """Patches the tree, with what has to be written for it. Returns the flags."""
        flags = [*self.loader.flags(), "--wheel", self.file, *["--record=warn"] * (not self.true)]
        flags += [f"--python-lib={d}" for d in self.sites("patched")]
        report, status = self.plan("origin", flags)
        if status:
            supplied, write = self.follow(report)
            self.result["write"] = sorted(write)
            flags += supplied
            report, status = self.plan("origin", flags)
        if lacking := {p["message"] for p in errors(report) if p["code"] == "library-not-found"}:
            # What an input, or a library of another wheel, needs in its turn.
            flags += [f"--ignore-missing={name}" for name in sorted(lacking)]
            self.plan("origin", flags)
        self.plan("link", flags)
        report, status = self.ask("patch", *flags, self.out)
        if bad := [p["path"] for p in errors(report) if p["code"] in ("patchelf-failed", "object-damaged")]:
            newer = ground.quiet([str(self.tools.patchelf), "--version"]).strip()
            self.note(f"refused: {self.program.beside['patchelf']} damages {', '.join(map(os.path.basename, bad[:3]))}; patched with {newer}")
            flags.append(f"--patchelf={self.tools.patchelf}")
            report, status = self.ask("patch", *flags, self.out)
        for p in errors(report):
            self.fail("patch", f"{p['code']}: {p['path']}: {p['message']}")
        if status and not errors(report):
            self.fail("patch", f"status {status} without an error")
        self.result["edits"] = sum(1 for o in report["objects"] if o["edit"])
        self.report = report
        return [f for f in flags if f not in ("--wheel", self.file)]

    def plan(self, layout, flags):
        """What patch would do in a layout; counts the objects that it would edit."""
        report, status = self.ask("patch", "--dry-run", f"--layout={layout}", *flags, self.out)
        self.result["edited"][layout] = sum(1 for o in report["objects"] if o["edit"])
        return report, status

    def follow(self, report):
        """Follows the hints as far as this machine has the libraries; the others are
        ignored, as a packager would who does not need them. Returns flags, and
        what a derivation would have."""
        flags, write = [], set()
        for p in errors(report):
            if p["code"] != "library-not-found":
                continue
            name = p["message"]
            if self.here or name not in ground.MANYLINUX:  # else this ground lacks it, no package does
                write.add(attribute(p["hint"], name))
            where = self.here and self.store.supply(name)
            flags.append(f"--lib={where}" if where else f"--ignore-missing={name}")
        return flags, write

    def equal_to_loader(self, report):
        """Every need of every object is found by the same file in the report and by
        the loader: with the object itself as what is started, or else in a closure
        that leads to it, where RPATHs are inherited."""
        stage = "loader"
        traces = {o: self.loader.trace(o) for o in self.objects if self.needed.get(o)}
        reported = {os.path.join(self.out, o["path"]): o for o in report["objects"]}
        for file, names in self.needed.items():
            if file not in reported:
                self.fail(stage, f"{relative(file, self.out)} is in no report")
                continue
            said = {n["soname"]: n for n in reported[file]["needed"]}
            if set(said) != set(names) and reported[file]["needed"]:
                self.fail(stage, f"{relative(file, self.out)}: needs {sorted(said)}, readelf has {sorted(names)}")
            for name, n in said.items():
                self.result["needs"] += 1
                want = traces[file].opened.get(name)
                got = os.path.realpath(n["path"]) if n["path"] else None
                if got == want or want is None and n["via"] == "driver":
                    continue
                if got and got in answers(traces, file, name):
                    continue
                self.fail(stage, f"{relative(file, self.out)}: {name}: report {got} ({n['status']}, {n['via']}), loader {want}; {traces[file].fatal}")
        for p in errors(report):
            self.fail(stage, f"check: {p['code']}: {p['path']}: {p['message']}")

    def no_idle_entry(self, before):
        """Each directory that an object's search path got has a library that the object
        names: in a DT_NEEDED, or in a whole string anywhere in the file."""
        after = dynamic(self.objects)[1]
        for file in self.objects:
            for entry in after.get(file, []):
                if entry in before.get(file, []) or entry == ground.DRIVER:
                    continue
                folder = re.sub(r"\$(ORIGIN|\{ORIGIN\})", os.path.dirname(file), entry)
                names = os.listdir(folder) if os.path.isdir(folder) else []
                if not {*names} & {*self.needed.get(file, [])} and not holds(file, names):
                    self.fail("search path", f"{relative(file, self.out)}: {entry} has nothing that it names")

    # libraries that are opened by name

    def opened(self, report):
        """Keeps what the program says of the wheel: where a name stands, and who has it."""
        for o in report["opened"]:
            self.result["opened"].append({"path": o["path"], "call": o["call"], "names": o["sonames"], "from": o["from"], "attribute": o["attribute"]})

    def served(self, supplied):
        """What the patched tree and this ground's inputs serve of these names. A probe that
        has the search path of the object, and needs the name, has the loader say so too."""
        libs = [f for f in supplied if f.startswith(("--lib=", "--python-lib="))]
        report, _ = self.ask("explain", *libs, self.out)
        paths = dynamic(self.objects)[1]
        told = [p for p in self.report["problems"] if p["code"] == "library-opened-by-name"]
        who = {}
        for o in report["opened"]:
            file = os.path.join(self.out, o["path"])
            found = o["from"]
            if file in self.objects and found in ("wheel", "input"):
                path = [re.sub(r"\$(ORIGIN|\{ORIGIN\})", os.path.dirname(file), e) for e in paths.get(file, [])]
                if self.here:
                    if self.store.finds(path, o["sonames"]) or any(map(self.loader.trace(file).opened.get, o["sonames"])):
                        self.result["proved"] += 1
                    elif o["sonames"][0] not in str(told):
                        self.fail("opened", f"{o['path']}: {' '.join(o['sonames'])} is said to be of {found}; the loader does not find it")
            who[os.path.basename(o["path"]), *o["sonames"]] = found
        for o in self.result["opened"]:
            o["served"] = who.get((os.path.basename(o["path"]), *o["names"]), "")

    def untouched(self):
        """Errors of check on the tree as it was installed, under this machine's own
        loader, that this loader does not give."""
        loader = ground.host() if self.here else self.loader
        report, _ = self.ask("check", *([] if self.here else loader.flags()), self.out)
        traces = {o: loader.trace(o) for o in self.objects if self.needed.get(o)}
        wrong = {p["message"] for p in errors(report) if p["code"] == "library-not-found"}
        false = []
        for o in report["objects"]:
            file = os.path.join(self.out, o["path"])
            for n in o["needed"]:
                if n["status"] == "missing" and n["soname"] in wrong and file in traces:
                    if found_without(traces, file, n["soname"]):
                        false.append(f"{o['path']}: {n['soname']}")
        versions = {v for t in traces.values() for v, _ in t.versions}
        for p in errors(report):
            if p["code"] == "version-not-found" and not any(v in p["message"] for v in versions):
                false.append(f"{p['code']} {p['message']}")
            elif p["code"] not in ("library-not-found", "version-not-found", "wrong-python"):
                false.append(f"{p['code']} {p['path']} {p['message']}")
        self.result["false_words"] = len(false)
        if false:
            self.fail("check", f"{len(false)} errors for the untouched tree that the loader does not give: {'; '.join(false[:3])}")

    def second_patch(self, supplied):
        before = {f: stamp(f) for f in files(self.out)}
        self.record_is_true()
        report, status = self.ask("patch", *supplied, self.out)
        if status and not self.result["failures"]:
            self.fail("second patch", f"status {status}: {[p['code'] for p in errors(report)]}")
        after = {f: stamp(f) for f in files(self.out)}
        for f in sorted({*before, *after}):
            if before.get(f) != after.get(f):
                self.fail("second patch", f"{relative(f, self.out)} is touched")

    def record_is_true(self):
        for record in self.site.glob("*.dist-info/RECORD"):
            listed = set()
            with open(record, newline="", encoding="utf-8") as f:
                rows = list(csv.reader(f))
            for path, digest, size in rows:
                file = os.path.normpath(os.path.join(self.site, path))
                listed.add(file)
                if not digest:
                    continue
                name, _, value = digest.partition("=")
                if not os.path.isfile(file) or checksum(file, name) != value or size and int(size) != os.path.getsize(file):
                    self.fail("RECORD", f"{path}: its row is false")
            for file in files(self.out):
                driver = os.path.islink(file) and os.readlink(file).startswith(ground.DRIVER)  # what it will hold nobody knows
                if file not in listed and not file.endswith(".pyc") and not driver:
                    self.fail("RECORD", f"{relative(file, self.out)} has no row")

    # code of the wheel, in children

    def loaded_before(self):
        self.before = None
        if not self.here or not self.fits:
            if self.here:
                self.note("for another Python or glibc: nothing was loaded")
            return
        self.request = {"dlopen": [], "import": [], "seconds": 60}
        if not self.dependencies():
            self.deps = []
        else:
            self.request["import"] = modules(self.site)
        libraries = [f for f in self.objects if f in self.needed and f not in self.started()]
        self.request["dlopen"] = spread(libraries, OBJECTS)
        self.before = self.load(self.tools.python, "plain"), self.start()

    def loaded_after(self):
        if self.before is None:
            return
        before, started = self.before
        after = self.load(self.store.store_python(), "patched")
        for kind in ("dlopen", "import"):
            good = [w for w, said in before[kind].items() if said == "ok"]
            self.result["imports" if kind == "import" else kind] = len(good)
            for what in good:
                if after[kind][what] != "ok":
                    self.fail(kind, f"{relative(what, self.out)}: {after[kind][what]}")
        for file, status in self.start().items():
            if started[file] in (126, 127) or started[file] < 0:
                continue
            self.result["programs"] += 1
            if file in started and status != started[file] and not {status, started[file]} <= {0, LATE}:
                self.fail("start", f"{relative(file, self.out)}: status {started[file]} before, {status} after")

    def dependencies(self):
        """Reports whether all dependencies are there, none of them patched."""
        versions = self.tools.resolve(self.file)
        if isinstance(versions, str):
            self.note(f"no import: {versions}")
            return False
        heavy = [n for n in versions if HEAVY.fullmatch(n)]
        if heavy:
            self.note(f"no import: its dependencies are too large ({', '.join(sorted(heavy)[:3])})")
            return False
        size = 0
        for name, version in sorted(versions.items()):
            place = self.tools.dependency(name, version)
            if isinstance(place, str):
                self.note(f"no import: {place}")
                return False
            self.deps.append(self.store.plain / place.name)
            if not self.deps[-1].exists():
                shutil.copytree(place, self.deps[-1], symlinks=True, copy_function=link)
            size += sum(os.path.getsize(f) for f in files(place) if not os.path.islink(f))
            if size > DEPENDENCIES:
                self.note("no import: its dependencies are too large")
                return False
        return True

    def sites(self, kind):
        """The site-packages of the dependencies, plain or patched."""
        places = [self.store.dependencies / d.name for d in self.deps] if kind == "patched" else self.deps
        return [str(s) for d in places for s in d.glob("lib/python*/site-packages")]

    def patch_dependencies(self):
        fresh = [d for d in self.deps if not (self.store.dependencies / d.name).exists()]
        for d in fresh:
            shutil.copytree(d, self.store.dependencies / d.name, symlinks=True)
        for d in fresh:
            libs = [f"--python-lib={s}" for s in self.sites("patched")]
            words = [*self.loader.flags(), *libs, "--record=off", self.store.dependencies / d.name]
            report, status = self.ask("patch", *words)
            if status:
                supplied = [f for f in self.follow(report)[0] if f.startswith("--lib=")]
                self.ask("patch", *words, *supplied, "--ignore-missing=*")

    def load(self, python, kind):
        request = self.work / "request.json"
        request.write_text(json.dumps({**self.request, "sites": [str(self.site), *self.sites(kind)]}))
        script = Path(__file__).with_name("load.py")
        run = self.child([python, "-X", f"pycache_prefix={self.store.bytecode}", "-I", "-S", "-c", f"exec(compile({script.read_text()!r}, 'load.py', 'exec'))", str(request)], 1200)
        try:
            return json.loads(run[1])
        except ValueError:
            raise Failure(f"{python}: {run[0]} {run[1][-200:]} {run[2][-300:]}") from None

    def started(self):
        if not hasattr(self, "executables"):
            said = readelf("-lW", self.objects)
            self.executables = [f for f, text in said.items() if re.search(r"program interpreter: /", text)]
        return self.executables

    def start(self):
        """The status of each program, for --version or else --help."""
        status = {}
        for file in spread([f for f in self.started() if os.access(f, os.X_OK)], PROGRAMS):
            for flag in ("--version", "--help"):
                status[file] = self.child([file, flag], 20)[0]
                if status[file] in (0, LATE):
                    break
        return status

    def child(self, words, seconds):
        """Runs code of a wheel: without network, in a home of its own, as nobody."""
        home = self.work / "home"
        if not home.exists():
            home.mkdir()
            home.chmod(0o777)
        cage = ["unshare", "--net", "--ipc", "--fork", "--pid", "--kill-child"]
        if os.getuid() == 0:
            cage += ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs"]
        else:
            cage[1:1] = ["--map-root-user"]
        env = {**QUIET, "HOME": str(home), "TMPDIR": str(home)}
        run = subprocess.Popen([*cage, *map(str, words)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               env=env, cwd=home, start_new_session=True)  # fmt: skip
        try:
            out, err = run.communicate(timeout=seconds)
            status = run.returncode
        except subprocess.TimeoutExpired:
            os.killpg(run.pid, signal.SIGKILL)
            out, err = run.communicate()
            status = LATE
        if status > 128 and status != LATE:
            status = 128 - status  # unshare tells of a signal as a shell does
        return status, out.decode(errors="replace"), err.decode(errors="replace")


LATE = 1000  # the status of what did not end by itself


def errors(report):
    return [p for p in report["problems"] if p["severity"] == "error"]


def attribute(hint, soname):
    """What a hint says to write: attributes, or the ignored name."""
    if m := re.search(r"buildInputs = \[ (.*?) \];", hint):
        return m[1]
    if m := re.search(r"(?:dependencies|propagatedBuildInputs) = \[ (.*?) \];", hint):
        return m[1]
    return f"ignore {soname}"


def found_without(traces, file, name):
    """Reports whether no loading of file ends without the library."""
    if traces[file].opened.get(name):
        return True
    closures = [t for f, t in traces.items() if f != file and os.path.realpath(file) in t.opened.values()]
    return bool(closures) and all(t.opened.get(name) for t in closures)


def answers(traces, file, name):
    return {t.opened.get(name) for t in traces.values() if os.path.realpath(file) in t.opened.values()}


def files(top):
    for folder, _, names in os.walk(top):
        for name in names:
            yield os.path.join(folder, name)


def relative(file, top):
    return os.path.relpath(file, top) if str(file).startswith(str(top)) else str(file)


def stamp(file):
    st = os.lstat(file)
    return st.st_ino, st.st_size, st.st_mtime_ns, st.st_ctime_ns, st.st_mode


def checksum(file, name="sha256"):
    with open(file, "rb") as f:
        return base64.urlsafe_b64encode(hashlib.file_digest(f, name).digest()).rstrip(b"=").decode()


def digests(top):
    return {relative(f, top): "" if GENERATED.fullmatch(relative(f, top)) else checksum(f) for f in files(top)}


def elf_files(top):
    found = []
    for file in sorted(files(top)):
        if os.path.islink(file):
            continue
        with open(file, "rb") as f:
            if f.read(4) == b"\x7fELF":
                found.append(file)
    return found


def readelf(flags, objects):
    """What readelf prints for each file."""
    said = {}
    for i in range(0, len(objects), 100):
        some = objects[i : i + 100]
        run = subprocess.run(["readelf", flags, *some], capture_output=True, text=True, errors="replace", env={"LC_ALL": "C", "PATH": QUIET["PATH"]})
        parts = re.split(r"(?m)^File: (.*)\n", run.stdout) if len(some) > 1 else ["", some[0], run.stdout]
        said.update(zip(parts[1::2], parts[2::2]))
    return said


def dynamic(objects):
    """DT_NEEDED and the search path of each object that has them, as binutils reads them."""
    names, paths = {}, {}
    for file, text in readelf("-dW", objects).items():
        if found := re.findall(r"\(NEEDED\).*Shared library: \[(.*)\]", text):
            names[file] = found
        if found := re.search(r"\((?:RUNPATH|RPATH)\).*path: \[(.*)\]", text):
            paths[file] = [e for e in found[1].split(":") if e]
    return names, paths


def holds(file, names):
    """Reports whether one of these names is a whole string of a file."""
    with open(file, "rb") as f, mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return any(data.find(b"\0" + os.fsencode(name) + b"\0") >= 0 for name in names)


def link(source, target):
    """Copies a file, without its bytes where that can be."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def spread(items, most):
    """At most so many of a list, evenly."""
    items = sorted(items)
    return [items[i * len(items) // most] for i in range(most)] if len(items) > most else items


def modules(site):
    """Names to import: what lies on top, and extension modules."""
    top, extensions = [], []
    for file in sorted(map(Path, files(site))):
        parts = list(file.relative_to(site).parts)
        parts[-1] = re.sub(r"(\.cpython-311-[a-z0-9_-]+|\.abi3)?\.so$|\.py$", "", parts[-1])
        if not all(p.isidentifier() for p in parts) or {"tests", "test", "testing"} & set(parts):
            continue
        if file.suffix == ".so":
            if not parts[-1].startswith("lib"):
                extensions.append(".".join(parts))
        elif file.suffix == ".py":
            if parts[-1] == "__init__" and len(parts) == 2:
                top.append(parts[0])
            elif len(parts) == 1 and parts[0] not in ("setup", "conftest"):
                top.append(parts[0])
    top = spread(top, 4)
    return top + [m for m in spread(extensions, MODULES - len(top)) if m not in top]


def last_line(text):
    return (text.strip().splitlines() or ["no word"])[-1].removeprefix("ERROR: ")
