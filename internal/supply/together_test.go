package supply

import (
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
)

// Rule: of several names the one that the best supplier has is named; a name without a version
// is content with any. What the hook hands in for the tag's sake counts with all that it has.
func TestFindAny(t *testing.T) {
	plain, manylinux := Wheel{Platforms: []string{"linux_x86_64"}}, Wheel{Platforms: []string{"manylinux_2_28_x86_64"}}
	for _, c := range []struct {
		names []string
		wheel Wheel
		from  Supplier
		attr  string
		name  string
	}{
		{[]string{"libudev.so.1", "libudev.so.0"}, plain, Nixpkgs, "udev", "libudev.so.1"},
		{[]string{"libnobodyknows.so.1", "libEGL.so.1"}, plain, Nixpkgs, "libGL", "libEGL.so.1"},
		{[]string{"libEGL.so.1"}, manylinux, Promise, "libGL", "libEGL.so.1"},
		{[]string{"libgtk-3.so"}, plain, Nixpkgs, "gtk3", "libgtk-3.so"},
		{[]string{"libSDL2.so"}, plain, Nixpkgs, "SDL2", "libSDL2.so"},
		{[]string{"libSDL2-2.0.0.so"}, plain, Unknown, "SDL2", "libSDL2-2.0.0.so"},
		{[]string{"libSDL.so"}, plain, Unknown, "sdl3", "libSDL.so"},
		{[]string{"libtiff.so.7"}, plain, Unknown, "libtiff", "libtiff.so.7"},
		{[]string{"libcuda.so.1"}, plain, Driver, "", "libcuda.so.1"},
		{[]string{"libnobodyknows.so"}, plain, Unknown, "", "libnobodyknows.so"},
	} {
		if a, name := FindAny(c.names, c.wheel); a.From != c.from || a.Attr != c.attr || name != c.name {
			t.Errorf("%q: %+v %q", c.names, a, name)
		}
	}
}

// Rule: however many libraries are opened in vain, they are one notice of five lines, with the
// inputs to hand in; a required one is an error by itself.
func TestOpenedTogether(t *testing.T) {
	var missing []Opened
	for _, name := range []string{"libEGL.so.1", "libGL.so.1", "libGLESv2.so.2", "libwayland-client.so.0", "libQt6WebEngineCore.so.6", "libcuda.so.1", "liba.so", "libb.so"} {
		missing = append(missing, Opened{Names: []string{name}, By: []string{"a/x.so", "a/y.so"}})
	}
	missing = append(missing,
		Opened{Names: []string{"libz.so.1"}, By: []string{"a/z.so"}, Unfit: "it needs libgone.so"},
		Opened{Names: []string{"libc1.so"}, By: []string{"a/z.so"}, Unreached: "/nix/store/x/lib/libc1.so"},
		Opened{Names: []string{"libpulse.so.0", "libpulse.so.1"}, By: []string{"a/r.so"}, Required: true},
	)
	for i := range 300 {
		missing = append(missing, Opened{Names: []string{"libmany" + strings.Repeat("x", i) + ".so"}, By: []string{"a/x.so"}})
	}
	problems := OpenedTogether(missing)
	if len(problems) != 2 || problems[0].Severity != problem.Error || problems[1].Severity != problem.Notice {
		t.Fatalf("%+v", problems)
	}
	if p := problems[0]; p.Subject != "libpulse.so.0" || strings.Join(p.Cure.Inputs, " ") != "libpulseaudio" {
		t.Errorf("%+v", p)
	}
	var b strings.Builder
	if err := problem.Fprint(&b, problems[1:], problem.PrintOptions{}); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	if len(lines) > 5 || len(b.String()) > 5*(openedWidth+200) {
		t.Errorf("%d lines:\n%s", len(lines), b.String())
	}
	for _, want := range []string{
		"310 libraries that 3 objects open by name are not found", "libz.so.1 is left out: it needs libgone.so",
		"no RUNPATH leads to them: libc1.so", "nixpkgs: libGL (libEGL.so.1, libGL.so.1, libGLESv2.so.2), wayland (libwayland-client.so.0)",
		"Python packages: pyqt6-webengine-qt6", "from the graphics driver, at run time: libcuda.so.1; nobody known here: liba.so, libb.so, libmany.so", "buildInputs = [ libGL wayland ];",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}

// Rule: where a Python package has a library too, the notice says so beside the attribute.
func TestOpenedOfAPythonPackage(t *testing.T) {
	p := openedNotice([]Opened{{Names: []string{"libnvrtc.so.12"}, By: []string{"a/x.so"}}, {Names: []string{"libEGL.so.1"}, By: []string{"a/x.so"}}})
	const want = "nixpkgs: cudaPackages_12.cuda_nvrtc.lib or Python's nvidia-cuda-nvrtc-cu12 (libnvrtc.so.12), libGL (libEGL.so.1)"
	if got := strings.Join(p.Details, "\n"); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got := strings.Join(p.Cure.Opened, " "); got != "cudaPackages_12.cuda_nvrtc.lib libGL" {
		t.Error(got)
	}
	for soname, want := range map[string]bool{"libQt6Core.so.6": true, "libc10.so": false} {
		offers := OpenedProblems([]Opened{{Names: []string{soname}, By: []string{"a/x.so"}}}, Context{})[0].Cure.Offers
		if len(offers) != 1 || offers[0].Unpackaged != want {
			t.Errorf("%s: %+v", soname, offers)
		}
	}
}
