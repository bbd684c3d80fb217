package wheels_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/report"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/schema"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

// Rule: what a real wheel asks for is told by its line, and by the object where that calls
// dlopen; once the code has the path that the hint puts there, it is found.
func TestTraceOfARealWheel(t *testing.T) {
	if testing.Short() {
		t.Skip("real wheels are long")
	}
	dir := t.TempDir()
	site := testenv.Install(t, testenv.Wheel(t, "sounddevice"), dir+"/sounddevice")
	path := site + ":" + testenv.Install(t, testenv.Wheel(t, "cffi"), dir+"/cffi")
	trace := func() (report.TraceReport, string) {
		cmd := exec.Command(testenv.Program(t), "trace", "--format", "json", "--", python(t), "-c", "import sounddevice")
		cmd.Env = append(os.Environ(), "PYTHONPATH="+path, "PYTHONDONTWRITEBYTECODE=1")
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if _, isExit := err.(*exec.ExitError); err != nil && !isExit {
			t.Fatal(err)
		}
		if err := schema.Check(out); err != nil {
			t.Error(err)
		}
		var r report.Report
		if err := json.Unmarshal(out, &r); err != nil {
			t.Fatalf("%v: %s", err, stderr.String())
		}
		return *r.Trace, string(out)
	}
	find := func(t *testing.T, r report.TraceReport, name string) report.AskedReport {
		t.Helper()
		for _, a := range r.Asked {
			if a.Name == name {
				return a
			}
		}
		t.Fatalf("%s was not asked for: %+v", name, r.Asked)
		return report.AskedReport{}
	}

	before, text := trace()
	if before.Status == 0 {
		testenv.Lacks(t, "this machine has portaudio")
	}
	asked := find(t, before, "libportaudio.so")
	want := report.AskerReport{How: report.FindLibrary, File: site + "/sounddevice.py", Line: 69}
	if asked.Status != report.AskedMissing || asked.Attribute != "portaudio" || len(asked.By) != 1 || asked.By[0] != want {
		t.Errorf("%+v", asked)
	}
	if !strings.Contains(text, `--replace-fail '_find_library(_libname)' \"'${lib.getLib portaudio}/lib/libportaudio.so.2'\"`) {
		t.Errorf("no line to write in %s", text)
	}

	// The library is not needed to be a good one: it must be asked for.
	code, err := os.ReadFile(site + "/sounddevice.py")
	if err != nil {
		t.Fatal(err)
	}
	edited := strings.ReplaceAll(string(code), "_find_library(_libname)", "'libportaudio.so.2'")
	if err := os.WriteFile(site+"/sounddevice.py", []byte(edited), 0o666); err != nil {
		t.Fatal(err)
	}
	after, _ := trace()
	if asked = find(t, after, "libportaudio.so.2"); asked.Status != report.AskedMissing || len(asked.By) != 1 ||
		asked.By[0].How != report.Cffi || !strings.Contains(asked.By[0].Object, "_cffi_backend") ||
		asked.By[0].File != site+"/sounddevice.py" || asked.By[0].Line == 0 {
		t.Errorf("%+v", asked)
	}
}
