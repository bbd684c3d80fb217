// Package symver compares and orders the names of symbol versions (LSB Core,
// "Symbol Versioning"), such as GLIBC_2.38 and OPENSSL_1_1_1.
//
// To the dynamic loader a version is but a name: it has it or not. That names end
// in numbers which grow is the custom of library makers, and serves to say what
// a library has in place of the version that is missing. Packages ldso and
// providers call it.
package symver

import (
	"cmp"
	"strings"
)

// Compare orders names with numbers as numbers, leading zeros aside: GLIBC_2.9
// comes before GLIBC_2.38. It serves for bare numbers too.
func Compare(a, b string) int {
	for a != "" && b != "" {
		na, nb := digits(a), digits(b)
		if na == 0 || nb == 0 {
			if a[0] != b[0] {
				return cmp.Compare(a[0], b[0])
			}
			a, b = a[1:], b[1:]
			continue
		}
		x, y := strings.TrimLeft(a[:na], "0"), strings.TrimLeft(b[:nb], "0")
		if c := cmp.Or(cmp.Compare(len(x), len(y)), cmp.Compare(x, y)); c != 0 {
			return c
		}
		a, b = a[na:], b[nb:]
	}
	return cmp.Compare(len(a), len(b))
}

func digits(s string) int { return len(s) - len(strings.TrimLeft(s, "0123456789")) }

// Prefix returns what versions of one kind have in common: the name up to its
// number, GLIBC of GLIBC_2.38 and CURL_OPENSSL of CURL_OPENSSL_5. A name without
// a number, such as GLIBC_PRIVATE, is a kind of its own.
func Prefix(version string) string {
	prefix, _ := split(version)
	return prefix
}

// Number returns the number in which a name ends, 1_1_1 of OPENSSL_1_1_1, or ""
// where there is none.
func Number(version string) string {
	_, number := split(version)
	return number
}

// split finds the number: all parts at the end that begin with a digit (letters
// may follow, as in XZ_5.1.2alpha), else the digits and dots at the very end.
func split(version string) (prefix, number string) {
	parts := strings.Split(version, "_")
	first := len(parts)
	for first > 0 && digits(parts[first-1]) > 0 {
		first--
	}
	if first < len(parts) {
		number = strings.Join(parts[first:], "_")
	} else {
		name := strings.TrimRight(version, "0123456789.")
		number = strings.TrimLeft(version[len(name):], ".")
	}
	return strings.TrimRight(strings.TrimSuffix(version, number), "_."), number
}

// Highest returns the highest of some versions with that prefix, or "" where
// there is none. Names without a number have no order and are passed over.
func Highest(prefix string, versions []string) string {
	best := ""
	for _, v := range versions {
		p, number := split(v)
		if p == prefix && number != "" && (best == "" || Compare(v, best) > 0) {
			best = v
		}
	}
	return best
}
