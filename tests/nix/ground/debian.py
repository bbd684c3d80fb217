"""What Nixpkgs' attributes have, from Debian: debian.py CACHE [-k] ATTRIBUTE…

Which libraries an attribute has says the provider table (internal/providers), which
package of Debian has a library its soname (Debian Policy, 8.1) or debian-names. The packages,
and those of the libraries that they need in turn, are downloaded to CACHE/debs.
CACHE/more.json says for libs.nix what is in which:

    { ATTRIBUTE: { "libs": { SONAME: PACKAGE }, "needs": [PACKAGE…] } }
"""

import fnmatch
import functools
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

here = pathlib.Path(__file__).parent
table = here / "../../../internal/providers/sonames.tsv"


def rows(file, separator=None):
    for line in file.read_text().splitlines():
        if line and not line.startswith("#"):
            yield line.split(separator)


def sonames(attribute):
    """The libraries of an attribute; icu* has libicuuc.so.*."""
    found = []
    for soname, of, *_ in rows(table, "\t"):
        prefix, star, suffix = of.partition("*")
        if star and attribute.startswith(prefix) and attribute.endswith(suffix) and len(attribute) > len(prefix + suffix):
            found.append(soname.replace("*", attribute[len(prefix) : len(attribute) - len(suffix)]))
        elif of == attribute:
            found.append(soname)
    return found


def by_policy(soname):
    """The names that a package of this library may have, the likeliest first."""
    name, so, version = soname.partition(".so")
    if not so:
        return
    name = name.lower().replace("_", "-")
    version = version.removeprefix(".")
    while True:
        for stem in (name, re.sub(r"-(?=\d)", "", name)):
            package = stem + ("-" if stem[-1].isdigit() and version else "") + version
            yield package
            yield package + "t64"
        if "." not in version:
            return
        version = version.rpartition(".")[0]


def package_of(soname):
    version = soname.partition(".so.")[2]
    names = [
        package.replace("*", version)
        for glob, package in rows(here / "debian-names")
        if fnmatch.fnmatchcase(soname, glob)
    ]
    names = [suffixed for name in names for suffixed in (name, name + "t64")]
    return next((name for name in [*names, *by_policy(soname)] if name in known()), None)


@functools.cache
def known():
    """The packages of Debian; a fresh machine has no list of them yet."""

    def listed():
        return set(subprocess.run(["apt-cache", "pkgnames"], capture_output=True, text=True).stdout.split())

    if "libxcb-xv0" not in listed() and os.getuid() == 0:
        subprocess.run(["apt-get", "-q", "update"], capture_output=True)
    return listed()


def download(packages):
    missing = [p for p in packages if not (debs / f"{p}.deb").exists()]
    if not missing:
        return
    print(f"from Debian: {' '.join(missing)}", file=sys.stderr)
    with tempfile.TemporaryDirectory() as new:
        os.chmod(new, 0o755)
        done = subprocess.run(["apt-get", "-q", "download", *missing], cwd=new, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"debian: {done.stderr.strip()}\ndebian: run apt-get update first")
        for deb in pathlib.Path(new).glob("*.deb"):
            package = deb.name.partition("_")[0]
            (debs / f".{package}.new").write_bytes(deb.read_bytes())
            (debs / f".{package}.new").rename(debs / f"{package}.deb")


@functools.cache
def needs(package):
    """What the shared objects of a downloaded package ask for, and which they are."""
    with tempfile.TemporaryDirectory() as tree:
        subprocess.run(["dpkg-deb", "-x", debs / f"{package}.deb", tree], check=True)
        files = [f for f in pathlib.Path(tree).rglob("lib*.so*") if f.is_file() and not f.is_symlink()]
        if not files:
            return set(), set()
        read = subprocess.run(["readelf", "-dW", *files], capture_output=True, text=True).stdout
        names = {f.name for f in pathlib.Path(tree).rglob("lib*.so*")}
    return set(re.findall(r"\(NEEDED\).*\[(.*)\]", read)), names | set(re.findall(r"\(SONAME\).*\[(.*)\]", read))


def describe(attribute):
    wanted = {soname: package_of(soname) for soname in sonames(attribute)}
    if not wanted:
        raise LookupError(f"debian: the provider table has no attribute {attribute}")
    packages = sorted({package for package in wanted.values() if package})
    download(packages)
    has = {package: needs(package)[1] for package in packages}
    libs = {soname: package for soname, package in wanted.items() if package and soname in has[package]}
    without = sorted(set(wanted) - set(libs))
    if not libs:
        raise LookupError(f"debian: {attribute}: Debian has none of {' '.join(without)}")
    if without:
        print(f"debian: {attribute}: Debian has no {' '.join(without)}", file=sys.stderr)

    # Those of the ground are packages there.
    ground = {package for [package] in rows(here / "debs")}
    closure, names, todo = set(), set(), set(libs.values()) - ground
    while todo:
        download(sorted(todo))
        closure |= todo
        needed = set()
        for package in todo:
            asks, brings = needs(package)
            needed |= asks
            names |= brings
        todo = {package_of(soname) for soname in needed - names} - ground - closure - {None}
    return {"libs": libs, "needs": sorted(closure)}


cache = pathlib.Path(sys.argv[1])
debs = cache / "debs"
described, going = {}, False
for attribute in sys.argv[2:]:
    if attribute == "-k":  # what Debian has nothing of is left out
        going = True
        continue
    try:
        described[attribute] = describe(attribute)
    except LookupError as error:
        if not going:
            sys.exit(str(error))
        print(error, file=sys.stderr)
(cache / "more.json").write_text(json.dumps(described, indent=1, sort_keys=True) + "\n")
