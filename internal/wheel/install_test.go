package wheel_test

import (
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/tests/record"
)

// Rule: of two members that an installer would put in one place, the later is
// unsafe: purelib and platlib are both site-packages, as is lib/pythonX.Y/site-packages
// of data; no other place is.
func TestMembersInstalledOverOneAnother(t *testing.T) {
	const data = "demo-1.0.data/"
	over := func(name string) string { return "it would be installed over " + name }
	for _, c := range []struct{ first, second, want string }{
		{data + "purelib/x.py", data + "platlib/x.py", over(data + "purelib/x.py")},
		{data + "platlib/x.py", data + "purelib/x.py", over(data + "platlib/x.py")},
		{data + "scripts/x", data + "data/bin/x", over(data + "scripts/x")},
		{"x.py", data + "platlib/x.py", over("x.py")},
		{"x.py", data + "data/lib/python3.9/site-packages/x.py", over("x.py")},
		{data + "purelib/x.py", data + "data/lib64/pypy3.10/site-packages/x.py", over(data + "purelib/x.py")},
		{data + "data/lib/python3/dist-packages/x.py", data + "platlib/x.py", over(data + "data/lib/python3/dist-packages/x.py")},
		{data + "data/lib/python3.11/site-packages/x.py", data + "scripts/x.py", ""},
		{"x.py", data + "data/lib/x.py", ""},
		{"x.py", data + "data/share/lib/python3.9/site-packages/x.py", ""},
		{data + "purelib/x.py", data + "platlib/y.py", ""},
		{data + "purelib/x.py", data + "data/x.py", ""},
		{data + "purelib/x.py", data + "scripts/x.py", ""},
	} {
		w := record.Good()
		w.Add(c.first, "1")
		w.Add(c.second, "2")
		a := open(t, w)
		if first, second := lastFault(a, c.first), lastFault(a, c.second); first != "" || second != c.want {
			t.Errorf("%s, %s: %q, %q; want %q", c.first, c.second, first, second, c.want)
		}
	}
}
