package explain

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/elfobj"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/wheels"
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
	b.eval(`document.getElementById("plain").setAttribute("d", "M0 0")`, nil)
	b.typeText(" ")
	check("what changes nothing does nothing", `document.getElementById("plain").getAttribute("d")`, "M0 0")
	check("rows of the tables", `[...document.querySelectorAll("section.outside tr.row")].filter(r => !r.hidden).length`, 1)
	check("the hit is in view", `(() => { const r = document.querySelector(".node.hit").getBoundingClientRect(), v = document.getElementById("view").getBoundingClientRect(); return r.left >= v.left && r.right <= v.right && r.top >= v.top && r.bottom <= v.bottom })()`, true)
	b.eval(`(() => { const s = document.getElementById("search"); s.value = ""; s.dispatchEvent(new Event("input")) })()`, nil)

	b.click("input[value=bundled]")
	check("without bundled libraries", visible, 5)
	b.click("input[value=bundled]")
	b.click("#only")
	check("what is missing and who needs it", visible, 3)
	check("they stand apart", `(() => { const x = [...document.querySelectorAll(".node:not(.off)")].map(n => n.getBoundingClientRect().x); return new Set(x).size })()`, 2)
	check("what nobody has comes first", `[...document.querySelectorAll(".node.missing")].sort((a, b) => a.getBoundingClientRect().y - b.getBoundingClientRect().y)[0].dataset.title`, "libmimerapi.so")
	check("the way from one to the other", `document.getElementById("plain").dataset.count`, 2)
	b.eval(`new Promise(done => setTimeout(done, 300))`, nil) // out of view they follow later
	check("rows of objects", `[...document.querySelectorAll("section.objects tr.row")].filter(r => !r.hidden).length`, 1)
	b.click("#only")
	check("all again", visible, 6)

	b.click("#fit")
	b.click(`.node[data-title="pkg/core.abi3.so"] rect`)
	check("panel", `document.getElementById("panel").hidden`, false)
	check("title", `document.getElementById("p-title").textContent`, "pkg/core.abi3.so")
	check("needs", `document.querySelectorAll("#p-needs button").length`, 2)
	b.click(`.node.missing rect`)
	check("what is selected is beside the panel", `document.querySelector(".node.sel").getBoundingClientRect().right <= document.getElementById("panel").getBoundingClientRect().left`, true)
	b.eval(`document.querySelector('.node[data-title="pkg/core.abi3.so"]').dispatchEvent(new MouseEvent("click", {bubbles: true}))`, nil)
	check("lit edges", `document.getElementById("lit").dataset.count`, 2)
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

// axe returns the accessibility checks of axe-core, from a package that brings them along.
func axe(t *testing.T) string {
	t.Helper()
	dir, err := wheels.CacheDir()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "axe_playwright_python-0.1.8-py3-none-any.whl")
	if _, err := os.Stat(file); err != nil {
		if file, err = wheels.FetchBest("axe-playwright-python==0.1.8"); err != nil {
			testenv.Lacks(t, "axe-core: %v", err)
		}
	}
	z, err := zip.OpenReader(file)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	f, err := z.Open("axe_playwright_python/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	script, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(script)
}

// Rule: axe finds nothing to object to, in light and dark, on a desktop and on a phone, for
// one wheel, for several and for many objects, nor with a panel open.
func TestPageIsAccessible(t *testing.T) {
	script := axe(t)
	models := sampleModels()
	models["large"] = largeModel(150, 8)
	for _, name := range []string{"one", "many", "large"} {
		b := openPage(t, models[name])
		b.eval("(() => { "+script+"; return 0 })()", nil)
		for _, phone := range []bool{false, true} {
			b.size(map[bool]int{false: 1280, true: 390}[phone], 860, phone)
			b.eval(fmt.Sprintf(`(() => { if (document.getElementById("panel").hidden === %v) document.querySelector(".node").dispatchEvent(new MouseEvent("click", {bubbles: true})) })()`, phone), nil)
			for _, scheme := range []string{"light", "dark"} {
				b.scheme(scheme)
				var violations []string
				b.eval(`axe.run(document).then(r => r.violations.map(v => v.id + ": " + v.nodes.map(n => n.html.slice(0, 100)).slice(0, 2)))`, &violations)
				for _, v := range violations {
					t.Errorf("%s, %s, phone and panel %v: %s", name, scheme, phone, v)
				}
			}
		}
	}
}

// Rule: of many objects the tables come first, and those that nothing needs are folded; an
// edge is drawn where it is asked for; long tables scroll in themselves, so a phone has few
// screens of them, and no path is broken into short pieces.
func TestPageOfManyObjects(t *testing.T) {
	b := openPage(t, largeModel(300, 8))
	check := func(what, expression string, want any) {
		t.Helper()
		var got any
		b.eval(expression, &got)
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %v instead of %v", what, got, want)
		}
	}
	check("the table comes first", `document.querySelector("main section").className`, "outside")
	check("nothing is missing", `document.getElementById("only").disabled`, true)
	check("each column begins at the top", `new Set([...Map.groupBy(document.querySelectorAll(".node"), n => n.dataset.x).values()].map(c => Math.min(...c.map(n => +n.dataset.y)))).size`, 1)
	check("no edge", `document.getElementById("plain").dataset.count`, 0)
	b.click("#search")
	b.typeText("lib150")
	check("hits", `document.querySelectorAll(".node.hit").length`, 1)
	b.eval(`document.querySelector(".node.hit").dispatchEvent(new MouseEvent("click", {bubbles: true}))`, nil)
	check("edges of what is selected", `document.getElementById("lit").dataset.count`, 16)
	b.size(390, 844, true)
	var screens float64
	b.eval(`document.documentElement.scrollHeight / innerHeight`, &screens)
	if screens > 20 {
		t.Errorf("%v screens on a phone", screens)
	}
	b.eval(`document.querySelector(".objects").scrollIntoView()`, nil)
	check("tables that need no scrolling to the side", `[...document.querySelectorAll(".scroll")].filter(e => e.scrollWidth > e.clientWidth).length`, 0)
	check("the shortest line of a path", `Math.min(...[...document.querySelectorAll(".objects tr:not([hidden]) th.path")].map(e => e.getBoundingClientRect().width)) > 200`, true)
}

// Rule: objects that nothing needs are folded by their folders where there are many, and
// each is found in its folder.
func TestFoldersOfManyObjects(t *testing.T) {
	s := &sample{Source: Source{wheels: []wheelInfo{sampleWheel()}}}
	for i := range 120 {
		s.Objects = append(s.Objects, object(0, fmt.Sprintf("pkg/deep/er/still%d/mod%03d.abi3.so", i%7, i), elfobj.Object{Needed: []string{"libone.so.1"}}))
	}
	s.Objects = append(s.Objects, object(0, "pkg/alone.abi3.so", elfobj.Object{}), object(0, "pkg.libs/libone.so.1", elfobj.Object{Soname: "libone.so.1"}))
	g := s.build().graph()
	if len(g.Nodes) != 3 || len(g.Data.Members) != 1 {
		t.Fatalf("%d nodes: %+v", len(g.Nodes), g.Nodes)
	}
	for i, members := range g.Data.Members {
		n := g.Nodes[i]
		if n.Title != "pkg/deep/er/" || n.Count != 120 || len(members) != 120 || n.About != "120 extension modules of Pkg" {
			t.Errorf("%+v with %d", n, len(members))
		}
		if len(members[7].To) != 1 || g.Nodes[members[7].To[0]].Label != "libone.so.1" {
			t.Errorf("%+v", members[7])
		}
	}
	b := openPage(t, s.build())
	b.click("#search")
	b.typeText("mod101")
	b.eval(`document.querySelector(".node.hit").dispatchEvent(new MouseEvent("click", {bubbles: true}))`, nil)
	b.eval(`[...document.querySelectorAll("#p-members button")].find(b => b.textContent.includes("mod101")).click()`, nil)
	var title string
	b.eval(`document.getElementById("p-title").textContent`, &title)
	if title != "pkg/deep/er/still3/mod101.abi3.so" {
		t.Error(title)
	}
}
