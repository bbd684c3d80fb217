package pipeline_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/pipeline"
	"github.com/wheel-auto-patch/wheel-auto-patch/internal/record"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/compiled"
)

// bytesRead is what read(2) has returned to this process (proc(5), "/proc/pid/io").
func bytesRead(t *testing.T) int64 {
	t.Helper()
	text, err := os.ReadFile("/proc/self/io")
	if err != nil {
		t.Skip(err)
	}
	var n int64
	if _, err := fmt.Sscanf(string(text), "rchar: %d", &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// Rule: the hash of RECORD, the scan and what is looked for in the data of objects share
// one read of each file, where RECORD is verified and where all of it is brought up to date.
func TestObjectsAreReadOnce(t *testing.T) {
	tr := compiled.New(t)
	const size = 16 << 20
	tr.Compile("pkg/libbig.so", fmt.Sprintf("char big[%d] = {1}; const char more[%d] = {1};", size/2, size/2), "-nostdlib")
	writeRecord(t, tr)
	for name, o := range map[string]pipeline.Options{
		"verified":   {Record: record.Fail},
		"up to date": {Record: record.Off, UpdateAllRecords: true},
	} {
		o.Jobs, o.StoreDir = 2, "/nix/store"
		before := bytesRead(t)
		out, err := pipeline.Patch(t.Context(), []string{tr.Root}, o)
		read := bytesRead(t) - before
		if err != nil || strings.Contains(compiled.Describe(out.Report.Problems), "error") {
			t.Fatal(err, compiled.Describe(out.Report.Problems))
		}
		if read < size || read > size*5/4 {
			t.Errorf("%s: %d bytes were read of a file of %d", name, read, size)
		}
	}
}
