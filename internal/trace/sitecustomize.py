# Written by wheel-auto-patch trace, which takes it away again: says which line of Python
# asks for a library. Of what runs it changes the module _cffi_backend alone, which opens
# libraries without a word to audit hooks: its calls are noted, and do what they did.
import sys


def _trace():
    import os

    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [p for p in sys.path if os.path.abspath(p) != here]
    output = os.path.join(os.path.dirname(here), "python.")
    own = globals()
    notes = set()

    def escaped(text):
        if isinstance(text, (list, tuple)):
            text = text[0]
        if not isinstance(text, str):
            text = os.fsdecode(text)
        for char in "%\t\n\r":
            text = text.replace(char, "%%%02X" % ord(char))
        return text

    def caller(frame, want=None):
        # The frame of the code that asks: not the module ctypes, not the import system.
        name = None
        while frame is not None:
            module = frame.f_globals.get("__name__") or ""
            if name and module.partition(".")[0] == "cffi":
                return name, None, 0  # it tries a name that it has opened in vain
            if want and frame.f_code.co_name == want and module == "ctypes.util":
                name = frame.f_locals.get("name")
            inner = (
                frame.f_globals is own
                or module in ("subprocess", "importlib")
                or module.partition(".")[0] in ("ctypes", "cffi")
                or module.startswith("importlib.")
                or frame.f_code.co_filename.startswith("<frozen ")
            )
            if not inner and (name or not want):
                return name, frame.f_code.co_filename, frame.f_lineno
            frame = frame.f_back
        return name, "", 0

    def note(kind, name, file="", line=0):
        text = "%s\t%s\t%s\t%d\n" % (kind, escaped(name), escaped(file), line)
        key = (os.getpid(), text)
        if key in notes or len(notes) >= 10000:
            return
        notes.add(key)
        out = os.open(output + str(key[0]), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(out, text.encode("utf-8", "surrogateescape"))
        finally:
            os.close(out)

    def started(program, env):
        names = os.environ if env is None else env
        if "LD_DEBUG_OUTPUT" not in names and b"LD_DEBUG_OUTPUT" not in names:
            note("cleared", program)

    def opens(name):
        if isinstance(name, (str, bytes)) and name:
            note("cffi", name, *caller(sys._getframe())[1:])

    def watch_cffi(backend):
        base, load = backend.FFI, backend.load_library

        class Meta(type):
            def __instancecheck__(cls, it):
                return isinstance(it, base)

        class FFI(base, metaclass=Meta):
            def dlopen(self, *args, **names):
                opens(args[0] if args else names.get("name"))
                return super().dlopen(*args, **names)

        def load_library(*args, **names):
            opens(args[0] if args else names.get("name"))
            return load(*args, **names)

        FFI.__module__, FFI.__qualname__, FFI.__doc__ = base.__module__, base.__qualname__, base.__doc__
        backend.FFI, backend.load_library = FFI, load_library

    def once_imported(name, then):
        # The audit event of an import comes before there is a module.
        before, left = sys.getprofile(), [1000]

        def look(frame, event, arg):
            module = sys.modules.get(name)
            left[0] -= 1
            if hasattr(module, "FFI") and hasattr(module, "load_library"):
                left[0] = 0
                try:
                    then(module)
                except Exception:
                    pass
            if left[0] <= 0:
                sys.setprofile(before)

        sys.setprofile(look)

    def hook(event, args):
        try:
            if event == "import" and args[1]:
                note("import", args[1], *caller(sys._getframe())[1:])
                if args[0] == "_cffi_backend":
                    once_imported(args[0], watch_cffi)
            elif event == "ctypes.dlopen" and args[0]:
                note("ctypes", args[0], *caller(sys._getframe())[1:])
            elif event == "subprocess.Popen":
                name, file, line = caller(sys._getframe(), "find_library")
                if name:
                    if file is not None:
                        note("find_library", name, file, line)
                    note("helper", args[0] or args[1])
                else:
                    started(args[0] or args[1], args[3])
            elif event in ("os.exec", "os.posix_spawn"):
                started(args[0], args[2])
        except Exception:
            pass

    # The sitecustomize that this one hides.
    import _frozen_importlib as importer
    import _frozen_importlib_external as paths

    spec = paths.PathFinder.find_spec("sitecustomize")
    sys.addaudithook(hook)
    if spec is not None and spec.loader is not None:
        module = importer.module_from_spec(spec)
        sys.modules["sitecustomize"] = module
        spec.loader.exec_module(module)


# Older Pythons have no such hooks: PEP 578 is of 3.8.
if hasattr(sys, "addaudithook"):
    _trace()
