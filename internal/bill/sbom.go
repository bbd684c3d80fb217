package bill

import (
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/tree"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
)

// Limits on what is read of bills of materials, which a wheel may bring any number of.
const (
	maxSBOM  = 8 << 20
	maxSBOMs = 32
)

// An SBOM is one document of dist-info/sboms (PEP 770): what the maker of a wheel says is
// in it. Only CycloneDX JSON is read; of others the path is known.
type SBOM struct {
	Path       string
	Own        string // the reference of the wheel itself in it
	Components []foreign
	DependsOn  map[string][]string // by reference
}

// A foreign component is what is taken over of a component of such a document: whatever
// else it says might not be valid.
type foreign struct {
	Ref     string `json:"bom-ref"`
	Type    string `json:"type"`
	Group   string `json:"group"`
	Name    string `json:"name"`
	Version string `json:"version"`
	PURL    string `json:"purl"`
	Hashes  []struct {
		Alg     string `json:"alg"`
		Content string `json:"content"`
	} `json:"hashes"`
	Licenses []struct {
		Expression string `json:"expression"`
		License    struct {
			ID   string `json:"id"`
			Name string `json:"name"`
		} `json:"license"`
	} `json:"licenses"`
	Components []foreign `json:"components"`
}

// isSBOM reports whether a member or file of a dist-info is a bill of materials.
func isSBOM(name string) bool {
	dir := path.Base(path.Dir(path.Dir(name)))
	return path.Base(path.Dir(name)) == "sboms" && wheel.IsDistInfo(dir) && strings.HasSuffix(name, ".json")
}

// OfArchive reads those of a wheel.
func OfArchive(a *wheel.Archive) []SBOM {
	var out []SBOM
	for i := range a.Members {
		m := &a.Members[i]
		if m.Unsafe != "" || !isSBOM(m.Name) || len(out) == maxSBOMs {
			continue
		}
		text, err := a.ReadMember(m, maxSBOM)
		if err != nil {
			text = ""
		}
		out = append(out, parseSBOM(m.Name, []byte(text)))
	}
	return out
}

// OfTree reads those of the dist-infos of a tree.
func OfTree(l *tree.Listing) []SBOM {
	var out []SBOM
	for _, e := range l.Entries {
		rel, err := filepath.Rel(l.Root.Abs, e.Path)
		if err != nil || !e.Regular() || !isSBOM(rel) || len(out) == maxSBOMs {
			continue
		}
		out = append(out, parseSBOM(rel, readHead(e.Path, maxSBOM)))
	}
	return out
}

// readHead returns the first bytes of a file, none of one that cannot be read.
func readHead(path string, n int64) []byte {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, n))
	if err != nil {
		return nil
	}
	return text
}

// parseSBOM reads a document; of what is no CycloneDX it keeps the path alone.
func parseSBOM(path string, text []byte) SBOM {
	var document struct {
		Format   string `json:"bomFormat"`
		Metadata struct {
			Component foreign `json:"component"`
		} `json:"metadata"`
		Components   []foreign `json:"components"`
		Dependencies []struct {
			Ref       string   `json:"ref"`
			DependsOn []string `json:"dependsOn"`
		} `json:"dependencies"`
	}
	s := SBOM{Path: path, DependsOn: map[string][]string{}}
	if json.Unmarshal(text, &document) != nil || document.Format != "CycloneDX" {
		return s
	}
	own := document.Metadata.Component
	s.Own = own.Ref
	var flatten func(list []foreign)
	flatten = func(list []foreign) {
		for _, c := range list {
			// auditwheel lists the wheel itself among its parts.
			if c.Name != "" && (c.PURL == "" || c.PURL != own.PURL) {
				s.Components = append(s.Components, c)
			}
			flatten(c.Components)
		}
	}
	flatten(own.Components)
	flatten(document.Components)
	for _, d := range document.Dependencies {
		s.DependsOn[d.Ref] = append(s.DependsOn[d.Ref], d.DependsOn...)
	}
	return s
}

// hexDigits is how long the digests of an algorithm are that CycloneDX names so.
var hexDigits = map[string]int{"MD5": 32, "SHA-1": 40, "SHA-256": 64, "SHA-384": 96, "SHA-512": 128}

// validHash reports whether a digest is one of its algorithm.
func validHash(alg, content string) bool {
	_, err := hex.DecodeString(content)
	return err == nil && len(content) == hexDigits[alg]
}
