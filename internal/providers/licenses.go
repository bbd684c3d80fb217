package providers

import (
	_ "embed"
	"strings"
	"sync"
)

//go:embed licenses.tsv
var licenses string

var loadLicenses = sync.OnceValue(func() map[string]string {
	m := map[string]string{}
	for line := range strings.Lines(licenses) {
		if name, attr, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t"); ok && !strings.HasPrefix(line, "#") {
			m[name] = attr
		}
	}
	return m
})

// License returns the attribute of lib.licenses for an identifier of SPDX or a classifier.
func License(name string) (attr string, ok bool) {
	attr, ok = loadLicenses()[name]
	return attr, ok
}
