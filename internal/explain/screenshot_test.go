package explain

import (
	"context"
	"flag"
	"image/png"
	"os"
	"path/filepath"
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
	b := openPage(t, Build(source))
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

	for name, width := range map[string]int{"explain-page.png": 1280, "explain-page-dark.png": 1280, "explain-phone.png": 390} {
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
