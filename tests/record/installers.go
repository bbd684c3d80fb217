package record

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/wheel-auto-patch/wheel-auto-patch/tests/wheels"
)

// An Installer is a real program that installs wheels, of one version.
type Installer struct {
	Name, Version string
	// Recomputes reports whether its RECORD has hashes of what it wrote, not those
	// of the wheel.
	Recomputes bool
	command    func(tool, wheel, prefix string) *exec.Cmd
}

// Installers returns those that Nix builds use: nixpkgs runs pypa installer,
// pyproject.nix uv, older recipes pip.
func Installers() []Installer {
	python := func(args ...string) *exec.Cmd { return exec.Command("python3", args...) }
	// Compiling is slow and the same in all versions of a program: the newest does it.
	oldPip := func(tool, wheel, prefix string) *exec.Cmd {
		return withPath(tool, python("-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-compile",
			"--ignore-installed", "--disable-pip-version-check", "--prefix", prefix, wheel))
	}
	pip := func(tool, wheel, prefix string) *exec.Cmd {
		return withPath(tool, python("-m", "pip", "install", "--quiet", "--no-deps", "--no-index",
			"--ignore-installed", "--disable-pip-version-check", "--prefix", prefix, wheel))
	}
	oldPypa := func(tool, wheel, prefix string) *exec.Cmd {
		return withPath(tool, python("-m", "installer", "--no-compile-bytecode", "--prefix", prefix, wheel))
	}
	pypa := func(tool, wheel, prefix string) *exec.Cmd {
		return withPath(tool, python("-m", "installer", "--prefix", prefix, wheel))
	}
	uv := func(tool, wheel, prefix string) *exec.Cmd {
		return exec.Command(filepath.Join(tool, "bin", "uv"), "pip", "install", "--quiet", "--no-deps",
			"--no-index", "--offline", "--no-cache", "--python", "python3", "--prefix", prefix, wheel)
	}
	return []Installer{
		{"installer", "0.7.0", true, oldPypa},
		{"installer", "1.1.0", true, pypa},
		{"pip", "23.2.1", false, oldPip},
		{"pip", "26.3", false, pip},
		{"uv", "0.13.9", false, uv},
	}
}

func withPath(dir string, cmd *exec.Cmd) *exec.Cmd {
	cmd.Env = append(os.Environ(), "PYTHONPATH="+dir)
	return cmd
}

// install runs it.
func (i Installer) install(wheel, prefix string) error {
	tool, err := i.Fetch()
	if err != nil {
		return err
	}
	cmd := i.command(tool, wheel, prefix)
	if cmd.Args[0] == "python3" {
		venv, err := VirtualEnvironment()
		if err != nil {
			return err
		}
		defer os.RemoveAll(venv)
		cmd.Path = filepath.Join(venv, "bin", "python3")
		cmd.Args[0] = cmd.Path // by which Python knows that it is in one
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%v: %w\n%s", cmd.Args, err, out)
	}
	return nil
}

// VirtualEnvironment makes one, for Debian's own Python installs to local/ and
// dist-packages outside of them.
func VirtualEnvironment() (dir string, err error) {
	if dir, err = os.MkdirTemp("", "venv-"); err != nil {
		return "", err
	}
	cmd := exec.Command("python3", "-m", "venv", "--without-pip", dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", errors.Join(fmt.Errorf("%v: %w\n%s", cmd.Args, err, out), os.RemoveAll(dir))
	}
	return dir, nil
}

// Fetch returns the folder of the program, and brings it into the cache first
// where it is not there.
func (i Installer) Fetch() (dir string, err error) {
	cache, err := wheels.CacheDir()
	if err != nil {
		return "", err
	}
	cache = filepath.Join(filepath.Dir(cache), "installers")
	dir = filepath.Join(cache, i.Name+"-"+i.Version)
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	if err := os.MkdirAll(cache, 0o777); err != nil {
		return "", err
	}
	temp, err := os.MkdirTemp(cache, ".fetch-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(temp)
	cmd := exec.Command("python3", "-m", "pip", "install", "--quiet", "--no-deps", "--ignore-installed",
		"--disable-pip-version-check", "--target", filepath.Join(temp, "tool"), i.Name+"=="+i.Version)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%v: %w\n%s", cmd.Args, err, out)
	}
	// Where another process was faster, its copy serves.
	if err := os.Rename(filepath.Join(temp, "tool"), dir); err != nil {
		if _, e := os.Stat(dir); e != nil {
			return "", err
		}
	}
	return dir, nil
}
