package symver

import (
	"slices"
	"testing"
)

// Rule: the number of a version is what its name ends in, however it is written,
// and the prefix all before it.
func TestPrefixAndNumber(t *testing.T) {
	for version, want := range map[string][2]string{
		"GLIBC_2.38":           {"GLIBC", "2.38"},
		"GLIBCXX_3.4.32":       {"GLIBCXX", "3.4.32"},
		"OPENSSL_1_1_1":        {"OPENSSL", "1_1_1"},
		"OPENSSL_1.0.2g":       {"OPENSSL", "1.0.2g"},
		"CURL_OPENSSL_5":       {"CURL_OPENSSL", "5"},
		"NCURSES6_TINFO_6.0.1": {"NCURSES6_TINFO", "6.0.1"},
		"NETTLE_INTERNAL_8_0":  {"NETTLE_INTERNAL", "8_0"},
		"Qt_6.5":               {"Qt", "6.5"},
		"XZ_5.1.2alpha":        {"XZ", "5.1.2alpha"},
		"libsndfile.so.1.0":    {"libsndfile.so", "1.0"},
		"V2":                   {"V", "2"},
		"GLIBC_PRIVATE":        {"GLIBC_PRIVATE", ""},
		"Qt_6_PRIVATE_API":     {"Qt_6_PRIVATE_API", ""},
		"NCURSES6_TINFO":       {"NCURSES6_TINFO", ""},
		"GLIBC_":               {"GLIBC", ""},
		"1.2":                  {"", "1.2"},
		"":                     {"", ""},
	} {
		if got := [2]string{Prefix(version), Number(version)}; got != want {
			t.Errorf("%q: %q, want %q", version, got, want)
		}
	}
}

// Rule: versions are ordered by number, not by letter, and a version that goes on
// comes after the one that does not.
func TestCompare(t *testing.T) {
	ordered := []string{"2.4", "2.4.1", "2.9", "2.38", "GLIBC_2.9", "GLIBC_2.38", "OPENSSL_1_1_0", "OPENSSL_1_1_1", "XZ_5.1.2alpha", "XZ_5.2"}
	for i, a := range ordered {
		for j, b := range ordered {
			if got := Compare(a, b); got != min(max(i-j, -1), 1) {
				t.Errorf("%s, %s: %d", a, b, got)
			}
		}
	}
	shuffled := slices.Clone(ordered)
	slices.Reverse(shuffled)
	slices.SortFunc(shuffled, Compare)
	if !slices.Equal(shuffled, ordered) {
		t.Errorf("%q", shuffled)
	}
}

// Rule: leading zeros do not count.
func TestLeadingZeros(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"V_2.09", "V_2.9", 0}, {"V_2.09", "V_2.10", -1}, {"V_2.010", "V_2.9", 1}, {"24.05", "24.11", -1}, {"V_0", "V_00", 0}} {
		if got := Compare(c.a, c.b); got != c.want {
			t.Errorf("%s, %s: %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

// Rule: of the versions that a library defines the highest of one prefix is told,
// and no other library's, and none without a number.
func TestHighest(t *testing.T) {
	for _, c := range []struct {
		want    string // what an object wants
		defined []string
		highest string
	}{
		{"GLIBC_2.99", []string{"GLIBC_2.9", "GLIBC_2.38", "GLIBC_2.4", "GLIBC_PRIVATE", "GLIBCXX_3.4"}, "GLIBC_2.38"},
		{"GLIBC_2.38", []string{"GLIBCXX_3.4", "GLIBC_PRIVATE"}, ""},
		{"GLIBC_PRIVATE", []string{"GLIBC_2.38"}, ""},
		{"OPENSSL_1_1_1", []string{"OPENSSL_1_0_2", "OPENSSL_1_1_0"}, "OPENSSL_1_1_0"},
		{"CURL_OPENSSL_5", []string{"CURL_OPENSSL_4", "CURL_GNUTLS_6"}, "CURL_OPENSSL_4"},
		{"NCURSES6_TINFO_6.0.1", []string{"NCURSES6_TINFO_5.0.19586061", "NCURSES6_7.0"}, "NCURSES6_TINFO_5.0.19586061"},
		{"Qt_6.5", []string{"Qt_6.4", "Qt_6", "Qt_6_PRIVATE_API"}, "Qt_6.4"},
	} {
		if got := Highest(Prefix(c.want), c.defined); got != c.highest {
			t.Errorf("%s of %q: %q, want %q", c.want, c.defined, got, c.highest)
		}
	}
}

// Rule: whatever the name, prefix and number are parts of it, and comparing two
// names one way or the other is the same.
func FuzzSplit(f *testing.F) {
	f.Add("GLIBC_2.38", "OPENSSL_1_1_1")
	f.Add("", "_.1")
	f.Fuzz(func(t *testing.T, a, b string) {
		p, n := Prefix(a), Number(a)
		if len(p)+len(n) > len(a) || a[:len(p)] != p || a[len(a)-len(n):] != n {
			t.Errorf("%q: %q %q", a, p, n)
		}
		if Compare(a, b) != -Compare(b, a) || Compare(a, a) != 0 {
			t.Errorf("%q, %q", a, b)
		}
	})
}
