"""What the wheels are tried on: loaders that search a store alone, as on NixOS, the
libraries that a manylinux tag promises, and a Python that runs under such a loader.

A loader is a copy of Debian's whose default directories are edited in place, to the
same length, so nothing that this machine has is ever found by chance.
"""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

# What a glibc of Nixpkgs has in its lib directory.
GLIBC = (
    "libc.so.6 libm.so.6 libmvec.so.1 libdl.so.2 libpthread.so.0 librt.so.1 libutil.so.1 "
    "libresolv.so.2 libanl.so.1 libBrokenLocale.so.1 libnss_dns.so.2 libnss_files.so.2 "
    "libthread_db.so.1"
).split()

# What nix/manylinux.nix hands in.
MANYLINUX = (
    "libgcc_s.so.1 libstdc++.so.6 libgomp.so.1 libatomic.so.1 libquadmath.so.0 libz.so.1 "
    "libexpat.so.1 libX11.so.6 libXext.so.6 libXrender.so.1 libICE.so.6 libSM.so.6 libGL.so.1 "
    "libglib-2.0.so.0 libgobject-2.0.so.0 libgthread-2.0.so.0 libgmodule-2.0.so.0 libgio-2.0.so.0"
).split()

# Loader of this machine or Debian's cross glibc, and the program of qemu-user.
MACHINES = {
    "x86_64": ("/lib64/ld-linux-x86-64.so.2", None),
    "aarch64": ("/usr/aarch64-linux-gnu/lib/ld-linux-aarch64.so.1", "qemu-aarch64-static"),
    "armv7l": ("/usr/arm-linux-gnueabihf/lib/ld-linux-armhf.so.3", "qemu-arm-static"),
    "i686": ("/usr/i686-linux-gnu/lib/ld-linux.so.2", "qemu-i386-static"),
    "ppc64le": ("/usr/powerpc64le-linux-gnu/lib/ld64.so.2", "qemu-ppc64le-static"),
    "riscv64": ("/usr/riscv64-linux-gnu/lib/ld-linux-riscv64-lp64d.so.1", "qemu-riscv64-static"),
    "s390x": ("/usr/s390x-linux-gnu/lib/ld64.so.1", "qemu-s390x-static"),
}
MUSL = "/lib/ld-musl-x86_64.so.1"
DRIVER = "/run/opengl-driver/lib"  # of NixOS
TRUSTED = re.compile(rb"(/lib/[a-z0-9_]+-linux-gnu[a-z]*/)\0(/usr/lib/[a-z0-9_]+-linux-gnu[a-z]*/)\0/lib/\0/usr/lib/\0")


class Loader:
    """A loader that can be asked what it opens for a file."""

    def __init__(self, path, libc, libs=(), emulator=None, musl=False):
        self.path, self.libc, self.libs = str(path), str(libc), [str(d) for d in libs]
        self.emulator, self.musl = emulator, musl

    def flags(self):
        return ["--interpreter", self.path, "--libc", self.libc, *(f"--lib={d}" for d in self.libs)]

    def trace(self, file):
        """What is opened for each name that is asked for when file is loaded: a real
        path, or None where it is not found. Runs nothing of file."""
        words = [self.path, "--list"] if self.musl else [self.path]
        env = {"LC_ALL": "C"}
        if self.emulator:
            words = [self.emulator, "-E", "LD_TRACE_LOADED_OBJECTS=1", *words]
        elif not self.musl:
            env["LD_TRACE_LOADED_OBJECTS"] = "1"
        run = subprocess.run([*words, str(file)], capture_output=True, env=env, cwd="/", timeout=120)
        return Trace(run.stdout.decode(errors="replace"), run.stderr.decode(errors="replace"), self.path)


class Trace:
    def __init__(self, out, err, loader):
        self.opened, self.versions, self.fatal = {}, [], ""
        for line in out.splitlines():
            if m := re.fullmatch(r"\t(.*?) => (.*) \(0x[0-9a-f]+\)", line):
                self.opened[m[1]] = os.path.realpath(m[2])
                if os.path.basename(m[2]) == os.path.basename(loader):
                    self.opened[os.path.basename(loader)] = os.path.realpath(m[2])
            elif m := re.fullmatch(r"\t(.*) => not found", line):
                self.opened.setdefault(m[1], None)
            elif m := re.fullmatch(r"\t(\S+) \(0x[0-9a-f]+\)", line):
                self.opened[m[1]] = self.opened[os.path.basename(m[1])] = os.path.realpath(m[1])
        for line in (out + err).splitlines():
            if m := re.search(r"version `(.*)' not found \(required by (.*)\)", line):
                self.versions.append((m[1], os.path.realpath(m[2])))
            elif m := re.match(r"Error loading shared library (.*): .* \(needed by .*\)", line):
                self.opened.setdefault(m[1], None)
            elif m := re.search(r"error while loading shared libraries: (.*)", line):
                self.fatal = m[1]


def host():
    """This machine's own loader, with its cache."""
    return Loader(MACHINES["x86_64"][0], "/lib/x86_64-linux-gnu")


def host_library(name):
    """The file that this machine has under a library's name, or None."""
    for d in ("/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu"):
        if os.path.exists(f"{d}/{name}"):
            return f"{d}/{name}"
    return None


class Ground:
    """A store below /tmp: its name must be short enough for the edited loaders."""

    def __init__(self):
        self.top = Path(tempfile.mkdtemp(prefix="w", dir="/tmp"))
        self.top.chmod(0o755)
        self.libs, self.more, self.extra = self.top / "libs", self.top / "more", self.top / "extra"
        for d in (self.libs, self.more, self.extra):
            d.mkdir()
        self.bytecode = self.top / "bytecode"  # of Python code, from one child to the next
        self.bytecode.mkdir()
        self.bytecode.chmod(0o777)
        self.loaders = {}
        self.python = None
        self.plain, self.dependencies = self.top / "plain", self.top / "dependencies"  # NAME-VERSION, as installed and patched

    def remove(self):
        shutil.rmtree(self.top, ignore_errors=True)

    def loader(self, machine, musl):
        """The loader for a machine, or None where this machine has none to ask."""
        key = (machine, musl)
        if key not in self.loaders:
            self.loaders[key] = self.musl(machine) if musl else self.glibc(machine)
        return self.loaders[key]

    def musl(self, machine):
        if machine != "x86_64" or not os.path.exists(MUSL):
            return None
        root = self.top / "musl"
        (root / "lib").mkdir(parents=True)
        (root / "etc").mkdir()
        (root / "etc/ld-musl-x86_64.path").write_text(f"{root}/lib\n")
        shutil.copy(os.path.realpath(MUSL), root / "lib/ld-musl-x86_64.so.1")
        return Loader(root / "lib/ld-musl-x86_64.so.1", root / "lib", musl=True)

    def glibc(self, machine):
        source, emulator = MACHINES.get(machine, (None, None))
        if not source or not os.path.exists(source) or emulator and not shutil.which(emulator):
            return None
        data = Path(source).read_bytes()
        found = TRUSTED.search(data)
        if not found:
            return None
        head = f"{self.top}/{machine[0]}"
        libc = head + "c" * (len(found[1]) - 1 - len(head))
        edited = b"%s/\0/NON%s\0/NON/\0/NON/NON/\0" % (libc.encode(), found[1].upper())
        assert len(edited) == len(found[0]), (edited, found[0])
        data = data.replace(found[0], edited).replace(b"/etc/ld.so.cache\0", b"/NON/ld.so.cache\0")
        os.mkdir(libc)
        name = os.path.basename(source)
        Path(libc, name).write_bytes(data)
        os.chmod(f"{libc}/{name}", 0o755)
        own = "/lib/x86_64-linux-gnu" if machine == "x86_64" else os.path.dirname(source)
        for lib in GLIBC:
            if os.path.exists(f"{own}/{lib}"):
                shutil.copy(os.path.realpath(f"{own}/{lib}"), f"{libc}/{lib}")
        libs = self.top / f"libs-{machine}" if emulator else self.libs
        libs.mkdir(exist_ok=True)
        loader = Loader(f"{libc}/{name}", libc, [libs], emulator and shutil.which(emulator))
        if emulator:
            for lib in MANYLINUX:
                if os.path.exists(f"{own}/{lib}"):
                    shutil.copy(os.path.realpath(f"{own}/{lib}"), libs / lib)
                else:
                    stub(machine, libs / lib)
        else:
            for lib in MANYLINUX:
                self.copy(lib, self.libs)
            # numba asks for this file name, which is no soname.
            os.symlink("libgomp.so.1", self.libs / "libgomp.so.1.0.0")
        return loader

    def copy(self, name, to):
        """Copies a library of this machine, and what it needs into a directory that
        is searched for these copies alone. Reports whether there is such a library."""
        source = host_library(name)
        if not source:
            return False
        needed = host().trace(source).opened
        for lib, path in [(name, source), *needed.items()]:
            target = (to if lib == name else self.more) / lib
            if lib.startswith(("/", "ld-linux", "linux-vdso")) or lib in GLIBC or not path or target.exists():
                continue
            if lib != name and (self.libs / lib).exists():
                continue
            shutil.copy(os.path.realpath(path), target)
            self.runpath(target)
        return True

    def runpath(self, file):
        quiet(["patchelf", "--set-rpath", f"{self.libs}:{self.more}", str(file)])

    def supply(self, name):
        """The directory of this machine's copy of a library that the packager would
        have to add to buildInputs, or None."""
        if "/" in name:
            return None
        if not (self.extra / name).exists():
            (self.extra / name).mkdir()
            if not self.copy(name, self.extra / name):
                (self.extra / name).rmdir()
                return None
        return self.extra / name

    def finds(self, path, names):
        """Reports whether the loader finds one of these libraries for an object of this
        search path that opens them: for one that needs them, since dlopen(3) searches alike."""
        probe = self.top / "probe.so"
        if not probe.exists():
            quiet(["gcc", "-shared", "-nostdlib", "-o", str(probe), "-x", "c", "/dev/null"])
        for name in names:
            quiet(["patchelf", "--add-needed", name, "--output", f"{probe}.1", str(probe)])
            quiet(["patchelf", "--set-rpath", ":".join(path), f"{probe}.1"])  # in one call patchelf 0.14 mixes them up
            if self.loader("x86_64", False).trace(f"{probe}.1").opened.get(name):
                return True
        return False

    def store_python(self):
        """This machine's Python under the store's loader."""
        if not self.python:
            self.make_python()
        return self.python

    def make_python(self):
        loader = self.loader("x86_64", False)
        home = self.top / "python"
        (home / "bin").mkdir(parents=True)
        python = home / "bin" / f"python{sysconfig.get_python_version()}"
        stdlib = Path(sysconfig.get_path("stdlib"))
        skip = shutil.ignore_patterns("__pycache__", "test", "config-*", "site-packages", "dist-packages", "sitecustomize.py")
        shutil.copytree(stdlib, home / "lib" / stdlib.name, ignore=skip)
        shutil.copy(os.path.realpath(sys.executable), python)
        for file in [python, *home.rglob("*.so")]:
            for lib, path in host().trace(file).opened.items():
                if path and not lib.startswith(("/", "ld-linux", "linux-vdso")) and lib not in GLIBC:
                    if not (self.libs / lib).exists():
                        self.copy(lib, self.more)
            self.runpath(file)
        quiet(["patchelf", "--set-interpreter", loader.path, str(python)])
        self.python = python


def stub(machine, file):
    """A library without code, with the symbol versions of this machine's."""
    compiler = {"aarch64": "aarch64-linux-gnu-gcc"}.get(machine)
    source = host_library(file.name)
    if not compiler or not shutil.which(compiler) or not source:
        return
    said = quiet(["readelf", "-VW", source])
    names = re.findall(r"Rev: \d+  Flags: (?:none|WEAK)  Index: \d+  Cnt: \d+  Name: (\S+)", said)
    script = file.with_suffix(".map")
    script.write_text("".join(f"{v} {{}};\n" for v in names))
    words = [compiler, "-shared", "-nostdlib", f"-Wl,-soname,{file.name}", "-o", str(file), "-x", "c", "/dev/null"]
    quiet(words + [f"-Wl,--version-script={script}"] * bool(names))
    script.unlink()


def quiet(words):
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout
