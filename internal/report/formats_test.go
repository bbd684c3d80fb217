package report_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/report"
)

// sample is a report on two trees and a wheel, of every code and severity, and with
// names that no line may be made of.
func sample() report.Report {
	r := report.New("check", []string{"out", "/abs/w%20, x.whl"})
	severities := []problem.Severity{problem.Error, problem.Warning, problem.Notice}
	for i, code := range problem.Codes() {
		p := problem.Problem{Code: code, Severity: severities[i%3], Message: "m", Details: []string{"100%", "::error::x"}, Hint: "one\ntwo"}
		switch i % 3 {
		case 0:
			p.Root, p.Path = "out", "a:b,c d/\nEVIL\u202e.so"
		case 1:
			p.Root, p.Path = "/abs/w%20, x.whl", "pkg/x.so"
		}
		r.Problems = append(r.Problems, p)
	}
	return r
}

// Rule: SARIF holds to its schema, as another program has it, and says each problem
// with its level, its rule and its place.
func TestSarifIsValid(t *testing.T) {
	r := sample()
	failed := report.New("check", []string{"gone"})
	failed.Error = "stat gone:\nno such file"
	for name, r := range map[string]report.Report{"sample": r, "empty": report.New("verify", nil), "failed": failed} {
		text, err := json.Marshal(r.Sarif("1.0"))
		if err != nil {
			t.Fatal(err)
		}
		read, err := sarif.FromBytes(text)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		run := read.Runs[0]
		// It writes these empty where they are left out.
		run.Language, run.Tool.Driver.Language, run.NewlineSequences = "en-US", "en-US", []string{"\n"}
		if err := read.Validate(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if (r.Error != "") != (len(run.Invocations) == 1 && !*run.Invocations[0].ExecutionSuccessful) {
			t.Errorf("%s: %d invocations for the error %q", name, len(run.Invocations), r.Error)
		}
		if len(run.Results) != len(r.Problems) || len(run.Tool.Driver.Rules) != len(r.Problems) {
			t.Fatalf("%s: %d results, %d rules of %d problems", name, len(run.Results), len(run.Tool.Driver.Rules), len(r.Problems))
		}
		for i, got := range run.Results {
			p := r.Problems[i]
			if *got.RuleID != string(p.Code) || *run.Tool.Driver.Rules[got.RuleIndex].ID != string(p.Code) {
				t.Errorf("%s: rule %s", p.Code, *got.RuleID)
			}
			if want := []string{"error", "warning", "note"}[i%3]; got.Level != want {
				t.Errorf("%s: level %q, want %q", p.Code, got.Level, want)
			}
			if !strings.HasPrefix(*got.Message.Text, "m\n") || !strings.Contains(*got.Message.Text, "100%") || !strings.HasSuffix(*got.Message.Text, "hint: one\nhint: two") {
				t.Errorf("%s: %q", p.Code, *got.Message.Text)
			}
			var at, member string
			if len(got.Locations) > 0 {
				at = *got.Locations[0].PhysicalLocation.ArtifactLocation.URI
				if logical := got.Locations[0].LogicalLocations; len(logical) > 0 {
					member = *logical[0].FullyQualifiedName
				}
			}
			wantAt := []string{"out/a:b,c%20d/%0AEVIL%E2%80%AE.so", "file:///abs/w%2520,%20x.whl", ""}[i%3]
			wantMember := []string{"", "pkg/x.so", ""}[i%3]
			if at != wantAt || member != wantMember {
				t.Errorf("%s: at %q %q, want %q %q", p.Code, at, member, wantAt, wantMember)
			}
			if short := *run.Tool.Driver.Rules[got.RuleIndex].ShortDescription.Text; len(short) < 20 || strings.Contains(short, "\n") || !strings.HasSuffix(short, ".") {
				t.Errorf("%s: in short %q", p.Code, short)
			}
		}
	}
}

// decode is what the runner of GitHub Actions makes of an escaped text
// (actions/runner, ActionCommand.cs): it replaces in this order.
func decode(s string, property bool) string {
	if property {
		s = strings.NewReplacer("%3A", ":", "%2C", ",").Replace(s)
	}
	s = strings.ReplaceAll(strings.ReplaceAll(s, "%0D", "\r"), "%0A", "\n")
	return strings.ReplaceAll(s, "%25", "%")
}

// Rule: each problem is one line that the runner reads as one command, whatever names
// and texts are in it.
func TestGitHubCommands(t *testing.T) {
	var b bytes.Buffer
	r := sample()
	if err := r.WriteGitHub(&b); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	if len(lines) != len(r.Problems) {
		t.Fatalf("%d lines for %d problems:\n%s", len(lines), len(r.Problems), b.String())
	}
	for i, line := range lines {
		command, text, _ := strings.Cut(strings.TrimPrefix(line, "::"), "::")
		level, rest, _ := strings.Cut(command, " ")
		if want := []string{"error", "warning", "notice"}[i%3]; level != want {
			t.Errorf("%s, want %s: %s", level, want, line)
		}
		properties := map[string]string{}
		for pair := range strings.SplitSeq(rest, ",") {
			key, value, _ := strings.Cut(pair, "=")
			properties[key] = decode(value, true)
		}
		wantFile := []string{"out/a:b,c d/�EVIL�.so", "/abs/w%20, x.whl", ""}[i%3]
		if properties["file"] != wantFile || properties["title"] != string(r.Problems[i].Code) {
			t.Errorf("%q, want %q", properties, wantFile)
		}
		if got := decode(text, false); !strings.Contains(got, "\n100%\n::error::x\n") || !strings.HasSuffix(got, "\nhint: one\nhint: two") || i%3 == 1 && !strings.HasPrefix(got, "pkg/x.so: m\n") {
			t.Errorf("%q", got)
		}
	}
}
