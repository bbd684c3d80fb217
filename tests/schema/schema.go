// Package schema holds what the program prints to its own schema in docs/ and to that of
// CycloneDX, as another program reads them (JSON Schema).
package schema

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Check returns an error where a document of --format json does not hold to
// docs/json.schema.json. It is stricter than that: fields that are not described there
// are an error here.
func Check(document []byte) error {
	return hold(document, compiled)
}

// hold returns an error where a document does not hold to a schema.
func hold(document []byte, schema func() (*jsonschema.Schema, error)) error {
	s, err := schema()
	if err != nil {
		return err
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(document))
	if err != nil {
		return err
	}
	return s.Validate(value)
}

// Read returns the schema docs/json.schema.json.
func Read() ([]byte, error) {
	dir, err := os.Getwd()
	for err == nil {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return os.ReadFile(filepath.Join(dir, "docs", "json.schema.json"))
		}
		if dir == filepath.Dir(dir) {
			err = fmt.Errorf("no go.mod above the working directory")
		}
		dir = filepath.Dir(dir)
	}
	return nil, err
}

// CheckCycloneDX returns an error where a document does not hold to the schema of
// CycloneDX 1.6, which the Go library of its makers brings along.
func CheckCycloneDX(document []byte) error {
	return hold(document, cycloneDX)
}

var cycloneDX = sync.OnceValues(func() (*jsonschema.Schema, error) {
	const module, base = "github.com/CycloneDX/cyclonedx-go", "http://cyclonedx.org/schema/"
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", module).Output()
	if err != nil {
		return nil, fmt.Errorf("go list -m %s: %w", module, err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	for id, file := range map[string]string{
		"bom-1.6.schema.json": "bom-1.6.schema.json", "spdx.schema.json": "spdx.schema.json", "jsf-0.82.schema.json": "jsf-0.82.schemax.json",
	} {
		text, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "schema", file))
		if err != nil {
			return nil, err
		}
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err == nil {
			err = c.AddResource(base+id, value)
		}
		if err != nil {
			return nil, err
		}
	}
	return c.Compile(base + "bom-1.6.schema.json")
})

var compiled = sync.OnceValues(func() (*jsonschema.Schema, error) {
	text, err := Read()
	if err != nil {
		return nil, err
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	forbidOthers(value)
	c := jsonschema.NewCompiler()
	if err := c.AddResource("schema.json", value); err != nil {
		return nil, err
	}
	return c.Compile("schema.json")
})

// forbidOthers lets no object of the schema have a field that is not described.
func forbidOthers(value any) {
	switch v := value.(type) {
	case map[string]any:
		if v["type"] == "object" {
			v["additionalProperties"] = false
		}
		for _, part := range v {
			forbidOthers(part)
		}
	case []any:
		for _, part := range v {
			forbidOthers(part)
		}
	}
}
