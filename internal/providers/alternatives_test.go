package providers

import (
	"slices"
	"testing"
)

// Rule: of the alternatives that a wheel has files for, one is enough: the one
// that is there, else the last. Whoever needs two of them has no choice.
func TestInstead(t *testing.T) {
	mpich, openmpi := Asked{Soname: "libmpi.so.12", By: []string{"a"}}, Asked{Soname: "libmpi.so.40", By: []string{"b"}}
	have := mpich
	have.Have = true
	both := Asked{Soname: "libmpi.so.40", By: []string{"b", "a"}}
	for name, test := range map[string]struct {
		asked []Asked
		want  []int
	}{
		"the last":            {[]Asked{mpich, openmpi}, []int{1, -1}},
		"whatever the order":  {[]Asked{openmpi, mpich}, []int{-1, 0}},
		"what is there":       {[]Asked{have, openmpi}, []int{-1, 0}},
		"one file needs both": {[]Asked{mpich, both}, []int{-1, -1}},
		"alone":               {[]Asked{mpich}, []int{-1}},
		"two versions":        {[]Asked{{Soname: "libssl.so.1.1"}, {Soname: "libssl.so.3"}}, []int{-1, -1}},
		"another library":     {[]Asked{mpich, {Soname: "liboshmem.so.40"}}, []int{-1, -1}},
	} {
		if got := Instead(test.asked); !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}
