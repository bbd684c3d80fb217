package record

// headerEdits are scripts of the wheel with other first lines.
func headerEdits() []treeEdit {
	const script, bin = "../../../bin/demo-run", "bin/demo-run"
	header := func(title, wheel, head string, want ...string) treeEdit {
		return treeEdit{Name: title, Edit: func(t *Tree) {
			t.Wheel = Good()
			t.Wheel.set("demo-1.0.data/scripts/demo-run", wheel+"print(42)\n")
			t.Set(script, head+"print(42)\n")
		}, Want: want}
	}
	edits := []treeEdit{
		header("a script with arguments that are kept", "#!python -E\n", "#!/usr/bin/python3 -E\n"),
		header("a script with arguments that are dropped", "#!python -E\n", "#!/usr/bin/python3\n"),
		header("a script with a window and arguments", "#!pythonw -E\n", "#!/usr/bin/python3 -E\n"),
		header("a script with other arguments", "#!python -E\n", "#!/usr/bin/python3 -S\n", "record-hash-mismatch "+bin),
		header("a script whose CR was dropped", "#!python\r\n", "#!/usr/bin/python3\n"),
		header("a script that no installer rewrites", "#!/usr/bin/perl\n", "#!/usr/bin/python3\n", "record-hash-mismatch "+bin),
	}
	for title, head := range goodHeaders() {
		edits = append(edits, header("a script with "+title, "#!python\n", head))
	}
	for title, head := range badHeaders() {
		edits = append(edits, header("a script with "+title, "#!python\n", head, "record-hash-mismatch "+bin))
	}
	return edits
}

// goodHeaders are what installers write for the line "#!python".
func goodHeaders() map[string]string {
	return map[string]string{
		"a store path":               "#!/nix/store/0123456789abcdfghijklmnpqrsvwxyz-python3-3.11/bin/python3.11\n",
		"env":                        "#!/usr/bin/env python3\n",
		"a build without the lock":   "#!/opt/bin/python3.13t\n",
		"PyPy":                       "#!/usr/bin/pypy3.10\n",
		"three lines of distlib":     "#!/bin/sh\n'''exec' /a/long/path/python3.11 \"$0\" \"$@\"\n' '''\n",
		"three lines with a blank":   "#!/bin/sh\n'''exec' \"/a path/python3\" \"$0\" \"$@\"\n' '''\n",
		"three lines as uv has them": "#!/bin/sh\n'''exec' '/a (long) path/python3' \"$0\" \"$@\"\n' '''\n",
	}
}

// badHeaders would run something else, or more.
func badHeaders() map[string]string {
	return map[string]string{
		"an interpreter of another language": "#!/usr/bin/perl\n",
		"a shell":                            "#!/bin/sh\n",
		"a relative interpreter":             "#!python3\n",
		"an interpreter of a like name":      "#!/usr/bin/python3-evil\n",
		"an interpreter in a folder python":  "#!/usr/bin/python3/x\n",
		"a folder":                           "#!/usr/bin/python3/\n",
		"no interpreter":                     "#!\n",
		"env of another program":             "#!/usr/bin/env sh\n",
		"env with a variable":                "#!/usr/bin/env X=1 python3\n",
		"env in another folder":              "#!/tmp/env python3\n",
		"arguments that the wheel has not":   "#!/usr/bin/python3 -c evil\n",
		"a carriage return":                  "#!/usr/bin/python3\r\n",
		"a carriage return in the line":      "#!/usr/bin/evil\r/bin/python\n",
		"a tab":                              "#!/usr/bin/evil\t/python3\n",
		"NUL":                                "#!/usr/bin/evil\x00/python3\n",
		"a second line":                      "#!/usr/bin/python3\nevil()\n",
		"no header":                          "",
		"three lines with a command":         "#!/bin/sh\n'''exec' /evil;/bin/python3 \"$0\" \"$@\"\n' '''\n",
		"three lines with a substitution":    "#!/bin/sh\n'''exec' \"/$(evil)/python3\" \"$0\" \"$@\"\n' '''\n",
		"three lines with more quotes":       "#!/bin/sh\n'''exec' '/a''' + evil() + '''/python3' \"$0\" \"$@\"\n' '''\n",
		"three lines with an argument":       "#!/bin/sh\n'''exec' /bin/python3 -c x \"$0\" \"$@\"\n' '''\n",
		"three lines and a bare blank":       "#!/bin/sh\n'''exec' /bin/evil /bin/python3 \"$0\" \"$@\"\n' '''\n",
		"three lines with a shell":           "#!/bin/sh\n'''exec' /bin/sh \"$0\" \"$@\"\n' '''\n",
		"three lines and code in the second": "#!/bin/sh\n'''exec' python \"$0\"\n' '''\n",
		"three lines and code in the third":  "#!/bin/sh\n'''exec' /bin/python3 \"$0\" \"$@\"\n' '''; evil()\n",
		"three lines and code behind them":   "#!/bin/sh\n'''exec' /bin/python3 \"$0\" \"$@\"\n' '''\nevil()\n",
		"three lines with CR":                "#!/bin/sh\r\n'''exec' /bin/python3 \"$0\" \"$@\"\r\n' '''\r\n",
		"three lines of bash":                "#!/bin/bash\n'''exec' /bin/python3 \"$0\" \"$@\"\n' '''\n",
	}
}
