package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/wheel-auto-patch/wheel-auto-patch/tests/schema"
)

// jsonValue compares one value of a JSON text, such as stdout.
func jsonValue(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: json FILE PATH VALUE")
	}
	var doc any
	if err := json.Unmarshal([]byte(ts.ReadFile(args[0])), &doc); err != nil {
		ts.Fatalf("%s is no JSON: %v", args[0], err)
	}
	got, err := lookup(doc, strings.Split(args[1], "."))
	if err != nil {
		ts.Fatalf("%s: %s: %v", args[0], args[1], err)
	}
	if want := ts.MkAbs(args[2]); (got == args[2] || got == want) == neg {
		ts.Fatalf("%s: %s is %s, want %s%s", args[0], args[1], got, map[bool]string{true: "anything but "}[neg], args[2])
	}
}

// lookup walks fields, indexes and a last "len", which counts.
func lookup(doc any, path []string) (string, error) {
	for i, key := range path {
		switch v := doc.(type) {
		case map[string]any:
			next, ok := v[key]
			if !ok {
				return "", fmt.Errorf("no field %q", key)
			}
			doc = next
		case []any:
			if key == "len" {
				doc = float64(len(v))
				continue
			}
			n, err := strconv.Atoi(key)
			if err != nil || n >= len(v) {
				return "", fmt.Errorf("no element %q among %d", key, len(v))
			}
			doc = v[n]
		default:
			return "", fmt.Errorf("nothing below %s", strings.Join(path[:i], "."))
		}
	}
	if s, ok := doc.(string); ok {
		return s, nil
	}
	text, err := json.Marshal(doc)
	return string(text), err
}

// status runs a command whose exact exit status matters; its output is that of
// the script's next stdout, stderr and cmp. A document of --format json or
// cyclonedx must hold to its schema.
func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N COMMAND…")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := 0
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if strconv.Itoa(got) != args[0] {
		ts.Fatalf("exit status %d, want %s", got, args[0])
	}
	if i := slices.Index(args, "--format"); i > 0 && got != exitUsage {
		switch args[i+1] {
		case "json":
			ts.Check(schema.Check([]byte(ts.ReadFile("stdout"))))
		case "cyclonedx":
			ts.Check(schema.CheckCycloneDX([]byte(ts.ReadFile("stdout"))))
		}
	}
}

// exitUsage is the exit status of a wrong command line, which has no document.
const exitUsage = 80
