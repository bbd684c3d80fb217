// Package bill writes what is inside wheels as a bill of materials (CycloneDX 1.6, ECMA-424),
// and reads the bills that wheels bring along (PEP 770, CycloneDX JSON alone). What wheels
// have inside is known to its caller: package explain.
package bill

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"net/url"
	"path"
	"slices"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pyname"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
)

// Contents are what a bill lists.
type Contents struct {
	Wheels  []Wheel
	Objects []Object
}

// A Wheel is a .whl or a tree.
type Wheel struct {
	Name, Version string     // of its distribution; the name is empty where it has none, or several
	Path          string     // as the user gave it
	Archive       bool       // it is a .whl
	SHA256        string     // of the .whl, in hexadecimal
	Dist          wheel.Dist // of it, if there is just one
	SBOMs         []SBOM
	Dists         []wheel.Dist // of a tree of several
}

// An Object is an ELF object of a wheel.
type Object struct {
	Wheel                 int    // index in Contents.Wheels
	Path                  string // relative to the wheel
	Kind, Machine, Soname string
	Program               bool
	BuildID, SHA256       string   // in hexadecimal, or empty
	Needs                 []int    // the indices in Contents.Objects of what it needs
	Outside               []string // the sonames of what it needs from outside
}

// Write writes the bill: each wheel with its purl and license, each object with its version where that can
// be known, sha256, build ID and dependencies, and the components of the bills that the wheels
// bring along. It has no serial number and no time, so two runs write the same bytes. The
// version is that of this program.
func Write(w io.Writer, contents Contents, version string) error {
	b := &billing{Contents: contents, refs: map[string]bool{}}
	b.name()
	var wheels []cdx.Component
	for i := range b.Wheels {
		wheels = append(wheels, b.wheel(i))
	}
	bom := cdx.NewBOM()
	bom.Metadata = &cdx.Metadata{Tools: &cdx.ToolsChoice{Components: &[]cdx.Component{
		{Type: cdx.ComponentTypeApplication, Name: "wheel-auto-patch", Version: version},
	}}}
	if len(wheels) == 1 {
		bom.Metadata.Component = &wheels[0]
	} else {
		b.components = append(wheels, b.components...)
	}
	slices.SortStableFunc(b.dependencies, func(x, y cdx.Dependency) int { return cmp.Compare(x.Ref, y.Ref) })
	bom.Components, bom.Dependencies = &b.components, &b.dependencies
	var out bytes.Buffer
	e := cdx.NewBOMEncoder(&out, cdx.BOMFileFormatJSON).SetPretty(true).SetEscapeHTML(false)
	if err := e.EncodeVersion(bom, cdx.SpecVersion1_6); err != nil {
		return err
	}
	_, err := w.Write(words.EscapeJSON(out.Bytes()))
	return err
}

// A billing is one bill of materials in the making.
type billing struct {
	Contents
	refs         map[string]bool // those that are given
	wheelRefs    []string
	objectRefs   []string
	components   []cdx.Component
	dependencies []cdx.Dependency
}

// ref returns a reference that no other component has.
func (b *billing) ref(wanted string) string {
	wanted = strings.ToValidUTF8(wanted, "\ufffd") // as JSON has it
	ref := wanted
	for n := 2; b.refs[ref]; n++ {
		ref = fmt.Sprintf("%s~%d", wanted, n)
	}
	b.refs[ref] = true
	return ref
}

// name gives wheels and objects their references, before anything is said of them: objects
// depend on one another.
func (b *billing) name() {
	for _, w := range b.Wheels {
		b.wheelRefs = append(b.wheelRefs, b.ref(cmp.Or(w.purl(), w.Path)))
	}
	for _, o := range b.Objects {
		// Without its purl: syft takes a reference that begins with one for that package.
		w := b.Wheels[o.Wheel]
		of := w.Path
		if w.Name != "" {
			of = pyname.NormalName(w.Name) + "-" + w.Version
		}
		b.objectRefs = append(b.objectRefs, b.ref(of+"#"+o.Path))
	}
}

// wheel adds what is in the wheel of index i, and returns it.
func (b *billing) wheel(i int) cdx.Component {
	w := b.Wheels[i]
	c := cdx.Component{Type: cdx.ComponentTypeLibrary, Name: pyname.NormalName(w.Name), Version: w.Version}
	if w.Name == "" {
		c.Type, c.Name = cdx.ComponentTypeApplication, cmp.Or(path.Base(w.Path), w.Path)
	}
	c.PackageURL, c.BOMRef = w.purl(), b.wheelRefs[i]
	c.Hashes = sha256Of(w.SHA256)
	c.Licenses = licenses(w.Dist)
	var properties []cdx.Property
	for _, s := range w.SBOMs {
		properties = append(properties, cdx.Property{Name: "wheel-auto-patch:sbom", Value: s.Path})
	}
	c.Properties = some(properties)

	var parts []string
	for j, o := range b.Objects {
		if o.Wheel != i {
			continue
		}
		b.components = append(b.components, b.object(o, b.objectRefs[j]))
		parts = append(parts, b.objectRefs[j])
		var needs []string
		for _, n := range o.Needs {
			if n != j {
				needs = append(needs, b.objectRefs[n])
			}
		}
		b.depend(b.objectRefs[j], needs)
	}
	for _, d := range w.Dists {
		parts = append(parts, b.dist(d))
	}
	for _, s := range w.SBOMs {
		parts = append(parts, b.merge(c.BOMRef, s)...)
	}
	b.depend(c.BOMRef, parts)
	return c
}

// purl returns the package URL of a wheel (package-url, type pypi), empty where it has no
// name: fetched from PyPI it has the name of the file.
func (w Wheel) purl() string {
	if w.Name == "" {
		return ""
	}
	purl := "pkg:pypi/" + pyname.NormalName(w.Name)
	if w.Version != "" {
		purl += "@" + strings.ReplaceAll(url.PathEscape(w.Version), "+", "%2B")
	}
	if w.Archive {
		purl += "?file_name=" + strings.ReplaceAll(url.PathEscape(path.Base(w.Path)), "+", "%2B")
	}
	return purl
}

// dist adds a distribution that is installed in a tree, and returns its reference.
func (b *billing) dist(d wheel.Dist) string {
	c := cdx.Component{
		Type: cdx.ComponentTypeLibrary, Name: pyname.NormalName(d.Name), Version: d.Version,
		PackageURL: Wheel{Name: d.Name, Version: d.Version}.purl(), Licenses: licenses(d),
	}
	c.BOMRef = b.ref(cmp.Or(c.PackageURL, d.Dir, "distribution"))
	b.components = append(b.components, c)
	b.depend(c.BOMRef, nil)
	return c.BOMRef
}

// object returns an object as a component.
func (b *billing) object(o Object, ref string) cdx.Component {
	name, fileVersion := libraryVersion(path.Base(o.Path))
	c := cdx.Component{BOMRef: ref, Type: cdx.ComponentTypeLibrary, Name: name, Hashes: sha256Of(o.SHA256)}
	if o.Program {
		c.Type = cdx.ComponentTypeApplication
	}
	if origin, found := b.origin(o.Wheel, name); found {
		c.Version = origin.Version
		c.Pedigree = &cdx.Pedigree{Ancestors: &[]cdx.Component{newForeign(origin)}}
	}
	c.Evidence = &cdx.Evidence{Occurrences: &[]cdx.EvidenceOccurrence{{Location: o.Path}}}
	var properties []cdx.Property
	say := func(name, value string) {
		if value != "" {
			properties = append(properties, cdx.Property{Name: "wheel-auto-patch:" + name, Value: value})
		}
	}
	say("kind", o.Kind)
	say("machine", o.Machine)
	say("soname", o.Soname)
	say("file-version", fileVersion)
	say("build-id", o.BuildID)
	for _, soname := range o.Outside {
		say("needs", soname)
	}
	c.Properties = some(properties)
	return c
}

// depend says what a component depends on, sorted.
func (b *billing) depend(ref string, on []string) {
	d := cdx.Dependency{Ref: ref}
	slices.Sort(on)
	d.Dependencies = some(slices.Compact(on))
	b.dependencies = append(b.dependencies, d)
}

// sha256Of returns the hash of a component, or nil where it is not known.
func sha256Of(sum string) *[]cdx.Hash {
	if sum == "" {
		return nil
	}
	return &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA256, Value: sum}}
}

// some returns a list as the library takes it: nil where it is empty.
func some[T any](list []T) *[]T {
	if len(list) == 0 {
		return nil
	}
	return &list
}
