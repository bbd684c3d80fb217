package explain

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestPageSpeed measures pages, as other programs would slow it down, by hand:
//
//	PAGE_SPEED="before.html after.html" go test ./internal/explain -run PageSpeed -v
//
// The pages take turns. Of each the median is printed: milliseconds to the first paint; to the
// frame after a letter in the search field, after one that changes nothing, and after a step of
// zoom; and behind each the milliseconds of processor time of all processes of the browser.
func TestPageSpeed(t *testing.T) {
	files := strings.Fields(os.Getenv("PAGE_SPEED"))
	if len(files) == 0 {
		return // by hand alone
	}
	const rounds, steps = 5, 6
	b := startBrowser(t, 1280, 900)
	b.do("Performance.enable", nil)
	type key struct{ file, what string }
	wall, cpu := map[key][]float64{}, map[key][]float64{}
	for range rounds {
		for _, file := range files {
			abs, err := filepath.Abs(file)
			if err != nil {
				t.Fatal(err)
			}
			note := func(what string, ms, before float64, n int) {
				k := key{file, what}
				wall[k], cpu[k] = append(wall[k], ms), append(cpu[k], (b.processorTime()-before)/float64(n))
			}
			before := b.processorTime()
			b.open("file://" + abs)
			var paint float64
			b.eval(`new Promise(done => { const look = () => { const e = performance.getEntriesByName("first-contentful-paint")[0]; e ? done(e.startTime) : setTimeout(look, 20) }; look() })`, &paint)
			note("paint", paint, before, 1)
			// A step, and the time until the frame that shows it is made.
			frames := func(what, step string) {
				before := b.processorTime()
				var ms float64
				b.eval(fmt.Sprintf(`(async () => { let sum = 0; for (let i = 0; i < %d; i++) {
					await new Promise(r => setTimeout(r, 30));
					const t = performance.now(); %s;
					await new Promise(r => requestAnimationFrame(() => { const c = new MessageChannel(); c.port1.onmessage = r; c.port2.postMessage(0) }));
					sum += performance.now() - t }; return sum / %[1]d })()`, steps, step), &ms)
				note(what, ms, before, steps)
			}
			set := `const s = document.getElementById("search"), put = v => { s.value = v; s.dispatchEvent(new Event("input")) }; `
			frames("letter", set+`put(["q", "qt", "v", "vt", "l", "li"][i])`)
			frames("same", set+`put("li" + " ".repeat(i + 1))`)
			frames("none", set+`put("zq" + "z".repeat(i))`)
			b.eval(`(() => { `+set+` put("") })()`, nil)
			frames("zoom", `document.getElementById("view").dispatchEvent(new WheelEvent("wheel", {deltaY: i % 2 ? 120 : -120, clientX: 600, clientY: 500, cancelable: true, bubbles: true}))`)
		}
	}
	for _, file := range files {
		line := file
		for _, what := range []string{"paint", "letter", "same", "none", "zoom"} {
			line += fmt.Sprintf("  %s %.0f (%.0f)", what, median(wall[key{file, what}]), median(cpu[key{file, what}]))
		}
		fmt.Println(line)
	}
}

func median(list []float64) float64 {
	list = slices.Clone(list)
	slices.Sort(list)
	return list[len(list)/2]
}

// processorTime returns the milliseconds that the browser and its children have taken.
func (b *browser) processorTime() float64 {
	b.t.Helper()
	var processes struct {
		ProcessInfo []struct {
			ID int
		}
	}
	b.call("", "SystemInfo.getProcessInfo", nil, &processes)
	var sum float64
	for _, p := range processes.ProcessInfo {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.ID))
		if err != nil {
			continue // it has ended
		}
		_, rest, _ := strings.Cut(string(text), ") ")
		for _, ticks := range strings.Fields(rest)[11:13] {
			n, err := strconv.ParseFloat(ticks, 64)
			if err != nil {
				b.t.Fatal(err)
			}
			sum += n * 10
		}
	}
	return sum
}
