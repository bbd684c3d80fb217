package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/problem"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/words"
)

type referenceCmd struct {
	Code string `arg:"" optional:"" help:"The code of a problem, for example library-not-found. Without it all codes are listed."`
}

// code is the code in the case of the catalogue.
func (c *referenceCmd) code() problem.Code { return problem.Code(strings.ToLower(c.Code)) }

// Validate is called by kong.
func (c *referenceCmd) Validate() error {
	if _, ok := problem.Page(c.code()); ok || c.Code == "" {
		return nil
	}
	if near, ok := nearest(string(c.code()), problem.Codes()); ok {
		return fmt.Errorf("no problem has the code %s: did you mean %s?", words.Quote(c.Code), near)
	}
	return fmt.Errorf("no problem has the code %s; without a code all are listed", words.Quote(c.Code))
}

// Run is called by kong.
func (c *referenceCmd) Run() error {
	if c.Code == "" {
		for _, code := range problem.Codes() {
			fmt.Println(code)
		}
		return nil
	}
	page, _ := problem.Page(c.code())
	_, err := os.Stdout.WriteString(page)
	return err
}

// nearest returns the first code that holds what was typed, else the one that takes the
// fewest edits, at most one for three letters.
func nearest(typed string, codes []problem.Code) (best problem.Code, ok bool) {
	if len(typed) > 100 {
		return "", false
	}
	fewest := len(typed)/3 + 1
	for _, code := range codes {
		if strings.Contains(string(code), typed) {
			return code, true
		}
		if n := edits(typed, string(code)); n < fewest {
			best, fewest, ok = code, n, true
		}
	}
	return best, ok
}

// edits is the distance of Levenshtein: how many bytes are put in, taken out or replaced
// to make b of a.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
