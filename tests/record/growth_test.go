package record

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

// Rule: four times as many dist-infos and unlisted files take about four times the
// processor time. Looked for in one another they would take sixteen times as much.
func TestManyDistInfosAndStrangers(t *testing.T) {
	const few = 500
	cost := func(n int) time.Duration {
		dir := t.TempDir()
		for i := range n {
			info := filepath.Join(dir, fmt.Sprintf("p%05d/p%05d-1.dist-info", i, i))
			if err := os.MkdirAll(info, 0o777); err != nil {
				t.Fatal(err)
			}
			for name, data := range map[string]string{
				filepath.Join(info, "RECORD"):          fmt.Sprintf("p%05d-1.dist-info/RECORD,,\n", i),
				filepath.Join(filepath.Dir(info), "a"): "x", filepath.Join(filepath.Dir(info), "b"): "x",
				filepath.Join(info, "INSTALLER"): "pip\n", filepath.Join(info, "REQUESTED"): "",
			} {
				if err := os.WriteFile(name, []byte(data), 0o666); err != nil {
					t.Fatal(err)
				}
			}
		}
		cmd := exec.Command(testenv.Program(t), "verify", "--format", "json", dir)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %.500s", err, out)
		}
		return time.Duration(cmd.ProcessState.SysUsage().(*syscall.Rusage).Utime.Nano())
	}
	once, more := cost(few), cost(4*few)
	t.Logf("%v, then %v", once, more)
	if more > 8*once+100*time.Millisecond {
		t.Errorf("%v, then %v", once, more)
	}
}
