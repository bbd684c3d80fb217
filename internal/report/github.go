package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
)

// WriteGitHub writes each problem as a workflow command of GitHub Actions, which shows
// it as an annotation: "::error file=F,title=CODE::message", where %0A is a new line. A
// command that could not run is one without a file.
func (r Report) WriteGitHub(w io.Writer) error {
	if r.Error != "" {
		if _, err := fmt.Fprintf(w, "::error title=wheel-auto-patch::%s\n", githubText.Replace(words.Printable(r.Error))); err != nil {
			return err
		}
	}
	for _, p := range r.Problems {
		file, member := r.place(p)
		text := textOf(p)
		if member != "" && !p.PathSaid {
			text[0] = words.Printable(member) + ": " + text[0]
		}
		properties := "title=" + githubProperty.Replace(string(p.Code))
		if file != "" {
			properties = "file=" + githubProperty.Replace(words.Printable(file)) + "," + properties
		}
		if _, err := fmt.Fprintf(w, "::%s %s::%s\n", githubLevels[p.Severity], properties, githubText.Replace(strings.Join(text, "\n"))); err != nil {
			return err
		}
	}
	return nil
}

var githubLevels = map[problem.Severity]string{problem.Error: "error", problem.Warning: "warning", problem.Notice: "notice"}

// What the runner decodes in the text of a workflow command, and in its properties
// (actions/toolkit, packages/core/src/command.ts).
var (
	githubText     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	githubProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)
