// Package schema holds what the program prints to the schemas in docs/ (JSON Schema,
// draft 2020-12), as another program reads them.
package schema

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Check returns an error where a document of --format json does not hold to
// docs/json.schema.json. It is stricter than that: fields that are not described there
// are an error here.
func Check(document []byte) error {
	s, err := compiled()
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
