"""Loads objects and imports modules, each in a child of its own: python load.py REQUEST.

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


def module(name):
    import importlib

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
    for job, key in ((dlopen, "dlopen"), (module, "import")):
        for what in request[key]:
            answer[key][what] = attempt(job, what, request["sites"], request["seconds"])
    json.dump(answer, sys.stdout)


main()
