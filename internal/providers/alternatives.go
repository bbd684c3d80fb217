package providers

import "slices"

// A Request is a library and the files that ask for it.
type Request struct {
	Soname     string
	Requesters []string // paths of the files
	Satisfied  bool     // it is there already
}

// ResolveAlternatives returns for each library the index of the alternative that
// makes it needless, else -1. Several makers have MPI under sonames of their own,
// and a wheel may bring files for each of them. Two libraries are alternatives
// where their rows say so, have the same stem and other attributes, and no file
// asks for both. What is there is taken, else the last in the order of sonames.
func ResolveAlternatives(asked []Request) []int {
	out := make([]int, len(asked))
	rows := make([]Match, len(asked))
	var choices []int // few libraries have any
	for i, a := range asked {
		out[i] = -1
		if m, ok := Lookup(a.Soname); ok && m.Alternative && m.Kind != OtherVersion {
			rows[i] = m
			choices = append(choices, i)
		}
	}
	for _, i := range choices {
		if asked[i].Satisfied {
			continue
		}
		best := i
		for _, j := range choices {
			if alternatives(rows[i], rows[j]) && !shareRequester(asked[i], asked[j]) && better(asked[j], asked[best]) {
				best = j
			}
		}
		if best != i {
			out[i] = best
		}
	}
	return out
}

func alternatives(a, b Match) bool { return stem(a.Soname) == stem(b.Soname) && a.Attr != b.Attr }

func shareRequester(a, b Request) bool {
	return slices.ContainsFunc(a.Requesters, func(file string) bool { return slices.Contains(b.Requesters, file) })
}

// better reports whether a is to be taken rather than b.
func better(a, b Request) bool {
	if a.Satisfied != b.Satisfied {
		return a.Satisfied
	}
	return a.Soname > b.Soname
}
