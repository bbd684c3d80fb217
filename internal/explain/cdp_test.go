package explain

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"testing"
)

// A browser is headless Chromium, driven over two pipes by the Chrome DevTools
// protocol: messages are JSON, each ended by a NUL. That needs no library.
type browser struct {
	t       *testing.T
	out     *os.File
	in      *bufio.Reader
	id      int
	session string
}

// findChromium returns the program, or skips. Under CI it must be there.
func findChromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("CI") == "true" {
		t.Fatal("no chromium: the package of that name is in tests/debian-packages")
	}
	t.Skip("no chromium")
	return ""
}

func startBrowser(t *testing.T, width, height int) *browser {
	t.Helper()
	path := findChromium(t)
	toBrowser, ours, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	back, fromBrowser, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
		"--no-first-run", "--user-data-dir="+t.TempDir(), fmt.Sprintf("--window-size=%d,%d", width, height), "--remote-debugging-pipe", "about:blank")
	cmd.ExtraFiles = []*os.File{toBrowser, fromBrowser} // descriptors 3 and 4
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	toBrowser.Close()
	fromBrowser.Close()
	b := &browser{t: t, out: ours, in: bufio.NewReader(back)}
	t.Cleanup(func() {
		b.send("", "Browser.close", nil)
		ours.Close()
		err := cmd.Wait()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Log(err)
		}
		back.Close()
	})
	var target struct{ TargetID string }
	b.call("", "Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	var session struct{ SessionID string }
	b.call("", "Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &session)
	b.session = session.SessionID
	b.do("Page.enable", nil)
	b.size(width, height, false)
	return b
}

func (b *browser) send(session, method string, params any) {
	b.id++
	message := map[string]any{"id": b.id, "method": method}
	if params != nil {
		message["params"] = params
	}
	if session != "" {
		message["sessionId"] = session
	}
	data, err := json.Marshal(message)
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := b.out.Write(append(data, 0)); err != nil {
		b.t.Error(err)
	}
}

// call sends a command and waits for its answer, passing over events.
func (b *browser) call(session, method string, params, result any) {
	b.t.Helper()
	b.send(session, method, params)
	for {
		data, err := b.in.ReadBytes(0)
		if err != nil {
			b.t.Fatalf("%s: %v", method, err)
		}
		var answer struct {
			ID     int
			Result json.RawMessage
			Error  *struct{ Message string }
		}
		if err := json.Unmarshal(bytes.TrimSuffix(data, []byte{0}), &answer); err != nil {
			b.t.Fatal(err)
		}
		switch {
		case answer.ID != b.id:
			continue
		case answer.Error != nil:
			b.t.Fatalf("%s: %s", method, answer.Error.Message)
		case result != nil:
			if err := json.Unmarshal(answer.Result, result); err != nil {
				b.t.Fatal(err)
			}
		}
		return
	}
}

func (b *browser) do(method string, params any) {
	b.t.Helper()
	b.call(b.session, method, params, nil)
}

// size sets the window, a phone's where touch is set.
func (b *browser) size(width, height int, phone bool) {
	b.t.Helper()
	b.do("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": phone})
}

func (b *browser) scheme(value string) {
	b.t.Helper()
	b.do("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": value}}})
}

// open loads a page and waits until its script has run.
func (b *browser) open(url string) {
	b.t.Helper()
	b.do("Page.navigate", map[string]any{"url": url})
	b.eval(`new Promise(done => document.readyState === "complete" ? done(0) : addEventListener("load", () => done(0)))`, nil)
	b.frame()
}

// frame waits until the page has drawn what it was told.
func (b *browser) frame() {
	b.t.Helper()
	b.eval(`new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))`, nil)
}

// eval fills in the value of an expression in the page.
func (b *browser) eval(expression string, value any) {
	b.t.Helper()
	var result struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails *struct {
			Text      string
			Exception struct{ Description string }
		}
	}
	b.call(b.session, "Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true, "awaitPromise": true}, &result)
	if e := result.ExceptionDetails; e != nil {
		b.t.Fatalf("%s: %s %s", expression, e.Text, e.Exception.Description)
	}
	if value != nil {
		if err := json.Unmarshal(result.Result.Value, value); err != nil {
			b.t.Fatalf("%s: %v", expression, err)
		}
	}
}

// click presses the mouse in the middle of the first element of a selector.
func (b *browser) click(selector string) {
	b.t.Helper()
	var at struct{ X, Y float64 }
	b.eval(fmt.Sprintf(`(() => { const e = document.querySelector(%q); const v = e.closest("#view"); if (!v) e.scrollIntoView({block: "center"}); const r = e.getBoundingClientRect(); return {x: r.x + Math.min(r.width / 2, 60), y: r.y + r.height / 2} })()`, selector), &at)
	for _, kind := range []string{"mouseMoved", "mousePressed", "mouseReleased"} {
		b.do("Input.dispatchMouseEvent", map[string]any{"type": kind, "x": at.X, "y": at.Y, "button": "left", "clickCount": 1})
	}
	b.frame()
}

func (b *browser) typeText(text string) {
	b.t.Helper()
	b.do("Input.insertText", map[string]any{"text": text})
	b.frame()
}

func (b *browser) key(name string) {
	b.t.Helper()
	codes := map[string]int{"Enter": 13, "Tab": 9, "Escape": 27}
	for _, kind := range []string{"rawKeyDown", "keyUp"} {
		b.do("Input.dispatchKeyEvent", map[string]any{"type": kind, "key": name, "code": name, "windowsVirtualKeyCode": codes[name]})
	}
}

func (b *browser) screenshot(file string) {
	b.t.Helper()
	var result struct{ Data string }
	b.call(b.session, "Page.captureScreenshot", map[string]any{"format": "png"}, &result)
	data, err := base64.StdEncoding.DecodeString(result.Data)
	if err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(file, data, 0o644); err != nil {
		b.t.Fatal(err)
	}
}
