package explain

import (
	"context"
	"flag"
	"html"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

var screenshots = flag.String("screenshots", "", "keep the pictures of docs in this directory")

// Rule: a real wheel's page can be driven to what the pictures in docs show, on a wide
// screen, in the dark and on a phone. They are made anew by: go test
// ./internal/explain -run Screenshots -screenshots "$PWD/docs"
func TestScreenshots(t *testing.T) {
	dir := *screenshots
	if dir == "" {
		dir = t.TempDir()
	}
	source, err := Gather(context.Background(), []string{testenv.Wheel(t, "opencv-python==5.0.0.93")}, Options{Hash: true})
	if err != nil {
		t.Fatal(err)
	}
	source.wheels[0].Path = filepath.Base(source.wheels[0].Path)
	m := Build(source)
	b := openPage(t, m)
	b.size(1280, 860, false)
	b.eval(`dispatchEvent(new Event("resize"))`, nil)
	b.screenshot(filepath.Join(dir, "explain-page.png"))
	b.scheme("dark")
	b.click(`.node[data-title="libxcb.so.1"] rect`)
	b.eval(`scrollTo(0, 0)`, nil)
	b.screenshot(filepath.Join(dir, "explain-page-dark.png"))
	b.click("#close")
	b.scheme("light")
	b.size(390, 844, true)
	b.eval(`(() => { dispatchEvent(new Event("resize")); scrollTo(0, 0) })()`, nil)
	b.screenshot(filepath.Join(dir, "explain-phone.png"))

	terminal := filepath.Join(t.TempDir(), "terminal.html")
	if err := os.WriteFile(terminal, []byte(terminalPage(t, m)), 0o644); err != nil {
		t.Fatal(err)
	}
	b.size(900, 600, false)
	b.open("file://" + terminal)
	var height float64
	b.eval(`document.documentElement.getBoundingClientRect().height`, &height)
	b.size(900, int(height), false)
	b.screenshot(filepath.Join(dir, "explain-terminal.png"))

	for name, width := range map[string]int{"explain-terminal.png": 900, "explain-page.png": 1280, "explain-page-dark.png": 1280, "explain-phone.png": 390} {
		f, err := os.Open(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		picture, err := png.DecodeConfig(f)
		f.Close()
		if err != nil || picture.Width%width != 0 {
			t.Errorf("%s: %d pixels wide, want %d or a multiple: %v", name, picture.Width, width, err)
		}
	}
}

// colours are those of the codes that the program prints.
var colours = map[string]string{"0": "", "1": "font-weight:bold", "2": "color:#8b949e", "31": "color:#ff7b72", "32": "color:#7ee787", "33": "color:#e3b341"}

// terminalPage returns a page that looks like a terminal in which explain has run.
func terminalPage(t *testing.T, m Model) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("$ wheel-auto-patch explain " + m.wheels[0].Path + "\n")
	if err := Text(&b, m, TextOptions{Color: true, Width: 110, Lines: 45}); err != nil {
		t.Fatal(err)
	}
	text := regexp.MustCompile(`\x1b\[([0-9]+)m`).ReplaceAllStringFunc(html.EscapeString(b.String()), func(code string) string {
		style, known := colours[code[2:len(code)-1]]
		switch {
		case !known:
			t.Errorf("no colour for %q", code)
		case style == "":
			return "</span>"
		}
		return `<span style="` + style + `">`
	})
	if !strings.Contains(text, "<span") {
		t.Error("no colours")
	}
	return `<!doctype html><meta charset="utf-8"><style>html{background:#161b22;color:#e6edf3}body{margin:0;padding:14px 18px}pre{margin:0;font:13px/1.4 "DejaVu Sans Mono",monospace}</style><pre>` + text + `</pre>`
}
