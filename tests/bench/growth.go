package main

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

// growth prints how patch's time grows with the number of objects, each of which
// needs one library from outside and one of the wheel's own, and is edited.
func (b *bench) growth() error {
	fmt.Printf("## growth\n\n| objects | patch s | cpu s | cpu ms an object | own peak MiB |\n| --- | --- | --- | --- | --- |\n")
	for _, n := range []int{10, 100, 1000, 10_000} {
		dir := filepath.Join(b.scratch, fmt.Sprint("growth-", n))
		j := &job{b: b, master: filepath.Join(dir, "master"), tree: filepath.Join(dir, "tree"), libs: []string{b.store.Libs}}
		if err := generate(j.master, b.store, n); err != nil {
			return err
		}
		if err := j.plan(); err != nil {
			return err
		}
		if j.edits() != n {
			return fmt.Errorf("%d of %d objects are edited", j.edits(), n)
		}
		t, err := race(b.rounds, []candidate{{name: "patch", prepare: j.fresh, command: append([]string{b.program}, j.args()...)}})
		if err != nil {
			return err
		}
		if err := j.fresh(); err != nil {
			return err
		}
		peak, err := peakMiB(b.program, j.args()...)
		if err != nil {
			return err
		}
		cpu := median(t[0].cpu)
		fmt.Printf("| %d | %.3f | %.3f | %.2f | %.0f |\n", n, median(t[0].wall), cpu, cpu*1000/float64(n), peak)
		j.remove()
	}
	fmt.Println()
	return nil
}

// generate writes n objects, half of them extension modules and half the
// libraries that those need, and a RECORD. Two are compiled; the others are
// copies whose soname and need are written over, in the same length.
func generate(prefix string, store *testenv.Store, n int) error {
	site := filepath.Join(prefix, testenv.SitePackages)
	info := filepath.Join(site, "grown-1.0.dist-info")
	for _, d := range []string{"grown", "grown.libs", "grown-1.0.dist-info"} {
		if err := os.MkdirAll(filepath.Join(site, d), 0o755); err != nil {
			return err
		}
	}
	lib, mod := filepath.Join(prefix, "lib0000.so"), filepath.Join(prefix, "mod0000.so")
	gcc := []string{"-shared", "-nostdlib", "-x", "c", "/dev/null", "-x", "none", "-Wl,--no-as-needed", filepath.Join(store.Libs, "libz.so.1")}
	if err := command("gcc", append(gcc, "-o", lib, "-Wl,-soname,lib0000.so")...); err != nil {
		return err
	}
	if err := command("gcc", append(gcc, "-o", mod, "-Wl,-soname,mod0000.so", lib, "-Wl,-rpath,$ORIGIN/../grown.libs")...); err != nil {
		return err
	}
	var rows strings.Builder
	for i := range n {
		template, name := mod, fmt.Sprintf("grown/mod%04d.so", i/2)
		if i%2 == 1 {
			template, name = lib, fmt.Sprintf("grown.libs/lib%04d.so", i/2)
		}
		data, err := os.ReadFile(template)
		if err != nil {
			return err
		}
		text := strings.NewReplacer("lib0000.so", fmt.Sprintf("lib%04d.so", i/2), "mod0000.so", fmt.Sprintf("mod%04d.so", i/2)).Replace(string(data))
		sum := sha256.Sum256([]byte(text))
		fmt.Fprintf(&rows, "%s,sha256=%s,%d\n", name, base64.RawURLEncoding.EncodeToString(sum[:]), len(text))
		if err := os.WriteFile(filepath.Join(site, name), []byte(text), 0o755); err != nil {
			return err
		}
	}
	if err := os.Remove(lib); err != nil {
		return err
	}
	if err := os.Remove(mod); err != nil {
		return err
	}
	return writeInfo(info, rows.String())
}

// writeInfo writes the smallest dist-info that is true.
func writeInfo(info, rows string) error {
	for name, text := range map[string]string{
		"METADATA": "Metadata-Version: 2.1\nName: grown\nVersion: 1.0\n",
		"WHEEL":    "Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: py3-none-any\n",
	} {
		if err := os.WriteFile(filepath.Join(info, name), []byte(text), 0o644); err != nil {
			return err
		}
		sum := sha256.Sum256([]byte(text))
		rows += fmt.Sprintf("%s/%s,sha256=%s,%d\n", filepath.Base(info), name, base64.RawURLEncoding.EncodeToString(sum[:]), len(text))
	}
	rows += filepath.Base(info) + "/RECORD,,\n"
	return os.WriteFile(filepath.Join(info, "RECORD"), []byte(rows), 0o644)
}
