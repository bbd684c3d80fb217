// RECORD against the archive's directory, by name alone: PEP 427, "Signed wheel
// files", wants every file but RECORD and its signatures to be in RECORD.

package wheel

import "path"

// A Comparison is what RECORD and the archive's directory say of each other. It
// says nothing of rows that ParseRecord has faults for, nor of two rows for one
// file: they are in it as the others are.
type Comparison struct {
	Rows     []*Row    // for each of Members the last row that names it, or nil
	Outside  []*Row    // rows that lead out of the archive
	Missing  []*Row    // rows inside of it that no member answers to
	Unlisted []*Member // members that need a row and have none
	Faults   []*Fault  // rows that RECORD of a wheel must not have, though one of a tree may
}

// CompareRecord compares a RECORD with the members of the archive. A row names the
// member that its path leads to: "./x" and "y/../x" both name x.
//
// Directories, unsafe members and the second member of one name have no row and
// need none. A row for an unsafe member is not missing, as the member is there. A
// member that cannot be read is not unlisted. The archive has a fault for each of
// these but directories.
func (a *Archive) CompareRecord(r *Record) Comparison {
	c := Comparison{Rows: make([]*Row, len(a.Members))}
	unsafe := a.unsafeNames()
	for i := range r.Rows {
		row := &r.Rows[i]
		clean, inside := Clean(row.Path)
		if a.IsOwnRecord(clean) && isSignature(path.Base(clean)) {
			// Installers write one, as they do for each file that has none.
			c.Faults = append(c.Faults, row.fault(BadRecord, "a row for a signature of RECORD, which is made after RECORD: PEP 427 allows none"))
		}
		at, found := a.index.find(clean)
		switch {
		case !inside:
			c.Outside = append(c.Outside, row)
		case found:
			c.Rows[at] = row
		case !unsafe[clean]:
			c.Missing = append(c.Missing, row)
		}
	}
	for i := range a.Members {
		if m := &a.Members[i]; c.Rows[i] == nil && a.needsRow(m) {
			c.Unlisted = append(c.Unlisted, m)
		}
	}
	return c
}

func (a *Archive) unsafeNames() map[string]bool {
	names := map[string]bool{}
	for i := range a.Members {
		if m := &a.Members[i]; m.Unsafe != "" {
			names[m.Name] = true
		}
	}
	return names
}

func (a *Archive) needsRow(m *Member) bool {
	return m.Readable() && !m.IsDir() && !a.IsOwnRecord(m.Name) && a.Lookup(m.Name) == m
}
