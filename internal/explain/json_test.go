package explain

import (
	"encoding/json"
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
)

// fieldsOf returns the names that encoding/json writes for a struct.
func fieldsOf(v any) []string {
	var out []string
	for i := range reflect.TypeOf(v).NumField() {
		if tag := reflect.TypeOf(v).Field(i).Tag.Get("json"); tag != "-" {
			out = append(out, tag)
		}
	}
	return out
}

// keysOf returns the keys of a value that writes its own JSON.
func keysOf(t *testing.T, v any) []string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, m := range regexp.MustCompile(`"([a-z]+)":`).FindAllStringSubmatch(string(text), -1) {
		out = append(out, m[1])
	}
	return out
}

// Rule: docs/json.md describes each field that there is, in its table, and no other.
func TestJSONIsDocumented(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "..", "docs", "json.md"))
	if err != nil {
		t.Fatal(err)
	}
	var tables [][]string
	row := regexp.MustCompile("^\\| `([a-z]+)` \\|")
	for line := range strings.Lines(string(data)) {
		if strings.HasPrefix(line, "| field ") {
			tables = append(tables, nil)
		} else if m := row.FindStringSubmatch(line); m != nil {
			tables[len(tables)-1] = append(tables[len(tables)-1], m[1])
		}
	}
	want := [][]string{
		fieldsOf(report.Report{}), fieldsOf(report.WheelReport{}), fieldsOf(report.PythonReport{}), fieldsOf(report.SystemReport{}),
		fieldsOf(report.ModulesReport{}), fieldsOf(report.ObjectReport{}), fieldsOf(report.NeedReport{}),
		fieldsOf(report.EditReport{}), fieldsOf(record.Summary{}), keysOf(t, problem.Problem{}),
	}
	if !slices.EqualFunc(tables, want, slices.Equal) {
		t.Errorf("documented %q\nwritten %q", tables, want)
	}
}
