package testenv

import (
	"archive/zip"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

// SitePackages is where Install puts packages, below its prefix.
const SitePackages = "lib/python3.11/site-packages"

// Unzip writes the members of a wheel under dir as unzip(1) would, with their
// modes. The wheel must be a trusted one.
func Unzip(t testing.TB, wheel, dir string) {
	t.Helper()
	if err := unpack(wheel, func(name string) string { return filepath.Join(dir, name) }); err != nil {
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
// it. It gives the site-packages directory.
func InstallTo(wheel, prefix string) (site string, err error) {
	site = filepath.Join(prefix, SitePackages)
	err = unpack(wheel, func(name string) string {
		return filepath.Join(site, filepath.FromSlash(installedName(name)))
	})
	if err != nil {
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

// unpack writes each member to where place says; scripts become executable, as
// installers make them.
func unpack(wheel string, place func(name string) string) error {
	r, err := zip.OpenReader(wheel)
	if err != nil {
		return err
	}
	defer r.Close()
	for _, f := range r.File {
		if strings.HasSuffix(f.Name, "/") {
			continue
		}
		mode := 0o644 | f.Mode().Perm()&0o111
		if strings.Contains(f.Name, ".data/scripts/") {
			mode |= 0o111
		}
		if err := writeMember(f, place(f.Name), mode); err != nil {
			return err
		}
	}
	return nil
}

func writeMember(f *zip.File, file string, mode os.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	src, err := f.Open()
	if err != nil {
		return err
	}
	defer src.Close()
	dst, err := os.OpenFile(file, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(dst, src)
	if e := dst.Close(); err == nil {
		err = e
	}
	return err
}
