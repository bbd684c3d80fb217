package providers

import "slices"

// A Request is a library and the files that need it.
type Request struct {
	Soname     string
	Requesters []string // paths of the files
	Satisfied  bool     // the library was found
}

// ResolveAlternatives returns for each request the index of the request that makes
// it needless, else -1. MPI, for one, has several makers, each with a soname of its
// own, and a wheel may have files for each of them.
//
// Two libraries are alternatives if their rows are marked so and have one stem but
// different attributes, and no file needs both. The one that was found is taken,
// else the last in the order of sonames.
func ResolveAlternatives(requests []Request) []int {
	out := make([]int, len(requests))
	rows := make([]Match, len(requests))
	var choices []int // indices of those that may have an alternative
	for i, r := range requests {
		out[i] = -1
		if m, ok := Lookup(r.Soname); ok && m.Alternative && !m.OtherVersion {
			rows[i] = m
			choices = append(choices, i)
		}
	}
	for _, i := range choices {
		if requests[i].Satisfied {
			continue
		}
		best := i
		for _, j := range choices {
			if areAlternatives(rows[i], rows[j]) && !shareRequester(requests[i], requests[j]) && better(requests[j], requests[best]) {
				best = j
			}
		}
		if best != i {
			out[i] = best
		}
	}
	return out
}

func areAlternatives(a, b Match) bool { return stem(a.Soname) == stem(b.Soname) && a.Attr != b.Attr }

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
