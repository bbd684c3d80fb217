// The typed error of this package.

package wheel

import "github.com/wheel-auto-patch/wheel-auto-patch/internal/words"

// A Kind is what part of a wheel is at fault.
type Kind int

// The kinds of fault.
const (
	Damaged       Kind = iota // the archive contradicts itself or cannot be read
	UnsafePath                // a name that leads elsewhere than it seems to
	Twice                     // a name that an earlier member has
	Malformed                 // not a wheel as PEP 427 defines it
	BadRecord                 // a RECORD that is not as PEP 376 and 627 define it
	WeakHash                  // a row without a hash, or with a weak one
	Outside                   // a row that leads out of where the wheel is installed
	DuplicateFold             // two names that differ by case or Unicode form only: two files on Linux
)

// A Fault is one thing that is wrong with a wheel or a RECORD. One file may have
// many.
type Fault struct {
	Kind    Kind
	Path    string   // the member or row that it is about, or empty
	Msg     string   // one line without a full stop
	Details []string // further lines
	Hint    string   // what to do, where it is another thing than fetching the wheel again
}

func (f *Fault) Error() string {
	if f.Path == "" {
		return f.Msg
	}
	return words.Quote(f.Path) + ": " + f.Msg
}
