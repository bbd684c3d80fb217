package elfimage

import "iter"

// MaxNotes bounds the notes of one object that are looked at.
const MaxNotes = 1 << 16

// A Note is one note of a PT_NOTE (gABI chapter 5, "Note Section"), with its places in the
// file.
type Note struct {
	Type       uint32
	Name, Desc Region
	Region            // of all, from its header to the end of Desc
	Next       uint64 // where the next note begins, or the notes end
}

// Notes yields the notes within r, a part of the file that is a PT_NOTE whose p_align is
// align. It ends before a note that does not fit: the loader reads most notes not at all,
// so a damaged one is no fault. The error is of reading.
func (img *Image) Notes(r Region, align uint64) iter.Seq2[Note, error] {
	const header = 12
	if align != 8 {
		align = 4
	}
	return func(yield func(Note, error) bool) {
		for at := r.From; r.To-at >= header; {
			h, err := img.Bytes(at, header, "PT_NOTE")
			if err != nil {
				yield(Note{}, err)
				return
			}
			n := Note{Type: img.Order.Uint32(h[8:])}
			n.Name = Region{at + header, at + header + uint64(img.Order.Uint32(h))}
			desc := r.From + AlignUp(n.Name.To-r.From, align)
			n.Desc = Region{desc, desc + uint64(img.Order.Uint32(h[4:]))}
			n.Region = Region{at, n.Desc.To}
			if n.Desc.To > r.To {
				return
			}
			n.Next = min(r.To, r.From+AlignUp(n.To-r.From, align))
			at = n.Next
			if !yield(n, nil) {
				return
			}
		}
	}
}
