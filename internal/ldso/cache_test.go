package ldso

import (
	"encoding/binary"
	"os"
	"os/exec"
	"regexp"
	"testing"
)

// Rule: the cache says what ldconfig prints of it.
func TestCacheEqualsLdconfig(t *testing.T) {
	data, err := os.ReadFile("/etc/ld.so.cache")
	if err != nil {
		t.Skip(err)
	}
	out, err := exec.Command("/sbin/ldconfig", "-p").Output()
	if err != nil {
		t.Skip(err)
	}
	got := parseCache(data, binary.LittleEndian, 0x0303, nil)
	lines := regexp.MustCompile(`(?m)^\t(\S+) \(libc6,x86-64\) => (\S+)$`).FindAllStringSubmatch(string(out), -1)
	want := map[string]string{}
	for _, m := range lines {
		if _, ok := want[m[1]]; !ok { // the first counts
			want[m[1]] = m[2]
		}
	}
	if len(want) == 0 || len(got) != len(want) {
		t.Errorf("%d names, ldconfig has %d", len(got), len(want))
	}
	for name, file := range want {
		if got[name] != file {
			t.Errorf("%s: %q, ldconfig has %q", name, got[name], file)
		}
	}
}

// cacheFile writes a cache of entries (flags, name, path, hwcap).
func cacheFile(entries []struct {
	flags      uint32
	name, path string
	hwcap      uint64
},
) []byte {
	le := binary.LittleEndian
	head := append([]byte(cacheMagic), make([]byte, cacheHeader-len(cacheMagic))...)
	le.PutUint32(head[20:], uint32(len(entries)))
	body, text := []byte{}, []byte{}
	at := uint32(cacheHeader + cacheEntry*len(entries))
	add := func(s string) uint32 {
		off := at + uint32(len(text))
		text = append(append(text, s...), 0)
		return off
	}
	for _, e := range entries {
		body = le.AppendUint32(body, e.flags)
		body = le.AppendUint32(body, add(e.name))
		body = le.AppendUint32(body, add(e.path))
		body = le.AppendUint32(body, 0)
		body = le.AppendUint64(body, e.hwcap)
	}
	v2, v3 := add("x86-64-v2"), add("x86-64-v3")
	ext := at + uint32(len(text))
	le.PutUint32(head[32:], ext)
	tail := le.AppendUint32(nil, cacheExtMagic)
	for _, v := range []uint32{1, cacheNamesTag, 0, ext + 24, 8, v2, v3} {
		tail = le.AppendUint32(tail, v)
	}
	return append(append(append(head, body...), text...), tail...)
}

func sampleCache() []byte {
	return cacheFile([]struct {
		flags      uint32
		name, path string
		hwcap      uint64
	}{
		{0x0303, "liba.so", "/lib/glibc-hwcaps/x86-64-v2/liba.so", cacheHwcap},
		{0x0303, "liba.so", "/lib/liba.so", 0},
		{0x0303, "liba.so", "/lib/glibc-hwcaps/x86-64-v3/liba.so", cacheHwcap | 1},
		{0x0003, "liba.so", "/lib32/liba.so", 0},
		{0x0303, "libb.so", "/lib/libb.so", 0},
		{0x0303, "libb.so", "/usr/lib/libb.so", 0},
		{0x0303, "libc2.so", "/lib/haswell/libc2.so", 4},
	})
}

// Rule: of several files of one name that for the best processor counts, then the
// first; other machines and unknown processors do not.
func TestCacheChoosesTheBest(t *testing.T) {
	for _, c := range []struct {
		hwcaps []string
		want   string
	}{
		{nil, "/lib/liba.so"},
		{[]string{"x86-64-v2"}, "/lib/glibc-hwcaps/x86-64-v2/liba.so"},
		{[]string{"x86-64-v3", "x86-64-v2"}, "/lib/glibc-hwcaps/x86-64-v3/liba.so"},
	} {
		got := parseCache(sampleCache(), binary.LittleEndian, 0x0303, c.hwcaps)
		if got["liba.so"] != c.want || got["libb.so"] != "/lib/libb.so" || got["libc2.so"] != "" {
			t.Errorf("%q: %q", c.hwcaps, got)
		}
	}
}

// Rule: whatever the bytes, the cache is read without a panic, and every path
// lies in the file.
func FuzzCache(f *testing.F) {
	f.Add(sampleCache())
	f.Fuzz(func(t *testing.T, data []byte) {
		for name, path := range parseCache(data, binary.LittleEndian, 0x0303, []string{"x86-64-v3"}) {
			if len(name) > len(data) || len(path) > len(data) {
				t.Fatalf("%q: %q", name, path)
			}
		}
	})
}
