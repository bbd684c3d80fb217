package explain

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// openPage writes the page of a model and opens it.
func openPage(t *testing.T, m Model) *browser {
	t.Helper()
	var page bytes.Buffer
	if err := HTML(&page, m); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(file, page.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	b := startBrowser(t, 1280, 900)
	b.open("file://" + file)
	return b
}

// Rule: a user searches, filters and clicks, and the page follows.
func TestPageIsUsable(t *testing.T) {
	b := openPage(t, sampleModel())
	visible := `[...document.querySelectorAll(".node")].filter(n => getComputedStyle(n).display !== "none").length`
	check := func(what, expression string, want any) {
		t.Helper()
		var got any
		b.eval(expression, &got)
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %v instead of %v", what, got, want)
		}
	}
	check("all nodes", visible, 6)

	b.click("#search")
	b.typeText("libGL")
	check("hits", `document.querySelectorAll(".node.hit").length`, 1)
	check("status", `document.getElementById("status").textContent`, "1 of 6 match")
	check("rows of the tables", `[...document.querySelectorAll("section[aria-labelledby=outside] tr.row")].filter(r => !r.hidden).length`, 1)
	check("the hit is in view", `(() => { const r = document.querySelector(".node.hit").getBoundingClientRect(), v = document.getElementById("view").getBoundingClientRect(); return r.left >= v.left && r.right <= v.right && r.top >= v.top && r.bottom <= v.bottom })()`, true)
	b.eval(`(() => { const s = document.getElementById("search"); s.value = ""; s.dispatchEvent(new Event("input")) })()`, nil)

	b.click("input[value=bundled]")
	check("without bundled libraries", visible, 5)
	b.click("input[value=bundled]")
	b.click("#only")
	check("missing and the way to it", visible, 3)
	b.click("#only")
	check("all again", visible, 6)

	b.click("#fit")
	b.click(`.node[data-title="pkg/core.abi3.so"] rect`)
	check("panel", `document.getElementById("panel").hidden`, false)
	check("title", `document.getElementById("p-title").textContent`, "pkg/core.abi3.so")
	check("needs", `document.querySelectorAll("#p-needs button").length`, 2)
	check("lit edges", `document.querySelectorAll("#edges path.lit").length`, 2)
	b.click("#p-needs li:first-child button")
	check("the next", `document.getElementById("p-title").textContent`, "pkg.libs/libone-1234.so.1")
	b.click("#close")
	check("closed", `document.getElementById("panel").hidden`, true)

	before := ""
	b.eval(`document.getElementById("world").getAttribute("transform")`, &before)
	b.click("#in")
	check("zoomed", fmt.Sprintf(`document.getElementById("world").getAttribute("transform") !== %q`, before), true)
	// By keyboard.
	b.eval(`document.querySelector('.node[data-title="pkg/core.abi3.so"]').focus()`, nil)
	b.key("Enter")
	check("opened by keyboard", `document.getElementById("p-title").textContent`, "pkg/core.abi3.so")
}

// Rule: the page asks for nothing from anywhere: every source of content is shut but
// its own style and script, and nothing in it names another place.
func TestPageIsSelfContained(t *testing.T) {
	var page bytes.Buffer
	if err := HTML(&page, sampleModel()); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(page.String(), "default-src 'none'") {
		t.Error("no content security policy")
	}
	for _, word := range []string{" src=", "@import", "url(", "<link", "<iframe", "fetch("} {
		if strings.Contains(page.String(), word) {
			t.Errorf("%q is in the page", word)
		}
	}
}

// Rule: a RECORD is marked as bad where it does not agree with the archive, and not where
// it does.
func TestPageMarksABadRecord(t *testing.T) {
	for _, c := range []struct {
		record recordState
		bad    bool
	}{
		{recordState{Present: true, Path: "pkg-1.0.dist-info/RECORD", Rows: 3}, false},
		{recordState{}, true},
		{recordState{Present: true, Unlisted: []string{"a"}}, true},
		{recordState{Present: true, Missing: []string{"a"}}, true},
		{recordState{Present: true, Faults: []string{"a"}}, true},
	} {
		w := sampleWheel()
		w.Record = c.record
		var page bytes.Buffer
		if err := HTML(&page, (&sample{Source: Source{wheels: []wheelInfo{w}}}).build()); err != nil {
			t.Fatal(err)
		}
		if bad := strings.Contains(page.String(), `<dt>RECORD</dt><dd class="bad">`); bad != c.bad {
			t.Errorf("%+v is bad: %v", c.record, bad)
		}
	}
}

// Rule: on a phone nothing stands out to the right, in light and in dark; and the
// graph and its controls have names for a screen reader.
func TestPageFitsAPhone(t *testing.T) {
	b := openPage(t, sampleModel())
	b.size(390, 844, true)
	for _, scheme := range []string{"light", "dark"} {
		b.scheme(scheme)
		var wide float64
		b.eval(`document.documentElement.scrollWidth - innerWidth`, &wide)
		if wide > 0 {
			t.Errorf("%s: %v pixels too wide", scheme, wide)
		}
		var colours []string
		b.eval(`(() => { const s = getComputedStyle(document.body); return [s.color, s.backgroundColor] })()`, &colours)
		if dark := strings.HasPrefix(colours[1], "rgb(20,"); dark != (scheme == "dark") {
			t.Errorf("%s: %v", scheme, colours)
		}
	}
	var nameless []string
	b.eval(`[...document.querySelectorAll("button, input, .node, svg, section")].filter(e => !(e.ariaLabel || e.textContent.trim() || e.labels?.length || e.getAttribute("aria-labelledby"))).map(e => e.outerHTML.slice(0, 80))`, &nameless)
	if len(nameless) > 0 {
		t.Errorf("without a name: %q", nameless)
	}
}

// Rule: names from a wheel are text in the page, never markup or script.
func TestPageIsSafe(t *testing.T) {
	m := sampleModel()
	evil := `"><img src=x onerror="document.title='owned'"></script><script>document.title='owned'</script>`
	m.objects[0].Path, m.external[0].Soname, m.wheels[0].Name = evil+".abi3.so", evil, evil
	b := openPage(t, m)
	var title string
	b.eval(`document.title`, &title)
	if title == "owned" {
		t.Error("a name from a wheel ran as script")
	}
	var images int
	b.eval(`document.images.length`, &images)
	if images > 0 {
		t.Error("a name from a wheel became markup")
	}
}

// Rule: three hundred objects and two thousand edges are no burden: a search over them
// answers before the next frame or two.
func TestPageOfManyObjects(t *testing.T) {
	b := openPage(t, largeModel(300, 8))
	var nodes, hits int
	b.eval(`document.querySelectorAll(".node").length`, &nodes)
	b.click("#search")
	b.typeText("lib299")
	b.eval(`document.querySelectorAll(".node.hit").length`, &hits)
	if nodes < 300 || hits != 1 {
		t.Errorf("%d nodes, %d hits", nodes, hits)
	}
	var took float64
	b.eval(`(() => { const s = document.getElementById("search"), t = performance.now(); for (const q of ["l", "li", "lib", "lib2", "lib29", ""]) { s.value = q; s.dispatchEvent(new Event("input")); document.body.getBoundingClientRect() } return (performance.now() - t) / 6 })()`, &took)
	t.Logf("a keystroke takes %.1f ms", took)
}
