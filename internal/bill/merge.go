package bill

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

// merge adds the components of a bill that a wheel brings along, each package once, and
// returns the references of those that the bill says the wheel depends on: all, where it says nothing.
func (b *billing) merge(wheel string, s SBOM) []string {
	refs := map[string]string{s.Own: wheel}
	var all []string
	known := map[string]string{} // references, by what is said of a component
	for _, f := range s.Components {
		c := newForeign(f)
		c.Properties = &[]cdx.Property{{Name: "wheel-auto-patch:sbom", Value: s.Path}}
		// auditwheel lists a package once for each library of it.
		said := fmt.Sprint(f.PURL, c.Group, c.Name, c.Version, f.Hashes, f.Licenses)
		ref, twice := known[said]
		if !twice || f.PURL == "" {
			c.BOMRef = b.ref(s.Path + "#" + cmp.Or(f.Ref, f.PURL, f.Name))
			ref, known[said] = c.BOMRef, c.BOMRef
			all = append(all, ref)
			b.components = append(b.components, c)
		}
		if _, twice := refs[f.Ref]; !twice && f.Ref != "" {
			refs[f.Ref] = ref
		}
	}
	resolve := func(list []string) []string {
		var out []string
		for _, ref := range list {
			if to, ok := refs[ref]; ok && to != wheel {
				out = append(out, to)
			}
		}
		return out
	}
	needs := map[string][]string{}
	for _, f := range s.Components {
		if ref := refs[f.Ref]; f.Ref != "" {
			needs[ref] = append(needs[ref], resolve(s.DependsOn[f.Ref])...)
		}
	}
	for _, ref := range all {
		if on, said := needs[ref]; said {
			b.depend(ref, slices.DeleteFunc(on, func(to string) bool { return to == ref }))
		}
	}
	if direct := resolve(s.DependsOn[s.Own]); s.Own != "" && len(direct) > 0 {
		return direct
	}
	return all
}

// newForeign returns what is taken over of a component, in forms that are valid whatever
// it says.
func newForeign(f foreign) cdx.Component {
	c := cdx.Component{Type: cdx.ComponentTypeLibrary, Group: f.Group, Name: f.Name, Version: f.Version}
	known := []cdx.ComponentType{cdx.ComponentTypeApplication, cdx.ComponentTypeFramework, cdx.ComponentTypeFile, cdx.ComponentTypeData}
	if t := cdx.ComponentType(f.Type); slices.Contains(known, t) {
		c.Type = t
	}
	if strings.HasPrefix(f.PURL, "pkg:") {
		c.PackageURL = f.PURL
	}
	if len(c.Version) > 1024 { // as long as it may be
		c.Version = ""
	}
	var hashes []cdx.Hash
	for _, h := range f.Hashes {
		hash := cdx.Hash{Algorithm: cdx.HashAlgorithm(h.Alg), Value: h.Content}
		if validHash(h.Alg, h.Content) && !slices.Contains(hashes, hash) {
			hashes = append(hashes, hash)
		}
	}
	c.Hashes = some(hashes)
	c.Licenses = f.licenses()
	return c
}
