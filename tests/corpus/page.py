"""docs/wheels.md, made of the results and of notes.tsv."""

import collections
import csv
import fnmatch
import re

HEAD = """\
# Real wheels

Made by `make corpus` on {dates}, with {versions}.
{rounds}{count} wheels of PyPI were tried, each pinned by its sha256 in
[tests/corpus/wheels.tsv](../tests/corpus/wheels.tsv): {good} went through every check,
{explained} have a sentence that says what happened{unexplained}.

Look up your wheel before you package it. `wheelAutoPatchHook` alone is enough where
**what to write** is empty. Else put the named attributes of Nixpkgs into `buildInputs`.
`ignore NAME` is a library that few users need, or for which no attribute is known: add its
name to `wheelAutoPatchIgnoreMissingDeps`. Another version of a wheel mostly needs the same:
`wheel-auto-patch explain FILE` says it for yours.

## What was checked

- `verify` accepts the wheel; pip and pypa `installer` install the same files.
- `check` of the untouched tree gives no error that the loader of the machine does not give.
- `patch` succeeds under a loader that searches the store alone, with the libraries of the
  manylinux tag, the wheel's Python dependencies and what has to be written.
- Each needed library of each object is then opened by that loader at the very path that
  `check` reports; a second `patch` touches no file; every row of RECORD is true.
- Each directory that the search path of an object got has a library that the object names.
- Each library that an object opens by name, and that somebody here has, is found by that
  loader for a probe with the search path of the object.

| tried | what it means |
| --- | --- |
| loaded | libraries that `dlopen` loaded before the patch and loads after it, at most 50 a wheel |
| imported | modules that Python imported before and imports after, with the wheel's dependencies installed and patched, at most 12 |
| started | programs that end alike before and after with `--version` or `--help`, at most 12 |
| loader | the loader's answer alone: another machine (in qemu), another C library, another Python |

**Objects** are ELF files, **edited** those that `patch` rewrote: in the others the way that
the wheel's maker wrote already leads to every library.

## Totals

{totals}

## Objects edited

What `patch --dry-run` says of each layout ([hook.md](hook.md)). The default, auto, is origin
but for edits of more than 64 MiB. First all wheels, then those where links save most.

| wheel | objects | origin | link |
| --- | ---: | ---: | ---: |
{edited}

## Libraries opened by name

Names of libraries that objects hold in their data or in `.note.dlopen`, and that Python code
gives to ctypes or cffi: in how many wheels they stand, in how many of these the wheel itself,
an input or the driver has them once it is patched, and in how many nobody has, so that
`patch` tells of objects that name them, and `explain` of all. {names}

| name | wheels | served | told | has it |
| --- | ---: | ---: | ---: | --- |
{opened}

## The wheels

The program that tried a wheel is the commit that it was built from.

| project | version | for | objects | edited | what to write | tried | result | program |
| --- | --- | --- | ---: | ---: | --- | --- | --- | --- |
"""


def text(pins, results, notes):
    with open(notes, newline="", encoding="utf-8") as f:
        explanations = list(csv.DictReader(f, delimiter="\t"))
    rows, tally = [], collections.Counter()
    pins = sorted(pins, key=lambda p: (p["project"].lower().replace("_", "-"), p["version"], p["file"]))
    for pin in pins:
        result = results.get(pin["sha256"])
        if not result:
            tally["untried"] += 1
            rows.append(f"| {pin['project'].lower().replace('_', '-')} | {pin['version']} | {tags(pin['file'])} | | | | | not tried yet | |")
            continue
        said, kind = verdict(result, explanations)
        tally[kind] += 1
        for key in ("objects", "edits", "needs", "dlopen", "imports", "programs"):
            tally[key] += result.get(key, 0)
        tally["to write"] += bool(result.get("write"))
        cells = [pin["project"].lower().replace("_", "-"), pin["version"], tags(pin["file"]), result.get("objects", 0), result.get("edits", 0),
                 writes(result.get("write", [])), tried(result), said, result["program"]]  # fmt: skip
        rows.append("| " + " | ".join(str(c).replace("|", "\\|") for c in cells) + " |")
    done = [r for p in pins if (r := results.get(p["sha256"]))]
    dates = sorted({r["date"] for r in done})
    unexplained = ", ".join(f"{tally[k]} {words}" for k, words in (("failed", "failed and nobody has said why yet"), ("untried", "are not tried yet")) if tally[k])
    head = HEAD.format(
        dates=" to ".join(dict.fromkeys([dates[0], dates[-1]])) if dates else "no day",
        versions=versions(done), count=len(done), good=tally["good"], explained=tally["explained"],
        rounds=rounds(done), unexplained=f"; {unexplained}" if unexplained else "", totals=totals(tally, done),
        edited=edited(done), **opened(done),
    )  # fmt: skip
    return head + "\n".join(rows) + "\n"


def verdict(result, explanations):
    """The last cell of a wheel's row, and whether it is good, explained or failed."""
    if not result["failures"]:
        return "; ".join(["good", *result["notes"]]), "good"
    sentences, kind = [], "explained"
    for stage, what in result["failures"]:
        known = [e["sentence"] for e in explanations if fnmatch.fnmatch(result["file"], e["file"]) and stage == e["stage"] and e["says"] in what]
        if not known:
            kind = "failed"
        sentences.append(known[0] if known else f"**{stage}**: {plain(what)}")
    sentences = list(dict.fromkeys(sentences))
    return "; ".join(sentences[:5] + result["notes"]), kind


def plain(text):
    return re.sub(r"\s+", " ", text).replace("*", "\\*").replace("<", "&lt;")[:200]


def tags(file):
    """The platform and Python of a wheel, short: the newest platform tag."""
    python, abi, platform = file.removesuffix(".whl").split("-")[-3:]
    return f"{platform.split('.')[-1]}, {python if abi == 'none' else python + ' ' + abi if abi != python else abi}"


def writes(items):
    names = [i for i in items if not i.startswith("ignore ")]
    ignored = [i.removeprefix("ignore ") for i in items if i.startswith("ignore ")]
    words = [f"`{n}`" for n in names]
    if ignored:
        more = f" and {len(ignored) - 4} more" if len(ignored) > 5 else ""
        words.append("ignore " + " ".join(f"`{i}`" for i in (ignored[:4] if more else ignored)) + more)
    return ", ".join(words)


def tried(result):
    parts = [f"{result[k]} {word}" for k, word in (("dlopen", "loaded"), ("imports", "imported"), ("programs", "started")) if result.get(k)]
    return ", ".join(parts) or ("loader" if result.get("objects") else "")


def rounds(done):
    """Says which results are of a run that asked less."""
    last = max((r["round"] for r in done), default=0)
    earlier = sum(r["round"] < last for r in done)
    if not earlier:
        return ""
    return f"{earlier} of the results are of an earlier run, which did not ask about libraries opened by name, nor about layouts.\n"


def edited(done):
    """Rows of the objects that the layouts origin and link edit."""
    planned = [r for r in done if len(r.get("edited", {})) == 2]
    sums = {key: sum(r["edited"][key] for r in planned) for key in ("origin", "link")}
    rows = [(f"all {len(planned)}", sum(r["objects"] for r in planned), sums["origin"], sums["link"])]
    best = sorted(planned, key=lambda r: (r["edited"]["link"] - r["edited"]["origin"], r["file"]))
    rows += [("-".join(r["file"].split("-")[:2]), r["objects"], r["edited"]["origin"], r["edited"]["link"]) for r in best[:12]]
    return "\n".join(f"| {name} | {objects:,} | {origin:,} | {link:,} |" for name, objects, origin, link in rows)


SERVED = {"wheel": "wheel", "sibling": "wheel", "input": "input", "driver": "driver", "libc": "C library"}


def opened(done):
    """Rows of the libraries that are opened by name, those of most wheels first."""
    wheels, served, told, has = (collections.defaultdict(set) for _ in range(4))
    for r in done:
        for o in r.get("opened", []):
            name, who = o["names"][0], o.get("served") or o["from"]
            wheels[name].add(r["file"])
            (served if who in SERVED else told)[name].add(r["file"])
            if who in SERVED:
                has[name].add(SERVED[who])
            if o["attribute"]:
                has[name].add(f"`{o['attribute']}`")
    rows = []
    for name in sorted(wheels, key=lambda n: (-len(wheels[n]), n)):
        rows.append(f"| `{name}` | {len(wheels[name])} | {len(served[name])} | {len(told[name])} | {', '.join(sorted(has[name]))} |")
    proved = sum(r.get("proved", 0) for r in done)
    naming = len({f for files in wheels.values() for f in files})
    names = f"{len(wheels)} names stand in {naming} wheels; the loader found {proved:,} of them for the objects that open them."
    return {"opened": "\n".join(rows), "names": names}


def versions(done):
    def of(key):
        return ", ".join(sorted({r[key] for r in done if key in r}))

    program = sorted({r["program"] for r in done})
    return f"{len(program)} builds of wheel-auto-patch, {of('patchelf')}, {of('glibc')} and {of('python')}"


def totals(tally, done):
    count = collections.Counter(tags(r["file"]).split(",")[0] for r in done)
    musl = sum(n for p, n in count.items() if p.startswith("musllinux"))
    refused = collections.Counter(n.removeprefix("refused: ").split(" damages")[0] for r in done for n in r["notes"] if n.startswith("refused: "))
    foreign = sum(n for p, n in count.items() if p.startswith("manylinux") and not p.endswith("x86_64"))
    lines = [
        f"{tally['objects']:,} objects, {tally['edits']:,} edited, {tally['needs']:,} needed libraries compared with the loader;",
        f"{tally['dlopen']:,} libraries loaded, {tally['imports']:,} modules imported and {tally['programs']:,} programs started as before.",
        f"{tally['to write']} wheels need something written. {foreign} wheels are for glibc on another machine, {musl} for musl.",
    ]
    lines += [f"The work of {which} was refused for {n} of them, and done again by a newer one." for which, n in refused.items()]
    return "\n".join(lines)


