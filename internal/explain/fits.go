package explain

import (
	"fmt"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pyname"
)

// misfit returns why a machine cannot use a wheel with these platform tags (PEP 425,
// 600 and 656), and what to fetch instead; of several reasons that of the nearest tag. It
// is empty if the machine can, by any of the tags.
func misfit(tags []pyname.Platform, machine string, musl bool) string {
	reason, best := "", 0
	say := func(rank int, why string) {
		if rank > best {
			reason, best = why, rank
		}
	}
	for _, t := range tags {
		switch {
		case t.Machine == "" && t.Tag != "any":
			say(1, "it is for another system than Linux ("+t.Tag+")")
		case t.Machine != machine && t.Tag != "any":
			say(2, fmt.Sprintf("it is for %s, this machine is %s; fetch the one for %s", t.Machine, machine, machine))
		case t.Libc == "musl" && !musl:
			say(3, "it is for musl; fetch the one for "+machine+" whose tag has manylinux instead of musllinux")
		case t.Libc == "glibc" && musl:
			say(3, "it is for glibc; fetch the one for "+machine+" whose tag has musllinux instead of manylinux")
		default:
			return ""
		}
	}
	return reason
}

// fitsOnly says for which Python alone a wheel is good, where it is for one version.
func (w wheelInfo) fitsOnly() string {
	if sets := w.File.Pythons(); len(sets) == 1 && sets[0].Exact() {
		return "; " + sets[0].String() + " only"
	}
	return ""
}
