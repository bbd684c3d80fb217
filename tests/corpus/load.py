"""Loads objects and imports modules: python load.py REQUEST. Each object is loaded in a
child of its own; modules are imported in one, and where that fails each in its own.

REQUEST is a JSON file {"sites": [DIR], "dlopen": [FILE], "import": [NAME], "seconds": N}.
Prints a JSON object: for each file and name "ok", or what went wrong in one line.
This runs code of wheels. It must be started without a network and with a home of its own.
"""

import json
import os
import select
import signal
import sys
import time


def dlopen(file):
    import ctypes

    ctypes.CDLL(file, mode=os.RTLD_NOW)


def module(names):
    import importlib

    for name in names:
        importlib.import_module(name)


def attempt(job, what, sites, seconds):
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        os.setsid()
        null = os.open(os.devnull, os.O_RDWR)
        for fd in (0, 1, 2):
            os.dup2(null, fd)
        try:
            if job is module:
                import site

                for d in sites:
                    site.addsitedir(d)
            job(what)
            said = "ok"
        except BaseException as e:
            said = f"{type(e).__name__}: {e}"
        os.write(write, said.encode(errors="replace")[:2000])
        os._exit(0)  # no destructor of what was loaded decides the answer
    os.close(write)
    said = b""
    end = time.monotonic() + seconds
    while select.select([read], [], [], max(0, end - time.monotonic()))[0]:
        piece = os.read(read, 4096)
        if not piece:
            break
        said += piece
    late = time.monotonic() >= end
    try:
        os.killpg(child, signal.SIGKILL)
    except ProcessLookupError:
        pass
    _, status = os.waitpid(child, 0)
    os.close(read)
    if said:
        return " ".join(said.decode(errors="replace").split())
    if late:
        return f"no answer in {seconds} s"
    return f"killed by {signal.Signals(os.WTERMSIG(status)).name}" if os.WIFSIGNALED(status) else "exit"


def main():
    with open(sys.argv[1]) as f:
        request = json.load(f)
    import ctypes  # noqa: F401  once, for all children

    answer = {"dlopen": {}, "import": {}}
    sites, seconds = request["sites"], request["seconds"]
    for file in request["dlopen"]:
        answer["dlopen"][file] = attempt(dlopen, file, sites, seconds)
    if attempt(module, request["import"], sites, seconds) == "ok":
        answer["import"] = dict.fromkeys(request["import"], "ok")
    else:
        for name in request["import"]:
            answer["import"][name] = attempt(module, [name], sites, seconds)
    json.dump(answer, sys.stdout)


main()
