package explain

import (
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

// fieldsOf gives the names that encoding/json writes for a struct.
func fieldsOf(v any) []string {
	var out []string
	for i := range reflect.TypeOf(v).NumField() {
		if tag := reflect.TypeOf(v).Field(i).Tag.Get("json"); tag != "-" {
			out = append(out, tag)
		}
	}
	return out
}

// docs/json.md describes each field that there is, in its table, and no other.
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
		fieldsOf(report.Report{}), fieldsOf(report.ObjectReport{}), fieldsOf(report.NeedReport{}),
		fieldsOf(report.EditReport{}), fieldsOf(record.Summary{}), fieldsOf(problem.Problem{}),
	}
	if !slices.EqualFunc(tables, want, slices.Equal) {
		t.Errorf("documented %q\nwritten %q", tables, want)
	}
}
