package explain

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/record"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/report"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/schema"
)

// A definition is one object of docs/json.schema.json.
type definition struct {
	Required   []string
	Properties map[string]property
}

type property struct {
	Description string
	Type, Ref   string
	Const       any
	Items       *property
	OneOf       []property
}

// UnmarshalJSON reads "$ref" too, which is no name of a field.
func (p *property) UnmarshalJSON(text []byte) error {
	type plain property
	ref := struct {
		Ref string `json:"$ref"`
		*plain
	}{plain: (*plain)(p)}
	err := json.Unmarshal(text, &ref)
	p.Ref = ref.Ref
	return err
}

// word returns the type as the tables of docs/json.md have it.
func (p property) word() string {
	switch {
	case p.Const != nil:
		return "number"
	case len(p.OneOf) > 0:
		return "object or null"
	case p.Ref != "":
		return "object"
	case p.Items != nil && p.Items.Type == "string":
		return "list of strings"
	case p.Items != nil:
		return "list"
	case p.Type == "integer":
		return "number"
	}
	return p.Type
}

// described are the objects of the schema in the order of the tables of docs/json.md,
// with what the program writes for each. The whole has no name.
var described = []struct {
	name  string
	value any
}{
	{"", report.Report{}},
	{"wheel", report.WheelReport{}},
	{"python", report.PythonReport{}},
	{"system", report.SystemReport{}},
	{"modules", report.ModulesReport{}},
	{"write", report.WriteReport{}},
	{"object", report.ObjectReport{}},
	{"need", report.NeedReport{}},
	{"file", report.FileReport{}},
	{"edit", report.EditReport{}},
	{"outside", report.OutsideReport{}},
	{"opened", report.OpenedReport{}},
	{"record", record.Summary{}},
	{"problem", problem.Problem{}},
	{"trace", report.TraceReport{}},
	{"asked", report.AskedReport{}},
	{"asker", report.AskerReport{}},
	{"place", report.PlaceReport{}},
	{"unseen", report.UnseenReport{}},
}

// fieldsOf returns the names that encoding/json writes for a struct, in order.
func fieldsOf(t *testing.T, v any) []string {
	t.Helper()
	var out []string
	if _, own := v.(json.Marshaler); own {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`"([a-z]+)":`).FindAllStringSubmatch(string(text), -1) {
			out = append(out, m[1])
		}
		return out
	}
	for i := range reflect.TypeOf(v).NumField() {
		out = append(out, reflect.TypeOf(v).Field(i).Tag.Get("json"))
	}
	return out
}

// Rule: docs/json.schema.json has each field that there is, as a required one, and no
// other; docs/json.md has them in its tables, in the words of the schema.
func TestJSONIsDescribed(t *testing.T) {
	text, err := schema.Read()
	if err != nil {
		t.Fatal(err)
	}
	var whole struct {
		definition
		Defs map[string]definition `json:"$defs"`
	}
	if err := json.Unmarshal(text, &whole); err != nil {
		t.Fatal(err)
	}
	if len(whole.Defs) != len(described)-1 {
		t.Errorf("%d objects in the schema, %d described", len(whole.Defs), len(described)-1)
	}
	var tables []string
	for _, d := range described {
		def := whole.Defs[d.name]
		if d.name == "" {
			def = whole.definition
		}
		fields := fieldsOf(t, d.value)
		table := "| field | type | what it is |\n| --- | --- | --- |\n"
		for _, name := range fields {
			p := def.Properties[name]
			table += fmt.Sprintf("| `%s` | %s | %s |\n", name, p.word(), p.Description)
		}
		tables = append(tables, table)
		var properties []string
		for name := range def.Properties {
			properties = append(properties, name)
		}
		for _, list := range [][]string{fields, def.Required, properties} {
			slices.Sort(list)
		}
		if !slices.Equal(fields, properties) || !slices.Equal(fields, def.Required) {
			t.Errorf("%q: the schema has %q and requires %q, written is %q", d.name, properties, def.Required, fields)
		}
	}
	file := filepath.Join("..", "..", "docs", "json.md")
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	made := regexp.MustCompile(`(?m)^\| field \|.*\n(\|.*\n)+`).ReplaceAllStringFunc(string(data), func(old string) string {
		if n++; n > len(tables) {
			return old
		}
		return tables[n-1]
	})
	if n != len(tables) {
		t.Fatalf("%d tables in %s, %d objects", n, file, len(tables))
	}
	if *updateGolden {
		if err := os.WriteFile(file, []byte(made), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if made != string(data) {
		t.Errorf("%s is not what the schema says; say: go test ./internal/explain -run TestJSONIsDescribed -update", file)
	}
}

// Rule: the JSON of every sample holds to the schema, and what is not described in it
// does not.
func TestJSONHoldsToTheSchema(t *testing.T) {
	for name, m := range sampleModels() {
		text, err := json.Marshal(m.Report())
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Check(text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, broken := range []string{
			strings.Replace(string(text), `"objects":[`, `"more":1,"objects":[`, 1),
			strings.Replace(string(text), `"version":1`, `"version":2`, 1),
			strings.Replace(string(text), `"problems":[`, `"problems":null,"x":[`, 1),
		} {
			if schema.Check([]byte(broken)) == nil {
				t.Errorf("%s: nothing is wrong with %.200s", name, broken)
			}
		}
	}
}
