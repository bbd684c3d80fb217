package elfobj

import (
	"encoding/hex"
	"encoding/json"
)

// .note.dlopen is specified in "ELF Dlopen Metadata" of the UAPI group,
// .note.gnu.build-id in ld(1), --build-id.
const (
	gnuOwner   = "GNU"
	gnuBuildID = 3  // NT_GNU_BUILD_ID
	maxBuildID = 64 // sha512, the longest hash there is

	noteOwner  = "FDO"
	noteDlopen = 0x407c0c0a
	maxNote    = 1 << 20
	maxNotes   = 1 << 16 // of one object
)

// readNotes looks for .note.dlopen and the build ID in one PT_NOTE segment. The loader does not
// read these notes, so one that is damaged is passed over.
func (img *image) readNotes(p prog) error {
	if p.Filesz == 0 || p.Off > img.size || p.Filesz > img.size-p.Off {
		return nil
	}
	// Segments of notes may overlap, as those of GNU properties do. The bound keeps
	// many headers from making one segment long work.
	if img.notes += p.Filesz; img.notes > 2*img.size {
		return nil
	}
	align := uint64(4)
	if p.Align == 8 {
		align = 8
	}
	for at, end := p.Off, p.Off+p.Filesz; end-at >= 12; {
		h, err := img.bytes(at, 12, "PT_NOTE")
		if err != nil {
			return err
		}
		if img.noteCount++; img.noteCount > maxNotes {
			return formatErr("PT_NOTE: more than %d notes", maxNotes)
		}
		namesz, descsz := uint64(img.order.Uint32(h)), uint64(img.order.Uint32(h[4:]))
		kind := img.order.Uint32(h[8:])
		name := at + 12
		desc := alignUp(name+namesz-p.Off, align) + p.Off
		if desc > end || descsz > end-desc {
			return nil
		}
		if kind == noteDlopen && namesz == uint64(len(noteOwner)+1) && descsz <= maxNote {
			if err := img.readDlopen(name, desc, descsz); err != nil {
				return err
			}
		}
		if kind == gnuBuildID && namesz == uint64(len(gnuOwner)+1) && descsz <= maxBuildID && img.BuildID == "" {
			if err := img.readBuildID(name, desc, descsz); err != nil {
				return err
			}
		}
		at = alignUp(desc+descsz-p.Off, align) + p.Off
		if at > end {
			return nil
		}
	}
	return nil
}

func (img *image) readBuildID(name, desc, size uint64) error {
	owner, err := img.bytes(name, uint64(len(gnuOwner)+1), "PT_NOTE")
	if err != nil || cString(owner) != gnuOwner {
		return err
	}
	id, err := img.bytes(desc, size, "PT_NOTE")
	img.BuildID = hex.EncodeToString(id)
	return err
}

func (img *image) readDlopen(name, desc, size uint64) error {
	owner, err := img.bytes(name, uint64(len(noteOwner)+1), "PT_NOTE")
	if err != nil {
		return err
	}
	if cString(owner) != noteOwner {
		return nil
	}
	if err := img.spend(size); err != nil {
		return err
	}
	text, err := img.bytes(desc, size, "PT_NOTE")
	if err != nil {
		return err
	}
	var entries []struct {
		Soname   []string `json:"soname"`
		Feature  string   `json:"feature"`
		Priority string   `json:"priority"`
	}
	if json.Unmarshal([]byte(cString(text)), &entries) != nil {
		return nil
	}
	for _, e := range entries {
		if e.Priority == "" {
			e.Priority = "recommended" // the default of the specification
		}
		if len(e.Soname) > 0 {
			img.Dlopen = append(img.Dlopen, Dlopen{Sonames: e.Soname, Feature: e.Feature, Priority: e.Priority})
		}
	}
	return nil
}

func alignUp(n, align uint64) uint64 { return (n + align - 1) &^ (align - 1) }
