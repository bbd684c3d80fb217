package report

import (
	"slices"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
)

// A Sarif is a report as SARIF 2.1.0 has it (OASIS, 27 March 2020): one run, with a
// rule for each code that comes, and a result for each problem. Of the standard it has
// what a viewer needs to show them; objects and records it leaves out.
type Sarif struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool struct {
		Driver sarifDriver `json:"driver"`
	} `json:"tool"`
	Invocations []sarifInvocation `json:"invocations,omitempty"`
	Results     []sarifResult     `json:"results"`
}

// A sarifInvocation says that the program could not run, and why.
type sarifInvocation struct {
	ExecutionSuccessful bool                `json:"executionSuccessful"`
	Notifications       []sarifNotification `json:"toolExecutionNotifications"`
}

type sarifNotification struct {
	Level   string    `json:"level"`
	Message sarifText `json:"message"`
}

type sarifDriver struct {
	Name           string      `json:"name"`
	Version        string      `json:"version,omitempty"`
	InformationURI string      `json:"informationUri"`
	Rules          []sarifRule `json:"rules"`
}

type sarifRule struct {
	ID               string    `json:"id"`
	ShortDescription sarifText `json:"shortDescription"`
	Help             sarifText `json:"help"`
	HelpURI          string    `json:"helpUri"`
}

type sarifText struct {
	Text     string `json:"text"`
	Markdown string `json:"markdown,omitempty"`
}

type sarifResult struct {
	RuleID    string          `json:"ruleId"`
	RuleIndex int             `json:"ruleIndex"`
	Level     string          `json:"level"`
	Message   sarifText       `json:"message"`
	Locations []sarifLocation `json:"locations,omitempty"`
}

type sarifLocation struct {
	Physical struct {
		Artifact struct {
			URI string `json:"uri"`
		} `json:"artifactLocation"`
	} `json:"physicalLocation"`
	Logical []sarifLogical `json:"logicalLocations,omitempty"`
}

type sarifLogical struct {
	FullyQualifiedName string `json:"fullyQualifiedName"`
	Kind               string `json:"kind"`
}

// informationURI is the home of the project, where the pages of the codes are too.
const informationURI = "https://github.com/wheel-auto-patch/wheel-auto-patch"

// Sarif returns the problems of the report as SARIF, made by a version of the program.
func (r Report) Sarif(version string) Sarif {
	driver := sarifDriver{Name: "wheel-auto-patch", Version: version, InformationURI: informationURI, Rules: []sarifRule{}}
	results := []sarifResult{}
	for _, p := range r.Problems {
		rule := slices.IndexFunc(driver.Rules, func(rule sarifRule) bool { return rule.ID == string(p.Code) })
		if rule < 0 {
			rule = len(driver.Rules)
			driver.Rules = append(driver.Rules, newSarifRule(p.Code))
		}
		result := sarifResult{
			RuleID: string(p.Code), RuleIndex: rule, Level: sarifLevels[p.Severity],
			Message: sarifText{Text: strings.Join(textOf(p), "\n")},
		}
		if file, member := r.place(p); file != "" {
			var at sarifLocation
			at.Physical.Artifact.URI = fileURI(file)
			if member != "" {
				at.Logical = []sarifLogical{{FullyQualifiedName: words.Printable(member), Kind: "member"}}
			}
			result.Locations = []sarifLocation{at}
		}
		results = append(results, result)
	}
	run := sarifRun{Results: results}
	run.Tool.Driver = driver
	if r.Error != "" {
		why := sarifNotification{"error", sarifText{Text: words.Printable(r.Error)}}
		run.Invocations = []sarifInvocation{{false, []sarifNotification{why}}}
	}
	return Sarif{"https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json", "2.1.0", []sarifRun{run}}
}

var sarifLevels = map[problem.Severity]string{problem.Error: "error", problem.Warning: "warning", problem.Notice: "note"}

// newSarifRule returns a code as a rule, with its page of the reference.
func newSarifRule(code problem.Code) sarifRule {
	page, _ := problem.Page(code)
	_, body, _ := strings.Cut(page, "\n\n") // behind the title
	_, body, _ = strings.Cut(body, "\n\n")  // behind the severity
	short, _, _ := strings.Cut(body, "\n\n")
	short, _, _ = strings.Cut(strings.ReplaceAll(short, "\n", " "), ". ")
	return sarifRule{
		ID:               string(code),
		ShortDescription: sarifText{Text: strings.TrimSuffix(short, ".") + "."},
		Help:             sarifText{Text: page, Markdown: page},
		HelpURI:          informationURI + "/blob/main/docs/problems.md#" + string(code),
	}
}
