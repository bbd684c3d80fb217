package explain

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestPageLook takes pictures of pages, and with PAGE_AXE=1 says what axe finds in them, by hand:
//
//	PAGE_LOOK="a.html b.html" go test ./internal/explain -run PageLook -v -screenshots "$PWD"
func TestPageLook(t *testing.T) {
	files := strings.Fields(os.Getenv("PAGE_LOOK"))
	if len(files) == 0 {
		return // by hand alone
	}
	b := startBrowser(t, 1280, 860)
	for _, file := range files {
		abs, err := filepath.Abs(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, phone := range []bool{false, true} {
			b.size(map[bool]int{false: 1280, true: 390}[phone], map[bool]int{false: 860, true: 844}[phone], phone)
			b.open("file://" + abs)
			for _, scheme := range []string{"light", "dark"} {
				b.scheme(scheme)
				name := fmt.Sprintf("%s-%s-%s", strings.TrimSuffix(filepath.Base(file), ".html"), map[bool]string{false: "desktop", true: "phone"}[phone], scheme)
				take := func(what string) {
					t.Helper()
					b.frame()
					if *screenshots != "" {
						b.screenshot(filepath.Join(*screenshots, name+what+".png"))
					}
				}
				b.eval(`scrollTo(0, 0)`, nil)
				take("")
				b.click("#only")
				b.eval(`document.querySelector(".tools")?.scrollIntoView()`, nil)
				take("-only")
				b.click("#only")
				b.eval(`document.querySelector(".objects").scrollIntoView()`, nil)
				take("-objects")
				if os.Getenv("PAGE_AXE") != "" { // a minute for some hundred objects
					b.eval("(() => { "+axe(t)+"; return 0 })()", nil)
					var violations []string
					b.eval(`axe.run(document).then(r => r.violations.map(v => v.id + ": " + v.nodes.length + " " + v.nodes[0].html.slice(0, 100)))`, &violations)
					fmt.Printf("%s: axe finds %q\n", name, violations)
				}
			}
			var screens, wide, path float64
			b.eval(`document.documentElement.scrollHeight / innerHeight`, &screens)
			b.eval(`document.documentElement.scrollWidth - innerWidth`, &wide)
			b.eval(`Math.min(...[...document.querySelectorAll("tr:not([hidden]) .path")].map(e => e.getBoundingClientRect().width))`, &path)
			fmt.Printf("%s phone %v: %.1f screens, %v too wide, paths at least %.0f wide\n", file, phone, screens, wide, path)
		}
	}
}
