package wheel_test

import (
	"encoding/json"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wheel-auto-patch/wheel-auto-patch/internal/wheel"
	"github.com/wheel-auto-patch/wheel-auto-patch/tests/testenv"
)

// Rule: the fields of METADATA are those that Python's email reads, by which pip and
// installer read them: folded lines, line endings of all kinds, and where they end.
func TestFieldsAreEmails(t *testing.T) {
	parts := []string{
		"Name:", "Version:", "Requires-Dist:", "\nname: ", "Name", "X:", "From ", ":", ": ", ":", "\n", "\n", "\r\n", "\r", "\n ", "\n\t", " ", "demo", "evil", "1.0", "é", "x y", "\x7f", "\n\n", "-", "\n \n",
	}
	random := rand.New(rand.NewPCG(1, 2))
	texts := []string{"Name:\n evil\n", "X: y\rName: evil\n", "Name: demo\ntext\nVersion: 1.0\n", " Name: x\nName: y\n", "From x\nName: y\n"}
	for range 3000 {
		var b strings.Builder
		for range 1 + random.IntN(12) {
			b.WriteString(parts[random.IntN(len(parts))])
		}
		texts = append(texts, b.String())
	}
	const python = `import email, json, sys
def read(text):
    m = email.message_from_string(text)
    value = lambda v: str(v).replace("\r", "").replace("\n", "").strip(" \t")
    first = lambda n: value(m.get(n, ""))
    return [first("Name"), first("Version")] + [value(v) for v in m.get_all("Requires-Dist", [])]
json.dump([read(t) for t in json.load(sys.stdin)], sys.stdout)`
	input, err := json.Marshal(texts)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(testenv.Tool(t, "python3"), "-c", python)
	cmd.Stdin = strings.NewReader(string(input))
	output, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var want [][]string
	if err := json.Unmarshal(output, &want); err != nil {
		t.Fatal(err)
	}
	named := 0
	for i, text := range texts {
		got := wheel.FieldsOf(text)
		if d := cmp.Diff(want[i], append([]string{got.Name, got.Version}, got.Requires...)); d != "" {
			t.Errorf("%q (-email +ours):\n%s", text, d)
		}
		if want[i][0] != "" {
			named++
		}
	}
	if named < 100 {
		t.Errorf("%d texts with a Name prove little", named)
	}
}
