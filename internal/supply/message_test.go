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
)

var updateGolden = flag.Bool("update", false, "write testdata/*.golden anew")

const (
	testOut  = "/nix/store/0123456789abcdfghijklmnpqrsvwxyz-opencv-python-5.0.0.93"
	testZlib = "/nix/store/1123456789abcdfghijklmnpqrsvwxyz-zlib-1.3.1/lib"
	testGcc  = "/nix/store/2123456789abcdfghijklmnpqrsvwxyz-gcc-13.3.0-lib/lib"
	testLibc = "/nix/store/3123456789abcdfghijklmnpqrsvwxyz-glibc-2.40/lib"
)

func testContext() Context {
	return Context{Out: testOut, Libs: []string{testZlib, testGcc}, Libc: ldso.Glibc}
}

func need(soname string, objects ...string) MissingNeed {
	m := MissingNeed{Soname: soname}
	for _, o := range objects {
		m.Objects = append(m.Objects, NeedingObject{Path: "lib/python3.12/site-packages/" + o, Searched: []ldso.Place{
			{Via: ldso.Runpath, Object: o, Dir: testOut + "/lib/python3.12/site-packages/opencv_python.libs"},
			{Via: ldso.Default, Dir: testLibc},
		}})
	}
	return m
}

func leaf(m MissingNeed) MissingNeed {
	for i := range m.Objects {
		m.Objects[i].Leaf = true
	}
	return m
}

func requiring(m MissingNeed, dists ...string) MissingNeed {
	m.RequiresDist = dists
	return m
}

// Rule: each message has a golden text: what is wrong, who needs it, what was searched,
// what to write.
func TestMessages(t *testing.T) {
	qt := "cv2/qt/plugins/platforms/libqxcb.so"
	var many []MissingNeed
	for i := range 35 {
		many = append(many, need(fmt.Sprintf("libxcb-part%02d.so.0", i), qt, "cv2/cv2.abi3.so"))
	}
	var plugins []MissingNeed
	for i := range 12 {
		plugins = append(plugins, leaf(need(fmt.Sprintf("libQt6Part%02d.so.6", i), "PySide6/Qt/plugins/liba.so", "PySide6/Qt/plugins/libb.so")))
	}
	version := func(object, library, want string, defined ...string) MissingVersion {
		return MissingVersion{
			Object: "lib/python3.12/site-packages/" + object, Library: library,
			Found: testLibc + "/" + library, Version: want, Defined: defined,
		}
	}
	glibc := []string{"GLIBC_2.2.5", "GLIBC_2.17", "GLIBC_2.36", "GLIBC_PRIVATE"}
	cases := map[string][]problem.Problem{
		"missing-one":           Missing([]MissingNeed{need("libGL.so.1", "cv2/cv2.abi3.so", qt, "cv2/a.so", "cv2/b.so", "cv2/c.so")}, testContext()),
		"missing-several":       Missing([]MissingNeed{need("libX11.so.6", qt), need("libGL.so.1", "cv2/cv2.abi3.so", qt), need("libglib-2.0.so.0", qt)}, testContext()),
		"missing-unknown":       Missing([]MissingNeed{need("libnobodyknows.so.3", "a/b.so")}, testContext()),
		"missing-near":          Missing([]MissingNeed{need("libhwloc.so.99", "a/b.so")}, testContext()),
		"missing-gone":          Missing([]MissingNeed{need("libffi.so.6", "a/b.so")}, testContext()),
		"missing-sibling":       Missing([]MissingNeed{requiring(need("libcublas.so.12", "torch/lib/libtorch_cuda.so"), "nvidia_cublas.cu12", "numpy")}, testContext()),
		"missing-sibling-other": Missing([]MissingNeed{need("libcublas.so.12", "torch/lib/libtorch_cuda.so")}, testContext()),
		"missing-required":      Missing([]MissingNeed{requiring(need("libtbb.so.12", "numba/tbbpool.so"), "TBB")}, testContext()),
		"missing-tbb":           Missing([]MissingNeed{need("libtbb.so.12", "numba/np/ufunc/tbbpool.cpython-311-x86_64-linux-gnu.so")}, testContext()),
		"missing-plugin": Missing([]MissingNeed{
			leaf(need("libmimerapi.so", "PySide6/Qt/plugins/sqldrivers/libqsqlmimer.so")),
			leaf(need("libfbclient.so.2", "PySide6/Qt/plugins/sqldrivers/libqsqlibase.so")),
			leaf(need("libxcb-cursor.so.0", "PySide6/Qt/plugins/platforms/libqxcb.so")),
		}, testContext()),
		"missing-alternative":       Missing([]MissingNeed{need("libmpi.so.12", "mpi4py/MPI.mpich.so"), need("libmpi.so.40", "mpi4py/MPI.openmpi.so")}, testContext()),
		"missing-alternative-there": Missing([]MissingNeed{need("libmpi.so.40", "mpi4py/MPI.openmpi.so"), leaf(need("libmimerapi.so", "x/libqsqlmimer.so"))}, Context{Have: []providers.Asked{{Soname: "libmpi.so.12", By: []string{"mpi4py/MPI.mpich.so"}, Have: true}}}),
		"missing-plugins":           Missing(plugins, testContext()),
		"missing-many":              Missing(many, testContext()),
		"missing-in-input":          Missing([]MissingNeed{{Soname: "libgcc_s.so.1", Objects: []NeedingObject{{Path: testGcc + "/libstdc++.so.6"}}}}, testContext()),
		"missing-driver":            Missing([]MissingNeed{need("libcuda.so.1", "torch/lib/libtorch_cuda.so")}, testContext()),
		"missing-nothing":           Missing([]MissingNeed{{Soname: "libz.so.1", Objects: []NeedingObject{{Path: "bin/tool"}}}}, Context{}),
		"missing-passed":            Missing([]MissingNeed{passedOver()}, testContext()),
		"version-glibc":             Versions([]MissingVersion{version("a/x.so", "libc.so.6", "GLIBC_2.38", glibc...), version("a/y.so", "libc.so.6", "GLIBC_2.37", glibc...)}, testContext()),
		"version-libstdcxx":         Versions([]MissingVersion{version("a/x.so", "libstdc++.so.6", "GLIBCXX_3.4.32", "GLIBCXX_3.4.30", "CXXABI_1.3.13"), version("a/x.so", "libstdc++.so.6", "CXXABI_1.3.15", "CXXABI_1.3.13")}, testContext()),
		"version-other":             Versions([]MissingVersion{version("a/x.so", "libcrypto.so.3", "OPENSSL_3.4.0", "OPENSSL_3.0.0")}, testContext()),
		"version-none":              Versions([]MissingVersion{version("a/x.so", "libstrange.so.1", "STRANGE_2")}, testContext()),
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

func passedOver() MissingNeed {
	m := need("libz.so.1", "a/b.so")
	m.Objects[0].Searched[0].Reason = "it is for aarch64"
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
	one := Missing([]MissingNeed{a, b}, testContext())
	two := Missing([]MissingNeed{b, a}, testContext())
	for i := range one {
		if one[i].Message != two[i].Message || one[i].Path != two[i].Path || one[i].Hint != two[i].Hint {
			t.Errorf("%+v is not %+v", one[i], two[i])
		}
	}
}

// Rule: a packager can paste what the hint says: every attribute once, sorted.
func TestInputsAreSaidOnce(t *testing.T) {
	var b bytes.Buffer
	problems := Missing([]MissingNeed{need("libX11.so.6", "a.so"), need("libX11-xcb.so.1", "a.so"), need("libGL.so.1", "b.so")}, testContext())
	if err := problem.Fprint(&b, problems, problem.PrintOptions{}); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(b.String(), "hint: buildInputs = [ libGL libx11 ];  # pypi2nix: -E libGL -E libx11\n"); n != 1 {
		t.Errorf("said %d times:\n%s", n, b.String())
	}
}
