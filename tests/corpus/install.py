"""Installs wheels as pip and pypa installer do, and holds documents to a JSON Schema, each
time in a child of a process that has these in memory, for starting them costs more than what
they do.

Reads requests from standard input, one JSON object a line: {"tool": "pip", "installer" or
"schema", "words": [ARGUMENT], "environment": {NAME: VALUE}, "out": FILE for what is printed}.
The arguments of schema are the files of a schema and of a document.
Answers each with its exit status on a line.
"""

import json
import os
import sys
import traceback

import installer.__main__
import jsonschema
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
        elif request["tool"] == "schema":
            schema, document = (json.load(open(f, encoding="utf-8")) for f in request["words"])
            for e in jsonschema.Draft202012Validator(schema).iter_errors(document):
                print(e.json_path, e.message[:200])
            status = 0
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
