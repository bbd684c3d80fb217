package bill

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	cdx "github.com/CycloneDX/cyclonedx-go"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/schema"
)

// sample is a wheel with an extension module, a library that this needs, and a plugin.
func sample() Contents {
	return Contents{
		Wheels: []Wheel{{
			Name: "Pkg", Version: "1.0", Path: "pkg-1.0-cp312-abi3-manylinux_2_28_x86_64.whl", Archive: true, SHA256: strings.Repeat("b", 64),
		}},
		Objects: []Object{
			{Path: "pkg.libs/libone-1234.so.1", Kind: "bundled library", Soname: "libone-1234.so.1", Outside: []string{"libm.so.6"}},
			{Path: "pkg/core.abi3.so", Kind: "extension module", Machine: "x86_64", Needs: []int{0, 1}, Outside: []string{"libGL.so.1", "libc.so.6"}},
			{Path: "pkg/plugins/libmimer.so", Kind: "plugin", Outside: []string{"libmimerapi.so"}},
		},
	}
}

// billOf returns the bill of materials of what is inside wheels, which must be valid.
func billOf(t *testing.T, c Contents) cdx.BOM {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, c, "1.0"); err != nil {
		t.Fatal(err)
	}
	if err := schema.CheckCycloneDX(b.Bytes()); err != nil {
		t.Fatalf("%v\n%s", err, b.String())
	}
	var bom cdx.BOM
	if err := cdx.NewBOMDecoder(&b, cdx.BOMFileFormatJSON).Decode(&bom); err != nil {
		t.Fatal(err)
	}
	return bom
}

// dependencyOf returns what a component depends on.
func dependencyOf(t *testing.T, bom cdx.BOM, ref string) []string {
	t.Helper()
	i := slices.IndexFunc(*bom.Dependencies, func(d cdx.Dependency) bool { return d.Ref == ref })
	if i < 0 {
		t.Fatalf("nothing is said of %s", ref)
	}
	if on := (*bom.Dependencies)[i].Dependencies; on != nil {
		return *on
	}
	return nil
}

// Rule: the bill has the wheel with its purl, and each object with its file, hash, build
// ID, and what it needs inside and outside. The schema of CycloneDX holds.
func TestBillOfMaterials(t *testing.T) {
	c := sample()
	c.Wheels[0].Version = "1.0+cu12"
	c.Objects = append(c.Objects, Object{Path: "pkg.libs/libxz-0a1b2c3d.so.5.4.6", Soname: "libxz-0a1b2c3d.so.5", BuildID: "00ff", SHA256: strings.Repeat("a", 64)})
	bom := billOf(t, c)
	own := bom.Metadata.Component
	if want := "pkg:pypi/pkg@1.0%2Bcu12?file_name=pkg-1.0-cp312-abi3-manylinux_2_28_x86_64.whl"; own.PackageURL != want {
		t.Errorf("purl %s", own.PackageURL)
	}
	if (*own.Hashes)[0].Value != c.Wheels[0].SHA256 || len(*bom.Components) != 4 {
		t.Errorf("%+v", own)
	}
	if on := dependencyOf(t, bom, own.BOMRef); len(on) != 4 {
		t.Errorf("the wheel has %q", on)
	}
	core := dependencyOf(t, bom, "pkg-1.0+cu12#pkg/core.abi3.so")
	if !slices.Equal(core, []string{"pkg-1.0+cu12#pkg.libs/libone-1234.so.1"}) {
		t.Errorf("core needs %q", core)
	}
	xz := (*bom.Components)[slices.IndexFunc(*bom.Components, func(c cdx.Component) bool { return c.Name == "libxz" })]
	text, err := json.Marshal(xz)
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasPrefix(xz.BOMRef, "pkg:") {
		t.Errorf("%s is taken for a purl", xz.BOMRef)
	}
	for _, want := range []string{
		`"wheel-auto-patch:build-id","value":"00ff"`, `"wheel-auto-patch:file-version","value":"5.4.6"`, strings.Repeat("a", 64), `"location":"pkg.libs/libxz-0a1b2c3d.so.5.4.6"`,
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %s in %s", want, text)
		}
	}
	if xz.Version != "" {
		t.Error("the version of a file is no release:", xz.Version)
	}
}

const auditwheelBill = `{"bomFormat": "CycloneDX", "specVersion": "1.4", "version": 1,
  "metadata": {"component": {"type": "library", "bom-ref": "own", "name": "Pkg", "version": "1.0", "purl": "pkg:pypi/Pkg@1.0"}},
  "components": [
    {"type": "library", "bom-ref": "own", "name": "Pkg", "version": "1.0", "purl": "pkg:pypi/Pkg@1.0"},
    {"type": "library", "bom-ref": "xz#1", "name": "xz-libs", "version": "5.2.4-4.el8", "purl": "pkg:rpm/almalinux/xz-libs@5.2.4-4.el8"},
    {"type": "library", "bom-ref": "xz#2", "name": "xz-libs", "version": "5.2.4-4.el8", "purl": "pkg:rpm/almalinux/xz-libs@5.2.4-4.el8"},
    {"type": "library", "bom-ref": "more", "name": "more", "version": "2"},
    {"type": "library", "bom-ref": "sub", "name": "deep", "version": "2", "licenses": [{"license": {"id": "MIT"}}]}],
  "dependencies": [{"ref": "own", "dependsOn": ["xz#1"]}, {"ref": "xz#1", "dependsOn": ["sub", "nowhere"]}, {"ref": "xz#2", "dependsOn": ["more"]}]}`

// Rule: what auditwheel knows of a library is taken over (PEP 770): its package as a
// component, as what the library was made from, and as its version.
func TestBillsOfTheWheelAreMerged(t *testing.T) {
	const file = "pkg-1.0.dist-info/sboms/auditwheel.cdx.json"
	c := sample()
	c.Wheels[0].SBOMs = []SBOM{parseSBOM(file, []byte(auditwheelBill))}
	c.Objects = append(c.Objects, Object{Path: "pkg.libs/libxz-0a1b2c3d.so.5.2.4"})
	bom := billOf(t, c)
	on := dependencyOf(t, bom, bom.Metadata.Component.BOMRef)
	if !slices.Contains(on, file+"#xz#1") || slices.Contains(on, file+"#sub") || slices.Contains(on, file+"#own") {
		t.Errorf("the wheel has %q", on)
	}
	if on := dependencyOf(t, bom, file+"#xz#1"); !slices.Equal(on, []string{file + "#more", file + "#sub"}) {
		t.Errorf("xz needs %q", on)
	}
	if n := len(*bom.Components); n != 7 {
		t.Errorf("%d components: a package is listed once", n)
	}
	for _, c := range *bom.Components {
		if c.Name == "libxz" && (c.Version != "5.2.4-4.el8" || (*c.Pedigree.Ancestors)[0].PackageURL != "pkg:rpm/almalinux/xz-libs@5.2.4-4.el8") {
			t.Errorf("%+v", c)
		}
		if c.Name == "libone-1234" && c.Version != "" {
			t.Errorf("%+v", c)
		}
	}
}

// Rule: an object may depend on one of another wheel.
func TestObjectsDependAcrossWheels(t *testing.T) {
	c := sample()
	c.Wheels = append(c.Wheels, Wheel{Name: "other", Version: "2"})
	c.Objects = append(c.Objects, Object{Wheel: 1, Path: "other.so", Needs: []int{0}})
	bom := billOf(t, c)
	if on := dependencyOf(t, bom, "other-2#other.so"); len(on) != 1 || !strings.HasSuffix(on[0], "#pkg.libs/libone-1234.so.1") {
		t.Errorf("%q", on)
	}
}

// Rule: the bill is valid whatever the bills of a wheel and the names in it say.
func TestBillIsValidWhateverAWheelSays(t *testing.T) {
	hostile := []string{
		"", "null", "[]", `{"bomFormat": "SPDX"}`, strings.Repeat("[", 20000),
		`{"bomFormat": "CycloneDX", "components": [
			{"type": "bomb", "name": "\u202e", "version": "` + strings.Repeat("9", 2000) + `", "purl": "javascript:x", "hashes": [{"alg": "ROT13", "content": "x"}, {"alg": "SHA-1", "content": "zz"}]},
			{"name": "a", "bom-ref": "r"}, {"name": "a", "bom-ref": "r"}, {"name": ""}, {"name": "b", "components": [{"name": "c", "licenses": [{"license": {"id": "no such"}}, {"expression": "MIT OR"}]}]}],
			"dependencies": [{"ref": "r", "dependsOn": ["r", "r"]}, {"ref": "r", "dependsOn": ["x"]}, {"ref": ""}]}`,
	}
	c := sample()
	w := &c.Wheels[0]
	for i, text := range hostile {
		w.SBOMs = append(w.SBOMs, parseSBOM("pkg-1.0.dist-info/sboms/x.json", []byte(text)), parseSBOM("\xff", []byte(hostile[len(hostile)-1-i])))
	}
	w.Version, w.Path = "1 \xff%", "a b\xff#?.whl"
	c.Objects = append(c.Objects, Object{Path: "pkg.libs/lib\xff\u202e#.so", Outside: []string{"\xff"}}, Object{Path: "pkg.libs/lib\xfe\u202e#.so"})
	tree := sample()
	tree.Wheels[0] = Wheel{Path: "/", Dists: []wheel.Dist{{Name: "a", Version: "1"}, {Name: "A", Version: "1"}, {}}}
	many := sample()
	many.Wheels = append(many.Wheels, many.Wheels[0], Wheel{Path: "damaged.whl", Archive: true})
	many.Objects = append(many.Objects, Object{Wheel: 1, Path: "pkg/core.abi3.so"})
	for name, c := range map[string]Contents{"hostile": c, "tree": tree, "many": many, "one": sample(), "nothing": {}} {
		t.Run(name, func(t *testing.T) {
			var first, second bytes.Buffer
			billOf(t, c)
			if err := Write(&first, c, "1"); err != nil {
				t.Fatal(err)
			}
			if err := Write(&second, c, "1"); err != nil || !bytes.Equal(first.Bytes(), second.Bytes()) {
				t.Error("two runs differ", err)
			}
		})
	}
}
