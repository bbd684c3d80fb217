"""Installs wheels as pip and pypa installer do, each time in a child of a process that has
both in memory, for starting pip costs more than what it does.

Reads requests from standard input, one JSON object a line: {"tool": "pip" or "installer",
"words": [ARGUMENT], "environment": {NAME: VALUE}, "out": FILE for what is printed}.
Answers each with its exit status on a line.
"""

import json
import os
import sys
import traceback

import installer.__main__
import pip._internal.commands.download
import pip._internal.commands.install
import pip._internal.models.wheel
import pip._internal.resolution.resolvelib.resolver
from pip._internal.cli.main import main as pip_main


def accept_every_tag():
    """Has pip install wheels of other machines too."""
    every = pip._internal.models.wheel.Wheel
    every.supported = lambda self, tags: True
    every.support_index_min = every.find_most_preferred_tag = lambda self, *tags: 0


def child(request):
    out = os.open(request["out"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(out, 1)
    os.dup2(out, 2)
    os.environ.clear()
    os.environ.update(request["environment"])
    try:
        if request["tool"] == "installer":
            status = installer.__main__._main(request["words"], "installer")
        else:
            if "--no-index" in request["words"]:
                accept_every_tag()
            status = pip_main(request["words"])
    except SystemExit as e:
        status = e.code
    except BaseException:
        traceback.print_exc()
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(int(status or 0))


for line in sys.stdin:
    pid = os.fork()
    if pid == 0:
        child(json.loads(line))
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
