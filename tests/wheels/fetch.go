package wheels

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
)

// CacheDir is where fetched wheels are kept from one run to the next.
func CacheDir() (string, error) {
	if d := os.Getenv("WHEEL_AUTO_PATCH_CACHE"); d != "" {
		return filepath.Join(d, "wheels"), nil
	}
	d, err := os.UserCacheDir()
	return filepath.Join(d, "wheel-auto-patch", "wheels"), err
}

// Fetch returns the path of a pinned wheel in the cache, fetching it with pip
// where it is not there yet. Any number of processes may call it at once. A
// file in the cache has the pinned hash: it is checked before it gets its name.
func Fetch(p Pin) (string, error) {
	dir, err := CacheDir()
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, p.File)
	if st, err := os.Stat(file); err == nil && st.Size() == p.Bytes {
		return file, nil
	}
	unlock, err := lock(dir, p.File)
	if err != nil {
		return "", err
	}
	defer unlock()
	if st, err := os.Stat(file); err == nil && st.Size() == p.Bytes {
		return file, nil // another process has fetched it meanwhile
	}
	return download(dir, p.Project+"=="+p.Version, pipTags(p), p.File, p.SHA256)
}

// FetchBest fetches the wheel of an unpinned "name==version" that pip would
// install on this machine.
func FetchBest(requirement string) (string, error) {
	dir, err := CacheDir()
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return "", err
	}
	return download(dir, requirement, nil, "", "")
}

// download runs pip in a directory of its own inside the cache and renames the
// wheel to its place. Empty wantFile and wantSum accept what comes.
func download(dir, requirement string, tags []string, wantFile, wantSum string) (string, error) {
	tmp, err := os.MkdirTemp(dir, ".fetch-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(tmp)
	args := append([]string{"-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--dest", tmp}, tags...)
	cmd := exec.Command("python3", append(args, requirement)...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, out)
	}
	got, err := filepath.Glob(filepath.Join(tmp, "*.whl"))
	if err != nil || len(got) != 1 {
		return "", errors.Join(err, fmt.Errorf("pip download %s gave %d wheels, want 1", requirement, len(got)))
	}
	name := filepath.Base(got[0])
	sum, err := wheel.SumFile(got[0])
	if err != nil {
		return "", err
	}
	if wantSum != "" && (sum != wantSum || name != wantFile) {
		return "", fmt.Errorf("%s: fetched %s with sha256 %s, but %s with %s is pinned", requirement, name, sum, wantFile, wantSum)
	}
	file := filepath.Join(dir, name)
	return file, os.Rename(got[0], file)
}

// pipTags says to pip for which machine a pinned wheel is, so that the wheel of
// another Python or machine comes too, and one for any where there is one for this.
func pipTags(p Pin) []string {
	python, abi, platform := p.Tags()
	var args []string
	for _, one := range strings.Split(platform, ".") {
		args = append(args, "--platform", one)
	}
	if v, ok := strings.CutPrefix(python, "cp"); ok {
		args = append(args, "--implementation", "cp", "--python-version", v, "--abi", abi)
	}
	return args
}

// lock holds an advisory lock beside a file of the cache; the kernel frees it
// should the process be killed.
func lock(dir, name string) (unlock func(), err error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(dir, "."+name+".lock"), os.O_CREATE|os.O_RDWR, 0o666)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		f.Close()
		return nil, err
	}
	return func() { f.Close() }, nil
}
