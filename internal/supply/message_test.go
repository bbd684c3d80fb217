package supply

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/ldso"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/providers"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pyname"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/symver"
)

var updateGolden = flag.Bool("update", false, "write testdata/*.golden anew")

const (
	testOut  = "/nix/store/0123456789abcdfghijklmnpqrsvwxyz-opencv-python-5.0.0.93"
	testZlib = "/nix/store/1123456789abcdfghijklmnpqrsvwxyz-zlib-1.3.1/lib"
	testGcc  = "/nix/store/2123456789abcdfghijklmnpqrsvwxyz-gcc-13.3.0-lib/lib"
	testLibc = "/nix/store/3123456789abcdfghijklmnpqrsvwxyz-glibc-2.40/lib"
)

func testContext() Context {
	show := func(path string) string {
		if rest, ok := strings.CutPrefix(path, testOut); ok {
			return "$out" + rest
		}
		return ""
	}
	return Context{Show: show, Libs: []string{testZlib, testGcc}}
}

func need(soname string, objects ...string) Need {
	m := Need{Soname: soname}
	for _, o := range objects {
		m.By = append(m.By, Requester{Path: "lib/python3.12/site-packages/" + o, Searched: []ldso.Place{
			{Via: ldso.Runpath, Object: o, Dir: testOut + "/lib/python3.12/site-packages/opencv_python.libs"},
			{Via: ldso.Default, Dir: testLibc},
		}})
	}
	return m
}

func leaf(m Need) Need {
	for i := range m.By {
		m.By[i].Plugin = true
	}
	return m
}

func requiring(m Need, dists ...string) Need {
	for _, dist := range dists {
		m.Wheel.Requires = append(m.Wheel.Requires, pyname.NormalName(dist))
	}
	return m
}

// Rule: each message has a golden text: what is wrong, who needs it, what was searched,
// what to write.
func TestMessages(t *testing.T) {
	qt := "cv2/qt/plugins/platforms/libqxcb.so"
	var many []Need
	for i := range 35 {
		many = append(many, need(fmt.Sprintf("libxcb-part%02d.so.0", i), qt, "cv2/cv2.abi3.so"))
	}
	var plugins []Need
	for i := range 12 {
		plugins = append(plugins, leaf(need(fmt.Sprintf("libQt6Part%02d.so.6", i), "PySide6/Qt/plugins/liba.so", "PySide6/Qt/plugins/libb.so")))
	}
	version := func(object, library, want string, defined ...string) ldso.MissingVersion {
		return ldso.MissingVersion{
			Object: "lib/python3.12/site-packages/" + object, Soname: library,
			Library: testLibc + "/" + library, Want: want, Highest: symver.Highest(symver.Prefix(want), defined),
		}
	}
	glibc := []string{"GLIBC_2.2.5", "GLIBC_2.17", "GLIBC_2.36", "GLIBC_PRIVATE"}
	cases := map[string][]problem.Problem{
		"missing-one":           Problems([]Need{need("libGL.so.1", "cv2/cv2.abi3.so", qt, "cv2/a.so", "cv2/b.so", "cv2/c.so")}, testContext()),
		"missing-several":       Problems([]Need{need("libX11.so.6", qt), need("libGL.so.1", "cv2/cv2.abi3.so", qt), need("libglib-2.0.so.0", qt)}, testContext()),
		"missing-unknown":       Problems([]Need{need("libnobodyknows.so.3", "a/b.so")}, testContext()),
		"missing-near":          Problems([]Need{need("libhwloc.so.99", "a/b.so")}, testContext()),
		"missing-gone":          Problems([]Need{need("libffi.so.6", "a/b.so")}, testContext()),
		"missing-sibling":       Problems([]Need{requiring(need("libcublas.so.12", "torch/lib/libtorch_cuda.so"), "nvidia_cublas.cu12", "numpy")}, testContext()),
		"missing-sibling-other": Problems([]Need{need("libcublas.so.12", "torch/lib/libtorch_cuda.so")}, testContext()),
		"missing-offered":       Problems([]Need{need("libQt6Core.so.6", "a/b.so")}, testContext()),
		"missing-required":      Problems([]Need{requiring(need("libtbb.so.12", "numba/tbbpool.so"), "TBB")}, testContext()),
		"missing-tbb":           Problems([]Need{need("libtbb.so.12", "numba/np/ufunc/tbbpool.cpython-311-x86_64-linux-gnu.so")}, testContext()),
		"missing-plugin": Problems([]Need{
			leaf(need("libmimerapi.so", "PySide6/Qt/plugins/sqldrivers/libqsqlmimer.so")),
			leaf(need("libfbclient.so.2", "PySide6/Qt/plugins/sqldrivers/libqsqlibase.so")),
			leaf(need("libxcb-cursor.so.0", "PySide6/Qt/plugins/platforms/libqxcb.so")),
		}, testContext()),
		"missing-alternative":       Problems([]Need{need("libmpi.so.12", "mpi4py/MPI.mpich.so"), need("libmpi.so.40", "mpi4py/MPI.openmpi.so")}, testContext()),
		"missing-alternative-there": Problems([]Need{need("libmpi.so.40", "mpi4py/MPI.openmpi.so"), leaf(need("libmimerapi.so", "x/libqsqlmimer.so"))}, Context{Found: []providers.Request{{Soname: "libmpi.so.12", Requesters: []string{"mpi4py/MPI.mpich.so"}, Satisfied: true}}}),
		"missing-plugins":           Problems(plugins, testContext()),
		"missing-many":              Problems(many, testContext()),
		"missing-in-input":          Problems([]Need{{Soname: "libgcc_s.so.1", By: []Requester{{Path: testGcc + "/libstdc++.so.6"}}}}, testContext()),
		"missing-driver":            Problems([]Need{need("libcuda.so.1", "torch/lib/libtorch_cuda.so")}, testContext()),
		"missing-nothing":           Problems([]Need{{Soname: "libz.so.1", By: []Requester{{Path: "bin/tool"}}}}, Context{}),
		"missing-passed":            Problems([]Need{passedOver()}, testContext()),
		"version-glibc":             VersionProblems([]ldso.MissingVersion{version("a/x.so", "libc.so.6", "GLIBC_2.38", glibc...), version("a/y.so", "libc.so.6", "GLIBC_2.37", glibc...)}, testContext()),
		"version-libstdcxx":         VersionProblems([]ldso.MissingVersion{version("a/x.so", "libstdc++.so.6", "GLIBCXX_3.4.32", "GLIBCXX_3.4.30", "CXXABI_1.3.13"), version("a/x.so", "libstdc++.so.6", "CXXABI_1.3.15", "CXXABI_1.3.13")}, testContext()),
		"version-other":             VersionProblems([]ldso.MissingVersion{version("a/x.so", "libcrypto.so.3", "OPENSSL_3.4.0", "OPENSSL_3.0.0")}, testContext()),
		"version-unloaded":          VersionProblems([]ldso.MissingVersion{{Object: "a/x.so", Soname: "libgone.so.1", Want: "GONE_1"}, {Object: "a/y.so", Soname: "libgone.so.1", Want: "GONE_2"}, {Object: "a/y.so", Soname: "libother.so.1", Want: "GONE_1"}}, testContext()),
		"version-none":              VersionProblems([]ldso.MissingVersion{version("a/x.so", "libstrange.so.1", "STRANGE_2")}, testContext()),
	}
	for name, problems := range cases {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := problem.Fprint(&b, problems, problem.PrintOptions{Objects: 42, Outcome: "nothing was changed"}); err != nil {
				t.Fatal(err)
			}
			golden(t, filepath.Join("testdata", "message", name+".golden"), b.Bytes())
		})
	}
}

func passedOver() Need {
	m := need("libz.so.1", "a/b.so")
	m.By[0].Searched[0].Reason = "it is for aarch64"
	return m
}

func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *updateGolden {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s: got\n%s\nwant\n%s", file, got, want)
	}
}

// Rule: the order of the input does not show in the output.
func TestMissingProblemsAreSorted(t *testing.T) {
	a, b := need("libGL.so.1", "x.so", "y.so"), need("libX11.so.6", "y.so", "x.so")
	one := Problems([]Need{a, b}, testContext())
	two := Problems([]Need{b, a}, testContext())
	for i := range one {
		if one[i].Message != two[i].Message || one[i].Path != two[i].Path || one[i].Advice() != two[i].Advice() {
			t.Errorf("%+v is not %+v", one[i], two[i])
		}
	}
}

// Rule: a packager can paste what the hint says: every attribute once, sorted.
func TestInputsAreSaidOnce(t *testing.T) {
	var b bytes.Buffer
	problems := Problems([]Need{need("libX11.so.6", "a.so"), need("libX11-xcb.so.1", "a.so"), need("libGL.so.1", "b.so")}, testContext())
	if err := problem.Fprint(&b, problems, problem.PrintOptions{}); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(b.String(), "hint: buildInputs = [ libGL libx11 ];"); n != 1 {
		t.Errorf("said %d times:\n%s", n, b.String())
	}
}
