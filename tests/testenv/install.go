package testenv

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

// SitePackages is where Install puts packages, below its prefix.
const SitePackages = "lib/python3.11/site-packages"

// Unzip writes the members of a wheel under dir, with their modes. The wheel must
// be a trusted one.
func Unzip(t testing.TB, wheel, dir string) {
	t.Helper()
	Tool(t, "unzip")
	if err := unpack(wheel, dir); err != nil {
		t.Fatal(err)
	}
}

// Install is InstallTo for a test.
func Install(t testing.TB, wheel, prefix string) (site string) {
	t.Helper()
	site, err := InstallTo(wheel, prefix)
	if err != nil {
		t.Fatal(err)
	}
	return site
}

// InstallTo puts a wheel under a prefix as PEP 427 says: name.data/{scripts,
// data,headers,purelib,platlib} moved to their places, and RECORD's paths with
// them. Nothing is generated or compiled, so every hash stays as the wheel gives
// it. It returns the site-packages directory.
func InstallTo(wheel, prefix string) (site string, err error) {
	site = filepath.Join(prefix, SitePackages)
	if err := unpack(wheel, site); err != nil {
		return "", err
	}
	if err := moveData(site); err != nil {
		return "", err
	}
	records, err := filepath.Glob(filepath.Join(site, "*.dist-info", "RECORD"))
	if err != nil || len(records) == 0 {
		return "", fmt.Errorf("%s: no RECORD (%v)", wheel, err)
	}
	for _, record := range records {
		if err := moveRows(record); err != nil {
			return "", err
		}
	}
	return site, nil
}

// installedName is the path below site-packages of an archive member.
func installedName(name string) string {
	top, rest, _ := strings.Cut(name, "/")
	if !strings.HasSuffix(top, ".data") {
		return name
	}
	scheme, rest, _ := strings.Cut(rest, "/")
	switch scheme {
	case "scripts":
		return path.Join("../../../bin", rest)
	case "data":
		return path.Join("../../..", rest)
	case "headers":
		return path.Join("../../../include", strings.Split(top, "-")[0], rest)
	default: // purelib, platlib
		return rest
	}
}

// moveRows gives each row of a RECORD the path that its file was moved to.
// Names with commas or quotes do not occur in name.data of the wheels used.
func moveRows(record string) error {
	text, err := os.ReadFile(record)
	if err != nil {
		return err
	}
	rows := strings.SplitAfter(string(text), "\n")
	for i, row := range rows {
		name, rest, ok := strings.Cut(row, ",")
		if ok && !strings.HasPrefix(row, `"`) {
			rows[i] = installedName(name) + "," + rest
		}
	}
	return os.WriteFile(record, []byte(strings.Join(rows, "")), 0o644)
}

// unpack lets unzip(1) do it: inflating in this process takes many times longer
// under the race detector, and that with hundreds of megabytes. What a wheel
// gives no mode is made readable.
func unpack(wheel, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if out, err := exec.Command("unzip", "-q", "-o", wheel, "-d", dir).CombinedOutput(); err != nil {
		return fmt.Errorf("unzip %s: %w\n%s", wheel, err, out)
	}
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		st, err := d.Info()
		if err != nil || st.Mode()&0o644 == 0o644 {
			return err
		}
		return os.Chmod(path, st.Mode().Perm()|0o644)
	})
}

// moveData moves the files of name.data to their places; scripts become
// executable, as installers make them.
func moveData(site string) error {
	dirs, err := filepath.Glob(filepath.Join(site, "*.data"))
	if err != nil {
		return err
	}
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			return moveOne(site, path)
		})
		if err := errors.Join(err, os.RemoveAll(dir)); err != nil {
			return err
		}
	}
	return nil
}

func moveOne(site, path string) error {
	name, err := filepath.Rel(site, path)
	if err != nil {
		return err
	}
	to := filepath.Join(site, installedName(filepath.ToSlash(name)))
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	if strings.Contains(name, ".data/scripts/") {
		if err := os.Chmod(path, 0o755); err != nil {
			return err
		}
	}
	return os.Rename(path, to)
}
