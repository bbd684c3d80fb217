package supply

// This file words the choice between libraries of which one is enough.

import (
	"fmt"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/providers"
)

// An alternative is taken instead of a missing library.
type alternative struct {
	providers.Asked
	objects []NeedingObject // that lack it; nil where it is there
}

// insteadOf gives for each missing library the alternative to take, or nil.
func insteadOf(missing []MissingNeed, have []providers.Asked) []*alternative {
	var all []alternative
	for _, m := range missing {
		all = append(all, alternative{providers.Asked{Soname: m.Soname, By: paths(m.Objects)}, m.Objects})
	}
	for _, h := range have {
		all = append(all, alternative{Asked: h})
	}
	asked := make([]providers.Asked, len(all))
	for i := range all {
		asked[i] = all[i].Asked
	}
	out := make([]*alternative, len(missing))
	for i, at := range providers.Instead(asked)[:len(missing)] {
		if at >= 0 {
			out[i] = &all[at]
		}
	}
	return out
}

// cureByAlternative ignores a library in the files that ask for it.
func cureByAlternative(m MissingNeed, objects []NeedingObject, taken alternative) problem.Cure {
	c := problem.Cure{Objects: paths(objects), Others: pluginPatterns(m.Soname, objects)}
	mine, _ := providers.Lookup(m.Soname)
	other, _ := providers.Lookup(taken.Soname)
	if taken.Have {
		c.Advice = []string{fmt.Sprintf("%s (%s) is there, and with it %s (%s) is not needed", taken.Soname, other.Attr, m.Soname, mine.Attr)}
		return c
	}
	c.Advice = []string{fmt.Sprintf("choose between %s and %s: with %s instead, ignore %s", other.Attr, mine.Attr, mine.Attr,
		problem.NixList(pluginPatterns(taken.Soname, taken.objects)))}
	return c
}
