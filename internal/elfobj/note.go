package elfobj

import (
	"encoding/hex"
	"encoding/json"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfimage"
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
)

// readNotes looks for .note.dlopen and the build ID in one PT_NOTE segment. The loader does not
// read these notes, so one that is damaged is passed over.
func (img *reader) readNotes(p elfimage.Prog) error {
	if p.Filesz == 0 || p.Off > img.Size || p.Filesz > img.Size-p.Off {
		return nil
	}
	// Segments of notes may overlap, as those of GNU properties do. The bound keeps
	// many headers from making one segment long work.
	if img.notes += p.Filesz; img.notes > 2*img.Size {
		return nil
	}
	for n, err := range img.Notes(elfimage.Region{From: p.Off, To: p.Off + p.Filesz}, p.Align) {
		if err != nil {
			return err
		}
		if img.noteCount++; img.noteCount > elfimage.MaxNotes {
			return elfimage.Errorf("PT_NOTE: more than %d notes", elfimage.MaxNotes)
		}
		switch {
		case n.Type == noteDlopen && n.Name.Size() == uint64(len(noteOwner)+1) && n.Desc.Size() <= maxNote:
			err = img.readDlopen(n)
		case n.Type == gnuBuildID && n.Name.Size() == uint64(len(gnuOwner)+1) && n.Desc.Size() <= maxBuildID && img.BuildID == "":
			err = img.readBuildID(n)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (img *reader) readBuildID(n elfimage.Note) error {
	owner, err := img.Bytes(n.Name.From, n.Name.Size(), "PT_NOTE")
	if err != nil || elfimage.String(owner) != gnuOwner {
		return err
	}
	id, err := img.Bytes(n.Desc.From, n.Desc.Size(), "PT_NOTE")
	img.BuildID = hex.EncodeToString(id)
	return err
}

func (img *reader) readDlopen(n elfimage.Note) error {
	owner, err := img.Bytes(n.Name.From, n.Name.Size(), "PT_NOTE")
	if err != nil {
		return err
	}
	if elfimage.String(owner) != noteOwner {
		return nil
	}
	if err := img.Spend(n.Desc.Size()); err != nil {
		return err
	}
	text, err := img.Bytes(n.Desc.From, n.Desc.Size(), "PT_NOTE")
	if err != nil {
		return err
	}
	var entries []struct {
		Soname   []string `json:"soname"`
		Feature  string   `json:"feature"`
		Priority string   `json:"priority"`
	}
	if json.Unmarshal([]byte(elfimage.String(text)), &entries) != nil {
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
