package explain

import (
	"context"
	"flag"
	"path/filepath"
	"testing"
)

var (
	screenshots     = flag.String("screenshots", "", "write the pictures of docs to this directory")
	screenshotWheel = flag.String("wheel", "", "the wheel that they show")
)

// The pictures in docs are made by: go test ./internal/explain -run Screenshots
// -screenshots DIR -wheel opencv_python-5.0.0.93-….whl
func TestScreenshots(t *testing.T) {
	if *screenshots == "" {
		t.Skip("only with -screenshots")
	}
	source, err := Gather(context.Background(), []string{*screenshotWheel}, Options{Hash: true})
	if err != nil {
		t.Fatal(err)
	}
	source.Wheels[0].Path = filepath.Base(source.Wheels[0].Path)
	b := openPage(t, Build(source))
	b.size(1280, 860, false)
	b.eval(`dispatchEvent(new Event("resize"))`, nil)
	b.screenshot(filepath.Join(*screenshots, "explain-page.png"))
	b.scheme("dark")
	b.click(`.node[data-title="libxcb.so.1"] rect`)
	b.eval(`scrollTo(0, 0)`, nil)
	b.screenshot(filepath.Join(*screenshots, "explain-page-dark.png"))
	b.click("#close")
	b.scheme("light")
	b.size(390, 844, true)
	b.eval(`(() => { dispatchEvent(new Event("resize")); scrollTo(0, 0) })()`, nil)
	b.screenshot(filepath.Join(*screenshots, "explain-phone.png"))
}
