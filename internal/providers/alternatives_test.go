package providers

import (
	"slices"
	"testing"
)

// Rule: of the alternatives that a wheel has files for, one is enough: the one
// that is there, else the last. Whoever needs two of them has no choice.
func TestResolveAlternatives(t *testing.T) {
	mpich, openmpi := Request{Soname: "libmpi.so.12", Requesters: []string{"a"}}, Request{Soname: "libmpi.so.40", Requesters: []string{"b"}}
	have := mpich
	have.Satisfied = true
	both := Request{Soname: "libmpi.so.40", Requesters: []string{"b", "a"}}
	for name, test := range map[string]struct {
		asked []Request
		want  []int
	}{
		"the last":            {[]Request{mpich, openmpi}, []int{1, -1}},
		"whatever the order":  {[]Request{openmpi, mpich}, []int{-1, 0}},
		"what is there":       {[]Request{have, openmpi}, []int{-1, 0}},
		"one file needs both": {[]Request{mpich, both}, []int{-1, -1}},
		"alone":               {[]Request{mpich}, []int{-1}},
		"two versions":        {[]Request{{Soname: "libssl.so.1.1"}, {Soname: "libssl.so.3"}}, []int{-1, -1}},
		"another library":     {[]Request{mpich, {Soname: "liboshmem.so.40"}}, []int{-1, -1}},
	} {
		if got := ResolveAlternatives(test.asked); !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}
