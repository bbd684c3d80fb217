package explain

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
)

// This file compares platform tags (PEP 425, 600, 656) with this machine.

// hostMachine is this machine as platform tags name it.
func hostMachine() string {
	names := map[string]string{"amd64": "x86_64", "386": "i686", "arm64": "aarch64", "arm": "armv7l"}
	if n, ok := names[runtime.GOARCH]; ok {
		return n
	}
	return runtime.GOARCH
}

// misfit says why this machine cannot use a wheel with these platform tags, and
// what to fetch instead; empty where it can.
func misfit(tags []wheel.Platform) string {
	musl, _ := filepath.Glob("/lib/ld-musl-*.so.1")
	_, noGlibc := os.Stat("/lib64/ld-linux-x86-64.so.2")
	return misfitOn(tags, hostMachine(), len(musl) > 0 && noGlibc != nil)
}

func misfitOn(tags []wheel.Platform, machine string, musl bool) string {
	reason := ""
	for _, t := range tags {
		switch {
		case t.Tag == "any":
			return ""
		case t.Machine == "":
			reason = "it is for another system than Linux (" + t.Tag + ")"
		case t.Machine != machine:
			reason = fmt.Sprintf("it is for %s, this machine is %s; fetch the one for %s", t.Machine, machine, machine)
		case t.Libc == "musl" && !musl:
			return fmt.Sprintf("it is for musl; fetch the one with platform = \"manylinux_2_28_%s\" or another manylinux tag", machine)
		case t.Libc == "glibc" && musl:
			return fmt.Sprintf("it is for glibc; fetch the one with platform = \"musllinux_1_2_%s\" or another musllinux tag", machine)
		default:
			return ""
		}
	}
	return reason
}

// tagText is the three parts of a wheel's tag as its file name has them.
func (w Wheel) tagText() string {
	if len(w.Platforms) == 0 {
		return ""
	}
	return strings.Join(w.Python, ".") + "-" + strings.Join(w.ABI, ".") + "-" + strings.Join(w.Platforms, ".")
}
