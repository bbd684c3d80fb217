package providers

import "slices"

// This file tells of libraries that several makers have under several sonames,
// of which a wheel may bring files for each: MPI.

// An Asked is a library and who asks for it.
type Asked struct {
	Soname string
	By     []string // files
	Have   bool     // it is there already
}

// Instead gives for each library the index of the alternative that makes it
// needless, else -1. Two are alternatives where their rows say so, have the same
// stem and other attributes, and no file asks for both. What is there is taken,
// else the last in the order of sonames.
func Instead(asked []Asked) []int {
	out := make([]int, len(asked))
	for i, a := range asked {
		out[i] = -1
		for j, b := range asked {
			switch {
			case a.Have || !alternatives(a, b):
			case out[i] < 0:
				if b.Have || b.Soname > a.Soname {
					out[i] = j
				}
			case b.Have && !asked[out[i]].Have || b.Have == asked[out[i]].Have && b.Soname > asked[out[i]].Soname:
				out[i] = j
			}
		}
	}
	return out
}

func alternatives(a, b Asked) bool {
	m, _ := Lookup(a.Soname)
	n, _ := Lookup(b.Soname)
	return m.Alternative && n.Alternative && m.Kind != Near && n.Kind != Near &&
		stem(m.Soname) == stem(n.Soname) && m.Attr != n.Attr &&
		!slices.ContainsFunc(a.By, func(file string) bool { return slices.Contains(b.By, file) })
}
