package record

import (
	"archive/zip"
	"io"
	"os"
	"slices"
)

// tamper copies a wheel and changes the last byte of some members; RECORD
// stays.
func tamper(wheel, out string, members ...string) (err error) {
	in, err := zip.OpenReader(wheel)
	if err != nil {
		return err
	}
	defer in.Close()
	f, err := os.Create(out)
	if err != nil {
		return err
	}
	defer func() {
		if e := f.Close(); err == nil {
			err = e
		}
	}()
	w := zip.NewWriter(f)
	for _, m := range in.File {
		if !slices.Contains(members, m.Name) {
			if err := w.Copy(m); err != nil {
				return err
			}
			continue
		}
		if err := tamperMember(w, m); err != nil {
			return err
		}
	}
	return w.Close()
}

func tamperMember(w *zip.Writer, m *zip.File) error {
	r, err := m.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	data[len(data)-1] ^= 1
	out, err := w.CreateHeader(&zip.FileHeader{Name: m.Name, Method: zip.Store, ExternalAttrs: m.ExternalAttrs})
	if err != nil {
		return err
	}
	_, err = out.Write(data)
	return err
}
